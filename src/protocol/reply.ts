import { Buffer } from "node:buffer";
import {
  ByteBlock,
  type ByteRange,
  copyBytes,
  writeDigits,
} from "./byte_block.ts";
import type { CommandError } from "./command_error.ts";
import { formatDouble, formatPlainDouble } from "./double.ts";

const encoder = new TextEncoder();
const CR = 13, LF = 10, DASH = 45;
const SMALLEST_BUFFER = 1024;
/** A buffer beyond this is used again only if replies have needed so much twice in a row. */
const LARGE_BUFFER = 16 * 1024;
/** Buffers up to this size are used again. */
const KEPT_BUFFER = 128 * 1024;

const OK = line("+OK\r\n");
const QUEUED = line("+QUEUED\r\n");
const NULL_BULK = line("$-1\r\n");
const NULL_ARRAY = line("*-1\r\n");
const NULL = line("_\r\n");

/** Up to this length a loop over chars is faster than a call to the encoder. */
const LOOP_LENGTH = 48;

/** Writes replies, one after the other, into one growing buffer. The only code that knows RESP2 from RESP3. */
export class ReplyWriter {
  protocol: 2 | 3 = 2;
  /** Number of bytes written and not yet taken. */
  length = 0;
  /** Most bytes that may wait: beyond them all that waits is dropped, so that no single reply takes more memory, and `overflowed` says so. */
  limit = Infinity;
  /** Whether replies have been dropped: nothing more may be sent. */
  overflowed = false;
  /** How often a buffer had to grow. */
  growths = 0;
  /** Most bytes taken at once since `relax()` forgot. */
  #peak = 0;
  /** Whether what was taken last needed a large buffer. */
  #wasLarge = false;
  #block = ByteBlock.ofSize(SMALLEST_BUFFER);
  #bytes: Buffer = this.#block.bytes;
  /** The buffer that was taken last, to be written to again once it has left. */
  #spare: ByteBlock | undefined = undefined;
  /** Where the out-of-band messages begin and end that stand among the replies: begin, end, begin, end… */
  readonly #messages: number[] = [];

  ok(): void {
    this.#line(OK);
  }

  queued(): void {
    this.#line(QUEUED);
  }

  /** Writes a simple string: one line. */
  status(line: string): void {
    this.#reserve(line.length + 3);
    this.#bytes[this.length++] = 43;
    this.#string(line);
    this.#crlf();
  }

  error(error: CommandError): void {
    const { code, message } = error;
    // Some errors of Redis are a code and nothing else.
    this.errorLine(message === "" ? code : `${code} ${message}`);
  }

  /** Writes an error of any form; line breaks in it become blanks. */
  errorLine(text: string): void {
    const line = `-${text.replace(/[\r\n]/g, " ")}\r\n`;
    this.#reserve(line.length);
    this.#string(line);
  }

  integer(n: number | bigint): void {
    this.#reserve(32);
    this.#header(58, n);
  }

  /** Writes a byte string, or null when it is `undefined`. */
  bulk(value: string | undefined): void {
    if (value === undefined) return this.null();
    const { length } = value;
    this.#reserve(length + 32);
    this.#header(36, length);
    this.#string(value);
    this.#crlf();
  }

  /** Writes a part of a byte string. */
  bulkPart(text: string, start: number, end: number): void {
    const length = end - start;
    if (length > LOOP_LENGTH) return this.bulk(text.substring(start, end));
    this.#reserve(length + 32);
    this.#header(36, length);
    const bytes = this.#bytes;
    let at = this.length;
    for (let i = start; i < end; i++) bytes[at++] = text.charCodeAt(i);
    this.length = at;
    this.#crlf();
  }

  /** Writes two integers with a dash between them, as the id of an entry of a stream is, as a bulk string. */
  bulkDashed(a: number | bigint, b: number | bigint): void {
    // Put together they would be a string of parts, which is slow to read.
    const first = String(a), second = String(b);
    const length = first.length + 1 + second.length;
    this.#reserve(length + 32);
    this.#header(36, length);
    this.#string(first);
    this.#bytes[this.length++] = DASH;
    this.#string(second);
    this.#crlf();
  }

  /** Writes bytes as a bulk string. */
  bulkBytes(value: Uint8Array): void {
    this.#reserve(value.length + 32);
    this.#header(36, value.length);
    this.#bytes.set(value, this.length);
    this.length += value.length;
    this.#crlf();
  }

