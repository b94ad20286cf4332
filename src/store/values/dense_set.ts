import { PagedArray } from "./paged_array.ts";

/** Up to this many members looking through an array is as fast as a map, and takes a third of the memory. */
const LINEAR_SIZE = 12;

/** Members that one map keeps. */
const LARGEST_MAP = 2 ** 24 - 1;

/**
 * A set of byte strings that also numbers its members from 0 on without gaps. A
 * member that is deleted leaves a hole, into which the last one moves: so
 * members only ever move to lower numbers, and a scan from the top down meets
 * everything that was there all along, with a plain number as cursor. A few
 * members need no hash table.
 *
 * | operation | cost |
 * |---|---|
 * | `find`, `add`, `delete` | O(1) |
 * | `at` | O(1) |
 * | `deleteInOrder` | O(members after it) |
 * | `copy` | that of a `PagedArray`; the first `find` or `add` then O(n) |
 */
export class DenseSet {
  #members = new PagedArray<string>();
  /** Absent of few members, and of a copy until it is searched: most are only read from end to end. */
  #numbers: Map<string, number> | undefined = undefined;
  /** Full maps: V8 keeps no more than 2^24 entries in one. A member is in one of them, or in `#numbers`. */
  #full: Map<string, number>[] | undefined = undefined;
  readonly #mapSize: number;

  /** Keeps up to `mapSize` members in a map. */
  constructor(mapSize = LARGEST_MAP) {
    this.#mapSize = mapSize;
  }

  get size(): number {
    return this.#members.length;
  }

  /** Returns the number of `member`, or -1. */
  find(member: string): number {
    if (this.#numbers === undefined) {
      if (this.#members.length <= LINEAR_SIZE) {
        return this.#members.indexOf(member);
      }
      this.#index();
    }
    return this.#numbers!.get(member) ??
      (this.#full === undefined ? -1 : this.#findInFull(member));
  }

  /** Returns the member with this number. */
  at(number: number): string {
    return this.#members.at(number);
  }

  /** Adds a member that is not there; its number is the highest. */
  add(member: string): void {
    if (this.#numbers?.size === this.#mapSize) {
      (this.#full ??= []).push(this.#numbers);
      this.#numbers = new Map();
    }
    this.#numbers?.set(member, this.#members.length);
    this.#members.push(member);
    if (this.#members.length > LINEAR_SIZE) this.#index();
  }

  /** Deletes the member with this number, which the last one then takes. */
  delete(number: number): void {
    const last = this.#members.pop();
    if (number === this.#members.length) {
      this.#mapOf(last)?.delete(last);
      return;
    }
    const deleted = this.#members.at(number);
    this.#mapOf(deleted)?.delete(deleted);
    this.#members.set(number, last);
    this.#mapOf(last)?.set(last, number);
  }

  /** Deletes the member with this number; those after it move down by one, so that all keep their order. */
  deleteInOrder(number: number): void {
    const member = this.#members.at(number);
    this.#members.removeInOrder(number);
    if (this.#numbers === undefined) return;
    this.#mapOf(member)?.delete(member);
    for (let i = number; i < this.#members.length; i++) {
      const moved = this.#members.at(i);
      this.#mapOf(moved)?.set(moved, i);
    }
  }

  /** Visits the numbers of up to `count` members from `cursor` on (0 to begin); returns the cursor to go on from, 0 at the end. */
  scan(
    cursor: number,
    count: number,
    visit: (number: number) => void,
  ): number {
    const { size } = this;
    let number = cursor === 0 ? size : Math.min(cursor, size);
    for (let left = count; left > 0 && number > 0; left--) visit(--number);
    return number;
  }

  /** Estimate of the memory held beyond the members themselves, in bytes. */
  get overhead(): number {
    const { length } = this.#members;
    const isLinear = this.#numbers === undefined && length <= LINEAR_SIZE;
    return length * (isLinear ? 8 : 48) + 96;
  }

  /** Returns a set of the same members under the same numbers. */
  copy(): DenseSet {
    const copy = new DenseSet(this.#mapSize);
    copy.#members = this.#members.copy();
    return copy;
  }

  /** Returns the map that a member is in, if members are in maps. */
  #mapOf(member: string): Map<string, number> | undefined {
    return this.#full?.find((map) => map.has(member)) ?? this.#numbers;
  }

  #findInFull(member: string): number {
    for (const map of this.#full ?? []) {
      const number = map.get(member);
      if (number !== undefined) return number;
    }
    return -1;
  }

  #index(): void {
    if (this.#numbers !== undefined) return;
    let numbers = new Map<string, number>();
    for (let i = 0; i < this.#members.length; i++) {
      if (numbers.size === this.#mapSize) {
        (this.#full ??= []).push(numbers);
        numbers = new Map();
      }
      numbers.set(this.#members.at(i), i);
    }
    this.#numbers = numbers;
  }
}
