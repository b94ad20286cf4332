import {
  advance,
  any,
  blocked,
  disconnected,
  error,
  map,
  matching,
  OK,
  QUEUED,
  received,
  sent,
  status,
  transcript,
  verbatim,
} from "../helpers/transcript.ts";

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

transcript(
  "WAIT on a server that never had a replica ends with its timeout, in one reply",
  [
    [sent("b", "WAIT 1 40")],
    [sent("b", "PING")],
    [blocked("b")],
    [advance(40)],
    [received("b", 0)],
    [received("b", status("PONG"))],
    [sent("b", "WAIT 1 0")],
    [blocked("b")],
    ["INFO replication", matching(/\r\nmaster_repl_offset:0\r\n/)],
    ["CLIENT KILL TYPE normal", any],
    [disconnected("b")],
  ],
  { config: {} },
);

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

transcript("REPLICAOF NO ONE leaves a master as it is", [
  ["REPLICAOF NO ONE", OK],
  ["SLAVEOF no one", OK],
  ["REPLICAOF host", wrongArity("replicaof")],
  ["REPLICAOF host x", error("ERR Invalid master port")],
  ["REPLICAOF host 65536", error("ERR Invalid master port")],
]);

transcript("a replica says where its master is, and refuses writes", [
  [sent("b", "BLPOP q 0")],
  [blocked("b")],
  ["REPLICAOF 127.0.0.1 1", OK],
  [
    received(
      "b",
      error(
        "UNBLOCKED force unblock from blocking operation, instance state changed (master -> replica?)",
      ),
    ),
  ],
  ["REPLICAOF 127.0.0.1 1", status("OK Already connected to specified master")],
  ["ROLE", ["slave", "127.0.0.1", 1, matching(/^connect(ing)?$/), -1]],
  [
    "SET k v",
    error("READONLY You can't write against a read only replica."),
  ],
  [
    "EVAL 'return redis.call(\"set\", KEYS[1], 1)' 1 k",
    error(/^READONLY You can't write against a read only replica\./),
  ],
  ["WAIT 0 0", error(/^ERR WAIT cannot be used with replica instances\. /)],
  [
    "INFO replication",
    verbatim(
      /^# Replication\r\nrole:slave\r\nmaster_host:127\.0\.0\.1\r\nmaster_port:1\r\nmaster_link_status:down\r\n/,
    ),
  ],
  ["REPLICAOF NO ONE", OK],
  ["SET k v", OK],
]);

transcript(
  "repl-backlog-size has a least value, which CONFIG SET raises others to",
  [
    ["CONFIG SET repl-backlog-size 100", OK],
    ["CONFIG GET repl-backlog-size", map({ "repl-backlog-size": "16384" })],
    ["INFO replication", matching(/\r\nrepl_backlog_size:16384\r\n/)],
    ["CONFIG SET repl-backlog-size 1", OK],
    ["CONFIG GET repl-backlog-size", map({ "repl-backlog-size": "16384" })],
    ["CONFIG SET repl-backlog-size 20kb", OK],
    ["CONFIG GET repl-backlog-size", map({ "repl-backlog-size": "20480" })],
  ],
);

transcript("repl-backlog-size has a largest value", [
  ["CONFIG SET repl-backlog-size 8gb", OK],
  [
    "CONFIG SET repl-backlog-size 40gb",
    error(
      "ERR CONFIG SET failed (possibly related to argument 'repl-backlog-size') - argument must be between 1 and 8589934592 inclusive",
    ),
  ],
], { oursOnly: "what one array can hold is a limit of ours" });

transcript("CONFIG GET tells who the master is", [
  ["CONFIG GET replicaof", map({ replicaof: "" })],
  ["REPLICAOF 127.0.0.1 1", OK],
  ["CONFIG GET replicaof", map({ replicaof: "127.0.0.1 1" })],
  ["CONFIG GET slaveof", map({ slaveof: "127.0.0.1 1" })],
  ["SLAVEOF localhost 2", OK],
  ["CONFIG GET replicaof", map({ replicaof: "localhost 2" })],
  [
    "CONFIG SET replicaof 'a 1'",
    error(
      "ERR CONFIG SET failed (possibly related to argument 'replicaof') - can't set immutable config",
    ),
  ],
  ["CONFIG SET replica-announced no", OK],
  ["INFO replication", matching(/\r\nreplica_announced:0\r\n/)],
  ["CONFIG SET replica-announced yes", OK],
  ["INFO replication", matching(/\r\nreplica_announced:1\r\n/)],
  ["REPLICAOF NO ONE", OK],
  ["CONFIG GET replicaof", map({ replicaof: "" })],
]);

const MASTER_DOWN =
  "MASTERDOWN Link with MASTER is down and replica-serve-stale-data is set to 'no'.";

transcript(
  "a replica without its master refuses what needs data when replica-serve-stale-data is no",
  [
    ["CONFIG SET replica-serve-stale-data no", OK],
    ["SET k v", OK],
    ["REPLICAOF 127.0.0.1 1", OK],
    ["GET k", error(MASTER_DOWN)],
    ["PING", error(MASTER_DOWN)],
    ["EVAL 'return 1' 0", error(MASTER_DOWN)],
    ["EVAL '#!lua flags=no-writes\n return 1' 0", error(MASTER_DOWN)],
    ["EVAL '#!lua flags=allow-stale,no-writes\n return 1' 0", 1],
    [
      "EVAL \"#!lua flags=allow-stale,no-writes\n return redis.pcall('GET', KEYS[1])['err']\" 1 k",
      "ERR Can not execute the command on a stale replica",
    ],
    ["REPLICAOF NO ONE", OK],
    ["GET k", "v"],
    ["MULTI", OK],
    ["PING", QUEUED],
    [sent("b", "REPLICAOF 127.0.0.1 1")],
    [received("b", OK)],
    [
      "EXEC",
      error(`EXECABORT Transaction discarded because of: ${MASTER_DOWN}`),
    ],
    ["CONFIG SET replica-serve-stale-data yes", OK],
    ["GET k", "v"],
    ["REPLICAOF NO ONE", OK],
  ],
);
