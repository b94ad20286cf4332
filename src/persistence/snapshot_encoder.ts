import { Buffer } from "node:buffer";
import { ByteBlock } from "../protocol/byte_block.ts";
import type { Int64 } from "../protocol/integer.ts";
import type { Keyspace } from "../store/keyspace.ts";
import { type TypeName, typeOf, type Value } from "../store/values/value.ts";
import { type Joining, type Lines, PART_BYTES } from "./codec.ts";
import { crc32, loadCrc32 } from "./crc32.ts";
import type { EntryEncoder } from "./entry_encoder.ts";
import { JsonWriter } from "./json_writer.ts";
import { codecFor, isLarge } from "./value_codec.ts";

/** What the first field of a snapshot says. */
export const FORMAT = "redis-lite snapshot";
/** The version of the format that is written. */
export const VERSION = 1;
/** What stands between the data and its checksum. */
export const BEFORE_CHECKSUM = ',"checksum":"';

/** What stands between two lines. */
const SEPARATOR = ",\n";
const EMPTY = ByteBlock.ofSize(0);

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
export class SnapshotEncoder implements EntryEncoder {
  /** Number of keys so far. */
  keys = 0;
  readonly #facts: SnapshotFacts;
  readonly #json = new JsonWriter();
  #crc = 0;
  #separator = "\n";
  /** What stands before and behind a key of this database and this type, in bytes. */
  #db = -1;
  #type: TypeName | undefined = undefined;
  #beforeKey = EMPTY;
  #behindKey = EMPTY;

  constructor(facts: SnapshotFacts) {
    this.#facts = facts;
    const savedAt = new Date(facts.savedAt).toISOString();
    this.#json.raw(
      `{"format":"${FORMAT}","version":${VERSION},"savedAt":"${savedAt}","entries":[`,
    );
    for (const code of facts.functions ?? []) {
      this.#beginLine();
      this.#json.raw('{"library":');
      this.#json.text(code);
      this.#json.raw("}");
    }
  }

  get length(): number {
    return this.#json.length;
  }

  prepare(rest: () => Promise<void>): Promise<void> {
    return loadCrc32(rest);
  }

  entryAt(db: number, keyspace: Keyspace, slot: number): void {
    const string = keyspace.stringAt(slot);
    const value = string === undefined ? keyspace.value(slot) : "";
    this.#beginEntry(db, typeOf(value));
    this.#json.textAt(keyspace.keyAt(slot));
    this.#json.rawBlock(this.#behindKey);
    if (string !== undefined) this.#json.textOrBytesAt(string);
    else codecFor(typeOf(value)).write(this.#json, value);
    this.#json.raw(entryEnd(keyspace.expiries.exactAt(slot)));
    this.keys++;
  }

  entry(db: number, key: string, value: Value, expiresAt: Int64): void {
    this.#beginEntry(db, typeOf(value));
    this.#json.text(key);
    this.#json.rawBlock(this.#behindKey);
    codecFor(typeOf(value)).write(this.#json, value);
    this.#json.raw(entryEnd(expiresAt));
    this.keys++;
  }

  *largeEntry(
    db: number,
    key: string,
    value: Value,
    expiresAt: Int64,
  ): Generator<void> {
    this.#beginEntry(db, typeOf(value));
    this.#json.text(key);
    this.#json.rawBlock(this.#behindKey);
    const lines = new EntryLines(this.#json, entryEnd(expiresAt));
    yield* codecFor(typeOf(value)).writeLines(lines, value);
    this.keys++;
  }

  end(): void {
    const json = this.#json;
    json.raw(`\n],"count":${this.keys}`);
    if (this.#facts.checksum) {
      const crc = crc32(json.written, this.#crc);
      const digits = crc.toString(16).padStart(8, "0");
      json.raw(`${BEFORE_CHECKSUM}crc32:${digits}"`);
    }
    json.raw("}\n");
  }

  take(): Uint8Array {
    const bytes = this.#json.take();
    if (this.#facts.checksum) this.#crc = crc32(bytes, this.#crc);
    return bytes;
  }

  #beginLine(): void {
    this.#json.raw(this.#separator);
    this.#separator = SEPARATOR;
  }

  #beginEntry(db: number, type: TypeName): void {
    if (db !== this.#db) {
      this.#db = db;
      this.#beforeKey = blockOf(`{"db":${db},"key":`);
    }
    if (type !== this.#type) {
      this.#type = type;
      this.#behindKey = blockOf(`,"type":"${type}","value":`);
    }
    this.#beginLine();
    this.#json.rawBlock(this.#beforeKey);
  }
}

/** Returns how many bytes a value takes in a snapshot. */
export function lengthInSnapshot(value: Value): number {
  const json = new JsonWriter();
  if (isLarge(value)) {
    const lines = new EntryLines(json, "");
    for (const _ of codecFor(typeOf(value)).writeLines(lines, value)) {
      json.take();
    }
  } else codecFor(typeOf(value)).write(json, value);
  return json.position;
}

/** The lines of a value, behind the key. */
class EntryLines implements Lines {
  readonly json: JsonWriter;
  /** What ends the line that has the key. */
  readonly #entryEnd: string;
  #isFirst = true;
  #isOpen = false;
  #begin = 0;

  constructor(json: JsonWriter, entryEnd: string) {
    this.json = json;
    this.#entryEnd = entryEnd;
  }

  get isFull(): boolean {
    return this.json.position - this.#begin >= PART_BYTES;
  }

  begin(joining: Joining): void {
    if (!this.#isFirst) this.json.raw(`${SEPARATOR}{"${joining}":`);
    this.#begin = this.json.position;
    this.#isOpen = true;
  }

  element(): boolean {
    const isFirst = !this.#isOpen;
    if (isFirst) this.begin("append");
    else this.json.raw(",");
    return isFirst;
  }

  end(close: string): void {
    if (!this.#isOpen) return;
    this.json.raw(close);
    this.json.raw(this.#isFirst ? this.#entryEnd : "}");
    this.#isFirst = this.#isOpen = false;
  }
}

function entryEnd(expiresAt: Int64): string {
  return expiresAt === Infinity ? "}" : `,"expiresAt":${expiresAt}}`;
}

function blockOf(json: string): ByteBlock {
  return new ByteBlock(Buffer.from(json, "latin1"));
}
