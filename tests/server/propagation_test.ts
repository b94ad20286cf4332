import { assertEquals } from "@std/assert";
import { createServer } from "../../src/mod.ts";
import { Args } from "../../src/protocol/args.ts";
import type { Server } from "../../src/server/server.ts";
import { CommandStream } from "../helpers/command_stream.ts";
import { effects } from "../helpers/effects.ts";
import { ManualClock } from "../helpers/manual_clock.ts";

effects("what is propagated for strings", [
  [["SET k v"], ["SET k v"]],
  [["set k v"], ["set k v"]],
  [["GET k", "SET k v NX", "SET k w NX"], ["SET k v NX"]],
  [["SET k v EX 100"], ["SET k v PXAT <ms>"]],
  [["SET k v nx px 100000 get"], ["SET k v PXAT <ms>"]],
  [["SET k v EXAT 33000000000"], ["SET k v PXAT 33000000000000"]],
  [["SET k v PXAT 33000000000001"], ["SET k v PXAT 33000000000001"]],
  [["SET k v PXAT 1", "GET k"], ["SET k v PXAT 1", "DEL k"]],
  [["SET k v", "SET k w GET XX get"], ["SET k v", "SET k w XX"]],
  [["SET k v KEEPTTL GET"], ["SET k v KEEPTTL"]],
  [["SETEX k 100 v", "PSETEX k 100000 w"], [
    "SET k v PXAT <ms>",
    "SET k w PXAT <ms>",
  ]],
  [["SETNX k v", "SETNX k w"], ["SETNX k v"]],
  [["getset k v", "GETSET k w"], ["SET k v", "SET k w"]],
  [["SET k v", "GETDEL k", "GETDEL k"], ["SET k v", "DEL k"]],
  [["SET k v", "GETEX k", "GETEX k EX 100", "GETEX k PXAT 33000000000000"], [
    "SET k v",
    "PEXPIREAT k <ms>",
    "PEXPIREAT k 33000000000000",
  ]],
  [["SET k v EX 100", "GETEX k PERSIST", "GETEX k PERSIST"], [
    "SET k v PXAT <ms>",
    "PERSIST k",
  ]],
  [["SET k v", "GETEX k PXAT 1"], ["SET k v", "DEL k"]],
  [["MSET a 1 b 2", "MSETNX b 1 c 2", "MSETNX c 1 d 2"], [
    "MSET a 1 b 2",
    "MSETNX c 1 d 2",
  ]],
  [["APPEND k v", "SETRANGE k 1 w", "SETBIT k 99 1"], [
    "APPEND k v",
    "SETRANGE k 1 w",
    "SETBIT k 99 1",
  ]],
  [["INCR n", "INCRBY n 5", "DECR n"], ["INCR n", "INCRBY n 5", "DECR n"]],
  [["incrbyfloat n 3.1", "INCRBYFLOAT n 1e2"], [
    "SET n 3.1 KEEPTTL",
    "SET n 103.1 KEEPTTL",
  ]],
  [["INCRBYFLOAT n x", "LPUSH n"], []],
  [["BITFIELD k SET u8 0 1", "BITFIELD k GET u8 0"], ["BITFIELD k SET u8 0 1"]],
  [["PFADD h a", "PFCOUNT h", "PFCOUNT h", "PFADD h a"], [
    "PFADD h a",
    "PFCOUNT h",
  ]],
]);

/** The string "v", as DUMP answers it. */
const DUMPED = '"\\x00\\x01v\\n\\x00\\x91\\b\\xce\\xb2\\x198\\x8a\\xce"';

