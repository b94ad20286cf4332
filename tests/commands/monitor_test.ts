import { assertEquals } from "@std/assert";
import { toPlain } from "../helpers/reply.ts";
import { startTestServer } from "../helpers/server.ts";
import {
  any,
  disconnect,
  error,
  map,
  matching,
  nil,
  noReply,
  OK,
  on,
  QUEUED,
  received,
  status,
  type Step,
  transcript,
} from "../helpers/transcript.ts";

const NO_DATA = error("ERR Replica can't interact with the keyspace");

/** A server that nobody else sends commands to. */
const ALONE = { config: {} };

/** A line of MONITOR: `words` as they stand behind the address. */
function line(words: string, db = 0) {
  const escaped = words.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&");
  return matching(
    new RegExp(`^\\d+\\.\\d{6} \\[${db} 127\\.0\\.0\\.1:\\d+\\] ${escaped}$`),
  );
}

transcript(
  "MONITOR shows what every client runs, in quotes, and no refused or administrator's commands",
  [
    ["PING", status("PONG")],
    [on("m", "MONITOR"), OK],
    ["SET k v", OK],
    [["get", 'a"\\\n\r\t\x07\b\x00\xff b'], nil],
    ["SELECT 3", OK],
    ["NOPE", error(/^ERR unknown/)],
    ["GET", error(/^ERR wrong number/)],
    ["CONFIG GET nope", any],
    ["DECRBY k x", error(/^ERR value is not an integer/)],
    ["AUTH user secret", error(/^WRONGPASS/)],
    ["SELECT 0", OK],
    [received("m", line('"SET" "k" "v"'))],
    [received("m", line('"get" "a\\"\\\\\\n\\r\\t\\a\\b\\x00\\xff b"'))],
    [received("m", line('"SELECT" "3"', 3))],
    [received("m", line('"DECRBY" "k" "x"', 3))],
    [received("m", line('"AUTH" "(redacted)" "(redacted)"', 3))],
    [received("m", line('"SELECT" "0"'))],
    [disconnect("m")],
  ],
  ALONE,
);

transcript(
  "MONITOR shows the commands of a transaction when they run, before EXEC",
  [
    ["PING", status("PONG")],
    [on("m", "MONITOR"), OK],
    ["MULTI", OK],
    ["SET k v", QUEUED],
    ["EXEC", [OK]],
    ["MULTI", OK],
    ["NOPE", error(/^ERR unknown/)],
    ["EXEC", error(/^EXECABORT/)],
    [received("m", line('"MULTI"'))],
    [received("m", line('"SET" "k" "v"'))],
    [received("m", line('"EXEC"'))],
    [received("m", line('"MULTI"'))],
    [received("m", line('"EXEC"'))],
    [disconnect("m")],
  ],
  ALONE,
);

transcript(
  "MONITOR is refused inside EXEC, silent when repeated, and ended by RESET",
  [
    ["MULTI", OK],
    ["MONITOR", QUEUED],
    ["EXEC", [error("ERR MONITOR isn't allowed for DENY BLOCKING client")]],
    ["MONITOR x", error("ERR wrong number of arguments for 'monitor' command")],
    ["PING", status("PONG")],
    [on("m", "MONITOR"), OK],
    [on("m", "MONITOR"), noReply],
    [on("m", "ECHO hi"), "hi"],
    [received("m", line('"ECHO" "hi"'))],
    ["CLIENT LIST", matching(/ flags=O /)],
    [on("m", "RESET"), status("RESET")],
    ["SET k v", OK],
    [on("m", "PING"), status("PONG")],
    [disconnect("m")],
  ],
  { ...ALONE, protocols: [2] },
);

Deno.test("A monitor goes with its connection: CLIENT KILL, and no idle time ends it", async () => {
  await using server = await startTestServer({ config: { timeout: 10 } });
  const monitor = await server.client();
  await monitor.call("MONITOR");
  await server.clock.advance(11_000);
  const client = await server.client();
  await client.call("ECHO", "hi");
  assertEquals(
    (toPlain(await monitor.readReply()) as string).replace(/:\d+\]/, ":port]"),
    '1767225611.000000 [0 127.0.0.1:port] "ECHO" "hi"',
  );
  await client.call("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes");
  await monitor.closed;
  assertEquals(await client.call("PING"), "PONG");
});

transcript(
  "A client that monitors may run nothing that touches data, until RESET",
  [
    [on("m", "MONITOR"), OK],
    ...[
      "GET a",
      "SET a 1",
      "KEYS *",
      "DBSIZE",
      "BLPOP a 0",
      "PFCOUNT a",
      "OBJECT ENCODING a",
      "PUBLISH c m",
      "SPUBLISH c m",
      "EVAL 'return 1' 0",
      "EVAL_RO 'return 1' 0",
      "EVAL '#!lua\nreturn 1' 0",
      "FCALL f 0",
      "FUNCTION FLUSH",
      "MIGRATE 127.0.0.1 1 a 0 10",
    ].map((command): Step => [on("m", command), NO_DATA]),
    [on("m", "CONFIG GET nope"), map({})],
    [on("m", "SLOWLOG LEN"), any],
    [on("m", "MULTI"), OK],
    [received("m", line('"MULTI"'))],
    [on("m", "GET a"), NO_DATA],
    [on("m", "PING"), QUEUED],
    [on("m", "EXEC"), error(/^EXECABORT /)],
    [received("m", line('"EXEC"'))],
    [on("m", "EVAL '#!lua flags=no-writes\nreturn 1' 0"), any],
    [received("m", 1)],
    [on("m", "RESET"), status("RESET")],
    [on("m", "EXISTS a"), 0],
  ],
  ALONE,
);
