import { assertEquals } from "@std/assert";
import { until } from "../helpers/event_loop.ts";
import { startTestServer } from "../helpers/server.ts";
import {
  advance,
  blocked,
  disconnect,
  error,
  matching,
  nil,
  nilArray,
  OK,
  on,
  QUEUED,
  received,
  sent,
  status,
  transcript,
  verbatim,
} from "../helpers/transcript.ts";

transcript("CLIENT PAUSE refuses what is no time, and no mode", [
  ["CLIENT PAUSE x", error("ERR timeout is not an integer or out of range")],
  ["CLIENT PAUSE 1.5", error("ERR timeout is not an integer or out of range")],
  ["CLIENT PAUSE -1", error("ERR timeout is negative")],
  ["CLIENT PAUSE 1 FOO", error("ERR CLIENT PAUSE mode must be WRITE or ALL")],
  ["CLIENT PAUSE 0", OK],
  ["CLIENT PAUSE 9223372036854775807", OK],
  ["PING", status("PONG")],
  ["CLIENT UNPAUSE", OK],
]);

transcript("CLIENT PAUSE WRITE holds writes back, and reads not", [
  ["SET k 1", OK],
  ["CLIENT PAUSE 100000 WRITE", OK],
  ["GET k", "1"],
  ["NOSUCH", error(/^ERR unknown command/)],
  ["SET k", error("ERR wrong number of arguments for 'set' command")],
  [sent("b", "SET k 2")],
  [blocked("b")],
  [sent("c", "APPEND k x")],
  [blocked("c")],
  ["INFO clients", verbatim(/\r\nblocked_clients:2\r\n/)],
  ["GET k", "1"],
  ["CLIENT UNPAUSE", OK],
  [received("b", OK)],
  [received("c", 2)],
  ["GET k", "2x"],
  ["INFO clients", verbatim(/\r\nblocked_clients:0\r\n/)],
]);

transcript("CLIENT PAUSE ends when its time is up", [
  ["CLIENT PAUSE 30 WRITE", OK],
  [sent("b", "SET k 1")],
  [blocked("b")],
  [advance(31)],
  [received("b", OK)],
  ["GET k", "1"],
]);

transcript("CLIENT PAUSE ALL holds everything back, itself too", [
  [on("b", "PING"), status("PONG")],
  [on("c", "PING"), status("PONG")],
  ["CLIENT PAUSE 40", OK],
  [sent("b", "PING")],
  [sent("a", "CLIENT UNPAUSE")],
  [sent("c", "NOSUCH")],
  [received("c", error(/^ERR unknown command/))],
  [advance(41)],
  [received("b", status("PONG"))],
  [received("a", OK)],
]);

transcript("CLIENT PAUSE grows longer and stricter, never shorter or milder", [
  ["CLIENT PAUSE 40 ALL", OK],
  [advance(41)],
  ["CLIENT PAUSE 100000 WRITE", OK],
  ["CLIENT PAUSE 1 WRITE", OK],
  [advance(3)],
  [sent("b", "SET k 1")],
  [blocked("b")],
  ["CLIENT UNPAUSE", OK],
  [received("b", OK)],
]);

transcript("A transaction waits for the end of a pause when it writes", [
  ["MULTI", OK],
  ["SET k 1", QUEUED],
  [on("b", "MULTI"), OK],
  [on("b", "GET k"), QUEUED],
  [on("c", "CLIENT PAUSE 100000 WRITE"), OK],
  [on("b", "EXEC"), [nil]],
  [sent("a", "EXEC")],
  [blocked("a")],
  [on("b", "MULTI"), OK],
  [sent("b", "SET k 2")],
  [blocked("b")],
  [on("c", "CLIENT UNPAUSE"), OK],
  [received("a", [OK])],
  [received("b", QUEUED)],
  [on("b", "EXEC"), [OK]],
  [on("c", "GET k"), "2"],
]);

