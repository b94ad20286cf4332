import { assertEquals } from "@std/assert";
import { findRealRedis, sharedRealRedis } from "../helpers/real_redis.ts";
import { formatReply } from "../helpers/reply.ts";
import { RespClient } from "../helpers/resp_client.ts";
import { checkProperty, type TestRandom } from "../helpers/seeded.ts";
import { startTestServer } from "../helpers/server.ts";
import { error, map, OK, QUEUED, transcript } from "../helpers/transcript.ts";

const NOT_STRINGS = error("ERR The specified keys must contain string values");
const SYNTAX = error("ERR syntax error");

transcript("LCS replies the subsequence, its length or the matches", [
  ["MSET a ohmytext b mynewtext", OK],
  ["LCS a b", "mytext"],
  ["LCS a b LEN", 6],
  [
    "LCS a b IDX",
    map({ matches: [[[4, 7], [5, 8]], [[2, 3], [0, 1]]], len: 6 }),
  ],
  [
    "LCS a b idx MINMATCHLEN 4 withmatchlen",
    map({ matches: [[[4, 7], [5, 8], 4]], len: 6 }),
  ],
  [
    "LCS a b IDX WITHMATCHLEN MINMATCHLEN -1",
    map({ matches: [[[4, 7], [5, 8], 4], [[2, 3], [0, 1], 2]], len: 6 }),
  ],
  ["LCS a b IDX MINMATCHLEN 9223372036854775807", map({ matches: [], len: 6 })],
  ["LCS a b WITHMATCHLEN MINMATCHLEN 3", "mytext"],
  ["LCS a b LEN LEN", 6],
  ["LCS a a", "ohmytext"],
]);

transcript("LCS takes a missing key for an empty string", [
  ["LCS a b", ""],
  ["LCS a b LEN", 0],
  ["LCS a b IDX", map({ matches: [], len: 0 })],
  [["SET", "a", "\0\xff\r\n"], OK],
  ["LCS a b", ""],
  [["APPEND", "b", "\xff"], 1],
  [["APPEND", "b", "\n"], 2],
  ["LCS a b", "\xff\n"],
]);

transcript("LCS refuses lists and options that do not fit", [
  ["LCS a", error("ERR wrong number of arguments for 'lcs' command")],
  ["RPUSH l x", 1],
  ["LCS l none FOO", NOT_STRINGS],
  ["LCS none l", NOT_STRINGS],
  ["LCS a b FOO", SYNTAX],
  ["LCS a b MINMATCHLEN", SYNTAX],
  [
    "LCS a b MINMATCHLEN x",
    error("ERR value is not an integer or out of range"),
  ],
  [
    "LCS a b LEN IDX",
    error(
      "ERR If you want both the length and indexes, please just use IDX.",
    ),
  ],
]);

transcript("LCS refuses strings whose table exceeds proto-max-bulk-len", [
  [["MSET", "a", "x".repeat(511), "b", "y".repeat(511)], OK],
  ["LCS a b LEN", 0],
  ["APPEND b x", 512],
  [
    "LCS a b LEN",
    error(
      "ERR Insufficient memory, transient memory for LCS exceeds proto-max-bulk-len",
    ),
  ],
], { config: { "proto-max-bulk-len": 1024 * 1024 } });

transcript("LCS runs inside MULTI", [
  ["MSET a abc b bc", OK],
  ["MULTI", OK],
  ["LCS a b", QUEUED],
  ["LCS a b BAR", QUEUED],
  ["EXEC", ["bc", SYNTAX]],
]);

Deno.test({
  name: "LCS of random strings replies as redis-server does",
  ignore: findRealRedis() === undefined,
  sanitizeOps: false,
  sanitizeResources: false,
  fn: () =>
    checkProperty(
      compareWithRealServer,
      { runs: 3 },
      Deno.env.get("REDIS_LITE_SEED"),
    ),
});

async function compareWithRealServer(random: TestRandom): Promise<void> {
  const real = (await sharedRealRedis())!;
  await using server = await startTestServer({ strict: false });
  await using theirs = await RespClient.connect(real.port);
  const ours = await server.client();
  const commands = random.list(100, () => {
    const text = () => random.text(random.between(0, 40), "abcd");
    return [
      ["MSET", "a", text(), "b", text()],
      ["LCS", "a", "b", "IDX", "MINMATCHLEN", random.below(4), "WITHMATCHLEN"],
      ["LCS", "a", "b"],
      ["LCS", "a", "b", "LEN"],
    ];
  }).flat();
  const expected = await theirs.pipeline(commands);
  const actual = await ours.pipeline(commands);
  assertEquals(actual.map(formatReply), expected.map(formatReply));
}
