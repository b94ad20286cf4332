/** Inside EXEC and scripts a time counts from its own command; what has expired is decided by when they began. */
import { assertEquals } from "@std/assert";
import { toPlain } from "../helpers/reply.ts";
import { startTestServer } from "../helpers/server.ts";
import {
  any,
  between,
  nil,
  OK,
  QUEUED,
  transcript,
} from "../helpers/transcript.ts";

/** What is left of ten seconds that began after a sleep of 50 milliseconds, and not before it. */
const WHOLE = between(9951, 10_000);

/** What DUMP answers of the string "v". */
const ONE_LETTER = "\x00\x01\x76\x0a\x00\x91\x08\xce\xb2\x19\x38\x8a\xce";

transcript("a time to live that EXEC sets counts from its command", [
  ["SET b v", OK],
  ["SET d v PX 10000", OK],
  ["MULTI", OK],
  ["DEBUG SLEEP 0.05", QUEUED],
  ["SET a v PX 10000", QUEUED],
  ["GETEX b EX 10", QUEUED],
  ["PSETEX c 10000 v", QUEUED],
  ["PEXPIRE d 9960 GT", QUEUED],
  [["RESTORE", "e", "10000", ONE_LETTER], QUEUED],
  ["EXEC", [OK, OK, "v", OK, 1, OK]],
  ["PTTL a", WHOLE],
  ["PTTL b", WHOLE],
  ["PTTL c", WHOLE],
  ["PTTL e", WHOLE],
]);

transcript("a time to live that a script sets counts from its command", [
  ["DEBUG SET-DISABLE-DENY-SCRIPTS 1", OK],
  [
    [
      "EVAL",
      "redis.call('debug', 'sleep', '0.05') return redis.call('set', 'k', 'v', 'px', 10000)",
      "0",
    ],
    OK,
  ],
  ["PTTL k", WHOLE],
  ["DEBUG SET-DISABLE-DENY-SCRIPTS 0", OK],
], { config: { "enable-debug-command": "yes" } });

transcript("a key whose time comes during EXEC is there until its end", [
  ["MULTI", OK],
  ["SET k v PX 10", QUEUED],
  ["DEBUG SLEEP 0.02", QUEUED],
  ["GET k", QUEUED],
  ["PTTL k", QUEUED],
  ["TTL k", QUEUED],
  ["EXISTS k", QUEUED],
  ["EXEC", [OK, OK, "v", 0, 0, 1]],
  ["GET k", nil],
]);

transcript("an entry of a stream is pending for as long as EXEC sleeps", [
  ["XGROUP CREATE s g 0 MKSTREAM", OK],
  ["XADD s 1-1 f v", "1-1"],
  ["MULTI", OK],
  ["XREADGROUP GROUP g c COUNT 1 STREAMS s >", QUEUED],
  ["DEBUG SLEEP 0.02", QUEUED],
  ["XCLAIM s g d 20 1-1 JUSTID", QUEUED],
  ["EXEC", [any, OK, ["1-1"]]],
]);

Deno.test("what EXEC has seen of the time is known to what follows in the same read", async () => {
  await using server = await startTestServer();
  const client = await server.client();
  const replies = await client.pipeline([
    ["MULTI"],
    ["DEBUG", "SLEEP", "0.0006"],
    ["EXEC"],
    ["MULTI"],
    ["DEBUG", "SLEEP", "0.0006"],
    ["SET", "k", "v", "PX", 300],
    ["EXEC"],
    ["PTTL", "k"],
  ]);
  assertEquals(toPlain(replies.at(-1)!), 300);
});
