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
 * | `copy` | that of a `PagedArray`; the first `find` or `add` then O(n) |
 */
export class DenseSet {
  #members = new PagedArray<string>();
  /** Absent of few members, and of a copy until it is searched: most are only read from end to end. */
  #index: MemberIndex | undefined = undefined;

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
    else if (number >= LINEAR_SIZE) this.#indexed();
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
    const isLinear = this.#index === undefined && length <= LINEAR_SIZE;
    return length * (isLinear ? 8 : 22) + 96;
  }

  /** Returns a set of the same members under the same numbers. */
  copy(): DenseSet {
    const copy = new DenseSet();
    copy.#members = this.#members.copy();
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
