import { assertEquals } from "@std/assert";
import { startTestServer } from "../helpers/server.ts";
import {
  advance,
  error,
  map,
  OK,
  QUEUED,
  set,
  status,
  transcript,
} from "../helpers/transcript.ts";

const WRONG_TYPE = error(
  "WRONGTYPE Operation against a key holding the wrong kind of value",
);
const SYNTAX_ERROR = error("ERR syntax error");
const INT64_MAX = "9223372036854775807";
const INT64_MIN = "-9223372036854775808";

function wrongArity(name: string) {
  return error(`ERR wrong number of arguments for '${name}' command`);
}

transcript("SADD adds members and counts those that are new", [
  ["SADD k a b", 2],
  ["SADD k b c c d", 2],
  ["SCARD k", 4],
  ["TYPE k", status("set")],
  [["SADD", "b", "\xff\0\r\n", ""], 2],
  [["SMISMEMBER", "b", "", "\xff\0\r\n", "\xff"], [1, 1, 0]],
]);

transcript("SREM removes members, and the key with the last one", [
  ["SADD k a b c", 3],
  ["SREM k b none b", 1],
  ["SREM k none", 0],
  ["SREM k c a none", 2],
  ["EXISTS k", 0],
  ["SREM k a", 0],
  ["SADD i 1 2", 2],
  ["SREM i 01 x 3", 0],
  ["SREM i 1 2 3", 2],
  ["EXISTS i", 0],
]);

transcript("SMOVE moves a member, and removes the set it leaves empty", [
  ["SADD a 1 x", 2],
  ["SADD b 2", 1],
  ["SMOVE a b none", 0],
  ["SMOVE a b 1", 1],
  ["SMEMBERS b", set(["1", "2"])],
  ["SMOVE a b x", 1],
  ["EXISTS a", 0],
  ["SCARD b", 3],
  ["SMOVE a b x", 0],
  ["SMOVE b b x", 1],
  ["SMOVE b b none", 0],
  ["SMOVE b c 2", 1],
  ["SMEMBERS c", set(["2"])],
  ["SADD d 2", 1],
  ["SMOVE c d 2", 1],
  ["EXISTS c", 0],
  ["SMEMBERS d", set(["2"])],
  ["SET s text", OK],
  ["SMOVE b s none", WRONG_TYPE],
  ["SMOVE s b x", WRONG_TYPE],
  ["SMOVE none s x", 0],
]);

transcript("an intset answers its members in the order of numbers", [
  [`SADD k 10 -5 9 ${INT64_MAX} ${INT64_MIN} 0 9007199254740993`, 7],
  [
    "SMEMBERS k",
    set([INT64_MIN, "-5", "0", "9", "10", "9007199254740993", INT64_MAX]),
  ],
  ["SSCAN k 0 COUNT 1", [
    "0",
    [INT64_MIN, "-5", "0", "9", "10", "9007199254740993", INT64_MAX],
  ]],
  ["SISMEMBER k 9007199254740992", 0],
  ["SREM k 0", 1],
  ["SADD k 3", 1],
  [
    "SINTER k",
    set([
      INT64_MIN,
      "-5",
      "3",
      "9",
      "10",
      "9007199254740993",
      INT64_MAX,
    ]),
  ],
  ["OBJECT ENCODING k", "intset"],
  ["COPY k l", 1],
  ["SREM l 3", 1],
  ["SISMEMBER k 3", 1],
]);

transcript(
  "a set becomes a table with a member that is no integer, or too many",
  [
    ["SADD k 1 2 3", 3],
    ["OBJECT ENCODING k", "intset"],
    ["SADD k 3", 0],
    ["OBJECT ENCODING k", "intset"],
    ["SADD k 4", 1],
    ["OBJECT ENCODING k", "hashtable"],
    ["SREM k 2 3 4", 3],
    ["OBJECT ENCODING k", "hashtable"],
    ["SADD a x", 1],
    ["OBJECT ENCODING a", "hashtable"],
    ["SADD b 1", 1],
    ["SADD b 9223372036854775808", 1],
    ["OBJECT ENCODING b", "hashtable"],
    ["SADD c -0", 1],
    ["OBJECT ENCODING c", "hashtable"],
    ["COPY c d", 1],
    ["OBJECT ENCODING d", "hashtable"],
    ["CONFIG SET set-max-intset-entries 0", OK],
    ["SADD e 1", 1],
    ["OBJECT ENCODING e", "hashtable"],
    [
      "CONFIG GET set-max-intset-entries",
      map([["set-max-intset-entries", "0"]]),
    ],
  ],
  { config: { "set-max-intset-entries": 3 } },
);

