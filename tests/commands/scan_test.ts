import {
  advance,
  error,
  OK,
  type Step,
  transcript,
  unordered,
} from "../helpers/transcript.ts";
import { assertEquals } from "@std/assert";
import { testOnBoth } from "../helpers/both_servers.ts";
import { RespClient } from "../helpers/resp_client.ts";
import { startTestServer } from "../helpers/server.ts";

const SYNTAX = error("ERR syntax error");
const INVALID = error("ERR invalid cursor");
/** The string "w", as DUMP answers it. */
const W = "\x00\x01w\n\x00/0\x8e|0i\x98:";

transcript("SCAN refuses what is no cursor and no option", [
  ["SCAN", error("ERR wrong number of arguments for 'scan' command")],
  ...[
    "x",
    "1x",
    "' 1'",
    "'\\t1'",
    "-",
    "+",
    "+-1",
    "0x1",
    "1.5",
    "18446744073709551616",
    "-18446744073709551616",
  ]
    .map((cursor): Step => [`SCAN ${cursor}`, INVALID]),
  ["SCAN 0 COUNT", SYNTAX],
  ["SCAN 0 MATCH", SYNTAX],
  ["SCAN 0 TYPE", SYNTAX],
  ["SCAN 0 x", SYNTAX],
  ["SCAN 0 x y", SYNTAX],
  ["SCAN 0 COUNT 0", SYNTAX],
  ["SCAN 0 COUNT -1", SYNTAX],
  ["SCAN 0 COUNT 0 x", SYNTAX],
  ["SCAN 0 COUNT x y", error("ERR value is not an integer or out of range")],
  ["SCAN 0 COUNT 10 MATCH", SYNTAX],
  ["SCAN x COUNT 0", INVALID],
]);

transcript("SCAN reads a cursor as C does", [
  ["SCAN 0", ["0", []]],
  ["SCAN ''", ["0", []]],
  ["SCAN +0", ["0", []]],
  ["SCAN -0", ["0", []]],
  ["SCAN 000", ["0", []]],
  ["SCAN -1", ["0", []]],
  ["SCAN 18446744073709551615", ["0", []]],
  [["SCAN", "0\0x"], ["0", []]],
]);

transcript(
  "SCAN answers a small database at once, filtered by pattern and type",
  [
    ["MSET key:1 a key:2 b other c", OK],
    ["RPUSH list x", 1],
    ["SCAN 0", ["0", unordered(["key:1", "key:2", "other", "list"])]],
    ["SCAN 0 MATCH *", ["0", unordered(["key:1", "key:2", "other", "list"])]],
    ["scan 0 match key:*", ["0", unordered(["key:1", "key:2"])]],
    ["SCAN 0 MATCH none", ["0", []]],
    ["SCAN 0 TYPE list", ["0", ["list"]]],
    ["SCAN 0 TYPE LIST", ["0", ["list"]]],
    ["SCAN 0 TYPE hash", ["0", []]],
    ["SCAN 0 TYPE nonsense", ["0", []]],
    ["SCAN 0 TYPE string MATCH *2 COUNT 100", ["0", ["key:2"]]],
    ["SCAN 0 MATCH x MATCH other COUNT 5 COUNT 50", ["0", ["other"]]],
    ["SCAN 0 COUNT 9223372036854775807", [
      "0",
      unordered(["key:1", "key:2", "other", "list"]),
    ]],
  ],
);

transcript("SCAN does not answer keys that have expired", [
  ["SET a v PX 10", OK],
  ["SET b v", OK],
  [advance(11)],
  ["SCAN 0 COUNT 100", ["0", ["b"]]],
  ["SCAN 0 TYPE string COUNT 100", ["0", ["b"]]],
]);

transcript("SCAN takes keys of any bytes", [
  [["SET", "\0\xff\r\n", "v"], OK],
  [["SCAN", "0", "MATCH", "\0\xff*"], ["0", ["\0\xff\r\n"]]],
]);

