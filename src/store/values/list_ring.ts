import { ownString } from "../../protocol/byte_string.ts";
import {
  indexIn,
  LONGEST_PACKED,
  pack,
  packedAcross,
  replaceAt,
  startOf,
  unpack,
} from "./packed_strings.ts";

/** Elements per block, as a power of two and as a number. */
const BLOCK_BITS = 5;
const BLOCK = 1 << BLOCK_BITS;
const SMALLEST_RING = 4 * BLOCK;
/** What an element takes beyond its bytes: in a packed block, and how much more at the ends. */
const PACKED_OVERHEAD = 2;
const UNPACKED_OVERHEAD = 22;

/** Elements as they are, at the ends of a list and where they are long; elsewhere packed, all of the block. */
type Block = (string | undefined)[] | string;

/** Hears of an element: the part of a text from `start` to `end`. */
export type VisitPart = (text: string, start: number, end: number) => void;

/**
 * A list as a ring of blocks, so that growing moves blocks and not elements. Its
 * size is a power of two.
 *
 * Blocks between the ends are packed as soon as the end has left them by half a
 * block, and unpacked when an element is put into them: an end that goes to and
 * fro has to do so only once in a while. Elements are read and taken from packed
 * blocks as they are.
 */
export class ListRing {
  length = 0;
  /** Those that hold nothing are absent. */
  #blocks = emptyBlocks(SMALLEST_RING);
  /** The size of the ring less one. */
  #mask = SMALLEST_RING - 1;
  /** Where in the ring the first element is. */
  #head = 0;
  /** A block that was read last, and where one of its elements starts: the next to be read is mostly beside it. */
  #read = "";
  #readOffset = 0;
  #readStart = 0;

  /** Returns a ring of these elements, which may be views. */
  static from(elements: readonly string[]): ListRing {
    const ring = new ListRing();
    for (const element of elements) ring.pushTail(element);
    for (const [number, block] of ring.#blocks.entries()) {
      if (typeof block !== "object") continue;
      ring.#blocks[number] = block.map((each) => each && ownString(each));
    }
    return ring;
  }

  /** How many elements it can hold: all but a block, so that head and tail never share one from both sides. */
  get room(): number {
    return this.#mask + 1 - BLOCK;
  }

