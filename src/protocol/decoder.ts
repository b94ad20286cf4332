import { Buffer } from "node:buffer";
import { Args } from "./args.ts";
import { ProtocolError } from "./command_error.ts";
import { parseInt64 } from "./integer.ts";
import { splitWords } from "./inline.ts";
import { ReadBuffers } from "./read_buffers.ts";
import { firstArguments } from "./look_ahead.ts";

const NUL = 0, TAB = 9, LF = 10, CR = 13, SPACE = 32;
const QUOTE = 34, DOLLAR = 36, APOSTROPHE = 39, ASTERISK = 42, MINUS = 45;

/** Longest inline request, and longest line that may announce a length. */
const MAX_LINE = 64 * 1024;
const MAX_ARGUMENTS = 2 ** 31 - 1;
/** A connection that has not authenticated may not make the server hold more than this. */
const UNAUTHENTICATED_ARGUMENTS = 10;
const UNAUTHENTICATED_BULK_LENGTH = 16384;
/** The read buffer of a connection that sends little. */
const SMALLEST_BUFFER = 1024;
/** That of one which has not authenticated: what is too much for it to send shows at once, not bit by bit. */
const UNAUTHENTICATED_BUFFER = 4 * 1024;
/** The read buffer grows up to this as long as reads fill it; a longer argument gets as much before its bytes have come. */
const FULL_BUFFER = 64 * 1024;
/** An argument up to this gets all of its memory once a full buffer of it has come. */
const MODEST_ARGUMENT = 4 * 1024 * 1024;
/** A buffer above this is given back as soon as the request that needed it is done. */
const KEPT_BUFFER = 128 * 1024;
/** Offsets are 32-bit. */
const LARGEST_BUFFER = 2 ** 31 - 1;
/** Memory for the offsets of this many arguments is kept. */
const KEPT_ARGUMENTS = 1024;

