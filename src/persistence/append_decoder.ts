import { Buffer } from "node:buffer";
import { Args } from "../protocol/args.ts";
import { AppendLogError } from "./append_error.ts";
import { CHECKSUM_LINE } from "./append_file.ts";
import { crc32 } from "./crc32.ts";

const CHUNK = 1024 * 1024;
const ASTERISK = 42, DOLLAR = 36, HASH = 35, CR = 13, LF = 10, ZERO = 48;
/** A longer line is no number and no annotation. */
const LONGEST_LINE = 1024;
/** What Redis takes at most: words of a command, and bytes of a word. */
const MOST_WORDS = 1024 * 1024 * 1024;
const LONGEST_WORD = 512 * 1024 * 1024;

/**
 * Reads an append log command by command: RESP, with lines between the commands
 * that begin with `#`. One of those is a checksum of all that came since the
 * last; Redis and redis-check-aof take it for a remark.
 *
 * A log that ends in the middle of a command was being written when the power
 * went, and that command counts for nothing. What does not fit anywhere else is
 * damage, and so is an end after which a checksum still comes.
 */
export class AppendDecoder {
  /** The command that `next()` has read: valid until it is called again. */
  readonly args: Args;
  #bytes = Buffer.allocUnsafeSlow(CHUNK);
  #begin = 0;
  /** Where in the file the buffer begins. */
  #base = 0;
  /** What is read: from `#at` to `#end` of the buffer. */
  #at = 0;
  #end = 0;
  /** From where on bytes of the buffer are not summed up. */
  #summed = 0;
  #crc = 0;
  /** Bytes since the last checksum. */
  #unsummed = 0;
  #skipped = 0;
  /** Where in the file the last checksum line ends; 0 when there was none. */
  #verified = 0;

  /** Where in the file the next command begins. */
  get offset(): number {
    return this.#base + this.#at;
  }

