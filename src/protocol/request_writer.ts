import type { Args } from "./args.ts";

const SMALLEST_BUFFER = 4096;
/** A buffer above this is given back when it has been emptied. */
const KEPT_BUFFER = 1024 * 1024;
/** Up to this length a loop copies faster than a call. */
const LOOP_LENGTH = 48;
const CR = 13, LF = 10, ARRAY = 42, BULK = 36;

const encoder = new TextEncoder();

/** A word of a command line that is written: a byte string, or a number in decimal. */
export type Word = string | number | bigint;

/** Writes command lines as a client sends them, one after the other, into one growing buffer. */
export class RequestWriter {
  /** Number of bytes written. */
  length = 0;
  #bytes = new Uint8Array(SMALLEST_BUFFER);

  /** The buffer: what was written is its first `length` bytes, valid until more is written. */
  get bytes(): Uint8Array<ArrayBuffer> {
    return this.#bytes;
  }

  /** Forgets what was written; the buffer is used again unless it has become large. */
  clear(): void {
    this.length = 0;
    if (this.#bytes.length > KEPT_BUFFER) {
      this.#bytes = new Uint8Array(SMALLEST_BUFFER);
    }
  }

  /** Writes a command line of these words. */
  words(words: readonly Word[]): void {
    this.#reserve(32);
    this.#header(ARRAY, words.length);
    for (const word of words) this.#bulk(String(word));
  }

  /** Writes a command line of these arguments, byte for byte. */
  args(args: Args): void {
    const { bytes, ends, length, starts } = args;
    this.#reserve(32);
    this.#header(ARRAY, length);
    for (let i = 0; i < length; i++) {
      this.#bulkBytes(bytes, starts[i]!, ends[i]!);
    }
  }

  /** Appends bytes `start` to `end` of what another writer has written. */
  append(from: RequestWriter, start: number, end: number): void {
    this.#reserve(end - start);
    this.#copy(from.bytes, start, end);
  }

  #bulk(text: string): void {
    const { length } = text;
    this.#reserve(length + 32);
    this.#header(BULK, length);
    this.#string(text);
    this.#crlf();
  }

  #bulkBytes(from: Uint8Array, start: number, end: number): void {
    this.#reserve(end - start + 32);
    this.#header(BULK, end - start);
    this.#copy(from, start, end);
    this.#crlf();
  }

  #copy(from: Uint8Array, start: number, end: number): void {
    const bytes = this.#bytes;
    let at = this.length;
    if (end - start > LOOP_LENGTH) bytes.set(from.subarray(start, end), at);
    else for (let i = start; i < end; i++) bytes[at++] = from[i]!;
    this.length += end - start;
  }

  #string(text: string): void {
    const bytes = this.#bytes;
    const { length } = text;
    let at = this.length;
    this.length += length;
    if (length > LOOP_LENGTH) {
      // Right as long as all is ASCII; a byte above 127 would come out as two.
      const { read } = encoder.encodeInto(
        text,
        bytes.subarray(at, at + length),
      );
      if (read === length) return;
    }
    for (let i = 0; i < length; i++) bytes[at++] = text.charCodeAt(i);
  }

  #header(kind: number, n: number): void {
    const bytes = this.#bytes;
    bytes[this.length++] = kind;
    if (n < 100) {
      if (n >= 10) bytes[this.length++] = 48 + (n / 10 | 0);
      bytes[this.length++] = 48 + n % 10;
    } else this.#string(String(n));
    this.#crlf();
  }

  #crlf(): void {
    this.#bytes[this.length++] = CR;
    this.#bytes[this.length++] = LF;
  }

  #reserve(n: number): void {
    if (this.length + n <= this.#bytes.length) return;
    const grown = new Uint8Array(
      Math.max(this.#bytes.length * 2, this.length + n),
    );
    grown.set(this.#bytes.subarray(0, this.length));
    this.#bytes = grown;
  }
}
