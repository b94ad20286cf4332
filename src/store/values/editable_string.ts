import { Buffer } from "node:buffer";
import "../../protocol/byte_string.ts";
import type { Structure } from "./value.ts";

const MEBIBYTE = 1024 * 1024;
/** What V8 needs for the object, the view and the buffer, estimated. */
const OVERHEAD = 64;

/**
 * A string value that commands edit in place (APPEND, SETRANGE, SETBIT): bytes
 * with room to grow. What a plain byte string would need a copy for costs only
 * the bytes that change here.
 *
 * | operation | cost |
 * |---|---|
 * | `append`, `write`, `setByte` | O(bytes written), amortised |
 * | `grow` | O(1) within the room, else O(n) |
 * | `view`, `byteAt` | O(1) |
 * | `slice`, `toString` | O(bytes read) |
 */
export class EditableString implements Structure {
  readonly type = "string";
  length: number;
  accounted = 0;
  #encoding: "raw" | "embstr" = "raw";
  /** Zero from `length` on, so that growing within the room costs nothing. */
  #bytes: Buffer;

  /** Holds `text`, with room for `room` bytes more. */
  constructor(text: string, room = 0) {
    this.#bytes = Buffer.alloc(text.length + room);
    this.#bytes.latin1Write(text, 0);
    this.length = text.length;
  }

  /** Returns a value that OBJECT ENCODING calls `embstr` until it is edited, although its digits would do for `int`. */
  static embedded(text: string): EditableString {
    const value = new EditableString(text);
    value.#encoding = "embstr";
    return value;
  }

  /** Returns a value of its own with these bytes. */
  static of(bytes: Uint8Array): EditableString {
    const value = new EditableString("", bytes.length);
    value.write(0, bytes);
    return value;
  }

  /** Returns a value that lies where these bytes are. */
  static over(bytes: Buffer): EditableString {
    const value = new EditableString("");
    value.exchange(bytes);
    return value;
  }

  /** What OBJECT ENCODING calls it. */
  get encoding(): "raw" | "embstr" {
    return this.#encoding;
  }

  get memory(): number {
    return this.#bytes.length + OVERHEAD;
  }

  /** The bytes of the value: valid until it is edited. */
  get bytes(): Buffer {
    return this.view(0, this.length);
  }

  /** Returns bytes `start` up to `end`, which lie inside: valid until the value is edited. */
  view(start: number, end: number): Buffer {
    return this.#bytes.subarray(start, end) as Buffer;
  }

  /** Returns bytes `start` to `end` as a byte string. */
  slice(start: number, end: number): string {
    return this.#bytes.latin1Slice(start, Math.min(end, this.length));
  }

  toString(): string {
    return this.#bytes.latin1Slice(0, this.length);
  }

  /** Returns the byte at `offset`, 0 beyond the end. */
  byteAt(offset: number): number {
    return this.#bytes[offset] ?? 0;
  }

  /** Replaces the byte at `offset`, which lies inside. */
  setByte(offset: number, byte: number): void {
    this.#encoding = "raw";
    this.#bytes[offset] = byte;
  }

  append(bytes: Uint8Array): void {
    this.write(this.length, bytes);
  }

  /** Overwrites from `offset` on, with zero bytes between the old end and it. */
  write(offset: number, bytes: Uint8Array): void {
    this.grow(offset + bytes.length);
    this.#bytes.set(bytes, offset);
  }

  /** Makes the value at least `length` bytes long; the bytes added are zero. */
  grow(length: number): void {
    this.#encoding = "raw";
    if (length <= this.length) return;
    if (length > this.#bytes.length) {
      // An eighth more, so that what a large value costs to grow does not depend on its size.
      const spare = Math.max(spareFor(length), this.length >>> 3);
      const bytes = Buffer.alloc(length + spare);
      bytes.set(this.#bytes.subarray(0, this.length));
      this.#bytes = bytes;
    }
    this.length = length;
  }

  /** Returns whether `length` bytes would fill most of the room there is, and have enough. */
  suits(length: number): boolean {
    const room = this.#bytes.length;
    return length <= room && length >= room - room / 8;
  }

  /** Replaces all bytes, which lie elsewhere. */
  assign(bytes: Uint8Array): void {
    if (bytes.length < this.length) {
      this.#bytes.fill(0, bytes.length, this.length);
    }
    this.length = 0;
    this.write(0, bytes);
  }

  /** Replaces all bytes by others, in whose memory the value then lies; returns the memory that it leaves. */
  exchange(bytes: Buffer): Buffer {
    const old = this.#bytes;
    this.#encoding = "raw";
    this.#bytes = bytes;
    this.length = bytes.length;
    return Buffer.from(old.buffer as ArrayBuffer);
  }

  copy(): EditableString {
    const copy = EditableString.of(this.bytes);
    copy.#encoding = this.#encoding;
    return copy;
  }
}

/** Returns a value with these bytes that is about to become `length` bytes long, in one allocation. */
export function editableFrom(text: string, length: number): EditableString {
  if (length <= text.length) return new EditableString(text);
  return new EditableString(text, length - text.length + spareFor(length));
}

/** Twice the size while that is small, a mebibyte more when it is not: Redis's own way. */
function spareFor(length: number): number {
  return Math.min(length, MEBIBYTE);
}
