import { assertEquals } from "@std/assert";
import { rawExchange } from "../helpers/raw_exchange.ts";
import { findRealRedis, RealRedis } from "../helpers/real_redis.ts";
import { startTestServer } from "../helpers/server.ts";
import {
  advance,
  error,
  matching,
  nil,
  nilArray,
  OK,
  on,
  QUEUED,
  status,
  transcript,
} from "../helpers/transcript.ts";

const ABORTED = error(
  "EXECABORT Transaction discarded because of previous errors.",
);
const WRONG_TYPE = error(
  "WRONGTYPE Operation against a key holding the wrong kind of value",
);

transcript("MULTI queues, EXEC runs, DISCARD forgets", [
  ["MULTI", OK],
  ["SET k 1", QUEUED],
  [on("b", "GET k"), nil],
  ["PING", QUEUED],
  ["GET k", QUEUED],
  ["EXEC", [OK, status("PONG"), "1"]],
  ["GET k", "1"],
  ["MULTI", OK],
  ["SET k 2", QUEUED],
  ["DISCARD", OK],
  ["GET k", "1"],
  ["MULTI", OK],
  ["EXEC", []],
  ["EXEC", error("ERR EXEC without MULTI")],
  ["DISCARD", error("ERR DISCARD without MULTI")],
]);

transcript("A command that fails inside EXEC stops none of the others", [
  ["LPUSH l x", 1],
  ["MULTI", OK],
  ["SET k 1", QUEUED],
  ["GET l", QUEUED],
  ["SET k 2", QUEUED],
  ["EXEC", [OK, WRONG_TYPE, OK]],
  ["GET k", "2"],
]);

transcript("MULTI, WATCH, EXEC and DISCARD have their place", [
  ["MULTI", OK],
  ["MULTI", error("ERR MULTI calls can not be nested")],
  ["WATCH k", error("ERR WATCH inside MULTI is not allowed")],
  ["SET k 1", QUEUED],
  ["UNWATCH", QUEUED],
  ["EXEC", [OK, OK]],
  ["MULTI x", error("ERR wrong number of arguments for 'multi' command")],
  ["WATCH", error("ERR wrong number of arguments for 'watch' command")],
  ["UNWATCH x", error("ERR wrong number of arguments for 'unwatch' command")],
  ["DISCARD x", error("ERR wrong number of arguments for 'discard' command")],
  [
    "EXEC x",
    error(
      "EXECABORT Transaction discarded because of: wrong number of arguments for 'exec' command",
    ),
  ],
]);

transcript("EXEC runs nothing once a command could not be queued", [
  ["MULTI", OK],
  ["SET k 1", QUEUED],
  ["SET k", error("ERR wrong number of arguments for 'set' command")],
  ["SET k 2", QUEUED],
  ["EXEC", ABORTED],
  ["GET k", nil],
  ["MULTI", OK],
  [
    "NOSUCH a b",
    error("ERR unknown command 'NOSUCH', with args beginning with: 'a' 'b' "),
  ],
  ["EXEC", ABORTED],
  ["MULTI", OK],
  ["CLIENT NOSUCH", error("ERR unknown subcommand 'NOSUCH'. Try CLIENT HELP.")],
  ["EXEC", ABORTED],
  ["MULTI", OK],
  [
    "EXEC x",
    error(
      "EXECABORT Transaction discarded because of: wrong number of arguments for 'exec' command",
    ),
  ],
  ["EXEC", error("ERR EXEC without MULTI")],
  ["MULTI", OK],
  ["SET k", error("ERR wrong number of arguments for 'set' command")],
  ["DISCARD", OK],
  ["MULTI", OK],
  ["EXEC", []],
  ["MULTI", OK],
  ["DISCARD x", error("ERR wrong number of arguments for 'discard' command")],
  ["EXEC", ABORTED],
]);

transcript("EXEC is null when a watched key has changed", [
  ["WATCH k", OK],
  [on("b", "SET k 1"), OK],
  ["MULTI", OK],
  ["SET k 2", QUEUED],
  ["EXEC", nilArray],
  ["GET k", "1"],
  ["MULTI", OK],
  ["SET k 2", QUEUED],
  ["EXEC", [OK]],
  ["WATCH k x y", OK],
  ["SET y 1", OK],
  ["MULTI", OK],
  ["EXEC", nilArray],
  ["WATCH k", OK],
  ["WATCH k", OK],
  [on("b", "GET k"), "2"],
  ["MULTI", OK],
  ["EXEC", []],
  ["WATCH k", OK],
  [on("b", "DEL nothing"), 0],
  ["MULTI", OK],
  [on("b", "DEL k"), 1],
  ["PING", QUEUED],
  ["EXEC", nilArray],
]);

transcript("A failed queue weighs more than a broken watch", [
  ["WATCH k", OK],
  [on("b", "SET k 1"), OK],
  ["MULTI", OK],
  ["SET k", error("ERR wrong number of arguments for 'set' command")],
  ["EXEC", ABORTED],
  ["MULTI", OK],
  ["EXEC", []],
]);

transcript("EXEC may change what it watched", [
  ["WATCH k", OK],
  ["MULTI", OK],
  ["SET k 1", QUEUED],
  ["EXEC", [OK]],
  [on("b", "SET k 2"), OK],
  ["MULTI", OK],
  ["PING", QUEUED],
  ["EXEC", [status("PONG")]],
]);

