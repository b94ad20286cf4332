import { assertEquals, assertRejects } from "@std/assert";
import { findRealRedis, realRedis } from "./real_redis.ts";
import { RespClient } from "./resp_client.ts";
import { runTranscript } from "./transcript_run.ts";
import {
  advance,
  any,
  between,
  blocked,
  capture,
  disconnect,
  disconnected,
  double,
  error,
  frames,
  map,
  matching,
  nil,
  nilArray,
  noReply,
  OK,
  on,
  push,
  QUEUED,
  received,
  sent,
  set,
  status,
  type Step,
  transcript,
  unordered,
} from "./transcript.ts";

transcript("a transcript compares replies", [
  ["PING", status("PONG")],
  ['ECHO "a b\\x00"', "a b\x00"],
  [["ECHO", "with 'quotes"], "with 'quotes"],
  ["SET k v", OK],
  ["SET k w NX", nil],
  ["SET k w XX GET", "v"],
  ["GET k", "w"],
  ["NOSUCH", error("ERR unknown command 'NOSUCH', with args beginning with: ")],
]);

transcript("a transcript moves the time", [
  ["SET k v PX 10000", OK],
  ["PTTL k", between(9_900, 10_000)],
  [advance(3)],
  ["EXISTS k", 1],
  [advance(9_997)],
  ["EXISTS k", 0],
]);

transcript("a transcript knows the types of both protocols", [
  ["HSET h f 1 g 2", 2],
  ["HGETALL h", map({ f: "1", g: "2" })],
  ["HGETALL h", unordered(map({ g: "2", f: "1" }))],
  ["SADD s x y", 2],
  ["SMEMBERS s", set(["y", "x"])],
  ["ZADD z 1.5 m", 1],
  ["ZSCORE z m", double(1.5)],
  ["ZSCORE z none", nil],
]);

transcript("a transcript has several clients and waits for what blocks", [
  [sent("b", "BLPOP q 0")],
  [blocked("b")],
  [sent("c", "BLPOP q 0.01")],
  [blocked("c")],
  ["RPUSH q x", 1],
  [received("b", ["q", "x"])],
  [advance(20)],
  [received("c", nilArray)],
  [on("b", "LLEN q"), 0],
  [sent("b", "BLPOP q 0")],
  [blocked("b")],
  [disconnect("b")],
  ["RPUSH q y", 1],
  [on("b", "LLEN q"), 1],
]);

transcript("a transcript takes several replies, none, and the close", [
  ["CLIENT REPLY OFF", noReply],
  ["CLIENT REPLY ON", OK],
  [
    on("b", "SUBSCRIBE c d"),
    frames(push(["subscribe", "c", 1]), push(["subscribe", "d", 2])),
  ],
  ["PUBLISH d hi", 1],
  [received("b", push(["message", "d", "hi"]))],
  ["QUIT", OK],
  [disconnected("a")],
  ["MULTI", OK],
  ["SET k 1", QUEUED],
]);

transcript("a transcript uses what earlier replies held", [
  ["SADD s a b c", 3],
  ["SPOP s", capture("taken", matching(/^[abc]$/))],
  [({ taken }) => ["SISMEMBER", "s", taken as string], 0],
  [({ taken }) => ["SADD", "s", taken as string], 1],
]);

transcript("a transcript may ask for parameters of the server", [
  ["CONFIG GET maxmemory-samples", map({ "maxmemory-samples": "7" })],
  ["CONFIG GET save", map({ save: "60 5 10 500" })],
], {
  config: {
    "maxmemory-samples": 7,
    save: [{ seconds: 60, changes: 5 }, { seconds: 10, changes: 500 }],
  },
});

// Against the real server, which the tests in this file share.
const REAL = {
  ignore: findRealRedis() === undefined,
  sanitizeOps: false,
  sanitizeResources: false,
};

async function failure(steps: readonly Step[]): Promise<string> {
  const address = await realRedis() as number;
  const run = runTranscript(steps, {
    place: "here",
    protocol: 2,
    address,
    advance: () => Promise.resolve(true),
  });
  return ((await assertRejects(() => run)) as Error).message;
}

Deno.test({
  name:
    "a transcript that differs shows the step, what was expected and what was received",
  ...REAL,
  fn: async () => {
    assertEquals(
      await failure([["SET k v", OK], [on("b", "GET k"), "w"]]),
      'here, step 2, RESP2\n  b> GET k\n  expected "w"\n  received "v"',
    );
    assertEquals(
      await failure([["SUBSCRIBE a b", any]]),
      'here, after the last step, RESP2\n  client a also received ["subscribe", "b", :2]',
    );
  },
});

Deno.test({
  name: "a real server is as fresh after a reset",
  ...REAL,
  fn: async () => {
    const port = await realRedis() as number;
    await using client = await RespClient.connect(port);
    const before = await client.call(
      "CONFIG",
      "GET",
      "hash-max-listpack-entries",
    );
    await client.call("SET", "k", "v");
    await client.call("CONFIG", "SET", "hash-max-listpack-entries", 3);
    await client.call(
      "FUNCTION",
      "LOAD",
      "#!lua name=l\nredis.register_function('f', function() end)",
    );
    await client.call("ACL", "SETUSER", "someone", "on");
    assertEquals(await realRedis(), port);
    await client.closed;
    await using other = await RespClient.connect(port);
    assertEquals(await other.call("DBSIZE"), 0);
    assertEquals(
      await other.call("CONFIG", "GET", "hash-max-listpack-entries"),
      before,
    );
    assertEquals(await other.call("FUNCTION", "LIST"), []);
    assertEquals(await other.call("ACL", "USERS"), ["default"]);
    const clients = await other.call("CLIENT", "LIST") as string;
    assertEquals(clients.split("\n").length, 2, clients);
  },
});

Deno.test({
  name: "a real server that was locked or shut down is replaced",
  ...REAL,
  fn: async () => {
    for (const command of ["CONFIG SET requirepass secret", "SHUTDOWN"]) {
      const port = await realRedis() as number;
      await using client = await RespClient.connect(port);
      await client.send(...command.split(" ")).catch(() => {});
      await using other = await RespClient.connect(await realRedis() as number);
      assertEquals(await other.call("PING"), "PONG");
    }
  },
});
