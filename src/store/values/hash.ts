import { DenseMap } from "./dense_map.ts";
import type { Thresholds } from "./thresholds.ts";
import { STRING_OVERHEAD, type Structure } from "./value.ts";

/** What OBJECT ENCODING calls a hash. */
export type HashEncoding = "listpack" | "hashtable";

/**
 * A hash: fields with values, all byte strings. A listpack keeps its fields in
 * the order in which they came; one that has grown beyond the thresholds is a
 * hashtable from then on, without any order.
 *
 * | operation | cost |
 * |---|---|
 * | `get`, `has`, `set` | O(1) |
 * | `fieldAt`, `valueAt` | O(1) |
 * | `delete` | O(1), of a listpack O(n) |
 * | `copy` | O(n) |
 */
export class Hash implements Structure {
  readonly type = "hash";
  accounted = 0;
  #fields = new DenseMap<string>();
  #encoding: HashEncoding;
  #bytes = 0;

  constructor(encoding: HashEncoding = "listpack") {
    this.#encoding = encoding;
  }

  get length(): number {
    return this.#fields.size;
  }

  get encoding(): HashEncoding {
    return this.#encoding;
  }

  get memory(): number {
    return this.#bytes + this.length * 2 * STRING_OVERHEAD +
      this.#fields.overhead;
  }

  get(field: string): string | undefined {
    const number = this.#fields.find(field);
    return number < 0 ? undefined : this.#fields.value(number);
  }

  has(field: string): boolean {
    return this.#fields.find(field) >= 0;
  }

  /** Returns the field with this number, from 0 up to the length. */
  fieldAt(number: number): string {
    return this.#fields.key(number);
  }

  /** Returns the value of the field with this number. */
  valueAt(number: number): string {
    return this.#fields.value(number);
  }

  /** Sets a field; returns whether it is new. */
  set(
    field: string,
    value: string,
    { hashBytes, hashEntries }: Thresholds,
  ): boolean {
    const number = this.#fields.find(field);
    if (number >= 0) {
      this.#bytes += value.length - this.#fields.value(number).length;
      this.#fields.setValue(number, value);
    } else {
      this.append(field, value);
    }
    if (
      this.length > hashEntries || field.length > hashBytes ||
      value.length > hashBytes
    ) this.#encoding = "hashtable";
    return number < 0;
  }

  /** Adds a field that is not there; what the hash is called stays. */
  append(field: string, value: string): void {
    this.#bytes += field.length + value.length;
    this.#fields.add(field, value);
  }

  /** Deletes a field; returns whether it was there. */
  delete(field: string): boolean {
    const number = this.#fields.find(field);
    if (number < 0) return false;
    this.#bytes -= field.length + this.#fields.value(number).length;
    if (this.#encoding === "listpack") this.#fields.deleteInOrder(number);
    else this.#fields.delete(number);
    return true;
  }

  /** Visits up to `count` fields from `cursor` on, of a listpack all; returns the cursor to go on from, 0 at the end. */
  scan(
    cursor: number,
    count: number,
    visit: (field: string, value: string) => void,
  ): number {
    if (this.#encoding === "hashtable") {
      return this.#fields.scan(cursor, count, visit);
    }
    for (let i = 0; i < this.length; i++) {
      visit(this.fieldAt(i), this.valueAt(i));
    }
    return 0;
  }

  *[Symbol.iterator](): Generator<readonly [field: string, value: string]> {
    for (let i = 0; i < this.length; i++) {
      yield [this.fieldAt(i), this.valueAt(i)];
    }
  }

  copy(): Hash {
    const copy = new Hash(this.#encoding);
    copy.#fields = this.#fields.copy();
    copy.#bytes = this.#bytes;
    return copy;
  }
}
