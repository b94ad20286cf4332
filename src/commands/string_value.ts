/** What commands need of string values, whichever of the two forms they are held in. */
import { Buffer } from "node:buffer";
import type { ByteRange } from "../protocol/byte_block.ts";
import { STRING_TOO_LONG } from "../protocol/command_error.ts";
import { type Int64, parseInt64 } from "../protocol/integer.ts";
import type { ReplyWriter } from "../protocol/reply.ts";
import type { Server } from "../server/server.ts";
import type { Database } from "../store/database.ts";
import {
  editableFrom,
  EditableString,
} from "../store/values/editable_string.ts";
import type { StringValue } from "../store/values/value.ts";

/** No 64-bit integer is longer. */
const LONGEST_INTEGER = 20;

/** Writes a string value, or null when there is none. */
export function replyString(
  reply: ReplyWriter,
  value: StringValue | undefined,
): void {
  if (value === undefined || typeof value === "string") reply.bulk(value);
  else reply.bulkBytes(value.bytes);
}

/** Writes what `readString()` found, or null when that was nothing. */
export function replyRange(
  reply: ReplyWriter,
  value: ByteRange | undefined,
): void {
  if (value === undefined) reply.null();
  else reply.bulkRange(value);
}

/** Writes bytes `start` up to `end`, which lie inside the value. */
export function replyPart(
  reply: ReplyWriter,
  value: StringValue,
  start: number,
  end: number,
): void {
  if (typeof value === "string") reply.bulk(value.slice(start, end));
  else reply.bulkBytes(value.view(start, end));
}

/** Returns the byte at `offset`, 0 beyond the end. */
export function byteAt(value: StringValue, offset: number): number {
  if (typeof value !== "string") return value.byteAt(offset);
  return offset < value.length ? value.charCodeAt(offset) : 0;
}

/** Returns the bytes of a value: valid until it is edited, and only to be looked at. */
export function bytesOf(value: StringValue): Uint8Array {
  return typeof value === "string" ? Buffer.from(value, "latin1") : value.bytes;
}

/** Returns the integer that a value spells, or `undefined`. */
export function integerIn(value: StringValue): Int64 | undefined {
  if (value.length > LONGEST_INTEGER) return undefined;
  return parseInt64(typeof value === "string" ? value : value.toString());
}

/**
 * Returns the value at `key` in the form that is edited in place, about to become
 * `length` bytes long; with none there, an empty one that is put there. Its expiry
 * stays. `changed()` must follow when it is edited.
 */
export function editString(
  db: Database,
  key: string,
  length: number,
): EditableString {
  const value = db.edit(key, "string");
  if (value === undefined) return db.put(key, new EditableString("", length));
  if (typeof value !== "string") return value;
  return db.put(key, editableFrom(value, length), "keep");
}

/** Throws when a value of `length` bytes is more than the configuration allows. */
export function checkLength(server: Server, length: number): void {
  if (length > server.config.values["proto-max-bulk-len"]) {
    throw STRING_TOO_LONG;
  }
}
