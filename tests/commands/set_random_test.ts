import { assertEquals } from "@std/assert";
import { startTestServer } from "../helpers/server.ts";
import {
  each,
  error,
  nil,
  oneOf,
  set,
  transcript,
  unordered,
} from "../helpers/transcript.ts";

const NOT_POSITIVE = error("ERR value is out of range, must be positive");
const INT64_MAX = "9223372036854775807";
const INT64_MIN = "-9223372036854775808";

transcript("SPOP takes a member, and the key with the last one", [
  ["SADD k a b", 2],
  ["SPOP k", oneOf("a", "b")],
  ["SCARD k", 1],
  ["SPOP k", oneOf("a", "b")],
  ["EXISTS k", 0],
  ["SPOP k", nil],
]);

transcript("SPOP with a count takes as many as there are", [
  ["SADD k 1 2 3", 3],
  ["SPOP k 0", set([])],
  ["SPOP k 3", set(["1", "2", "3"])],
  ["EXISTS k", 0],
  ["SPOP k 3", set([])],
  ["SADD k a", 1],
  [`SPOP k ${INT64_MAX}`, set(["a"])],
  ["SADD k 1 2 3 4 5 6 7 8 9 10", 10],
  ["EXPIRE k 100", 1],
  ["SPOP k 2", set([oneOf(...digits()), oneOf(...digits())])],
  ["SCARD k", 8],
  ["SPOP k 7", set(Array.from({ length: 7 }, () => oneOf(...digits())))],
  ["SCARD k", 1],
  ["TTL k", 100],
  ["SPOP k -1", NOT_POSITIVE],
  ["SPOP k one", NOT_POSITIVE],
  ["SPOP k 9223372036854775808", NOT_POSITIVE],
  ["SPOP none -1", NOT_POSITIVE],
]);

transcript("SPOP that leaves little leaves an intset if it can", [
  ["SADD k 1 2 3 4 5 6 7", 7],
  ["SADD k x", 1],
  ["SREM k x", 1],
  ["OBJECT ENCODING k", "hashtable"],
  ["SPOP k 1", set([oneOf(...digits())])],
  ["OBJECT ENCODING k", "hashtable"],
  ["SPOP k 5", set(Array.from({ length: 5 }, () => oneOf(...digits())))],
  ["OBJECT ENCODING k", "intset"],
  ["SCARD k", 1],
]);

transcript("SRANDMEMBER answers members that are there", [
  ["SADD k 1 2 3", 3],
  ["SRANDMEMBER k", oneOf("1", "2", "3")],
  ["SRANDMEMBER k 0", []],
  ["SRANDMEMBER k 1", each(oneOf("1", "2", "3"), 1)],
  ["SRANDMEMBER k 2", each(oneOf("1", "2", "3"), 2)],
  ["SRANDMEMBER k 3", ["1", "2", "3"]],
  [`SRANDMEMBER k ${INT64_MAX}`, ["1", "2", "3"]],
  ["SRANDMEMBER k -10", each(oneOf("1", "2", "3"), 10)],
  ["SCARD k", 3],
  ["SADD t a b", 2],
  ["SRANDMEMBER t 5", unordered(["a", "b"])],
  ["SRANDMEMBER none", nil],
  ["SRANDMEMBER none 3", []],
  ["SRANDMEMBER none -3", []],
  [
    "SRANDMEMBER k one",
    error("ERR value is not an integer or out of range"),
  ],
  [
    `SRANDMEMBER k ${INT64_MIN}`,
    error(
      `ERR value is out of range, value must between -${INT64_MAX} and ${INT64_MAX}`,
    ),
  ],
]);

function digits(): string[] {
  return Array.from({ length: 10 }, (_, i) => String(i + 1));
}

Deno.test("SRANDMEMBER and SPOP pick different members, and each as often as the others", async () => {
  await using server = await startTestServer({ strict: false });
  const client = await server.client();
  for (const prefix of ["", "m"]) {
    const members = Array.from({ length: 30 }, (_, i) => `${prefix}${i}`);
    for (
      const [command, count] of [["SRANDMEMBER", 3], ["SRANDMEMBER", 20], [
        "SPOP",
        3,
      ], ["SPOP", 27]] as const
    ) {
      const times = new Map<string, number>();
      for (let i = 0; i < 300; i++) {
        await client.call("DEL", "k");
        await client.call("SADD", "k", ...members);
        const picked = await client.call(command, "k", `${count}`) as string[];
        assertEquals(new Set(picked).size, count);
        const left = command === "SPOP" ? 30 - count : 30;
        assertEquals(await client.call("SCARD", "k"), left);
        for (const member of picked) {
          times.set(member, (times.get(member) ?? 0) + 1);
        }
      }
      const expected = 300 * count / members.length;
      for (const member of members) {
        const often = times.get(member) ?? 0;
        assertEquals(Math.abs(often - expected) < expected * 0.7 + 5, true);
      }
    }
  }
});
