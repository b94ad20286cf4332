import type { Int64 } from "../protocol/integer.ts";
import { Events, type KeyEvent } from "./events.ts";
import type { KeyPrefetch } from "./key_prefetch.ts";
import { type Key, Keyspace } from "./keyspace.ts";
import type { Random } from "./random.ts";
import type { Store } from "./store.ts";
import type { Value } from "./values/value.ts";

/** Keys that make a database large: some 4 MiB of what it takes to find them. */
const MANY_KEYS = 16 * 1024;
/** How many keys that have expired RANDOMKEY removes before it only passes them by. */
const RANDOM_TRIES = 100;

/**
 * The keys of a database, whatever they hold: they are found, expire, are walked
 * and removed. What is protected here is by slot, for the methods of `Database`.
 *
 * A class of its own that `Database` extends and does not own: with its slots in
 * another object, SET and INCR take a fifth more time.
 */
export abstract class DatabaseKeys {
  readonly index: number;
  protected readonly store: Store;
  /** The keys as they lie. */
  protected table = new Keyspace();
  /** The slot looked up last by an argument, or -1 when slots have moved since. */
  protected argumentSlot = -1;
  /** The key looked up last and its slot, or -1 when slots have moved since. */
  #lastKey = "";
  #lastSlot = -1;

  constructor(index: number, store: Store) {
    this.index = index;
    this.store = store;
  }

  /** Hears of every change of a key: counts it, `times` times, and tells the observer. */
  abstract changed(key: Key, event: KeyEvent, times?: number): void;

  /** Number of keys, with those that have expired and are not removed yet. */
  get size(): number {
    return this.table.size;
  }

  /** Number of keys that have an expiry. */
  get expiring(): number {
    return this.table.expiries.size;
  }

  /** Mean time to live of the keys that have an expiry, in milliseconds. */
  get averageTtl(): number {
    const { mean } = this.table.expiries;
    return Math.max(0, Math.round(mean - this.store.now));
  }

  /** Estimate of the memory held by keys and values, in bytes. */
  get memory(): number {
    return this.table.memory + this.table.expiries.memory;
  }

  /** The same, to be looked at: snapshots walk them. */
  get keyspace(): Keyspace {
    return this.table;
  }

  /** Whether there are so many keys that the processor's cache has not got what it takes to find one. */
  get large(): boolean {
    return this.table.size >= MANY_KEYS;
  }

  /** Fetches what keys that will be looked up soon need: worth its time when the database is large. */
  get prefetch(): KeyPrefetch {
    return this.table.prefetch;
  }

  has(key: Key): boolean {
    return this.liveSlot(key) >= 0;
  }

  /** Returns whether `key` is there, and counts that as an access: what a command does that is about to change it. */
  touch(key: Key): boolean {
    const slot = this.liveSlot(key);
    if (slot >= 0) this.touchAt(slot);
    return slot >= 0;
  }

  /** Removes `key`; returns whether it was there. `changed()` must follow if it was. */
  delete(key: Key): boolean {
    const slot = this.liveSlot(key);
    if (slot >= 0) this.removeAt(slot);
    return slot >= 0;
  }

  /** Removes `key`, which is there, to make room, and announces it. */
  evict(key: Key): void {
    this.removeAt(this.slotOf(key));
    this.changed(key, Events.evicted, 0);
  }

  /** Returns when `key` expires, in unix milliseconds: Infinity for never, `undefined` when it is not there. */
  expiresAt(key: Key): number | undefined {
    const slot = this.liveSlot(key);
    return slot < 0 ? undefined : this.table.expiries.at(slot);
  }

  /** Returns the same without rounding: what lies beyond 2^53 is a bigint. */
  exactExpiresAt(key: Key): Int64 | undefined {
    const slot = this.liveSlot(key);
    return slot < 0 ? undefined : this.table.expiries.exactAt(slot);
  }

  /** Makes `key`, which must be there, expire at a time in unix milliseconds, or never with Infinity. `changed()` must follow. */
  setExpiry(key: Key, at: Int64): void {
    const slot = this.liveSlot(key);
    this.table.willChange(slot);
    if (at === Infinity) this.table.expiries.delete(slot);
    else this.table.expiries.set(slot, at);
  }

  /** Returns how long ago `key` was accessed, in seconds; `undefined` when it is not there. */
  idleSeconds(key: Key): number | undefined {
    const slot = this.liveSlot(key);
    if (slot < 0) return undefined;
    return Math.max(0, this.store.seconds - this.table.access(slot));
  }

  /** Returns how often `key` is accessed, from 0 to 255, logarithmically; `undefined` when it is not there or `Store.frequencies` is not set. */
  frequency(key: Key): number | undefined {
    const slot = this.liveSlot(key);
    const { frequencies, now } = this.store;
    if (slot < 0 || frequencies === undefined) return undefined;
    return frequencies.frequency(this.table.access(slot), now);
  }

  /** Has `key`, which must be there, look as if it had been accessed `seconds` ago; not while an LFU policy is on. */
  setIdleSeconds(key: string, seconds: number): void {
    const { frequencies, seconds: now } = this.store;
    if (frequencies !== undefined) return;
    this.table.setAccess(this.liveSlot(key), Math.max(0, now - seconds));
  }

  /** Has `key`, which must be there, look as if it were accessed that often, from 0 to 255; only while an LFU policy is on. */
  setFrequency(key: string, frequency: number): void {
    const { frequencies, now } = this.store;
    if (frequencies === undefined) return;
    const access = frequencies.counted(frequency, now);
    this.table.setAccess(this.liveSlot(key), access);
  }

