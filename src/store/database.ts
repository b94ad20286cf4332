import { ByteBlock, type ByteRange } from "../protocol/byte_block.ts";
import {
  INCREMENT_OVERFLOW,
  NOT_AN_INTEGER,
  WRONG_TYPE,
} from "../protocol/command_error.ts";
import {
  addInt64,
  type Int64,
  integerIn,
  writeInt64,
} from "../protocol/integer.ts";
import { Events, type KeyEvent } from "./events.ts";
import type { KeyPrefetch } from "./key_prefetch.ts";
import { type Key, Keyspace, nameOf } from "./keyspace.ts";
import { hasRoom, type PackedType, type PackedValue } from "./packed.ts";
import type { Random } from "./random.ts";
import type { Store } from "./store.ts";
import {
  type ReadonlyValue,
  type ReadonlyValueTypes,
  type TypeName,
  typeOf,
  type Value,
  type ValueTypes,
} from "./values/value.ts";

/** Keys that make a database large: some 4 MiB of what it takes to find them. */
const MANY_KEYS = 16 * 1024;
/** How many keys that have expired RANDOMKEY removes before it only passes them by. */
const RANDOM_TRIES = 100;

/**
 * One of the numbered databases: keys, their values and when they expire.
 *
 * A key that has expired is gone for every method here, to the millisecond.
 * Differs from Redis: a key goes as the millisecond in which it falls due begins,
 * not as it ends; with a clock that a test moves, ten seconds are then enough
 * for a time to live of ten seconds.
 *
 * Whatever changes a key ends in `changed()`: the one choke point on which the
 * dirty counter, WATCH, blocked clients and the rest of the server hang.
 *
 * A key is a byte string or, in commands that are used much, the bytes of an
 * argument (`args.key(i)`): to make a string of them would cost as much as to find
 * the key. `readString()` and its like spare the value that as well.
 */
export class Database {
  readonly index: number;
  readonly #store: Store;
  #keyspace = new Keyspace();
  /** The key looked up last and its slot, or -1 when slots have moved since. */
  #lastKey = "";
  #lastSlot = -1;
  /** The slot looked up last by an argument, or -1 when slots have moved since. */
  #argumentSlot = -1;
  /** An integer that is on its way into the keyspace. */
  readonly #digits = { block: ByteBlock.ofSize(32), start: 0, end: 0 };

  constructor(index: number, store: Store) {
    this.index = index;
    this.#store = store;
  }

  /** Number of keys, with those that have expired and are not removed yet. */
  get size(): number {
    return this.#keyspace.size;
  }

  /** Number of keys that have an expiry. */
  get expiring(): number {
    return this.#keyspace.expiries.size;
  }