effects("what is propagated for keys", [
  [[`restore k 0 ${DUMPED}`, `RESTORE k 0 ${DUMPED}`], ["restore k 0 ?"]],
  [[
    `RESTORE k 100000 ${DUMPED}`,
    `RESTORE k 33000000000000 ${DUMPED} absttl replace`,
  ], [
    "RESTORE k <ms> ? ABSTTL",
    "RESTORE k 33000000000000 ? absttl replace",
  ]],
  [[
    `RESTORE k 1 ${DUMPED} ABSTTL`,
    "SET k v",
    `RESTORE k 1 ${DUMPED} ABSTTL REPLACE`,
  ], [
    "SET k v",
    "DEL k",
  ]],
  [["SET k v", "EXPIRE k 100"], ["SET k v", "PEXPIREAT k <ms>"]],
  [["SET k v", "pexpire k 100000 nx", "EXPIRE k 1 GT"], [
    "SET k v",
    "PEXPIREAT k <ms> nx",
  ]],
  [["SET k v", "expireat k 33000000000", "pexpireat k 33000000000001 XX"], [
    "SET k v",
    "PEXPIREAT k 33000000000000",
    "pexpireat k 33000000000001 XX",
  ]],
  [["SET k v", "EXPIRE k -1", "EXPIRE k 1"], ["SET k v", "DEL k"]],
  [["SET k v", "PERSIST k", "EXPIRE k 100", "PERSIST k"], [
    "SET k v",
    "PEXPIREAT k <ms>",
    "PERSIST k",
  ]],
  [["DEL k", "SET k v", "DEL k j", "UNLINK k"], ["SET k v", "DEL k j"]],
  [["SET k v PX 2", "wait 5", "GET k", "GET k"], [
    "SET k v PXAT <ms>",
    "DEL k",
  ]],
  [["SET k v PX 2", "wait 5", "SET k w"], [
    "SET k v PXAT <ms>",
    "MULTI",
    "DEL k",
    "SET k w",
    "EXEC",
  ]],
  [["SET a 1 PX 2", "SET b 2 PX 2", "wait 5", "MGET a b"], [
    "SET a 1 PXAT <ms>",
    "SET b 2 PXAT <ms>",
    "MULTI",
    "DEL a",
    "DEL b",
    "EXEC",
  ]],
  [["SET a 1 PX 2", "SET b 2 PX 2", "wait 5", "SCAN 0"], [
    "SET a 1 PXAT <ms>",
    "SET b 2 PXAT <ms>",
    "DEL ?",
    "DEL ?",
  ]],
  [["SET k v", "COPY k j", "COPY k j", "COPY k k DB 2"], [
    "SET k v",
    "COPY k j",
    "COPY k k DB 2",
  ]],
  [["SET k v", "MOVE k 1", "SELECT 1", "SET j v", "SELECT 0", "SET j w"], [
    "SET k v",
    "MOVE k 1",
    "SELECT 1",
    "SET j v",
    "SELECT 0",
    "SET j w",
  ]],
  [["SET k v", "RENAME k j", "RENAMENX j i"], [
    "SET k v",
    "RENAME k j",
    "RENAMENX j i",
  ]],
  [["SET k v", "TOUCH k", "TYPE k", "OBJECT ENCODING k"], ["SET k v"]],
  [["FLUSHDB", "FLUSHALL ASYNC", "SWAPDB 0 1"], [
    "FLUSHDB",
    "FLUSHALL ASYNC",
    "SWAPDB 0 1",
  ]],
  [["RPUSH l 2 1", "SORT l", "SORT l STORE s", "SORT none STORE s"], [
    "RPUSH l 2 1",
    "SORT l STORE s",
    "SORT none STORE s",
  ]],
  [["PUBLISH c m", "SPUBLISH c m"], ["PUBLISH c m", "SPUBLISH c m"]],
]);

effects("what is propagated for transactions", [
  [["MULTI", "SET a 1", "GET a", "INCR a", "EXEC"], [
    "MULTI",
    "SET a 1",
    "INCR a",
    "EXEC",
  ]],
  [["MULTI", "SET a 1", "EXEC"], ["SET a 1"]],
  [["MULTI", "GET a", "EXEC"], []],
  [["MULTI", "SET a 1", "DISCARD", "SET b 1"], ["SET b 1"]],
  [["MULTI", "SET a 1", "LPUSH a 1", "SET b 2 EX 100", "EXEC"], [
    "MULTI",
    "SET a 1",
    "SET b 2 PXAT <ms>",
    "EXEC",
  ]],
  [["MULTI", "SET a 1", "SELECT 2", "SET b 2", "EXEC", "SET c 3"], [
    "MULTI",
    "SET a 1",
    "SELECT 2",
    "SET b 2",
    "EXEC",
    "SET c 3",
  ]],
  [["SELECT 3", "MULTI", "SET a 1", "SET b 2", "EXEC"], [
    "SELECT 3",
    "MULTI",
    "SET a 1",
    "SET b 2",
    "EXEC",
  ]],
  [["SADD s a", "MULTI", "SPOP s", "FLUSHALL", "BLPOP l 0", "EXEC"], [
    "SADD s a",
    "MULTI",
    "SREM s a",
    "FLUSHALL",
    "EXEC",
  ]],
  [["b: BLPOP l 0", "MULTI", "RPUSH l a", "SET k v", "EXEC"], [
    "MULTI",
    "RPUSH l a",
    "SET k v",
    "EXEC",
    "LPOP l",
  ]],
]);