transcript("reading commands of sets answer for what is not there", [
  ["SCARD none", 0],
  ["SISMEMBER none m", 0],
  ["SMISMEMBER none m n", [0, 0]],
  ["SMEMBERS none", set([])],
  ["SSCAN none 0", ["0", []]],
  ["SSCAN none 0 COUNT 0", ["0", []]],
  ["SADD k m", 1],
  ["SISMEMBER k m", 1],
  ["SISMEMBER k none", 0],
  ["SMISMEMBER k m none m", [1, 0, 1]],
]);

transcript("commands of sets refuse a key that holds something else", [
  ["SET s text", OK],
  ["SADD s m", WRONG_TYPE],
  ["SREM s m", WRONG_TYPE],
  ["SCARD s", WRONG_TYPE],
  ["SISMEMBER s m", WRONG_TYPE],
  ["SMISMEMBER s m", WRONG_TYPE],
  ["SMEMBERS s", WRONG_TYPE],
  ["SSCAN s 0", WRONG_TYPE],
  ["SSCAN s x", error("ERR invalid cursor")],
  ["SPOP s", WRONG_TYPE],
  ["SPOP s 1", WRONG_TYPE],
  ["SRANDMEMBER s", WRONG_TYPE],
  ["SRANDMEMBER s 1", WRONG_TYPE],
  ["SADD k m", 1],
  ["GET k", WRONG_TYPE],
  ["HSET k f v", WRONG_TYPE],
]);

transcript("commands of sets refuse command lines of the wrong length", [
  ["SADD k", wrongArity("sadd")],
  ["SREM k", wrongArity("srem")],
  ["SMOVE a b", wrongArity("smove")],
  ["SCARD k m", wrongArity("scard")],
  ["SISMEMBER k", wrongArity("sismember")],
  ["SISMEMBER k m n", wrongArity("sismember")],
  ["SMISMEMBER k", wrongArity("smismember")],
  ["SMEMBERS k m", wrongArity("smembers")],
  ["SSCAN k", wrongArity("sscan")],
  ["SPOP", wrongArity("spop")],
  ["SPOP k 1 2", SYNTAX_ERROR],
  ["SRANDMEMBER", wrongArity("srandmember")],
  ["SRANDMEMBER k 1 2", SYNTAX_ERROR],
  ["SINTER", wrongArity("sinter")],
  ["SINTERSTORE d", wrongArity("sinterstore")],
  ["SINTERCARD 1", wrongArity("sintercard")],
  ["SUNION", wrongArity("sunion")],
  ["SUNIONSTORE d", wrongArity("sunionstore")],
  ["SDIFF", wrongArity("sdiff")],
  ["SDIFFSTORE d", wrongArity("sdiffstore")],
]);

transcript("a set that has expired is gone", [
  ["SADD k a b", 2],
  ["PEXPIRE k 20", 1],
  ["SCARD k", 2],
  [advance(25)],
  ["SCARD k", 0],
  ["SADD k a", 1],
  ["SCARD k", 1],
  ["TTL k", -1],
]);

transcript("SSCAN understands MATCH and COUNT", [
  ["SADD k 1 2 12", 3],
  ["SSCAN k 0 MATCH 1*", ["0", ["1", "12"]]],
  ["SSCAN k 5 match * count 1", ["0", ["1", "2", "12"]]],
  ["SSCAN k 0 MATCH", SYNTAX_ERROR],
  ["SSCAN k 0 COUNT -1", SYNTAX_ERROR],
  ["SSCAN k 0 TYPE set", SYNTAX_ERROR],
]);

transcript("set commands run inside MULTI", [
  ["MULTI", OK],
  ["SADD k 1 2", QUEUED],
  ["SMEMBERS k", QUEUED],
  ["SREM k 1 2", QUEUED],
  ["EXISTS k", QUEUED],
  ["EXEC", [2, set(["1", "2"]), 2, 0]],
]);

Deno.test("SSCAN of a table answers every member that is there all along, whatever comes and goes", async () => {
  await using server = await startTestServer({ strict: false });
  const client = await server.client();
  const members = Array.from({ length: 1000 }, (_, i) => `m${i}`);
  await client.call("SADD", "k", ...members);
  const seen = new Set<string>();
  let cursor = "0";
  for (let call = 0; call === 0 || cursor !== "0"; call++) {
    const [next, found] = await client.call("SSCAN", "k", cursor) as [
      string,
      string[],
    ];
    for (const member of found) seen.add(member);
    cursor = next;
    await client.call("SREM", "k", `m${call * 7 % 500}`);
    await client.call("SADD", "k", `n${call}`);
  }
  for (let i = 500; i < 1000; i++) assertEquals(seen.has(`m${i}`), true);
});
