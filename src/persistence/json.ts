import { type Buffer, isUtf8 } from "node:buffer";
import { fromText } from "../protocol/byte_string.ts";
import { SnapshotError } from "./snapshot_error.ts";

/** JSON as it is read here: strings are byte strings, and integers exact. */
export type Json =
  | string
  | number
  | bigint
  | boolean
  | null
  | Json[]
  | JsonObject;

/** Fields by name; the names are byte strings. */
export interface JsonObject {
  [name: string]: Json;
}

const WORDS: readonly (readonly [string, Json])[] = [
  ["true", true],
  ["false", false],
  ["null", null],
];
const ESCAPES: Readonly<Record<string, string>> = {
  '"': '"',
  "\\": "\\",
  "/": "/",
  b: "\b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
};
const DEEPEST = 64;

/** Returns the object that `json` is, `undefined` when it is something else. */
export function asObject(json: Json): JsonObject | undefined {
  return typeof json === "object" && json !== null && !Array.isArray(json)
    ? json
    : undefined;
}

/**
 * Reads JSON where it was written by hand: errors name the line, a name given
 * twice is an error, text becomes byte strings and integers beyond 2^53 stay
 * exact. What the server wrote itself goes through the much faster `JSON.parse`.
 */
export class JsonReader {
  /** The lines on which the fields of the outermost object begin. */
  readonly fieldLines = new Map<string, number>();
  readonly #bytes: Buffer;
  #at = 0;
  #line: number;
  readonly #lines = new Map<Json, number>();
  #depth = 0;

  /** Reads `bytes`, whose first line is line `firstLine` of the file. */
  constructor(bytes: Buffer, firstLine = 1) {
    this.#bytes = bytes;
    this.#line = firstLine;
  }

  /** Returns the one value that the bytes are. */
  document(): Json {
    // Some editors begin a file with the byte order mark.
    if (this.#ahead(3) === "\xef\xbb\xbf") this.#at = 3;
    const value = this.value();
    this.#blanks();
    if (this.#at < this.#bytes.length) {
      throw this.#error(`${this.#shown()} after the end`);
    }
    return value;
  }

  /** Returns the line on which an object or array begins. */
  lineOf(value: Json): number {
    return this.#lines.get(value) ?? 1;
  }

  value(): Json {
    this.#blanks();
    const start = this.#bytes[this.#at];
    switch (start) {
      case 0x7b:
        return this.#nested(() => this.#object());
      case 0x5b:
        return this.#nested(() => this.#array());
      case 0x22:
        return this.#string();
    }
    for (const [word, value] of WORDS) {
      if (this.#ahead(word.length) === word) {
        this.#at += word.length;
        return value;
      }
    }
    return this.#number();
  }

  #nested(read: () => Json): Json {
    if (++this.#depth > DEEPEST) throw this.#error("nested too deep");
    const line = this.#line;
    const value = read();
    this.#depth--;
    this.#lines.set(value, line);
    return value;
  }

  #object(): JsonObject {
    const fields = Object.create(null) as JsonObject;
    this.#at++;
    if (this.#takes(0x7d)) return fields;
    do {
      this.#blanks();
      if (this.#bytes[this.#at] !== 0x22) {
        throw this.#error(`${this.#shown()} instead of a name in quotes`);
      }
      const name = this.#string();
      if (name in fields) {
        throw this.#error(`${JSON.stringify(name)} is there twice`);
      }
      if (this.#depth === 1) this.fieldLines.set(name, this.#line);
      if (!this.#takes(0x3a)) {
        throw this.#error(`${this.#shown()} instead of a colon`);
      }
      fields[name] = this.value();
    } while (this.#takes(0x2c));
    if (!this.#takes(0x7d)) {
      throw this.#error(`${this.#shown()} instead of a comma or a brace`);
    }
    return fields;
  }

  #array(): Json[] {
    const elements: Json[] = [];
    this.#at++;
    if (this.#takes(0x5d)) return elements;
    do elements.push(this.value()); while (this.#takes(0x2c));
    if (!this.#takes(0x5d)) {
      throw this.#error(`${this.#shown()} instead of a comma or a bracket`);
    }
    return elements;
  }

  #string(): string {
    const bytes = this.#bytes;
    const parts: string[] = [];
    let from = ++this.#at;
    for (;; this.#at++) {
      const byte = bytes[this.#at];
      if (byte === undefined) throw this.#error("the file ends inside a text");
      if (byte === 0x22) break;
      if (byte < 0x20) {
        throw this.#error("a line break or control character inside a text");
      }
      if (byte !== 0x5c) continue;
      parts.push(bytes.latin1Slice(from, this.#at), this.#escape());
      from = this.#at + 1;
    }
    const text = bytes.subarray(from, this.#at);
    if (!isUtf8(text)) throw this.#error("text that is not UTF-8");
    parts.push(bytes.latin1Slice(from, this.#at));
    this.#at++;
    return parts.join("");
  }

  /** Returns the bytes of an escape; leaves off at its last one. */
  #escape(): string {
    const letter = this.#ahead(1, ++this.#at);
    if (letter !== "u") {
      const char = ESCAPES[letter];
      if (char === undefined) throw this.#error(`\\${letter} is no escape`);
      return char;
    }
    let text = this.#unit();
    // Characters beyond 16 bits are two escapes, which mean nothing apart.
    if (
      !text.isWellFormed() &&
      this.#ahead(2, this.#at + 1) === "\\u"
    ) {
      this.#at += 2;
      text += this.#unit();
    }
    if (!text.isWellFormed()) throw this.#error("half a character");
    return fromText(text);
  }

  #unit(): string {
    const digits = this.#bytes.subarray(this.#at + 1, this.#at + 5)
      .toString("latin1");
    if (!/^[0-9a-fA-F]{4}$/.test(digits)) {
      throw this.#error("\\u without four hexadecimal digits");
    }
    this.#at += 4;
    return String.fromCharCode(parseInt(digits, 16));
  }

  #number(): Json {
    const text = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/.exec(
      this.#ahead(400),
    )?.[0];
    if (text === undefined) {
      throw this.#error(`${this.#shown()} where a value should be`);
    }
    this.#at += text.length;
    const number = Number(text);
    const exact = Number.isSafeInteger(number) || !/^-?\d+$/.test(text);
    return exact ? number : BigInt(text);
  }

  /** Returns up to `length` bytes that come next. */
  #ahead(length: number, from = this.#at): string {
    const end = Math.min(from + length, this.#bytes.length);
    return from < end ? this.#bytes.latin1Slice(from, end) : "";
  }

  #takes(byte: number): boolean {
    this.#blanks();
    if (this.#bytes[this.#at] !== byte) return false;
    this.#at++;
    return true;
  }

  #blanks(): void {
    for (;; this.#at++) {
      switch (this.#bytes[this.#at]) {
        case 0x0a:
          this.#line++;
          break;
        case 0x20:
        case 0x09:
        case 0x0d:
          break;
        default:
          return;
      }
    }
  }

  #shown(): string {
    if (this.#at >= this.#bytes.length) return "the file ends";
    const byte = this.#bytes[this.#at]!;
    return byte < 0x20 || byte > 0x7e
      ? `byte 0x${byte.toString(16).padStart(2, "0")}`
      : JSON.stringify(String.fromCharCode(byte));
  }

  #error(reason: string): SnapshotError {
    return new SnapshotError(this.#line, reason);
  }
}
