import { ownString } from "../../protocol/byte_string.ts";
import { ListRing, type VisitPart } from "./list_ring.ts";
import { LONGEST_PACKED } from "./packed_strings.ts";
import {
  firstOfRow,
  indexInRow,
  rowAt,
  rowOf,
  rowWith,
  rowWithFirst,
  rowWithLast,
  rowWithoutFirst,
  startInRow,
} from "./string_row.ts";
import type { Structure } from "./value.ts";

/** A list of up to this many elements is a row, if all of them are short. */
const LONGEST_ROW = 16;
/** A ring becomes a row when no more than this is left. */
const ROW_AGAIN = 12;
/** When one of so many elements goes, the list is made anew. */
const MANY = 32;
const OBJECT = 64;

/**
 * A list of byte strings. A single element is kept as it is, a few in one string,
 * and more in a ring of blocks.
 *
 * What is read or taken may be a view of a block, to be used at once: who keeps
 * it makes it an `ownString()`.
 *
 * | operation | cost |
 * |---|---|
 * | `pushHead`, `pushTail`, `popHead`, `popTail` | O(1), amortised |
 * | `at`, `set` | O(1) |
 * | `insert` | O(distance to the nearer end) |
 * | `trim` | O(elements kept or elements removed, whichever are fewer) |
 * | `indexOf`, `removeMatching` | O(elements looked at) |
 * | `copy` | O(n) |
 */
export class List implements Structure {
  length = 0;
  accounted = 0;
  #bytes = 0;
  /** The single element, a row of several, or a ring. */
  #content: string | ListRing = "";

  /** Returns a list of these elements. */
  static from(elements: Iterable<string>): List {
    const list = new List();
    for (const element of elements) list.pushTail(element);
    return list;
  }

  get type(): "list" {
    return "list";
  }

  get memory(): number {
    const content = this.#content;
    return OBJECT + this.#bytes +
      (typeof content === "string" ? this.length : content.memory);
  }

  /** Returns the element at `index` from the head, or `undefined` when there is none. */
  at(index: number): string | undefined {
    if (index < 0 || index >= this.length) return undefined;
    const content = this.#content;
    if (typeof content !== "string") return content.at(index);
    return this.length === 1 ? content : rowAt(content, index);
  }

  pushHead(element: string): void {
    const content = this.#content;
    if (typeof content !== "string") content.pushHead(element);
    else if (this.length === 0) this.#content = element;
    else this.#add(content, 0, element);
    this.length++;
    this.#bytes += element.length;
  }

  pushTail(element: string): void {
    const content = this.#content;
    if (typeof content !== "string") content.pushTail(element);
    else if (this.length === 0) this.#content = element;
    else this.#add(content, this.length, element);
    this.length++;
    this.#bytes += element.length;
  }

  popHead(): string | undefined {
    if (this.length === 0) return undefined;
    const content = this.#content;
    const element = typeof content === "string"
      ? this.#remove(content, 0)
      : content.popHead();
    this.#left(element);
    return element;
  }

  popTail(): string | undefined {
    if (this.length === 0) return undefined;
    const content = this.#content;
    const element = typeof content === "string"
      ? this.#remove(content, this.length - 1)
      : content.popTail();
    this.#left(element);
    return element;
  }

  /** Replaces the element at `index`, which must exist. */
  set(index: number, element: string): void {
    const content = this.#content;
    this.#bytes += element.length - this.at(index)!.length;
    if (typeof content !== "string") content.set(index, element);
    else if (this.length === 1) this.#content = element;
    else if (element.length <= LONGEST_PACKED) {
      this.#content = rowWith(content, index, 1, element);
    } else this.#becomeRing("tail").set(index, element);
  }

  /** Puts an element before the one at `index`, or at the tail when `index` is the length. */
  insert(index: number, element: string): void {
    if (index === 0) return this.pushHead(element);
    if (index === this.length) return this.pushTail(element);
    const content = this.#content;
    this.#bytes += element.length;
    if (typeof content === "string") this.#add(content, index, element);
    else content.insert(index, element);
    this.length++;
  }

  /** Returns the index of the next element equal to `element`, from `index` on up or down; -1 when there is none. */
  indexOf(element: string, index = 0, step: 1 | -1 = 1): number {
    const content = this.#content;
    if (typeof content !== "string") {
      return content.indexOf(element, index, step);
    }
    if (index < 0 || index >= this.length) return -1;
    if (this.length === 1) return content === element ? 0 : -1;
    return indexInRow(content, element, index, step);
  }

