import { commandError, SYNTAX_ERROR } from "../protocol/command_error.ts";
import { type Call, commandGroup, keyAt } from "../server/command.ts";
import { Events } from "../store/events.ts";
import { PackedValue, SCORE_BYTES } from "../store/packed.ts";
import {
  deleteScored,
  packedBytes,
  packedScore,
  setScore,
} from "../store/packed_edits.ts";
import { SortedSet } from "../store/values/sorted_set.ts";

const NX_AND_XX = commandError(
  "XX and NX options at the same time are not compatible",
);
const CONFLICTING_COMPARISONS = commandError(
  "GT, LT, and/or NX options at the same time are not compatible",
);
const SEVERAL_INCREMENTS = commandError(
  "INCR option supports a single increment-element pair",
);
const NOT_A_NUMBER = commandError("resulting score is not a number (NaN)");

/** The sorted set commands about single members. */
export const sortedSetCommands = commandGroup("sorted-set", [
  {
    name: "zadd",
    arity: -4,
    flags: ["write", "denyoom", "fast"],
    keys: [keyAt(1, "RW", "update")],
    since: "1.2.0",
    complexity:
      "O(log(N)) for each item added, where N is the number of elements in the sorted set.",
    summary: "Gives members of a sorted set a score, and adds those it lacks.",
    syntax:
      "key [NX | XX] [GT | LT] [CH] [INCR] score member [score member ...]",
    docs: {
      groups: ["condition", "comparison"],
      names: { CH: "change", INCR: "increment" },
      since: {
        condition: "3.0.2",
        comparison: "6.2.0",
        CH: "3.0.2",
        INCR: "3.0.2",
      },
    },
    history: [
      ["2.4.0", "Accepts multiple elements."],
      ["3.0.2", "Added the `XX`, `NX`, `CH` and `INCR` options."],
      ["6.2.0", "Added the `GT` and `LT` options."],
    ],
    handler: zadd,
  },
  {
    name: "zincrby",
    arity: 4,
    flags: ["write", "denyoom", "fast"],
    keys: [keyAt(1, "RW", "access update")],
    since: "1.2.0",
    complexity:
      "O(log(N)) where N is the number of elements in the sorted set.",
    summary: "Adds to the score of a member.",
    syntax: "key increment member",
    handler: zincrby,
  },
  {
    name: "zrem",
    arity: -3,
    flags: ["write", "fast"],
    keys: [keyAt(1, "RW", "delete")],
    since: "1.2.0",
    complexity:
      "O(M*log(N)) with N being the number of elements in the sorted set and M the number of elements to be removed.",
    summary: "Removes members from a sorted set.",
    syntax: "key member [member ...]",
    history: [["2.4.0", "Accepts multiple elements."]],
    handler: zrem,
  },
  {
    name: "zcard",
    arity: 2,
    flags: ["readonly", "fast"],
    keys: [keyAt(1, "RO")],
    since: "1.2.0",
    complexity: "O(1)",
    summary: "Answers how many members a sorted set has.",
    syntax: "key",
    handler: zcard,
  },
  {
    name: "zscore",
    arity: 3,
    flags: ["readonly", "fast"],
    keys: [keyAt(1, "RO", "access")],
    since: "1.2.0",
    complexity: "O(1)",
    summary: "Answers the score of a member.",
    syntax: "key member",
    handler: zscore,
  },
  {
    name: "zmscore",
    arity: -3,
    flags: ["readonly", "fast"],
    keys: [keyAt(1, "RO", "access")],
    since: "6.2.0",
    complexity: "O(N) where N is the number of members being requested.",
    summary: "Answers the scores of members.",
    syntax: "key member [member ...]",
    handler: zmscore,
  },
  {
    name: "zrank",
    arity: 3,
    flags: ["readonly", "fast"],
    keys: [keyAt(1, "RO", "access")],
    since: "2.0.0",
    complexity: "O(log(N))",
    summary: "Answers how many members are before one.",
    syntax: "key member",
    handler: zrank,
  },
  {
    name: "zrevrank",
    arity: 3,
    flags: ["readonly", "fast"],
    keys: [keyAt(1, "RO", "access")],
    since: "2.0.0",
    complexity: "O(log(N))",
    summary: "Answers how many members are behind one.",
    syntax: "key member",
    handler: zrevrank,
  },
]);

const DIGIT_NINE = 57;
/** Options of ZADD, to be added up. */
const NX = 1, XX = 2, GT = 4, LT = 8, CH = 16, INCR = 32;

function zadd(call: Call): void {
  const { args, db, reply, server: { store: { thresholds } } } = call;
  let options = 0;
  let first = 2;
  for (; first < args.length; first++) {
    const option = zaddOption(call, first);
    if (option === 0) break;
    options |= option;
  }
  const pairs = (args.length - first) / 2;
  if (pairs < 1 || !Number.isInteger(pairs)) throw SYNTAX_ERROR;
  if ((options & NX) !== 0 && (options & XX) !== 0) throw NX_AND_XX;
  const comparisons = options & (NX | GT | LT);
  if ((comparisons & (comparisons - 1)) !== 0) throw CONFLICTING_COMPARISONS;
  const increments = (options & INCR) !== 0;
  if (increments && pairs > 1) throw SEVERAL_INCREMENTS;
  const score = args.double(first);
  if (increments) {
    return increment(call, first + 1, score, options);
  }
  // All scores are looked at before the first change; what is a double once is one again.
  for (let i = 1; i < pairs; i++) args.double(first + 2 * i);

  const key = args.key(1);
  if ((options & ~CH) === 0) {
    const bytes = packedBytes(args, first) + pairs * SCORE_BYTES;
    const packed = db.editPacked(key, "zset", pairs, bytes);
    if (packed !== undefined) return addPacked(call, packed, first, options);
  }
  let set = db.edit(key, "zset");
  if (set === undefined) {
    if ((options & XX) !== 0) return reply.integer(0);
    set = db.put(key, new SortedSet());
  }
  let added = 0, updated = 0;
  for (let i = 0; i < pairs; i++) {
    const member = args.string(first + 2 * i + 1);
    const next = i === 0 ? score : args.double(first + 2 * i);
    if (options > 0 && !isWanted(options, set.score(member), next)) continue;
    const outcome = set.add(member, next, thresholds);
    if (outcome === "added") added++;
    else if (outcome === "updated") updated++;
  }
  if (added + updated > 0) db.changed(key, Events.zadd, added + updated);
  reply.integer((options & CH) !== 0 ? added + updated : added);
}

