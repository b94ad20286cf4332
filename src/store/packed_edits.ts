import type { Args } from "../protocol/args.ts";
import {
  type ByteBlock,
  type ByteRange,
  copyBytes,
} from "../protocol/byte_block.ts";
import { integerIn } from "../protocol/integer.ts";
import { LENGTH_BYTES, type PackedValue, SCORE_BYTES } from "./packed.ts";
import type { Thresholds } from "./values/thresholds.ts";

const MINUS = 45;

/** Returns how many bytes the arguments from `first` on take as elements. */
export function packedBytes(args: Args, first: number): number {
  let bytes = 0;
  for (let i = first; i < args.length; i++) {
    bytes += args.size(i) + LENGTH_BYTES;
  }
  return bytes;
}

/** Returns the value of the field that is argument `i`: valid until anything changes. */
export function packedField(
  hash: PackedValue,
  { block, starts, ends }: Args,
  i: number,
): ByteRange | undefined {
  const found = hash.find(block, starts[i]!, ends[i]!, 2);
  return found < 0 ? undefined : hash.element(hash.after(found));
}

/** Returns whether the field that is argument `i` is in a hash. */
export function hasField(
  hash: PackedValue,
  { block, starts, ends }: Args,
  i: number,
): boolean {
  return hash.find(block, starts[i]!, ends[i]!, 2) >= 0;
}

/** Sets the field that is argument `i`; returns whether it is new. As `Hash.set()`. */
export function setField(
  hash: PackedValue,
  args: Args,
  i: number,
  value: ByteRange,
  { hashBytes, hashEntries }: Thresholds,
): boolean {
  const { block, starts, ends } = args;
  const start = starts[i]!, end = ends[i]!;
  const length = value.end - value.start;
  const found = hash.find(block, start, end, 2);
  let at: number;
  if (found < 0) {
    const size = 2 * LENGTH_BYTES + end - start + length;
    at = hash.write(hash.splice(hash.end, 0, size), block, start, end);
    hash.addToLength(1);
  } else {
    const before = hash.after(found);
    const size = hash.after(before) - before;
    at = hash.splice(before, size, LENGTH_BYTES + length);
  }
  hash.write(at, value.block, value.start, value.end);
  if (
    hash.length > hashEntries || end - start > hashBytes || length > hashBytes
  ) hash.becomeTable();
  return found < 0;
}

/** Deletes the field that is argument `i`; returns whether it was there. */
export function deleteField(
  hash: PackedValue,
  { block, starts, ends }: Args,
  i: number,
): boolean {
  const found = hash.find(block, starts[i]!, ends[i]!, 2);
  if (found >= 0) hash.remove(found, 2);
  return found >= 0;
}

/** Returns whether the member that is argument `i` is in a set. */
export function hasMember(
  set: PackedValue,
  { block, starts, ends }: Args,
  i: number,
): boolean {
  return set.find(block, starts[i]!, ends[i]!, 1) >= 0;
}

/** Deletes the member that is argument `i` from a set; returns whether it was there. */
export function deleteMember(
  set: PackedValue,
  { block, starts, ends }: Args,
  i: number,
): boolean {
  const found = set.find(block, starts[i]!, ends[i]!, 1);
  if (found >= 0) set.remove(found, 1);
  return found >= 0;
}

/** Adds the member that is argument `i` to a set; returns whether it is new. As `MemberSet.add()`. */
export function addMember(
  set: PackedValue,
  args: Args,
  i: number,
  { setIntegers }: Thresholds,
): boolean {
  const { block, starts, ends } = args;
  const start = starts[i]!, end = ends[i]!;
  if (set.find(block, start, end, 1) >= 0) return false;
  let at = set.end;
  if (set.isCompact) {
    if (integerIn(args.range(i)) === undefined) set.becomeTable();
    else {
      at = placeOfInteger(set, block, start, end);
      if (set.length >= setIntegers) set.becomeTable();
    }
  }
  const place = set.splice(at, 0, LENGTH_BYTES + end - start);
  set.write(place, block, start, end);
  set.addToLength(1);
  return true;
}

