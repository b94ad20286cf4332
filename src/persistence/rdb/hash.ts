import { Hash } from "../../store/values/hash.ts";
import type { Thresholds } from "../../store/values/thresholds.ts";
import type { ReadonlyHash } from "../../store/values/value.ts";
import {
  elementCount,
  endsSlice,
  pairs,
  type RdbDecoder,
  type RdbEncoder,
} from "./codec.ts";
import { ValueTypes } from "./format.ts";
import { ListpackReader } from "./listpack_reader.ts";
import { ListpackWriter } from "./listpack_writer.ts";
import { RdbError } from "./rdb_error.ts";
import { ziplistElements } from "./ziplist.ts";
import { zipmapElements } from "./zipmap.ts";

/** Hashes: a listpack of fields and values by turns, or one field after the other. */
export const hashEncoder: RdbEncoder<ReadonlyHash> = {
  layout: (hash) =>
    hash.encoding === "listpack" ? ValueTypes.hashListpack : ValueTypes.hash,

  *write(writer, hash) {
    if (hash.encoding === "listpack") {
      const listpack = new ListpackWriter();
      for (const [field, value] of hash) {
        listpack.append(field);
        listpack.append(value);
      }
      return writer.blob(listpack.finish());
    }
    writer.size(hash.length);
    for (let i = 0; i < hash.length; i++) {
      writer.string(hash.fieldAt(i));
      writer.string(hash.valueAt(i));
      if (endsSlice(i)) yield;
    }
  },
};

/** Reads a hash written field by field. */
export const readHash: RdbDecoder<Hash> = (reader, thresholds) => {
  const hash = new Hash();
  for (let left = elementCount(reader); left > 0; left--) {
    const field = reader.string();
    add(hash, field, reader.string(), thresholds);
  }
  return unlessEmpty(hash);
};

/** Reads a hash that is a zipmap. */
export const readHashZipmap: RdbDecoder<Hash> = (reader, thresholds) => {
  const hash = new Hash();
  for (const [field, value] of pairs(zipmapElements(reader.blob()))) {
    add(hash, field, value, thresholds);
  }
  return unlessEmpty(hash);
};

/** Reads a hash that is a ziplist. */
export const readHashZiplist: RdbDecoder<Hash> = (reader, thresholds) => {
  const hash = new Hash();
  const limits = ofAnySize(thresholds);
  for (const [field, value] of pairs(ziplistElements(reader.blob()))) {
    add(hash, String(field), String(value), limits);
  }
  return unlessEmpty(hash);
};

/** Reads a hash that is a listpack. */
export const readHashListpack: RdbDecoder<Hash> = (reader, thresholds) => {
  const hash = new Hash();
  const limits = ofAnySize(thresholds);
  const elements = new ListpackReader(reader.blob());
  while (!elements.done) {
    const field = elements.text();
    if (elements.done) throw new RdbError("a field without a value");
    add(hash, field, elements.text(), limits);
  }
  return unlessEmpty(hash);
};

/** What was compact when it was written stays so, however long its fields: Redis looks at their number alone. */
function ofAnySize(thresholds: Thresholds): Thresholds {
  return { ...thresholds, hashBytes: Infinity };
}

function add(
  hash: Hash,
  field: string,
  value: string,
  thresholds: Thresholds,
): void {
  if (!hash.set(field, value, thresholds)) {
    throw new RdbError("a hash with the same field twice");
  }
}

function unlessEmpty(hash: Hash): Hash | undefined {
  return hash.length === 0 ? undefined : hash;
}