/** ZADD to a packed sorted set, of what is wanted in any case. */
function addPacked(
  { args, db, reply, server: { store } }: Call,
  set: PackedValue,
  first: number,
  options: number,
): void {
  let added = 0, updated = 0;
  for (let i = first; i < args.length; i += 2) {
    const score = args.double(i);
    const outcome = setScore(set, args, i + 1, score, store.thresholds);
    if (outcome === "added") added++;
    else if (outcome === "updated") updated++;
  }
  const changed = added + updated;
  if (changed > 0) db.changed(args.key(1), Events.zadd, changed);
  reply.integer((options & CH) !== 0 ? changed : added);
}

/** Returns the option at argument `i`, 0 when it is none. */
function zaddOption({ args }: Call, i: number): number {
  // Most are scores, and no option begins with a digit.
  if (args.bytes[args.starts[i]!]! <= DIGIT_NINE) return 0;
  if (args.is(i, "NX")) return NX;
  if (args.is(i, "XX")) return XX;
  if (args.is(i, "GT")) return GT;
  if (args.is(i, "LT")) return LT;
  if (args.is(i, "CH")) return CH;
  return args.is(i, "INCR") ? INCR : 0;
}

/** Returns whether the options let a member that has `current` as its score, or is not there, have `next`. */
function isWanted(
  options: number,
  current: number | undefined,
  next: number,
): boolean {
  if (current === undefined) return (options & XX) === 0;
  if ((options & NX) !== 0) return false;
  if ((options & GT) !== 0 && next <= current) return false;
  return (options & LT) === 0 || next < current;
}

function zincrby(call: Call): void {
  const { args } = call;
  increment(call, 3, args.double(2), 0);
}

/** ZINCRBY and ZADD with INCR, of the member that is argument `i`. */
function increment(
  { args, db, reply, server }: Call,
  i: number,
  by: number,
  options: number,
): void {
  const key = args.key(1);
  const bytes = packedBytes(args, i) + SCORE_BYTES;
  let packed = db.editPacked(key, "zset", 1, bytes, "left");
  const set = packed === undefined ? db.edit(key, "zset") : undefined;
  const current = packed !== undefined
    ? packedScore(packed, args, i)
    : set?.score(args.string(i));
  if (current !== undefined && (options & NX) !== 0) return reply.null();
  const next = current === undefined ? by : current + by;
  if (Number.isNaN(next)) throw NOT_A_NUMBER;
  if (!isWanted(options, current, next)) return reply.null();
  const { thresholds } = server.store;
  if (set === undefined) packed ??= db.editPacked(key, "zset", 1, bytes);
  const outcome = packed !== undefined
    ? setScore(packed, args, i, next, thresholds)
    : (set ?? db.put(key, new SortedSet()))
      .add(args.string(i), next, thresholds);
  if (outcome !== "unchanged") db.changed(key, Events.zincr);
  reply.double(next);
}

function zrem({ args, db, reply }: Call): void {
  const key = args.key(1);
  const set = db.editToTake(key, "zset");
  if (set === undefined) return reply.integer(0);
  let removed = 0;
  for (let i = 2; i < args.length; i++) {
    const isRemoved = set instanceof PackedValue
      ? deleteScored(set, args, i)
      : set.delete(args.string(i));
    if (isRemoved) removed++;
  }
  if (removed > 0) db.shrunk(key, set, Events.zrem, removed);
  reply.integer(removed);
}

function zcard({ args, db, reply }: Call): void {
  const key = args.key(1);
  const set = db.readPacked(key, "zset") ?? db.read(key, "zset");
  reply.integer(set?.length ?? 0);
}

function zscore({ args, db, reply }: Call): void {
  const key = args.key(1);
  const packed = db.readPacked(key, "zset");
  const score = packed === undefined
    ? db.read(key, "zset")?.score(args.string(2))
    : packedScore(packed, args, 2);
  if (score === undefined) reply.null();
  else reply.double(score);
}

function zmscore({ args, db, reply }: Call): void {
  const set = db.read(args.key(1), "zset");
  reply.array(args.length - 2);
  for (let i = 2; i < args.length; i++) {
    const score = set?.score(args.string(i));
    if (score === undefined) reply.null();
    else reply.double(score);
  }
}

function zrank({ args, db, reply }: Call): void {
  const rank = db.read(args.key(1), "zset")?.rank(args.string(2)) ?? -1;
  if (rank < 0) reply.null();
  else reply.integer(rank);
}

function zrevrank({ args, db, reply }: Call): void {
  const set = db.read(args.key(1), "zset");
  const rank = set?.rank(args.string(2)) ?? -1;
  if (rank < 0) reply.null();
  else reply.integer(set!.length - 1 - rank);
}
