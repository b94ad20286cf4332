import { Buffer } from "node:buffer";
import { Args } from "./args.ts";
import { ProtocolError } from "./command_error.ts";
import { parseInt64 } from "./integer.ts";
import { splitWords } from "./inline.ts";

const CR = 13, LF = 10, ASTERISK = 42, DOLLAR = 36;

/** Longest inline request, and longest line that may announce a length. */
const MAX_LINE = 64 * 1024;
const MAX_ARGUMENTS = 2 ** 31 - 1;
/** A connection that has not authenticated may not make the server hold more than this. */
const UNAUTHENTICATED_ARGUMENTS = 10;
const UNAUTHENTICATED_BULK_LENGTH = 16384;
const SMALLEST_BUFFER = 4 * 1024;
/** The read buffer grows up to this as long as reads fill it. */
const FULL_BUFFER = 64 * 1024;
/** How much memory a declared length gets before its bytes have come. */
const TRUSTED_LENGTH = 1024 * 1024;

/** What a request may declare. */
export interface RequestLimits {
  /** Longest argument, in bytes: `proto-max-bulk-len`. */
  maxBulkLength: number;
}

/**
 * Decodes requests, RESP or inline, out of a read buffer that it owns.
 *
 * Bytes go in through `space()` and `received()`, requests come out through
 * `next()`, one at a time, in `args`. A request may arrive in any pieces: what
 * was decoded of it is kept, so that the work is linear in its size.
 */
export class RequestDecoder {
  /** The request that `next()` completed: valid until `next()` or `space()` is called. */
  readonly args: Args;
  readonly #limits: RequestLimits;
  /** Where the request being decoded begins, how far it is decoded, and where the received bytes end. */
  #from = 0;
  #at = 0;
  #end = 0;
  /** Arguments that the request still misses; 0 between requests. */
  #missing = 0;
  /** Announced length of the argument being received, or -1 before its header. */
  #bulkLength = -1;
  /** Set once the connection has authenticated, or needs not. */
  trusted = true;

  constructor(limits: RequestLimits) {
    this.#limits = limits;
    this.args = new Args(Buffer.allocUnsafeSlow(SMALLEST_BUFFER));
  }

  /** Number of bytes received that no completed request has used up. */
  get buffered(): number {
    return this.#end - this.#from;
  }

  /** Size of the read buffer, in bytes. */
  get capacity(): number {
    return this.args.bytes.length;
  }

