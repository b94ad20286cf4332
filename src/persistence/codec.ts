import { Buffer, isUtf8 } from "node:buffer";
import { StacklessError } from "../protocol/command_error.ts";
import type { StringValue } from "../store/values/value.ts";
import type { Thresholds } from "../store/values/thresholds.ts";
import { asObject, type Json, type JsonObject } from "./json.ts";
import type { JsonWriter } from "./json_writer.ts";

/** About how many bytes of a value go on one line of a snapshot. */
export const PART_BYTES = 256 * 1024;

/** Elements of a large value that are looked at, or written, at once. */
const SLICE = 512;

/** How a line of a large value joins what came before it: further elements, or the rest of the last byte string. */
export type Joining = "append" | "continue";

/** The lines of a value that is too large for one: the first is the value itself, others join it. */
export interface Lines {
  readonly json: JsonWriter;
  /** Begins a line. */
  begin(joining: Joining): void;
  /** Begins an element, after a comma or on a line of its own; returns whether it is the first of its line. */
  element(): boolean;
  /** Ends the line, if one has begun, with `close`. */
  end(close: string): void;
  /** Whether there is enough on the line. */
  readonly isFull: boolean;
}

/** How values of one type are written into a snapshot and read from it. */
export interface ValueCodec<V> {
  /** Writes a value. */
  write(json: JsonWriter, value: V): void;
  /** The same, of a value that is too large for one line; others may run where it yields. */
  writeLines(lines: Lines, value: V): Generator<void>;
  /** Returns the value that JSON stands for; throws MalformedValue. */
  decode(json: Json, thresholds: Thresholds): V;
  /** Returns `value` with what a further line holds; throws MalformedValue. */
  join(value: V, how: Joining, json: Json, thresholds: Thresholds): V;
}

/** Returns whether someone who goes through a large value has come to the end of a slice. */
export function endsSlice(index: number): boolean {
  return index % SLICE === SLICE - 1;
}

/** What a value may not look like: the reason alone. */
export class MalformedValue extends StacklessError {
  override readonly name = "MalformedValue";
}

/** Returns the byte string that JSON stands for: text, or bytes in base64. */
export function byteString(json: Json): string {
  if (typeof json === "string") return json;
  const fields = asObject(json);
  const base64 = fields !== undefined && isBytes(fields)
    ? fields["base64"]
    : undefined;
  if (typeof base64 !== "string") {
    throw new MalformedValue(
      typeof json === "number" || typeof json === "bigint"
        ? `a number where text should be: write "${json}"`
        : 'neither text nor {"base64":"…"}',
    );
  }
  const bytes = Buffer.from(base64, "base64");
  if (bytes.toString("base64") !== base64) {
    throw new MalformedValue("not base64");
  }
  return bytes.latin1Slice();
}

/** Returns whether a byte string can be the name of a field: text, and not so long that it would have to be cut. */
export function isShortText(bytes: string): boolean {
  return bytes.length <= PART_BYTES &&
    (/^[\0-\x7f]*$/.test(bytes) || isUtf8(Buffer.from(bytes, "latin1")));
}

/** Returns what opens and closes the JSON of elements: an object, or an array of pairs. */
export function brackets(
  isObject: boolean,
): readonly [open: string, close: string] {
  return isObject ? ["{", "}"] : ["[", "]"];
}

/** Returns whether an object stands for bytes. */
export function isBytes(fields: JsonObject): boolean {
  return fields["base64"] !== undefined && Object.keys(fields).length === 1;
}

/** Returns the elements of an array, of which there must be one at least. */
export function elements(json: Json): readonly Json[] {
  if (!Array.isArray(json)) throw new MalformedValue("no array of elements");
  if (json.length === 0) throw new MalformedValue("an empty array");
  return json;
}

/** Writes byte strings as an array. */
export function writeTexts(json: JsonWriter, texts: Iterable<string>): void {
  let separator = "[";
  for (const text of texts) {
    json.raw(separator);
    json.text(text);
    separator = ",";
  }
  json.raw("]");
}

/**
 * Returns a byte string in pieces that fit on lines of their own; no character of
 * UTF-8 is cut. No beginning ends where `isTaken` says that it has a meaning of its own.
 */
export function* pieces(
  bytes: StringValue,
  isTaken?: (beginning: string) => boolean,
): Generator<string> {
  let from = 0;
  while (bytes.length - from > PART_BYTES) {
    let to = from + PART_BYTES;
    const earliest = to - 3;
    while (
      (to > earliest && (byteAt(bytes, to) & 0xc0) === 0x80) ||
      isTaken?.(bytes.slice(0, to))
    ) to--;
    yield bytes.slice(from, to);
    from = to;
  }
  yield bytes.slice(from, bytes.length);
}

/** Writes an element that may be too large for a line: all but its first piece go on lines of their own, after one that `close` ends. */
export function* writePieces<P>(
  lines: Lines,
  close: string,
  pieces: Iterable<P>,
  write: (piece: P) => void,
): Generator<void> {
  const [first, ...others] = pieces;
  write(first!);
  if (others.length > 0) lines.end(close);
  for (const piece of others) {
    yield;
    lines.begin("continue");
    write(piece);
    lines.end("");
  }
}

function byteAt(bytes: StringValue, at: number): number {
  return typeof bytes === "string" ? bytes.charCodeAt(at) : bytes.byteAt(at);
}
