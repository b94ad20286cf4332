import {
  boolean,
  choice,
  entry,
  type Facts,
  FIXED,
  integer,
  memory,
  noneHere,
  notYet,
  string,
} from "./entry.ts";
import { INT64_MAX } from "../protocol/integer.ts";
import { INT_MAX, INT_MIN, memoryKind, UINT64_MAX } from "./kinds.ts";
import { folderKind, saveKind } from "./list_kinds.ts";

const MB = 1024 * 1024;

const PROTECTED: Facts = { protected: true };
const HIDDEN: Facts = { hidden: true };

/** Snapshots and the append log. */
export const persistenceParameters = {
  dir: entry(
    folderKind,
    ".",
    "Folder of the snapshot, and of the other files that are named without one",
    PROTECTED,
  ),
  dbfilename: string(
    "dump.json",
    "Name of the snapshot in dir",
    {
      protected: true,
      difference:
        "the default there is dump.rdb; only a name that ends in .rdb is written as an RDB file, any other as JSON",
    },
    {
      check: (name) =>
        /[/\\]/.test(name)
          ? "dbfilename can't be a path, just a filename"
          : undefined,
    },
  ),
  save: entry(
    saveKind,
    [
      { seconds: 3600, changes: 1 },
      { seconds: 300, changes: 100 },
      { seconds: 60, changes: 10000 },
    ],
    "After how many seconds with how many changes a snapshot is written",
  ),
  "stop-writes-on-bgsave-error": boolean(
    true,
    "Refuse writes while the last background save has failed",
  ),
  rdbchecksum: boolean(
    true,
    "Write a checksum into the snapshot, and check it when loading",
    FIXED,
  ),
  rdbcompression: boolean(
    true,
    "Compress strings in what DUMP returns and in RDB files",
  ),
  ...noneHere("the snapshot is JSON, written in small steps", {
    "rdb-save-incremental-fsync": boolean(
      true,
      "Flush the snapshot to disk while it is written",
    ),
  }),
  ...notYet("it serves Redis's own tests only", {
    "rdb-key-save-delay": integer(
      0,
      [INT_MIN, INT_MAX],
      "Microseconds to wait after each key saved",
      HIDDEN,
    ),
  }),
  "key-load-delay": integer(
    0,
    [INT_MIN, INT_MAX],
    "Microseconds to wait after each key loaded",
    HIDDEN,
  ),
  "loading-process-events-interval-bytes": memory(
    2 * MB,
    [1024, INT_MAX],
    "Most bytes loaded between two looks at the clients",
    HIDDEN,
  ),
  ...noneHere("all of it is always checked", {
    "sanitize-dump-payload": choice(
      "no",
      ["no", "yes", "clients"],
      "Whether what RESTORE reads is checked in depth",
    ),
  }),
  appendonly: boolean(false, "Log every write"),
  appendfilename: string(
    "appendonly.aof",
    "First part of the names of the log's files",
    FIXED,
    { check: checkName("appendfilename", "filename") },
  ),
  appenddirname: string(
    "appendonlydir",
    "Folder of the log in dir",
    FIXED,
    { check: checkName("appenddirname", "dirname") },
  ),
  appendfsync: choice(
    "everysec",
    ["everysec", "always", "no"],
    "When the log is flushed to disk",
  ),
  "no-appendfsync-on-rewrite": boolean(
    false,
    "Do not flush the log during a save",
  ),
  "auto-aof-rewrite-percentage": integer(
    100,
    [0, INT_MAX],
    "Growth in percent at which the log is rewritten; 0 never",
  ),
  "auto-aof-rewrite-min-size": memory(
    64 * MB,
    [0, INT64_MAX],
    "Size below which the log is not rewritten",
  ),
  "aof-load-truncated": boolean(true, "Load a log that lacks its end"),
  "aof-use-rdb-preamble": boolean(true, "Start the log with a snapshot"),
  "aof-timestamp-enabled": boolean(false, "Write the time into the log"),
  "aof-disable-auto-gc": boolean(false, "Keep the log's old files"),
  ...noneHere("the base of the log is written in small steps", {
    "aof-rewrite-incremental-fsync": boolean(
      true,
      "Flush a rewritten log to disk while it is written",
    ),
  }),
} as const;