  /** Returns where the next bytes are to be put. Invalidates `args` of a completed request. */
  space(): Uint8Array {
    const { args } = this;
    if (this.#from > 0) {
      const distance = this.#from;
      if (this.#end > distance) args.bytes.copyWithin(0, distance, this.#end);
      if (this.#missing > 0) args.shift(distance);
      this.#from = 0;
      this.#at -= distance;
      this.#end -= distance;
    }
    const wanted = this.#wantedCapacity();
    if (wanted !== args.bytes.length) {
      const bytes = Buffer.allocUnsafeSlow(wanted);
      bytes.set(args.bytes.subarray(0, this.#end));
      args.bytes = bytes;
    }
    return args.bytes.subarray(this.#end);
  }

  /** Counts `n` bytes that were put into `space()`. */
  received(n: number): void {
    this.#end += n;
  }

  /** Puts bytes in, as `space()` and `received()` do. */
  push(bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length;) {
      const space = this.space();
      const part = bytes.subarray(at, at + space.length);
      space.set(part);
      this.received(part.length);
      at += part.length;
    }
  }

  /** Gives the read buffer back while the connection idles. */
  shrink(): void {
    if (this.buffered > 0 || this.capacity <= SMALLEST_BUFFER) return;
    this.#from = this.#at = this.#end = 0;
    this.args.bytes = Buffer.allocUnsafeSlow(SMALLEST_BUFFER);
  }

  /** Completes the next request in `args` and returns true, or returns false when more bytes are needed. Throws ProtocolError. */
  next(): boolean {
    while (this.#at < this.#end) {
      if (this.#missing === 0) {
        this.args.length = 0;
        this.#from = this.#at;
        if (this.args.bytes[this.#at] !== ASTERISK) {
          if (!this.#inline()) return false;
          if (this.args.length > 0) return true;
          continue;
        }
        if (!this.#arrayHeader()) return false;
        if (this.#missing === 0) continue;
      }
      if (!this.#bulks()) return false;
      return true;
    }
    if (this.#missing === 0) this.#from = this.#at;
    return false;
  }

  /** Takes the completed request back, so that `next()` completes it again. */
  unread(): void {
    this.#at = this.#from;
  }

  #arrayHeader(): boolean {
    const { bytes } = this.args;
    // Almost every request has one digit of arguments.
    const digit = bytes[this.#at + 1]! - 48;
    let count: number;
    if (
      this.#at + 4 <= this.#end && bytes[this.#at + 2] === CR && digit > 0 &&
      digit <= 9
    ) {
      count = digit;
      this.#at += 4;
    } else {
      const next = this.#lineEnd(this.#at, "too big mbulk count string");
      if (next === -1) return false;
      const announced = this.#length(this.#at + 1, next - 2);
      if (announced === undefined || announced > MAX_ARGUMENTS) {
        throw new ProtocolError("invalid multibulk length");
      }
      count = announced;
      this.#at = next;
    }
    if (count > UNAUTHENTICATED_ARGUMENTS && !this.trusted) {
      throw new ProtocolError("unauthenticated multibulk length");
    }
    this.#missing = Math.max(count, 0);
    this.#bulkLength = -1;
    if (count <= 0) this.#from = this.#at;
    return true;
  }

  #bulks(): boolean {
    const { args } = this;
    const { bytes } = args;
    const end = this.#end;
    let at = this.#at;
    let missing = this.#missing;
    let length = this.#bulkLength;
    for (; missing > 0; missing--) {
      if (length === -1) {
        const digit = bytes[at + 1]! - 48;
        const second = bytes[at + 2]! - 48;
        if (at + 5 > end || bytes[at] !== DOLLAR || digit < 0 || digit > 9) {
          length = this.#bulkHeader(at);
          if (length === -1) break;
          at = this.#at;
        } else if (second === CR - 48) {
          length = digit;
          at += 4;
        } else if (
          digit > 0 && second >= 0 && second <= 9 && bytes[at + 3] === CR
        ) {
          length = digit * 10 + second;
          at += 5;
        } else {
          length = this.#bulkHeader(at);
          if (length === -1) break;
          at = this.#at;
        }
      }
      if (at + length + 2 > end) break;
      args.push(at, at + length);
      at += length + 2;
      length = -1;
    }
    this.#at = at;
    this.#missing = missing;
    this.#bulkLength = length;
    return missing === 0;
  }

  /** Reads the `$<length>` line at `at` and moves behind it; -1 when it is not all there. */
  #bulkHeader(at: number): number {
    if (at >= this.#end) return -1;
    const next = this.#lineEnd(at, "too big bulk count string");
    if (next === -1) return -1;
    const kind = this.args.bytes[at]!;
    if (kind !== DOLLAR) {
      throw new ProtocolError(
        `expected '$', got '${String.fromCharCode(kind)}'`,
      );
    }
    const length = this.#length(at + 1, next - 2);
    if (
      length === undefined || length < 0 || length > this.#limits.maxBulkLength
    ) throw new ProtocolError("invalid bulk length");
    if (length > UNAUTHENTICATED_BULK_LENGTH && !this.trusted) {
      throw new ProtocolError("unauthenticated bulk length");
    }
    this.#at = next;
    return length;
  }

  #inline(): boolean {
    const { args } = this;
    const newline = args.bytes.indexOf(LF, this.#at);
    if (newline === -1 || newline >= this.#end) {
      if (this.#end - this.#at > MAX_LINE) {
        throw new ProtocolError("too big inline request");
      }
      return false;
    }
    let end = newline;
    if (end > this.#at && args.bytes[end - 1] === CR) end--;
    const words = splitWords(args.bytes.latin1Slice(this.#at, end));
    if (words === undefined) {
      throw new ProtocolError("unbalanced quotes in request");
    }
    // Unescaped words never take more room than the line that they came from.
    let at = this.#at;
    for (const word of words) {
      args.bytes.latin1Write(word, at);
      args.push(at, at += word.length);
    }
    this.#at = newline + 1;
    if (words.length === 0) this.#from = this.#at;
    return true;
  }

  /** Returns where the line after the one at `at` begins, or -1 when the line is not complete. */
  #lineEnd(at: number, tooBig: string): number {
    const cr = this.args.bytes.indexOf(CR, at);
    if (cr === -1 || cr >= this.#end) {
      if (this.#end - at > MAX_LINE) throw new ProtocolError(tooBig);
      return -1;
    }
    return cr + 2 > this.#end ? -1 : cr + 2;
  }

  #length(start: number, end: number): number | undefined {
    if (end - start > 20) return undefined;
    const n = parseInt64(this.args.bytes.latin1Slice(start, end));
    return n === undefined ? undefined : Number(n);
  }

  #wantedCapacity(): number {
    const capacity = this.args.bytes.length;
    const room = capacity - this.#end;
    if (this.#missing > 0 && this.#bulkLength > room) {
      const needed = this.#at + this.#bulkLength + 2;
      if (needed > capacity) {
        const reach = Math.max(capacity * 2, TRUSTED_LENGTH);
        if (room > 0 && reach < needed) return capacity;
        return Math.min(needed, reach);
      }
    }
    if (room === 0) return Math.max(capacity * 2, SMALLEST_BUFFER);
    if (
      capacity > FULL_BUFFER && this.#end < FULL_BUFFER / 2 &&
      this.#missing === 0
    ) {
      return FULL_BUFFER;
    }
    return capacity;
  }
}
