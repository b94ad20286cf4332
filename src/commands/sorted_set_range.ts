import { commandError, SYNTAX_ERROR } from "../protocol/command_error.ts";
import { type Call, commandGroup, keyAt } from "../server/command.ts";
import { Events } from "../store/events.ts";
import { SortedSet } from "../store/values/sorted_set.ts";
import type { ReadonlySortedSet } from "../store/values/value.ts";
import {
  type Range,
  type RangeBy,
  rankRange,
  readRange,
} from "./sorted_set_bounds.ts";
import { storeSortedSet } from "./sorted_set_store.ts";

const LIMIT_BY_RANK = commandError(
  "syntax error, LIMIT is only supported in combination with either BYSCORE or BYLEX",
);
const SCORES_BY_MEMBER = commandError(
  "syntax error, WITHSCORES not supported in combination with BYLEX",
);

const RANGE_COMPLEXITY =
  "O(log(N)+M) with N being the number of elements in the sorted set and M the number of elements returned.";
const LIMITED_COMPLEXITY =
  "O(log(N)+M) with N being the number of elements in the sorted set and M the number of elements being returned. If M is constant (e.g. always asking for the first 10 elements with LIMIT), you can consider it O(log(N)).";

/** The sorted set commands that answer, or store, a range. */
export const sortedSetRangeCommands = commandGroup("sorted-set", [
  {
    name: "zrange",
    arity: -4,
    flags: ["readonly"],
    keys: [keyAt(1, "RO", "access")],
    since: "1.2.0",
    complexity: RANGE_COMPLEXITY,
    summary: "Answers the members in a range of ranks, scores or members.",
    syntax:
      "key start stop [BYSCORE | BYLEX] [REV] [LIMIT offset count] [WITHSCORES]",
    docs: {
      groups: ["sortby", "offset_count"],
      types: { start: "string", stop: "string" },
      since: { sortby: "6.2.0", REV: "6.2.0", LIMIT: "6.2.0" },
    },
    history: [[
      "6.2.0",
      "Added the `REV`, `BYSCORE`, `BYLEX` and `LIMIT` options.",
    ]],
    handler: zrange,
  },
  {
    name: "zrangestore",
    arity: -5,
    flags: ["write", "denyoom"],
    keys: [keyAt(1, "OW", "update"), keyAt(2, "RO", "access")],
    since: "6.2.0",
    complexity:
      "O(log(N)+M) with N being the number of elements in the sorted set and M the number of elements stored into the destination key.",
    summary:
      "Stores the members in a range of ranks, scores or members at another key.",
    syntax: "dst src min max [BYSCORE | BYLEX] [REV] [LIMIT offset count]",
    docs: { groups: ["sortby", "offset_count"] },
    handler: zrangestore,
  },
  {
    name: "zrevrange",
    arity: -4,
    flags: ["readonly"],
    keys: [keyAt(1, "RO", "access")],
    since: "1.2.0",
    complexity: RANGE_COMPLEXITY,
    summary: "Answers the members in a range of ranks, the highest first.",
    syntax: "key start stop [WITHSCORES]",
    deprecated: {
      since: "6.2.0",
      replacedBy: "`ZRANGE` with the `REV` argument",
    },
    handler: (call) => replyWithRange(call, "rank", "down"),
  },
  {
    name: "zrangebyscore",
    arity: -4,
    flags: ["readonly"],
    keys: [keyAt(1, "RO", "access")],
    since: "1.0.5",
    complexity: LIMITED_COMPLEXITY,
    summary: "Answers the members in a range of scores.",
    syntax: "key min max [WITHSCORES] [LIMIT offset count]",
    docs: {
      groups: ["offset_count"],
      types: { min: "double", max: "double" },
      since: { WITHSCORES: "2.0.0" },
    },
    history: [["2.0.0", "Added the `WITHSCORES` modifier."]],
    deprecated: {
      since: "6.2.0",
      replacedBy: "`ZRANGE` with the `BYSCORE` argument",
    },
    handler: (call) => replyWithRange(call, "score", "up"),
  },
  {
    name: "zrevrangebyscore",
    arity: -4,
    flags: ["readonly"],
    keys: [keyAt(1, "RO", "access")],
    since: "2.2.0",
    complexity: LIMITED_COMPLEXITY,
    summary: "Answers the members in a range of scores, the highest first.",
    syntax: "key max min [WITHSCORES] [LIMIT offset count]",
    docs: {
      groups: ["offset_count"],
      types: { min: "double", max: "double" },
    },
    history: [["2.1.6", "`min` and `max` can be exclusive."]],
    deprecated: {
      since: "6.2.0",
      replacedBy: "`ZRANGE` with the `REV` and `BYSCORE` arguments",
    },
    handler: (call) => replyWithRange(call, "score", "down"),
  },
  {
    name: "zrangebylex",
    arity: -4,
    flags: ["readonly"],
    keys: [keyAt(1, "RO", "access")],
    since: "2.8.9",
    complexity: LIMITED_COMPLEXITY,
    summary: "Answers the members in a range of members.",
    syntax: "key min max [LIMIT offset count]",
    docs: { groups: ["offset_count"] },
    deprecated: {
      since: "6.2.0",
      replacedBy: "`ZRANGE` with the `BYLEX` argument",
    },
    handler: (call) => replyWithRange(call, "member", "up"),
  },
  {
    name: "zrevrangebylex",
    arity: -4,
    flags: ["readonly"],
    keys: [keyAt(1, "RO", "access")],
    since: "2.8.9",
    complexity: LIMITED_COMPLEXITY,
    summary: "Answers the members in a range of members, the last first.",
    syntax: "key max min [LIMIT offset count]",
    docs: { groups: ["offset_count"] },
    deprecated: {
      since: "6.2.0",
      replacedBy: "`ZRANGE` with the `REV` and `BYLEX` arguments",
    },
    handler: (call) => replyWithRange(call, "member", "down"),
  },
]);

