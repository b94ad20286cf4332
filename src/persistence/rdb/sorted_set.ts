import { formatDouble, parseNearestDouble } from "../../protocol/double.ts";
import type { Int64 } from "../../protocol/integer.ts";
import { type ScoredMember, SortedSet } from "../../store/values/sorted_set.ts";
import type { Thresholds } from "../../store/values/thresholds.ts";
import type { ReadonlySortedSet } from "../../store/values/value.ts";
import {
  elementCount,
  pairs,
  type RdbDecoder,
  type RdbEncoder,
} from "./codec.ts";
import { ValueTypes } from "./format.ts";
import { ListpackReader } from "./listpack_reader.ts";
import { ListpackWriter } from "./listpack_writer.ts";
import { RdbError } from "./rdb_error.ts";
import type { RdbReader } from "./reader.ts";
import { ziplistElements } from "./ziplist.ts";

/** Scores that are integers up to here are written as such. */
const LARGEST_INTEGER = 2 ** 62;
/** Entries visited at once; they are written in between. */
const SLICE = 512;
/** What stands instead of the length of a score that is text. */
const NAN = 253, INFINITE = 254, MINUS_INFINITE = 255;

/** Sorted sets: a listpack of members and scores by turns, or entry by entry from the highest score down. */
export const sortedSetEncoder: RdbEncoder<ReadonlySortedSet> = {
  layout: (set) =>
    set.encoding === "listpack"
      ? ValueTypes.sortedSetListpack
      : ValueTypes.sortedSet2,

  *write(writer, set) {
    if (set.encoding === "listpack") {
      const listpack = new ListpackWriter();
      for (const [member, score] of set) {
        listpack.append(member);
        if (Number.isInteger(score) && Math.abs(score) <= LARGEST_INTEGER) {
          listpack.integer(
            Number.isSafeInteger(score) ? score : BigInt(score),
          );
        } else listpack.append(formatDouble(score));
      }
      return writer.blob(listpack.finish());
    }
    writer.size(set.length);
    for (let rank = set.length - 1; rank >= 0; rank -= SLICE) {
      set.visitBack(rank, Math.min(SLICE, rank + 1), (member, score) => {
        writer.string(member);
        writer.double(score);
      });
      if (rank >= SLICE) yield;
    }
  },
};

/** Reads a sorted set whose scores are text. */
export const readSortedSet: RdbDecoder<SortedSet> = (reader, thresholds) =>
  readEntries(reader, thresholds, scoreAsText);

/** Reads a sorted set whose scores are doubles. */
export const readSortedSet2: RdbDecoder<SortedSet> = (reader, thresholds) =>
  readEntries(reader, thresholds, () => reader.double());

/** Reads a sorted set that is a ziplist. */
export const readSortedSetZiplist: RdbDecoder<SortedSet> = (
  reader,
  thresholds,
) => fromPairs(ziplistElements(reader.blob()), thresholds);

/** Reads a sorted set that is a listpack. */
export const readSortedSetListpack: RdbDecoder<SortedSet> = (
  reader,
  thresholds,
) => {
  const elements: (Int64 | string)[] = [];
  const listpack = new ListpackReader(reader.blob());
  while (!listpack.done) elements.push(listpack.next());
  return fromPairs(elements, thresholds);
};

function readEntries(
  reader: RdbReader,
  thresholds: Thresholds,
  readScore: (reader: RdbReader) => number,
): SortedSet | undefined {
  const entries: ScoredMember[] = [];
  for (let left = elementCount(reader); left > 0; left--) {
    const member = reader.string();
    entries.push([member, checked(readScore(reader))]);
  }
  return sortedSetOf(entries, thresholds);
}

function fromPairs(
  elements: readonly (Int64 | string)[],
  thresholds: Thresholds,
): SortedSet | undefined {
  const entries: ScoredMember[] = [];
  for (const [member, score] of pairs(elements)) {
    const n = typeof score === "string"
      ? parseNearestDouble(score)
      : Number(score);
    entries.push([String(member), checked(n)]);
  }
  // What was compact when it was written stays so, however long its members.
  return sortedSetOf(entries, { ...thresholds, sortedSetBytes: Infinity });
}

function sortedSetOf(
  entries: readonly ScoredMember[],
  thresholds: Thresholds,
): SortedSet | undefined {
  if (entries.length === 0) return undefined;
  const set = SortedSet.from(entries, thresholds);
  if (set.length < entries.length) {
    throw new RdbError("a sorted set with the same member twice");
  }
  return set;
}

function scoreAsText(reader: RdbReader): number {
  const length = reader.byte();
  if (length === NAN) return NaN;
  if (length === INFINITE) return Infinity;
  if (length === MINUS_INFINITE) return -Infinity;
  return parseNearestDouble(reader.raw(length).latin1Slice()) ?? NaN;
}

function checked(score: number | undefined): number {
  if (score === undefined || Number.isNaN(score)) {
    throw new RdbError("a score that is no number");
  }
  return score;
}
