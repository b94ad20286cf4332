import { ListRing, type VisitPart } from "./list_ring.ts";
import type { Structure } from "./value.ts";

/** When one of so many elements goes, the list is made anew. */
const MANY = 32;
const OBJECT = 64;

/**
 * A list of byte strings.
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
  accounted = 0;
  #ring = new ListRing();
  #bytes = 0;

  /** Returns a list of these elements. */
  static from(elements: Iterable<string>): List {
    const list = new List();
    for (const element of elements) list.pushTail(element);
    return list;
  }

  get type(): "list" {
    return "list";
  }

  get length(): number {
    return this.#ring.length;
  }

  get memory(): number {
    return OBJECT + this.#bytes + this.#ring.memory;
  }

  /** Returns the element at `index` from the head, or `undefined` when there is none. */
  at(index: number): string | undefined {
    if (index < 0 || index >= this.length) return undefined;
    return this.#ring.at(index);
  }

  pushHead(element: string): void {
    this.#ring.pushHead(element);
    this.#bytes += element.length;
  }

  pushTail(element: string): void {
    this.#ring.pushTail(element);
    this.#bytes += element.length;
  }

  popHead(): string | undefined {
    if (this.length === 0) return undefined;
    const element = this.#ring.popHead();
    this.#bytes -= element.length;
    return element;
  }

  popTail(): string | undefined {
    if (this.length === 0) return undefined;
    const element = this.#ring.popTail();
    this.#bytes -= element.length;
    return element;
  }

  /** Replaces the element at `index`, which must exist. */
  set(index: number, element: string): void {
    this.#bytes += element.length - this.#ring.at(index).length;
    this.#ring.set(index, element);
  }

  /** Puts an element before the one at `index`, or at the tail when `index` is the length. */
  insert(index: number, element: string): void {
    this.#ring.insert(index, element);
    this.#bytes += element.length;
  }

  /** Returns the index of the next element equal to `element`, from `index` on up or down; -1 when there is none. */
  indexOf(element: string, index = 0, step: 1 | -1 = 1): number {
    return this.#ring.indexOf(element, index, step);
  }

  /** Visits `count` elements from `index` on; they must be there. */
  visit(index: number, count: number, visit: VisitPart): void {
    this.#ring.visit(index, count, visit);
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
    if (found.length * MANY > this.length) {
      const gone = new Set(found);
      this.#become([...this].filter((_, index) => !gone.has(index)));
    } else {
      this.#ring.remove(found, from);
      this.#bytes -= found.length * element.length;
    }
    return found.length;
  }

  *[Symbol.iterator](): Generator<string> {
    for (let i = 0; i < this.length; i++) yield this.at(i)!;
  }

  copy(): List {
    const list = new List();
    list.#ring = this.#ring.copy();
    list.#bytes = this.#bytes;
    return list;
  }

  /** Keeps `kept` elements from `start` on. */
  #keep(start: number, kept: number): void {
    const elements: string[] = [];
    for (let i = 0; i < kept; i++) elements.push(this.at(start + i)!);
    this.#become(elements);
  }

  /** Makes it a list of these elements, which may be views. */
  #become(elements: readonly string[]): void {
    this.#bytes = elements.reduce((sum, { length }) => sum + length, 0);
    this.#ring = ListRing.from(elements);
  }
}
