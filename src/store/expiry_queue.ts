import type { Int64 } from "../protocol/integer.ts";

/** Times are summed up in two parts, so that no sum loses digits: INFO's mean would drift. */
const LOW_PART = 2 ** 26;

/**
 * The slots that have an expiry, the earliest first: a binary heap that knows
 * where in it each slot stands, so that an entry is moved or removed in place
 * and never goes stale. Typed arrays only: the garbage collector has nothing to
 * walk.
 *
 * Times are kept as the nearest double, which is exact up to the year 287396;
 * what lies beyond is known exactly besides.
 *
 * | operation | cost |
 * |---|---|
 * | `at`, `first` | O(1) |
 * | `set`, `delete`, `move` | O(log n); O(1) when the new time is the latest |
 */
export class ExpiryQueue {
  /** Number of slots that have an expiry. */
  size = 0;
  /** Sum of their times, in parts: multiples of `LOW_PART`, and what is left. */
  #highSum = 0;
  #lowSum = 0;
  #heap = new Int32Array(16);
  /** By slot: its place in the heap, or -1. */
  #places = new Int32Array(16).fill(-1);
  /** By slot: unix time in milliseconds; meaningful only with a place. */
  #times = new Float64Array(16);
  /** By slot: times that a double cannot hold. */
  readonly #exact = new Map<number, bigint>();

  /** Memory held, in bytes: a place, a time and an entry of the heap for each. */
  get memory(): number {
    return this.size * 16;
  }

  /** Mean of the times, in unix milliseconds; 0 when there are none. */
  get mean(): number {
    if (this.size === 0) return 0;
    return this.#highSum / this.size * LOW_PART + this.#lowSum / this.size;
  }

  /** Returns when `slot` expires, in unix milliseconds, or Infinity. */
  at(slot: number): number {
    return slot < this.#places.length && this.#places[slot]! >= 0
      ? this.#times[slot]!
      : Infinity;
  }

  /** Returns the same without rounding. */
  exactAt(slot: number): Int64 {
    return this.#exact.get(slot) ?? this.at(slot);
  }

  /** Returns the slot that expires first, or -1. */
  first(): number {
    return this.size === 0 ? -1 : this.#heap[0]!;
  }

  /** Returns the slot at a place from 0 up to, and without, `size`: all that have an expiry, in no order to rely on. */
  slotAt(place: number): number {
    return this.#heap[place]!;
  }

  /** Makes `slot` expire at a finite time. */
  set(slot: number, exactly: Int64): void {
    this.#reserve(slot);
    const time = Number(exactly);
    if (typeof exactly === "bigint") this.#exact.set(slot, exactly);
    else if (this.#exact.size > 0) this.#exact.delete(slot);
    let place = this.#places[slot]!;
    if (place < 0) {
      if (this.size === this.#heap.length) {
        this.#heap = grown(this.#heap, this.size * 2);
      }
      place = this.size++;
      this.#times[slot] = time;
      this.#count(time, 1);
      this.#rise(place, slot);
    } else {
      const earlier = time < this.#times[slot]!;
      this.#count(this.#times[slot]!, -1);
      this.#count(time, 1);
      this.#times[slot] = time;
      if (earlier) this.#rise(place, slot);
      else this.#sink(place, slot);
    }
  }

  /** Makes `slot` never expire. */
  delete(slot: number): void {
    const place = slot < this.#places.length ? this.#places[slot]! : -1;
    if (place < 0) return;
    this.#places[slot] = -1;
    this.#count(this.#times[slot]!, -1);
    if (this.#exact.size > 0) this.#exact.delete(slot);
    const last = this.#heap[--this.size]!;
    if (last === slot) return;
    if (this.#times[last]! < this.#times[slot]!) this.#rise(place, last);
    else this.#sink(place, last);
  }

  /** Gives the expiry of slot `from` to slot `to`, which has none. */
  move(from: number, to: number): void {
    const place = from < this.#places.length ? this.#places[from]! : -1;
    if (place < 0) return;
    this.#reserve(to);
    this.#places[from] = -1;
    this.#places[to] = place;
    this.#times[to] = this.#times[from]!;
    this.#heap[place] = to;
    const exactly = this.#exact.size > 0 ? this.#exact.get(from) : undefined;
    if (exactly !== undefined) {
      this.#exact.delete(from);
      this.#exact.set(to, exactly);
    }
  }

  #count(time: number, sign: 1 | -1): void {
    const high = Math.floor(time / LOW_PART);
    this.#highSum += sign * high;
    this.#lowSum += sign * (time - high * LOW_PART);
  }

  #rise(place: number, slot: number): void {
    const heap = this.#heap, places = this.#places, times = this.#times;
    const time = times[slot]!;
    while (place > 0) {
      const above = (place - 1) >> 1;
      const parent = heap[above]!;
      if (times[parent]! <= time) break;
      heap[place] = parent;
      places[parent] = place;
      place = above;
    }
    heap[place] = slot;
    places[slot] = place;
  }

  #sink(place: number, slot: number): void {
    const heap = this.#heap, places = this.#places, times = this.#times;
    const time = times[slot]!;
    for (;;) {
      let below = place * 2 + 1;
      if (below >= this.size) break;
      if (
        below + 1 < this.size && times[heap[below + 1]!]! < times[heap[below]!]!
      ) {
        below++;
      }
      const child = heap[below]!;
      if (times[child]! >= time) break;
      heap[place] = child;
      places[child] = place;
      place = below;
    }
    heap[place] = slot;
    places[slot] = place;
  }

  #reserve(slot: number): void {
    const { length } = this.#places;
    if (slot < length) return;
    const size = Math.max(length * 2, slot + 1);
    this.#places = grown(this.#places, size).fill(-1, length);
    const times = new Float64Array(size);
    times.set(this.#times);
    this.#times = times;
  }
}

function grown(from: Int32Array, size: number): Int32Array<ArrayBuffer> {
  const to = new Int32Array(size);
  to.set(from);
  return to;
}
