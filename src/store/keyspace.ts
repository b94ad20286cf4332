import {
  ByteBlock,
  type ByteRange,
  hashBytes,
} from "../protocol/byte_block.ts";
import { byteString, writeString } from "../protocol/short_string.ts";
import { ExpiryQueue } from "./expiry_queue.ts";
import { KeyIndex } from "./key_index.ts";
import { KeyPrefetch } from "./key_prefetch.ts";
import type { PackedType, PackedValue } from "./packed.ts";
import { randomSeed } from "./random.ts";
import { Records } from "./records.ts";
import type { TypeName, Value } from "./values/value.ts";

const SCRATCH_SIZE = 64;
/** A key longer than this is no reason to keep as much room for the next one. */
const KEPT_SCRATCH = 64 * 1024;

/** A key: a byte string, or bytes that are those of an argument. */
export type Key = string | ByteRange;

/** Returns a key as a byte string. */
export function nameOf(key: Key): string {
  return typeof key === "string"
    ? key
    : byteString(key.block.bytes, key.start, key.end);
}

/** Hears of a slot whose entry is as it was when a walk began. */
export type Visit = (slot: number) => void;

/**
 * The keys of one database and what they hold, by slot: numbers from 0 on
 * without gaps.
 *
 * A key that is removed leaves a hole, into which the entry of the last slot
 * moves. So entries only ever move to lower slots, and a scan from the highest
 * slot downwards meets everything that was there all along, however the keyspace
 * changes meanwhile; its cursor is just a slot. It does not meet what was removed
 * and added again, which is in the highest slot then: to put something in the
 * place of a value, `replace()` it.
 *
 * All of it is bytes in `Records`, but for values that are objects, found through
 * a `KeyIndex`: a million random keys are read three times as fast as through a
 * Map of strings, in two thirds of its memory, and the garbage collector does not
 * know of them.
 *
 * | operation | cost |
 * |---|---|
 * | `find`, `add`, `replace`, `remove` | O(1); with an expiry O(log n) |
 * | `key`, and `value` of a string | O(bytes): makes a string of them |
 * | `stringAt` | O(1) |
 * | `startWalk` | O(1); a byte per key until it ends |
 */
export class Keyspace {
  readonly expiries = new ExpiryQueue();
  readonly #records = new Records();
  readonly #index = new KeyIndex(this.#records);
  /** Keeps clients from choosing keys whose hashes are all alike. */
  readonly #seed = randomSeed();
  readonly prefetch = new KeyPrefetch(
    this.#index,
    this.#records,
    this.#seed,
  );
  /** Where keys that come as strings become bytes. */
  #scratch = ByteBlock.ofSize(SCRATCH_SIZE);
  #walk: Walk | undefined = undefined;

  get size(): number {
    return this.#records.size;
  }

  /** Estimate of the memory held by keys and values, in bytes. */
  get memory(): number {
    return this.#records.memory;
  }

