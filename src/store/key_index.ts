import type { ByteBlock } from "../protocol/byte_block.ts";

const SMALLEST_PAGE = 16;
/** Pages of this many buckets split: 64 KiB, some 30 us of work. */
const LARGEST_PAGE = 8192;
/** A directory of pages this deep grows no deeper, should hashes be alike: pages then grow instead. */
const DEEPEST = 20;
/** Words at the end of a page: how many entries it has, and how many leading bits of their hashes are the same. */
const COUNT = 2, DEPTH = 1;

/** Knows the keys that an index leads to. */
export interface SlotKeys {
  /** Returns whether the key at `slot` is this one. */
  keyIs(slot: number, block: ByteBlock, start: number, end: number): boolean;
}

/**
 * Finds slots by the hashes of their keys: an open-addressing table in typed
 * arrays, which the garbage collector does not look into. The table comes in
 * pages, found by the leading bits of the hash in a directory; a page that is
 * full splits in two, so that the table grows and shrinks a page at a time,
 * without a pause (extendible hashing).
 *
 * A page holds pairs of a hash and a slot plus one, 0 for none, and is searched
 * from the place that the trailing bits of the hash say.
 *
 * | operation | cost |
 * |---|---|
 * | `find`, `add`, `move`, `remove` | O(1); at times a page to copy |
 */
export class KeyIndex {
  readonly #keys: SlotKeys | undefined;
  #directory: Int32Array[] = [newPage(SMALLEST_PAGE, 0)];
  /** How many leading bits of a hash number the directory. */
  #depth = 0;

  /** Without keys it only has candidates, to be compared by who looks for one. */
  constructor(keys?: SlotKeys) {
    this.#keys = keys;
  }

  /** Returns the slot of a key, or -1. */
  find(hash: number, block: ByteBlock, start: number, end: number): number {
    const page = this.#page(hash);
    const mask = maskOf(page);
    for (let i = hash & mask;; i = (i + 1) & mask) {
      const slot = page[i * 2 + 1]! - 1;
      if (slot < 0) return -1;
      if (
        page[i * 2] === hash && this.#keys!.keyIs(slot, block, start, end)
      ) return slot;
    }
  }

  /** Reads what stands where a search for a hash begins, and means nothing by itself. */
  entryAt(hash: number): number {
    const page = this.#page(hash);
    return page[(hash & maskOf(page)) * 2]!;
  }

  /** Returns the slot of a key that has this hash, and so may be the one that is looked for, or -1. */
  candidate(hash: number): number {
    const page = this.#page(hash);
    const mask = maskOf(page);
    for (let i = hash & mask;; i = (i + 1) & mask) {
      const slot = page[i * 2 + 1]! - 1;
      if (slot < 0 || page[i * 2] === hash) return slot;
    }
  }

  /** Returns the next such slot after one that was not the one, or -1. */
  candidateAfter(hash: number, slot: number): number {
    const page = this.#page(hash);
    const mask = maskOf(page);
    let i = placeOf(page, hash, slot);
    do i = (i + 1) & mask; while (
      page[i * 2 + 1] !== 0 && page[i * 2] !== hash
    );
    return page[i * 2 + 1]! - 1;
  }

  /** Adds the slot of a key that is not there. */
  add(hash: number, slot: number): void {
    let page = this.#page(hash);
    while (page[page.length - COUNT]! * 4 >= (maskOf(page) + 1) * 3) {
      this.#expand(page, hash);
      page = this.#page(hash);
    }
    insert(page, hash, slot + 1);
  }

  /** Notes that the key at slot `from` is at slot `to` now. */
  move(hash: number, from: number, to: number): void {
    const page = this.#page(hash);
    page[placeOf(page, hash, from) * 2 + 1] = to + 1;
  }

