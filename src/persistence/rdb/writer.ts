import { Buffer } from "node:buffer";
import { type Int64, parseInt64 } from "../../protocol/integer.ts";
import { writeBytes } from "../../protocol/short_string.ts";
import type { StreamId, UInt64 } from "../../store/values/stream_id.ts";
import { Encodings, LENGTH_32, LENGTH_64, Lengths } from "./format.ts";
import { Lzf } from "./lzf.ts";

/** What the configuration says about how values are written. */
export interface RdbSettings {
  /** `rdbcompression` */
  readonly compress: boolean;
  /** `list-max-listpack-size` */
  readonly listNodeSize: number;
}

const FIRST_ROOM = 1024;
/** Longer texts are no integers of 32 bits. */
const LONGEST_INT32 = 11;
/** No string of this length becomes shorter. */
const INCOMPRESSIBLE = 20;
/** Bytes that compression must save. */
const LEAST_SAVED = 4;

/** Writes the parts of RDB data into a growing buffer. */
export class RdbWriter {
  /** Number of bytes written and not taken. */
  length = 0;
  readonly settings: RdbSettings;
  #bytes = Buffer.allocUnsafeSlow(FIRST_ROOM);
  #scratch = Buffer.alloc(0);
  #lzf: Lzf | undefined = undefined;

  constructor(settings: RdbSettings) {
    this.settings = settings;
  }

  /** What was written: valid until more is. */
  get written(): Buffer {
    return this.#bytes.subarray(0, this.length) as Buffer;
  }

  /** Returns what was written, in memory of its own, and begins anew. */
  take(): Buffer {
    const { written } = this;
    // A buffer that a large value has made is handed over instead of kept.
    this.#bytes = Buffer.allocUnsafeSlow(
      Math.min(this.#bytes.length, 64 * FIRST_ROOM),
    );
    this.length = 0;
    return written;
  }

  /** Forgets what was written. */
  clear(): void {
    this.length = 0;
  }

  byte(byte: number): void {
    this.#makeRoom(1);
    this.#bytes[this.length++] = byte;
  }

  /** Writes bytes as they are. */
  raw(bytes: Uint8Array): void {
    this.#makeRoom(bytes.length);
    this.#bytes.set(bytes, this.length);
    this.length += bytes.length;
  }

  /** Writes a byte string as it is. */
  rawText(text: string): void {
    this.#makeRoom(text.length);
    writeBytes(this.#bytes, this.length, text);
    this.length += text.length;
  }

  /** Writes a length, a count or a number that is not negative. */
  size(n: UInt64): void {
    this.#makeRoom(9);
    const bytes = this.#bytes;
    const at = this.length;
    if (n < 1 << 6) {
      bytes[at] = Number(n);
      this.length += 1;
    } else if (n < 1 << 14) {
      bytes.writeUInt16BE(Lengths.fourteenBits << 14 | Number(n), at);
      this.length += 2;
    } else if (n < 2 ** 32) {
      bytes[at] = LENGTH_32;
      bytes.writeUInt32BE(Number(n), at + 1);
      this.length += 5;
    } else {
      bytes[at] = LENGTH_64;
      bytes.writeBigUInt64BE(BigInt(n), at + 1);
      this.length += 9;
    }
  }

  /** Writes a signed integer of 64 bits as a size. */
  signed(n: Int64): void {
    this.size(n < 0 ? BigInt.asUintN(64, BigInt(n)) : n);
  }

  /** Writes the id of an entry of a stream as two numbers. */
  streamId({ ms, seq }: StreamId): void {
    this.size(ms);
    this.size(seq);
  }

  /** Writes 64 bits, the lowest first: a time in milliseconds. */
  int64(n: Int64): void {
    this.#makeRoom(8);
    this.#bytes.writeBigInt64LE(BigInt(n), this.length);
    this.length += 8;
  }

  double(n: number): void {
    this.#makeRoom(8);
    this.#bytes.writeDoubleLE(n, this.length);
    this.length += 8;
  }

  /** Writes a byte string: as an integer if it is one of up to 32 bits, compressed if that makes it shorter. */
  string(text: string): void {
    const { length } = text;
    if (length <= LONGEST_INT32 && this.#integer(text)) return;
    if (length > INCOMPRESSIBLE && this.settings.compress) {
      if (this.#scratch.length < length) {
        this.#scratch = Buffer.allocUnsafeSlow(length * 2);
      }
      writeBytes(this.#scratch, 0, text);
      if (this.#compressed(this.#scratch.subarray(0, length))) return;
    }
    this.size(length);
    this.rawText(text);
  }

  /** Writes the same from bytes. */
  blob(bytes: Buffer): void {
    const { length } = bytes;
    if (length <= LONGEST_INT32 && this.#integer(bytes.latin1Slice())) return;
    if (
      length > INCOMPRESSIBLE && this.settings.compress &&
      this.#compressed(bytes)
    ) return;
    this.size(length);
    this.raw(bytes);
  }

  #integer(text: string): boolean {
    const n = parseInt64(text);
    if (typeof n !== "number" || n !== (n | 0)) return false;
    this.#makeRoom(5);
    const bytes = this.#bytes;
    const at = this.length;
    const encoded = Lengths.encoded << 6;
    if (n === n << 24 >> 24) {
      bytes[at] = encoded | Encodings.int8;
      this.length = bytes.writeInt8(n, at + 1);
    } else if (n === n << 16 >> 16) {
      bytes[at] = encoded | Encodings.int16;
      this.length = bytes.writeInt16LE(n, at + 1);
    } else {
      bytes[at] = encoded | Encodings.int32;
      this.length = bytes.writeInt32LE(n, at + 1);
    }
    return true;
  }

  /** Writes bytes compressed; returns whether that pays. */
  #compressed(bytes: Uint8Array): boolean {
    const { length } = bytes;
    const begin = this.length;
    this.byte(Lengths.encoded << 6 | Encodings.lzf);
    // Their length is known when they are there: they move down to behind it.
    const from = begin + 32;
    this.#makeRoom(from - begin + length);
    this.#lzf ??= new Lzf();
    const packed = this.#lzf.compress(
      bytes,
      this.#bytes.subarray(from, from + length - LEAST_SAVED),
    );
    if (packed === 0) {
      this.length = begin;
      return false;
    }
    this.size(packed);
    this.size(length);
    this.#bytes.copyWithin(this.length, from, from + packed);
    this.length += packed;
    return true;
  }

  #makeRoom(bytes: number): void {
    const needed = this.length + bytes;
    if (needed <= this.#bytes.length) return;
    const grown = Buffer.allocUnsafeSlow(
      Math.max(needed, this.#bytes.length * 2),
    );
    grown.set(this.written);
    this.#bytes = grown;
  }
}

/** Returns the id of an entry of a stream as 16 bytes, the highest first. */
export function streamIdBytes({ ms, seq }: StreamId): Buffer {
  const bytes = Buffer.allocUnsafe(16);
  bytes.writeBigUInt64BE(BigInt(ms), 0);
  bytes.writeBigUInt64BE(BigInt(seq), 8);
  return bytes;
}
