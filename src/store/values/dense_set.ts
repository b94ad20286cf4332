import { hashString } from "../../protocol/byte_block.ts";
import { KeyIndex } from "../key_index.ts";
import { randomSeed } from "../random.ts";
import { PagedArray } from "./paged_array.ts";

/** Up to this many members looking through an array is as fast as a map, and takes a third of the memory. */
const LINEAR_SIZE = 12;

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
 * | `takeCursors` | O(1) if there are none, else O(m log m), m being the size of the smaller set |
 * | `copy` | that of a `PagedArray`; the first `find` then O(n) |
 */
export class DenseSet {
  #members = new PagedArray<string>();
  /** Absent of few members, and of others until they are searched: copies and what was packed are mostly read from end to end. */
  #index: MemberIndex | undefined = undefined;
  /** Whether there may be cursors of scans under way. */
  hasCursors = false;

  get size(): number {
    return this.#members.length;
  }

  /** Returns the number of `member`, or -1. */
  find(member: string): number {
    const members = this.#members;
    if (this.#index === undefined && members.length <= LINEAR_SIZE) {
      return members.indexOf(member);
    }
    const { slots, seed } = this.#indexed();
    const hash = hashString(member, seed);
    let number = slots.candidate(hash);
    while (number >= 0 && members.at(number) !== member) {
      number = slots.candidateAfter(hash, number);
    }
    return number;
  }

  /** Returns the member with this number. */
  at(number: number): string {
    return this.#members.at(number);
  }

  /** Adds a member that is not there; its number is the highest. */
  add(member: string): void {
    const number = this.#members.length;
    this.#members.push(member);
    if (this.#index !== undefined) this.#note(member, number);
  }

  /** Deletes the member with this number, which the last one then takes. */
  delete(number: number): void {
    const end = this.#members.length - 1;
    if (this.#index !== undefined) {
      const { slots, seed } = this.#index;
      slots.remove(hashString(this.#members.at(number), seed), number);
      if (number !== end) {
        slots.move(hashString(this.#members.at(end), seed), end, number);
      }
    }
    const last = this.#members.pop();
    if (number !== end) this.#members.set(number, last);
  }

  /** Deletes the member with this number; those after it move down by one, so that all keep their order. */
  deleteInOrder(number: number): void {
    const member = this.#members.at(number);
    this.#members.removeInOrder(number);
    if (this.#index === undefined) return;
    const { slots, seed } = this.#index;
    slots.remove(hashString(member, seed), number);
    for (let i = number; i < this.#members.length; i++) {
      slots.move(hashString(this.#members.at(i), seed), i + 1, i);
    }
  }

  /**
   * Takes over the cursors of scans of another set: the members that this has too get the
   * lowest numbers, in the order they have there. Tells which two change places.
   */
  takeCursors(
    earlier: DenseSet,
    exchanged?: (number: number, other: number) => void,
  ): void {
    if (!earlier.hasCursors) return;
    this.hasCursors = true;
    let next = 0;
    for (const member of this.#sharedWith(earlier)) {
      const number = this.find(member);
      if (number !== next) {
        this.#exchange(number, next);
        exchanged?.(number, next);
      }
      next++;
    }
  }

  /** Returns the members that `earlier` has too, in the order they have there. */
  #sharedWith(earlier: DenseSet): readonly string[] {
    const shared: string[] = [];
    if (earlier.size <= this.size) {
      for (let i = 0; i < earlier.size; i++) {
        const member = earlier.at(i);
        if (this.find(member) >= 0) shared.push(member);
      }
      return shared;
    }
    const numbers: number[] = [];
    for (let i = 0; i < this.size; i++) {
      const number = earlier.find(this.at(i));
      if (number >= 0) numbers.push(number);
    }
    return numbers.sort((a, b) => a - b).map((number) => earlier.at(number));
  }

  #exchange(number: number, other: number): void {
    const members = this.#members;
    const member = members.at(number);
    members.set(number, members.at(other));
    members.set(other, member);
    if (this.#index === undefined) return;
    const { slots, seed } = this.#index;
    const hash = hashString(member, seed);
    // Not twice the same number, should their hashes be alike.
    slots.move(hash, number, members.length);
    slots.move(hashString(members.at(number), seed), other, number);
    slots.move(hash, members.length, other);
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
    if (number > 0) this.hasCursors = true;
    return number;
  }

  /** Estimate of the memory held beyond the members themselves, in bytes. */
  get overhead(): number {
    const { length } = this.#members;
    const isLinear = this.#index === undefined && length <= LINEAR_SIZE;
    return length * (isLinear ? 8 : 22) + 96;
  }

  /** Returns a set of the same members under the same numbers. */
  copy(): DenseSet {
    const copy = new DenseSet();
    copy.#members = this.#members.copy();
    copy.hasCursors = this.hasCursors;
    return copy;
  }

  #indexed(): MemberIndex {
    if (this.#index !== undefined) return this.#index;
    this.#index = { slots: new KeyIndex(), seed: randomSeed() };
    for (let i = 0; i < this.#members.length; i++) {
      this.#note(this.#members.at(i), i);
    }
    return this.#index;
  }

  /** Has a member found under this number from now on. */
  #note(member: string, number: number): void {
    const { slots, seed } = this.#index!;
    slots.add(hashString(member, seed), number);
  }
}

/** Finds members by their hashes; who does not know the seed cannot make many that are alike. */
interface MemberIndex {
  readonly slots: KeyIndex;
  readonly seed: number;
}