effects("what is propagated for collections", [
  [["SADD s a", "SADD s a", "SPOP s", "SPOP s"], ["SADD s a", "SREM s a"]],
  [["SADD s a b c d e f", "SPOP s 2"], [
    "SADD s a b c d e f",
    "MULTI",
    "SREM s ?",
    "SREM s ?",
    "EXEC",
  ]],
  [["SADD s a b c", "SPOP s 0", "SPOP s 1"], ["SADD s a b c", "SREM s ?"]],
  [["SADD s a b c d e f g", "SPOP s 6"], [
    "SADD s a b c d e f g",
    "MULTI",
    ...new Array(6).fill("SREM s ?"),
    "EXEC",
  ]],
  [["SADD s a b", "SPOP s 2"], ["SADD s a b", "DEL s"]],
  [["SADD s a", "SMOVE s t a", "SUNIONSTORE u s t", "SINTERSTORE u s u"], [
    "SADD s a",
    "SMOVE s t a",
    "SUNIONSTORE u s t",
    "SINTERSTORE u s u",
  ]],
  [["HSET h f 1", "HINCRBYFLOAT h f 0.5", "HINCRBY h g 2", "HDEL h x"], [
    "HSET h f 1",
    "HSET h f 1.5",
    "HINCRBY h g 2",
  ]],
  [["RPUSH l a b c", "LPOP l", "RPOP l 5", "LPOP l"], [
    "RPUSH l a b c",
    "LPOP l",
    "RPOP l 5",
  ]],
  [["RPUSH l a b c", "LMPOP 2 k l RIGHT COUNT 2", "BLMPOP 0 1 l LEFT"], [
    "RPUSH l a b c",
    "RPOP l 2",
    "LPOP l 1",
  ]],
  [["RPUSH l a b", "BLPOP k l 0", "BRPOP l 0"], [
    "RPUSH l a b",
    "LPOP l",
    "RPOP l",
  ]],
  [["b: BRPOP k l 0", "RPUSH l a b"], ["RPUSH l a b", "RPOP l"]],
  [["b: BLMPOP 0 2 k l LEFT COUNT 5", "RPUSH l a b"], [
    "RPUSH l a b",
    "LPOP l 2",
  ]],
  [["RPUSH l a b", "LMOVE l k LEFT RIGHT", "RPOPLPUSH l k"], [
    "RPUSH l a b",
    "LMOVE l k LEFT RIGHT",
    "RPOPLPUSH l k",
  ]],
  [["RPUSH l a b", "BLMOVE l k Left Right 0", "BRPOPLPUSH l k 0"], [
    "RPUSH l a b",
    "LMOVE l k Left Right",
    "RPOPLPUSH l k",
  ]],
  [["b: BLMOVE l k LEFT RIGHT 0", "RPUSH l a"], [
    "RPUSH l a",
    "LMOVE l k left right",
  ]],
  [["b: BRPOPLPUSH l k 0", "RPUSH l a"], ["RPUSH l a", "RPOPLPUSH l k"]],
  [["ZADD z 1 a 2 b", "ZINCRBY z 1 a", "ZPOPMIN z", "ZADD z 2 b"], [
    "ZADD z 1 a 2 b",
    "ZINCRBY z 1 a",
    "ZPOPMIN z",
  ]],
  [["ZADD z 1 a 2 b 3 c", "ZMPOP 1 z MAX COUNT 2", "BZMPOP 0 1 z MIN"], [
    "ZADD z 1 a 2 b 3 c",
    "ZPOPMAX z 2",
    "ZPOPMIN z 1",
  ]],
  [["ZADD z 1 a 2 b", "BZPOPMIN z 0", "BZPOPMAX z 0"], [
    "ZADD z 1 a 2 b",
    "ZPOPMIN z",
    "ZPOPMAX z",
  ]],
  [["b: BZPOPMAX z 0", "ZADD z 1 a"], ["ZADD z 1 a", "ZPOPMAX z"]],
  [["b: BZMPOP 0 1 z MIN COUNT 3", "ZADD z 1 a"], [
    "ZADD z 1 a",
    "ZPOPMIN z 1",
  ]],
  [["GEOADD g CH 13.361389 38.115556 Palermo 15.087269 37.502669 Catania"], [
    "zadd g CH 3479099956230698 Palermo 3479447370796909 Catania",
  ]],
  [["GEOADD g 1 1 a", "GEORADIUS g 1 1 1 km STORE s"], [
    "zadd g 3377822707026402 a",
    "GEORADIUS g 1 1 1 km STORE s",
  ]],
]);

