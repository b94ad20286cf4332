import { Buffer } from "node:buffer";
import "../../protocol/byte_string.ts";
import type { Structure } from "./value.ts";

/**
 * A string value that commands edit in place (APPEND, SETRANGE, SETBIT): bytes
 * with room to grow. What a plain byte string would need a copy for costs only
 * the bytes that change here.
 *
 * | operation | cost |
 * |---|---|
 * | `append`, `write` | O(bytes written), amortised |
 * | `slice`, `toString` | O(bytes read) |
 */
export class EditableString implements Structure {
  readonly type = "string";
  length: number;
  accounted = 0;
  #bytes: Buffer;

  constructor(text: string, room = 0) {
    this.#bytes = Buffer.allocUnsafeSlow(text.length + room);
    this.#bytes.latin1Write(text, 0);
    this.length = text.length;
  }

  get memory(): number {
    return this.#bytes.length + 64;
  }

  /** The bytes of the value: valid until it is edited. */
  get bytes(): Buffer {
    return this.#bytes.subarray(0, this.length) as Buffer;
  }

  /** Returns bytes `start` to `end` as a byte string. */
  slice(start: number, end: number): string {
    return this.#bytes.latin1Slice(start, Math.min(end, this.length));
  }

  toString(): string {
    return this.#bytes.latin1Slice(0, this.length);
  }

  append(bytes: Uint8Array): void {
    this.write(this.length, bytes);
  }

  /** Overwrites from `offset` on, with zero bytes between the old end and it. */
  write(offset: number, bytes: Uint8Array): void {
    const end = offset + bytes.length;
    this.grow(end);
    this.#bytes.set(bytes, offset);
  }

  /** Makes the value at least `length` bytes long; the bytes added are zero. */
  grow(length: number): void {
    if (length <= this.length) return;
    if (length > this.#bytes.length) {
      // Twice the size while that is small, a mebibyte more when it is not: Redis's own way.
      const spare = Math.min(length, 1024 * 1024);
      const bytes = Buffer.allocUnsafeSlow(length + spare);
      bytes.set(this.#bytes.subarray(0, this.length));
      this.#bytes = bytes;
    }
    this.#bytes.fill(0, this.length, length);
    this.length = length;
  }

  copy(): EditableString {
    return new EditableString(this.toString());
  }
}