transcript("A pause inside EXEC begins after it", [
  ["MULTI", OK],
  ["SET k 1", QUEUED],
  ["CLIENT PAUSE 100000 WRITE", QUEUED],
  ["SET k 2", QUEUED],
  ["EXEC", [OK, OK, OK]],
  [sent("b", "SET k 3")],
  [blocked("b")],
  ["GET k", "2"],
  ["CLIENT UNPAUSE", OK],
  [received("b", OK)],
]);

transcript("A blocked client times out while others are paused", [
  [sent("b", "BLPOP q 0.02")],
  [blocked("b")],
  ["CLIENT PAUSE 100000 WRITE", OK],
  [advance(21)],
  [received("b", nilArray)],
  ["CLIENT UNPAUSE", OK],
]);

transcript("A timeout counts from when the pause has ended", [
  ["CLIENT PAUSE 100000 WRITE", OK],
  [sent("b", "BLPOP q 0.5")],
  [blocked("b")],
  [advance(10_000)],
  ["CLIENT UNPAUSE", OK],
  [blocked("b")],
  [advance(499)],
  [blocked("b")],
  [advance(2)],
  [received("b", nilArray)],
]);

transcript(
  "A request that waits for the end of a pause is dropped with its client",
  [
    ["CLIENT PAUSE 100000 WRITE", OK],
    [sent("b", "SET k 1")],
    [blocked("b")],
    [disconnect("b")],
    ["INFO clients", verbatim(/\r\nblocked_clients:0\r\n/)],
    ["CLIENT UNPAUSE", OK],
    ["GET k", nil],
  ],
);

transcript("CLIENT UNBLOCK leaves a client to the pause", [
  ["CLIENT PAUSE 100000 WRITE", OK],
  [on("b", "CLIENT ID"), { matches: () => true, describe: () => "an id" }],
  [sent("b", "SET k 1")],
  [blocked("b")],
  ["CLIENT LIST", matching(/ flags=b .* argv-mem=5 .* cmd=set /)],
  ["CLIENT UNBLOCK 3", 0],
  ["CLIENT UNBLOCK 4", 0],
  ["CLIENT UNPAUSE", OK],
  [received("b", OK)],
], { oursOnly: "Redis 7.0.15 crashes" });

transcript(
  "Keys expire out of sight during a pause, and are removed after it",
  [
    ["CONFIG RESETSTAT", OK],
    ["SET k v PX 20", OK],
    ["CLIENT PAUSE 100000 WRITE", OK],
    [advance(21)],
    ["GET k", nil],
    ["DBSIZE", 1],
    ["INFO stats", verbatim(/\r\nexpired_keys:0\r\n/)],
    ["CLIENT UNPAUSE", OK],
    ["GET k", nil],
    ["DBSIZE", 0],
    ["INFO stats", verbatim(/\r\nexpired_keys:1\r\n/)],
  ],
);

Deno.test("A paused pipeline goes on where it stood, inline requests too", async () => {
  await using server = await startTestServer();
  const admin = await server.client();
  await admin.call("CLIENT", "PAUSE", "1000", "WRITE");
  const client = await server.client();
  await client.write(
    'PING\r\nset  k "a b\\n"\r\n*3\r\n$6\r\nappend\r\n$1\r\nk\r\n$1\r\nc\r\nGET k\r\n',
  );
  assertEquals(await client.readRaw(), "+PONG\r\n");
  await client.write("PI");
  await until("the client waits", async () => {
    const info = await admin.call("INFO", "clients");
    return String(info).includes("blocked_clients:1");
  });
  await client.write("NG\r\n");
  await server.clock.advance(1000);
  assertEquals(await client.readRaw(), "+OK\r\n");
  assertEquals(await client.readRaw(), ":5\r\n");
  assertEquals(await client.readRaw(), "$5\r\na b\nc\r\n");
  assertEquals(await client.readRaw(), "+PONG\r\n");
});
