import { residentMebibytes } from "./contestant.ts";
import { command, load, loadCommands, numbered } from "./load.ts";
import { type Figure, figuresSection, throughputSection } from "./report.ts";
import { measureAll, type Setting, withServers } from "./setting.ts";
import type { Case, Throughput } from "./throughput.ts";

const VALUE_LENGTH = 100;
const KEYS = [1e3, 1e4, 1e5, 1e6, 1e7];
const KIBIBYTE = 1024;
const MEBIBYTE = 1024 * KIBIBYTE;
const VALUES = [
  ["3 B", 3],
  ["100 B", 100],
  ["1 KiB", KIBIBYTE],
  ["10 KiB", 10 * KIBIBYTE],
  ["100 KiB", 100 * KIBIBYTE],
  ["1 MiB", MEBIBYTE],
  ["10 MiB", 10 * MEBIBYTE],
  ["64 MiB", 64 * MEBIBYTE],
] as const;
/** All clients together have so many bytes on their way at most; fifty clients of 64 MiB would measure the memory of the machine. */
const BYTES_UNDER_WAY = 64 * MEBIBYTE;
const CLIENTS = 50;
const CONNECTIONS = [1, 10, 100, 1000, 5000, 10_000];
const ELEMENTS = [1e2, 1e3, 1e4, 1e5, 1e6];
const PIPELINE = 16;

const nothing = () => Promise.resolve();

function named(count: number): string {
  return count.toLocaleString("en-US");
}

/** What redis-benchmark makes of `__rand_int__` when it has drawn this number. */
function drawn(number: number): string {
  return String(number).padStart(12, "0");
}

/** GET and SET on random keys, and what a key takes, by how many there are. */
async function byKeys(setting: Setting): Promise<string> {
  const results: Throughput[] = [];
  const figures: Figure[] = [];
  for (const full of KEYS) {
    const keys = Math.ceil(full * setting.scale);
    await withServers(setting, async (servers) => {
      const values: number[] = [];
      for (const { port, pid } of servers) {
        const before = await residentMebibytes(pid);
        await load(port, { keys, valueLength: VALUE_LENGTH });
        values.push((await residentMebibytes(pid) - before) * MEBIBYTE / keys);
      }
      // Below that, what a process grows by anyway is more than the keys take.
      if (keys >= 1e5) {
        const name = `a key and its value, of ${named(keys)}`;
        figures.push({ name, unit: "bytes", values });
      }
      const random = ["-r", String(keys), "-d", String(VALUE_LENGTH)];
      const cases = ["GET", "SET"].map((name): Case => ({
        name: `${name}, keys: ${named(keys)}`,
        args: [...random, "-t", name.toLowerCase()],
        prepare: nothing,
        weight: 2,
        pipelines: [PIPELINE],
      }));
      results.push(...await measureAll(setting, servers, cases));
    });
  }
  return throughputSection(
    "Scale: number of keys",
    setting.contestants,
    results,
  ) + figuresSection(
    "Scale: resident memory by number of keys",
    setting.contestants,
    figures,
  );
}

/** SET and GET of one key, by the size of its value. */
async function byValueSize(setting: Setting): Promise<string> {
  const cases = VALUES.flatMap(([name, bytes]): Case[] => {
    const clients = Math.min(CLIENTS, Math.ceil(BYTES_UNDER_WAY / bytes));
    const args = ["-c", String(clients), "-d", String(bytes)];
    const weight = 1 + bytes / 4096;
    const size = `${name}, clients: ${clients}`;
    // SET comes first, so that GET finds its value.
    return ["SET", "GET"].map((what) => ({
      name: `${what}, ${size}`,
      args: [...args, "-t", what.toLowerCase()],
      prepare: nothing,
      weight,
      pipelines: [1],
    }));
  });
  const results = await withServers(
    setting,
    (servers) => measureAll(setting, servers, cases),
  );
  return throughputSection(
    "Scale: size of a value",
    setting.contestants,
    results,
  );
}

/** GET of one key, by the number of connections that ask for it. */
async function byConnections(setting: Setting): Promise<string> {
  const cases = CONNECTIONS.map((full): Case => {
    const count = Math.ceil(full * setting.scale);
    return {
      name: `GET, connections: ${named(count)}`,
      args: ["-c", String(count), "-t", "get"],
      prepare: (port) => command(port, "SET", "key:__rand_int__", "xxx"),
      // The more there are, the longer it goes on, as all must connect first.
      weight: full === 1 ? 2 : full > 500 ? 0.2 : 1,
      pipelines: [1],
    };
  });
  const results = await withServers(
    setting,
    (servers) => measureAll(setting, servers, cases),
    ["--maxclients", "12000"],
  );
  return throughputSection(
    "Scale: number of connections",
    setting.contestants,
    results,
  );
}

/** One element of a large collection, by how many it has. */
async function byElements(setting: Setting): Promise<string> {
  const results: Throughput[] = [];
  for (const full of ELEMENTS) {
    const count = Math.ceil(full * setting.scale);
    await withServers(setting, async (servers) => {
      for (const { port } of servers) {
        await loadCommands(
          port,
          numbered(count, (i) => ["HSET", "hash", drawn(i), "xxx"]),
        );
        await loadCommands(
          port,
          numbered(count, (i) => ["SADD", "set", drawn(i)]),
        );
        await loadCommands(
          port,
          numbered(count, (i) => ["ZADD", "zset", String(i), drawn(i)]),
        );
        await loadCommands(
          port,
          numbered(count, (i) => ["RPUSH", "list", drawn(i)]),
        );
      }
      const requests = [
        ["HGET", "hash", "__rand_int__"],
        ["SISMEMBER", "set", "__rand_int__"],
        ["ZRANK", "zset", "__rand_int__"],
        ["LINDEX", "list", String(count >> 1)],
      ];
      const cases = requests.map((words): Case => ({
        name: `${words[0]}, elements: ${named(count)}`,
        args: ["-r", String(count), ...words],
        prepare: nothing,
        // Redis looks for the middle of a list from its end.
        weight: words[0] === "LINDEX" ? 2 + count / 1e4 : 2,
        pipelines: [PIPELINE],
      }));
      results.push(...await measureAll(setting, servers, cases));
    });
  }
  return throughputSection(
    "Scale: elements of a collection",
    setting.contestants,
    results,
  );
}

/** Cost against size: keys, values, connections, elements. */
export async function scale(setting: Setting): Promise<string> {
  return await byKeys(setting) + await byValueSize(setting) +
    await byConnections(setting) + await byElements(setting);
}
