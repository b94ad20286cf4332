import { STRING_OVERHEAD, type Structure } from "./value.ts";

const SMALLEST_RING = 8;
const POINTER = 8;

/**
 * A list of byte strings: a ring buffer.
 *
 * | operation | cost |
 * |---|---|
 * | `pushHead`, `pushTail`, `popHead`, `popTail` | O(1), amortised |
 * | `at`, `set` | O(1) |
 * | `insert`, `removeMatching`, `indexOf` | O(n) |
 * | `trim` | O(elements removed) |
 */
export class List implements Structure {
  readonly type = "list";
  length = 0;
  accounted = 0;
  #ring: (string | undefined)[] = new Array(SMALLEST_RING).fill(undefined);
  #head = 0;
  #bytes = 0;

  /** Returns a list of these elements. */
  static from(elements: Iterable<string>): List {
    const list = new List();
    for (const element of elements) list.pushTail(element);
    return list;
  }

  get memory(): number {
    return this.#bytes + this.length * STRING_OVERHEAD +
      this.#ring.length * POINTER + 64;
  }

  /** Returns the element at `index` from the head, or `undefined` when there is none. */
  at(index: number): string | undefined {
    if (index < 0 || index >= this.length) return undefined;
    return this.#ring[(this.#head + index) & (this.#ring.length - 1)];
  }

  pushHead(element: string): void {
    if (this.length === this.#ring.length) this.#resize(this.length * 2);
    this.#head = (this.#head - 1) & (this.#ring.length - 1);
    this.#ring[this.#head] = element;
    this.length++;
    this.#bytes += element.length;
  }

  pushTail(element: string): void {
    if (this.length === this.#ring.length) this.#resize(this.length * 2);
    this.#ring[(this.#head + this.length) & (this.#ring.length - 1)] = element;
    this.length++;
    this.#bytes += element.length;
  }

  popHead(): string | undefined {
    if (this.length === 0) return undefined;
    const element = this.#ring[this.#head]!;
    this.#ring[this.#head] = undefined;
    this.#head = (this.#head + 1) & (this.#ring.length - 1);
    this.#left(element);
    return element;
  }

  popTail(): string | undefined {
    if (this.length === 0) return undefined;
    const at = (this.#head + this.length - 1) & (this.#ring.length - 1);
    const element = this.#ring[at]!;
    this.#ring[at] = undefined;
    this.#left(element);
    return element;
  }

  /** Replaces the element at `index`, which must exist. */
  set(index: number, element: string): void {
    const at = (this.#head + index) & (this.#ring.length - 1);
    this.#bytes += element.length - this.#ring[at]!.length;
    this.#ring[at] = element;
  }

  /** Puts an element before the one at `index`, or at the tail when `index` is the length. */
  insert(index: number, element: string): void {
    const mask = () => this.#ring.length - 1;
    if (index < this.length / 2) {
      this.pushHead(element);
      for (let i = 0; i < index; i++) {
        this.#ring[(this.#head + i) & mask()] =
          this.#ring[(this.#head + i + 1) & mask()];
      }
    } else {
      this.pushTail(element);
      for (let i = this.length - 1; i > index; i--) {
        this.#ring[(this.#head + i) & mask()] =
          this.#ring[(this.#head + i - 1) & mask()];
      }
    }
    this.#ring[(this.#head + index) & mask()] = element;
  }

  /** Keeps the elements from `start` to `end`, both included; both lie inside the list, or `start > end` to keep none. */
  trim(start: number, end: number): void {
    if (start > end) {
      this.length = this.#bytes = this.#head = 0;
      this.#ring = new Array(SMALLEST_RING).fill(undefined);
      return;
    }
    for (let excess = this.length - 1 - end; excess > 0; excess--) {
      this.popTail();
    }
    for (let excess = start; excess > 0; excess--) this.popHead();
  }

  /** Removes up to `limit` elements equal to `element`, from the head or from the tail on; returns how many. */
  removeMatching(
    element: string,
    limit: number,
    from: "head" | "tail",
  ): number {
    const kept: string[] = [];
    let removed = 0;
    for (let i = 0; i < this.length; i++) {
      const each = this.at(from === "head" ? i : this.length - 1 - i)!;
      if (removed < limit && each === element) removed++;
      else kept.push(each);
    }
    if (removed === 0) return 0;
    if (from === "tail") kept.reverse();
    this.#bytes -= removed * element.length;
    this.length = kept.length;
    this.#head = 0;
    this.#ring = new Array(sizeFor(kept.length)).fill(undefined);
    for (let i = 0; i < kept.length; i++) this.#ring[i] = kept[i];
    return removed;
  }

  /** Returns the elements from `start` to `end`, both included and inside the list. */
  slice(start: number, end: number): string[] {
    const elements: string[] = [];
    for (let i = start; i <= end; i++) elements.push(this.at(i)!);
    return elements;
  }

  *[Symbol.iterator](): Generator<string> {
    for (let i = 0; i < this.length; i++) yield this.at(i)!;
  }

  copy(): List {
    return List.from(this);
  }

  #left(element: string): void {
    this.length--;
    this.#bytes -= element.length;
    if (
      this.#ring.length > SMALLEST_RING && this.length < this.#ring.length / 4
    ) {
      this.#resize(this.#ring.length / 2);
    }
  }

  #resize(size: number): void {
    const ring = new Array<string | undefined>(size).fill(undefined);
    const mask = this.#ring.length - 1;
    for (let i = 0; i < this.length; i++) {
      ring[i] = this.#ring[(this.#head + i) & mask];
    }
    this.#ring = ring;
    this.#head = 0;
  }
}

function sizeFor(length: number): number {
  let size = SMALLEST_RING;
  while (size < length) size *= 2;
  return size;
}
