import { assertEquals } from "@std/assert";
import { splitCommandLine } from "../helpers/command_line.ts";
import { findRealRedis, sharedRealRedis } from "../helpers/real_redis.ts";
import type { Reply } from "../helpers/reply.ts";
import { RespClient } from "../helpers/resp_client.ts";
import { startTestServer } from "../helpers/server.ts";
import {
  advance,
  any,
  error,
  map,
  OK,
  on,
  push,
  received,
  transcript,
} from "../helpers/transcript.ts";

/** Command lines of every family, in the order in which both servers run them. */
const LINES: Readonly<Record<string, string>> = {
  strings: `
    SET s 1
    SET s 2
    SET s 3 EX 100
    SET s 3 KEEPTTL
    SET s 4 PXAT 1
    SET s 4 NX GET
    SET s 5 GET
    GETSET s 6
    GETSET new 6
    SETNX s 1
    SETNX nx 1
    SETEX s 100 v
    PSETEX s 100000 v
    APPEND s tail
    APPEND fresh tail
    SETRANGE s 1 abc
    SETRANGE gone 0 ''
    SETRANGE zero 3 abc
    INCR n
    INCRBY n 5
    DECR n
    DECRBY n 2
    INCRBYFLOAT n 1.5
    MSET a 1 b 2 a 3
    MSETNX c 1 d 2
    MSETNX c 1 e 2
    GET nothing
    GETRANGE nothing 0 1
    STRLEN nothing
    MGET a nothing b nothing
    GETEX a EX 100
    GETEX a PERSIST
    GETEX a PERSIST
    GETEX a PXAT 1
    GETEX nothing EX 10
    GETDEL b
    GETDEL b
    SETBIT bits 7 1
    SETBIT bits 7 1
    GETBIT nothing 1
    BITCOUNT nothing
    BITPOS nothing 1
    BITFIELD bits SET u8 0 3
    BITFIELD bits GET u8 0
    BITFIELD bf INCRBY u8 0 3
    BITOP AND dest bits bf
    BITOP AND dest nothing none
    LCS a nothing
    SUBSTR nothing 0 1`,
  keys: `
    SET a 1
    SET b 2
    RENAME a c
    RENAME b c
    RENAME c c
    RENAME nothing c
    RENAMENX c d
    SET c 1
    RENAMENX c d
    COPY c d
    COPY c d REPLACE
    COPY c e
    COPY c c DB 1
    COPY nothing x
    MOVE e 1
    MOVE nothing 1
    EXPIRE c 100
    PEXPIRE c 100000
    EXPIREAT c 4102444800
    PERSIST c
    PERSIST c
    EXPIRE c 100 NX
    EXPIRE c 200 NX
    EXPIRE c -1
    EXPIRE nothing 10
    TTL nothing
    TYPE nothing
    EXISTS nothing d
    TOUCH nothing d
    OBJECT ENCODING nothing
    DUMP nothing
    DEL d nothing
    SET d 1
    UNLINK d
    SELECT 1
    RANDOMKEY
    DEL c
    SWAPDB 0 1
    SET f 1
    FLUSHDB
    FLUSHALL
    SELECT 0`,
  lists: `
    RPUSH l a b c d e f
    LPUSH l x
    LPUSHX l y
    RPUSHX l z
    LPUSHX nothing z
    LPOP l
    RPOP l
    LPOP l 2
    LPOP nothing
    LINSERT l BEFORE c 1
    LINSERT l BEFORE nothing 1
    LSET l 0 q
    LREM l 0 1
    LREM l 0 nothing
    LTRIM l 0 3
    LRANGE nothing 0 1
    LLEN nothing
    LINDEX nothing 0
    LPOS nothing x
    RPOPLPUSH l m
    RPOPLPUSH l l
    LMOVE l m LEFT RIGHT
    LMOVE m m LEFT RIGHT
    LMPOP 2 nothing l LEFT
    LMPOP 2 nothing none LEFT
    BLPOP m 0
    BLPOP nothing m 0
    RPUSH l a b
    BLMOVE l m LEFT LEFT 0
    BRPOPLPUSH l m 0
    BLMPOP 0 1 m LEFT COUNT 10
    RPUSH l 3 1 2
    SORT l STORE sorted
    SORT l STORE sorted
    SORT nothing STORE sorted
    SORT nothing
    LTRIM l 5 9`,
  hashes: `
    HSET h a 1 b 2
    HSET h a 1
    HSETNX h a 2
    HSETNX h c 2
    HMSET h d 4
    HINCRBY h n 1
    HINCRBYFLOAT h n 1.5
    HGET h a
    HGET nothing a
    HMGET nothing a
    HGETALL nothing
    HKEYS nothing
    HVALS nothing
    HLEN nothing
    HSTRLEN nothing a
    HEXISTS nothing a
    HRANDFIELD nothing
    HSCAN nothing 0
    HDEL h a nothing
    HDEL h nothing
    HDEL nothing a
    HDEL h b c d n`,
  sets: `
    SADD s a b c
    SADD s a
    SADD t b c d
    SREM s a
    SREM s nothing
    SREM nothing a
    SMOVE s t b
    SMOVE s t nothing
    SMOVE nothing t x
    SISMEMBER nothing a
    SMISMEMBER nothing a
    SCARD nothing
    SMEMBERS nothing
    SRANDMEMBER nothing
    SPOP nothing
    SPOP s
    SADD s 1 2 3
    SPOP s 2
    SPOP s 5
    SADD s b c
    SINTER s nothing
    SINTERSTORE d s t
    SINTERSTORE d s nothing
    SINTERCARD 2 s nothing
    SUNION s nothing
    SUNIONSTORE d s t
    SUNIONSTORE d s t
    SDIFF s nothing
    SDIFFSTORE d t s
    SDIFFSTORE d s s
    SSCAN nothing 0
    SADD m only
    SMOVE m t only`,
  "sorted sets": `
    ZADD z 1 a 2 b 3 c
    ZADD z 1 a
    ZADD z 5 a
    ZADD z INCR 1 a
    ZADD z NX 9 a
    ZADD z XX 9 nothing
    ZINCRBY z 2 b
    ZINCRBY new 2 b
    ZREM z c nothing
    ZREM z nothing
    ZREM nothing a
    ZSCORE nothing a
    ZRANK nothing a
    ZCARD nothing
    ZCOUNT nothing 0 1
    ZLEXCOUNT nothing - +
    ZMSCORE nothing a
    ZRANGE nothing 0 -1
    ZREVRANGE nothing 0 -1
    ZRANGEBYSCORE nothing 0 1
    ZRANDMEMBER nothing
    ZPOPMIN z
    ZPOPMAX z
    ZPOPMIN nothing
    ZADD z 1 a 2 b 3 c 4 d 5 e 6 f
    ZADD y 1 a 2 b
    ZMPOP 2 nothing z MIN
    ZMPOP 1 nothing MIN
    BZPOPMIN z 0
    BZPOPMAX nothing z 0
    BZMPOP 0 1 z MAX
    ZREMRANGEBYRANK z 0 0
    ZREMRANGEBYRANK z 50 60
    ZREMRANGEBYSCORE z 0 100
    ZADD z 0 a 0 b
    ZREMRANGEBYLEX z - +
    ZADD z 0 a 0 b
    ZUNIONSTORE d 2 z y
    ZUNIONSTORE d 2 z y
    ZINTERSTORE d 2 z nothing
    ZDIFFSTORE d 2 y nothing
    ZDIFFSTORE d 2 nothing y
    ZUNION 2 z nothing
    ZINTER 2 z nothing
    ZDIFF 2 z nothing
    ZINTERCARD 2 z nothing
    ZRANGESTORE d z 0 -1
    ZRANGESTORE d nothing 0 -1
    ZSCAN nothing 0`,
  "geo and hyperloglog": `
    GEOADD g 13 38 a 15 37 b
    GEOADD g 13 38 a
    GEOPOS nothing a
    GEODIST nothing a b
    GEOHASH nothing a
    GEOSEARCH nothing FROMLONLAT 15 37 BYRADIUS 200 km
    GEOSEARCHSTORE d g FROMLONLAT 15 37 BYRADIUS 200 km
    GEOSEARCHSTORE d g FROMLONLAT 0 0 BYRADIUS 1 m
    GEORADIUS g 15 37 200 km STORE d
    PFADD p a b
    PFADD p a
    PFCOUNT p
    PFCOUNT nothing
    PFADD q c
    PFMERGE r p q
    PFMERGE r p q
    PFMERGE u nothing`,
  streams: `
    XADD x 1-1 a 1
    XADD x 2-1 a 1
    XADD x NOMKSTREAM 3-1 a 1
    XADD nothing NOMKSTREAM 3-1 a 1
    XADD x MAXLEN = 1 4-1 a 1
    XADD x 5-1 a 1
    XTRIM x MAXLEN 1
    XTRIM x MAXLEN 1
    XDEL x 5-1
    XDEL x 9-1
    XSETID x 9-9
    XLEN nothing
    XRANGE nothing - +
    XREVRANGE nothing + -
    XREAD STREAMS nothing 0
    XINFO STREAM nothing
    XGROUP CREATE x g $
    XGROUP CREATE made g $ MKSTREAM
    XGROUP SETID x g 0
    XGROUP CREATECONSUMER x g c
    XGROUP CREATECONSUMER x g c
    XADD x 10-1 a 1
    XREADGROUP GROUP g d STREAMS x >
    XACK x g 10-1
    XREADGROUP GROUP g e STREAMS x >
    XADD x 11-1 a 1
    XREADGROUP GROUP g e STREAMS x >
    XCLAIM x g f 0 11-1
    XAUTOCLAIM x g h 0 0
    XPENDING x g
    XGROUP DELCONSUMER x g c
    XGROUP DELCONSUMER x g nobody
    XGROUP DESTROY x g
    XGROUP DESTROY x g`,
};

