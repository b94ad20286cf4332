import { Buffer } from "node:buffer";
import { ByteBlock, type ByteRange } from "./byte_block.ts";
import {
  type CommandError,
  NOT_A_FLOAT,
  NOT_AN_INTEGER,
  STRING_TOO_LONG,
} from "./command_error.ts";
import { MAX_LENGTH } from "./byte_string.ts";
import { parseDouble } from "./double.ts";
import { byteString } from "./short_string.ts";
import { type Int64, parseInt64 } from "./integer.ts";

/**
 * The arguments of a command, its name first: offsets into a buffer of bytes.
 *
 * The instance that a connection decodes into is used again for every request,
 * and its bytes are the read buffer: nothing may keep it beyond the command.
 * What must live longer is taken out with `string()` or, whole, with `copy()`.
 */
export class Args {
  /** Number of arguments, the command name included. */
  length = 0;
  /** Where the arguments lie. */
  #block: ByteBlock;
  #bytes: Buffer;
  /** Where each argument begins and ends in `bytes`. */
  starts = new Int32Array(8);
  ends = new Int32Array(8);
  /** What `range()` and `key()` return. */
  readonly #range: { block: ByteBlock; start: number; end: number };
  readonly #key: { block: ByteBlock; start: number; end: number };

  constructor(bytes: Buffer = Buffer.alloc(0)) {
    this.#block = new ByteBlock(bytes);
    this.#bytes = bytes;
    this.#range = { block: this.#block, start: 0, end: 0 };
    this.#key = { block: this.#block, start: 0, end: 0 };
  }

  get bytes(): Buffer {
    return this.#bytes;
  }

  /** The same, to be read several bytes at a time. */
  get block(): ByteBlock {
    return this.#block;
  }

