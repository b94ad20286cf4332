import {
  type ByteBlock,
  type ByteRange,
  copyBytes,
  sameBytes,
} from "../protocol/byte_block.ts";
import { byteString } from "../protocol/short_string.ts";
import type { TypeName } from "./values/value.ts";

/** Types of values that are packed while they are small. */
export type PackedType = TypeName & ("hash" | "set" | "zset" | "list");

/** Most elements of a packed value: fields, or members. To find one among 64 takes 0.15 us more than in a hash table. */
export const MOST_PACKED = 64;
/** Most bytes of one. */
export const MOST_PACKED_BYTES = 1024;

/** A packed value begins with how many elements it has, and 1 if OBJECT ENCODING says that it is not compact. */
export const PACKED_HEADER = 2;
/** What an element takes beyond its own bytes: its length, before it. */
export const LENGTH_BYTES = 2;
/** What lies between a member of a sorted set and its length. */
export const SCORE_BYTES = 8;

/** Bytes that are compared at once. */
const WORD_BYTES = 4;

/** Returns whether a packed value may have so many elements more, and so many bytes in all. */
export function hasRoom(count: number, added: number, bytes: number): boolean {
  return count + added <= MOST_PACKED && bytes <= MOST_PACKED_BYTES;
}

/** Where a packed value lies, and who can give it more room there. */
export interface PackedHome {
  /** Makes the value at `slot` this long; its bytes stay. Says through `packed` where it is then. */
  resize(packed: PackedValue, length: number): void;
}

/**
 * A small hash, list, set or sorted set as one run of bytes: its elements one behind
 * the other, each with its length before it; the fields of a hash and their
 * values by turns. It lies beside its key, so that no object is made for it, and
 * is changed in place.
 *
 * Finding an element takes O(bytes), as does what changes it.
 */
export class PackedValue implements ByteRange {
  /** Set by whoever points this at a value. */
  block: ByteBlock;
  start = 0;
  end = 0;
  slot = -1;
  readonly #home: PackedHome;
  /** What `element()` returns. */
  readonly #element: { block: ByteBlock; start: number; end: number };

  constructor(home: PackedHome, block: ByteBlock) {
    this.#home = home;
    this.block = block;
    this.#element = { block, start: 0, end: 0 };
  }

  /** Number of fields, members or elements of a list. */
  get length(): number {
    return this.block.data.getUint8(this.start);
  }

  /** Where the first element begins. */
  get first(): number {
    return this.start + PACKED_HEADER;
  }

  get isCompact(): boolean {
    return this.block.data.getUint8(this.start + 1) === 0;
  }

  /** Has OBJECT ENCODING say that it is not compact, for good. */
  becomeTable(): void {
    this.block.data.setUint8(this.start + 1, 1);
  }

  /** Counts fields, members or elements that came, or went. */
  addToLength(difference: number): void {
    this.block.data.setUint8(this.start, this.length + difference);
  }

  /**
   * Returns where the element begins that is these bytes, or -1. Only every
   * `width`th is looked at; each has `skipped` bytes before those compared.
   */
  find(
    block: ByteBlock,
    start: number,
    end: number,
    width: 1 | 2,
    skipped = 0,
  ): number {
    const { data } = this.block;
    const length = end - start;
    const wanted = length + skipped;
    // Names of one length often differ in their last bytes only.
    const hasWord = length >= WORD_BYTES;
    const word = hasWord ? block.data.getInt32(end - WORD_BYTES) : 0;
    for (let at = this.first; at < this.end;) {
      const size = data.getUint16(at, true);
      if (
        size === wanted &&
        (!hasWord ||
          data.getInt32(at + LENGTH_BYTES + size - WORD_BYTES) === word)
      ) {
        const from = at + LENGTH_BYTES + skipped;
        if (sameBytes(this.block, from, block, start, length)) return at;
      }
      at += LENGTH_BYTES + size;
      if (width === 2) at += LENGTH_BYTES + data.getUint16(at, true);
    }
    return -1;
  }

  /** Returns where the element behind the one at `at` begins. */
  after(at: number): number {
    return at + LENGTH_BYTES + this.block.data.getUint16(at, true);
  }

  /** Returns where the element with this number begins. */
  place(number: number): number {
    let at = this.first;
    for (let left = number; left > 0; left--) at = this.after(at);
    return at;
  }

  /** Removes the element at `at`, and if they are two to a field the one behind it. */
  remove(at: number, width: 1 | 2): void {
    const end = width === 1 ? this.after(at) : this.after(this.after(at));
    this.splice(at, end - at, 0);
    this.addToLength(-1);
  }

  /** Removes the element with this number, one of a set; returns it. */
  take(number: number): string {
    const at = this.place(number);
    const { block, start, end } = this.element(at);
    const member = byteString(block.bytes, start, end);
    this.remove(at, 1);
    return member;
  }

  /** Returns the bytes of the element at `at`, without the first `skipped` ones: valid until this is called again, or anything changes. */
  element(at: number, skipped = 0): ByteRange {
    const element = this.#element;
    element.block = this.block;
    element.start = at + LENGTH_BYTES + skipped;
    element.end = this.after(at);
    return element;
  }

  /** Visits the elements in their order; each is valid until the next one is visited. */
  visit(visit: (element: ByteRange) => void): void {
    for (let at = this.first; at < this.end; at = this.after(at)) {
      visit(this.element(at));
    }
  }

  /** Puts room for `added` bytes in the place of `removed` ones at `at`; returns where it is then. */
  splice(at: number, removed: number, added: number): number {
    if (added === removed) return at;
    const offset = at - this.start;
    const length = this.end - this.start;
    const tail = length - offset - removed;
    if (added < removed) this.#move(offset + removed, offset + added, tail);
    this.#home.resize(this, length + added - removed);
    if (added > removed) this.#move(offset + removed, offset + added, tail);
    return this.start + offset;
  }

  /** Takes the element at `at` away, and makes as much room before the one at `place`; returns where that is. */
  makeRoomFor(at: number, place: number): number {
    const { bytes } = this.block;
    const end = this.after(at);
    if (place > at) {
      bytes.copyWithin(at, end, place);
      return place - (end - at);
    }
    bytes.copyWithin(place + (end - at), place, at);
    return place;
  }

  /** Writes an element where there is room for it; returns where it ends. */
  write(at: number, block: ByteBlock, start: number, end: number): number {
    const length = end - start;
    this.block.data.setUint16(at, length, true);
    copyBytes(block, start, this.block, at + LENGTH_BYTES, length);
    return at + LENGTH_BYTES + length;
  }

  #move(from: number, to: number, length: number): void {
    if (length === 0) return;
    const { start } = this;
    this.block.bytes.copyWithin(
      start + to,
      start + from,
      start + from + length,
    );
  }
}