  /** Visits `count` elements from `index` on; they must be there. */
  visit(index: number, count: number, visit: VisitPart): void {
    const content = this.#content;
    if (typeof content !== "string") {
      return content.visit(index, count, visit);
    }
    if (count === 0) return;
    if (this.length === 1) return visit(content, 0, content.length);
    let start = startInRow(content, index);
    for (let left = count; left > 0; left--) {
      const end = start + content.charCodeAt(start - 1);
      visit(content, start, end);
      start = end + 1;
    }
  }

  /** Keeps the elements from `start` to `end`, both included; both lie inside the list, or `start > end` to keep none. */
  trim(start: number, end: number): void {
    const kept = Math.max(0, end - start + 1);
    if (kept < this.length - kept) return this.#keep(start, kept);
    for (let i = this.length - 1 - end; i > 0; i--) this.popTail();
    for (let i = start; i > 0; i--) this.popHead();
  }

  /** Removes up to `limit` elements equal to `element`, from the head or from the tail on; returns how many. */
  removeMatching(
    element: string,
    limit: number,
    from: "head" | "tail",
  ): number {
    const step = from === "head" ? 1 : -1;
    const found: number[] = [];
    let index = from === "head" ? 0 : this.length - 1;
    for (; found.length < limit; index += step) {
      index = this.indexOf(element, index, step);
      if (index < 0) break;
      found.push(index);
    }
    if (found.length === 0) return 0;
    const content = this.#content;
    if (typeof content === "string" || found.length * MANY > this.length) {
      const gone = new Set(found);
      this.#become([...this].filter((_, index) => !gone.has(index)));
    } else {
      content.remove(found, from);
      this.length -= found.length;
      this.#bytes -= found.length * element.length;
    }
    return found.length;
  }

  *[Symbol.iterator](): Generator<string> {
    for (let i = 0; i < this.length; i++) yield this.at(i)!;
  }

  copy(): List {
    const list = new List();
    const content = this.#content;
    list.#content = typeof content === "string" ? content : content.copy();
    list.#bytes = this.#bytes;
    list.length = this.length;
    return list;
  }

  /** Adds an element to what is no ring yet, and not empty. */
  #add(content: string, index: number, element: string): void {
    const { length } = this;
    if (length < LONGEST_ROW && element.length <= LONGEST_PACKED) {
      const row = length === 1
        ? rowOf(index === 0 ? [element, content] : [content, element])
        : index === 0
        ? rowWithFirst(content, element)
        : index === length
        ? rowWithLast(content, element)
        : rowWith(content, index, 0, element);
      if (row !== undefined) {
        this.#content = row;
        return;
      }
    }
    const ring = this.#becomeRing(index === 0 ? "head" : "tail");
    if (index === 0) ring.pushHead(element);
    else if (index === length) ring.pushTail(element);
    else ring.insert(index, element);
  }

  /** Takes the element at an end out of what is no ring. */
  #remove(content: string, index: number): string {
    const { length } = this;
    if (length === 1) {
      this.#content = "";
      return content;
    }
    this.#content = length === 2
      ? ownString(rowAt(content, 1 - index))
      : index === 0
      ? rowWithoutFirst(content)
      : firstOfRow(content, index);
    return rowAt(content, index);
  }

  /** Counts off an element that was taken; a ring of which little is left is one no more. */
  #left(element: string): void {
    this.length--;
    this.#bytes -= element.length;
    if (this.length === ROW_AGAIN || this.length === 1) this.#becomeRow();
  }

  /** Makes a row of a ring, unless one of its elements is long. */
  #becomeRow(): void {
    if (typeof this.#content === "string") return;
    this.#content = this.length === 1
      ? ownString(this.#content.at(0))
      : rowOf([...this]) ?? this.#content;
  }

  #becomeRing(growing: "head" | "tail"): ListRing {
    return this.#content = ListRing.from([...this], growing);
  }

  /** Keeps `kept` elements from `start` on. */
  #keep(start: number, kept: number): void {
    const elements: string[] = [];
    for (let i = 0; i < kept; i++) elements.push(this.at(start + i)!);
    this.#become(elements);
  }

  /** Makes it a list of these elements, which may be views. */
  #become(elements: readonly string[]): void {
    const { length } = elements;
    this.length = length;
    this.#bytes = elements.reduce((sum, { length }) => sum + length, 0);
    const row = length > LONGEST_ROW
      ? undefined
      : length <= 1
      ? ownString(elements[0] ?? "")
      : rowOf(elements);
    this.#content = row ?? ListRing.from(elements, "tail");
  }
}