  at(index: number): string {
    const at = (this.#head + index) & this.#mask;
    return this.#elementIn(this.#blocks[at >> BLOCK_BITS]!, at & (BLOCK - 1));
  }

  pushHead(element: string): void {
    if (this.length === this.room) this.#resize((this.#mask + 1) * 2);
    const at = this.#head = (this.#head - 1) & this.#mask;
    const offset = at & (BLOCK - 1);
    this.length++;
    this.#open(at >> BLOCK_BITS)[offset] = element;
    if (offset === BLOCK / 2) this.#close(BLOCK - offset);
  }

  pushTail(element: string): void {
    if (this.length === this.room) this.#resize((this.#mask + 1) * 2);
    const at = (this.#head + this.length++) & this.#mask;
    const offset = at & (BLOCK - 1);
    this.#open(at >> BLOCK_BITS)[offset] = element;
    if (offset === BLOCK / 2) this.#close(this.length - 1 - offset - BLOCK);
  }

  /** Takes the first element; there must be one. */
  popHead(): string {
    const element = this.#take(this.#head, BLOCK - 1);
    this.#head = (this.#head + 1) & this.#mask;
    this.#left();
    return element;
  }

  /** Takes the last element; there must be one. */
  popTail(): string {
    const at = (this.#head + this.length - 1) & this.#mask;
    const element = this.#take(at, 0);
    this.#left();
    return element;
  }

  /** Puts an element where there is one. */
  set(index: number, element: string): void {
    const at = (this.#head + index) & this.#mask;
    const number = at >> BLOCK_BITS;
    const offset = at & (BLOCK - 1);
    const block = this.#blocks[number]!;
    if (typeof block === "string" && element.length <= LONGEST_PACKED) {
      this.#blocks[number] = replaceAt(block, BLOCK, offset, element);
    } else {
      this.#open(number)[offset] = element;
      this.#close(index - offset);
    }
  }

  /** Returns the index of the next element equal to `element`, from `index` on up or down; -1 when there is none. */
  indexOf(element: string, index: number, step: 1 | -1): number {
    while (index >= 0 && index < this.length) {
      const at = (this.#head + index) & this.#mask;
      const block = this.#blocks[at >> BLOCK_BITS]!;
      const offset = at & (BLOCK - 1);
      const found = typeof block === "string"
        ? indexIn(block, BLOCK, element, offset, step)
        : step === 1
        ? block.indexOf(element, offset)
        : block.lastIndexOf(element, offset);
      const first = index - offset;
      if (found >= 0) {
        // A packed block may still hold what was taken.
        const index = first + found;
        return index >= 0 && index < this.length ? index : -1;
      }
      index = step === 1 ? first + BLOCK : first - 1;
    }
    return -1;
  }

  /** Visits `count` elements from `index` on; they must be there. */
  visit(index: number, count: number, visit: VisitPart): void {
    const end = index + count;
    while (index < end) {
      const at = (this.#head + index) & this.#mask;
      const block = this.#blocks[at >> BLOCK_BITS]!;
      const offset = at & (BLOCK - 1);
      const last = Math.min(BLOCK, offset + end - index);
      index += last - offset;
      if (typeof block !== "string") {
        for (let i = offset; i < last; i++) {
          const element = block[i]!;
          visit(element, 0, element.length);
        }
        continue;
      }
      let start = startOf(block, BLOCK, offset);
      for (let i = offset; i < last; i++) {
        const length = block.charCodeAt(i);
        visit(block, start, start + length);
        start += length;
      }
    }
  }

  /** Puts an element before the one at `index`. */
  insert(index: number, element: string): void {
    if (index * 2 < this.length) {
      this.pushHead(element);
      this.#shift(1, 0, index);
    } else {
      this.pushTail(element);
      this.#shift(index, index + 1, this.length - 1 - index);
    }
    this.set(index, element);
  }

  /** Removes the elements with these indexes, which ascend from the head or descend from the tail. */
  remove(indexes: readonly number[], from: "head" | "tail"): void {
    const step = from === "head" ? 1 : -1;
    const first = from === "head" ? 0 : this.length - 1;
    // What lies before each of them moves up into the holes, so that those are left at the end.
    for (let i = indexes.length - 1, holes = 1; i >= 0; i--, holes++) {
      const begin = i > 0 ? indexes[i - 1]! + step : first;
      const count = (indexes[i]! - begin) * step;
      const lowest = Math.min(begin, indexes[i]! - step);
      this.#shift(lowest, lowest + holes * step, count);
    }
    for (let i = 0; i < indexes.length; i++) {
      if (from === "head") this.popHead();
      else this.popTail();
    }
  }

  copy(): ListRing {
    const ring = new ListRing();
    ring.#blocks = this.#blocks.map((block) => block?.slice());
    ring.#mask = this.#mask;
    ring.#head = this.#head;
    ring.length = this.length;
    return ring;
  }

  /** Estimate of the memory held beyond the bytes of the elements, all of them short. */
  get memory(): number {
    return this.#blocks.length * 8 + this.length * PACKED_OVERHEAD +
      Math.min(this.length, BLOCK) * UNPACKED_OVERHEAD;
  }

  /** Copies `count` elements from one index on to another, in the order that keeps what overlaps. */
  #shift(from: number, to: number, count: number): void {
    const up = from < to;
    const end = to + count;
    const distance = from - to;
    const base = this.#head & (BLOCK - 1);
    // By blocks of what is written to, the one last that is read last.
    let first = Math.floor((base + (up ? end - 1 : to)) / BLOCK) * BLOCK - base;
    for (
      ;
      up ? first + BLOCK > to : first < end;
      first += up ? -BLOCK : BLOCK
    ) {
      const low = Math.max(first, to), high = Math.min(first + BLOCK, end);
      const number = ((this.#head + first) & this.#mask) >> BLOCK_BITS;
      if (high - low === BLOCK) {
        this.#blocks[number] = this.#slice(first + distance);
        this.#close(first);
        continue;
      }
      const block = this.#open(number);
      if (up) {
        for (let i = high - 1; i >= low; i--) {
          block[i - first] = this.at(i + distance);
        }
      } else {
        for (let i = low; i < high; i++) {
          block[i - first] = this.at(i + distance);
        }
      }
      this.#close(first);
    }
  }

  #elementIn(block: Block, offset: number): string {
    if (typeof block !== "string") return block[offset]!;
    const start = this.#startIn(block, offset);
    return block.substring(start, start + block.charCodeAt(offset));
  }

  /** Returns where an element of a packed block starts. */
  #startIn(block: string, offset: number): number {
    let at = this.#readOffset, start = this.#readStart;
    if (block !== this.#read || offset < at / 2) {
      this.#read = block;
      at = 0;
      start = BLOCK;
    }
    for (; at < offset; at++) start += block.charCodeAt(at);
    while (at > offset) start -= block.charCodeAt(--at);
    this.#readOffset = at;
    this.#readStart = start;
    return start;
  }

  /** Returns a block into which an element can be put, made or unpacked if need be. */
  #open(number: number): (string | undefined)[] {
    const block = this.#blocks[number];
    if (typeof block === "object") return block;
    if (block === undefined) return this.#blocks[number] = new Array(BLOCK);
    const unpacked: (string | undefined)[] = unpack(block, BLOCK);
    const first = (number << BLOCK_BITS) - this.#head;
    for (let i = 0; i < BLOCK; i++) {
      if (((first + i) & this.#mask) >= this.length) unpacked[i] = undefined;
    }
    return this.#blocks[number] = unpacked;
  }

  /** Packs the block whose first element has this index, if all of it belongs to the list. */
  #close(first: number): void {
    if (first < 0 || first + BLOCK > this.length) return;
    const number = ((this.#head + first) & this.#mask) >> BLOCK_BITS;
    const block = this.#blocks[number]!;
    if (typeof block === "object") {
      this.#blocks[number] = pack(block as string[]) ?? block;
    }
  }

  /** Returns a block of its own of the elements from `index` on. */
  #slice(index: number): Block {
    const at = (this.#head + index) & this.#mask;
    const offset = at & (BLOCK - 1);
    const first = this.#blocks[at >> BLOCK_BITS]!;
    if (offset === 0) return first.slice();
    const next = ((at + BLOCK) & this.#mask) >> BLOCK_BITS;
    const second = this.#blocks[next]!;
    if (typeof first === "string" && typeof second === "string") {
      return packedAcross(first, second, BLOCK, offset);
    }
    const block = elementsOf(first).slice(offset);
    const others = elementsOf(second);
    for (let i = 0; i < offset; i++) block.push(others[i]);
    return block;
  }

  /** Takes the element out of the ring at `at`; a block goes with its last one, which is at `lastOfBlock` in it. */
  #take(at: number, lastOfBlock: number): string {
    const number = at >> BLOCK_BITS;
    const offset = at & (BLOCK - 1);
    const block = this.#blocks[number]!;
    const element = this.#elementIn(block, offset);
    if (offset === lastOfBlock) this.#blocks[number] = undefined;
    else if (typeof block !== "string") block[offset] = undefined;
    return element;
  }

  /** Counts off an element that was taken, and halves the ring once three quarters are empty. */
  #left(): void {
    this.length--;
    const size = this.#mask + 1;
    if (size > SMALLEST_RING && this.length < size / 4) this.#resize(size / 2);
  }

  /** Moves the blocks to the beginning of a ring of `size`. */
  #resize(size: number): void {
    const blocks = this.#blocks;
    const first = this.#head >> BLOCK_BITS;
    this.#head &= BLOCK - 1;
    this.#blocks = emptyBlocks(size);
    const used = (this.#head + this.length + BLOCK - 1) >> BLOCK_BITS;
    for (let i = 0; i < used; i++) {
      this.#blocks[i] = blocks[(first + i) & (blocks.length - 1)];
    }
    this.#mask = size - 1;
  }
}

function emptyBlocks(size: number): (Block | undefined)[] {
  return new Array(size >> BLOCK_BITS);
}

function elementsOf(block: Block): (string | undefined)[] {
  return typeof block === "string" ? unpack(block, BLOCK) : block;
}