  /** Writes a part of a block as a bulk string. */
  bulkRange({ block, start, end }: ByteRange): void {
    const length = end - start;
    this.#reserve(length + 32);
    this.#header(36, length);
    copyBytes(block, start, this.#block, this.length, length);
    this.length += length;
    this.#crlf();
  }

  /** Null where RESP2 has a null bulk string. */
  null(): void {
    this.#line(this.protocol === 3 ? NULL : NULL_BULK);
  }

  /** Null where RESP2 has a null array. */
  nullArray(): void {
    this.#line(this.protocol === 3 ? NULL : NULL_ARRAY);
  }

  /** Opens an array: `count` replies must follow. */
  array(count: number): void {
    this.#reserve(32);
    this.#header(42, count);
  }

  /** Writes an array of byte strings. */
  bulks(values: readonly string[]): void {
    this.array(values.length);
    for (const value of values) this.bulk(value);
  }

  /** Opens a map of `pairs` entries; in RESP2 a flat array of keys and values. */
  map(pairs: number): void {
    this.#reserve(32);
    if (this.protocol === 3) this.#header(37, pairs);
    else this.#header(42, pairs * 2);
  }

  /** Opens an array of pairs, each begun with `pair()`; in RESP2 a flat array of what they hold. */
  pairs(count: number): void {
    this.array(this.protocol === 3 ? count : count * 2);
  }

  /** Opens a pair inside `pairs()`: two replies must follow. */
  pair(): void {
    if (this.protocol === 3) this.array(2);
  }

  /** Opens a map whose entries each begin with `mapEntry()`; in RESP2 an array of pairs. */
  mapOfEntries(count: number): void {
    this.#reserve(32);
    this.#header(this.protocol === 3 ? 37 : 42, count);
  }

  /** Begins an entry of `mapOfEntries()`: its key and its value must follow. */
  mapEntry(): void {
    if (this.protocol === 2) this.array(2);
  }

  /** Opens a set; in RESP2 an array. */
  set(count: number): void {
    this.#reserve(32);
    this.#header(this.protocol === 3 ? 126 : 42, count);
  }

  /** Whether the protocol has out-of-band messages. */
  get hasPushes(): boolean {
    return this.protocol === 3;
  }

  /** Opens an out-of-band message; in RESP2 an array. */
  push(count: number): void {
    this.#reserve(32);
    this.#header(this.protocol === 3 ? 62 : 42, count);
  }

  /** Writes a double; in RESP2 a bulk string of its digits. */
  double(n: number): void {
    this.doubleText(formatDouble(n));
  }

  /** Writes a double without an exponent; in RESP2 a bulk string of its digits. */
  plainDouble(n: number): void {
    this.doubleText(formatPlainDouble(n));
  }

  /** Writes a double that has been printed. */
  doubleText(digits: string): void {
    if (this.protocol === 3) this.#scalar(44, digits);
    else this.bulk(digits);
  }

  /** Writes a boolean; in RESP2 the integer 1 or 0. */
  boolean(value: boolean): void {
    if (this.protocol === 3) this.#scalar(35, value ? "t" : "f");
    else this.integer(value ? 1 : 0);
  }

  /** Writes an integer of any size; in RESP2 a bulk string of its digits. */
  bigNumber(digits: string): void {
    if (this.protocol === 3) this.#scalar(40, digits);
    else this.bulk(digits);
  }

  /** Writes text of a format, three letters such as `txt` or `mkd`; in RESP2 a bulk string. */
  verbatim(format: string, text: string): void {
    if (this.protocol === 2) return this.bulk(text);
    this.#reserve(text.length + 40);
    this.#header(61, text.length + 4);
    this.#string(`${format}:`);
    this.#string(text);
    this.#crlf();
  }

  /** Opens an attribute of `pairs` entries, which RESP2 does not have; returns whether to write it. */
  attribute(pairs: number): boolean {
    if (this.protocol === 2) return false;
    this.#reserve(32);
    this.#header(124, pairs);
    return true;
  }

  /** Writes an out-of-band message that was encoded as a push or an array; `rewind()` leaves it. */
  message(bytes: Uint8Array): void {
    const begin = this.length;
    this.stream(bytes);
    this.#bytes[begin] = this.protocol === 3 ? 62 : 42;
  }

  /** Writes bytes that are no reply, as for a replica: they stay like messages. */
  stream(bytes: Uint8Array): void {
    const begin = this.length;
    this.#raw(bytes);
    const messages = this.#messages;
    if (messages.at(-1) === begin) messages[messages.length - 1] = this.length;
    else messages.push(begin, this.length);
  }

  /** What was written: the first `length` bytes of this. */
  get bytes(): Uint8Array {
    return this.#bytes;
  }

  /** The same, where it lies. */
  get block(): ByteBlock {
    return this.#block;
  }

  /** Forgets what was written: it was read in place. */
  clear(): void {
    if (this.length > LARGE_BUFFER) this.take();
    else this.length = this.#messages.length = 0;
  }

  /** Drops the replies written after `mark`, so that an error replaces a half-written one; messages stay. */
  rewind(mark: number): void {
    const messages = this.#messages;
    if (messages.length > 0 && messages.at(-1)! > mark) this.#closeUp(mark);
    else this.length = mark;
  }

  /**
   * Hands out what was written, or the first `count` bytes of it. They stay valid
   * until `take()` is called again; writing goes on in another buffer meanwhile.
   */
  take(count = this.length): Uint8Array<ArrayBuffer> {
    const out = this.#block.first(count);
    const rest = count < this.length
      ? this.#bytes.subarray(count, this.length)
      : undefined;
    const spare = this.#spare;
    const isLarge = this.length > LARGE_BUFFER;
    const kept = isLarge && !this.#wasLarge ? LARGE_BUFFER : KEPT_BUFFER;
    this.#spare = this.#block.length <= kept ? this.#block : undefined;
    const usual = isLarge ? LARGE_BUFFER : SMALLEST_BUFFER;
    this.#use(
      spare !== undefined && spare.length >= usual
        ? spare
        : ByteBlock.ofSize(usual),
    );
    this.#wasLarge = isLarge;
    if (this.length > this.#peak) this.#peak = this.length;
    this.length = 0;
    // To set the length of an array takes as long as to write a short reply.
    if (this.#messages.length > 0) this.#messages.length = 0;
    if (rest !== undefined) this.#raw(rest);
    return out as Uint8Array<ArrayBuffer>;
  }

  /** Most bytes that waited at once, of late. */
  get peak(): number {
    return Math.max(this.#peak, this.length);
  }

  /** Gives back what is more than twice what was needed at most; returns whether that was anything. Only after what was taken has left. */
  relax(): boolean {
    const { peak } = this;
    const before = this.capacity;
    const spare = this.#spare?.length ?? 0;
    if (peak === 0 || peak < spare / 2 && spare > SMALLEST_BUFFER) {
      this.#spare = undefined;
    }
    const smaller = Math.max(SMALLEST_BUFFER, peak + 1);
    if (this.length === 0 && smaller <= this.#bytes.length / 2) {
      this.#use(ByteBlock.ofSize(smaller));
    }
    return this.capacity < before;
  }

  /** Forgets how much was needed, so that `relax()` looks at what is needed from now on. */
  forgetPeak(): void {
    this.#peak = 0;
  }

  /** Size of the buffers held, in bytes. */
  get capacity(): number {
    return this.#block.length + (this.#spare?.length ?? 0);
  }

  /** Moves the messages behind `mark` to it, over the replies between them. */
  #closeUp(mark: number): void {
    const messages = this.#messages;
    const moved: number[] = [];
    let to = mark;
    while (messages.length > 0 && messages.at(-1)! > mark) {
      moved.unshift(...messages.splice(-2));
    }
    for (let i = 0; i < moved.length; i += 2) {
      // A message before the mark may have grown together with one behind it.
      const begin = Math.max(moved[i]!, mark), end = moved[i + 1]!;
      this.#bytes.copyWithin(to, begin, end);
      to += end - begin;
    }
    const begin = Math.min(moved[0]!, mark);
    messages.push(begin, to);
    this.length = to;
  }

  #header(kind: number, n: number | bigint): void {
    const bytes = this.#bytes;
    bytes[this.length++] = kind;
    if (typeof n === "number" && n >= 0 && n < 100) {
      if (n >= 10) bytes[this.length++] = 48 + (n / 10 | 0);
      bytes[this.length++] = 48 + n % 10;
    } else if (typeof n === "number" && n >= 0 && n < 2 ** 31) {
      this.length = writeDigits(this.#block, this.length, n);
    } else this.#string(String(n));
    bytes[this.length++] = CR;
    bytes[this.length++] = LF;
  }

  #scalar(kind: number, text: string): void {
    this.#reserve(text.length + 3);
    this.#bytes[this.length++] = kind;
    this.#string(text);
    this.#crlf();
  }

  #crlf(): void {
    this.#bytes[this.length++] = CR;
    this.#bytes[this.length++] = LF;
  }

