import { CommandError } from "../../protocol/command_error.ts";
import type { Int64 } from "../../protocol/integer.ts";
import {
  decodeRuns,
  denseRegister,
  estimate,
  histogramOf,
  maximaOf,
  type Run,
  setDenseRegister,
} from "./hyperloglog_registers.ts";
import { observe, REGISTERS } from "./murmur_hash.ts";
import {
  growthAt,
  MOST_GROWTH,
  placeOf,
  setSparseRegister,
} from "./sparse_registers.ts";

/** "HYLL", the encoding, three bytes not used, the cached count. */
export const HEADER = 16;
const MAGIC = [0x48, 0x59, 0x4c, 0x4c];
const ENCODING_AT = 4;
const CACHE_AT = 8;
/** The byte whose highest bit says that the cached count does not hold. */
const STALE_AT = 15;
const DENSE = 0;
const SPARSE = 1;
const DENSE_SIZE = HEADER + REGISTERS * 6 / 8;
/** The highest rank that the sparse encoding can hold. */
const SPARSE_MOST = 32;

const CORRUPTED = new CommandError(
  "INVALIDOBJ",
  "Corrupted HLL object detected",
);

/**
 * A HyperLogLog in the very bytes in which Redis keeps one: counts how many
 * different elements were added, to about 0.81%, in at most 12 KiB.
 *
 * While sparse it works on bytes of its own once it changes; a dense one is
 * changed in the bytes it was made from. Throws INVALIDOBJ when the bytes say
 * what no HyperLogLog says, and has not touched them then.
 *
 * | operation | cost |
 * |---|---|
 * | `add`, `raise` | O(1) dense, O(bytes) sparse |
 * | `count`, `toDense`, `raiseMaxima` | O(registers) |
 */
export class HyperLogLog {
  /** What it is made of; others than it was made from once `replaced` is set. */
  bytes: Uint8Array;
  replaced = false;
  /** Bytes beyond which it becomes dense. */
  readonly #sparseMost: number;
  /** Where a sparse one that changes lies, once it has changed. */
  #room: Uint8Array | undefined = undefined;

  constructor(bytes: Uint8Array, sparseMost: number) {
    this.bytes = bytes;
    this.#sparseMost = sparseMost;
  }

  /** Returns one that nothing was added to. */
  static empty(sparseMost: number): HyperLogLog {
    // All registers are zero, in a single run.
    const bytes = new Uint8Array(HEADER + 2);
    bytes.set(MAGIC);
    bytes[ENCODING_AT] = SPARSE;
    bytes.set([0x7f, 0xff], HEADER);
    return new HyperLogLog(bytes, sparseMost);
  }

  /** Returns whether bytes look like a HyperLogLog, by their header and length. */
  static fits(bytes: Uint8Array): boolean {
    if (bytes.length < HEADER) return false;
    if (MAGIC.some((byte, i) => bytes[i] !== byte)) return false;
    if (bytes[ENCODING_AT] === DENSE) return bytes.length === DENSE_SIZE;
    return bytes[ENCODING_AT] === SPARSE;
  }

  get isSparse(): boolean {
    return this.bytes[ENCODING_AT] === SPARSE;
  }

  /** Adds bytes `start` up to `end`; returns whether that raised a register. */
  add(bytes: Uint8Array, start: number, end: number): boolean {
    const seen = observe(bytes, start, end);
    return this.raise(seen % REGISTERS, Math.floor(seen / REGISTERS));
  }

  /** Makes a register at least `rank`; returns whether it was less. */
  raise(index: number, rank: number): boolean {
    if (!this.isSparse) return this.#raiseDense(index, rank);
    const place = placeOf(this.bytes, HEADER, index);
    if (place === undefined) throw CORRUPTED;
    if (rank <= place.rank) return false;
    const { length } = this.bytes;
    const growth = growthAt(place, index);
    if (
      rank <= SPARSE_MOST &&
      (growth <= 0 || length + growth <= this.#sparseMost)
    ) {
      const own = this.#roomFor(length + MOST_GROWTH);
      const end = setSparseRegister(own, length, place, index, rank);
      this.#replace(own.subarray(0, end));
      return true;
    }
    this.toDense();
    return this.#raiseDense(index, rank);
  }

  /** Returns bytes of its own that begin with the present ones and are at least `length`. */
  #roomFor(length: number): Uint8Array {
    if (this.#room === undefined || this.#room.length < length) {
      this.#room = new Uint8Array(length * 2);
      this.#room.set(this.bytes);
    }
    return this.#room;
  }

