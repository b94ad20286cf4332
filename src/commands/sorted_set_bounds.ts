/** Where a range of a sorted set begins and ends: by rank, by score or by member. */
import type { Args } from "../protocol/args.ts";
import { commandError } from "../protocol/command_error.ts";
import { parseNearestDouble } from "../protocol/double.ts";
import type { ReadonlySortedSet } from "../store/values/value.ts";

const NOT_FLOATS = commandError("min or max is not a float");
const NOT_MEMBERS = commandError("min or max not valid string range item");

/** What a range goes by. */
export type RangeBy = "rank" | "score" | "member";

/** Ranks `start` up to, and without, `end`; empty unless `start` is less. */
export interface RankRange {
  readonly start: number;
  readonly end: number;
}

/** Finds the ranks of a range in a sorted set. */
export type Range = (set: ReadonlySortedSet) => RankRange;

/** Reads a range from arguments `min` and `max`; throws when they are not what it goes by. */
export function readRange(
  args: Args,
  min: number,
  max: number,
  by: RangeBy,
): Range {
  switch (by) {
    case "rank": {
      const start = args.integer(min), stop = args.integer(max);
      return ({ length }) => rankRange(start, stop, length);
    }
    case "score":
      return scoreRange(args, min, max);
    case "member":
      return memberRange(args, min, max);
  }
}

/** Returns the range from `start` to `stop`, both included, which count from the end when negative. */
export function rankRange(
  start: number,
  stop: number,
  length: number,
): RankRange {
  if (start < 0) start = Math.max(0, start + length);
  if (stop < 0) stop += length;
  return { start, end: Math.min(stop + 1, length) };
}

function scoreRange(args: Args, minAt: number, maxAt: number): Range {
  const min = scoreBound(args, minAt), max = scoreBound(args, maxAt);
  const isBeforeMin = min.excluded
    ? (score: number) => score <= min.score
    : (score: number) => score < min.score;
  const isUpToMax = max.excluded
    ? (score: number) => score < max.score
    : (score: number) => score <= max.score;
  return (set) => ({
    start: set.partition(isBeforeMin),
    end: set.partition(isUpToMax),
  });
}

interface ScoreBound {
  readonly score: number;
  readonly excluded: boolean;
}

/** Reads a bound as C's `strtod` reads it when nobody asks for its errors: it passes over blanks, ends at a zero byte and takes nothing for zero. */
function scoreBound(args: Args, i: number): ScoreBound {
  const text = args.string(i);
  const excluded = text.startsWith("(");
  const digits = text.slice(excluded ? 1 : 0).replace(/\0[^]*/, "");
  const score = digits === ""
    ? 0
    : parseNearestDouble(digits.replace(/^[ \t-\r]+/, ""));
  if (score === undefined) throw NOT_FLOATS;
  return { score, excluded };
}

/**
 * Members that range by their bytes: all are supposed to have the same score.
 *
 * Differs from Redis: ZRANGEBYLEX and its kin come to other members where scores differ, which Redis leaves open.
 */
function memberRange(args: Args, minAt: number, maxAt: number): Range {
  const min = memberBound(args, minAt), max = memberBound(args, maxAt);
  return (set) => ({
    start: placeOf(set, min, !min.excluded),
    end: placeOf(set, max, max.excluded),
  });
}

interface MemberBound {
  /** -Infinity is before all members, Infinity behind them. */
  readonly member: string | number;
  readonly excluded: boolean;
}

function memberBound(args: Args, i: number): MemberBound {
  const text = args.string(i);
  switch (text[0]) {
    case "(":
      return { member: text.slice(1), excluded: true };
    case "[":
      return { member: text.slice(1), excluded: false };
    case "-":
    case "+":
      // A zero byte is the end of it in C.
      if (text.length > 1 && text[1] !== "\0") break;
      return { member: text[0] === "-" ? -Infinity : Infinity, excluded: true };
  }
  throw NOT_MEMBERS;
}

/** Returns how many members lie before a bound, or up to it. */
function placeOf(
  set: ReadonlySortedSet,
  { member }: MemberBound,
  before: boolean,
): number {
  if (typeof member === "number") return member < 0 ? 0 : set.length;
  return set.partition(
    before ? (_, other) => other < member : (_, other) => other <= member,
  );
}
