import { parseInt64 } from "../../protocol/integer.ts";
import { DenseSet } from "./dense_set.ts";
import { IntegerSet } from "./integer_set.ts";
import type { Thresholds } from "./thresholds.ts";
import {
  type ReadonlyValue,
  STRING_OVERHEAD,
  type Structure,
} from "./value.ts";

/** What OBJECT ENCODING calls a set. */
export type SetEncoding = "intset" | "hashtable";

const INTEGER_BYTES = 16;

/**
 * A set of byte strings. As long as all of them are integers, and not too many,
 * they stay in the order of numbers; a set that has had another member is a
 * hashtable from then on, without any order.
 *
 * | operation | cost |
 * |---|---|
 * | `at` | O(1) |
 * | `has` | O(1), of an intset O(log n) |
 * | `add`, `delete`, `deleteAt` | O(1), of an intset O(n) |
 * | `copy` | O(n) |
 */
export class MemberSet implements Structure {
  readonly type = "set";
  accounted = 0;
  /** The members while they are integers; the set is empty when there is neither this nor a table. */
  #integers: IntegerSet | undefined = undefined;
  #table: DenseSet | undefined = undefined;
  /** Bytes of the members of the table. */
  #bytes = 0;

  constructor(encoding: SetEncoding = "intset") {
    if (encoding === "hashtable") this.#table = new DenseSet();
  }

  get length(): number {
    return this.#table?.size ?? this.#integers?.size ?? 0;
  }

  get encoding(): SetEncoding {
    return this.#table === undefined ? "intset" : "hashtable";
  }

  get memory(): number {
    const table = this.#table;
    return table === undefined
      ? this.length * INTEGER_BYTES + STRING_OVERHEAD
      : this.#bytes + table.size * STRING_OVERHEAD + table.overhead;
  }

  has(member: string): boolean {
    return this.#find(member) >= 0;
  }

  /** Returns the member with this number, from 0 up to the length. */
  at(number: number): string {
    return this.#table?.at(number) ?? String(this.#integers!.at(number));
  }

  /** Adds a member; returns whether it is new. */
  add(member: string, { setIntegers }: Thresholds): boolean {
    if (this.#table === undefined) {
      const integer = parseInt64(member);
      if (integer !== undefined) {
        const integers = this.#integers ??= new IntegerSet();
        const added = integers.add(integer);
        if (added && integers.size > setIntegers) this.#becomeTable();
        return added;
      }
    }
    const table = this.#table ?? this.#becomeTable();
    if (table.find(member) >= 0) return false;
    this.append(member);
    return true;
  }

  /** Adds a member that is not there to what is no intset. */
  append(member: string): void {
    this.#bytes += member.length;
    this.#table!.add(member);
  }

  /** Deletes a member; returns whether it was there. */
  delete(member: string): boolean {
    const number = this.#find(member);
    if (number < 0) return false;
    this.deleteAt(number);
    return true;
  }

  /** Deletes the member with this number; others get other numbers. */
  deleteAt(number: number): void {
    const table = this.#table;
    if (table === undefined) return this.#integers!.delete(number);
    this.#bytes -= table.at(number).length;
    table.delete(number);
  }

  /** Whether a scan of it comes in steps. */
  get isScannedInSteps(): boolean {
    return this.#table !== undefined;
  }

  /** Tells that scans of it may be under way, as is not known of one that was packed. */
  assumeCursors(): void {
    if (this.#table !== undefined) this.#table.hasCursors = true;
  }

  /** Has the scans that are under way of the value before it miss nothing that both have. */
  takeCursors(earlier: ReadonlyValue): void {
    if (!(earlier instanceof MemberSet) || earlier.#table === undefined) return;
    this.#table?.takeCursors(earlier.#table);
  }

  /** Visits up to `count` members from `cursor` on, of an intset all; returns the cursor to go on from, 0 at the end. */
  scan(
    cursor: number,
    count: number,
    visit: (member: string) => void,
  ): number {
    const table = this.#table;
    if (table !== undefined) {
      return table.scan(cursor, count, (number) => visit(table.at(number)));
    }
    for (const member of this) visit(member);
    return 0;
  }

  *[Symbol.iterator](): Generator<string> {
    for (let i = 0; i < this.length; i++) yield this.at(i);
  }

  copy(): MemberSet {
    const copy = new MemberSet();
    copy.#integers = this.#integers?.copy();
    copy.#table = this.#table?.copy();
    copy.#bytes = this.#bytes;
    return copy;
  }

  #find(member: string): number {
    if (this.#table !== undefined) return this.#table.find(member);
    const integer = parseInt64(member);
    return integer === undefined ? -1 : this.#integers?.find(integer) ?? -1;
  }

  #becomeTable(): DenseSet {
    const table = new DenseSet();
    for (const member of this) {
      this.#bytes += member.length;
      table.add(member);
    }
    this.#table = table;
    this.#integers = undefined;
    return table;
  }
}