Deno.test("SCAN goes through a database in steps of COUNT, each key once while nothing changes", async () => {
  await using server = await startTestServer({ strict: false });
  const client = await server.client();
  for (let i = 0; i < 1000; i++) await client.call("SET", `k${i}`, "v");
  for (
    const [count, calls] of [[undefined, 100], [37, 28], [1000, 1], [
      5000,
      1,
    ]] as const
  ) {
    const keys: string[] = [];
    let cursor = "0";
    let called = 0;
    do {
      const [next, found] = await client.call(
        "SCAN",
        cursor,
        ...count === undefined ? [] : ["COUNT", count],
      ) as [string, string[]];
      cursor = next;
      keys.push(...found);
      called++;
    } while (cursor !== "0");
    assertEquals(called, calls);
    assertEquals(keys.length, 1000);
    assertEquals(new Set(keys).size, 1000);
  }
});

const LONG = "x".repeat(65);

Deno.test("ZSCAN answers all of a few members at once, though they are no listpack", async () => {
  await using server = await startTestServer({ strict: false });
  const client = await server.client();
  await client.call("ZADD", "k", 0, LONG);
  for (let i = 1; i < 64; i++) await client.call("ZADD", "k", i, `m${i}`);
  assertEquals(await client.call("OBJECT", "ENCODING", "k"), "skiplist");
  const [cursor, found] = await scan(client, "ZSCAN", "0", 10);
  assertEquals([cursor, found.length], ["0", 64]);
  await client.call("ZADD", "k", 64, "m64");
  const [next, first] = await scan(client, "ZSCAN", "0", 1);
  assertEquals(first.length, 1);
  const [end, others] = await scan(client, "ZSCAN", next, 1);
  assertEquals([end, others.length], ["0", 64]);
});

Deno.test("ZSCAN misses nothing of a sorted set that is packed between two calls, and grows again", async () => {
  await using server = await startTestServer({ strict: false });
  const client = await server.client();
  const members = Array.from({ length: 200 }, (_, i) => `m${i}`);
  await client.call(
    "ZADD",
    "large",
    ...members.flatMap((member, i) => [-i, member]),
  );
  const stay = members.slice(0, 40);
  for (const count of [100, 135, 136, 137, 170, 190]) {
    await client.call("COPY", "large", "k", "REPLACE");
    const [cursor, found] = await scan(client, "ZSCAN", "0", count);
    await client.call("ZREM", "k", ...members.slice(stay.length));
    // When there are many small values, those are packed that were edited first.
    for (let i = 0; i < 100; i++) {
      await client.call("SADD", `small ${i}`, "m", "n");
      await client.call("SPOP", `small ${i}`, 1);
    }
    for (let i = 0; i < 200; i++) await client.call("ZADD", "k", -i, `n${i}`);
    found.push(...await scanToEnd(client, "ZSCAN", cursor));
    assertEquals(stay.filter((member) => !found.includes(member)), []);
  }
});

Deno.test("ZSCAN and SSCAN miss nothing of what a command stores anew between two calls", async () => {
  await using server = await startTestServer({ strict: false });
  const client = await server.client();
  const members = Array.from({ length: 1_000 }, (_, i) => `m${i}`);
  const few = members.slice(100, 400);
  await client.call(
    "ZADD",
    "scored",
    ...members.flatMap((member, i) => [i * 7 % 1_000, member]),
  );
  await client.call("ZADD", "few", ...few.flatMap((member) => [1, member]));
  await client.call("SADD", "plain", ...members);
  await client.call("SADD", "reversed", ...few.toReversed());
  await client.call("SADD", "old", ...members.slice(0, 990));
  for (
    const [command, original, ...stored] of [
      ["ZSCAN", "scored", "ZUNIONSTORE", "k", 1, "k", "WEIGHTS", 0.5],
      ["ZSCAN", "scored", "ZINTERSTORE", "k", 2, "few", "k"],
      ["ZSCAN", "scored", "ZDIFFSTORE", "k", 2, "k", "few"],
      ["ZSCAN", "scored", "ZRANGESTORE", "k", "k", 0, 499, "REV"],
      [
        "ZSCAN",
        "scored",
        "GEOSEARCHSTORE",
        "k",
        "k",
        "FROMLONLAT",
        0,
        0,
        "BYRADIUS",
        30_000,
        "km",
        "DESC",
      ],
      ["SSCAN", "plain", "SUNIONSTORE", "k", "reversed", "k"],
      ["SSCAN", "plain", "SINTERSTORE", "k", "k", "reversed"],
      ["SSCAN", "plain", "SDIFFSTORE", "k", "k", "old"],
    ] as const
  ) {
    for (const count of [300, 700, 900]) {
      await client.call("COPY", original, "k", "REPLACE");
      const [cursor, found] = await scan(client, command, "0", count);
      await client.call(...stored);
      const stayed = await scanAll(client, command);
      found.push(...await scanToEnd(client, command, cursor));
      assertEquals(stayed.filter((member) => !found.includes(member)), []);
    }
  }
});

