import { Buffer } from "node:buffer";

/**
 * Byte strings are JS strings whose chars are bytes, 0 to 255 (latin1). Keys,
 * members, values and arguments are byte strings everywhere in the server; V8
 * keeps them at one byte per char. Text from outside (the command line, a
 * config file, JSON) crosses here.
 */

/** Longest byte string that V8 can hold. */
export const MAX_LENGTH = 0x1fffffe8;

/** Returns the UTF-8 bytes of `text` as a byte string. */
export function fromText(text: string): string {
  return isAscii(text) ? text : Buffer.from(text, "utf8").latin1Slice();
}

/** Returns the text that `bytes` spell in UTF-8, with U+FFFD for what is not UTF-8. */
export function toText(bytes: string): string {
  return isAscii(bytes) ? bytes : Buffer.from(bytes, "latin1").toString("utf8");
}

/** Returns the text that `bytes` spell in UTF-8, or `undefined` when they are not UTF-8. */
export function toTextExactly(bytes: string): string | undefined {
  if (isAscii(bytes)) return bytes;
  const buffer = Buffer.from(bytes, "latin1");
  const text = buffer.toString("utf8");
  return Buffer.from(text, "utf8").equals(buffer) ? text : undefined;
}

/** From this length on `substring()` returns a view. */
const SHORTEST_VIEW = 13;

/** Returns the same bytes in memory of their own: a view keeps all alive that it is a part of. */
export function ownString(bytes: string): string {
  if (bytes.length < SHORTEST_VIEW) return bytes;
  return [bytes.charAt(0), bytes.substring(1)].join("");
}

/** Returns whether every char of `text` is below 128. */
export function isAscii(text: string): boolean {
  for (let i = 0; i < text.length; i++) {
    if (text.charCodeAt(i) > 127) return false;
  }
  return true;
}

/** Returns `bytes` with the ASCII letters in lower case and all else as it was. */
export function asciiLower(bytes: string): string {
  return bytes.replace(/[A-Z]+/g, (letters) => letters.toLowerCase());
}

/** Compares byte by byte, as memcmp does; negative, zero or positive. */
export function compareBytes(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

declare module "node:buffer" {
  interface Buffer {
    /** Returns bytes `start` to `end` as a byte string; the fastest way there is (50 ns up to 64 bytes). */
    latin1Slice(start?: number, end?: number): string;
    /** Writes the low bytes of `text`; returns how many were written. */
    latin1Write(text: string, offset?: number, length?: number): number;
  }
}