  #raiseDense(index: number, rank: number): boolean {
    if (denseRegister(this.bytes, HEADER, index) >= rank) return false;
    setDenseRegister(this.bytes, HEADER, index, rank);
    return true;
  }

  /** Makes it dense, if it is not. The cached count stays. */
  toDense(): void {
    if (!this.isSparse) return;
    const dense = new Uint8Array(DENSE_SIZE);
    dense.set(this.bytes.subarray(0, HEADER));
    dense[ENCODING_AT] = DENSE;
    let index = 0;
    for (const { rank, length } of this.#runs()) {
      for (const end = index + length; index < end; index++) {
        if (rank > 0) setDenseRegister(dense, HEADER, index, rank);
      }
    }
    this.#replace(dense);
  }

  /** Makes every element of `maxima` at least the register of the same index. */
  raiseMaxima(maxima: Uint8Array): void {
    if (!this.isSparse) return maximaOf(this.bytes, HEADER, maxima);
    let index = 0;
    for (const { rank, length } of this.#runs()) {
      for (const end = index + length; index < end; index++) {
        if (rank > maxima[index]!) maxima[index] = rank;
      }
    }
  }

  /** The count that was worked out before, or `undefined` when elements came since. */
  get cachedCount(): Int64 | undefined {
    const { bytes } = this;
    if ((bytes[STALE_AT]! & 0x80) !== 0) return undefined;
    let n = 0n;
    for (let i = STALE_AT; i >= CACHE_AT; i--) n = n * 256n + BigInt(bytes[i]!);
    return n <= Number.MAX_SAFE_INTEGER ? Number(n) : n;
  }

  /** Returns about how many different elements were added. */
  count(): Int64 {
    const histogram = new Float64Array(64);
    if (!this.isSparse) histogramOf(this.bytes, HEADER, histogram);
    else {
      for (const { rank, length } of this.#runs()) histogram[rank]! += length;
    }
    return estimate(histogram);
  }

  /** Notes the count for later, in place. */
  cache(count: Int64): void {
    let rest = BigInt.asUintN(64, BigInt(count));
    for (let i = CACHE_AT; i <= STALE_AT; i++) {
      this.bytes[i] = Number(rest & 0xffn);
      rest >>= 8n;
    }
  }

  /** Says that the cached count does not hold, in place. */
  markStale(): void {
    this.bytes[STALE_AT]! |= 0x80;
  }

  /** Returns the value of every register. */
  registers(): Uint8Array {
    const registers = new Uint8Array(REGISTERS);
    this.raiseMaxima(registers);
    return registers;
  }

  /** Returns the runs that a sparse one is made of, as PFDEBUG DECODE tells them, right or wrong. */
  describe(): string {
    return [...decodeRuns(this.bytes, HEADER)].map(
      ({ kind, rank, length }) =>
        kind === "value" ? `v:${rank},${length}` : `${kind}:${length}`,
    ).join(" ");
  }

  /** Returns the runs of a sparse one; throws when they are not as many registers as there are. */
  #runs() {
    const runs: Run[] = [];
    let length = 0;
    for (const run of decodeRuns(this.bytes, HEADER)) {
      length += run.length;
      // Somebody may have written millions of them.
      if (length > REGISTERS) throw CORRUPTED;
      runs.push(run);
    }
    if (length < REGISTERS) throw CORRUPTED;
    return runs;
  }

  #replace(bytes: Uint8Array): void {
    this.bytes = bytes;
    this.replaced = true;
  }
}