type Direction = "up" | "down";

/** What a command line says of a range. */
interface RangeRequest {
  readonly range: Range;
  readonly direction: Direction;
  readonly offset: number;
  /** Negative for all. */
  readonly limit: number;
  readonly withScores: boolean;
}

/** Entries to visit: so many from a rank upwards or downwards. */
interface Stretch {
  readonly from: number;
  readonly count: number;
  readonly direction: Direction;
}

function zrange(call: Call): void {
  const { args } = call;
  if (args.length > 4) return replyWithRange(call);
  const start = args.integer(2), stop = args.integer(3);
  const set = call.db.read(args.key(1), "zset");
  if (set === undefined) return call.reply.array(0);
  const range = rankRange(start, stop, set.length);
  const count = Math.max(0, range.end - range.start);
  replyWithStretch(call, set, {
    from: range.start,
    count,
    direction: "up",
  }, false);
}

/** ZRANGE and those of its kind that say in their names what they range by, and which way. */
function replyWithRange(call: Call, by?: RangeBy, direction?: Direction): void {
  const request = readRequest(call, 1, "to reply", by, direction);
  const set = call.db.read(call.args.string(1), "zset");
  if (set === undefined) return call.reply.array(0);
  replyWithStretch(call, set, stretchOf(set, request), request.withScores);
}

function zrangestore(call: Call): void {
  const { args, db, server: { store: { thresholds } } } = call;
  const request = readRequest(call, 2, "to store");
  const set = db.read(args.key(2), "zset");
  const result = new SortedSet();
  if (set !== undefined) {
    visit(set, stretchOf(set, request), (member, score) => {
      result.add(member, score, thresholds);
    });
  }
  storeSortedSet(call, args.string(1), result, Events.zrangestore);
}

/** Reads `key min max [BYSCORE | BYLEX] [REV] [LIMIT offset count] [WITHSCORES]` from argument `at` on. */
function readRequest(
  { args }: Call,
  at: number,
  purpose: "to reply" | "to store",
  by?: RangeBy,
  direction?: Direction,
): RangeRequest {
  let offset = 0, limit = -1;
  let withScores = false;
  for (let i = at + 3; i < args.length; i++) {
    if (purpose === "to reply" && args.is(i, "WITHSCORES")) withScores = true;
    else if (args.is(i, "LIMIT") && i + 2 < args.length) {
      offset = args.integer(i + 1);
      limit = args.integer(i + 2);
      i += 2;
    } else if (direction === undefined && args.is(i, "REV")) direction = "down";
    else if (by === undefined && args.is(i, "BYLEX")) by = "member";
    else if (by === undefined && args.is(i, "BYSCORE")) by = "score";
    else throw SYNTAX_ERROR;
  }
  by ??= "rank";
  direction ??= "up";
  if (limit !== -1 && by === "rank") throw LIMIT_BY_RANK;
  if (withScores && by === "member") throw SCORES_BY_MEMBER;
  const swapped = direction === "down" && by !== "rank";
  const min = swapped ? at + 2 : at + 1, max = swapped ? at + 1 : at + 2;
  const range = readRange(args, min, max, by);
  if (by !== "rank") return { range, direction, offset, limit, withScores };
  // Downwards, ranks are counted from the other end; a limit says nothing of them.
  return {
    range: direction === "up" ? range : (set) => mirrored(range, set),
    direction,
    offset: 0,
    limit: -1,
    withScores,
  };
}

function mirrored(range: Range, set: ReadonlySortedSet) {
  const { start, end } = range(set);
  return { start: set.length - end, end: set.length - start };
}

function stretchOf(
  set: ReadonlySortedSet,
  { range, direction, offset, limit }: RangeRequest,
): Stretch {
  const { start, end } = range(set);
  const left = offset < 0 ? 0 : Math.max(0, end - start - offset);
  const count = limit < 0 ? left : Math.min(limit, left);
  const from = direction === "up" ? start + offset : end - 1 - offset;
  return { from, count, direction };
}

function replyWithStretch(
  { reply }: Call,
  set: ReadonlySortedSet,
  stretch: Stretch,
  withScores: boolean,
): void {
  if (!withScores) {
    reply.array(stretch.count);
    return visit(set, stretch, (member) => reply.bulk(member));
  }
  reply.pairs(stretch.count);
  visit(set, stretch, (member, score) => {
    reply.pair();
    reply.bulk(member);
    reply.double(score);
  });
}

function visit(
  set: ReadonlySortedSet,
  { from, count, direction }: Stretch,
  visit: (member: string, score: number) => void,
): void {
  if (direction === "up") set.visit(from, count, visit);
  else set.visitBack(from, count, visit);
}
