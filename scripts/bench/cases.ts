import { command } from "./load.ts";
import { benchmark, type Case } from "./throughput.ts";

async function flush(port: number): Promise<void> {
  await command(port, "FLUSHALL");
}

function oneKey(name: string, weight = 1): Case {
  const args = ["-t", name.toLowerCase()];
  return { name, args, prepare: flush, weight };
}

/** A pop, from what as many requests of redis-benchmark's test `fill` have left. */
function pop(name: string, fill: string): Case {
  return {
    ...oneKey(name),
    prepare: async (port, requests) => {
      await flush(port);
      await benchmark(port, requests, 64, ["-t", fill]);
    },
  };
}

/** LRANGE of so many elements. redis-benchmark's own tests count the LPUSH that fills the list as well. */
function range(count: number): Case {
  return {
    name: `LRANGE_${count}`,
    args: ["LRANGE", "list", "0", String(count - 1)],
    prepare: async (port) => {
      await flush(port);
      const elements = Array.from({ length: 1000 }, () => "xxx");
      await command(port, "RPUSH", "list", ...elements);
    },
    weight: count / 10,
  };
}

const GET: Case = {
  ...oneKey("GET"),
  prepare: async (port) => {
    await flush(port);
    // The name that redis-benchmark uses, as it stands, when keys are not random.
    await command(port, "SET", "key:__rand_int__", "xxx");
  },
};

const XADD: Case = {
  name: "XADD",
  args: [
    ...["XADD", "mystream", "MAXLEN", "~", "10000"],
    ...["*", "temperature", "21.5"],
  ],
  prepare: flush,
  weight: 2,
};

/** Each command on one key (MSET on ten). */
export const ONE_KEY_CASES: readonly Case[] = [
  oneKey("PING_INLINE"),
  oneKey("PING_MBULK"),
  oneKey("SET"),
  GET,
  oneKey("INCR"),
  oneKey("LPUSH"),
  oneKey("RPUSH"),
  pop("LPOP", "rpush"),
  pop("RPOP", "lpush"),
  oneKey("SADD"),
  oneKey("HSET"),
  oneKey("SPOP"),
  oneKey("ZADD"),
  oneKey("ZPOPMIN"),
  XADD,
  ...[100, 300, 500, 600].map(range),
  oneKey("MSET", 5),
];

/** The commands whose cost `--check` watches over. */
export const BUDGET_CASES: readonly Case[] = [
  "SET",
  "GET",
  "INCR",
  "LPUSH",
  "RPOP",
  "SADD",
  "HSET",
  "ZADD",
  "LRANGE_100",
  "MSET",
].map((name) => ONE_KEY_CASES.find((each) => each.name === name)!);

/** Commands on random keys out of `keys`, with values of `valueLength` bytes. */
export function randomKeyCases(keys: number, valueLength: number): Case[] {
  const random = ["-r", String(keys), "-d", String(valueLength)];
  return ["SET", "GET", "INCR"].map((name) => ({
    name,
    args: [...random, "-t", name.toLowerCase()],
    prepare: () => Promise.resolve(),
    weight: 2,
  }));
}

/** Commands on random collections out of `keys`. */
export function randomCollectionCases(keys: number): Case[] {
  const commands = [
    ["HSET", "hash:__rand_int__", "field", "xxx"],
    ["SADD", "set:__rand_int__", "member"],
    ["ZADD", "zset:__rand_int__", "1", "member"],
    ["LPUSH", "list:__rand_int__", "xxx"],
  ];
  return commands.map((words) => ({
    name: words[0]!,
    args: ["-r", String(keys), ...words],
    prepare: () => Promise.resolve(),
    weight: 3,
    pipelines: [1, 16],
  }));
}

/** SET and GET of values of so many bytes, one key, a request at a time. */
export function valueSizeCases(
  sizes: readonly (readonly [name: string, bytes: number])[],
): Case[] {
  return sizes.flatMap(([name, bytes]) => {
    const size = ["-d", String(bytes)];
    const weight = 1 + bytes / 4096;
    const set: Case = {
      name: `SET, ${name}`,
      args: [...size, "-t", "set"],
      prepare: flush,
      weight,
      pipelines: [1],
    };
    const get: Case = {
      name: `GET, ${name}`,
      args: [...size, "-t", "get"],
      prepare: async (port) => {
        await flush(port);
        await benchmark(port, 100, 1, [...size, "-t", "set"]);
      },
      weight,
      pipelines: [1],
    };
    return [set, get];
  });
}
