import { DenseSet } from "./dense_set.ts";
import { PagedArray } from "./paged_array.ts";

/**
 * A map from byte strings to values that numbers its entries as `DenseSet`
 * numbers its members, and moves them as it does.
 *
 * | operation | cost |
 * |---|---|
 * | `find`, `add`, `delete` | O(1) |
 * | `key`, `value` | O(1) |
 * | `deleteInOrder` | O(entries after it) |
 * | `takeCursors`, `copy` | as of a `DenseSet` |
 */
export class DenseMap<V> {
  #keys = new DenseSet();
  #values = new PagedArray<V>();

  get size(): number {
    return this.#values.length;
  }

  /** Returns the number of the entry of `key`, or -1. */
  find(key: string): number {
    return this.#keys.find(key);
  }

  key(number: number): string {
    return this.#keys.at(number);
  }

  value(number: number): V {
    return this.#values.at(number);
  }

  setValue(number: number, value: V): void {
    this.#values.set(number, value);
  }

  /** Adds an entry for a key that has none. */
  add(key: string, value: V): void {
    this.#keys.add(key);
    this.#values.push(value);
  }

  /** Deletes the entry with this number, which the last one then takes. */
  delete(number: number): void {
    this.#keys.delete(number);
    const last = this.#values.pop();
    if (number < this.#values.length) this.#values.set(number, last);
  }

  /** Deletes the entry with this number; all others keep their order. */
  deleteInOrder(number: number): void {
    this.#keys.deleteInOrder(number);
    this.#values.removeInOrder(number);
  }

  /** Tells that there may be cursors of scans under way. */
  assumeCursors(): void {
    this.#keys.hasCursors = true;
  }

  /** Takes over the cursors of scans of another map, as a `DenseSet` does. */
  takeCursors(earlier: DenseMap<V>): void {
    this.#keys.takeCursors(earlier.#keys, (number, other) => {
      const value = this.#values.at(number);
      this.#values.set(number, this.#values.at(other));
      this.#values.set(other, value);
    });
  }

  /** Visits up to `count` entries from `cursor` on (0 to begin); returns the cursor to go on from, 0 at the end. */
  scan(
    cursor: number,
    count: number,
    visit: (key: string, value: V) => void,
  ): number {
    return this.#keys.scan(
      cursor,
      count,
      (number) => visit(this.#keys.at(number), this.#values.at(number)),
    );
  }

  /** Returns a map of the same entries under the same numbers. */
  copy(): DenseMap<V> {
    const copy = new DenseMap<V>();
    copy.#keys = this.#keys.copy();
    copy.#values = this.#values.copy();
    return copy;
  }

  /** Estimate of the memory held beyond keys and values, in bytes. */
  get overhead(): number {
    return this.#keys.overhead + this.#values.length * 8 + 32;
  }
}