  /** Mean time to live of the keys that have an expiry, in milliseconds. */
  get averageTtl(): number {
    const { mean } = this.#keyspace.expiries;
    return Math.max(0, Math.round(mean - this.#store.now));
  }

  /** Estimate of the memory held by keys and values, in bytes. */
  get memory(): number {
    return this.#keyspace.memory + this.#keyspace.expiries.memory;
  }

  /** The keys as they lie, to be looked at: snapshots walk them. */
  get keyspace(): Keyspace {
    return this.#keyspace;
  }

  /** Returns the value at `key` to be looked at, `undefined` when there is none; throws WRONG_TYPE when it is not a `type`. */
  read<T extends TypeName>(
    key: Key,
    type: T,
  ): ReadonlyValueTypes[T] | undefined {
    const slot = this.#lookUp(key);
    if (slot < 0) return undefined;
    this.#touch(slot);
    const value = this.#keyspace.read(slot);
    if (typeOf(value) !== type) throw WRONG_TYPE;
    return value as ReadonlyValueTypes[T];
  }

  /** Returns the value at `key`, whatever its type, to be looked at. Counts as an access. */
  readAny(key: Key): ReadonlyValue | undefined {
    const slot = this.#lookUp(key);
    if (slot < 0) return undefined;
    this.#touch(slot);
    return this.#keyspace.value(slot);
  }

  /** Like `readAny()`, but leaves the time of the last access as it is: TYPE, TTL, EXISTS; OBJECT, which does not tell when there is no key. */
  look(
    key: Key,
    miss: "announced" | "silent" = "announced",
  ): ReadonlyValue | undefined {
    const slot = this.#lookUp(key, miss);
    return slot < 0 ? undefined : this.#keyspace.value(slot);
  }

  /** Returns the value at `key` and leaves no trace, not even in the statistics: MEMORY, DEBUG. */
  peek(key: Key): ReadonlyValue | undefined {
    const slot = this.#live(key);
    return slot < 0 ? undefined : this.#keyspace.value(slot);
  }

  /** Like `read()`, but to change the value in place: `changed()` or `shrunk()` must follow if it did. */
  edit<T extends TypeName>(key: Key, type: T): ValueTypes[T] | undefined {
    const slot = this.#live(key);
    return slot < 0 ? undefined : this.#editAt(slot, type);
  }

  /** Whether there are so many keys that the processor's cache has not got what it takes to find one. */
  get large(): boolean {
    return this.#keyspace.size >= MANY_KEYS;
  }

  /** Fetches what keys that will be looked up soon need: worth its time when the database is large. */
  get prefetch(): KeyPrefetch {
    return this.#keyspace.prefetch;
  }

  /** Returns the packed value at `key`, to be looked at: `undefined` when there is none of this type, which `read()` then tells more of. */
  readPacked(key: Key, type: PackedType): PackedValue | undefined {
    const slot = this.#live(key);
    if (slot < 0) return undefined;
    const packed = this.#keyspace.packedAt(slot, type);
    if (packed === undefined) return undefined;
    this.#store.statistics.hits++;
    this.#touch(slot);
    return packed;
  }

  /**
   * Returns the packed value at `key`, which is made when nothing is there, to add
   * up to so many elements of so many bytes in all; `undefined` when there is none
   * of this type, or not enough room: then `edit()` it. `changed()` must follow if
   * it did change, or was made.
   */
  editPacked(
    key: ByteRange,
    type: PackedType,
    elements: number,
    bytes: number,
    absent: "made" | "left" = "made",
  ): PackedValue | undefined {
    const keyspace = this.#keyspace;
    let slot = this.#live(key);
    if (slot < 0) {
      if (absent === "left" || !hasRoom(0, elements, bytes)) return undefined;
      this.#makeWay(key);
      slot = keyspace.addPacked(key, type, bytes);
      this.#argumentSlot = slot;
      this.#store.lookups?.keyAdded(this, nameOf(key));
    }
    const packed = keyspace.packedAt(slot, type);
    if (packed === undefined) return undefined;
    const length = packed.end - packed.start;
    if (!hasRoom(packed.length, elements, length + bytes)) return undefined;
    this.#touch(slot);
    keyspace.willChange(slot);
    return packed;
  }

  /** Returns the value at `key` to be edited where it lies: as `editPacked()` does, or else as `edit()`. */
  editToAdd<T extends PackedType>(
    key: ByteRange,
    type: T,
    elements: number,
    bytes: number,
  ): PackedValue | ValueTypes[T] | undefined {
    const packed = this.editPacked(key, type, elements, bytes);
    if (packed !== undefined) return packed;
    // To look for the key once more would cost as much as all the rest of a push; one that is over is there while it is kept.
    const slot = this.#store.keepExpired ? this.#live(key) : this.#argumentSlot;
    return slot < 0 ? undefined : this.#editAt(slot, type);
  }

  /** Returns the value at `key` to be edited where it lies, if it is there: to take elements away. */
  editToTake<T extends PackedType>(
    key: Key,
    type: T,
  ): PackedValue | ValueTypes[T] | undefined {
    const slot = this.#live(key);
    if (slot < 0) return undefined;
    const packed = this.#keyspace.packedAt(slot, type);
    if (packed === undefined) return this.#editAt(slot, type);
    this.#touch(slot);
    this.#keyspace.willChange(slot);
    return packed;
  }

  has(key: Key): boolean {
    return this.#live(key) >= 0;
  }

  /** Returns whether `key` is there, and counts that as an access: what a command does that is about to change it. */
  touch(key: Key): boolean {
    const slot = this.#live(key);
    if (slot >= 0) this.#touch(slot);
    return slot >= 0;
  }

  /** Returns the type of the value at `key` as TYPE names it. */
  type(key: Key): TypeName | undefined {
    const slot = this.#live(key);
    return slot < 0 ? undefined : this.#keyspace.type(slot);
  }

  /** Puts a value at `key`, whatever was there; its expiry is forgotten or kept. `changed()` must follow. */
  put<V extends Value>(
    key: Key,
    value: V,
    expiry: "forget" | "keep" = "forget",
  ): V {
    const keyspace = this.#keyspace;
    let slot = this.#live(key);
    if (slot < 0) {
      this.#makeWay(key);
      slot = this.#add(key, value);
      this.#store.lookups?.keyAdded(this, nameOf(key));
    } else {
      keyspace.willChange(slot);
      keyspace.replace(slot, value);
      if (expiry === "forget") keyspace.expiries.delete(slot);
    }
    this.#touch(slot);
    return value;
  }

  /** Returns where the bytes of the string at `key` lie, valid until anything changes; else as `read()` does, or `undefined` for another type if told. */
  readString(
    key: Key,
    others: "refused" | "passed over" = "refused",
  ): ByteRange | undefined {
    const slot = this.#lookUp(key);
    if (slot < 0) return undefined;
    this.#touch(slot);
    const range = this.#keyspace.stringAt(slot);
    if (range === undefined && others === "refused") throw WRONG_TYPE;
    return range;
  }

  /** Puts a string at `key`, whatever was there, and announces the change; its expiry is forgotten or kept. */
  putString(
    key: ByteRange,
    value: ByteRange,
    event: KeyEvent,
    expiry: "forget" | "keep" = "forget",
  ): void {
    const keyspace = this.#keyspace;
    let slot = this.#live(key);
    if (slot < 0) {
      this.#makeWay(key);
      slot = keyspace.addBytes(key, value);
      this.#argumentSlot = slot;
      this.#store.lookups?.keyAdded(this, nameOf(key));
    } else {
      keyspace.willChange(slot);
      keyspace.replaceBytes(slot, value);
      if (expiry === "forget" && keyspace.expiries.size > 0) {
        keyspace.expiries.delete(slot);
      }
    }
    this.#touch(slot);
    this.#announce(key, event, 1);
  }

  /**
   * Adds to the integer at `key`, 0 when there is none, announces the change, and
   * returns the sum; the expiry stays. Throws WRONG_TYPE, NOT_AN_INTEGER and
   * INCREMENT_OVERFLOW.
   */
  addInteger(key: ByteRange, by: Int64, event: KeyEvent): Int64 {
    const keyspace = this.#keyspace;
    const slot = this.#live(key);
    if (slot < 0) {
      this.putString(key, this.digitsOf(by), event);
      return by;
    }
    this.#touch(slot);
    const old = keyspace.integerAt(slot) ?? this.#integerIn(slot);
    const sum = addInt64(old, by);
    if (sum === undefined) throw INCREMENT_OVERFLOW;
    keyspace.willChange(slot);
    if (typeof sum === "number" && sum === (sum | 0)) {
      keyspace.setInteger(slot, sum);
    } else keyspace.replaceBytes(slot, this.digitsOf(sum));
    this.#announce(key, event, 1);
    return sum;
  }

  /** Returns an integer as it is written: valid until this is asked again. */
  digitsOf(n: Int64): ByteRange {
    this.#digits.end = writeInt64(this.#digits.block, n);
    return this.#digits;
  }

  /** Removes `key`; returns its value, or `undefined` when it was not there. `changed()` must follow if it was. */
  remove(key: Key): Value | undefined {
    const slot = this.#live(key);
    if (slot < 0) return undefined;
    const value = this.#keyspace.value(slot);
    this.#removeAt(slot);
    return value;
  }

  /** Removes `key`; returns whether it was there. `changed()` must follow if it was. */
  delete(key: Key): boolean {
    const slot = this.#live(key);
    if (slot >= 0) this.#removeAt(slot);
    return slot >= 0;
  }

  /** Removes `key`, which is there, to make room, and announces it. */
  evict(key: Key): void {
    this.#removeAt(this.#find(key));
    this.changed(key, Events.evicted, 0);
  }

  /** Returns when `key` expires, in unix milliseconds: Infinity for never, `undefined` when it is not there. */
  expiresAt(key: Key): number | undefined {
    const slot = this.#live(key);
    return slot < 0 ? undefined : this.#keyspace.expiries.at(slot);
  }

  /** Returns the same without rounding: what lies beyond 2^53 is a bigint. */
  exactExpiresAt(key: Key): Int64 | undefined {
    const slot = this.#live(key);
    return slot < 0 ? undefined : this.#keyspace.expiries.exactAt(slot);
  }

  /** Makes `key`, which must be there, expire at a time in unix milliseconds, or never with Infinity. `changed()` must follow. */
  setExpiry(key: Key, at: Int64): void {
    const slot = this.#live(key);
    this.#keyspace.willChange(slot);
    if (at === Infinity) this.#keyspace.expiries.delete(slot);
    else this.#keyspace.expiries.set(slot, at);
  }

  /** Returns how long ago `key` was accessed, in seconds; `undefined` when it is not there. */
  idleSeconds(key: Key): number | undefined {
    const slot = this.#live(key);
    if (slot < 0) return undefined;
    return Math.max(0, this.#store.seconds - this.#keyspace.access(slot));
  }

  /** Returns how often `key` is accessed, from 0 to 255, logarithmically; `undefined` when it is not there or `Store.frequencies` is not set. */
  frequency(key: Key): number | undefined {
    const slot = this.#live(key);
    const { frequencies, now } = this.#store;
    if (slot < 0 || frequencies === undefined) return undefined;
    return frequencies.frequency(this.#keyspace.access(slot), now);
  }

  /** Has `key`, which must be there, look as if it had been accessed `seconds` ago; not while an LFU policy is on. */
  setIdleSeconds(key: string, seconds: number): void {
    const { frequencies, seconds: now } = this.#store;
    if (frequencies !== undefined) return;
    this.#keyspace.setAccess(this.#live(key), Math.max(0, now - seconds));
  }

  /** Has `key`, which must be there, look as if it were accessed that often, from 0 to 255; only while an LFU policy is on. */
  setFrequency(key: string, frequency: number): void {
    const { frequencies, now } = this.#store;
    if (frequencies === undefined) return;
    const access = frequencies.counted(frequency, now);
    this.#keyspace.setAccess(this.#live(key), access);
  }

  /** Returns an estimate of the memory that `key` and its value take, in bytes. */
  memoryOf(key: Key): number | undefined {
    const slot = this.#live(key);
    return slot < 0 ? undefined : this.#keyspace.memoryAt(slot);
  }

  /** The one place every change goes through: counts it, `times` times, and tells the observer. */
  changed(key: Key, event: KeyEvent, times = 1): void {
    const slot = this.#find(key);
    if (slot >= 0) this.#keyspace.recount(slot);
    this.#announce(key, event, times);
  }

  /** Announces that elements left a value, and deletes the key when none remain. */
  shrunk(
    key: Key,
    value: { readonly length: number },
    event: KeyEvent,
    times = 1,
  ): void {
    const { length } = value;
    this.changed(key, event, times);
    if (length > 0) return;
    this.delete(key);
    this.changed(key, Events.del, 0);
  }

  /**
   * Visits up to `count` keys from `cursor` on (0 to begin); returns the cursor to
   * go on from, 0 when all were visited. A key that is there all along is visited
   * at least once, whatever else comes and goes.
   */
  scan(cursor: number, count: number, visit: (key: string) => void): number {
    const { size } = this.#keyspace;
    let slot = cursor === 0 ? size : Math.min(cursor, size);
    for (let left = count; left > 0 && slot > 0; left--) {
      slot--;
      if (!this.#expireIfDue(slot)) visit(this.#keyspace.key(slot));
    }
    return slot;
  }

  /** Returns the keys that have not expired. */
  *keys(): Generator<string> {
    const { expiries } = this.#keyspace;
    for (let slot = 0; slot < this.#keyspace.size; slot++) {
      if (expiries.at(slot) > this.#store.dueTime) {
        yield this.#keyspace.key(slot);
      }
    }
  }

  /** Returns a key picked at random, `undefined` when there is none. */
  randomKey(random: Random): string | undefined {
    const keyspace = this.#keyspace;
    for (let tries = 0; tries < RANDOM_TRIES && keyspace.size > 0; tries++) {
      const slot = random.below(keyspace.size);
      const key = keyspace.key(slot);
      if (!this.#expireIfDue(slot)) return key;
    }
    // Most keys have expired: to remove them all here would take too long.
    const start = random.below(keyspace.size);
    for (let i = 0; i < keyspace.size; i++) {
      const slot = (start + i) % keyspace.size;
      if (keyspace.expiries.at(slot) > this.#store.dueTime) {
        return keyspace.key(slot);
      }
    }
    return undefined;
  }

  /** Removes the key that falls due first, if its time has come; returns whether there was one. */
  expireNext(): boolean {
    const slot = this.#keyspace.expiries.first();
    return slot >= 0 && !this.#store.keepExpired && this.#expireIfDue(slot);
  }

  /** Removes every key at once; returns how many there were. `Store.flush()` announces it. */
  clear(): number {
    const { size } = this.#keyspace;
    this.#replaceKeyspace(new Keyspace());
    return size;
  }

  /** Exchanges the keys with another database's. `Store.swap()` announces it. */
  swapWith(other: Database): void {
    const mine = this.#keyspace;
    this.#replaceKeyspace(other.#keyspace);
    other.#replaceKeyspace(mine);
  }

  /** Replaces all keys by those of a snapshot. `Store.replaceAll()` announces it. */
  load(keyspace: Keyspace): void {
    this.#replaceKeyspace(keyspace);
  }

  #editAt<T extends TypeName>(slot: number, type: T): ValueTypes[T] {
    this.#touch(slot);
    const value = this.#keyspace.edit(slot);
    if (typeOf(value) !== type) throw WRONG_TYPE;
    this.#keyspace.willChange(slot);
    return value as ValueTypes[T];
  }

  #replaceKeyspace(keyspace: Keyspace): void {
    this.#keyspace = keyspace;
    this.#lastSlot = this.#argumentSlot = -1;
  }

  /** Returns the slot of `key`, expired or not, or -1. */
  #find(key: Key): number {
    // A command asks for the same key several times: as a string, it is the same string.
    if (typeof key === "string") {
      if (this.#lastSlot >= 0 && key === this.#lastKey) return this.#lastSlot;
      this.#lastKey = key;
      return this.#lastSlot = this.#keyspace.find(key);
    }
    const { block, start, end } = key;
    const last = this.#argumentSlot;
    if (last >= 0 && this.#keyspace.keyIs(last, block, start, end)) return last;
    return this.#argumentSlot = this.#keyspace.findBytes(block, start, end);
  }

  #live(key: Key): number {
    const slot = this.#find(key);
    if (
      slot >= 0 && this.#keyspace.expiries.size > 0 && this.#expireIfDue(slot)
    ) {
      return -1;
    }
    return slot;
  }

  #lookUp(key: Key, miss: "announced" | "silent" = "announced"): number {
    const slot = this.#live(key);
    const { lookups, statistics } = this.#store;
    if (slot >= 0) statistics.hits++;
    else {
      statistics.misses++;
      if (miss === "announced") lookups?.keyMissed(this, nameOf(key));
    }
    return slot;
  }

  #add(key: Key, value: Value): number {
    if (typeof key !== "string") {
      return this.#argumentSlot = this.#keyspace.addAt(key, value);
    }
    this.#lastKey = key;
    return this.#lastSlot = this.#keyspace.add(key, value);
  }

  #announce(key: Key, event: KeyEvent, times: number): void {
    const store = this.#store;
    if (typeof key !== "string" && store.observer.ignoresNames) {
      store.changedUnnamed(this, times);
    } else store.changed(this, nameOf(key), event, times);
  }

  #integerIn(slot: number): Int64 {
    const range = this.#keyspace.stringAt(slot);
    if (range === undefined) throw WRONG_TYPE;
    const n = integerIn(range);
    if (n === undefined) throw NOT_AN_INTEGER;
    return n;
  }

  #touch(slot: number): void {
    const { frequencies, now, seconds } = this.#store;
    const access = frequencies === undefined
      ? seconds
      : frequencies.accessed(this.#keyspace.access(slot), now);
    this.#keyspace.setAccess(slot, access);
  }

  /** Returns whether the key at `slot` has expired; it is then removed, unless it is to be kept out of sight. */
  #expireIfDue(slot: number): boolean {
    if (this.#keyspace.expiries.at(slot) > this.#store.dueTime) return false;
    if (this.#store.keepExpired) return true;
    const key = this.#keyspace.key(slot);
    this.#removeAt(slot);
    this.#store.statistics.expired++;
    this.changed(key, Events.expired, 0);
    return true;
  }

  /** Removes what is left at `key`, which is not there or has expired: another value is to come. */
  #makeWay(key: Key): void {
    const slot = this.#store.keepExpired ? this.#find(key) : -1;
    if (slot >= 0) this.#removeAt(slot);
  }

  #removeAt(slot: number): void {
    this.#keyspace.willChange(slot);
    this.#keyspace.remove(slot);
    this.#lastSlot = this.#argumentSlot = -1;
  }
}
