import {
  advance,
  between,
  blocked,
  capture,
  error,
  nil,
  nilArray,
  OK,
  on,
  QUEUED,
  received,
  sent,
  status,
  transcript,
} from "../helpers/transcript.ts";

const wrongArity = (command: string) =>
  error(`ERR wrong number of arguments for '${command}' command`);
const SYNTAX = error("ERR syntax error");
const SAME = error("ERR source and destination objects are the same");
const NO_KEY = error("ERR no such key");
const NO_DB = error("ERR DB index is out of range");
const NO_INTEGER = error("ERR value is not an integer or out of range");
const NO_INT32 = error(
  "ERR value is out of range, value must between -2147483648 and 2147483647",
);

transcript("commands that move keys refuse the wrong number of arguments", [
  ["RENAME a", wrongArity("rename")],
  ["RENAME a b c", wrongArity("rename")],
  ["RENAMENX a", wrongArity("renamenx")],
  ["RENAMENX a b c", wrongArity("renamenx")],
  ["MOVE a", wrongArity("move")],
  ["MOVE a 1 2", wrongArity("move")],
  ["COPY a", wrongArity("copy")],
]);

transcript(
  "RENAME gives a key of any type another name, and replaces what had it",
  [
    ["RENAME none k", NO_KEY],
    ["RENAME none none", NO_KEY],
    ["SET a 1", OK],
    ["RPUSH b x y", 2],
    ["RENAME b a", OK],
    ["LRANGE a 0 -1", ["x", "y"]],
    ["EXISTS b", 0],
    ["RENAME a a", OK],
    [["RENAME", "a", "c\x00\xff"], OK],
    [["LLEN", "c\x00\xff"], 2],
    ["DBSIZE", 1],
  ],
);

transcript("RENAME takes the expiry along and leaves none behind", [
  ["SET a 1 EX 100", OK],
  ["SET b 2", OK],
  ["RENAME a b", OK],
  ["TTL b", between(99, 100)],
  ["SET a 3", OK],
  ["TTL a", -1],
  ["RENAME a b", OK],
  ["TTL b", -1],
  ["PEXPIRE b 10", 1],
  [advance(11)],
  ["RENAME b c", NO_KEY],
]);

transcript("RENAMENX leaves a name that is taken", [
  ["RENAMENX none k", NO_KEY],
  ["SET a 1", OK],
  ["SET b 2", OK],
  ["RENAMENX a b", 0],
  ["GET b", "2"],
  ["RENAMENX a a", 0],
  ["RENAMENX a c", 1],
  ["GET c", "1"],
  ["PEXPIRE b 10", 1],
  [advance(11)],
  ["RENAMENX c b", 1],
  ["GET b", "1"],
  ["TTL b", -1],
]);

transcript(
  "RENAME breaks the watch on both names, but not when they are the same",
  [
    ["SET a 1", OK],
    ["WATCH a", OK],
    [on("b", "RENAME a a"), OK],
    [on("b", "RENAMENX a a"), 0],
    ["MULTI", OK],
    ["PING", QUEUED],
    ["EXEC", [status("PONG")]],
    ["WATCH a", OK],
    [on("b", "RENAME a z"), OK],
    ["MULTI", OK],
    ["EXEC", nilArray],
    ["WATCH a", OK],
    [on("b", "RENAME z a"), OK],
    ["MULTI", OK],
    ["EXEC", nilArray],
  ],
);

transcript("RENAME, MOVE and COPY serve who waits for the new key", [
  ["RPUSH l x", 1],
  [sent("b", "BLPOP w 0")],
  [blocked("b")],
  ["RENAME l w", OK],
  [received("b", ["w", "x"])],
  ["RPUSH l y", 1],
  [sent("b", "BLPOP w 0")],
  [blocked("b")],
  ["COPY l w", 1],
  [received("b", ["w", "y"])],
  [on("b", "SELECT 1"), OK],
  [sent("b", "BLPOP l 0")],
  [blocked("b")],
  ["MOVE l 1", 1],
  [received("b", ["l", "y"])],
  ["DBSIZE", 0],
]);

transcript("MOVE takes a key to another database, where it must not be", [
  ["MOVE none 1", 0],
  ["SET a 1", OK],
  ["MOVE a 0", SAME],
  ["MOVE none 0", SAME],
  ["MOVE a 16", NO_DB],
  ["MOVE a -1", NO_DB],
  ["MOVE a x", NO_INTEGER],
  ["MOVE a 1.5", NO_INTEGER],
  ["MOVE a 2147483648", NO_INT32],
  ["MOVE a -2147483649", NO_INT32],
  ["MOVE a 9223372036854775808", NO_INTEGER],
  ["MOVE a 9", 1],
  ["EXISTS a", 0],
  ["SET a 2", OK],
  ["MOVE a 9", 0],
  ["GET a", "2"],
  ["SELECT 9", OK],
  ["GET a", "1"],
  ["DBSIZE", 1],
]);

