import { assertEquals } from "@std/assert";
import { startTestServer } from "../helpers/server.ts";
import {
  each,
  error,
  oneOf,
  resp,
  transcript,
  unordered,
} from "../helpers/transcript.ts";

const SYNTAX_ERROR = error("ERR syntax error");
const NOT_AN_INTEGER = error("ERR value is not an integer or out of range");
const INT64_MAX = "9223372036854775807";
const INT64_MIN = "-9223372036854775808";

transcript("HRANDFIELD answers fields that are there", [
  ["HSET k a 1 b 2 c 3", 3],
  ["HRANDFIELD k", oneOf("a", "b", "c")],
  ["HRANDFIELD k 0", []],
  ["HRANDFIELD k 0 WITHVALUES", []],
  ["HRANDFIELD k 1", each(oneOf("a", "b", "c"), 1)],
  ["HRANDFIELD k 2", each(oneOf("a", "b", "c"), 2)],
  ["HRANDFIELD k 3", unordered(["a", "b", "c"])],
  ["HRANDFIELD k 1000", ["a", "b", "c"]],
  [`HRANDFIELD k ${INT64_MAX}`, ["a", "b", "c"]],
  ["HRANDFIELD k -10", each(oneOf("a", "b", "c"), 10)],
]);

transcript("HRANDFIELD with values answers pairs in RESP3", [
  ["HSET k a 1", 1],
  ["HRANDFIELD k 1 WITHVALUES", resp(["a", "1"], [["a", "1"]])],
  ["HRANDFIELD k 5 withvalues", resp(["a", "1"], [["a", "1"]])],
  [
    "HRANDFIELD k -2 WITHVALUES",
    resp(["a", "1", "a", "1"], [["a", "1"], ["a", "1"]]),
  ],
]);

transcript("HRANDFIELD refuses what it does not understand", [
  ["HSET k a 1", 1],
  ["HRANDFIELD k one", NOT_AN_INTEGER],
  ["HRANDFIELD k 1 VALUES", SYNTAX_ERROR],
  ["HRANDFIELD k 1 WITHVALUES x", SYNTAX_ERROR],
  ["HRANDFIELD k one VALUES", NOT_AN_INTEGER],
  [
    `HRANDFIELD k ${INT64_MIN}`,
    error(
      `ERR value is out of range, value must between -${INT64_MAX} and ${INT64_MAX}`,
    ),
  ],
  [
    `HRANDFIELD k ${INT64_MAX} WITHVALUES`,
    error("ERR value is out of range"),
  ],
  [
    "HRANDFIELD k -4611686018427387904 WITHVALUES",
    error("ERR value is out of range"),
  ],
  [
    "HRANDFIELD k 4611686018427387903 WITHVALUES",
    resp(["a", "1"], [["a", "1"]]),
  ],
]);

transcript("HSCAN answers a listpack at once", [
  ["HSET k a 1 b 2 ab 3", 3],
  ["HSCAN k 0", ["0", ["a", "1", "b", "2", "ab", "3"]]],
  ["HSCAN k 0 COUNT 1", ["0", ["a", "1", "b", "2", "ab", "3"]]],
  ["HSCAN k 17 MATCH a*", ["0", ["a", "1", "ab", "3"]]],
  ["HSCAN k 0 MATCH none COUNT 5", ["0", []]],
  ["HSCAN k 0 COUNT 0", SYNTAX_ERROR],
  ["HSCAN k 0 COUNT one", NOT_AN_INTEGER],
  ["HSCAN k 0 TYPE string", SYNTAX_ERROR],
  ["HSCAN k 0 MATCH", SYNTAX_ERROR],
  ["HSCAN k -x", error("ERR invalid cursor")],
  ["HSCAN none 0 COUNT 0", ["0", []]],
]);

Deno.test("HSCAN of a table answers every field that is there all along, whatever comes and goes", async () => {
  await using server = await startTestServer({ strict: false });
  const client = await server.client();
  const pairs = Array.from({ length: 1000 }, (_, i) => [`f${i}`, `${i}`]);
  await client.call("HSET", "k", ...pairs.flat());
  const seen = new Map<string, string>();
  let cursor = "0";
  for (let call = 0; call === 0 || cursor !== "0"; call++) {
    const [next, found] = await client.call("HSCAN", "k", cursor) as [
      string,
      string[],
    ];
    for (let i = 0; i < found.length; i += 2) {
      seen.set(found[i]!, found[i + 1]!);
    }
    cursor = next;
    await client.call("HDEL", "k", `f${call * 7 % 500}`);
    await client.call("HSET", "k", `g${call}`, "new");
  }
  for (let i = 500; i < 1000; i++) assertEquals(seen.get(`f${i}`), `${i}`);
});

Deno.test("HRANDFIELD picks different fields, and each as often as the others", async () => {
  await using server = await startTestServer();
  const client = await server.client();
  const fields = Array.from({ length: 30 }, (_, i) => `f${i}`);
  await client.call("HSET", "k", ...fields.flatMap((field) => [field, "v"]));
  for (const count of [3, 20]) {
    const times = new Map<string, number>();
    for (let i = 0; i < 300; i++) {
      const picked = await client.call(
        "HRANDFIELD",
        "k",
        `${count}`,
      ) as string[];
      assertEquals(new Set(picked).size, count);
      for (const field of picked) times.set(field, (times.get(field) ?? 0) + 1);
    }
    const expected = 300 * count / fields.length;
    for (const field of fields) {
      const often = times.get(field) ?? 0;
      assertEquals(Math.abs(often - expected) < expected * 0.7 + 5, true);
    }
  }
});