/** Gives the member that is argument `i` of a sorted set a score; returns what that did. As `SortedSet.add()`. */
export function setScore(
  set: PackedValue,
  args: Args,
  i: number,
  score: number,
  { sortedSetBytes, sortedSetEntries }: Thresholds,
): "added" | "updated" | "unchanged" {
  const { block, starts, ends } = args;
  const start = starts[i]!, end = ends[i]!;
  const found = set.find(block, start, end, 1, SCORE_BYTES);
  if (
    found < 0 &&
    (set.length >= sortedSetEntries || end - start > sortedSetBytes)
  ) set.becomeTable();
  // A listpack has integers, and so no negative zero.
  if (score === 0 && set.isCompact) score = 0;
  if (found >= 0 && scoreAt(set, found) === score) return "unchanged";
  const place = placeOfScore(set, score, block, start, end);
  const size = LENGTH_BYTES + SCORE_BYTES + end - start;
  const at = found < 0
    ? set.splice(place, 0, size)
    : set.makeRoomFor(found, place);
  const { data } = set.block;
  data.setUint16(at, size - LENGTH_BYTES, true);
  data.setFloat64(at + LENGTH_BYTES, score, true);
  const memberAt = at + LENGTH_BYTES + SCORE_BYTES;
  copyBytes(block, start, set.block, memberAt, end - start);
  if (found >= 0) return "updated";
  set.addToLength(1);
  return "added";
}

/** Returns the score of the member that is argument `i`, `undefined` when it is not there. */
export function packedScore(
  set: PackedValue,
  { block, starts, ends }: Args,
  i: number,
): number | undefined {
  const found = set.find(block, starts[i]!, ends[i]!, 1, SCORE_BYTES);
  return found < 0 ? undefined : scoreAt(set, found);
}

/** Deletes the member that is argument `i` from a sorted set; returns whether it was there. */
export function deleteScored(
  set: PackedValue,
  { block, starts, ends }: Args,
  i: number,
): boolean {
  const found = set.find(block, starts[i]!, ends[i]!, 1, SCORE_BYTES);
  if (found >= 0) set.remove(found, 1);
  return found >= 0;
}

/** Returns the member of a sorted set that begins at `at`: valid until anything changes. */
export function memberAt(set: PackedValue, at: number): ByteRange {
  return set.element(at, SCORE_BYTES);
}

/** Returns the score of the member of a sorted set that begins at `at`. */
export function scoreAt({ block }: PackedValue, at: number): number {
  return block.data.getFloat64(at + LENGTH_BYTES, true);
}

/** Returns where a member with this score belongs. */
function placeOfScore(
  set: PackedValue,
  score: number,
  block: ByteBlock,
  start: number,
  end: number,
): number {
  for (let at = set.first; at < set.end; at = set.after(at)) {
    const other = scoreAt(set, at);
    if (other < score) continue;
    if (other > score) return at;
    const from = at + LENGTH_BYTES + SCORE_BYTES;
    const order = compareRanges(
      set.block,
      from,
      set.after(at),
      block,
      start,
      end,
    );
    if (order >= 0) return at;
  }
  return set.end;
}

/** Returns where an integer belongs among the integers of a set: those with fewer digits are nearer to 0. */
function placeOfInteger(
  set: PackedValue,
  block: ByteBlock,
  start: number,
  end: number,
): number {
  const isNegative = block.data.getUint8(start) === MINUS;
  for (let at = set.first; at < set.end; at = set.after(at)) {
    const from = at + LENGTH_BYTES, to = set.after(at);
    const otherIsNegative = set.block.data.getUint8(from) === MINUS;
    if (otherIsNegative !== isNegative) {
      if (isNegative) return at;
      continue;
    }
    const order = to - from - (end - start) ||
      compareRanges(set.block, from, to, block, start, end);
    if (isNegative ? order < 0 : order > 0) return at;
  }
  return set.end;
}

/** Compares byte by byte, as memcmp does; what is the beginning of the other comes first. */
function compareRanges(
  a: ByteBlock,
  at: number,
  end: number,
  b: ByteBlock,
  start: number,
  stop: number,
): number {
  const shorter = Math.min(end - at, stop - start);
  for (let i = 0; i < shorter; i++) {
    const order = a.data.getUint8(at + i) - b.data.getUint8(start + i);
    if (order !== 0) return order;
  }
  return end - at - (stop - start);
}