  /** Replaces what is remembered of accesses to each key. */
  convertAccesses(convert: (access: number) => number): void {
    for (let slot = 0; slot < this.table.size; slot++) {
      this.table.setAccess(slot, convert(this.table.access(slot)));
    }
  }

  /**
   * Visits up to `count` keys from `cursor` on (0 to begin); returns the cursor to
   * go on from, 0 when all were visited. A key that is there all along is visited
   * at least once, whatever else comes and goes; one that is removed and added
   * again is another key.
   */
  scan(cursor: number, count: number, visit: (key: string) => void): number {
    const { size } = this.table;
    let slot = cursor === 0 ? size : Math.min(cursor, size);
    for (let left = count; left > 0 && slot > 0; left--) {
      slot--;
      if (!this.#expireIfDue(slot)) visit(this.table.key(slot));
    }
    return slot;
  }

  /** Returns the keys that have not expired. */
  *keys(): Generator<string> {
    const { expiries } = this.table;
    for (let slot = 0; slot < this.table.size; slot++) {
      if (expiries.at(slot) > this.store.dueTime) {
        yield this.table.key(slot);
      }
    }
  }

  /** Returns a key picked at random, `undefined` when there is none. */
  randomKey(random: Random): string | undefined {
    const keyspace = this.table;
    for (let tries = 0; tries < RANDOM_TRIES && keyspace.size > 0; tries++) {
      const slot = random.below(keyspace.size);
      const key = keyspace.key(slot);
      if (!this.#expireIfDue(slot)) return key;
    }
    // Most keys have expired: to remove them all here would take too long.
    const start = random.below(keyspace.size);
    for (let i = 0; i < keyspace.size; i++) {
      const slot = (start + i) % keyspace.size;
      if (keyspace.expiries.at(slot) > this.store.dueTime) {
        return keyspace.key(slot);
      }
    }
    return undefined;
  }

  /** Removes the key that falls due first, if its time has come; returns whether there was one. */
  expireNext(): boolean {
    const slot = this.table.expiries.first();
    return slot >= 0 && !this.store.keepExpired && this.#expireIfDue(slot);
  }

  /** Removes every key at once; returns how many there were. `Store.flush()` announces it. */
  clear(): number {
    const { size } = this.table;
    this.#replaceKeyspace(new Keyspace());
    return size;
  }

  /** Exchanges the keys with another database's. `Store.swap()` announces it. */
  swapWith(other: DatabaseKeys): void {
    const mine = this.table;
    this.#replaceKeyspace(other.table);
    other.#replaceKeyspace(mine);
  }

  /** Replaces all keys by those of a snapshot. `Store.replaceAll()` announces it. */
  load(keyspace: Keyspace): void {
    this.#replaceKeyspace(keyspace);
  }

  #replaceKeyspace(keyspace: Keyspace): void {
    this.table = keyspace;
    this.#lastSlot = this.argumentSlot = -1;
  }

  /** Returns the slot of `key`, expired or not, or -1. */
  protected slotOf(key: Key): number {
    // A command asks for the same key several times: as a string, it is the same string.
    if (typeof key === "string") {
      if (this.#lastSlot >= 0 && key === this.#lastKey) return this.#lastSlot;
      this.#lastKey = key;
      return this.#lastSlot = this.table.find(key);
    }
    const { block, start, end } = key;
    const last = this.argumentSlot;
    if (last >= 0 && this.table.keyIs(last, block, start, end)) return last;
    return this.argumentSlot = this.table.findBytes(block, start, end);
  }

  /** Returns the slot of `key`, or -1 when it is not there or has expired. */
  protected liveSlot(key: Key): number {
    const slot = this.slotOf(key);
    if (
      slot >= 0 && this.table.expiries.size > 0 && this.#expireIfDue(slot)
    ) {
      return -1;
    }
    return slot;
  }

  /** Remembers an access to the key at `slot`. */
  protected touchAt(slot: number): void {
    const { frequencies, now, seconds } = this.store;
    const access = frequencies === undefined
      ? seconds
      : frequencies.accessed(this.table.access(slot), now);
    this.table.setAccess(slot, access);
  }

  /** Returns whether the key at `slot` has expired; it is then removed, unless it is to be kept out of sight. */
  #expireIfDue(slot: number): boolean {
    if (this.table.expiries.at(slot) > this.store.dueTime) return false;
    if (this.store.keepExpired) return true;
    const key = this.table.key(slot);
    this.removeAt(slot);
    this.store.statistics.expired++;
    this.changed(key, Events.expired, 0);
    return true;
  }

  /** Removes what is left at `key`, which is not there or has expired: another value is to come. */
  protected makeWay(key: Key): void {
    const slot = this.store.keepExpired ? this.slotOf(key) : -1;
    if (slot >= 0) this.removeAt(slot);
  }

  /** Removes the key at `slot`; no slot is valid afterwards. */
  protected removeAt(slot: number): void {
    this.table.willChange(slot);
    this.table.remove(slot);
    this.#lastSlot = this.argumentSlot = -1;
  }

  /** Adds a key that is not there; returns its slot. */
  protected addKey(key: Key, value: Value): number {
    if (typeof key !== "string") {
      return this.argumentSlot = this.table.addAt(key, value);
    }
    this.#lastKey = key;
    return this.#lastSlot = this.table.add(key, value);
  }
}
