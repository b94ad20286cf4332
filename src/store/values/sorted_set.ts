import { MOST_PACKED } from "../packed.ts";
import { DenseMap } from "./dense_map.ts";
import { ScoreOrder, type VisitEntry } from "./score_order.ts";
import type { Thresholds } from "./thresholds.ts";
import {
  type ReadonlyValue,
  STRING_OVERHEAD,
  type Structure,
} from "./value.ts";

/** What OBJECT ENCODING calls a sorted set. */
export type SortedSetEncoding = "listpack" | "skiplist";

/** An entry of a sorted set. */
export type ScoredMember = readonly [member: string, score: number];

/**
 * Members with scores, in the order of their scores, then of their bytes. One
 * that has grown beyond the thresholds of a listpack is a skiplist from then on.
 *
 * | operation | cost |
 * |---|---|
 * | `score`, `numberedMember`, `numberedScore` | O(1) |
 * | `rank`, `at`, `partition` | O(log n) |
 * | `add`, `delete` | O(log n) |
 * | `visit`, `visitBack`, of m entries | O(log n + m) |
 * | `deleteRange`, of m entries | O(m log n) |
 * | `copy` | O(n) |
 */
export class SortedSet implements Structure {
  readonly type = "zset";
  accounted = 0;
  #scores = new DenseMap<number>();
  #order = new ScoreOrder();
  #encoding: SortedSetEncoding;
  #bytes = 0;

  constructor(encoding: SortedSetEncoding = "listpack") {
    this.#encoding = encoding;
  }

  /** Returns a sorted set of entries, of which the last of a member counts: a listpack if it stays one to the end. */
  static from(
    entries: readonly ScoredMember[],
    thresholds: Thresholds,
  ): SortedSet {
    const { sortedSetBytes, sortedSetEntries } = thresholds;
    const isCompact = entries.length <= sortedSetEntries &&
      entries.every(([member]) => member.length <= sortedSetBytes);
    const set = new SortedSet(isCompact ? "listpack" : "skiplist");
    for (const [member, score] of entries) set.add(member, score, thresholds);
    return set;
  }

  get length(): number {
    return this.#scores.size;
  }

  get encoding(): SortedSetEncoding {
    return this.#encoding;
  }

  get memory(): number {
    return this.#bytes + this.length * STRING_OVERHEAD +
      this.#scores.overhead + this.#order.memory;
  }

  /** Returns the score of a member, `undefined` when it is not there. */
  score(member: string): number | undefined {
    const number = this.#scores.find(member);
    return number < 0 ? undefined : this.#scores.value(number);
  }

  /** Returns how many members are before this one, or -1 when it is not there. */
  rank(member: string): number {
    const number = this.#scores.find(member);
    return number < 0
      ? -1
      : this.#order.rank(this.#scores.value(number), member);
  }

  /** Returns the member with this rank, from 0 up to the length. */
  at(rank: number): string {
    return this.#order.memberAt(rank);
  }

  /** Returns how many members lie before a place; `isBefore` must hold for all of them and for none after. */
  partition(isBefore: (score: number, member: string) => boolean): number {
    return this.#order.partition(isBefore);
  }

  /** Returns a member by a number from 0 up to the length, which says nothing of its rank. */
  numberedMember(number: number): string {
    return this.#scores.key(number);
  }

  /** Returns the score of the member with this number. */
  numberedScore(number: number): number {
    return this.#scores.value(number);
  }

  /** Visits `count` entries from `rank` upwards; they must be there. */
  visit(rank: number, count: number, visit: VisitEntry): void {
    this.#order.visit(rank, count, visit);
  }

  /** Visits `count` entries from `rank` downwards; they must be there. */
  visitBack(rank: number, count: number, visit: VisitEntry): void {
    this.#order.visitBack(rank, count, visit);
  }

  /** Adds a member, or gives it another score; returns what that did. */
  add(
    member: string,
    score: number,
    { sortedSetBytes, sortedSetEntries }: Thresholds,
  ): "added" | "updated" | "unchanged" {
    const number = this.#scores.find(member);
    if (number < 0 && this.#encoding === "listpack") {
      if (this.length >= sortedSetEntries || member.length > sortedSetBytes) {
        this.#encoding = "skiplist";
      }
    }
    // A listpack has integers, and so no negative zero.
    if (score === 0 && this.#encoding === "listpack") score = 0;
    if (number < 0) {
      this.append(member, score);
      return "added";
    }
    const previous = this.#scores.value(number);
    if (score === previous) return "unchanged";
    this.#scores.setValue(number, score);
    this.#order.rescore(previous, score, member);
    return "updated";
  }

  /** Adds a member that is not there; what the sorted set is called stays. */
  append(member: string, score: number): void {
    this.#scores.add(member, score);
    this.#order.insert(score, member);
    this.#bytes += member.length;
  }

  /** Gives up the compact form, as SORT does. */
  becomeSkiplist(): void {
    this.#encoding = "skiplist";
  }

  /** Deletes a member; returns whether it was there. */
  delete(member: string): boolean {
    const number = this.#scores.find(member);
    if (number < 0) return false;
    this.#order.remove(this.#scores.value(number), member);
    this.#scores.delete(number);
    this.#bytes -= member.length;
    return true;
  }

  /** Deletes `count` entries from `rank` upwards; they must be there. */
  deleteRange(rank: number, count: number): void {
    for (let left = count; left > 0; left--) {
      this.delete(this.#order.memberAt(rank));
    }
  }

  /** Whether a scan of it comes in steps, or could if it is a listpack no longer. */
  get isScannedInSteps(): boolean {
    return this.length > MOST_PACKED;
  }

  /** Tells that scans of it may be under way, as is not known of one that was packed. */
  assumeCursors(): void {
    this.#scores.assumeCursors();
  }

  /** Has the scans that are under way of the value before it miss nothing that both have. */
  takeCursors(earlier: ReadonlyValue): void {
    if (earlier instanceof SortedSet) this.#scores.takeCursors(earlier.#scores);
  }

  /**
   * Visits up to `count` entries from `cursor` on, of a listpack all; returns the cursor to go on from, 0 at the end.
   *
   * A set that has been packed has its members numbered anew, by their scores. So
   * no cursor lies among the numbers they can have: the entries there come at once.
   */
  scan(cursor: number, count: number, visit: VisitEntry): number {
    if (this.#encoding === "listpack") {
      this.#order.visit(0, this.length, visit);
      return 0;
    }
    const next = this.#scores.scan(cursor, count, visit);
    if (next === 0 || next >= MOST_PACKED) return next;
    return this.#scores.scan(next, next, visit);
  }

  /** Members and scores in their order; they may not change meanwhile. */
  [Symbol.iterator](): Iterator<ScoredMember> {
    return this.#order[Symbol.iterator]();
  }

  copy(): SortedSet {
    const copy = new SortedSet(this.#encoding);
    copy.#scores = this.#scores.copy();
    copy.#order = this.#order.copy();
    copy.#bytes = this.#bytes;
    return copy;
  }
}
