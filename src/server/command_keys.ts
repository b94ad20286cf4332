/** Where the keys of a command line are: what COMMAND INFO says of it, and what COMMAND GETKEYS finds. */
import type { Args } from "../protocol/args.ts";
import { parseInt64 } from "../protocol/integer.ts";
import type { CommandDefinition, FoundKey, KeySpec } from "./command.ts";

/** First key, last key and step, as clients from before the key specs know them; and whether they tell too little. */
export interface KeyRange {
  readonly first: number;
  /** Counted from the end when negative. */
  readonly last: number;
  readonly step: number;
  readonly movable: boolean;
}

/** Flags of keys that are to be looked for in each command line. */
const UNRELIABLE = ["not_key", "variable_flags", "incomplete"];

/** A key spec as such a range, where it is one. */
interface Range {
  readonly first: number;
  readonly last: number;
  readonly step: number;
}

/**
 * Returns the range that all key specs together make. Specs that are no plain
 * range, or leave a gap behind the one before, are left out and make the
 * keys movable.
 */
export function keyRangeOf(keys: readonly KeySpec[] = []): KeyRange {
  const ranges = keys.map(rangeOf);
  let movable = keys.some(({ flags }) => flags.includes("incomplete"));
  const [only] = ranges;
  if (ranges.length === 1 && only !== undefined) return { ...only, movable };
  let first = 0, last = 0;
  for (const range of ranges) {
    const follows = range?.step === 1 &&
      (last === 0 || last === range.first - 1);
    if (range === undefined || !follows) movable = true;
    else {
      if (first === 0) first = range.first;
      last = range.last;
    }
  }
  return { first, last, step: first === 0 ? 0 : 1, movable };
}

function rangeOf({ begin, find }: KeySpec): Range | undefined {
  if (begin === "unknown" || !("index" in begin)) return undefined;
  if (find === "unknown" || !("lastKey" in find)) return undefined;
  const { lastKey, step } = find;
  const last = lastKey < 0 ? lastKey : begin.index + lastKey;
  return { first: begin.index, last, step };
}

/** Returns whether command lines of this command can hold keys. */
export function hasKeys({ keys = [], findKeys }: CommandDefinition): boolean {
  return findKeys !== undefined || keys.some(isReal);
}

/** Returns the keys of every command line of a command whose keys stand where they always do; `undefined` when they do not. */
export function fixedKeysOf(
  { arity, keys = [] }: CommandDefinition,
): readonly FoundKey[] | undefined {
  const found: FoundKey[] = [];
  for (const spec of keys) {
    const range = rangeOf(spec);
    const { flags } = spec;
    if (
      range === undefined || UNRELIABLE.some((each) => flags.includes(each))
    ) {
      return undefined;
    }
    const { first, last, step } = range;
    if (last < 0 || last >= Math.abs(arity)) return undefined;
    for (let index = first; index <= last; index += step) {
      found.push({ index, flags });
    }
  }
  return found.length === 0 ? undefined : found;
}

/** Returns the keys of a command line; none when it is wrong. The line has the length that the command asks for. */
export function keysOf(
  { keys = [], findKeys }: CommandDefinition,
  args: Args,
): readonly FoundKey[] {
  const reliable = keys.some(isReal) &&
    !keys.some(({ flags }) => flags.includes("variable_flags"));
  const found = reliable ? keysBySpecs(keys.filter(isReal), args) : undefined;
  return found ?? findKeys?.(args) ?? [];
}

/**
 * Returns the keys whose number is argument `countAt` and which begin at
 * `first`, then the one at `storeAt`, or none when there are fewer. The number
 * may have anything behind its digits, as in C's `atoi`.
 */
export function countedKeys(
  args: Args,
  countAt: number,
  first: number,
  storeAt?: number,
): readonly FoundKey[] {
  const count = atoi(args.string(countAt));
  if (!(count >= 1 && count <= args.length - first)) return [];
  const found = Array.from(
    { length: count },
    (_, i) => ({ index: first + i, flags: [] }),
  );
  return storeAt === undefined
    ? found
    : [...found, { index: storeAt, flags: [] }];
}

/** Reads a number as C's `atoi` does on the machines of Redis: only 32 bits of it stay. */
function atoi(text: string): number {
  const digits = /^[ \t-\r]*([-+]?\d+)/.exec(text)?.[1] ?? "0";
  const number = Number(digits);
  if (Number.isSafeInteger(number)) return number | 0;
  const exact = BigInt(digits);
  const least = -(2n ** 63n), most = 2n ** 63n - 1n;
  const long = exact < least ? least : exact > most ? most : exact;
  return Number(BigInt.asIntN(32, long));
}

function isReal({ flags }: KeySpec): boolean {
  return !flags.includes("not_key");
}

/** Returns what the specs find, or nothing when one of them does not fit the command line or cannot tell. */
function keysBySpecs(
  specs: readonly KeySpec[],
  args: Args,
): FoundKey[] | undefined {
  const found: FoundKey[] = [];
  for (const spec of specs) {
    if (spec.begin === "unknown" || spec.find === "unknown") return undefined;
    let first = beginOf(spec.begin, args);
    if (first === undefined) continue;
    let last: number;
    const { find, flags } = spec;
    if ("lastKey" in find) last = lastOf(find, first, args.length);
    else {
      if (find.countAt >= args.length) return undefined;
      const count = parseInt64(args.string(first + find.countAt));
      if (count === undefined || count < 0) return undefined;
      first += find.firstKey;
      last = first + Number(count) - 1;
    }
    if (last >= args.length || last < first) return undefined;
    for (let index = first; index <= last; index += find.step) {
      found.push({ index, flags });
    }
    if (flags.includes("incomplete")) return undefined;
  }
  return found;
}

function lastOf(
  { lastKey, limit }: { lastKey: number; limit: number },
  first: number,
  length: number,
): number {
  if (lastKey >= 0) return first + lastKey;
  if (limit === 0) return length + lastKey;
  return first + Math.trunc((length - first) / limit) + lastKey;
}

/** Returns where the keys of a spec begin; nothing when its keyword is not there. */
function beginOf(
  begin: Exclude<KeySpec["begin"], "unknown">,
  args: Args,
): number | undefined {
  if ("index" in begin) return begin.index;
  const forward = begin.startFrom > 0;
  let i = forward ? begin.startFrom : args.length + begin.startFrom;
  for (; forward ? i < args.length - 1 : i > 1; i += forward ? 1 : -1) {
    if (args.is(i, begin.keyword)) return i + 1;
  }
  return undefined;
}
