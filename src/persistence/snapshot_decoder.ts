import { Buffer, isUtf8 } from "node:buffer";
import { ByteBlock } from "../protocol/byte_block.ts";
import { crc32 } from "./crc32.ts";
import {
  EntryLoader,
  type LoadedSnapshot,
  type LoadOptions,
} from "./entry_loader.ts";
import { asObject, type Json, type JsonObject, JsonReader } from "./json.ts";
import { BEFORE_CHECKSUM, FORMAT, VERSION } from "./snapshot_encoder.ts";
import { SnapshotError } from "./snapshot_error.ts";
import { StringEntry } from "./string_entry.ts";

const ROOM = 256 * 1024;
/** A first line longer than this is no header. */
const LONGEST_HEADER = 64 * 1024;
/** How the lines begin that the server writes; of those that were edited later, only the checksum tells. */
const OWN_LINE = /^\{"(?:db":\d+,"key|append|continue|library)":/;
/** A field that is an integer of so many digits that a double might not hold it, or text that looks like one. */
const LONG_INTEGER = /:\s*-?\d{16}/;

/** A document that is not written one entry per line: `decodeDocument()` knows more of it. */
export class NotByLine extends Error {
  override name = "NotByLine";
  /** The line, counted from 1. */
  readonly line: number;

  constructor(line: number) {
    super(`line ${line} is not an entry`);
    this.line = line;
  }
}

/**
 * Reads a snapshot as the server writes it, an entry per line, while its bytes
 * come in: they go into `space()`, and `received()` says how many. About a
 * microsecond per key.
 */
export class SnapshotDecoder {
  readonly #options: LoadOptions;
  readonly #loader: EntryLoader;
  #block = ByteBlock.ofSize(ROOM);
  /** How many bytes of the block are to be read. */
  #end = 0;
  readonly #string = new StringEntry();
  #line = 0;
  #expects: "header" | "entry" | "nothing" = "header";
  /** Whether the last line ended in a comma. */
  #comma = true;
  #crc = 0;

  constructor(options: LoadOptions) {
    this.#options = options;
    this.#loader = new EntryLoader(options);
  }

  /** Returns where the next bytes go. */
  space(): Uint8Array {
    if (this.#end === this.#block.length) {
      const block = ByteBlock.ofSize(this.#end * 2);
      block.bytes.set(this.#block.bytes);
      this.#block = block;
    }
    return this.#block.bytes.subarray(this.#end);
  }

  /** Number of keys read, with those that have expired. */
  get count(): number {
    return this.#loader.count;
  }

  /** Reads the lines that `n` further bytes complete. Throws SnapshotError or NotByLine. */
  received(n: number): void {
    const from = this.#end;
    this.#end += n;
    const bytes = this.#block.bytes.subarray(0, this.#end);
    let start = 0;
    let end = bytes.indexOf(10, from);
    while (end >= 0) {
      this.#take(bytes, start, end + 1);
      start = end + 1;
      end = bytes.indexOf(10, start);
    }
    if (this.#expects === "header" && this.#end > LONGEST_HEADER) {
      throw new NotByLine(1);
    }
    this.#check(bytes.subarray(0, start));
    // A long line comes in many reads, and stays where it is until it ends.
    if (start === 0) return;
    this.#block.bytes.copyWithin(0, start, this.#end);
    this.#end -= start;
  }

  /** Returns what was read, after the last byte. Throws SnapshotError or NotByLine. */
  finish(): LoadedSnapshot {
    if (this.#end > 0) {
      const bytes = this.#block.bytes.subarray(0, this.#end);
      this.#take(bytes, 0, this.#end);
      this.#check(bytes);
    }
    if (this.#expects === "header") throw new NotByLine(1);
    if (this.#expects === "entry") {
      throw new SnapshotError(
        this.#line,
        "the file ends here, without its last line: it was cut off",
      );
    }
    return this.#loader.loaded;
  }

  /** Adds lines to the checksum, until the one that holds it is there. */
  #check(bytes: Buffer): void {
    if (!isUtf8(bytes)) throw new NotByLine(this.#line);
    if (this.#expects !== "nothing") this.#crc = crc32(bytes, this.#crc);
  }

  /** Reads the line from `start` up to and with the line break before `next`. */
  #take(bytes: Buffer, start: number, next: number): void {
    this.#line++;
    let end = next;
    while (end > start && isBlank(bytes[end - 1]!)) end--;
    while (start < end && isBlank(bytes[start]!)) start++;
    if (start === end) return;
    switch (this.#expects) {
      case "header":
        return this.#header(bytes.subarray(start, end));
      case "entry":
        if (bytes[start] === 0x5d) this.#footer(bytes, start, end);
        else this.#entry(bytes, start, end);
        return;
      case "nothing":
        throw new NotByLine(this.#line);
    }
  }

  #header(line: Uint8Array): void {
    if (line.at(-1) !== 0x5b) throw new NotByLine(1);
    const fields = parsed(
      Buffer.concat([line, Buffer.from("]}")]),
      this.#line,
    );
    if (Object.keys(fields).at(-1) !== "entries") throw new NotByLine(1);
    checkHeader(fields, () => this.#line);
    this.#expects = "entry";
  }

  #entry(bytes: Buffer, start: number, end: number): void {
    if (!this.#comma) throw new NotByLine(this.#line);
    this.#comma = bytes[end - 1] === 0x2c;
    if (this.#comma) end--;
    const string = this.#string;
    if (
      string.read(this.#block, start, end) &&
      this.#loader.addString(string)
    ) return;
    // Bytes beyond ASCII come out as they went in, because the text is a byte string.
    const text = bytes.latin1Slice(start, end);
    const carefully = () => parsed(bytes.subarray(start, end), this.#line);
    // Lines written by hand, where a name may be given twice, characters as
    // numbers, and integers that a double cannot hold, need care.
    const isQuick = OWN_LINE.test(text) && !text.includes("\\u");
    let entry = isQuick ? quickly(text, this.#line) : carefully();
    if (isQuick && mayBeInexact(entry, text)) entry = carefully();
    this.#loader.add(entry, this.#line);
  }

  #footer(bytes: Buffer, start: number, end: number): void {
    if (this.#comma && this.#loader.count > 0) throw new NotByLine(this.#line);
    const line = bytes.subarray(start, end) as Buffer;
    const fields = parsed(
      Buffer.concat([Buffer.from('{"entries":['), line]),
      this.#line,
    );
    for (const name in fields) {
      if (!["entries", "count", "checksum"].includes(name)) {
        throw new NotByLine(this.#line);
      }
    }
    const before = line.indexOf(BEFORE_CHECKSUM);
    const covered = bytes.subarray(0, before < 0 ? end : start + before);
    checkFooter(fields, {
      count: this.#loader.count,
      crc: this.#options.checksum ? crc32(covered, this.#crc) : undefined,
      lineOf: () => this.#line,
    });
    this.#expects = "nothing";
  }
}

/**
 * Reads a snapshot that was written or formatted by hand: entries over several
 * lines, or just an object of keys and values. Throws SnapshotError.
 */
export function decodeDocument(
  bytes: Buffer,
  options: LoadOptions,
): LoadedSnapshot {
  refuseEmpty(bytes);
  const reader = new JsonReader(bytes);
  const top = reader.document();
  const document = asObject(top);
  if (document === undefined) {
    throw new SnapshotError(1, "a snapshot is an object: {…}");
  }
  const loader = new EntryLoader(options);
  const lineOf = (field: string) => reader.fieldLines.get(field) ?? 1;
  if (!isSnapshot(document)) {
    for (const key in document) {
      loader.add({ key, value: document[key]! }, lineOf(key));
    }
    return loader.loaded;
  }
  checkHeader(document, lineOf);
  for (const each of document["entries"] as Json[]) {
    const entry = asObject(each);
    if (entry === undefined) {
      throw new SnapshotError(lineOf("entries"), "an entry is no object");
    }
    loader.add(entry, reader.lineOf(entry));
  }
  const before = bytes.lastIndexOf(BEFORE_CHECKSUM);
  const covered = bytes.subarray(0, Math.max(0, before));
  checkFooter(document, {
    count: loader.count,
    crc: options.checksum ? crc32(covered) : undefined,
    lineOf,
  });
  return loader.loaded;
}

/** Tells a snapshot from a plain object of keys and values. */
function isSnapshot(document: JsonObject): boolean {
  if (document["format"] === FORMAT) return true;
  const { entries } = document;
  return Array.isArray(entries) && entries.every((each) => {
    const entry = asObject(each);
    return entry !== undefined && entry["base64"] === undefined;
  });
}

function checkHeader(
  header: JsonObject,
  lineOf: (field: string) => number,
): void {
  const refuse = (field: string, reason: string) => {
    throw new SnapshotError(lineOf(field), reason);
  };
  for (const name in header) {
    const field = header[name]!;
    switch (name) {
      case "format":
        if (field !== FORMAT) refuse(name, `format is not "${FORMAT}"`);
        break;
      case "version":
        if (typeof field !== "number" || !Number.isInteger(field)) {
          refuse(name, "version is not a number");
        }
        if (field !== VERSION) {
          refuse(
            name,
            `version ${field} of the format: this server reads version ${VERSION}, a later release may read it`,
          );
        }
        break;
      case "savedAt":
        if (typeof field !== "string" || Number.isNaN(Date.parse(field))) {
          refuse(name, "savedAt is not a time");
        }
        break;
      case "count":
      case "checksum":
        break;
      case "entries":
        if (!Array.isArray(field)) refuse(name, "entries is not an array");
        break;
      default:
        refuse(name, `unknown field ${JSON.stringify(name)}`);
    }
  }
  if (header["entries"] === undefined) refuse("format", 'no "entries"');
}

/** What a file's own count and checksum are held against. */
interface Counted {
  readonly count: number;
  /** Of the bytes before the checksum; undefined when it is not to be compared. */
  readonly crc: number | undefined;
  readonly lineOf: (field: string) => number;
}

function checkFooter(
  footer: JsonObject,
  { count, crc, lineOf }: Counted,
): void {
  const { count: told = count, checksum } = footer;
  if (checksum !== undefined && crc !== undefined) {
    if (checksum !== `crc32:${crc.toString(16).padStart(8, "0")}`) {
      throw new SnapshotError(
        lineOf("checksum"),
        'the checksum does not fit: the file is damaged, or was edited; delete the field "checksum" to take it as it is',
      );
    }
  }
  if (told !== count) {
    throw new SnapshotError(
      lineOf("count"),
      `count says ${told}, but there are ${count}; delete the field "count" to take the file as it is`,
    );
  }
}

function refuseEmpty(bytes: Buffer): void {
  if (bytes.length === 0) {
    throw new SnapshotError(
      0,
      "the file is empty: remove it to start without data",
    );
  }
}

/** Parses what the server wrote itself. */
function quickly(text: string, line: number): JsonObject {
  let value: Json;
  try {
    value = JSON.parse(text);
  } catch {
    throw new NotByLine(line);
  }
  const object = asObject(value);
  if (object === undefined) throw new NotByLine(line);
  return object;
}

/** Returns whether an entry, parsed quickly, may have had integers that a double cannot hold: in its expiry, or in a stream. */
function mayBeInexact(
  { append = null, expiresAt, type }: JsonObject,
  text: string,
): boolean {
  if (typeof expiresAt === "number" && !Number.isSafeInteger(expiresAt)) {
    return true;
  }
  const isOfStream = type === "stream" ||
    asObject(append)?.["group"] !== undefined;
  return isOfStream && LONG_INTEGER.test(text);
}

/** Parses with care; what is no object is left to `decodeDocument()`. */
function parsed(bytes: Uint8Array, line: number): JsonObject {
  let value: Json;
  try {
    value = new JsonReader(bytes as Buffer, line).document();
  } catch (error) {
    if (error instanceof SnapshotError) throw new NotByLine(line);
    throw error;
  }
  const object = asObject(value);
  if (object === undefined) throw new NotByLine(line);
  return object;
}

function isBlank(byte: number): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;
}
