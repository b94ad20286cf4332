import {
  ByteBlock,
  type ByteRange,
  copyBytes,
  sameBytes,
} from "../protocol/byte_block.ts";
import { byteString } from "../protocol/short_string.ts";
import type { SlotKeys } from "./key_index.ts";
import { Kind } from "./record_kind.ts";
import { firstWord, keyAt, type RecordOwner, Slab } from "./slab.ts";
import { Field, SlotTable } from "./slot_table.ts";

/** What a key costs beyond its own bytes and its value: slot, header of the record, its part of the index. */
export const KEY_OVERHEAD = 48;
/** Words in a line of the processor's cache. */
const LINE_WORDS = 16;

/**
 * The keys of a keyspace, by slot. The record of a key in the slab is the key and,
 * behind it, room for what `Records` has there.
 */
export abstract class KeyRecords implements SlotKeys, RecordOwner {
  /** Estimate of the memory held by keys and values, in bytes. */
  memory = 0;
  protected readonly slots = new SlotTable();
  protected readonly slab = new Slab(this);
  /** What `keyAt()` returns. */
  readonly #keyRange = { block: ByteBlock.ofSize(0), start: 0, end: 0 };

  get size(): number {
    return this.slots.size;
  }

  /** Returns whether the key at `slot` is bytes `start` to `end` of a block. */
  keyIs(slot: number, block: ByteBlock, start: number, end: number): boolean {
    const length = end - start;
    if (this.slots.get(slot, Field.keyLength) !== length) return false;
    const address = this.slots.get(slot, Field.address);
    const record = this.slab.segment(address).block;
    return sameBytes(record, keyAt(address), block, start, length);
  }

  /** Returns where the record at `slot` lies. */
  address(slot: number): number {
    return this.slots.get(slot, Field.address);
  }

  /** Reads something from each of the first two lines that the processor's cache has of the record at `slot`. */
  touch(slot: number): number {
    const address = this.slots.get(slot, Field.address);
    const { words } = this.slab.segment(address);
    const word = firstWord(address);
    const second = Math.min(word + LINE_WORDS, words.length - 1);
    return words[word]! ^ words[second]!;
  }

  key(slot: number): string {
    const address = this.slots.get(slot, Field.address);
    const start = keyAt(address);
    const end = start + this.slots.get(slot, Field.keyLength);
    return byteString(this.slab.segment(address).block.bytes, start, end);
  }

  /** Returns where the bytes of the key at `slot` lie: valid until anything changes. */
  keyAt(slot: number): ByteRange {
    const address = this.slots.get(slot, Field.address);
    const range = this.#keyRange;
    range.block = this.slab.segment(address).block;
    range.start = keyAt(address);
    range.end = range.start + this.slots.get(slot, Field.keyLength);
    return range;
  }

  hash(slot: number): number {
    return this.slots.get(slot, Field.hash);
  }

  /** Returns what is remembered of accesses to the key at `slot`: 0 at first, else what was set. */
  access(slot: number): number {
    return this.slots.get(slot, Field.access) >>> 0;
  }

  /** Remembers an access: any 32 bits. */
  setAccess(slot: number, access: number): void {
    this.slots.set(slot, Field.access, access);
  }

  /** Hears from the slab that a record has moved. */
  recordMoved(slot: number, address: number): void {
    this.slots.set(slot, Field.address, address);
  }

  /** Adds a record for a new key, with room for a value. */
  protected addRecord(
    { block, start, end }: ByteRange,
    hash: number,
    valueLength: number,
    kind: Kind,
  ): number {
    const length = end - start;
    const units = Slab.unitsFor(length + valueLength);
    const address = this.slab.allocate(units, this.size, kind);
    const slot = this.slots.push();
    this.slots.set(slot, Field.address, address);
    this.slots.set(slot, Field.hash, hash);
    this.slots.set(slot, Field.keyLength, length);
    const record = this.slab.segment(address).block;
    copyBytes(block, start, record, keyAt(address), length);
    this.memory += length + KEY_OVERHEAD;
    return slot;
  }
}
