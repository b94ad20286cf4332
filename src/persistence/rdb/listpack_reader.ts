import type { Buffer } from "node:buffer";
import { type Int64, wrapInt64 } from "../../protocol/integer.ts";
import { byteString } from "../../protocol/short_string.ts";
import { RdbError } from "./rdb_error.ts";

/** Total size in 32 bits, count in 16. */
const HEADER = 6;
const END = 0xff;
/** The count when there are more than it can tell. */
const MANY = 0xffff;

/** Reads the elements of a listpack one after the other, and checks all that it says of itself. */
export class ListpackReader {
  readonly #bytes: Buffer;
  #at = HEADER;
  #count = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
    const { length } = bytes;
    if (
      length < HEADER + 1 || bytes.readUInt32LE(0) !== length ||
      bytes[length - 1] !== END
    ) throw damaged();
  }

  /** Whether all elements were read. */
  get done(): boolean {
    if (this.#at < this.#bytes.length - 1) return false;
    const count = this.#bytes.readUInt16LE(4);
    if (count !== MANY && count !== this.#count) throw damaged();
    return true;
  }

  /** Reads an element as a byte string. */
  text(): string {
    return String(this.next());
  }

  /** Reads an element that must be an integer. */
  integer(): Int64 {
    const element = this.next();
    if (typeof element === "string") throw damaged();
    return element;
  }

  /** Reads an element, which is an integer if it is held as one. */
  next(): Int64 | string {
    const bytes = this.#bytes;
    const at = this.#at;
    const first = bytes[at]!;
    this.#count++;
    if (first < 0x80) {
      this.#end(at, 1);
      return first;
    }
    if (first < 0xc0) return this.#string(1, first & 0x3f);
    if (first < 0xe0) {
      this.#end(at, 2);
      return ((first & 0x1f) << 8 | bytes[at + 1]!) << 19 >> 19;
    }
    if (first < 0xf0) {
      return this.#string(2, (first & 0x0f) << 8 | bytes[at + 1]!);
    }
    switch (first) {
      case 0xf0:
        if (at + 5 > bytes.length) throw damaged();
        return this.#string(5, bytes.readUInt32LE(at + 1));
      case 0xf1:
        this.#end(at, 3);
        return bytes.readInt16LE(at + 1);
      case 0xf2:
        this.#end(at, 4);
        return bytes.readIntLE(at + 1, 3);
      case 0xf3:
        this.#end(at, 5);
        return bytes.readInt32LE(at + 1);
      case 0xf4:
        this.#end(at, 9);
        return wrapInt64(bytes.readBigInt64LE(at + 1));
    }
    throw damaged();
  }

  #string(header: number, length: number): string {
    const from = this.#at + header;
    this.#end(this.#at, header + length);
    return byteString(this.#bytes, from, from + length);
  }

  /** Goes to the end of an element of `size` bytes, behind which that size must stand; it then lies inside. */
  #end(at: number, size: number): void {
    const bytes = this.#bytes;
    let back = at + size;
    const last = bytes.length - 1;
    if (back >= last) throw damaged();
    const width = backWidth(size);
    if (back + width > last) throw damaged();
    let told = 0;
    for (let i = 0; i < width; i++) {
      const byte = bytes[back++]!;
      if (i > 0 !== byte > 0x7f) throw damaged();
      told = told * 128 + (byte & 0x7f);
    }
    if (told !== size) throw damaged();
    this.#at = back;
  }
}

/** Returns how many bytes tell the size of an element behind it. */
export function backWidth(size: number): number {
  if (size <= 127) return 1;
  if (size < 16383) return 2;
  if (size < 2097151) return 3;
  return size < 268435455 ? 4 : 5;
}

function damaged(): RdbError {
  return new RdbError("a damaged listpack");
}