  #string(value: string): void {
    const bytes = this.#bytes;
    const { length } = value;
    let at = this.length;
    if (length > LOOP_LENGTH) {
      // Right as long as all is ASCII; a byte above 127 would come out as two.
      const { read } = encoder.encodeInto(
        value,
        bytes.subarray(at, at + length),
      );
      if (read === length) {
        this.length = at + length;
        return;
      }
    }
    for (let i = 0; i < length; i++) bytes[at++] = value.charCodeAt(i);
    this.length = at;
  }

  #raw(bytes: Uint8Array): void {
    this.#reserve(bytes.length);
    this.#bytes.set(bytes, this.length);
    this.length += bytes.length;
  }

  #line(line: ByteBlock): void {
    this.#reserve(line.length);
    copyBytes(line, 0, this.#block, this.length, line.length);
    this.length += line.length;
  }

  #use(block: ByteBlock): void {
    this.#block = block;
    this.#bytes = block.bytes;
  }

  #reserve(n: number): void {
    const block = this.#block;
    if (this.length + n <= this.#bytes.length) return;
    if (this.length + n > this.limit) {
      this.overflowed = true;
      this.length = this.#messages.length = 0;
      if (n <= this.#bytes.length) return;
    }
    this.growths++;
    this.#use(
      ByteBlock.ofSize(Math.max(block.length * 2, this.length + n)),
    );
    copyBytes(block, 0, this.#block, 0, this.length);
  }
}

function line(text: string): ByteBlock {
  return new ByteBlock(Buffer.from(text));
}
