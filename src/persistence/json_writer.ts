import { type Buffer, isUtf8 } from "node:buffer";
import {
  ByteBlock,
  type ByteRange,
  copyBytes,
} from "../protocol/byte_block.ts";
import "../protocol/byte_string.ts";
import { writeBytes } from "../protocol/short_string.ts";

const ROOM = 512 * 1024;
/** A byte string longer than this is judged by its beginning. */
const SAMPLE = 1024;
const SCRATCH_SIZE = 1024;
/** A byte string longer than this is no reason to keep as much room for the next one. */
const KEPT_SCRATCH = 64 * 1024;

/** Up to this length a loop over chars is faster than a call. */
const LOOP_LENGTH = 48;

const encoder = new TextEncoder();

const QUOTE = 34, ZERO = 48, BACKSLASH = 92, LETTER_U = 117;
/** Letters that stand for control characters behind a backslash. */
const LETTERS = { 8: "b", 9: "t", 10: "n", 12: "f", 13: "r" };
const HEX = "0123456789abcdef";

/** By byte: what follows the backslash in its place; `u` where four digits follow, 0 of a byte that stands for itself. */
const ESCAPES = escapes();
/** By byte: how many bytes it takes within a JSON string. */
const WIDEST = 6;
const WIDTHS = ESCAPES.map((letter) => {
  if (letter === 0) return 1;
  return letter === LETTER_U ? WIDEST : 2;
});

/**
 * Writes JSON as bytes, which are the same as JSON.stringify's of text. Bytes
 * that are not UTF-8 become `{"base64":"…"}`.
 *
 * What it writes comes from the bytes of the keyspace, four at a time, and no
 * string is made of any: a short one takes 20 ns, JSON.stringify 300.
 */
export class JsonWriter {
  /** Number of bytes that `take()` would return. */
  length = 0;
  #taken = 0;
  #block = ByteBlock.ofSize(ROOM);
  /** What was taken last; its turn comes when the other one is. */
  #other: ByteBlock | undefined = undefined;
  /** Where byte strings become bytes. */
  #scratch = ByteBlock.ofSize(SCRATCH_SIZE);
  readonly #loaded = { block: this.#scratch, start: 0, end: 0 };

  /** Number of bytes written since the beginning. */
  get position(): number {
    return this.#taken + this.length;
  }

  /** Returns what was written since the last `take()`, valid until more is written. */
  get written(): Uint8Array {
    return this.#block.bytes.subarray(0, this.length);
  }

  /** Returns what was written since the last time. The bytes stay as they are until the next time. */
  take(): Uint8Array {
    const bytes = this.written;
    this.#taken += bytes.length;
    const block = this.#other ?? ByteBlock.ofSize(ROOM);
    this.#other = this.#block.length > ROOM ? undefined : this.#block;
    this.#block = block;
    this.length = 0;
    return bytes;
  }

  /** Writes JSON that is ASCII. */
  raw(json: string): void {
    const at = this.#reserve(json.length);
    const { bytes } = this.#block;
    for (let i = 0; i < json.length; i++) bytes[at + i] = json.charCodeAt(i);
    this.length += json.length;
  }