effects("what is propagated for streams", [
  [["XADD s 1-1 a 1", "XADD s 1-* a 2", "XADD s * a 3"], [
    "XADD s 1-1 a 1",
    "XADD s 1-2 a 2",
    "XADD s <ms>-0 a 3",
  ]],
  [["XADD s NOMKSTREAM * a 1", "xadd s maxlen ~ 1 LIMIT 5 1-1 a 1"], [
    "xadd s maxlen = 1 LIMIT 5 1-1 a 1",
  ]],
  [["XADD s 1 a 1", "XADD s MINID ~ 5 7 a 1", "XADD s MAXLEN 1 8 a 1"], [
    "XADD s 1 a 1",
    "XADD s MINID = 1-0 7 a 1",
    "XADD s MAXLEN 1 8 a 1",
  ]],
  [["XADD s 1 a 1", "XADD s 2 a 1", "XTRIM s MAXLEN ~ 1", "XTRIM s MAXLEN 1"], [
    "XADD s 1 a 1",
    "XADD s 2 a 1",
    "XTRIM s MAXLEN 1",
  ]],
  [["XADD s 1 a 1", "XDEL s 1 2", "XDEL s 1", "XSETID s 5"], [
    "XADD s 1 a 1",
    "XDEL s 1 2",
    "XSETID s 5",
  ]],
  [[
    "XADD s 1 a 1",
    "XGROUP CREATE s g 0",
    "XGROUP CREATECONSUMER s g c",
    "XGROUP CREATECONSUMER s g c",
    "XGROUP SETID s g $",
    "XGROUP DELCONSUMER s g c",
    "XGROUP DESTROY s g",
    "XGROUP CREATE t g $ MKSTREAM",
  ], [
    "XADD s 1 a 1",
    "XGROUP CREATE s g 0",
    "XGROUP CREATECONSUMER s g c",
    "XGROUP SETID s g $",
    "XGROUP DELCONSUMER s g c",
    "XGROUP DESTROY s g",
    "XGROUP CREATE t g $ MKSTREAM",
  ]],
  [[
    "XADD s 1 a 1",
    "XADD s 2 a 1",
    "XGROUP CREATE s g 0",
    "XREADGROUP GROUP g c COUNT 1 STREAMS s >",
    "XREADGROUP GROUP g c STREAMS s 0",
    "XREADGROUP GROUP g d STREAMS s >",
    "XACK s g 1",
    "XACK s g 1",
  ], [
    "XADD s 1 a 1",
    "XADD s 2 a 1",
    "XGROUP CREATE s g 0",
    "XCLAIM s g c 0 1-0 TIME <ms> RETRYCOUNT 1 FORCE JUSTID LASTID 1-0",
    "XCLAIM s g d 0 2-0 TIME <ms> RETRYCOUNT 1 FORCE JUSTID LASTID 2-0",
    "XACK s g 1",
  ]],
  [[
    "XADD s 1 a 1",
    "XADD s 2 a 1",
    "XGROUP CREATE s g 0",
    "XREADGROUP GROUP g c NOACK STREAMS s >",
    "XREADGROUP GROUP g c NOACK STREAMS s 0",
    "XREADGROUP GROUP g d NOACK STREAMS s 0",
  ], [
    "XADD s 1 a 1",
    "XADD s 2 a 1",
    "XGROUP CREATE s g 0",
    "MULTI",
    "XGROUP CREATECONSUMER s g c",
    "XGROUP SETID s g 2-0 ENTRIESREAD 2",
    "EXEC",
    "XGROUP CREATECONSUMER s g d",
  ]],
  [[
    "XADD s 1 a 1",
    "XADD s 2 a 1",
    "XGROUP CREATE s g 0",
    "XREADGROUP GROUP g c STREAMS s >",
    "XDEL s 2",
    "XCLAIM s g d 0 1 2 TIME 5 LASTID 7",
    "XCLAIM s g d 0 9 LASTID 9",
    "XCLAIM s g d 0 9",
  ], [
    "XADD s 1 a 1",
    "XADD s 2 a 1",
    "XGROUP CREATE s g 0",
    "MULTI",
    "XCLAIM s g c 0 1-0 TIME <ms> RETRYCOUNT 1 FORCE JUSTID LASTID 1-0",
    "XCLAIM s g c 0 2-0 TIME <ms> RETRYCOUNT 1 FORCE JUSTID LASTID 2-0",
    "EXEC",
    "XDEL s 2",
    "MULTI",
    "XCLAIM s g d 0 1 TIME 5 RETRYCOUNT 2 FORCE JUSTID LASTID 7-0",
    "XCLAIM s g c 0 2 TIME <ms> RETRYCOUNT 1 FORCE JUSTID LASTID 7-0",
    "EXEC",
    "XGROUP SETID s g 9-0 ENTRIESREAD 2",
  ]],
  [[
    "XADD s 1 a 1",
    "XADD s 2 a 1",
    "XGROUP CREATE s g 0",
    "XREADGROUP GROUP g c STREAMS s >",
    "XDEL s 2",
    "XAUTOCLAIM s g d 0 0",
    "XAUTOCLAIM s g d 100000 0",
  ], [
    "XADD s 1 a 1",
    "XADD s 2 a 1",
    "XGROUP CREATE s g 0",
    "MULTI",
    "XCLAIM s g c 0 1-0 TIME <ms> RETRYCOUNT 1 FORCE JUSTID LASTID 1-0",
    "XCLAIM s g c 0 2-0 TIME <ms> RETRYCOUNT 1 FORCE JUSTID LASTID 2-0",
    "EXEC",
    "XDEL s 2",
    "MULTI",
    "XCLAIM s g d 0 1-0 TIME <ms> RETRYCOUNT 2 FORCE JUSTID LASTID 2-0",
    "XCLAIM s g c 0 2-0 TIME <ms> RETRYCOUNT 1 FORCE JUSTID LASTID 2-0",
    "EXEC",
  ]],
  [[
    "XGROUP CREATE s g 0 MKSTREAM",
    "b: XREADGROUP GROUP g c BLOCK 0 STREAMS s >",
    "XADD s 1 a 1",
  ], [
    "XGROUP CREATE s g 0 MKSTREAM",
    "XADD s 1 a 1",
    "XCLAIM s g c 0 1-0 TIME <ms> RETRYCOUNT 1 FORCE JUSTID LASTID 1-0",
  ]],
  [[
    "XGROUP CREATE s g 0 MKSTREAM",
    "b: XREADGROUP GROUP g c BLOCK 0 NOACK STREAMS s >",
    "XADD s 1 a 1",
  ], [
    "XGROUP CREATE s g 0 MKSTREAM",
    "XADD s 1 a 1",
    "MULTI",
    "XGROUP CREATECONSUMER s g c",
    "XGROUP SETID s g 1-0 ENTRIESREAD 1",
    "EXEC",
  ]],
]);

