import { Buffer, isUtf8 } from "node:buffer";
import { crc32 } from "./crc32.ts";
import type { Int64 } from "../protocol/integer.ts";
import { typeOf, type Value } from "../store/values/value.ts";
import type { ValueCodec } from "./codec.ts";
import { codecs } from "./value_codec.ts";

/** What the first field of a snapshot says. */
export const FORMAT = "redis-lite snapshot";
/** The version of the format that is written. */
export const VERSION = 1;
/** What stands between the data and its checksum. */
export const BEFORE_CHECKSUM = ',"checksum":"';

/** JSON gathers up to this many bytes before it is put into the buffer: together costs half as much as line by line. */
const GATHER = 64 * 1024;
const ROOM = 256 * 1024;

/** What a snapshot says of itself. */
export interface SnapshotFacts {
  /** Unix time in milliseconds. */
  readonly savedAt: number;
  readonly checksum: boolean;
  /** The code of function libraries. */
  readonly functions?: readonly string[];
}

/**
 * Turns entries into the bytes of a snapshot, which is one JSON document:
 *
 * ```json
 * {"format":"redis-lite snapshot","version":1,"savedAt":"2026-01-01T00:00:00.000Z","entries":[
 * {"db":0,"key":"greeting","type":"string","value":"hello"},
 * {"db":0,"key":"queue","type":"list","value":["a",{"base64":"/w=="}],"expiresAt":1790000000000}
 * ],"count":2,"checksum":"crc32:0f34a1c2"}
 * ```
 *
 * One line is one key, so that the file can be searched, compared and written by
 * hand. A library of functions is a line `{"library":"#!lua name=…"}` before
 * them. Bytes that are not UTF-8, or would mostly have to be escaped, are in
 * base64. A value too large for one line
 * goes on in lines like `{"append":["b"]}`, further elements, and
 * `{"continue":"…"}`, the rest of the last byte string. The checksum is of all
 * bytes before its own field.
 */
export class SnapshotEncoder {
  /** Number of keys so far. */
  keys = 0;
  readonly #facts: SnapshotFacts;
  #gathered = "";
  #bytes = Buffer.allocUnsafeSlow(ROOM);
  #length = 0;
  /** How many of `#bytes` the checksum covers. */
  #summed = 0;
  #crc = 0;
  #separator = "\n";

  constructor(facts: SnapshotFacts) {
    this.#facts = facts;
    const savedAt = new Date(facts.savedAt).toISOString();
    this.#gathered =
      `{"format":"${FORMAT}","version":${VERSION},"savedAt":"${savedAt}","entries":[`;
    for (const code of facts.functions ?? []) {
      this.#line(`{"library":${JSON.stringify(code)}}`);
    }
  }

  /** Number of bytes, about, that `take()` would return. */
  get length(): number {
    return this.#length + this.#gathered.length;
  }

  /** Writes one key, which expires at a unix time in milliseconds or never (Infinity). */
  entry(db: number, key: string, value: Value, expiresAt: Int64): void {
    this.#line(
      `${entryStart(db, key, value)}${codecOf(value).encode(value)}${
        entryEnd(expiresAt)
      }`,
    );
    this.keys++;
  }

  /** Writes one key whose value is large, a part with each step; nothing else may be written until it has ended. */
  *largeEntry(
    db: number,
    key: string,
    value: Value,
    expiresAt: Int64,
  ): Generator<void> {
    for (const part of codecOf(value).parts(value)) {
      if (part !== undefined) {
        const { how, json } = part;
        this.#line(
          how === "value"
            ? `${entryStart(db, key, value)}${json}${entryEnd(expiresAt)}`
            : `{"${how}":${json}}`,
        );
      }
      yield;
    }
    this.keys++;
  }

  /** Writes what comes after the last key. */
  end(): void {
    this.#gathered += `\n],"count":${this.keys}`;
    if (this.#facts.checksum) {
      this.#sum();
      const digits = this.#crc.toString(16).padStart(8, "0");
      this.#gathered += `${BEFORE_CHECKSUM}crc32:${digits}"`;
    }
    this.#gathered += "}\n";
  }

  /** Returns what was written since the last time; the bytes are the caller's. */
  take(): Uint8Array {
    this.#sum();
    const bytes = this.#bytes.subarray(0, this.#length);
    this.#bytes = Buffer.allocUnsafeSlow(ROOM);
    this.#length = this.#summed = 0;
    return bytes;
  }

  #line(json: string): void {
    this.#gathered += this.#separator + json;
    this.#separator = ",\n";
    if (this.#gathered.length >= GATHER) this.#spill();
  }

  #sum(): void {
    this.#spill();
    if (this.#facts.checksum) {
      const bytes = this.#bytes.subarray(this.#summed, this.#length);
      this.#crc = crc32(bytes, this.#crc);
    }
    this.#summed = this.#length;
  }

  /** Puts what was gathered into the buffer. */
  #spill(): void {
    const start = this.#length;
    this.#append(this.#gathered);
    if (!isUtf8(this.#bytes.subarray(start, this.#length))) {
      this.#length = start;
      this.#append(this.#gathered.split("\n").map(asUtf8).join("\n"));
    }
    this.#gathered = "";
  }

  #append(json: string): void {
    const length = this.#length + json.length;
    if (length > this.#bytes.length) {
      const bytes = Buffer.allocUnsafeSlow(length + ROOM);
      bytes.set(this.#bytes.subarray(0, this.#length));
      this.#bytes = bytes;
    }
    this.#length += this.#bytes.latin1Write(json, this.#length);
  }
}

function entryStart(db: number, key: string, value: Value): string {
  return `{"db":${db},"key":${JSON.stringify(key)},"type":"${
    typeOf(value)
  }","value":`;
}

function entryEnd(expiresAt: Int64): string {
  return expiresAt === Infinity ? "}" : `,"expiresAt":${expiresAt}}`;
}

/** Returns the codec of a value. */
function codecOf(value: Value): ValueCodec<Value> {
  return codecs[typeOf(value)] as unknown as ValueCodec<Value>;
}

/** Returns a line with the byte strings in it that are not UTF-8 in base64. */
function asUtf8(line: string): string {
  if (isUtf8(Buffer.from(line, "latin1"))) return line;
  let result = "";
  for (let from = 0;;) {
    const start = line.indexOf('"', from);
    if (start < 0) return result + line.slice(from);
    const end = endOfString(line, start);
    const json = line.slice(start, end);
    result += line.slice(from, start);
    if (isUtf8(Buffer.from(json, "latin1"))) result += json;
    else {
      const bytes = Buffer.from(JSON.parse(json), "latin1");
      result += `{"base64":"${bytes.toString("base64")}"}`;
    }
    from = end;
  }
}

/** Returns where the JSON string that begins at `start` ends. */
function endOfString(json: string, start: number): number {
  let at = start + 1;
  while (json[at] !== '"') at += json[at] === "\\" ? 2 : 1;
  return at + 1;
}