transcript(
  "MOVE takes the expiry along, and sees no expired key on either side",
  [
    ["SET a 1 EX 100", OK],
    ["SET b 1 PX 10", OK],
    ["MOVE a 1", 1],
    ["SELECT 1", OK],
    ["TTL a", between(99, 100)],
    ["SET c there PX 10", OK],
    ["SELECT 0", OK],
    ["SET c here", OK],
    [advance(11)],
    ["MOVE b 1", 0],
    ["MOVE c 1", 1],
    ["SELECT 1", OK],
    ["GET c", "here"],
    ["TTL c", -1],
  ],
);

transcript("COPY copies values of any type, which then change apart", [
  ["COPY none k", 0],
  ["SET a v", OK],
  ["COPY a b", 1],
  ["APPEND b w", 2],
  ["COPY b c", 1],
  ["APPEND b x", 3],
  ["MGET a b c", ["v", "vwx", "vw"]],
  ["RPUSH l x y", 2],
  ["COPY l m", 1],
  ["RPUSH m z", 3],
  ["LRANGE l 0 -1", ["x", "y"]],
  ["LRANGE m 0 -1", ["x", "y", "z"]],
]);

transcript("COPY leaves or replaces what is there", [
  ["SET a 1", OK],
  ["RPUSH b x", 1],
  ["COPY a b", 0],
  ["TYPE b", status("list")],
  ["COPY a b replace", 1],
  ["GET b", "1"],
  ["COPY none b REPLACE", 0],
  ["GET b", "1"],
  ["EXPIRE b 100", 1],
  ["COPY a b REPLACE REPLACE", 1],
  ["TTL b", -1],
]);

transcript("COPY copies the expiry", [
  ["SET a 1 EX 100", OK],
  ["COPY a b", 1],
  ["TTL a", between(99, 100)],
  ["TTL b", between(99, 100)],
  ["SET c 1 PX 10", OK],
  ["SET d 1 PX 10", OK],
  [advance(11)],
  ["COPY c e", 0],
  ["COPY a d", 1],
  ["TTL d", between(99, 100)],
]);

transcript("COPY takes a database, under the same or another name", [
  ["SET a 1", OK],
  ["COPY a a", SAME],
  ["COPY none none", SAME],
  ["COPY a a DB 0", SAME],
  ["COPY a a DB 3", 1],
  ["COPY a b db 3", 1],
  ["COPY a b DB 3", 0],
  ["COPY a b DB 3 REPLACE", 1],
  ["COPY a c DB 4 DB 5", 1],
  ["DBSIZE", 1],
  ["SELECT 3", OK],
  ["MGET a b", ["1", "1"]],
  ["SELECT 4", OK],
  ["GET c", nil],
  ["SELECT 5", OK],
  ["GET c", "1"],
]);

transcript("COPY refuses options and databases that there are not", [
  ["SET a 1", OK],
  ["COPY a b x", SYNTAX],
  ["COPY a b DB", SYNTAX],
  ["COPY a b REPLACE DB", SYNTAX],
  ["COPY a b DB 16", NO_DB],
  ["COPY a b DB -1", NO_DB],
  ["COPY a b DB x", NO_INTEGER],
  ["COPY a b DB 2147483648", NO_INT32],
  ["COPY a b DB 99 nonsense", NO_DB],
  ["EXISTS b", 0],
]);

transcript(
  "RENAME and MOVE take along how often a key is accessed, COPY and RESTORE start anew",
  [
    ["SET a v", OK],
    ["DUMP a", capture("dump")],
    [({ dump }) => ["RESTORE", "k", "0", dump!, "FREQ", "255"], OK],
    ["RENAME k new", OK],
    ["OBJECT FREQ new", 255],
    ["SET taken v", OK],
    ["RENAME new taken", OK],
    ["OBJECT FREQ taken", 255],
    ["COPY taken copy", 1],
    ["OBJECT FREQ copy", 5],
    ["COPY a taken REPLACE", 1],
    ["OBJECT FREQ taken", 5],
    [({ dump }) => ["RESTORE", "k", "0", dump!, "FREQ", "255"], OK],
    [({ dump }) => ["RESTORE", "k", "0", dump!, "REPLACE"], OK],
    ["OBJECT FREQ k", 5],
    [({ dump }) => ["RESTORE", "k", "0", dump!, "REPLACE", "FREQ", "255"], OK],
    ["MOVE k 1", 1],
    ["SELECT 1", OK],
    ["OBJECT FREQ k", 255],
  ],
  { config: { "maxmemory-policy": "allkeys-lfu" } },
);

transcript("what replaces a key of another type serves who waits for it", [
  ["RPUSH l x", 1],
  ["DUMP l", capture("dump")],
  [sent("b", "BLPOP w 0")],
  [blocked("b")],
  ["MULTI", OK],
  ["SET w v", QUEUED],
  ["RENAME l w", QUEUED],
  ["EXEC", [OK, OK]],
  [received("b", ["w", "x"])],
  [sent("b", "BLPOP w2 0")],
  [blocked("b")],
  ["SET w2 v", OK],
  [({ dump }) => ["RESTORE", "w2", "0", dump!, "REPLACE"], OK],
  [received("b", ["w2", "x"])],
  ["RPUSH l x", 1],
  [sent("b", "BLPOP w3 0")],
  [blocked("b")],
  ["SET w3 v", OK],
  ["COPY l w3 REPLACE", 1],
  [received("b", ["w3", "x"])],
  ["EXISTS w w2 w3", 0],
]);
