import { type ByteBlock, type ByteRange, writeDigits } from "./byte_block.ts";

/**
 * Redis integers are signed 64-bit. Here they are numbers while they are exact
 * as such and bigints beyond 2^53: the one module where that edge is decided.
 */
export type Int64 = number | bigint;

/** No 64-bit integer has more chars. */
const LONGEST = 20;

export const INT64_MAX = 9223372036854775807n;
export const INT64_MIN = -9223372036854775808n;
/** The double below 2^63, which is no integer of 64 bits any more; nor is -2^63 as JavaScript writes it. */
const LARGEST_DOUBLE = 2 ** 63 - 1024;

/** Returns the integer that `text` spells exactly as Redis would print it, or `undefined`: no blanks, plus sign, leading zeros or overflow. */
export function parseInt64(text: string): Int64 | undefined {
  const { length } = text;
  if (length === 0 || length > LONGEST) return undefined;
  const negative = text.charCodeAt(0) === 45;
  const first = negative ? 1 : 0;
  const lead = text.charCodeAt(first);
  if (lead === 48) return length === 1 ? 0 : undefined;
  let n = 0;
  for (let i = first; i < length; i++) {
    const digit = text.charCodeAt(i) - 48;
    if (digit < 0 || digit > 9) return undefined;
    n = n * 10 + digit;
  }
  if (first === length) return undefined;
  if (n <= Number.MAX_SAFE_INTEGER) return negative ? -n : n;
  return inRange(BigInt(text));
}

/** Returns the integer that bytes `start` to `end` spell, as `parseInt64()` does. */
export function integerIn({ block, start, end }: ByteRange): Int64 | undefined {
  const { data } = block;
  const negative = start < end && data.getUint8(start) === 45;
  const first = negative ? start + 1 : start;
  const digits = end - first;
  if (digits < 1 || digits > 15 || data.getUint8(first) === 48) {
    if (end - start > LONGEST) return undefined;
    return parseInt64(block.bytes.latin1Slice(start, end));
  }
  let n = 0;
  for (let at = first; at < end; at++) {
    const digit = data.getUint8(at) - 48;
    if (digit < 0 || digit > 9) return undefined;
    n = n * 10 + digit;
  }
  return negative ? -n : n;
}

/** Writes an integer at the beginning of a block, which has room for it; returns where it ends. */
export function writeInt64(block: ByteBlock, n: Int64): number {
  if (typeof n === "number" && n < 2 ** 31 && n > -(2 ** 31)) {
    if (n >= 0) return writeDigits(block, 0, n);
    block.bytes[0] = 45;
    return writeDigits(block, 1, -n);
  }
  return block.bytes.latin1Write(String(n), 0);
}

/** Returns `a + b`, or `undefined` when it leaves the 64-bit range. */
export function addInt64(a: Int64, b: Int64): Int64 | undefined {
  if (typeof a === "number" && typeof b === "number") {
    const sum = a + b;
    if (Number.isSafeInteger(sum)) return sum;
  }
  return normalized(BigInt(a) + BigInt(b));
}

/** Returns `-n`, or `undefined` for the one integer that has no opposite. */
export function negateInt64(n: Int64): Int64 | undefined {
  if (typeof n === "number") return n === 0 ? 0 : -n;
  return normalized(-n);
}

/** Returns the low 64 bits of `n` as a signed integer: what C makes of an overflow. */
export function wrapInt64(n: bigint): Int64 {
  return normalized(BigInt.asIntN(64, n))!;
}

/** Returns a number near `n` that is a 64-bit integer, too, and is written as one: exact up to 2^53, good for times beyond. */
export function toNumber(n: Int64): number {
  return Math.max(-LARGEST_DOUBLE, Math.min(Number(n), LARGEST_DOUBLE));
}

/** Returns `n`, of which a number may be any, as an integer of 64 bits; `undefined` when it is none. */
export function int64Of(n: Int64): Int64 | undefined {
  if (typeof n === "bigint") return normalized(n);
  if (Number.isSafeInteger(n)) return n;
  return Number.isInteger(n) ? normalized(BigInt(n)) : undefined;
}

function normalized(n: bigint): Int64 | undefined {
  if (n >= Number.MIN_SAFE_INTEGER && n <= Number.MAX_SAFE_INTEGER) {
    return Number(n);
  }
  return inRange(n);
}

function inRange(n: bigint): bigint | undefined {
  return n > INT64_MAX || n < INT64_MIN ? undefined : n;
}