/** All that can be published, then halves of the classes by which each class is told from all others. */
const SETTINGS = [
  "KEAmn",
  ...[1, 2, 4, 8].map((bit) =>
    `E${[..."g$lshzxetmn"].filter((_, i) => (i & bit) !== 0).join("")}`
  ),
];

/** Marks the end of what one command line has published. */
const END = "__key-end";

/** Runs command lines with all notifications on; returns what each has published, as `channel message`. */
async function published(
  port: number,
  lines: readonly string[],
  classes: string,
): Promise<string[][]> {
  await using client = await RespClient.connect(port);
  await using listener = await RespClient.connect(port);
  await client.call("FLUSHALL");
  await client.call("CONFIG", "SET", "notify-keyspace-events", classes);
  await listener.call("PSUBSCRIBE", "__key*");
  await client.pipeline(
    lines.flatMap((line) => [splitCommandLine(line), ["PUBLISH", END, ""]]),
  );
  const groups: string[][] = [];
  for (const _ of lines) {
    const group: string[] = [];
    for (;;) {
      const [, , channel, message] = textsOf(await listener.readReply());
      if (channel === END) break;
      group.push(`${channel} ${message}`);
    }
    groups.push(group);
  }
  await client.call("CONFIG", "SET", "notify-keyspace-events", "");
  return groups;
}