  constructor() {
    this.args = new Args(this.#bytes);
  }

  /**
   * After damage: up to where in the file what was read is certain. That is the
   * last checksum, or `whole`, the end of the last whole command, in a file that
   * has none.
   */
  certainUpTo(whole: number): number {
    const rest = this.#bytes.subarray(this.#at, this.#end);
    const hasChecksums = this.#verified > 0 ||
      rest.indexOf(CHECKSUM_LINE) >= 0;
    return hasChecksums ? this.#verified : whole;
  }

  /** Whether a checksum line has come: redis-server writes none. */
  get hasChecksum(): boolean {
    return this.#verified > 0;
  }

  /** Where in the file the command that was read last begins. */
  get begin(): number {
    return this.#begin;
  }

  /** The checksum of what came since the last checksum line; the writer goes on from it. */
  get sum(): number {
    this.#sum();
    return this.#crc;
  }

  /** Whether what was read since the last checksum line is more than nothing. */
  get hasUnsummed(): boolean {
    return this.#unsummed > 0 || this.#at > this.#summed;
  }

  /** Room for more bytes of the file. */
  space(): Buffer {
    this.#sum();
    this.#base += this.#at;
    this.#bytes.copyWithin(0, this.#at, this.#end);
    this.#end -= this.#at;
    this.#at = this.#summed = 0;
    if (this.#end > this.#bytes.length / 2) {
      const grown = Buffer.allocUnsafeSlow(this.#bytes.length * 2);
      grown.set(this.#bytes.subarray(0, this.#end));
      this.#bytes = grown;
      this.args.use(grown);
    }
    return this.#bytes.subarray(this.#end) as Buffer;
  }

  /** Takes the first `size` bytes of the file, of which none has been read, for something else. */
  skip(size: number): void {
    this.#skipped = size;
  }

  /** Takes up `n` bytes that were put into `space()`. */
  received(n: number): void {
    this.#end += n;
    const skipped = Math.min(this.#skipped, n);
    this.#skipped -= skipped;
    this.#at += skipped;
    this.#summed = this.#at;
  }

  /** Reads the next command into `args`; returns false when more bytes are needed for it. Throws AppendLogError. */
  next(): boolean {
    for (;;) {
      if (this.#at === this.#end) return false;
      const kind = this.#bytes[this.#at];
      if (kind === ASTERISK) return this.#command();
      // Zero bytes up to the end of the file are what a loss of power can leave.
      if (kind === 0) return false;
      if (kind !== HASH) throw this.#damage(this.#at, "a command");
      const end = this.#lineEnd(this.#at);
      if (end < 0) return false;
      this.#annotation(end);
    }
  }

  /**
   * To be called at the end of the file. Returns where in it the last whole
   * command ends, which is the end of the file unless it is torn. Throws
   * AppendLogError when that is no mere lack of an end.
   */
  finish(): number {
    const rest = this.#bytes.subarray(this.#at, this.#end);
    if (rest[0] === 0 && rest.some((byte) => byte !== 0)) {
      throw this.#damage(this.#at, "a command");
    }
    if (rest.indexOf(`\r\n${CHECKSUM_LINE}`) >= 0) {
      throw this.#damage(this.#at, "a whole command");
    }
    return this.offset;
  }

  #command(): boolean {
    const { args } = this;
    this.#begin = this.offset;
    args.length = 0;
    let at = this.#at;
    let end = this.#lineEnd(at);
    if (end < 0) return false;
    const count = this.#number(at, end, MOST_WORDS);
    if (count < 1) throw this.#damage(at, "the number of words");
    for (let i = 0; i < count; i++) {
      at = end;
      if (at === this.#end) return false;
      if (this.#bytes[at] !== DOLLAR) throw this.#damage(at, "a word");
      end = this.#lineEnd(at);
      if (end < 0) return false;
      const length = this.#number(at, end, LONGEST_WORD);
      if (length < 0) throw this.#damage(at, "the length of a word");
      const begin = end;
      end = begin + length + 2;
      if (end > this.#end) return this.#wordIsCut(begin + length);
      if (this.#bytes[end - 2] !== CR || this.#bytes[end - 1] !== LF) {
        throw this.#damage(begin + length, "the end of a word");
      }
      args.push(begin, begin + length);
    }
    this.#at = end;
    return true;
  }

  /** Returns false: more bytes are needed. Throws if what is there of the end of a word is wrong already. */
  #wordIsCut(at: number): false {
    if (at < this.#end && this.#bytes[at] !== CR) {
      throw this.#damage(at, "the end of a word");
    }
    return false;
  }

  /** Takes a line that is no command. */
  #annotation(end: number): void {
    const { length } = CHECKSUM_LINE;
    const start = this.#at;
    const line = this.#bytes.latin1Slice(start, end - 2);
    if (!line.startsWith(CHECKSUM_LINE)) {
      this.#at = end;
      return;
    }
    const expected = this.sum.toString(16).padStart(8, "0");
    if (line.slice(length) !== expected) {
      throw new AppendLogError(
        this.#base + start,
        "the checksum of what comes before does not match",
      );
    }
    this.#at = this.#summed = end;
    this.#crc = this.#unsummed = 0;
    this.#verified = this.#base + end;
  }

  #sum(): void {
    const part = this.#bytes.subarray(this.#summed, this.#at);
    if (part.length === 0) return;
    this.#crc = crc32(part, this.#crc);
    this.#unsummed += part.length;
    this.#summed = this.#at;
  }

  /** Returns where the line at `start` ends, its CR and LF included, or -1 when they have not come. */
  #lineEnd(start: number): number {
    const bytes = this.#bytes;
    const limit = Math.min(this.#end, start + LONGEST_LINE);
    for (let at = start; at < limit; at++) {
      if (bytes[at] !== CR) continue;
      if (at + 1 === this.#end) return -1;
      if (bytes[at + 1] !== LF) throw this.#damage(at, "the end of a line");
      return at + 2;
    }
    if (limit < this.#end) throw this.#damage(start, "a short line");
    return -1;
  }

  /** Returns the number between the first byte of a line and its end, or -1 when it is none. */
  #number(start: number, end: number, most: number): number {
    const first = start + 1, last = end - 2;
    if (first === last || last - first > 10) return -1;
    if (this.#bytes[first] === ZERO && last - first > 1) return -1;
    let n = 0;
    for (let at = first; at < last; at++) {
      const digit = this.#bytes[at]! - ZERO;
      if (digit < 0 || digit > 9) return -1;
      n = n * 10 + digit;
    }
    return n <= most ? n : -1;
  }

  #damage(at: number, expected: string): AppendLogError {
    return new AppendLogError(
      this.#base + at,
      `not ${expected}, which must come here`,
    );
  }
}
