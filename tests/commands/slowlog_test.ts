import { assertEquals } from "@std/assert";
import { startTestServer } from "../helpers/server.ts";
import {
  advance,
  any,
  blocked,
  disconnect,
  error,
  matching,
  nil,
  nilArray,
  OK,
  QUEUED,
  received,
  sent,
  transcript,
} from "../helpers/transcript.ts";

const ALL = { config: { "slowlog-log-slower-than": 0 } };

const ADDRESS = matching(/^127\.0\.0\.1:\d+$/);

/** What SLOWLOG GET shows of a command line. */
function entry(line: string | readonly string[], name = "") {
  const args = typeof line === "string" ? line.split(" ") : line;
  return [any, any, any, args, ADDRESS, name];
}

transcript("SLOWLOG refuses what it does not know", [
  ["SLOWLOG", error("ERR wrong number of arguments for 'slowlog' command")],
  ["SLOWLOG nope", error("ERR unknown subcommand 'nope'. Try SLOWLOG HELP.")],
  [
    "SLOWLOG len x",
    error("ERR wrong number of arguments for 'slowlog|len' command"),
  ],
  [
    "SLOWLOG reset x",
    error("ERR wrong number of arguments for 'slowlog|reset' command"),
  ],
  [
    "SLOWLOG GET 1 2",
    error(
      "ERR unknown subcommand or wrong number of arguments for 'GET'. Try SLOWLOG HELP.",
    ),
  ],
  [
    "SLOWLOG GET -2",
    error("ERR count should be greater than or equal to -1"),
  ],
  [
    "SLOWLOG GET many",
    error("ERR count should be greater than or equal to -1"),
  ],
  ["SLOWLOG HELP x", error(/^ERR wrong number of arguments/)],
]);

transcript(
  "SLOWLOG logs every command with its arguments when slowlog-log-slower-than is 0",
  [
    ["SLOWLOG RESET", OK],
    ["SLOWLOG LEN", 1],
    ["SET k v", OK],
    ["CLIENT SETNAME fred", OK],
    ["GET k", "v"],
    ["SLOWLOG LEN", 5],
    ["SLOWLOG GET 2", [
      entry("SLOWLOG LEN", "fred"),
      entry("GET k", "fred"),
    ]],
    ["SLOWLOG GET 0", []],
    ["CONFIG SET slowlog-max-len 2", OK],
    ["SLOWLOG LEN", 2],
    ["SLOWLOG RESET", OK],
    ["SLOWLOG GET -1", [entry("SLOWLOG RESET", "fred")]],
    ["CONFIG SET slowlog-max-len 0", OK],
    ["SLOWLOG LEN", 0],
  ],
  ALL,
);

transcript("SLOWLOG GET shows ten entries unless told", [
  ...Array.from({ length: 12 }, () => ["GET k", nil] as const),
  [
    "SLOWLOG GET",
    Array.from({ length: 10 }, () => entry("GET k")),
  ],
], ALL);

transcript(
  "SLOWLOG logs what EXEC runs, and neither EXEC nor refused commands",
  [
    ["SLOWLOG RESET", OK],
    ["MULTI", OK],
    ["SET k v", QUEUED],
    ["EXEC", [OK]],
    ["GET", error(/^ERR wrong number/)],
    ["NOPE", error(/^ERR unknown command/)],
    ["INCR k", error("ERR value is not an integer or out of range")],
    ["SLOWLOG GET", [
      entry("INCR k"),
      entry("SET k v"),
      entry("MULTI"),
      entry("SLOWLOG RESET"),
    ]],
  ],
  ALL,
);

transcript(
  "SLOWLOG logs a blocked command when it is served, and not when its time is up",
  [
    ["SLOWLOG RESET", OK],
    [sent("b", "BLPOP q 0")],
    [blocked("b")],
    ["RPUSH q x", 1],
    [received("b", ["q", "x"])],
    ["SLOWLOG GET 2", [entry("BLPOP q 0"), entry("RPUSH q x")]],
    ["SLOWLOG RESET", OK],
    [sent("b", "BLPOP q 0.01")],
    [blocked("b")],
    [advance(15)],
    [received("b", nilArray)],
    // How it was found out that the client is blocked stands between.
    ["SLOWLOG GET", [any, entry("SLOWLOG RESET")]],
    [disconnect("b")],
  ],
  ALL,
);

transcript("SLOWLOG shortens long arguments and long command lines", [
  [["SET", "k", "A".repeat(128)], OK],
  [["SET", "k", "A".repeat(130)], OK],
  [["DEL", ..."x".repeat(31)], 0],
  [["DEL", ..."x".repeat(40)], 0],
  ["SLOWLOG GET 4", [
    entry(["DEL", ..."x".repeat(30), "... (10 more arguments)"]),
    entry(["DEL", ..."x".repeat(31)]),
    entry(["SET", "k", `${"A".repeat(128)}... (2 more bytes)`]),
    entry(["SET", "k", "A".repeat(128)]),
  ]],
], ALL);

transcript("SLOWLOG keeps passwords to itself", [
  ["SLOWLOG RESET", OK],
  ["AUTH secret", error(/^ERR AUTH <password> called without/)],
  ["AUTH fred secret", error(/^WRONGPASS/)],
  ["AUTH a b c", error("ERR syntax error")],
  ["HELLO 3 SETNAME x AUTH fred secret", error(/^WRONGPASS/)],
  ["HELLO 3 nope AUTH a b", error(/^ERR Syntax error in HELLO option/)],
  ["CONFIG SET nope 1 RequirePass secret", error(/^ERR Unknown option/)],
  ["SLOWLOG GET 6", [
    entry("CONFIG SET nope 1 RequirePass (redacted)", "x"),
    entry("HELLO 3 nope AUTH a b", "x"),
    entry("HELLO 3 SETNAME x AUTH (redacted) (redacted)", "x"),
    entry("AUTH a b c"),
    entry("AUTH (redacted) (redacted)"),
    entry("AUTH (redacted)"),
  ]],
], ALL);

Deno.test("A command slower than slowlog-log-slower-than is logged with its time, also a fast one that is alone", async () => {
  await using server = await startTestServer();
  const client = await server.client();
  await client.call("PING");
  await client.call("DEBUG", "SLEEP", "0.009");
  assertEquals(await client.call("SLOWLOG", "LEN"), 0);
  await client.call("DEBUG", "SLEEP", "0.25");
  const [[id, time, microseconds, args]] = await client.call(
    "SLOWLOG",
    "GET",
  ) as [[number, number, number, string[]]];
  assertEquals([id, microseconds, args], [0, 250_000, [
    "DEBUG",
    "SLEEP",
    "0.25",
  ]]);
  assertEquals(time, Math.floor(server.clock.now() / 1000));
  await client.call("CONFIG", "SET", "slowlog-log-slower-than", "-1");
  await client.call("DEBUG", "SLEEP", "1");
  assertEquals(await client.call("SLOWLOG", "LEN"), 1);
});
