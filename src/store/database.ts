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
import { DatabaseKeys } from "./database_keys.ts";
import { Events, type KeyEvent } from "./events.ts";
import { type Key, nameOf } from "./keyspace.ts";
import { hasRoom, type PackedType, type PackedValue } from "./packed.ts";
import type { MemberSet } from "./values/set.ts";
import type { SortedSet } from "./values/sorted_set.ts";
import {
  type ReadonlyValue,
  type ReadonlyValueTypes,
  type TypeName,
  typeOf,
  type Value,
  type ValueTypes,
} from "./values/value.ts";

/** Access of a key that is yet to be accessed for the first time. */
export const NEVER_ACCESSED = 0;

/** What a key has but its name. */
export interface Entry {
  readonly value: Value;
  /** Unix time in milliseconds, Infinity for never. */
  readonly expiresAt: Int64;
  /** What the keyspace remembers of accesses. */
  readonly access: number;
}

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
export class Database extends DatabaseKeys {
  /** An integer that is on its way into the keyspace. */
  readonly #digits = { block: ByteBlock.ofSize(32), start: 0, end: 0 };

  /** Returns the value at `key` to be looked at, `undefined` when there is none; throws WRONG_TYPE when it is not a `type`. */
  read<T extends TypeName>(
    key: Key,
    type: T,
  ): ReadonlyValueTypes[T] | undefined {
    const slot = this.#lookUp(key);
    if (slot < 0) return undefined;
    this.touchAt(slot);
    const value = this.table.read(slot);
    if (typeOf(value) !== type) throw WRONG_TYPE;
    return value as ReadonlyValueTypes[T];
  }

  /** Returns the value at `key`, whatever its type, to be looked at. Counts as an access. */
  readAny(key: Key): ReadonlyValue | undefined {
    const slot = this.#lookUp(key);
    if (slot < 0) return undefined;
    this.touchAt(slot);
    return this.table.value(slot);
  }

  /** Like `readAny()`, but leaves the time of the last access as it is: TYPE, TTL, EXISTS; OBJECT, which does not tell when there is no key. */
  look(
    key: Key,
    miss: "announced" | "silent" = "announced",
  ): ReadonlyValue | undefined {
    const slot = this.#lookUp(key, miss);
    return slot < 0 ? undefined : this.table.value(slot);
  }

  /** Returns the value at `key`, whatever its type, and counts nowhere, not even in the statistics. */
  peek(key: Key): ReadonlyValue | undefined {
    const slot = this.liveSlot(key);
    return slot < 0 ? undefined : this.table.value(slot);
  }

  /** Like `read()`, but to change the value in place: `changed()` or `shrunk()` must follow if it did. */
  edit<T extends TypeName>(key: Key, type: T): ValueTypes[T] | undefined {
    const slot = this.liveSlot(key);
    return slot < 0 ? undefined : this.#editAt(slot, type);
  }

  /** Returns the packed value at `key`, to be looked at: `undefined` when there is none of this type, which `read()` then tells more of. */
  readPacked(key: Key, type: PackedType): PackedValue | undefined {
    const slot = this.liveSlot(key);
    if (slot < 0) return undefined;
    const packed = this.table.packedAt(slot, type);
    if (packed === undefined) return undefined;
    this.store.statistics.hits++;
    this.touchAt(slot);
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
    const keyspace = this.table;
    let slot = this.liveSlot(key);
    if (slot < 0) {
      if (absent === "left" || !hasRoom(0, elements, bytes)) return undefined;
      this.makeWay(key);
      slot = keyspace.addPacked(key, type, bytes);
      this.argumentSlot = slot;
      this.store.lookups?.keyAdded(this, nameOf(key));
    }
    const packed = keyspace.packedAt(slot, type);
    if (packed === undefined) return undefined;
    const length = packed.end - packed.start;
    if (!hasRoom(packed.length, elements, length + bytes)) return undefined;
    this.touchAt(slot);
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
    const slot = this.store.keepExpired
      ? this.liveSlot(key)
      : this.argumentSlot;
    return slot < 0 ? undefined : this.#editAt(slot, type);
  }

  /** Returns the value at `key` to be edited where it lies, if it is there: to take elements away. */
  editToTake<T extends PackedType>(
    key: Key,
    type: T,
  ): PackedValue | ValueTypes[T] | undefined {
    const slot = this.liveSlot(key);
    if (slot < 0) return undefined;
    const packed = this.table.packedAt(slot, type);
    if (packed === undefined) return this.#editAt(slot, type);
    this.touchAt(slot);
    this.table.willChange(slot);
    return packed;
  }

  /** Returns the type of the value at `key` as TYPE names it. */
  type(key: Key): TypeName | undefined {
    const slot = this.liveSlot(key);
    return slot < 0 ? undefined : this.table.type(slot);
  }

