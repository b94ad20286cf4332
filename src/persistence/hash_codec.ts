import { Hash } from "../store/values/hash.ts";
import type { Thresholds } from "../store/values/thresholds.ts";
import {
  brackets,
  byteString,
  elements,
  endsSlice,
  isShortText,
  MalformedValue,
  PART_BYTES,
  pieces,
  type ValueCodec,
  writePieces,
} from "./codec.ts";
import { asObject, type Json } from "./json.ts";
import type { JsonWriter } from "./json_writer.ts";

/**
 * Hashes: an object, or an array of pairs of field and value where an object
 * cannot have the fields. The rest of a field that goes on in a further line is
 * a pair of it and the value.
 */
export const hashCodec: ValueCodec<Hash> = {
  write(json, hash) {
    let isObject = isInOrder(hash);
    for (let i = 0; isObject && i < hash.length; i++) {
      isObject = isShortText(hash.fieldAt(i));
    }
    const [open, close] = brackets(isObject);
    let separator = open;
    for (let i = 0; i < hash.length; i++) {
      json.raw(separator);
      if (!isObject) json.raw("[");
      json.text(hash.fieldAt(i));
      json.raw(isObject ? ":" : ",");
      json.text(hash.valueAt(i));
      if (!isObject) json.raw("]");
      separator = ",";
    }
    json.raw(close);
  },

  *writeLines(lines, hash) {
    let isObject = isInOrder(hash);
    for (let i = 0; isObject && i < hash.length; i++) {
      isObject = isShortText(hash.fieldAt(i));
      if (endsSlice(i)) yield;
    }
    const [open, close] = brackets(isObject);
    const write = isObject ? writeInObject : writePair;
    const isTaken = (field: string) => hash.has(field);
    for (let i = 0; i < hash.length; i++) {
      if (endsSlice(i)) yield;
      const field = hash.fieldAt(i);
      const value = hash.valueAt(i);
      if (lines.element()) lines.json.raw(open);
      if (field.length + value.length <= PART_BYTES) {
        write(lines.json, field, value);
      } else {
        const entries = entryPieces(
          field,
          value,
          isObject ? undefined : isTaken,
        );
        yield* writePieces(lines, close, entries, ([field, value]) => {
          if (field === undefined) lines.json.textOrBytes(value);
          else write(lines.json, field, value);
        });
      }
      if (!lines.isFull) continue;
      lines.end(close);
      yield;
    }
    lines.end(close);
  },

  decode: (json, thresholds) => add(new Hash(), json, thresholds),

  join(hash, how, json, thresholds) {
    if (how === "append") return add(hash, json, thresholds);
    const last = hash.length - 1;
    const field = hash.fieldAt(last);
    if (!Array.isArray(json)) {
      hash.set(field, hash.valueAt(last) + byteString(json), thresholds);
      return hash;
    }
    const [rest, value] = pair(json);
    hash.delete(field);
    addField(hash, field + rest, value, thresholds);
    return hash;
  },
};

/** Returns whether an object would keep the fields in their order, where they have one: fields that are numbers come first in it, in theirs. */
function isInOrder(hash: Hash): boolean {
  if (hash.encoding === "hashtable") return true;
  let last = -1;
  for (let i = 0; i < hash.length; i++) {
    const field = hash.fieldAt(i);
    const place = /^(?:0|[1-9]\d{0,9})$/.test(field) ? Number(field) : Infinity;
    if (place < last) return false;
    last = place;
  }
  return true;
}

function writeInObject(json: JsonWriter, field: string, value: string): void {
  json.text(field);
  json.raw(":");
  json.textOrBytes(value);
}

function writePair(json: JsonWriter, field: string, value: string): void {
  json.raw("[");
  json.textOrBytes(field);
  json.raw(",");
  json.textOrBytes(value);
  json.raw("]");
}

/** Returns what stands for a large entry: pairs of a piece of the field, as long as there are any, and one of the value. */
function* entryPieces(
  field: string,
  value: string,
  isTaken?: (field: string) => boolean,
): Generator<readonly [field: string | undefined, value: string]> {
  const fields = [...pieces(field, isTaken)];
  let last = fields.pop();
  for (const piece of fields) yield [piece, ""];
  for (const piece of pieces(value)) {
    yield [last, piece];
    last = undefined;
  }
}

function add(hash: Hash, json: Json, thresholds: Thresholds): Hash {
  const fields = asObject(json);
  if (fields !== undefined) {
    const entries = Object.entries(fields);
    if (entries.length === 0) throw new MalformedValue("an empty object");
    for (const [field, value] of entries) {
      addField(hash, field, byteString(value), thresholds);
    }
    return hash;
  }
  if (!Array.isArray(json)) {
    throw new MalformedValue("no object of fields and values");
  }
  for (const each of elements(json)) {
    const [field, value] = pair(each);
    addField(hash, field, value, thresholds);
  }
  return hash;
}

function addField(
  hash: Hash,
  field: string,
  value: string,
  thresholds: Thresholds,
): void {
  if (!hash.set(field, value, thresholds)) {
    throw new MalformedValue("a hash with the same field twice");
  }
}

function pair(json: Json): readonly [field: string, value: string] {
  if (!Array.isArray(json) || json.length !== 2) {
    throw new MalformedValue("no pair of field and value");
  }
  return [byteString(json[0]!), byteString(json[1]!)];
}