transcript("UNWATCH, DISCARD, EXEC and RESET end a watch", [
  ["WATCH k", OK],
  [on("b", "SET k 1"), OK],
  ["UNWATCH", OK],
  ["MULTI", OK],
  ["EXEC", []],
  ["WATCH k", OK],
  [on("b", "SET k 2"), OK],
  ["MULTI", OK],
  ["DISCARD", OK],
  ["MULTI", OK],
  ["EXEC", []],
  ["WATCH k", OK],
  ["MULTI", OK],
  ["EXEC", []],
  [on("b", "SET k 3"), OK],
  ["MULTI", OK],
  ["EXEC", []],
  ["UNWATCH", OK],
]);

transcript("A watch belongs to the database in which it began", [
  ["WATCH k", OK],
  ["SELECT 1", OK],
  ["SET k 1", OK],
  ["MULTI", OK],
  ["EXEC", []],
  ["SELECT 0", OK],
  ["WATCH k", OK],
  ["SELECT 1", OK],
  [on("b", "SET k 1"), OK],
  ["MULTI", OK],
  ["EXEC", nilArray],
  ["SELECT 0", OK],
]);

transcript(
  "A watched key that expires is a change, one that had expired is none",
  [
    ["SET k v PX 20", OK],
    ["WATCH k", OK],
    ["MULTI", OK],
    ["PING", QUEUED],
    [advance(21)],
    ["EXEC", nilArray],
    ["SET k v PX 20", OK],
    [advance(21)],
    ["WATCH k", OK],
    ["MULTI", OK],
    ["PING", QUEUED],
    [on("b", "GET k"), nil],
    ["EXEC", [status("PONG")]],
  ],
);

transcript("FLUSHALL and FLUSHDB break the watches on keys that were there", [
  ["SET k v", OK],
  ["WATCH k", OK],
  [on("b", "FLUSHALL"), OK],
  ["MULTI", OK],
  ["EXEC", nilArray],
  ["WATCH k", OK],
  [on("b", "FLUSHDB"), OK],
  ["MULTI", OK],
  ["EXEC", []],
]);

transcript("SWAPDB breaks the watches on keys of either side", [
  ["SELECT 1", OK],
  ["SET k v", OK],
  ["SELECT 0", OK],
  ["WATCH k", OK],
  [on("b", "SWAPDB 0 1"), OK],
  ["MULTI", OK],
  ["EXEC", nilArray],
  ["WATCH nothing", OK],
  [on("b", "SWAPDB 0 1"), OK],
  ["MULTI", OK],
  ["EXEC", []],
]);

transcript("WATCH leaves a key that is over where it is", [
  ["CONFIG RESETSTAT", OK],
  ["DEBUG SET-ACTIVE-EXPIRE 0", OK],
  ["SET k v PXAT 1", OK],
  ["WATCH k", OK],
  ["MULTI", OK],
  ["INFO stats", QUEUED],
  ["GET k", QUEUED],
  ["INFO stats", QUEUED],
  [
    "EXEC",
    [matching(/expired_keys:0\r/), nil, matching(/expired_keys:1\r/)],
  ],
]);

transcript("Blocking commands inside EXEC do not wait", [
  ["MULTI", OK],
  ["BLPOP q 0", QUEUED],
  ["RPUSH q a", QUEUED],
  ["BLPOP q 0", QUEUED],
  ["EXEC", [nilArray, 1, ["q", "a"]]],
]);

transcript("Queued arguments are kept to the byte", [
  ["MULTI", OK],
  [["SET", "k\0\r\n", "\xff\x00*3\r\n"], QUEUED],
  [["GET", "k\0\r\n"], QUEUED],
  [["SET", "long", "x".repeat(100_000)], QUEUED],
  ["EXEC", [OK, "\xff\x00*3\r\n", OK]],
  ["GET long", "x".repeat(100_000)],
]);

transcript("Commands that have no place in a transaction abort it", [
  ["MULTI", OK],
  ["SAVE", error("ERR Command not allowed inside a transaction")],
  ["EXEC", ABORTED],
]);

const ENDS_ITSELF = [
  {
    words: "CLIENT KILL",
    lines: ["MULTI", "CLIENT KILL TYPE normal SKIPME no"],
    expected: "+OK\r\n+QUEUED\r\n+QUEUED\r\n+QUEUED\r\n*3\r\n:1\r\n",
  },
  {
    words: "ACL DELUSER",
    lines: [
      "ACL SETUSER u on nopass ~* +@all",
      "AUTH u any",
      "MULTI",
      "ACL DELUSER u",
    ],
    expected:
      "+OK\r\n+OK\r\n+OK\r\n+QUEUED\r\n+QUEUED\r\n+QUEUED\r\n*3\r\n:1\r\n",
  },
];

for (const { words, lines, expected } of ENDS_ITSELF) {
  const what =
    `EXEC replies to nothing behind a ${words} that ends its own connection`;
  const request = [...lines, "PING", "SET a 1", "EXEC", "PING", ""].join(
    "\r\n",
  );
  const check = async (port: number) => {
    assertEquals(await rawExchange(port, request), expected);
    assertEquals(await rawExchange(port, "GET a\r\n"), "$1\r\n1\r\n");
  };
  Deno.test(what, async () => {
    await using server = await startTestServer();
    await check(server.port);
  });
  Deno.test({
    name: `${what} (redis-server)`,
    ignore: findRealRedis() === undefined,
    fn: async () => {
      await using server = await RealRedis.start(findRealRedis()!);
      await check(server.port);
    },
  });
}
