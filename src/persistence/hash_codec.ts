import { Hash } from "../store/values/hash.ts";
import type { Thresholds } from "../store/values/thresholds.ts";
import {
  brackets,
  byteString,
  elements,
  endsSlice,
  isShortText,
  MalformedValue,
  type Part,
  PART_BYTES,
  slices,
  type ValueCodec,
} from "./codec.ts";
import { asObject, type Json } from "./json.ts";

/**
 * Hashes: an object, or an array of pairs of field and value where an object
 * cannot have the fields. The rest of a field that goes on in a further line is
 * a pair of it and the value.
 */
export const hashCodec: ValueCodec<Hash> = {
  encode(hash) {
    let isObject = isInOrder(hash);
    for (let i = 0; isObject && i < hash.length; i++) {
      isObject = isShortText(hash.fieldAt(i));
    }
    const [open, close] = brackets(isObject);
    const entries: string[] = [];
    for (let i = 0; i < hash.length; i++) {
      const field = JSON.stringify(hash.fieldAt(i));
      const value = JSON.stringify(hash.valueAt(i));
      entries.push(open === "{" ? `${field}:${value}` : `[${field},${value}]`);
    }
    return `${open}${entries.join(",")}${close}`;
  },

  *parts(hash) {
    let isObject = isInOrder(hash);
    for (let i = 0; isObject && i < hash.length; i++) {
      isObject = isShortText(hash.fieldAt(i));
      if (endsSlice(i)) yield undefined;
    }
    const [open, close] = brackets(isObject);
    const isTaken = (field: string) => hash.has(field);
    let how: Part["how"] = "value";
    let json = "";
    for (let i = 0; i < hash.length; i++) {
      if (endsSlice(i)) yield undefined;
      const field = hash.fieldAt(i);
      const value = hash.valueAt(i);
      const [first, ...rest] = isObject
        ? entrySlices(field, value)
        : pairSlices(field, value, isTaken);
      json += `${json === "" ? open : ","}${first}`;
      if (json.length < PART_BYTES && rest.length === 0) continue;
      yield { how, json: `${json}${close}` };
      for (const json of rest) yield { how: "continue", json };
      how = "append";
      json = "";
    }
    if (json !== "") yield { how, json: `${json}${close}` };
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

function* entrySlices(field: string, value: string): Generator<string> {
  const values = slices(value);
  yield `${JSON.stringify(field)}:${values.next().value}`;
  yield* values;
}

function* pairSlices(
  field: string,
  value: string,
  isTaken: (field: string) => boolean,
): Generator<string> {
  const fields = [...slices(field, isTaken)];
  const last = fields.pop();
  for (const slice of fields) yield `[${slice},""]`;
  const values = slices(value);
  yield `[${last},${values.next().value}]`;
  yield* values;
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
