import type { Buffer } from "node:buffer";
import { MAX_LENGTH } from "../../protocol/byte_string.ts";
import { type Int64, wrapInt64 } from "../../protocol/integer.ts";
import { byteString } from "../../protocol/short_string.ts";
import { EditableString } from "../../store/values/editable_string.ts";
import type { StreamId, UInt64 } from "../../store/values/stream_id.ts";
import type { StringValue } from "../../store/values/value.ts";
import { Encodings, LENGTH_32, LENGTH_64, Lengths } from "./format.ts";
import { decompress } from "./lzf.ts";
import { RdbError, RdbTruncated } from "./rdb_error.ts";

/** No value may be longer: proto-max-bulk-len lets one be longer than a byte string. */
const LONGEST_VALUE = 2 ** 31 - 1;

/**
 * Reads the parts of RDB data. No length is believed before as many bytes are
 * there; whatever does not fit throws RdbError, what ends too early RdbTruncated.
 */
export class RdbReader {
  /** Where the next part begins. */
  at = 0;
  #bytes: Buffer;
  #end: number;

  /** Reads `bytes` up to `end`. */
  constructor(bytes: Buffer, end = bytes.length) {
    this.#bytes = bytes;
    this.#end = end;
  }

  /** Goes on in other bytes, from `at` up to `end`. */
  reset(bytes: Buffer, end: number, at: number): void {
    this.#bytes = bytes;
    this.#end = end;
    this.at = at;
  }

  /** Whether all bytes were read. */
  get done(): boolean {
    return this.at === this.#end;
  }

  byte(): number {
    return this.#bytes[this.#skip(1)]!;
  }

  /** Reads `count` bytes as they are: a view. */
  raw(count: number): Buffer {
    const from = this.#skip(count);
    return this.#bytes.subarray(from, this.at) as Buffer;
  }

  /** Reads a length, a count or a number that is not negative. */
  size(): UInt64 {
    const first = this.byte();
    switch (first >> 6) {
      case Lengths.sixBits:
        return first;
      case Lengths.fourteenBits:
        return (first & 0x3f) << 8 | this.byte();
    }
    if (first === LENGTH_32) return this.#bytes.readUInt32BE(this.#skip(4));
    if (first === LENGTH_64) return uint64(this.#bytes, this.#skip(8));
    throw new RdbError("no length where one should be");
  }

  /** Reads a signed integer that was written as a size. */
  signed(): Int64 {
    const n = this.size();
    return typeof n === "number" ? n : wrapInt64(n);
  }

  /** Reads 64 bits, the lowest first: a time in milliseconds. */
  int64(): Int64 {
    return wrapInt64(this.#bytes.readBigInt64LE(this.#skip(8)));
  }

  int32(): number {
    return this.#bytes.readInt32LE(this.#skip(4));
  }

  double(): number {
    return this.#bytes.readDoubleLE(this.#skip(8));
  }

  /** Reads the id of an entry of a stream that is written as two numbers. */
  streamId(): StreamId {
    const ms = this.size();
    return { ms, seq: this.size() };
  }

  /** Reads one that is written as 16 bytes. */
  rawStreamId(): StreamId {
    return streamIdAt(this.#bytes, this.#skip(16));
  }

  /** Reads a byte string. */
  string(): string {
    return String(this.#string(MAX_LENGTH));
  }

  /** Reads the value of a string key, which may be longer than a byte string can. */
  stringValue(): StringValue {
    return this.#string(LONGEST_VALUE);
  }

  /** Reads the same as bytes; they are a view if they are not encoded. */
  blob(): Buffer {
    const first = this.#bytes[this.at]!;
    if (first >> 6 !== Lengths.encoded || this.at >= this.#end) {
      return this.raw(this.#length());
    }
    this.at++;
    const bytes = this.#encoded(first & 0x3f);
    if (typeof bytes === "string") {
      throw new RdbError("an integer where bytes should be");
    }
    return bytes;
  }

  #string(longest: number): StringValue {
    const first = this.#bytes[this.at]!;
    if (first >> 6 === Lengths.encoded && this.at < this.#end) {
      this.at++;
      const text = this.#encoded(first & 0x3f, longest);
      if (typeof text === "string") return text;
      return text.length > MAX_LENGTH ? editable(text) : text.latin1Slice();
    }
    const length = this.#length(longest);
    const from = this.#skip(length);
    return length > MAX_LENGTH
      ? editable(this.#bytes.subarray(from, this.at))
      : byteString(this.#bytes, from, this.at);
  }

  #encoded(encoding: number, longest = MAX_LENGTH): string | Buffer {
    switch (encoding) {
      case Encodings.int8:
        return String(this.#bytes.readInt8(this.#skip(1)));
      case Encodings.int16:
        return String(this.#bytes.readInt16LE(this.#skip(2)));
      case Encodings.int32:
        return String(this.#bytes.readInt32LE(this.#skip(4)));
      case Encodings.lzf: {
        const packed = this.#length();
        const length = this.#length(longest);
        const bytes = decompress(this.raw(packed), length);
        if (bytes === undefined) throw new RdbError("damaged compression");
        return bytes;
      }
    }
    throw new RdbError(`unknown encoding ${encoding} of a string`);
  }

  /** Reads the length of a string, which may not exceed `longest`. */
  #length(longest = MAX_LENGTH): number {
    const length = Number(this.size());
    if (length > longest) throw new RdbError(`a string of ${length} bytes`);
    return length;
  }

  /** Takes `count` bytes; returns where they begin. */
  #skip(count: number): number {
    const { at } = this;
    if (count > this.#end - at) throw new RdbTruncated();
    this.at += count;
    return at;
  }
}

/** Returns the id of a stream that stands in 16 bytes, the highest first. */
export function streamIdAt(bytes: Buffer, at: number): StreamId {
  return { ms: uint64(bytes, at), seq: uint64(bytes, at + 8) };
}

function uint64(bytes: Buffer, at: number): UInt64 {
  const high = bytes.readUInt32BE(at);
  const low = bytes.readUInt32BE(at + 4);
  return high < 2 ** 21
    ? high * 2 ** 32 + low
    : BigInt(high) << 32n | BigInt(low);
}

function editable(bytes: Uint8Array): EditableString {
  const value = new EditableString("", bytes.length);
  value.append(bytes);
  return value;
}
