/** Integers of 1 to 64 bits at any place in a string: BITFIELD's. Numbers up to 53 bits, and bigints only beyond 2^53. */
import { type Int64, INT64_MAX } from "../../protocol/integer.ts";
import { readBits, writeBits } from "./bits.ts";

/** The type of a field: at most 63 bits when it is unsigned, 64 when it is signed. */
export interface FieldType {
  readonly signed: boolean;
  readonly width: number;
}

/** What becomes of a number that a field cannot hold: it loses its high bits, becomes the nearest the field can hold, or is not written. */
export type Overflow = "wrap" | "saturate" | "fail";

/** Returns the field from bit `offset` on; beyond the end there are zeros. */
export function readField(
  bytes: Uint8Array,
  offset: number,
  { signed, width }: FieldType,
): Int64 {
  if (width <= 53) {
    const n = readBits(bytes, offset, width);
    return signed && n >= 2 ** (width - 1) ? n - 2 ** width : n;
  }
  const high = readBits(bytes, offset, width - 32);
  const low = readBits(bytes, offset + width - 32, 32);
  const n = BigInt(high) * 0x100000000n + BigInt(low);
  return plain(signed ? BigInt.asIntN(width, n) : n);
}

/** Writes a number that the field can hold from bit `offset` on, which lies inside. */
export function writeField(
  bytes: Uint8Array,
  offset: number,
  { width }: FieldType,
  n: Int64,
): void {
  if (width <= 53) {
    const number = Number(n);
    const bits = number < 0 ? number + 2 ** width : number;
    return writeBits(bytes, offset, width, bits);
  }
  const bits = BigInt.asUintN(width, BigInt(n));
  writeBits(bytes, offset, width - 32, Number(bits >> 32n));
  const low = Number(BigInt.asUintN(32, bits));
  writeBits(bytes, offset + width - 32, 32, low);
}

/** Returns `n` as a field holds it when it is set, or `undefined` when it does not fit and may not be changed. */
export function fitValue(
  n: Int64,
  type: FieldType,
  overflow: Overflow,
): Int64 | undefined {
  if (overflow === "saturate") {
    const [least, most] = limitsOf(type);
    // As in Redis: the distance to the most is a 64-bit number that wraps around,
    // and what is below zero is very much for an unsigned field.
    const over = type.signed ? most - BigInt(n) > INT64_MAX : n < 0;
    if (over && n < least) return plain(most);
  }
  return fitSum(0, n, type, overflow);
}

/** Returns `n + increment` as a field holds it, or `undefined` when it does not fit and may not be changed. */
export function fitSum(
  n: Int64,
  increment: Int64,
  type: FieldType,
  overflow: Overflow,
): Int64 | undefined {
  const { signed, width } = type;
  if (width <= 52 && typeof n === "number" && typeof increment === "number") {
    const sum = n + increment;
    const least = signed ? -(2 ** (width - 1)) : 0;
    const most = signed ? 2 ** (width - 1) - 1 : 2 ** width - 1;
    if (sum >= least && sum <= most) return sum;
  }
  const [least, most] = limitsOf(type);
  const sum = BigInt(n) + BigInt(increment);
  if (sum >= least && sum <= most) return plain(sum);
  if (overflow === "fail") return undefined;
  if (overflow === "saturate") return plain(sum > most ? most : least);
  return plain(signed ? BigInt.asIntN(width, sum) : BigInt.asUintN(width, sum));
}

function limitsOf(
  { signed, width }: FieldType,
): readonly [least: bigint, most: bigint] {
  const size = 1n << BigInt(width);
  return signed ? [-size / 2n, size / 2n - 1n] : [0n, size - 1n];
}

function plain(n: bigint): Int64 {
  const number = Number(n);
  return Number.isSafeInteger(number) ? number : n;
}
