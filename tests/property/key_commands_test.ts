import { assertEquals } from "@std/assert";
import { findRealRedis, sharedRealRedis } from "../helpers/real_redis.ts";
import { formatReply, type Reply } from "../helpers/reply.ts";
import { type Argument, RespClient } from "../helpers/resp_client.ts";
import { checkProperty, type TestRandom } from "../helpers/seeded.ts";
import { startTestServer } from "../helpers/server.ts";

Deno.test({
  name: "random commands on keys get the replies of redis-server",
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
  await using theirs = await RespClient.connect(real.port);
  const ours = await server.client();
  const commands = random.list(1000, () => command(random));
  const expected = await theirs.pipeline(commands);
  const actual = await ours.pipeline(commands);
  for (const [i, line] of commands.entries()) {
    assertEquals(
      shown(actual[i]!),
      shown(expected[i]!),
      `command ${i}: ${line.map((word) => JSON.stringify(word)).join(" ")}`,
    );
  }
}

/** A reply for comparison: keys come in any order. */
function shown(reply: Reply): string {
  if (reply.type !== "array") return formatReply(reply);
  return reply.items.map(shown).sort().join(", ");
}

function command(random: TestRandom): Argument[] {
  const key = () => random.pick(["a", "b", "c", "d", "ab", ""]);
  const db = () => random.pick(["0", "1", "2", "2", "15", "16", "-1", "x"]);
  const time = () => random.pick(TIMES);
  const conditions = () =>
    random.list(
      random.below(3),
      () => random.pick(["NX", "XX", "gt", "LT", "GT", "x"]),
    );
  const copyOptions = () =>
    random.list(
      random.below(3),
      () => random.pick([["REPLACE"], ["DB", db()], ["DB"], ["x"]]),
    ).flat();
  const scanOptions = () =>
    random.list(
      random.below(3),
      () =>
        random.pick([
          ["MATCH", random.pick(PATTERNS)],
          ["COUNT", "1000"],
          [
            "TYPE",
            random.pick(["string", "LIST", "hash", "x"]),
          ],
          ["COUNT", "0"],
          ["x", "y"],
        ]),
    ).flat();
  return random.pick<() => Argument[]>([
    () => ["SET", key(), random.pick(["1", "12345", "text", ""])],
    () => ["SET", key(), "v", "PXAT", "4102444800000"],
    () => ["RPUSH", key(), "x"],
    () => ["LPOP", key()],
    () => [random.pick(["DEL", "UNLINK", "EXISTS", "TOUCH"]), key(), key()],
    () => [
      random.pick(["TYPE", "PERSIST", "EXPIRETIME", "PEXPIRETIME"]),
      key(),
    ],
    () => [
      random.pick(["EXPIREAT", "PEXPIREAT"]),
      key(),
      time(),
      ...conditions(),
    ],
    () => [
      random.pick(["EXPIREAT", "PEXPIREAT"]),
      key(),
      time(),
      ...conditions(),
    ],
    () => [
      random.pick(["EXPIRE", "PEXPIRE"]),
      key(),
      random.pick(["-1", "0", "x", "9223372036854775807"]),
    ],
    () => [random.pick(["RENAME", "RENAMENX"]), key(), key()],
    () => ["MOVE", key(), db()],
    () => ["COPY", key(), key(), ...copyOptions()],
    () => ["SELECT", random.pick(["0", "1", "2"])],
    () => [
      "SWAPDB",
      random.pick(["0", "1", "x"]),
      random.pick(["1", "2", "16"]),
    ],
    () => ["KEYS", random.pick(PATTERNS)],
    () => ["SCAN", random.pick(["0", "0", "x"]), ...scanOptions()],
    () => ["OBJECT", random.pick(["ENCODING", "REFCOUNT", "x"]), key()],
    () => ["DBSIZE"],
    () =>
      random.chance(0.1) ? [random.pick(["FLUSHDB", "FLUSHALL"])] : ["DBSIZE"],
  ])();
}

/** Far or over: the two servers have clocks of their own. */
const TIMES = [
  ...["4102444800", "4102444800499", "4102444800500", "9007199254740993"],
  ...["9223372036854775", "9223372036854775807", "9223372036854775808"],
  ...["0", "1", "-1", "-9223372036854775808", "x"],
];
const PATTERNS = ["*", "a*", "?", "[ab]", "", "ab", "[^a]", "\\a"];
