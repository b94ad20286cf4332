import { globMatches } from "../store/glob.ts";
import { type Call, commandGroup, keyAt, keysFrom } from "../server/command.ts";
import { Events } from "../store/events.ts";
import { type ReadonlyValue, typeOf } from "../store/values/value.ts";

/** Elements up to which UNLINK frees a value at once in Redis. */
const LARGE = 64;
/** Encodings in one piece, whatever they hold. */
const COMPACT: ReadonlySet<string> = new Set(["listpack", "intset"]);

export const keyCommands = commandGroup("generic", [
  {
    name: "del",
    arity: -2,
    flags: ["write"],
    keys: [keysFrom(1, -1, 1, "RM", "delete")],
    categories: ["keyspace"],
    tips: ["request_policy:multi_shard", "response_policy:agg_sum"],
    since: "1.0.0",
    complexity:
      "O(N) where N is the number of keys that will be removed. When a key to remove holds a value other than a string, the individual complexity for this key is O(M) where M is the number of elements in the list, set, sorted set or hash. Removing a single key that holds a string value is O(1).",
    summary: "Removes keys.",
    syntax: "key [key ...]",
    handler: (call) => remove(call, "at once"),
  },
  {
    name: "unlink",
    arity: -2,
    flags: ["write", "fast"],
    keys: [keysFrom(1, -1, 1, "RM", "delete")],
    categories: ["keyspace"],
    tips: ["request_policy:multi_shard", "response_policy:agg_sum"],
    since: "4.0.0",
    complexity:
      "O(1) for each key removed regardless of its size. Then the command does O(N) work in a different thread in order to reclaim memory, where N is the number of allocations the deleted objects where composed of.",
    summary: "Removes keys; their memory is reclaimed later.",
    syntax: "key [key ...]",
    handler: (call) => remove(call, "later"),
  },
  {
    name: "exists",
    arity: -2,
    flags: ["readonly", "fast"],
    keys: [keysFrom(1, -1, 1, "RO")],
    categories: ["keyspace"],
    tips: ["request_policy:multi_shard", "response_policy:agg_sum"],
    since: "1.0.0",
    complexity: "O(N) where N is the number of keys to check.",
    summary: "Counts how many of the keys exist.",
    syntax: "key [key ...]",
    history: [["3.0.3", "Accepts multiple `key` arguments."]],
    handler: exists,
  },
  {
    name: "touch",
    arity: -2,
    flags: ["readonly", "fast"],
    keys: [keysFrom(1, -1, 1, "RO")],
    categories: ["keyspace"],
    tips: ["request_policy:multi_shard", "response_policy:agg_sum"],
    since: "3.2.1",
    complexity: "O(N) where N is the number of keys that will be touched.",
    summary: "Notes an access to keys; counts those that exist.",
    syntax: "key [key ...]",
    handler: touch,
  },
  {
    name: "type",
    arity: 2,
    flags: ["readonly", "fast"],
    keys: [keyAt(1, "RO")],
    categories: ["keyspace"],
    since: "1.0.0",
    complexity: "O(1)",
    summary: "Answers the type of the value at a key.",
    syntax: "key",
    handler: type,
  },
  {
    name: "keys",
    arity: 2,
    flags: ["readonly"],
    categories: ["keyspace", "dangerous"],
    tips: ["request_policy:all_shards", "nondeterministic_output_order"],
    since: "1.0.0",
    complexity:
      "O(N) with N being the number of keys in the database, under the assumption that the key names in the database and the given pattern have limited length.",
    summary: "Answers all keys that match a pattern.",
    syntax: "pattern",
    handler: keys,
  },
  {
    name: "randomkey",
    arity: 1,
    flags: ["readonly"],
    categories: ["keyspace"],
    tips: ["request_policy:all_shards", "nondeterministic_output"],
    since: "1.0.0",
    complexity: "O(1)",
    summary: "Answers a key picked at random.",
    syntax: "",
    handler: ({ db, reply, server }) => reply.bulk(db.randomKey(server.random)),
  },
]);

/** DEL and UNLINK. Memory comes back with the garbage collector in either case; INFO counts what a client asked to be freed later. */
function remove(
  { args, db, reply, server }: Call,
  freed: "at once" | "later",
): void {
  let removed = 0;
  for (let i = 1; i < args.length; i++) {
    const key = args.key(i);
    if (freed === "later" && isLarge(db.peek(key))) {
      server.statistics.lazilyFreed++;
    }
    if (!db.delete(key)) continue;
    db.changed(key, Events.del);
    removed++;
  }
  reply.integer(removed);
}

/** Whether Redis would leave a value to its thread: one of many pieces. Differs from Redis: a list counts by its elements, since it has no nodes like there. */
function isLarge(value: ReadonlyValue | undefined): boolean {
  return value !== undefined && typeof value !== "string" &&
    value.type !== "string" && value.length > LARGE &&
    (value.type === "list" || value.type === "stream" ||
      !COMPACT.has(value.encoding));
}

function exists({ args, db, reply }: Call): void {
  let found = 0;
  for (let i = 1; i < args.length; i++) {
    if (db.look(args.key(i)) !== undefined) found++;
  }
  reply.integer(found);
}

function touch({ args, db, reply }: Call): void {
  let found = 0;
  for (let i = 1; i < args.length; i++) {
    if (db.readAny(args.key(i)) !== undefined) found++;
  }
  reply.integer(found);
}

function type({ args, db, reply }: Call): void {
  const value = db.look(args.key(1));
  reply.status(value === undefined ? "none" : typeOf(value));
}

function keys({ args, db, reply }: Call): void {
  const pattern = args.string(1);
  const matching: string[] = [];
  for (const key of db.keys()) {
    if (pattern === "*" || globMatches(pattern, key)) matching.push(key);
  }
  reply.bulks(matching);
}