  /** Returns the slot of `key`, or -1. Slots change when a key is removed. */
  find(key: string): number {
    return this.findBytes(this.#load(key), 0, key.length);
  }

  /** Returns the slot of the key that is bytes `start` to `end` of a block, or -1. */
  findBytes(block: ByteBlock, start: number, end: number): number {
    const guess = this.prefetch.slotFor(block, start);
    if (
      guess >= 0 && guess < this.size && this.keyIs(guess, block, start, end)
    ) {
      return guess;
    }
    const hash = hashBytes(block, start, end, this.#seed);
    return this.#index.find(hash, block, start, end);
  }

  /** Returns whether the key at `slot` is bytes `start` to `end` of a block. */
  keyIs(slot: number, block: ByteBlock, start: number, end: number): boolean {
    return this.#records.keyIs(slot, block, start, end);
  }

  key(slot: number): string {
    return this.#records.key(slot);
  }

  /** Returns where the bytes of the key at `slot` lie: valid until anything changes. */
  keyAt(slot: number): ByteRange {
    return this.#records.keyAt(slot);
  }

  value(slot: number): Value {
    return this.#records.value(slot);
  }

  /** Returns the value at `slot` to be looked at. One that is asked for often may become an object: records move. */
  read(slot: number): Value {
    return this.#records.read(slot);
  }

  /** Returns the value at `slot` to be edited, as an object unless it is a string. */
  edit(slot: number): Value {
    return this.#records.edit(slot);
  }

  /** Returns the type of the value at `slot` as TYPE names it. */
  type(slot: number): TypeName {
    return this.#records.type(slot);
  }

  /** Returns the packed value at `slot`, `undefined` when it holds no packed one of this type: valid until anything else changes. */
  packedAt(slot: number, type: PackedType): PackedValue | undefined {
    return this.#records.packedAt(slot, type);
  }

  /** Returns where the bytes of the string at `slot` lie, `undefined` when it holds none: valid until anything changes. */
  stringAt(slot: number): ByteRange | undefined {
    return this.#records.stringAt(slot);
  }

  /** Returns the integer at `slot` if one was put there as such by `setInteger()`. */
  integerAt(slot: number): number | undefined {
    return this.#records.integerAt(slot);
  }

  /** Puts a string at `slot`, which holds one, that is the digits of an integer of 32 bits. */
  setInteger(slot: number, n: number): void {
    this.#records.setInteger(slot, n);
  }

  /** Returns what is remembered of accesses to the key at `slot`: 0 at first, else what was set. */
  access(slot: number): number {
    return this.#records.access(slot);
  }

  /** Remembers an access: any 32 bits. */
  setAccess(slot: number, access: number): void {
    this.#records.setAccess(slot, access);
  }

  /** Adds a key that is not there; returns its slot. */
  add(key: string, value: Value): number {
    const block = this.#load(key);
    return this.addAt({ block, start: 0, end: key.length }, value);
  }

  /** Adds a key that is bytes of a block; returns its slot. */
  addAt(key: ByteRange, value: Value): number {
    const hash = hashBytes(key.block, key.start, key.end, this.#seed);
    const slot = this.#records.add(key, hash, value);
    this.#index.add(hash, slot);
    return slot;
  }

  /** Adds a key with a string, both bytes of blocks; returns its slot. */
  addBytes(key: ByteRange, value: ByteRange): number {
    const hash = hashBytes(key.block, key.start, key.end, this.#seed);
    const slot = this.#records.addBytes(key, hash, value);
    this.#index.add(hash, slot);
    return slot;
  }

  /** Adds a key that is bytes of a block, with an empty packed value that may grow to `room` bytes; returns its slot. */
  addPacked(key: ByteRange, type: PackedType, room: number): number {
    const hash = hashBytes(key.block, key.start, key.end, this.#seed);
    const slot = this.#records.addPacked(key, hash, type, room);
    this.#index.add(hash, slot);
    return slot;
  }

  /** Puts another value at `slot`. */
  replace(slot: number, value: Value): void {
    this.#records.replace(slot, value);
  }

  /** Puts a string at `slot` that is bytes of a block. */
  replaceBytes(slot: number, value: ByteRange): void {
    this.#records.replaceBytes(slot, value);
  }

  /** Counts the memory of the value at `slot` again, after it was edited. */
  recount(slot: number): void {
    this.#records.recount(slot);
  }

  /** Removes the key at `slot`, which the last one then takes. */
  remove(slot: number): void {
    const records = this.#records;
    const last = this.size - 1;
    this.#index.remove(records.hash(slot), slot);
    this.expiries.delete(slot);
    if (slot !== last) {
      this.#index.move(records.hash(last), last, slot);
      this.expiries.move(last, slot);
    }
    records.remove(slot);
    if (this.#walk !== undefined) {
      this.#walk.visited[slot] = this.#walk.visited[last] ?? 1;
      this.#walk.visited[last] = 1;
    }
  }

  /** Returns an estimate of the memory that the key at `slot` and its value take, in bytes. */
  memoryAt(slot: number): number {
    return this.#records.memoryAt(slot);
  }

  /**
   * Begins a walk over all entries as they are at this moment. `continueWalk()`
   * visits them bit by bit; one that is about to change meanwhile is visited
   * just before. Only one walk at a time.
   */
  startWalk(visit: Visit): void {
    this.#walk = {
      visit,
      visited: new Uint8Array(this.size),
      cursor: this.size,
    };
  }

  /** Visits up to `limit` slots more; returns whether the walk is complete. */
  continueWalk(limit: number): boolean {
    const walk = this.#walk;
    if (walk === undefined) return true;
    const stop = Math.max(0, walk.cursor - limit);
    while (walk.cursor > stop) this.willChange(--walk.cursor);
    if (walk.cursor === 0) this.#walk = undefined;
    return walk.cursor === 0;
  }

  /** Ends the walk where it is. */
  cancelWalk(): void {
    this.#walk = undefined;
  }

  /** To be called before the entry at `slot` changes in any way. */
  willChange(slot: number): void {
    const walk = this.#walk;
    // Of a slot beyond the end nothing is known: it came later.
    if (walk === undefined || walk.visited[slot] !== 0) return;
    walk.visited[slot] = 1;
    walk.visit(slot);
  }

  /** Returns a block that begins with the bytes of `key`. */
  #load(key: string): ByteBlock {
    const { length } = key;
    let scratch = this.#scratch;
    if (length > scratch.length) {
      scratch = ByteBlock.ofSize(length);
      if (length <= KEPT_SCRATCH) this.#scratch = scratch;
    }
    writeString(scratch, 0, key);
    return scratch;
  }
}

interface Walk {
  readonly visit: Visit;
  /** By slot: 0 while its entry has not been visited; moves with the entry. Zeros need not be written at the start. */
  readonly visited: Uint8Array;
  cursor: number;
}