Deno.test("SSCAN misses nothing of what SPOP leaves of a set", async () => {
  await using server = await startTestServer({ strict: false });
  const client = await server.client();
  const members = Array.from({ length: 1_000 }, (_, i) => `m${i}`);
  await client.call("SADD", "k", ...members);
  const [cursor, found] = await scan(client, "SSCAN", "0", 900);
  await client.call("SPOP", "k", 850);
  const stayed = await scanAll(client, "SSCAN");
  assertEquals(stayed.length, 150);
  found.push(...await scanToEnd(client, "SSCAN", cursor));
  assertEquals(stayed.filter((member) => !found.includes(member)), []);
});

/** Scans the key `k`; returns the cursor to go on from, and the members. */
async function scan(
  client: RespClient,
  command: "SSCAN" | "ZSCAN",
  cursor: string,
  count: number,
): Promise<[cursor: string, members: string[]]> {
  const [next, found] = await client.call(
    command,
    "k",
    cursor,
    "COUNT",
    count,
  ) as [string, string[]];
  const width = command === "ZSCAN" ? 2 : 1;
  return [next, found.filter((_, i) => i % width === 0)];
}

/** Scans the key `k` from the beginning; returns its members, of which there must be some. */
async function scanAll(
  client: RespClient,
  command: "SSCAN" | "ZSCAN",
): Promise<string[]> {
  const [cursor, found] = await scan(client, command, "0", 10_000);
  assertEquals(cursor, "0");
  assertEquals(found.length > 0, true);
  return found;
}

/** Goes on with a scan from `cursor` to the end; returns the members. */
async function scanToEnd(
  client: RespClient,
  command: "SSCAN" | "ZSCAN",
  cursor: string,
): Promise<string[]> {
  const found: string[] = [];
  while (cursor !== "0") {
    const [next, members] = await scan(client, command, cursor, 10);
    found.push(...members);
    cursor = next;
  }
  return found;
}

const REPLACING = {
  "RENAME": (key: string) => [["SET", "other", "w"], ["RENAME", "other", key]],
  "COPY": (key: string) => [["COPY", "source", key, "REPLACE"]],
  "RESTORE": (key: string) => [["RESTORE", key, "0", W, "REPLACE"]],
  "MULTI, RENAME": (key: string) => [
    ["MULTI"],
    ["SET", "other", "w"],
    ["RENAME", "other", key],
    ["EXEC"],
  ],
};

testOnBoth("SCAN answers keys that are replaced meanwhile", async (port) => {
  await using client = await RespClient.connect(port);
  const keys = Array.from({ length: 200 }, (_, i) => `key:${i}`);
  for (const [name, replacing] of Object.entries(REPLACING)) {
    await client.call("FLUSHALL");
    await client.pipeline(keys.map((key) => ["SET", key, "v"]));
    await client.call("SET", "source", "w");
    const found = new Set<string>();
    let cursor = "0";
    do {
      const [next, some] = await client.call("SCAN", cursor) as [
        string,
        string[],
      ];
      for (const key of some) found.add(key);
      if (cursor === "0") {
        await client.pipeline(keys.flatMap((key) => [
          ...replacing(key),
          ["SET", `new:${key}`, "v"],
        ]));
      }
      cursor = next;
    } while (cursor !== "0");
    assertEquals(keys.filter((key) => !found.has(key)), [], name);
    assertEquals(await client.call("GET", "key:7"), "w", name);
  }
});
