import type { Int64 } from "../protocol/integer.ts";
import { ExpiryQueue } from "./expiry_queue.ts";
import { memoryOf, type Value } from "./values/value.ts";

/** What a key costs beyond its own bytes and its value: map entry, slots and string header, estimated. */
export const KEY_OVERHEAD = 80;

/** Hears of an entry as it was when a walk began. */
export type Visit = (key: string, value: Value, expiresAt: Int64) => void;

/**
 * The keys of one database: a map from key to slot beside dense arrays by slot.
 *
 * A key that is removed leaves a hole, into which the entry of the last slot
 * moves. So entries only ever move to lower slots, and a scan from the highest
 * slot downwards meets everything that was there all along, however the keyspace
 * changes meanwhile; its cursor is just a slot.
 *
 * V8's Map sets the limit: 2^24 keys.
 *
 * | operation | cost |
 * |---|---|
 * | `find`, `add`, `remove` | O(1); with an expiry O(log n) |
 * | `startWalk` | O(n), a byte per key |
 */
export class Keyspace {
  readonly expiries = new ExpiryQueue();
  /** Estimate of the memory held by keys and values, in bytes. */
  memory = 0;
  readonly #slots = new Map<string, number>();
  readonly #keys: string[] = [];
  readonly #values: Value[] = [];
  /** By slot: what is remembered of accesses; `Database` knows what that is. */
  #accesses = new Uint32Array(16);
  #walk: Walk | undefined = undefined;

  get size(): number {
    return this.#keys.length;
  }

  /** Returns the slot of `key`, or -1. Slots change when a key is removed. */
  find(key: string): number {
    return this.#slots.get(key) ?? -1;
  }

  key(slot: number): string {
    return this.#keys[slot]!;
  }

  value(slot: number): Value {
    return this.#values[slot]!;
  }

  /** Returns what is remembered of accesses to the key at `slot`: 0 at first, else what was set. */
  access(slot: number): number {
    return this.#accesses[slot]!;
  }

  /** Remembers an access: any 32 bits. */
  setAccess(slot: number, access: number): void {
    this.#accesses[slot] = access;
  }

  /** Adds a key that is not there; returns its slot. */
  add(key: string, value: Value): number {
    const slot = this.#keys.length;
    this.#slots.set(key, slot);
    this.#keys.push(key);
    this.#values.push(value);
    if (slot === this.#accesses.length) {
      const grown = new Uint32Array(slot * 2);
      grown.set(this.#accesses);
      this.#accesses = grown;
    }
    this.#accesses[slot] = 0;
    this.memory += key.length + KEY_OVERHEAD + count(value);
    return slot;
  }

  /** Puts another value at `slot`. */
  replace(slot: number, value: Value): void {
    // The old one first: it may be the same object.
    this.memory -= counted(this.#values[slot]!);
    this.memory += count(value);
    this.#values[slot] = value;
  }

  /** Counts the memory of the value at `slot` again, after it was edited. */
  recount(slot: number): void {
    const value = this.#values[slot]!;
    if (typeof value !== "string") {
      this.memory += -value.accounted + count(value);
    }
  }

  /** Removes the key at `slot`, which the last one then takes. */
  remove(slot: number): void {
    const key = this.#keys[slot]!;
    this.memory -= key.length + KEY_OVERHEAD + counted(this.#values[slot]!);
    this.#slots.delete(key);
    this.expiries.delete(slot);
    const lastKey = this.#keys.pop()!;
    const lastValue = this.#values.pop()!;
    const last = this.#keys.length;
    if (slot !== last) {
      this.#slots.set(lastKey, slot);
      this.#keys[slot] = lastKey;
      this.#values[slot] = lastValue;
      this.#accesses[slot] = this.#accesses[last]!;
      this.expiries.move(last, slot);
    }
    if (this.#walk !== undefined) {
      this.#walk.pending[slot] = this.#walk.pending[last] ?? 0;
      this.#walk.pending[last] = 0;
    }
  }

  /** Returns an estimate of the memory that the key at `slot` and its value take, in bytes. */
  memoryAt(slot: number): number {
    return this.#keys[slot]!.length + KEY_OVERHEAD +
      memoryOf(this.#values[slot]!);
  }

  /**
   * Begins a walk over all entries as they are at this moment. `continueWalk()`
   * visits them bit by bit; one that is about to change meanwhile is visited
   * just before. Only one walk at a time.
   */
  startWalk(visit: Visit): void {
    this.#walk = {
      visit,
      pending: new Uint8Array(this.size).fill(1),
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
    if (walk === undefined || !walk.pending[slot]) return;
    walk.pending[slot] = 0;
    walk.visit(
      this.#keys[slot]!,
      this.#values[slot]!,
      this.expiries.exactAt(slot),
    );
  }
}

interface Walk {
  readonly visit: Visit;
  /** By slot: 1 while its entry has not been visited; moves with the entry. */
  readonly pending: Uint8Array;
  cursor: number;
}

/** Counts a value that enters the keyspace, or was edited in it. */
function count(value: Value): number {
  const memory = memoryOf(value);
  if (typeof value !== "string") value.accounted = memory;
  return memory;
}

/** Returns what was counted of a value. */
function counted(value: Value): number {
  return typeof value === "string" ? memoryOf(value) : value.accounted;
}
