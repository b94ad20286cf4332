import { STRING_OVERHEAD, type Structure } from "./value.ts";

const SMALLEST_RING = 8;
/** Elements per block, as a power of two and as a number. */
const BLOCK_BITS = 9;
const BLOCK = 1 << BLOCK_BITS;
const POINTER = 8;
const OBJECT = 96;

type Block = (string | undefined)[];

/**
 * A list of byte strings: a ring buffer whose size is a power of two. It is one
 * array as long as it is small, then a ring of blocks, so that growing moves
 * blocks and not elements: no push takes long, however long the list is.
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
  readonly type = "list";
  length = 0;
  accounted = 0;
  /** A single array of the ring's size, or blocks of `BLOCK`; those that hold nothing are absent. */
  #blocks = emptyBlocks(SMALLEST_RING);
  /** The size of the ring less one. */
  #mask = SMALLEST_RING - 1;
  /** How many elements the ring may hold: all but a block, so that head and tail never share one of several blocks. */
  #room = SMALLEST_RING;
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
    const used = this.#mask < BLOCK ? this.#mask + 1 : this.length + BLOCK;
    return this.#bytes + this.length * STRING_OVERHEAD + OBJECT +
      (used + this.#blocks.length) * POINTER;
  }

  /** Returns the element at `index` from the head, or `undefined` when there is none. */
  at(index: number): string | undefined {
    if (index < 0 || index >= this.length) return undefined;
    const at = (this.#head + index) & this.#mask;
    return this.#blocks[at >> BLOCK_BITS]![at & (BLOCK - 1)];
  }

  pushHead(element: string): void {
    this.#makeRoom();
    this.#head = (this.#head - 1) & this.#mask;
    this.#put(this.#head, element);
    this.length++;
    this.#bytes += element.length;
  }

  pushTail(element: string): void {
    this.#makeRoom();
    this.#put((this.#head + this.length) & this.#mask, element);
    this.length++;
    this.#bytes += element.length;
  }

  popHead(): string | undefined {
    if (this.length === 0) return undefined;
    const element = this.#take(this.#head, BLOCK - 1);
    this.#head = (this.#head + 1) & this.#mask;
    this.#left(element.length);
    return element;
  }

  popTail(): string | undefined {
    if (this.length === 0) return undefined;
    const element = this.#take((this.#head + this.length - 1) & this.#mask, 0);
    this.#left(element.length);
    return element;
  }

  /** Replaces the element at `index`, which must exist. */
  set(index: number, element: string): void {
    this.#bytes += element.length - this.at(index)!.length;
    this.#write(index, element);
  }

  /** Puts an element before the one at `index`, or at the tail when `index` is the length. */
  insert(index: number, element: string): void {
    if (index * 2 < this.length) {
      this.pushHead(element);
      this.#shift(1, 0, index);
    } else {
      this.pushTail(element);
      this.#shift(index, index + 1, this.length - 1 - index);
    }
    this.#write(index, element);
  }

  /** Returns the index of the next element equal to `element`, from `index` on up or down; -1 when there is none. */
  indexOf(element: string, index = 0, step: 1 | -1 = 1): number {
    while (index >= 0 && index < this.length) {
      const at = (this.#head + index) & this.#mask;
      const block = this.#blocks[at >> BLOCK_BITS]!;
      const offset = at & (BLOCK - 1);
      const run = step === 1
        ? Math.min(block.length - offset, this.length - index)
        : Math.min(offset, index) + 1;
      for (let i = 0; i < run; i++) {
        if (block[offset + i * step] === element) return index + i * step;
      }
      index += run * step;
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
    const first = from === "head" ? 0 : this.length - 1;
    const step = from === "head" ? 1 : -1;
    const found: number[] = [];
    for (let index = first; found.length < limit; index += step) {
      index = this.indexOf(element, index, step);
      if (index < 0) break;
      found.push(index);
    }
    // What lies before each of them moves up into the holes, so that those are left at the end.
    for (let i = found.length - 1, holes = 1; i >= 0; i--, holes++) {
      const begin = i > 0 ? found[i - 1]! + step : first;
      const count = (found[i]! - begin) * step;
      const lowest = Math.min(begin, found[i]! - step);
      this.#shift(lowest, lowest + holes * step, count);
    }
    for (let i = 0; i < found.length; i++) {
      this.#write(first + i * step, element);
    }
    for (let i = 0; i < found.length; i++) {
      if (from === "head") this.popHead();
      else this.popTail();
    }
    return found.length;
  }

  *[Symbol.iterator](): Generator<string> {
    for (let i = 0; i < this.length; i++) yield this.at(i)!;
  }

  copy(): List {
    const list = new List();
    list.#blocks = this.#blocks.map((block) => block?.slice());
    list.#mask = this.#mask;
    list.#room = this.#room;
    list.#head = this.#head;
    list.#bytes = this.#bytes;
    list.length = this.length;
    return list;
  }

  /** Puts an element at a place in the ring where there is none. */
  #put(at: number, element: string): void {
    let block = this.#blocks[at >> BLOCK_BITS];
    if (block === undefined) {
      block = this.#blocks[at >> BLOCK_BITS] = new Array(BLOCK);
    }
    block[at & (BLOCK - 1)] = element;
  }

  /** Takes the element out of the ring at `at`; a block goes with its last one, which is at `lastOfBlock` in it. */
  #take(at: number, lastOfBlock: number): string {
    const block = this.#blocks[at >> BLOCK_BITS]!;
    const offset = at & (BLOCK - 1);
    const element = block[offset]!;
    block[offset] = undefined;
    if (offset === lastOfBlock && this.#blocks.length > 1) {
      this.#blocks[at >> BLOCK_BITS] = undefined;
    }
    return element;
  }

  /** Copies `count` elements from one index on to another, in the order that keeps what overlaps. */
  #shift(from: number, to: number, count: number): void {
    const step = from > to ? 1 : -1;
    if (step < 0) {
      from += count - 1;
      to += count - 1;
    }
    while (count > 0) {
      const source = (this.#head + from) & this.#mask;
      const target = (this.#head + to) & this.#mask;
      const sources = this.#blocks[source >> BLOCK_BITS]!;
      const targets = this.#blocks[target >> BLOCK_BITS]!;
      const s = source & (BLOCK - 1), t = target & (BLOCK - 1);
      const room = step > 0
        ? sources.length - Math.max(s, t)
        : Math.min(s, t) + 1;
      const run = Math.min(count, room);
      for (let i = 0; i < run; i++) {
        targets[t + i * step] = sources[s + i * step];
      }
      from += run * step;
      to += run * step;
      count -= run;
    }
  }

  /** Puts an element where there is one. */
  #write(index: number, element: string): void {
    const at = (this.#head + index) & this.#mask;
    this.#blocks[at >> BLOCK_BITS]![at & (BLOCK - 1)] = element;
  }

  /** Keeps `kept` elements from `start` on, as they would be in a list of their own. */
  #keep(start: number, kept: number): void {
    const list = new List();
    for (let i = 0; i < kept; i++) list.pushTail(this.at(start + i)!);
    this.#blocks = list.#blocks;
    this.#mask = list.#mask;
    this.#room = list.#room;
    this.#head = list.#head;
    this.#bytes = list.#bytes;
    this.length = kept;
  }

  /** Makes the ring larger before an element comes that it has no room for. */
  #makeRoom(): void {
    if (this.length < this.#room) return;
    const size = this.#mask + 1;
    this.#resize(size === BLOCK ? size * 4 : size * 2);
  }

  /** Counts off an element that was taken out of the ring, and halves it once three quarters are empty. */
  #left(bytes: number): void {
    this.length--;
    this.#bytes -= bytes;
    const size = this.#mask + 1;
    if (size > SMALLEST_RING && this.length < size / 4) this.#resize(size / 2);
  }

  /** Moves the elements, or the blocks if they stay blocks, to the beginning of a ring of `size`. */
  #resize(size: number): void {
    const blocks = this.#blocks;
    if (size > BLOCK && blocks.length > 1) {
      const first = this.#head >> BLOCK_BITS;
      this.#head &= BLOCK - 1;
      this.#blocks = emptyBlocks(size);
      const used = (this.#head + this.length + BLOCK - 1) >> BLOCK_BITS;
      for (let i = 0; i < used; i++) {
        this.#blocks[i] = blocks[(first + i) & (blocks.length - 1)];
      }
    } else {
      const elements = [...this];
      this.#head = 0;
      this.#blocks = emptyBlocks(size);
      for (let i = 0; i < elements.length; i++) this.#put(i, elements[i]!);
    }
    this.#mask = size - 1;
    this.#room = size > BLOCK ? size - BLOCK : size;
  }
}

/** Returns the blocks of a ring of `size`; a single one, made to that size, or as many as there may be, yet to be made. */
function emptyBlocks(size: number): (Block | undefined)[] {
  const blocks: (Block | undefined)[] = new Array(
    Math.max(1, size >> BLOCK_BITS),
  );
  if (size <= BLOCK) blocks[0] = new Array(size);
  return blocks;
}
