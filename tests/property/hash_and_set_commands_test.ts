import { assertEquals } from "@std/assert";
import { findRealRedis, sharedRealRedis } from "../helpers/real_redis.ts";
import { formatReply, type Reply } from "../helpers/reply.ts";
import { type Argument, RespClient } from "../helpers/resp_client.ts";
import { checkProperty, type TestRandom } from "../helpers/seeded.ts";
import { startTestServer } from "../helpers/server.ts";

Deno.test({
  name: "random commands on hashes and sets get the replies of redis-server",
  ignore: findRealRedis() === undefined,
  sanitizeOps: false,
  sanitizeResources: false,
  fn: () =>
    checkProperty(
      compareWithRealServer,
      { runs: 4 },
      Deno.env.get("REDIS_LITE_SEED"),
    ),
});

async function compareWithRealServer(random: TestRandom): Promise<void> {
  const real = (await sharedRealRedis())!;
  await using server = await startTestServer();
  const protocol = random.pick([2, 3] as const);
  await using theirs = await RespClient.connect(real.port, { protocol });
  const ours = await server.client({ protocol });
  const commands = [
    ["FLUSHALL"],
    ["CONFIG", "SET", "hash-max-listpack-entries", "8"],
    ["CONFIG", "SET", "hash-max-listpack-value", "12"],
    ["CONFIG", "SET", "set-max-intset-entries", "8"],
    ["CONFIG", "RESETSTAT"],
    ...random.list(1000, () => command(random)),
  ];
  const expected = await theirs.pipeline(commands);
  const actual = await ours.pipeline(commands);
  for (const [i, line] of commands.entries()) {
    assertEquals(
      shown(actual[i]!),
      shown(expected[i]!),
      `command ${i}: ${line.map((word) => JSON.stringify(word)).join(" ")}`,
    );
  }
  for (const name of ["persistence", "stats"]) {
    assertEquals(
      counters(await ours.call("INFO", name)),
      counters(await theirs.call("INFO", name)),
    );
  }
  await theirs.pipeline([
    ["CONFIG", "SET", "hash-max-listpack-entries", "512"],
    ["CONFIG", "SET", "hash-max-listpack-value", "64"],
    ["CONFIG", "SET", "set-max-intset-entries", "512"],
  ]);
}

/** Changes and lookups, as INFO counts them. */
function counters(info: unknown): string[] {
  return String(info).split("\r\n").filter((line) =>
    /^(?:keyspace_|rdb_changes)/.test(line)
  );
}

/** A reply for comparison: members come in any order. */
function shown(reply: Reply): string {
  if ("entries" in reply) {
    return `map: ${
      reply.entries.map(([field, value]) => shown(field) + shown(value)).sort()
        .join(", ")
    }`;
  }
  if (!("items" in reply)) return formatReply(reply);
  return `${reply.type}: ${reply.items.map(shown).sort().join(", ")}`;
}

function command(random: TestRandom): Argument[] {
  const key = () => random.pick(["a", "b", "c", "h", "i", "s"]);
  const keys = () => random.list(random.between(1, 4), key);
  const text = () => random.pick(TEXTS);
  const texts = () => random.list(random.between(1, 5), text);
  const pairs = () => random.list(random.between(1, 3), () => [text(), text()]);
  const count = () =>
    random.pick(["0", "100", "-0", "x", "99999999999999999999"]);
  const several = (keys: string[]) => [String(keys.length), ...keys];
  return random.pick<() => Argument[]>([
    () => ["SADD", key(), ...texts()],
    () => ["SADD", key(), ...texts()],
    () => ["SADD", key(), ...random.list(4, () => String(random.below(9)))],
    () => ["SREM", key(), ...texts()],
    () => ["SMOVE", key(), key(), text()],
    () => ["SCARD", key()],
    () => ["SISMEMBER", key(), text()],
    () => ["SMISMEMBER", key(), ...texts()],
    () => ["SMEMBERS", key()],
    () => ["SSCAN", key(), "0", "COUNT", random.pick(["100", "0"])],
    () => ["SSCAN", key(), "0", "COUNT", "100", "MATCH", "1*"],
    () => ["SPOP", key(), count()],
    () => ["SRANDMEMBER", key(), count()],
    () => [random.pick(["SINTER", "SUNION", "SDIFF"]), ...keys()],
    () => [
      random.pick(["SINTERSTORE", "SUNIONSTORE", "SDIFFSTORE"]),
      key(),
      ...keys(),
    ],
    () => ["SINTERCARD", ...several(keys()), "LIMIT", random.pick(["0", "2"])],
    () => ["HSET", key(), ...pairs().flat()],
    () => ["HSET", key(), ...pairs().flat()],
    () => ["HMSET", key(), ...texts()],
    () => ["HSETNX", key(), text(), text()],
    () => ["HDEL", key(), ...texts()],
    () => ["HGET", key(), text()],
    () => ["HMGET", key(), ...texts()],
    () => [random.pick(["HLEN", "HKEYS", "HVALS", "HGETALL"]), key()],
    () => [random.pick(["HSTRLEN", "HEXISTS"]), key(), text()],
    () => ["HINCRBY", key(), text(), text()],
    () => ["HINCRBYFLOAT", key(), text(), text()],
    () => ["HRANDFIELD", key(), count()],
    () => ["HSCAN", key(), "0", "COUNT", "100"],
    () => ["DEL", key()],
    () => ["SET", "s", "text"],
    () => ["COPY", key(), key(), "REPLACE"],
    () => ["RENAME", key(), key()],
    () => ["OBJECT", "ENCODING", key()],
    () => ["OBJECT", "ENCODING", key()],
    () => ["DEBUG", "DIGEST-VALUE", key()],
    () => ["DEBUG", "DIGEST"],
    () => ["DEBUG", "RELOAD"],
    () => [random.pick(["TYPE", "EXISTS"]), key()],
  ])();
}

const TEXTS = [
  "",
  "0",
  "1",
  "2",
  "7",
  "-1",
  "01",
  "1.5",
  "text",
  "-9223372036854775808",
  "9223372036854775807",
  "9007199254740993",
  "longer than twelve",
  "\xff\0",
];