/** No request may be longer: what is buffered of it must stay below. */
export const MAX_REQUEST = LARGEST_BUFFER - FULL_BUFFER;

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
  readonly #buffers: ReadBuffers;
  /** Where the request being decoded begins, how far it is decoded, and where the received bytes end. */
  #from = 0;
  #at = 0;
  #end = 0;
  /** Arguments that the request still misses; 0 between requests. */
  #missing = 0;
  /** Announced length of the argument being received, or -1 before its header. */
  #bulkLength = -1;
  /** Whether `args` holds a request that was taken back. */
  #unread = false;
  /** Whether the last read left no room in the buffer. */
  #filled = false;
  /** Most bytes in the buffer since `relax()`. */
  #peak = 0;
  /** Size at which the buffer was found to be larger than it need be; 0 if it was not. */
  #relaxed = 0;
  /** Set once the connection has authenticated, or needs not. */
  trusted = true;

  /** Large buffers come from `buffers`, and go there. */
  constructor(limits: RequestLimits, buffers = new ReadBuffers()) {
    this.#limits = limits;
    this.#buffers = buffers;
    this.args = new Args(Buffer.allocUnsafeSlow(SMALLEST_BUFFER));
  }

  /** Number of bytes received that no completed request has used up. */
  get buffered(): number {
    return this.#end - this.#needed;
  }

  /** Number of bytes received that are not decoded: of a request that is not complete, those after its last complete argument. */
  get undecoded(): number {
    return this.#end - (this.#unread ? this.#from : this.#at);
  }

  /** Number of bytes of the arguments that have come of a request that is not complete. */
  get bytesOfPart(): number {
    return this.#missing > 0 ? this.args.bytesInAll : 0;
  }

  /** The same as `buffered` with the request in `args`, while it runs. */
  get bufferedWithRequest(): number {
    return this.#end - this.#from;
  }

  /** Size of the read buffer, in bytes. */
  get capacity(): number {
    return this.args.bytes.length;
  }

  /**
   * Returns where the next bytes are to be put, and stays so until `received()`
   * tells how many came. Invalidates `args` of a completed request.
   */
  space(): Uint8Array {
    const { args } = this;
    const distance = this.#needed;
    if (distance > 0) {
      if (this.#end > distance) args.bytes.copyWithin(0, distance, this.#end);
      if (this.#missing > 0 || this.#unread) args.shift(distance);
      this.#from -= distance;
      this.#at -= distance;
      this.#end -= distance;
    }
    const { loan } = args.block;
    if (loan?.isKept) {
      // The request was stored with the memory it came in, and was all there was.
      args.use(this.#buffers.take(FULL_BUFFER));
      if (loan.left !== undefined) this.#buffers.give(loan.left);
    }
    const wanted = this.#wantedCapacity();
    if (wanted !== args.bytes.length) this.#move(wanted);
    // A view of its own takes longer to make than most requests to decode.
    return this.#end === 0 ? args.bytes : args.bytes.subarray(this.#end);
  }

  /** Moves to a buffer of another size. */
  #move(size: number): void {
    const { args } = this;
    const old = args.bytes;
    const bytes = this.#buffers.take(size);
    bytes.set(old.subarray(0, this.#end));
    args.use(bytes);
    this.#buffers.give(old);
    if (size <= FULL_BUFFER) return;
    args.block.loan = { end: 0, isKept: false, left: undefined };
  }

  /** Counts `n` bytes that were put into `space()`. */
  received(n: number): void {
    this.#end += n;
    const { loan } = this.args.block;
    if (loan !== undefined) loan.end = this.#end;
    if (this.#end > this.#peak) this.#peak = this.#end;
    this.#filled = this.#end === this.args.bytes.length;
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

  /**
   * Lets the buffer shrink, when the next read begins, if it has been mostly
   * empty since this was last called, a few times per second.
   */
  relax(): void {
    const { capacity } = this;
    const roomy = capacity > SMALLEST_BUFFER && this.#peak <= capacity / 4;
    this.#relaxed = roomy ? capacity : 0;
    this.#peak = this.#end;
    if (this.#missing === 0 && !this.#unread) this.args.trim(KEPT_ARGUMENTS);
  }

  /** Completes the next request in `args` and returns true, or returns false when more bytes are needed. Throws ProtocolError. */
  next(): boolean {
    if (this.#unread) {
      this.#unread = false;
      return true;
    }
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
      return this.#bulks();
    }
    return false;
  }

  /** Notes in `ranges` where the first argument of each request begins and ends that `next()` will complete, of the first few; returns of how many. */
  lookAhead(ranges: Int32Array): number {
    return this.#missing > 0 || this.#unread
      ? 0
      : firstArguments(this.args.bytes, this.#at, this.#end, ranges);
  }

  /** Takes the completed request back, so that `next()` completes it again. */
  unread(): void {
    this.#unread = true;
  }

  /** Where the bytes begin that are still to be decoded, or that `args` points to. */
  get #needed(): number {
    return this.#missing > 0 || this.#unread ? this.#from : this.#at;
  }

  #arrayHeader(): boolean {
    const { bytes } = this.args;
    // Almost every request has one digit of arguments.
    const isWhole = this.#at + 4 <= this.#end;
    const digit = isWhole ? bytes[this.#at + 1]! - 48 : -1;
    let count: number;
    if (digit > 0 && digit <= 9 && bytes[this.#at + 2] === CR) {
      count = digit;
      this.#at += 4;
    } else {
      const next = this.#lineEnd(this.#at, "too big mbulk count string");
      if (next === -1) return false;
      count = this.#length(this.#at + 1, next - 2);
      if (!(count <= MAX_ARGUMENTS)) {
        throw new ProtocolError("invalid multibulk length");
      }
      this.#at = next;
    }
    if (count > UNAUTHENTICATED_ARGUMENTS && !this.trusted) {
      throw new ProtocolError("unauthenticated multibulk length");
    }
    this.#missing = Math.max(count, 0);
    this.#bulkLength = -1;
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
        // Reading beyond the buffer, if only once, would have V8 compile every read here for that, at half the speed.
        const isWhole = at + 5 <= end && bytes[at] === DOLLAR;
        const digit = isWhole ? bytes[at + 1]! - 48 : -1;
        const second = isWhole ? bytes[at + 2]! - 48 : -1;
        if (digit < 0 || digit > 9) {
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
    if (!(length >= 0 && length <= this.#limits.maxBulkLength)) {
      throw new ProtocolError("invalid bulk length");
    }
    if (length > UNAUTHENTICATED_BULK_LENGTH && !this.trusted) {
      throw new ProtocolError("unauthenticated bulk length");
    }
    this.#at = next;
    return length;
  }

  #inline(): boolean {
    const { args } = this;
    const newline = this.#find(LF, this.#at);
    if ((newline === -1 ? this.#end : newline) - this.#at > MAX_LINE) {
      throw new ProtocolError("too big inline request");
    }
    if (newline === -1) return false;
    const end = newline > this.#at && args.bytes[newline - 1] === CR
      ? newline - 1
      : newline;
    if (!this.#plainWords(end)) this.#quotedWords(end);
    this.#at = newline + 1;
    return true;
  }

  /** Splits a line into words where it lies; returns false for one that takes more than looking for blanks, with nothing done. */
  #plainWords(end: number): boolean {
    const { args } = this;
    const { bytes } = args;
    let start = -1;
    for (let at = this.#at; at < end; at++) {
      const byte = bytes[at]!;
      if (byte === SPACE || byte === TAB || byte === CR) {
        if (start >= 0) args.push(start, at);
        start = -1;
      } else if (byte < SPACE || byte === QUOTE || byte === APOSTROPHE) {
        args.length = 0;
        return false;
      } else if (start < 0) start = at;
    }
    if (start >= 0) args.push(start, end);
    return true;
  }

  #quotedWords(end: number): void {
    const { args } = this;
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
  }

  /** Returns where the line after the one at `at` begins, or -1 when the line is not complete. */
  #lineEnd(at: number, tooBig: string): number {
    const cr = this.#find(CR, at);
    if ((cr === -1 ? this.#end : cr) - at > MAX_LINE) {
      throw new ProtocolError(tooBig);
    }
    return cr === -1 || cr + 2 > this.#end ? -1 : cr + 2;
  }

  /** Returns where `byte` is, or -1. A zero byte hides what follows it: Redis looks with strchr. */
  #find(byte: number, at: number): number {
    const { bytes } = this.args;
    const end = this.#end;
    for (; at < end; at++) {
      const each = bytes[at]!;
      if (each === byte) return at;
      if (each === NUL) return -1;
    }
    return -1;
  }

  /** Returns the integer that lies at `start` to `end`, or NaN. */
  #length(start: number, end: number): number {
    const { bytes } = this.args;
    const negative = bytes[start] === MINUS;
    let at = negative ? start + 1 : start;
    const digits = end - at;
    if (digits < 1 || digits > 15 || (bytes[at] === 48 && end - start > 1)) {
      if (digits < 1 || digits > 20) return NaN;
      return Number(parseInt64(bytes.latin1Slice(start, end)) ?? NaN);
    }
    let n = 0;
    for (; at < end; at++) {
      const digit = bytes[at]! - 48;
      if (digit < 0 || digit > 9) return NaN;
      n = n * 10 + digit;
    }
    return negative ? -n : n;
  }

  #wantedCapacity(): number {
    const capacity = this.args.bytes.length;
    const least = this.trusted ? SMALLEST_BUFFER : UNAUTHENTICATED_BUFFER;
    if (capacity < least) return least;
    const reach = Math.min(
      Math.max(capacity * 2, FULL_BUFFER),
      LARGEST_BUFFER,
    );
    if (
      this.#end === capacity || (this.#missing > 0 && this.#bulkLength >= 0)
    ) {
      // Memory follows the bytes that come, not the length that was announced, unless that is modest or the memory is there already.
      const needed = this.#missing > 0
        ? this.#at + Math.max(this.#bulkLength, 0) + 2
        : 0;
      const isModest = capacity >= FULL_BUFFER && needed <= MODEST_ARGUMENT;
      if (
        needed > capacity &&
        (needed <= reach || isModest || this.#buffers.has(needed))
      ) return needed;
      if (this.#end === capacity) return reach;
    }
    if (this.#filled && capacity < FULL_BUFFER) return capacity * 2;
    if (this.#missing > 0 || this.#unread) return capacity;
    if (capacity > KEPT_BUFFER && this.#end <= FULL_BUFFER / 2) {
      return FULL_BUFFER;
    }
    if (this.#relaxed === capacity && this.#end <= capacity / 4) {
      return Math.max(capacity / 4, least);
    }
    return capacity;
  }
}