function textsOf(reply: Reply): string[] {
  return "items" in reply
    ? reply.items.map((item) => "text" in item ? item.text : "")
    : [];
}

for (const [family, text] of Object.entries(LINES)) {
  Deno.test({
    name: `Commands on ${family} publish what they publish in redis-server`,
    ignore: findRealRedis() === undefined,
    sanitizeOps: false,
    sanitizeResources: false,
    async fn() {
      await using server = await startTestServer();
      const client = await server.client();
      const known = new Set(
        await client.call("COMMAND", "LIST") as string[],
      );
      const lines = text.trim().split("\n").map((line) => line.trim())
        .filter((line) => known.has(line.split(" ")[0]!.toLowerCase()));
      const real = (await sharedRealRedis())!;
      const shown = (groups: string[][]) =>
        lines.map((line, i) => `${line}: ${groups[i]!.join(", ")}`);
      for (const classes of SETTINGS) {
        const ours = await published(server.port, lines, classes);
        const theirs = await published(real.port, lines, classes);
        assertEquals(shown(ours), shown(theirs), classes);
      }
    },
  });
}

const shownAs = (letters: string) => map({ "notify-keyspace-events": letters });
const pmessage = (channel: string, text: string) =>
  push(["pmessage", "__key*", channel, text]);

