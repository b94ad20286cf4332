import { Buffer } from "node:buffer";
import { type Int64, parseInt64 } from "../../protocol/integer.ts";
import { writeBytes } from "../../protocol/short_string.ts";
import { backWidth } from "./listpack_reader.ts";

const HEADER = 6;
const END = 0xff;
/** The count when there are more than it can tell. */
const MANY = 0xffff;
const FIRST_ROOM = 256;
/** The longest header of an element and the longest size behind it. */
const OVERHEAD = 10;
const LONGEST_INTEGER = 20;

/** Writes a listpack: byte strings one after the other, integers as such. It can be used again. */
export class ListpackWriter {
  /** Bytes so far, without the end. */
  #length = HEADER;
  #count = 0;
  #bytes = Buffer.allocUnsafeSlow(FIRST_ROOM);

  /** Size of the whole, in bytes. */
  get size(): number {
    return this.#length + 1;
  }

  get count(): number {
    return this.#count;
  }

  /** Begins a new one. */
  clear(): void {
    this.#length = HEADER;
    this.#count = 0;
  }

  /** Appends a byte string, as an integer if it is one. */
  append(text: string): void {
    const n = text.length <= LONGEST_INTEGER ? parseInt64(text) : undefined;
    if (n !== undefined) return this.integer(n);
    const { length } = text;
    const bytes = this.#room(length);
    let at = this.#length;
    if (length < 64) bytes[at++] = 0x80 | length;
    else if (length < 4096) {
      bytes[at++] = 0xe0 | length >> 8;
      bytes[at++] = length;
    } else {
      bytes[at++] = 0xf0;
      at = bytes.writeUInt32LE(length, at);
    }
    writeBytes(bytes, at, text);
    this.#end(at + length);
  }

  integer(n: Int64): void {
    const bytes = this.#room(0);
    let at = this.#length;
    if (n >= 0 && n <= 127) bytes[at++] = Number(n);
    else if (n >= -4096 && n <= 4095) {
      bytes[at++] = 0xc0 | Number(n) >> 8 & 0x1f;
      bytes[at++] = Number(n);
    } else if (n >= -32768 && n <= 32767) {
      bytes[at++] = 0xf1;
      at = bytes.writeInt16LE(Number(n), at);
    } else if (n >= -8388608 && n <= 8388607) {
      bytes[at++] = 0xf2;
      at = bytes.writeIntLE(Number(n), at, 3);
    } else if (n >= -2147483648 && n <= 2147483647) {
      bytes[at++] = 0xf3;
      at = bytes.writeInt32LE(Number(n), at);
    } else {
      bytes[at++] = 0xf4;
      at = bytes.writeBigInt64LE(BigInt(n), at);
    }
    this.#end(at);
  }

  /** Returns the whole listpack: valid until the writer is used again. */
  finish(): Buffer {
    const bytes = this.#bytes;
    bytes[this.#length] = END;
    bytes.writeUInt32LE(this.size, 0);
    bytes.writeUInt16LE(Math.min(this.#count, MANY), 4);
    return bytes.subarray(0, this.size) as Buffer;
  }

  /** Writes the size of the element that ends at `at` behind it. */
  #end(at: number): void {
    const size = at - this.#length;
    const width = backWidth(size);
    for (let i = width - 1; i >= 0; i--) {
      this.#bytes[at++] = Math.floor(size / 128 ** i) & 0x7f |
        (i === width - 1 ? 0 : 0x80);
    }
    this.#length = at;
    this.#count++;
  }

  /** Returns the buffer with room for an element of `length` bytes, and the end. */
  #room(length: number): Buffer {
    const needed = this.#length + length + OVERHEAD + 1;
    if (needed > this.#bytes.length) {
      const grown = Buffer.allocUnsafeSlow(
        Math.max(needed, this.#bytes.length * 2),
      );
      grown.set(this.#bytes.subarray(0, this.#length));
      this.#bytes = grown;
    }
    return this.#bytes;
  }
}