  /** Writes JSON that is ASCII, as bytes. */
  rawBlock(json: ByteBlock): void {
    const at = this.#reserve(json.length);
    copyBytes(json, 0, this.#block, at, json.length);
    this.length += json.length;
  }

  /** Writes a byte string: text, or bytes in base64. */
  text(bytes: string): void {
    this.textAt(this.#load(bytes));
  }

  /** The same of bytes of a block. */
  textAt(range: ByteRange): void {
    if (!this.#plain(range)) this.#withEscapes(range);
  }

  /** Writes a byte string: text, or bytes in base64 also if so much of it would have to be escaped that base64 is shorter. */
  textOrBytes(bytes: string): void {
    this.textOrBytesAt(this.#load(bytes));
  }

  /** The same of bytes of a block. */
  textOrBytesAt(range: ByteRange): void {
    if (this.#plain(range)) return;
    const { block, start, end } = range;
    const sample = Math.min(SAMPLE, end - start);
    const width = widthOf(block.bytes, start, start + sample) + 2;
    if (width > sample * 2 + 32) this.#base64(range);
    else this.#withEscapes(range);
  }

  /** Writes a string that is ASCII without anything to be escaped; returns whether it is. */
  #plain({ block, start, end }: ByteRange): boolean {
    let at = this.#reserve(end - start + 2);
    const target = this.#block.data, source = block.data;
    target.setUint8(at++, QUOTE);
    for (; start + 4 <= end; start += 4, at += 4) {
      const word = source.getInt32(start, true);
      // The highest bits of the bytes: none is set while all of them are plain.
      const special = word | (word - 0x20202020) |
        ((word ^ 0x22222222) - 0x01010101) |
        ((word ^ 0x5c5c5c5c) - 0x01010101);
      if ((special & 0x80808080) !== 0) return false;
      target.setInt32(at, word, true);
    }
    for (; start < end; start++, at++) {
      const byte = source.getUint8(start);
      if (byte >= 0x80 || ESCAPES[byte] !== 0) return false;
      target.setUint8(at, byte);
    }
    target.setUint8(at, QUOTE);
    this.length = at + 1;
    return true;
  }

  #withEscapes(range: ByteRange): void {
    const { block: { bytes }, start, end } = range;
    const width = end - start <= SAMPLE
      ? (end - start) * WIDEST
      : widthOf(bytes, start, end);
    let at = this.#reserve(width + 2);
    const target = this.#block.bytes;
    target[at++] = QUOTE;
    let all = 0;
    for (let i = start; i < end; i++) {
      const byte = bytes[i]!;
      const letter = ESCAPES[byte]!;
      all |= byte;
      if (letter === 0) {
        target[at++] = byte;
        continue;
      }
      target[at++] = BACKSLASH;
      target[at++] = letter;
      if (letter !== LETTER_U) continue;
      target[at++] = target[at++] = ZERO;
      target[at++] = HEX.charCodeAt(byte >> 4);
      target[at++] = HEX.charCodeAt(byte & 15);
    }
    if (all >= 0x80 && !isUtf8(bytes.subarray(start, end))) {
      return this.#base64(range);
    }
    target[at] = QUOTE;
    this.length = at + 1;
  }

  #base64({ block, start, end }: ByteRange): void {
    const digits = block.bytes.toString("base64", start, end);
    const json = `{"base64":"${digits}"}`;
    const at = this.#reserve(json.length);
    writeBytes(this.#block.bytes, at, json);
    this.length += json.length;
  }

  /** Returns a byte string as bytes of the scratch block, valid until the next one. */
  #load(text: string): ByteRange {
    const { length } = text;
    let scratch = this.#scratch;
    if (length > scratch.length) {
      scratch = ByteBlock.ofSize(length * 2);
      if (length <= KEPT_SCRATCH) this.#scratch = scratch;
    }
    fill(scratch.bytes, text);
    const loaded = this.#loaded;
    loaded.block = scratch;
    loaded.end = length;
    return loaded;
  }

  /** Makes room for so many bytes more; returns where they go. */
  #reserve(bytes: number): number {
    const { length } = this;
    if (length + bytes > this.#block.length) this.#grow(length + bytes);
    return length;
  }

  #grow(least: number): void {
    const grown = ByteBlock.ofSize(Math.max(least, this.#block.length * 2));
    grown.bytes.set(this.#block.bytes.subarray(0, this.length));
    this.#block = grown;
  }
}

/** Puts a byte string at the start of a buffer. `latin1Write` would make an array of the chars first. */
function fill(bytes: Buffer, text: string): void {
  const { length } = text;
  if (length > LOOP_LENGTH) {
    const { read, written } = encoder.encodeInto(text, bytes);
    if (read === length && written === length) return;
  }
  for (let i = 0; i < length; i++) bytes[i] = text.charCodeAt(i);
}

/** Returns how many bytes a part of a buffer takes within a JSON string. */
function widthOf(bytes: Buffer, start: number, end: number): number {
  let width = 0;
  for (let i = start; i < end; i++) width += WIDTHS[bytes[i]!]!;
  return width;
}

function escapes(): Uint8Array {
  const letters = new Uint8Array(256);
  letters.fill(LETTER_U, 0, 32);
  for (const [byte, letter] of Object.entries(LETTERS)) {
    letters[Number(byte)] = letter.charCodeAt(0);
  }
  letters[QUOTE] = QUOTE;
  letters[BACKSLASH] = BACKSLASH;
  return letters;
}