effects("what is propagated when keys are freed lazily", [
  [["SET k v PX 2", "wait 5", "GET k"], ["SET k v PXAT <ms>", "UNLINK k"]],
  [["SET k v", "EXPIRE k -1"], ["SET k v", "UNLINK k"]],
  [["SET k v", "GETEX k PXAT 1"], ["SET k v", "UNLINK k"]],
  [["SET k v", "GETDEL k"], ["SET k v", "UNLINK k"]],
  [["SADD s a", "SPOP s 1", "SET k v", "DEL k"], [
    "SADD s a",
    "DEL s",
    "SET k v",
    "DEL k",
  ]],
], { "lazyfree-lazy-expire": true, "lazyfree-lazy-user-del": true });

/** Has a reader of this kind read what `server` propagates. */
function readerOf(server: Server, kind: "log" | "replicas") {
  const stream = new CommandStream();
  const reader = {
    kind,
    selectedDatabase: -1,
    units: 0,
    turns: 0,
    write(bytes: Uint8Array, start: number, end: number) {
      reader.units++;
      stream.take(bytes.slice(start, end));
    },
    turnEnded: () => reader.turns++,
    lines: () => stream.lines(),
  };
  server.propagation.addReader(reader);
  return reader;
}

function run(server: Server, ...lines: string[]): void {
  const client = server.createClient();
  server.executor.turn(() => {
    for (const line of lines) {
      client.args = Args.from(line.split(" "));
      server.executor.execute(client);
    }
  });
}

Deno.test("Each reader has databases selected for itself, from when it begins", () => {
  const server = createServer();
  const early = readerOf(server, "log");
  run(server, "SET a 1", "SET b 2");
  const late = readerOf(server, "replicas");
  run(server, "SET c 3", "SELECT 1", "SET d 4");
  const tail = ["SET c 3", "SELECT 1", "SET d 4"];
  assertEquals(early.lines(), ["SELECT 0", "SET a 1", "SET b 2", ...tail]);
  assertEquals(late.lines(), ["SELECT 0", ...tail]);
});