  /** Has the arguments lie in this buffer from now on. */
  use(bytes: Buffer): void {
    if (bytes === this.#bytes) return;
    this.#block = new ByteBlock(bytes);
    this.#bytes = bytes;
  }

  /** Returns the arguments of a command that did not come over a socket. */
  static from(words: readonly string[]): Args {
    let size = 0;
    for (const word of words) size += word.length;
    const args = new Args(Buffer.allocUnsafeSlow(size));
    let at = 0;
    for (const word of words) {
      args.bytes.latin1Write(word, at);
      args.push(at, at += word.length);
    }
    return args;
  }

  /** Returns argument `i` as a byte string. */
  string(i: number): string {
    const start = this.starts[i]!, end = this.ends[i]!;
    if (end - start > MAX_LENGTH) throw STRING_TOO_LONG;
    return byteString(this.bytes, start, end);
  }

  /** Returns arguments `first` to `last`, both included, as byte strings. */
  strings(first: number, last = this.length - 1): string[] {
    const words: string[] = [];
    for (let i = first; i <= last; i++) words.push(this.string(i));
    return words;
  }

  /** Returns the number of bytes of argument `i`. */
  size(i: number): number {
    return this.ends[i]! - this.starts[i]!;
  }

  /** Number of bytes of all arguments. */
  get bytesInAll(): number {
    let bytes = 0;
    for (let i = 0; i < this.length; i++) bytes += this.size(i);
    return bytes;
  }

  /** Returns argument `i` as C prints it: up to its first zero byte. */
  printed(i: number): string {
    return this.string(i).split("\0", 1)[0]!;
  }

  /** Returns argument `i` as bytes of the read buffer: valid until the command returns. */
  view(i: number): Buffer {
    return this.bytes.subarray(this.starts[i]!, this.ends[i]!) as Buffer;
  }

  /** Returns where argument `i` lies: valid until this is called again, or the command returns. */
  range(i: number): ByteRange {
    return this.#point(this.#range, i);
  }

  /** Returns argument `i` as a key, which spares making a string of it: valid until this is called again, or the command returns. */
  key(i: number): ByteRange {
    return this.#point(this.#key, i);
  }

  /**
   * Returns argument `i` as a number, or throws `error` when it is not a 64-bit
   * integer as Redis prints it. Beyond 2^53 it is the nearest double, which
   * serves for counts, offsets and times; `int64()` is exact.
   */
  integer(i: number, error: CommandError = NOT_AN_INTEGER): number {
    const { bytes } = this;
    const end = this.ends[i]!;
    let at = this.starts[i]!;
    const negative = bytes[at] === 45;
    if (negative) at++;
    const digits = end - at;
    if (
      digits < 1 || digits > 15 ||
      (bytes[at] === 48 && end - this.starts[i]! > 1)
    ) {
      return Number(this.int64(i, error));
    }
    let n = 0;
    for (; at < end; at++) {
      const digit = bytes[at]! - 48;
      if (digit < 0 || digit > 9) throw error;
      n = n * 10 + digit;
    }
    return negative ? -n : n;
  }

  /** Returns argument `i` as a number, or throws `error` when it is not an integer of `least` or more. */
  integerAtLeast(i: number, least: number, error: CommandError): number {
    const n = this.integer(i, error);
    if (n < least) throw error;
    return n;
  }

  /** Returns argument `i` as an exact 64-bit integer, or throws `error`. */
  int64(i: number, error: CommandError = NOT_AN_INTEGER): Int64 {
    if (this.size(i) > 20) throw error;
    const n = parseInt64(this.string(i));
    if (n === undefined) throw error;
    return n;
  }

  /** Returns argument `i` as a double, or throws `error` when it is none as C's `strtod` reads it. */
  double(i: number, error: CommandError = NOT_A_FLOAT): number {
    const { bytes } = this;
    const end = this.ends[i]!;
    let at = this.starts[i]!;
    const negative = bytes[at] === 45;
    if (negative) at++;
    // Most doubles on the wire are integers.
    // What is empty is followed by what may look like its sign.
    if (end - at > 15 || at >= end) return this.#anyDouble(i, error);
    let n = 0;
    for (; at < end; at++) {
      const digit = bytes[at]! - 48;
      if (digit < 0 || digit > 9) return this.#anyDouble(i, error);
      n = n * 10 + digit;
    }
    return negative ? -n : n;
  }

  /**
   * Returns whether argument `i` is `word` (upper-case letters, digits, `-`, `_`
   * and `|`), in any case. A zero byte ends it, as it does in Redis.
   */
  is(i: number, word: string): boolean {
    if (i >= this.length) return false;
    const start = this.starts[i]!;
    const end = start + word.length;
    if (this.ends[i]! < end) return false;
    if (this.ends[i]! > end && this.bytes[end] !== 0) return false;
    for (let j = 0; j < word.length; j++) {
      let byte = this.bytes[start + j]!;
      if (byte >= 97 && byte <= 122) byte -= 32;
      if (byte !== word.charCodeAt(j)) return false;
    }
    return true;
  }

  /** Returns the arguments in memory of their own, to be kept. */
  copy(): Args {
    const from = this.starts[0]!;
    const to = this.ends[this.length - 1]!;
    const bytes = Buffer.allocUnsafeSlow(to - from);
    bytes.set(this.bytes.subarray(from, to));
    const args = new Args(bytes);
    for (let i = 0; i < this.length; i++) {
      args.push(this.starts[i]! - from, this.ends[i]! - from);
    }
    return args;
  }

  /** Appends an argument that lies at `start` to `end` of `bytes`. */
  push(start: number, end: number): void {
    if (this.length === this.starts.length) this.#grow();
    this.starts[this.length] = start;
    this.ends[this.length++] = end;
  }

  /** Moves every offset down by `distance`, after the bytes were moved. */
  shift(distance: number): void {
    for (let i = 0; i < this.length; i++) {
      this.starts[i]! -= distance;
      this.ends[i]! -= distance;
    }
  }

  /** Gives back memory for more than `count` arguments; what is held of them is forgotten. */
  trim(count: number): void {
    if (this.starts.length <= count) return;
    this.length = 0;
    this.starts = new Int32Array(8);
    this.ends = new Int32Array(8);
  }

  #point(
    range: { block: ByteBlock; start: number; end: number },
    i: number,
  ): ByteRange {
    range.block = this.#block;
    range.start = this.starts[i]!;
    range.end = this.ends[i]!;
    return range;
  }

  #anyDouble(i: number, error: CommandError): number {
    const n = parseDouble(this.string(i));
    if (n === undefined) throw error;
    return n;
  }

  #grow(): void {
    const starts = new Int32Array(this.length * 2);
    const ends = new Int32Array(this.length * 2);
    starts.set(this.starts);
    ends.set(this.ends);
    this.starts = starts;
    this.ends = ends;
  }
}