transcript(
  "Keys that expire are announced when they are looked for, and on their own",
  [
    ["CONFIG SET notify-keyspace-events Kx", OK],
    [on("s", "PSUBSCRIBE __key*"), any],
    ["SET k v PX 10", OK],
    [advance(20)],
    ["EXISTS k", 0],
    [received("s", pmessage("__keyspace@0__:k", "expired"))],
    ["SELECT 3", OK],
    ["SET j v PX 10", OK],
    [advance(20)],
    [advance(200)],
    [received("s", pmessage("__keyspace@3__:j", "expired"))],
  ],
);

transcript(
  "notify-keyspace-events takes letters of classes and shows them in one order",
  [
    ["CONFIG GET notify-keyspace-events", shownAs("")],
    ["CONFIG SET notify-keyspace-events KEA", OK],
    ["CONFIG GET notify-keyspace-events", shownAs("AKE")],
    ["CONFIG SET notify-keyspace-events Elg$lz", OK],
    ["CONFIG GET notify-keyspace-events", shownAs("g$lzE")],
    ["CONFIG SET notify-keyspace-events mKndtexhsE", OK],
    ["CONFIG GET notify-keyspace-events", shownAs("shxetdnKEm")],
    ["CONFIG SET notify-keyspace-events dtexzhsl$gm", OK],
    ["CONFIG GET notify-keyspace-events", shownAs("Am")],
    ["CONFIG SET notify-keyspace-events ''", OK],
    ["CONFIG GET notify-keyspace-events", shownAs("")],
    [
      "CONFIG SET notify-keyspace-events x!",
      error(/Invalid event class character/),
    ],
  ],
);

transcript("Nothing is published without a class, or without K and E", [
  [on("s", "PSUBSCRIBE __key*"), any],
  ["SET k v", OK],
  ["CONFIG SET notify-keyspace-events A", OK],
  ["SET k v", OK],
  ["CONFIG SET notify-keyspace-events KE", OK],
  ["SET k v", OK],
  ["CONFIG SET notify-keyspace-events El", OK],
  ["SET k v", OK],
  ["RPUSH l v", 1],
  [received("s", pmessage("__keyevent@0__:rpush", "l"))],
]);

transcript("Events inside MULTI are published as the commands run", [
  ["CONFIG SET notify-keyspace-events E$", OK],
  [on("s", "PSUBSCRIBE __key*"), any],
  ["MULTI", OK],
  ["SET a 1", any],
  ["INCR a", any],
  ["EXEC", [OK, 2]],
  [received("s", pmessage("__keyevent@0__:set", "a"))],
  [received("s", pmessage("__keyevent@0__:incrby", "a"))],
]);

transcript(
  "New keys are announced beside all classes, though CONFIG GET does not show it",
  [
    ["CONFIG SET notify-keyspace-events EAn", OK],
    ["CONFIG GET notify-keyspace-events", shownAs("AE")],
    [on("s", "PSUBSCRIBE __key*"), any],
    ["SET a 1", OK],
    [received("s", pmessage("__keyevent@0__:new", "a"))],
    [received("s", pmessage("__keyevent@0__:set", "a"))],
  ],
);

transcript("A key that is evicted is announced", [
  ["CONFIG SET notify-keyspace-events EeK", OK],
  [on("s", "PSUBSCRIBE __key*"), any],
  ["SET k v", OK],
  ["CONFIG SET maxmemory-policy allkeys-lru", OK],
  ["CONFIG SET maxmemory 1", OK],
  ["PING", any],
  [received("s", pmessage("__keyspace@0__:k", "evicted"))],
  [received("s", pmessage("__keyevent@0__:evicted", "k"))],
  ["CONFIG SET maxmemory 0", OK],
  ["EXISTS k", 0],
]);
