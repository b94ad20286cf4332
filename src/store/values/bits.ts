/**
 * Strings as arrays of bits, as SETBIT numbers them: bit 0 is the highest of the
 * first byte. Whole 32-bit words are taken where there are any: a gigabit is
 * counted or combined in a fraction of a second.
 */

export type BitOperation = "and" | "or" | "xor" | "not";

/** Returns how many bits are set; O(n). */
export function countBits(bytes: Uint8Array): number {
  const words = wordsOf(bytes);
  let count = 0;
  for (let i = 0; i < words.length; i++) count += bitsSet(words[i]!);
  const { before, after } = edges(bytes, words);
  for (let i = 0; i < before; i++) count += bitsSet(bytes[i]!);
  for (let i = after; i < bytes.length; i++) count += bitsSet(bytes[i]!);
  return count;
}

/** Returns how many bits are set from `first` to `last`, both included, which lie inside; O(n). */
export function countBitsBetween(
  bytes: Uint8Array,
  first: number,
  last: number,
): number {
  const from = Math.floor(first / 8), to = Math.floor(last / 8);
  const ahead = bytes[from]! & ~(0xff >> (first % 8));
  const behind = bytes[to]! & (0x7f >> (last % 8));
  return countBits(bytes.subarray(from, to + 1)) - bitsSet(ahead) -
    bitsSet(behind);
}

/** Returns the first bit from `first` to `last`, both included, that is `bit`, or -1; O(n). */
export function findBit(
  bytes: Uint8Array,
  bit: 0 | 1,
  first: number,
  last: number,
): number {
  if (first > last) return -1;
  // With what is not looked for turned into zeros, one loop finds either.
  const flip = bit === 1 ? 0 : 0xff;
  const to = Math.floor(last / 8);
  let at = Math.floor(first / 8);
  let byte = (bytes[at]! ^ flip) & (0xff >> (first % 8));
  if (byte === 0 && at < to) {
    at = firstOther(bytes, flip, at + 1, to);
    byte = bytes[at]! ^ flip;
  }
  if (byte === 0) return -1;
  const found = at * 8 + Math.clz32(byte) - 24;
  return found > last ? -1 : found;
}

/** Returns the first index from `from` to `to`, both included, whose byte is not `byte`, or `to` when there is none. */
function firstOther(
  bytes: Uint8Array,
  byte: number,
  from: number,
  to: number,
): number {
  const range = bytes.subarray(from, to);
  const words = wordsOf(range);
  const { before, after } = edges(range, words);
  let at = 0;
  while (at < before && range[at] === byte) at++;
  if (at < before) return from + at;
  const word = byte === 0 ? 0 : -1;
  let i = 0;
  while (i < words.length && words[i] === word) i++;
  at = i < words.length ? before + i * 4 : after;
  while (at < range.length && range[at] === byte) at++;
  return from + at;
}

/**
 * Writes the combination of `sources` into `target`, which is as long as the
 * longest of them and zero; the shorter ones go on with zeros. NOT takes one. O(n).
 */
export function combineBits(
  operation: BitOperation,
  sources: readonly Uint8Array[],
  target: Uint8Array,
): void {
  target.set(sources[0]!);
  if (operation === "not") return invert(target);
  for (let i = 1; i < sources.length; i++) {
    const source = sources[i]!;
    if (operation === "and") {
      andInto(target, source);
      target.fill(0, source.length);
    } else if (operation === "or") orInto(target, source);
    else xorInto(target, source);
  }
}

function invert(target: Uint8Array): void {
  const words = alignedWords(target);
  for (let i = 0; i < words.length; i++) words[i] = ~words[i]!;
  for (let i = words.length * 4; i < target.length; i++) {
    target[i] = ~target[i]!;
  }
}

function andInto(target: Uint8Array, source: Uint8Array): void {
  const to = alignedWords(target), from = alignedWords(source);
  const words = Math.min(to.length, from.length);
  for (let i = 0; i < words; i++) to[i]! &= from[i]!;
  const end = Math.min(target.length, source.length);
  for (let i = words * 4; i < end; i++) target[i]! &= source[i]!;
}

function orInto(target: Uint8Array, source: Uint8Array): void {
  const to = alignedWords(target), from = alignedWords(source);
  const words = Math.min(to.length, from.length);
  for (let i = 0; i < words; i++) to[i]! |= from[i]!;
  for (let i = words * 4; i < source.length; i++) target[i]! |= source[i]!;
}

function xorInto(target: Uint8Array, source: Uint8Array): void {
  const to = alignedWords(target), from = alignedWords(source);
  const words = Math.min(to.length, from.length);
  for (let i = 0; i < words; i++) to[i]! ^= from[i]!;
  for (let i = words * 4; i < source.length; i++) target[i]! ^= source[i]!;
}

/** Returns the whole words from the first byte on; none when the bytes do not begin where a word can. */
function alignedWords(bytes: Uint8Array): Int32Array {
  const { buffer, byteOffset, length } = bytes;
  if (byteOffset % 4 !== 0) return new Int32Array(0);
  return new Int32Array(buffer, byteOffset, length >> 2);
}

/** Returns the whole words within, wherever they begin. */
function wordsOf({ buffer, byteOffset, length }: Uint8Array): Int32Array {
  const before = -byteOffset & 3;
  const count = Math.max(0, length - before) >> 2;
  if (count === 0) return new Int32Array(0);
  return new Int32Array(buffer, byteOffset + before, count);
}

/** Returns where the words within begin and end. */
function edges(
  bytes: Uint8Array,
  words: Int32Array,
): { before: number; after: number } {
  if (words.length === 0) return { before: bytes.length, after: bytes.length };
  const before = words.byteOffset - bytes.byteOffset;
  return { before, after: before + words.length * 4 };
}

/** Returns how many bits of a word are set: pairs, fours, bytes, then their sum in the top byte. */
function bitsSet(word: number): number {
  word -= (word >>> 1) & 0x55555555;
  word = (word & 0x33333333) + ((word >>> 2) & 0x33333333);
  word = (word + (word >>> 4)) & 0x0f0f0f0f;
  return Math.imul(word, 0x01010101) >>> 24;
}

/** Returns the unsigned number in `width` bits, at most 53, from bit `offset` on; beyond the end there are zeros. */
export function readBits(
  bytes: Uint8Array,
  offset: number,
  width: number,
): number {
  let at = Math.floor(offset / 8);
  const skipped = offset % 8;
  let n = (bytes[at] ?? 0) & (0xff >> skipped);
  let left = width - (8 - skipped);
  if (left < 0) return n >> -left;
  for (; left >= 8; left -= 8) n = n * 256 + (bytes[++at] ?? 0);
  if (left === 0) return n;
  return n * 2 ** left + ((bytes[++at] ?? 0) >> (8 - left));
}

/** Writes an unsigned number into `width` bits, at most 53, from bit `offset` on, which lie inside. */
export function writeBits(
  bytes: Uint8Array,
  offset: number,
  width: number,
  n: number,
): void {
  let end = offset + width;
  while (end > offset) {
    const at = Math.floor((end - 1) / 8);
    const start = Math.max(offset, at * 8);
    const size = end - start;
    const low = n % 2 ** size;
    const shift = at * 8 + 8 - end;
    const mask = (2 ** size - 1) << shift;
    bytes[at] = (bytes[at]! & ~mask) | (low << shift);
    n = (n - low) / 2 ** size;
    end = start;
  }
}
