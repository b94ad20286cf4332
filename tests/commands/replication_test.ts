import { error, OK, QUEUED, transcript } from "../helpers/transcript.ts";

const wrongArity = (command: string) =>
  error(`ERR wrong number of arguments for '${command}' command`);
const NO_INTEGER = error("ERR value is not an integer or out of range");

transcript("WAIT counts replicas, of which there are none", [
  ["WAIT 1", wrongArity("wait")],
  ["WAIT x 0", NO_INTEGER],
  ["WAIT 1 x", error("ERR timeout is not an integer or out of range")],
  ["WAIT 1 -1", error("ERR timeout is negative")],
  ["WAIT 0 0", 0],
  ["WAIT -5 0", 0],
  ["MULTI", OK],
  ["WAIT 5 0", QUEUED],
  ["EXEC", [0]],
]);

transcript("REPLCONF takes what a replica says of itself", [
  ["REPLCONF", OK],
  ["REPLCONF a", error("ERR syntax error")],
  ["REPLCONF a b", error("ERR Unrecognized REPLCONF option: a")],
  ["REPLCONF listening-port x", NO_INTEGER],
  ["REPLCONF listening-port 7 CAPA eof capa other", OK],
  ["REPLCONF ip-address 1.2.3.4", OK],
  ["REPLCONF rdb-only x", NO_INTEGER],
  [
    "REPLCONF rdb-only 2",
    error("ERR value is out of range, value must between 0 and 1"),
  ],
  ["REPLCONF rdb-only 0", OK],
  [
    "REPLCONF rdb-filter-only 'a\"'",
    error("ERR Missing rdb-filter-only values"),
  ],
  [
    "REPLCONF rdb-filter-only 'functions data'",
    error("ERR Unsupported rdb-filter-only option: data"),
  ],
  ["REPLCONF rdb-filter-only ''", OK],
  ["REPLCONF RDB-FILTER-ONLY 'Functions functions'", OK],
]);

transcript("SYNC and PSYNC are refused where they make no sense", [
  ["PSYNC ?", wrongArity("psync")],
  ["PSYNC ? x", NO_INTEGER],
  ["SYNC x", wrongArity("sync")],
  ["MULTI", OK],
  ["SYNC", error("ERR Command not allowed inside a transaction")],
  [
    "EXEC",
    error("EXECABORT Transaction discarded because of previous errors."),
  ],
]);

transcript(
  "A part of the data is sent only to who takes a copy of unknown length",
  [
    ["REPLCONF rdb-filter-only functions", OK],
    ["SYNC", error("ERR Filtered replica requires EOF capability")],
    ["PSYNC ? -1", error("ERR Filtered replica requires EOF capability")],
  ],
);

transcript("a server stays a master", [
  ["REPLICAOF NO ONE", OK],
  ["SLAVEOF no one", OK],
  ["REPLICAOF host", wrongArity("replicaof")],
]);

transcript("being a replica is refused", [
  [
    "REPLICAOF 127.0.0.1 6379",
    error("ERR this server cannot be a replica, only a master of others"),
  ],
], { oursOnly: "redis-server would become one" });
