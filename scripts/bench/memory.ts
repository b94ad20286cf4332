import type { ServerProcess } from "../server_process.ts";
import { load, loadCommands, numbered } from "./load.ts";
import { benchmark } from "./throughput.ts";

/** Something whose memory is measured: how it comes about in a server that was just started. */
export interface Dataset {
  readonly name: string;
  readonly fill: (server: ServerProcess) => Promise<void>;
}

const KEYS = 1_000_000;
const VALUE_LENGTH = 100;
const OVERWRITES = 5_000_000;

function repeat(count: number, make: (number: number) => string[]): string[] {
  return Array.from({ length: count }, (_, i) => make(i)).flat();
}

/** What is measured, at a part of its full size. */
export function datasets(scale: number): Dataset[] {
  const count = (full: number) => Math.round(full * scale);
  const named = (full: number) => count(full).toLocaleString("en-US");
  const keys = count(KEYS);
  const strings = `${named(KEYS)} keys of 16 bytes with ${VALUE_LENGTH}-byte`;
  const collections = (
    name: string,
    full: number,
    make: (number: number) => readonly string[],
  ): Dataset => ({
    name: `${named(full)} ${name}`,
    fill: ({ port }) => loadCommands(port, numbered(count(full), make)),
  });
  return [
    { name: "empty", fill: () => Promise.resolve() },
    {
      name: `${strings} values`,
      fill: ({ port }) => load(port, { keys, valueLength: VALUE_LENGTH }),
    },
    {
      name: `${strings} values that expire`,
      fill: ({ port }) => {
        const expiresAt = Math.ceil(Date.now() / 1000) + 86_400;
        return load(port, { keys, valueLength: VALUE_LENGTH, expiresAt });
      },
    },
    {
      name: `the same after ${named(OVERWRITES)} of them were set again`,
      fill: async ({ port }) => {
        await load(port, { keys, valueLength: VALUE_LENGTH });
        await benchmark(port, count(OVERWRITES), 64, [
          ...["-t", "set", "-r", String(keys), "-d", String(VALUE_LENGTH)],
        ]);
      },
    },
    collections("hashes of 10 fields", 100_000, (i) => [
      "HSET",
      `hash:${i}`,
      ...repeat(10, (field) => [`field:${field}`, `value:${i + field}`]),
    ]),
    collections("sets of 5 words", 100_000, (i) => [
      "SADD",
      `set:${i}`,
      ...repeat(5, (member) => [`member:${i + member}`]),
    ]),
    collections("lists of 1,000 elements", 1000, (i) => [
      "RPUSH",
      `list:${i}`,
      ...repeat(1000, (element) => [`element:${element}`]),
    ]),
    collections("members of one sorted set", 1_000_000, (i) => [
      "ZADD",
      "zset",
      String((i * 7919) % 1_000_003),
      `member:${i}`,
    ]),
  ];
}