/** How much is kept, and in which shape. */
export const memoryParameters = {
  maxmemory: memory(
    0,
    [0, UINT64_MAX],
    "Most memory for data, beyond which writes are refused; 0 no limit",
  ),
  "maxmemory-policy": choice(
    "noeviction",
    [
      "volatile-lru",
      "volatile-lfu",
      "volatile-random",
      "volatile-ttl",
      "allkeys-lru",
      "allkeys-lfu",
      "allkeys-random",
      "noeviction",
    ],
    "What is removed when maxmemory is reached",
  ),
  "maxmemory-samples": integer(
    5,
    [1, INT_MAX],
    "Keys that are compared to choose one to evict",
  ),
  "maxmemory-eviction-tenacity": integer(
    10,
    [0, 100],
    "How long eviction may hold up clients",
  ),
  "lfu-log-factor": integer(
    10,
    [0, INT_MAX],
    "How slowly a key's access counter saturates",
  ),
  "lfu-decay-time": integer(
    1,
    [0, INT_MAX],
    "Minutes after which a key's access counter is lowered",
  ),
  "maxmemory-clients": entry(
    memoryKind(-100, INT64_MAX, true),
    0,
    "Most memory for clients, in bytes or percent of maxmemory; 0 no limit",
  ),
  "lazyfree-lazy-eviction": boolean(
    false,
    "Propagate UNLINK, and not DEL, for evicted keys",
  ),
  "lazyfree-lazy-expire": boolean(
    false,
    "Propagate UNLINK, and not DEL, for expired keys",
  ),
  "lazyfree-lazy-user-del": boolean(
    false,
    "Propagate UNLINK, and not DEL, for GETDEL",
  ),
  ...noneHere("the garbage collector frees memory in the background anyway", {
    "lazyfree-lazy-server-del": boolean(false, "Free replaced values later"),
    "lazyfree-lazy-user-flush": boolean(
      false,
      "Let FLUSHALL and FLUSHDB be ASYNC unless told otherwise",
    ),
    "jemalloc-bg-thread": boolean(true, "Return memory in a thread"),
  }),
  ...notYet("memory is not defragmented here", {
    activedefrag: boolean(false, "Defragment memory while serving"),
  }),
  ...noneHere("memory is not defragmented here", {
    "active-defrag-cycle-min": integer(1, [1, 99], "Least CPU to use"),
    "active-defrag-cycle-max": integer(25, [1, 99], "Most CPU to use"),
    "active-defrag-threshold-lower": integer(
      10,
      [0, 1000],
      "Percent of fragmentation to start at",
    ),
    "active-defrag-threshold-upper": integer(
      100,
      [0, 1000],
      "Percent of fragmentation to do the utmost at",
    ),
    "active-defrag-ignore-bytes": memory(
      100 * MB,
      [1, INT64_MAX],
      "Bytes of fragmentation to start at",
    ),
    "active-defrag-max-scan-fields": integer(
      1000,
      [1, INT64_MAX],
      "Size from which a key is processed on its own",
    ),
  }),
  "list-max-listpack-size": integer(
    -2,
    [INT_MIN, INT_MAX],
    "Size of a list's nodes in what DUMP returns and in RDB files",
    { alias: "list-max-ziplist-size" },
  ),
  ...noneHere("lists have one layout", {
    "list-compress-depth": integer(
      0,
      [0, INT_MAX],
      "Nodes at each end of a list that are not compressed",
    ),
  }),
  "hash-max-listpack-entries": compactEntries(512, "hash"),
  "hash-max-listpack-value": compactValue(64, "hash"),
  "set-max-intset-entries": integer(
    512,
    [0, INT64_MAX],
    "Integers up to which a set is an intset",
  ),
  "zset-max-listpack-entries": compactEntries(128, "zset"),
  "zset-max-listpack-value": compactValue(64, "zset"),
  "hll-sparse-max-bytes": memory(
    3000,
    [0, INT64_MAX],
    "Bytes up to which a HyperLogLog is sparse",
  ),
  "stream-node-max-bytes": memory(
    4096,
    [0, INT64_MAX],
    "Bytes in a node of a stream",
  ),
  "stream-node-max-entries": integer(
    100,
    [0, INT64_MAX],
    "Entries in a node of a stream",
  ),
} as const;

function compactEntries(fallback: number, type: "hash" | "zset") {
  return integer(
    fallback,
    [0, INT64_MAX],
    `Entries up to which a ${type} is a listpack`,
    { alias: `${type}-max-ziplist-entries` },
  );
}

function compactValue(fallback: number, type: "hash" | "zset") {
  return memory(
    fallback,
    [0, INT64_MAX],
    `Bytes up to which an element of a ${type} fits a listpack`,
    { alias: `${type}-max-ziplist-value` },
  );
}

function checkName(parameter: string, what: string) {
  return (name: string) => {
    if (name === "") return `${parameter} can't be empty`;
    if (!/[/\\]/.test(name)) return undefined;
    return `${parameter} can't be a path, just a ${what}`;
  };
}
