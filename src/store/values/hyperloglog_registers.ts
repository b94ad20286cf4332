/** Registers of a HyperLogLog: how bytes hold them, and what they say together. */
import { type Int64, INT64_MIN } from "../../protocol/integer.ts";
import { REGISTERS } from "./murmur_hash.ts";

/** The highest rank that a hash can have. */
const HIGHEST = 51;
/** 0.5 / ln 2 */
const ALPHA = 0.721347520444481703680;

/** A run of registers that are equal: `z` and `Z`, short and long, are zeros. */
export interface Run {
  readonly kind: "z" | "Z" | "value";
  readonly rank: number;
  readonly length: number;
}

/** Returns a register of the dense encoding, whose six bits each begin at byte `base`, lowest first. */
export function denseRegister(
  bytes: Uint8Array,
  base: number,
  index: number,
): number {
  const bit = index * 6;
  const at = base + (bit >> 3);
  const shift = bit & 7;
  const low = bytes[at]! >> shift;
  return (shift > 2 ? low | (bytes[at + 1]! << (8 - shift)) : low) & 63;
}

export function setDenseRegister(
  bytes: Uint8Array,
  base: number,
  index: number,
  rank: number,
): void {
  const bit = index * 6;
  const at = base + (bit >> 3);
  const shift = bit & 7;
  bytes[at] = (bytes[at]! & ~(63 << shift)) | (rank << shift);
  if (shift <= 2) return;
  bytes[at + 1] = (bytes[at + 1]! & ~(63 >> (8 - shift))) |
    (rank >> (8 - shift));
}

/** Counts the registers of the dense encoding by their value. */
export function histogramOf(
  bytes: Uint8Array,
  base: number,
  histogram: Float64Array,
): void {
  for (let at = base; at < base + REGISTERS * 6 / 8; at += 3) {
    const four = bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16);
    histogram[four & 63]!++;
    histogram[(four >> 6) & 63]!++;
    histogram[(four >> 12) & 63]!++;
    histogram[four >> 18]!++;
  }
}

/** Makes every element of `maxima` at least the register of the dense encoding. */
export function maximaOf(
  bytes: Uint8Array,
  base: number,
  maxima: Uint8Array,
): void {
  for (let i = 0; i < REGISTERS; i++) {
    const rank = denseRegister(bytes, base, i);
    if (rank > maxima[i]!) maxima[i] = rank;
  }
}

/**
 * Reads the sparse encoding from byte `base` on: `00llllll` and `01llllll llllllll`
 * are runs of up to 64 and 16384 zeros, `1vvvvvll` is up to four registers of a
 * value up to 32. Lengths and values are kept less one.
 */
export function* decodeRuns(bytes: Uint8Array, base: number): Generator<Run> {
  for (let at = base; at < bytes.length; at++) {
    const byte = bytes[at]!;
    if (byte >= 0x80) {
      const rank = ((byte >> 2) & 31) + 1;
      yield { kind: "value", rank, length: (byte & 3) + 1 };
    } else if (byte < 0x40) yield { kind: "z", rank: 0, length: byte + 1 };
    else {
      const low = bytes[++at] ?? 0;
      yield { kind: "Z", rank: 0, length: ((byte & 63) << 8 | low) + 1 };
    }
  }
}

/** Returns the number of elements that registers stand for. */
export function countOf(registers: Uint8Array): Int64 {
  const histogram = new Float64Array(64);
  for (let i = 0; i < REGISTERS; i++) histogram[registers[i]!]!++;
  return estimate(histogram);
}

/** Returns the number of elements that registers with this histogram stand for (Otmar Ertl, arXiv:1702.01284). */
export function estimate(histogram: Float64Array): Int64 {
  let z = REGISTERS * tau((REGISTERS - histogram[HIGHEST]!) / REGISTERS);
  for (let rank = HIGHEST - 1; rank >= 1; rank--) {
    z = (z + histogram[rank]!) * 0.5;
  }
  z += REGISTERS * sigma(histogram[0]! / REGISTERS);
  const count = Math.round(ALPHA * REGISTERS * REGISTERS / z);
  // What C makes of an infinite number: registers that no hash can have set.
  if (count === Infinity) return INT64_MIN;
  return Number.isSafeInteger(count) ? count : BigInt(count);
}

function sigma(x: number): number {
  if (x === 1) return Infinity;
  let y = 1;
  let z = x;
  for (let before = NaN; before !== z; y += y) {
    x *= x;
    before = z;
    z += x * y;
  }
  return z;
}

function tau(x: number): number {
  if (x === 0 || x === 1) return 0;
  let y = 1;
  let z = 1 - x;
  for (let before = NaN; before !== z;) {
    x = Math.sqrt(x);
    before = z;
    y *= 0.5;
    z -= (1 - x) * (1 - x) * y;
  }
  return z / 3;
}
