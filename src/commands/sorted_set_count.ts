import { type Call, commandGroup, keyAt } from "../server/command.ts";
import { Events, type KeyEvent } from "../store/events.ts";
import { type RangeBy, readRange } from "./sorted_set_bounds.ts";

const REMOVE_COMPLEXITY =
  "O(log(N)+M) with N being the number of elements in the sorted set and M the number of elements removed by the operation.";
const COUNT_COMPLEXITY =
  "O(log(N)) with N being the number of elements in the sorted set.";

/** The sorted set commands that count or remove a range. */
export const sortedSetCountCommands = commandGroup("sorted-set", [
  {
    name: "zcount",
    arity: 4,
    flags: ["readonly", "fast"],
    keys: [keyAt(1, "RO", "access")],
    since: "2.0.0",
    complexity: COUNT_COMPLEXITY,
    summary: "Counts the members in a range of scores.",
    syntax: "key min max",
    docs: { types: { min: "double", max: "double" } },
    handler: (call) => count(call, "score"),
  },
  {
    name: "zlexcount",
    arity: 4,
    flags: ["readonly", "fast"],
    keys: [keyAt(1, "RO", "access")],
    since: "2.8.9",
    complexity: COUNT_COMPLEXITY,
    summary: "Counts the members in a range of members.",
    syntax: "key min max",
    handler: (call) => count(call, "member"),
  },
  {
    name: "zremrangebyrank",
    arity: 4,
    flags: ["write"],
    keys: [keyAt(1, "RW", "delete")],
    since: "2.0.0",
    complexity: REMOVE_COMPLEXITY,
    summary: "Removes the members in a range of ranks.",
    syntax: "key start stop",
    handler: (call) => removeRange(call, "rank", Events.zremrangebyrank),
  },
  {
    name: "zremrangebyscore",
    arity: 4,
    flags: ["write"],
    keys: [keyAt(1, "RW", "delete")],
    since: "1.2.0",
    complexity: REMOVE_COMPLEXITY,
    summary: "Removes the members in a range of scores.",
    syntax: "key min max",
    docs: { types: { min: "double", max: "double" } },
    handler: (call) => removeRange(call, "score", Events.zremrangebyscore),
  },
  {
    name: "zremrangebylex",
    arity: 4,
    flags: ["write"],
    keys: [keyAt(1, "RW", "delete")],
    since: "2.8.9",
    complexity: REMOVE_COMPLEXITY,
    summary: "Removes the members in a range of members.",
    syntax: "key min max",
    handler: (call) => removeRange(call, "member", Events.zremrangebylex),
  },
]);

/** ZCOUNT and ZLEXCOUNT. */
function count({ args, db, reply }: Call, by: RangeBy): void {
  const range = readRange(args, 2, 3, by);
  const set = db.read(args.key(1), "zset");
  if (set === undefined) return reply.integer(0);
  const { start, end } = range(set);
  reply.integer(Math.max(0, end - start));
}

function removeRange(
  { args, db, reply }: Call,
  by: RangeBy,
  event: KeyEvent,
): void {
  const range = readRange(args, 2, 3, by);
  const key = args.string(1);
  const set = db.edit(key, "zset");
  if (set === undefined) return reply.integer(0);
  const { start, end } = range(set);
  const removed = Math.max(0, end - start);
  set.deleteRange(start, removed);
  if (removed > 0) db.shrunk(key, set, event, removed);
  reply.integer(removed);
}
