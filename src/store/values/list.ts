import { STRING_OVERHEAD, type Structure } from "./value.ts";

const SMALLEST_RING = 8;
const POINTER = 8;
const OBJECT = 64;

/**
 * A list of byte strings: a ring buffer whose size is a power of two.
 *
 * | operation | cost |
 * |---|---|
 * | `pushHead`, `pushTail`, `popHead`, `popTail` | O(1), amortised |
 * | `at`, `set` | O(1) |
 * | `insert` | O(distance to the nearer end) |
 * | `trim` | O(elements kept or elements removed, whichever are fewer) |
 * | `indexOf`, `removeMatching` | O(elements looked at) |
 * | `copy` | O(n), a block copy |
 */
export class List implements Structure {
  readonly type = "list";
  length = 0;
  accounted = 0;
  #ring = emptyRing(SMALLEST_RING);
  /** Where in the ring the first element is. */
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
      this.#ring.length * POINTER + OBJECT;
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
    this.#left(1, element.length);
    return element;
  }

  popTail(): string | undefined {
    if (this.length === 0) return undefined;
    const at = (this.#head + this.length - 1) & (this.#ring.length - 1);
    const element = this.#ring[at]!;
    this.#ring[at] = undefined;
    this.#left(1, element.length);
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
    const nearHead = index * 2 < this.length;
    if (nearHead) this.pushHead(element);
    else this.pushTail(element);
    const ring = this.#ring, head = this.#head, mask = ring.length - 1;
    if (nearHead) {
      for (let i = head; i < head + index; i++) {
        ring[i & mask] = ring[(i + 1) & mask];
      }
    } else {
      for (let i = head + this.length - 1; i > head + index; i--) {
        ring[i & mask] = ring[(i - 1) & mask];
      }
    }
    ring[(head + index) & mask] = element;
  }

  /** Returns the index of the first element equal to `element`, or -1. */
  indexOf(element: string): number {
    const ring = this.#ring, head = this.#head, mask = ring.length - 1;
    for (let i = 0; i < this.length; i++) {
      if (ring[(head + i) & mask] === element) return i;
    }
    return -1;
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
    const ring = this.#ring, mask = ring.length - 1;
    const step = from === "head" ? 1 : -1;
    const first = from === "head" ? this.#head : this.#head + this.length - 1;
    let removed = 0, last = 0;
    for (let i = 0; i < this.length && removed < limit; i++) {
      if (ring[(first + i * step) & mask] !== element) continue;
      removed++;
      last = i;
    }
    if (removed === 0) return 0;
    // What stays of the part looked at closes ranks with what lies beyond it.
    let to = last;
    for (let i = last; i >= 0; i--) {
      const each = ring[(first + i * step) & mask];
      if (each !== element) ring[(first + to-- * step) & mask] = each;
    }
    for (; to >= 0; to--) ring[(first + to * step) & mask] = undefined;
    if (from === "head") this.#head = (this.#head + removed) & mask;
    this.#left(removed, removed * element.length);
    return removed;
  }

  *[Symbol.iterator](): Generator<string> {
    for (let i = 0; i < this.length; i++) yield this.at(i)!;
  }

  copy(): List {
    const list = new List();
    list.#ring = this.#ring.slice();
    list.#head = this.#head;
    list.#bytes = this.#bytes;
    list.length = this.length;
    return list;
  }

  /** Keeps `kept` elements from `start` on, in a ring of their own. */
  #keep(start: number, kept: number): void {
    const ring = emptyRing(sizeFor(kept));
    let bytes = 0;
    for (let i = 0; i < kept; i++) {
      const element = this.at(start + i)!;
      ring[i] = element;
      bytes += element.length;
    }
    this.#ring = ring;
    this.#head = 0;
    this.#bytes = bytes;
    this.length = kept;
  }

  /** Counts off elements that were taken out of the ring, and halves it, or more, once three quarters are empty. */
  #left(count: number, bytes: number): void {
    this.length -= count;
    this.#bytes -= bytes;
    if (
      this.#ring.length > SMALLEST_RING && this.length < this.#ring.length / 4
    ) {
      this.#resize(sizeFor(this.length * 2));
    }
  }

  #resize(size: number): void {
    const old = this.#ring, head = this.#head, mask = old.length - 1;
    const ring = emptyRing(size);
    for (let i = 0; i < this.length; i++) ring[i] = old[(head + i) & mask];
    this.#ring = ring;
    this.#head = 0;
  }
}

function emptyRing(size: number): (string | undefined)[] {
  return new Array(size).fill(undefined);
}

function sizeFor(length: number): number {
  let size = SMALLEST_RING;
  while (size < length) size *= 2;
  return size;
}