  /** Removes the slot of a key. */
  remove(hash: number, slot: number): void {
    const page = this.#page(hash);
    const mask = maskOf(page);
    let hole = placeOf(page, hash, slot);
    // What stands behind it and could not stand in its own place moves up.
    for (let i = (hole + 1) & mask; page[i * 2 + 1] !== 0; i = (i + 1) & mask) {
      const home = page[i * 2]! & mask;
      if (((i - home) & mask) < ((i - hole) & mask)) continue;
      page[hole * 2] = page[i * 2]!;
      page[hole * 2 + 1] = page[i * 2 + 1]!;
      hole = i;
    }
    page[hole * 2 + 1] = 0;
    const left = --page[page.length - COUNT]!;
    if (mask >= SMALLEST_PAGE && left * 8 < mask) this.#contract(page, hash);
  }

  #page(hash: number): Int32Array {
    return this.#directory[(hash >>> 1) >>> (31 - this.#depth)]!;
  }

  /** Makes room in a page: by another one twice as large, or two of its size. */
  #expand(page: Int32Array, hash: number): void {
    const size = maskOf(page) + 1;
    const depth = page[page.length - DEPTH]!;
    if (size < LARGEST_PAGE || depth === DEEPEST) {
      const larger = newPage(size * 2, depth);
      copyEntries(page, larger);
      this.#put(larger, hash);
      return;
    }
    if (depth === this.#depth) {
      this.#directory = this.#directory.flatMap((each) => [each, each]);
      this.#depth++;
    }
    const halves = [
      newPage(size, depth + 1),
      newPage(size, depth + 1),
    ] as const;
    const bit = 31 - depth;
    for (let i = 0; i < size; i++) {
      const entry = page[i * 2 + 1]!, each = page[i * 2]!;
      if (entry !== 0) {
        insert(halves[((each >>> bit) & 1) as 0 | 1], each, entry);
      }
    }
    this.#put(halves[0], hash & ~(1 << bit));
    this.#put(halves[1], hash | (1 << bit));
  }

  /** Makes a page that is nearly empty smaller, or one with its other half. */
  #contract(page: Int32Array, hash: number): void {
    const size = maskOf(page) + 1;
    const depth = page[page.length - DEPTH]!;
    if (depth === 0 || size > LARGEST_PAGE) {
      const smaller = newPage(size / 2, depth);
      copyEntries(page, smaller);
      this.#put(smaller, hash);
      return;
    }
    const other = this.#page(hash ^ (1 << (32 - depth)));
    if (
      other[other.length - DEPTH] !== depth || maskOf(other) + 1 !== size ||
      other[other.length - COUNT]! * 2 > size
    ) return;
    const whole = newPage(size, depth - 1);
    copyEntries(page, whole);
    copyEntries(other, whole);
    this.#put(whole, hash);
    if (depth === 1) {
      this.#directory = [whole];
      this.#depth = 0;
    }
  }

  /** Has the directory lead to a page wherever the leading bits are those of `hash`. */
  #put(page: Int32Array, hash: number): void {
    const free = this.#depth - page[page.length - DEPTH]!;
    const first = (((hash >>> 1) >>> (31 - this.#depth)) >>> free) << free;
    this.#directory.fill(page, first, first + (1 << free));
  }
}

function newPage(size: number, depth: number): Int32Array {
  const page = new Int32Array(size * 2 + 2);
  page[page.length - DEPTH] = depth;
  return page;
}

/** Number of buckets less one. */
function maskOf(page: Int32Array): number {
  return (page.length >> 1) - 2;
}

function placeOf(page: Int32Array, hash: number, slot: number): number {
  const mask = maskOf(page);
  let i = hash & mask;
  while (page[i * 2 + 1] !== slot + 1) i = (i + 1) & mask;
  return i;
}

function insert(page: Int32Array, hash: number, entry: number): void {
  const mask = maskOf(page);
  let i = hash & mask;
  while (page[i * 2 + 1] !== 0) i = (i + 1) & mask;
  page[i * 2] = hash;
  page[i * 2 + 1] = entry;
  page[page.length - COUNT]!++;
}

function copyEntries(from: Int32Array, to: Int32Array): void {
  const size = maskOf(from) + 1;
  for (let i = 0; i < size; i++) {
    if (from[i * 2 + 1] !== 0) insert(to, from[i * 2]!, from[i * 2 + 1]!);
  }
}
