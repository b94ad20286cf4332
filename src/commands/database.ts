import {
  type CommandError,
  commandError,
  DB_INDEX_OUT_OF_RANGE,
  SYNTAX_ERROR,
} from "../protocol/command_error.ts";
import { type Call, commandGroup } from "../server/command.ts";
import type { Database } from "../store/database.ts";

const INT32_MAX = 2 ** 31 - 1;
const INT32_MIN = -(2 ** 31);
const NOT_INT32 = commandError(
  `value is out of range, value must between ${INT32_MIN} and ${INT32_MAX}`,
);
const INVALID_FIRST_INDEX = commandError("invalid first DB index");
const INVALID_SECOND_INDEX = commandError("invalid second DB index");

export const databaseCommands = commandGroup("server", [
  {
    name: "dbsize",
    arity: 1,
    flags: ["readonly", "fast"],
    categories: ["keyspace"],
    tips: ["request_policy:all_shards", "response_policy:agg_sum"],
    since: "1.0.0",
    complexity: "O(1)",
    summary: "Answers how many keys the database holds.",
    syntax: "",
    handler: ({ db, reply }) => reply.integer(db.size),
  },
  {
    name: "flushdb",
    arity: -1,
    flags: ["write"],
    categories: ["keyspace", "dangerous"],
    tips: ["request_policy:all_shards", "response_policy:all_succeeded"],
    since: "1.0.0",
    complexity: "O(N) where N is the number of keys in the selected database",
    summary: "Removes all keys of the database.",
    syntax: "[ASYNC | SYNC]",
    docs: {
      groups: ["async"],
      since: { ASYNC: "4.0.0", SYNC: "6.2.0" },
    },
    history: [
      ["4.0.0", "Added the `ASYNC` flushing mode modifier."],
      ["6.2.0", "Added the `SYNC` flushing mode modifier."],
    ],
    handler: (call) => flush(call, [call.db]),
  },
  {
    name: "flushall",
    arity: -1,
    flags: ["write"],
    categories: ["keyspace", "dangerous"],
    tips: ["request_policy:all_shards", "response_policy:all_succeeded"],
    since: "1.0.0",
    complexity: "O(N) where N is the total number of keys in all databases",
    summary: "Removes all keys of all databases.",
    syntax: "[ASYNC | SYNC]",
    docs: {
      groups: ["async"],
      since: { ASYNC: "4.0.0", SYNC: "6.2.0" },
    },
    history: [
      ["4.0.0", "Added the `ASYNC` flushing mode modifier."],
      ["6.2.0", "Added the `SYNC` flushing mode modifier."],
    ],
    handler: (call) => {
      flush(call, call.server.store.databases);
      call.server.saver.flushed();
    },
  },
  {
    name: "swapdb",
    arity: 3,
    flags: ["write", "fast"],
    categories: ["keyspace", "dangerous"],
    since: "4.0.0",
    complexity:
      "O(N) where N is the count of clients watching or blocking on keys from both databases.",
    summary: "Exchanges the keys of two databases.",
    syntax: "index1 index2",
    handler: swap,
  },
]);

/** Returns the database whose index is argument `i`; throws when there is none. */
export function databaseAt({ args, server }: Call, i: number): Database {
  const index = args.integer(i);
  if (index < INT32_MIN || index > INT32_MAX) throw NOT_INT32;
  const db = server.store.databases[index];
  if (db === undefined) throw DB_INDEX_OUT_OF_RANGE;
  return db;
}

/** ASYNC and SYNC are the same here: the keys go at once, their memory comes back with the garbage collector. */
function flush(
  { args, reply, server }: Call,
  databases: readonly Database[],
): void {
  if (args.length > 2) throw SYNTAX_ERROR;
  if (args.length === 2 && !args.is(1, "SYNC") && !args.is(1, "ASYNC")) {
    throw SYNTAX_ERROR;
  }
  const removed = server.store.flush(databases);
  if (args.is(1, "ASYNC")) server.statistics.lazilyFreed += removed;
  // Even if there was nothing: elsewhere there may be something.
  server.propagation.force();
  reply.ok();
}

function swap({ args, reply, server }: Call): void {
  const first = indexAt(1, INVALID_FIRST_INDEX);
  const second = indexAt(2, INVALID_SECOND_INDEX);
  const { store } = server;
  const a = store.databases[first];
  const b = store.databases[second];
  if (a === undefined || b === undefined) throw DB_INDEX_OUT_OF_RANGE;
  store.swap(a, b);
  reply.ok();

  function indexAt(i: number, error: CommandError): number {
    const index = args.integer(i, error);
    if (index < INT32_MIN || index > INT32_MAX) throw error;
    return index;
  }
}