Deno.test("A reader gets a transaction in one piece, and hears when the turn is over", () => {
  const server = createServer();
  const reader = readerOf(server, "log");
  run(server, "SET a 1", "MULTI", "SET a 2", "SELECT 1", "SET b 3", "EXEC");
  assertEquals(reader.units, 2);
  assertEquals(reader.turns, 1);
});

Deno.test("A log does not get messages, replicas do", () => {
  const server = createServer();
  const log = readerOf(server, "log");
  run(server, "PUBLISH c m", "MULTI", "PUBLISH c m", "PUBLISH c n", "EXEC");
  assertEquals(log.units, 0);
  const replicas = readerOf(server, "replicas");
  run(server, "PUBLISH c m", "MULTI", "PUBLISH c m", "SET k v", "EXEC");
  assertEquals(log.lines(), ["SELECT 0", "MULTI", "SET k v", "EXEC"]);
  assertEquals(replicas.lines(), [
    "SELECT 0",
    "PUBLISH c m",
    "MULTI",
    "PUBLISH c m",
    "SET k v",
    "EXEC",
  ]);
});

Deno.test("What a command says of itself while nobody reads is forgotten", () => {
  const server = createServer();
  run(server, "SADD s a b c", "SPOP s 2", "FLUSHALL", "SET k v EX 5");
  const reader = readerOf(server, "log");
  run(server, "GET k", "SET j v");
  assertEquals(reader.lines(), ["SELECT 0", "SET j v"]);
  server.propagation.removeReader(reader);
  run(server, "SET k w");
  assertEquals(reader.lines(), []);
});

Deno.test("What gathered when the last reader goes is not given to the next", () => {
  const server = createServer();
  const reader = readerOf(server, "log");
  const db = server.store.databases[0]!;
  server.executor.turn(() => {
    server.propagation.add(db, "SET", "k", "v");
    server.propagation.removeReader(reader);
  });
  const next = readerOf(server, "log");
  run(server, "SET j v");
  assertEquals(reader.lines(), []);
  assertEquals(next.lines(), ["SELECT 0", "SET j v"]);
});

Deno.test("Keys that expire by themselves have nothing to do with each other", async () => {
  const clock = new ManualClock();
  const server = createServer({ clock });
  const reader = readerOf(server, "log");
  server.cron.start();
  run(server, "SET a 1 PX 5", "SET b 2 PX 5", "FLUSHDB", "SET c 3 PX 5");
  reader.lines();
  await clock.advance(1000);
  assertEquals(reader.lines(), ["DEL c"]);
  run(server, "SET a 1 PX 5", "SET b 2 PX 5");
  reader.lines();
  await clock.advance(1000);
  assertEquals(reader.lines(), ["DEL a", "DEL b"]);
  server.stop();
});

Deno.test("Keys that are evicted go before the command that needs their memory", () => {
  const server = createServer({
    config: {
      maxmemory: 9_000_000,
      "maxmemory-policy": "allkeys-lru",
      "lazyfree-lazy-eviction": true,
    },
  });
  const reader = readerOf(server, "log");
  const value = "x".repeat(100_000);
  run(server, ...Array.from({ length: 60 }, (_, i) => `SET ${i} ${value}`));
  const lines = reader.lines().map((line) => line.split(" ", 1)[0]);
  assertEquals(lines.includes("MULTI"), false);
  assertEquals(lines.filter((name) => name === "SET").length, 60);
  assertEquals(lines.includes("UNLINK"), true);
});

Deno.test("Keys that are evicted for a script stay in the transaction that runs it", () => {
  const server = createServer({
    config: { maxmemory: 9_000_000, "maxmemory-policy": "allkeys-random" },
  });
  const reader = readerOf(server, "log");
  const value = "x".repeat(400_000);
  run(server, "SET a 1", "SET b 2", "SET c 3");
  reader.lines();
  run(
    server,
    "MULTI",
    ...Array.from({ length: 7 }, (_, i) => `SET ${i} ${value}`),
    "EVAL redis.call('SET','k','v') 0",
    "EXEC",
  );
  const names = reader.lines().map((line) => line.split(" ", 1)[0]);
  assertEquals(names[0], "MULTI");
  assertEquals(names.at(-1), "EXEC");
  assertEquals(names.filter((name) => name === "MULTI").length, 1);
  assertEquals(names.includes("DEL"), true);
});