  /** Puts a value at `key`, whatever was there; its expiry is forgotten or kept. `changed()` must follow. */
  put<V extends Value>(
    key: Key,
    value: V,
    expiry: "forget" | "keep" = "forget",
  ): V {
    const keyspace = this.table;
    let slot = this.liveSlot(key);
    if (slot < 0) {
      this.makeWay(key);
      slot = this.addKey(key, value);
      this.store.lookups?.keyAdded(this, nameOf(key));
    } else {
      keyspace.willChange(slot);
      keyspace.replace(slot, value);
      if (expiry === "forget") keyspace.expiries.delete(slot);
    }
    this.touchAt(slot);
    return value;
  }

  /**
   * Puts an entry at `key`, whatever was there, as what is removed and added in
   * Redis: it is new to who hears of new keys, but stays in the slot it has, where
   * a scan still meets it. `changed()` must follow.
   */
  putEntry(key: Key, { value, expiresAt, access }: Entry): void {
    const lookups = this.has(key) ? this.store.lookups : undefined;
    this.put(key, value);
    lookups?.keyAdded(this, nameOf(key));
    const slot = this.slotOf(key);
    this.table.setAccess(slot, access);
    if (access === NEVER_ACCESSED) this.touchAt(slot);
    if (expiresAt !== Infinity) this.table.expiries.set(slot, expiresAt);
  }

  /**
   * Puts what a command has gathered at `key`, as `put()` does: a scan under way misses no member that was there before.
   *
   * Differs from Redis: SSCAN, ZSCAN and HSCAN can miss elements that were there
   * all along if COPY, RENAME or RESTORE replaced the value meanwhile, and SSCAN
   * if the set was made an intset, and then something else again.
   */
  putMembers(key: Key, members: MemberSet | SortedSet): void {
    if (members.isScannedInSteps && this.type(key) === members.type) {
      members.takeCursors(this.peek(key)!);
    }
    this.put(key, members);
  }

  /** Returns where the bytes of the string at `key` lie, valid until anything changes; else as `read()` does, or `undefined` for another type if told. */
  readString(
    key: Key,
    others: "refused" | "passed over" = "refused",
  ): ByteRange | undefined {
    const slot = this.#lookUp(key);
    if (slot < 0) return undefined;
    this.touchAt(slot);
    const range = this.table.stringAt(slot);
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
    const keyspace = this.table;
    let slot = this.liveSlot(key);
    if (slot < 0) {
      this.makeWay(key);
      slot = keyspace.addBytes(key, value);
      this.argumentSlot = slot;
      this.store.lookups?.keyAdded(this, nameOf(key));
    } else {
      keyspace.willChange(slot);
      keyspace.replaceBytes(slot, value);
      if (expiry === "forget" && keyspace.expiries.size > 0) {
        keyspace.expiries.delete(slot);
      }
    }
    this.touchAt(slot);
    this.#announce(key, event, 1);
  }

  /**
   * Adds to the integer at `key`, 0 when there is none, announces the change, and
   * returns the sum; the expiry stays. Throws WRONG_TYPE, NOT_AN_INTEGER and
   * INCREMENT_OVERFLOW.
   */
  addInteger(key: ByteRange, by: Int64, event: KeyEvent): Int64 {
    const keyspace = this.table;
    const slot = this.liveSlot(key);
    if (slot < 0) {
      this.putString(key, this.digitsOf(by), event);
      return by;
    }
    this.touchAt(slot);
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

  /** Removes `key`; returns what there was, for `putEntry()`, or `undefined` when it was not there. `changed()` must follow if it was. */
  take(key: Key): Entry | undefined {
    const slot = this.liveSlot(key);
    if (slot < 0) return undefined;
    const entry = {
      value: this.table.value(slot),
      expiresAt: this.table.expiries.exactAt(slot),
      access: this.table.access(slot),
    };
    this.removeAt(slot);
    return entry;
  }

  /** The one place every change goes through: counts it, `times` times, and tells the observer. */
  changed(key: Key, event: KeyEvent, times = 1): void {
    const slot = this.slotOf(key);
    if (slot >= 0) this.table.recount(slot);
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

  #editAt<T extends TypeName>(slot: number, type: T): ValueTypes[T] {
    this.touchAt(slot);
    const value = this.table.edit(slot);
    if (typeOf(value) !== type) throw WRONG_TYPE;
    this.table.willChange(slot);
    return value as ValueTypes[T];
  }

  #lookUp(key: Key, miss: "announced" | "silent" = "announced"): number {
    const slot = this.liveSlot(key);
    const { lookups, statistics } = this.store;
    if (slot >= 0) statistics.hits++;
    else {
      statistics.misses++;
      if (miss === "announced") lookups?.keyMissed(this, nameOf(key));
    }
    return slot;
  }

  #announce(key: Key, event: KeyEvent, times: number): void {
    const store = this.store;
    if (typeof key !== "string" && store.observer.ignoresNames) {
      store.changedUnnamed(this, times);
    } else store.changed(this, nameOf(key), event, times);
  }

  #integerIn(slot: number): Int64 {
    const range = this.table.stringAt(slot);
    if (range === undefined) throw WRONG_TYPE;
    const n = integerIn(range);
    if (n === undefined) throw NOT_AN_INTEGER;
    return n;
  }
}
