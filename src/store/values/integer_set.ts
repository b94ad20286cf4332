import { withElement } from "./compact_array.ts";
import type { Int64 } from "../../protocol/integer.ts";

/**
 * A set of 64-bit integers in their order.
 *
 * | operation | cost |
 * |---|---|
 * | `find` | O(log n) |
 * | `at` | O(1) |
 * | `add`, `delete` | O(integers after it) |
 */
export class IntegerSet {
  #integers: Int64[];

  constructor(integers: Int64[] = []) {
    this.#integers = integers;
  }

  get size(): number {
    return this.#integers.length;
  }

  /** Returns the number of `integer` in the order, or -1. */
  find(integer: Int64): number {
    const number = this.#firstFrom(integer);
    return this.#integers[number] === integer ? number : -1;
  }

  /** Returns the integer with this number. */
  at(number: number): Int64 {
    return this.#integers[number]!;
  }

  /** Adds an integer; returns whether it is new. */
  add(integer: Int64): boolean {
    const number = this.#firstFrom(integer);
    if (this.#integers[number] === integer) return false;
    if (number === this.size) {
      this.#integers = withElement(this.#integers, integer);
    } else this.#integers.splice(number, 0, integer);
    return true;
  }

  /** Deletes the integer with this number. */
  delete(number: number): void {
    this.#integers.splice(number, 1);
  }

  copy(): IntegerSet {
    return new IntegerSet([...this.#integers]);
  }

  /** Returns the number of the first one that is not less than `integer`. */
  #firstFrom(integer: Int64): number {
    let low = 0, high = this.#integers.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#integers[middle]! < integer) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
