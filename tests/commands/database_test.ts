import {
  advance,
  blocked,
  error,
  matching,
  nil,
  nilArray,
  OK,
  on,
  QUEUED,
  received,
  sent,
  transcript,
} from "../helpers/transcript.ts";

const SYNTAX = error("ERR syntax error");
const NO_DB = error("ERR DB index is out of range");

transcript("commands on databases refuse wrong arguments", [
  ["DBSIZE x", error("ERR wrong number of arguments for 'dbsize' command")],
  ["FLUSHDB x", SYNTAX],
  ["FLUSHDB SYNC ASYNC", SYNTAX],
  ["FLUSHALL x", SYNTAX],
  ["FLUSHALL ASYNC x", SYNTAX],
  ["SWAPDB 0", error("ERR wrong number of arguments for 'swapdb' command")],
  ["SWAPDB 0 1 2", error("ERR wrong number of arguments for 'swapdb' command")],
  ["SWAPDB x 1", error("ERR invalid first DB index")],
  ["SWAPDB 2147483648 1", error("ERR invalid first DB index")],
  ["SWAPDB 99 x", error("ERR invalid second DB index")],
  ["SWAPDB 0 99999999999", error("ERR invalid second DB index")],
  ["SWAPDB 0 16", NO_DB],
  ["SWAPDB -1 0", NO_DB],
  ["SWAPDB 0 0", OK],
]);

transcript("DBSIZE counts the keys of the selected database", [
  ["DBSIZE", 0],
  ["MSET a 1 b 2", OK],
  ["DBSIZE", 2],
  ["SELECT 1", OK],
  ["DBSIZE", 0],
]);

for (const mode of ["", " SYNC", " async"]) {
  transcript(
    `FLUSHDB${mode} removes the keys of the database, FLUSHALL of all`,
    [
      ["SET a 1 EX 100", OK],
      ["SELECT 1", OK],
      ["SET b 1", OK],
      ["SELECT 2", OK],
      ["SET c 1", OK],
      [`FLUSHDB${mode}`, OK],
      ["DBSIZE", 0],
      ["SELECT 1", OK],
      ["DBSIZE", 1],
      [`FLUSHALL${mode}`, OK],
      ["DBSIZE", 0],
      ["SELECT 0", OK],
      ["DBSIZE", 0],
      ["TTL a", -2],
      ["SET a 1", OK],
      ["TTL a", -1],
    ],
  );
}

transcript(
  "flushing breaks the watch on keys that are there, in that database",
  [
    ["SET k v", OK],
    ["WATCH none", OK],
    [on("b", "FLUSHALL"), OK],
    ["MULTI", OK],
    ["SET k v", QUEUED],
    ["EXEC", [OK]],
    ["WATCH k", OK],
    [on("b", "SELECT 1"), OK],
    [on("b", "FLUSHDB"), OK],
    ["MULTI", OK],
    ["EXEC", []],
    ["WATCH k", OK],
    [on("b", "FLUSHALL"), OK],
    ["MULTI", OK],
    ["EXEC", nilArray],
  ],
);

transcript("flushing leaves clients blocked", [
  ["RPUSH other x", 1],
  [sent("b", "BLPOP l 0")],
  [blocked("b")],
  ["FLUSHALL", OK],
  ["FLUSHDB", OK],
  ["RPUSH l x", 1],
  [received("b", ["l", "x"])],
]);

const changes = (count: number) =>
  matching(new RegExp(`rdb_changes_since_last_save:${count}\r`));

transcript(
  "flushing counts each key as a change when there are no save points",
  [
    ["MSET a 1 b 2", OK],
    ["INFO persistence", changes(2)],
    ["FLUSHALL", OK],
    ["INFO persistence", changes(4)],
    ["FLUSHALL", OK],
    ["FLUSHDB", OK],
    ["INFO persistence", changes(4)],
  ],
  { config: { save: [] } },
);

transcript("FLUSHALL saves when there are save points, FLUSHDB does not", [
  ["SET a 1", OK],
  ["FLUSHALL", OK],
  ["INFO persistence", changes(0)],
  ["SET a 1", OK],
  ["FLUSHDB", OK],
  ["INFO persistence", changes(2)],
], { config: { save: [{ seconds: 3600, changes: 1000 }] } });

transcript("SWAPDB exchanges two databases for every client", [
  ["SET k zero EX 100", OK],
  [on("b", "SELECT 1"), OK],
  [on("b", "SET k one"), OK],
  ["SWAPDB 0 1", OK],
  ["GET k", "one"],
  ["TTL k", -1],
  [on("b", "GET k"), "zero"],
  [on("b", "TTL k"), 100],
  ["SWAPDB 1 0", OK],
  ["GET k", "zero"],
  ["SWAPDB 0 5", OK],
  ["GET k", nil],
]);

transcript("SWAPDB breaks the watch on keys that are in either database", [
  ["WATCH none", OK],
  [on("b", "SWAPDB 0 1"), OK],
  ["MULTI", OK],
  ["EXEC", []],
  ["SET k v", OK],
  ["WATCH k", OK],
  [on("b", "SWAPDB 0 0"), OK],
  ["MULTI", OK],
  ["EXEC", []],
  ["WATCH k", OK],
  [on("b", "SWAPDB 0 1"), OK],
  ["MULTI", OK],
  ["EXEC", nilArray],
  ["WATCH k", OK],
  [on("b", "SWAPDB 1 0"), OK],
  ["MULTI", OK],
  ["EXEC", nilArray],
]);

transcript(
  "SWAPDB leaves the watch on a key that is not there but for one that has expired",
  [
    ["DEBUG SET-ACTIVE-EXPIRE 0", OK],
    ["SELECT 1", OK],
    ["SET k v PX 10", OK],
    ["SELECT 0", OK],
    ["WATCH k", OK],
    [advance(11)],
    [on("b", "SWAPDB 0 1"), OK],
    ["MULTI", OK],
    ["EXEC", []],
    ["DEBUG SET-ACTIVE-EXPIRE 1", OK],
  ],
);

transcript("SWAPDB serves who waits for a key that comes with it", [
  ["RPUSH l x", 1],
  [on("b", "SELECT 9"), OK],
  [sent("b", "BLPOP l 0")],
  [blocked("b")],
  ["SWAPDB 0 9", OK],
  [received("b", ["l", "x"])],
  ["DBSIZE", 0],
]);
