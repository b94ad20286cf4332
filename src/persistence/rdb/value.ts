import type { Thresholds } from "../../store/values/thresholds.ts";
import {
  type ReadonlyValue,
  type ReadonlyValueTypes,
  type TypeName,
  typeOf,
  type Value,
} from "../../store/values/value.ts";
import type { RdbDecoder, RdbEncoder } from "./codec.ts";
import { ValueTypes } from "./format.ts";
import {
  hashEncoder,
  readHash,
  readHashListpack,
  readHashZiplist,
  readHashZipmap,
} from "./hash.ts";
import {
  listEncoder,
  readList,
  readListZiplist,
  readQuicklist,
  readQuicklist2,
} from "./list.ts";
import { moduleNameOf } from "./module_name.ts";
import { RdbError } from "./rdb_error.ts";
import type { RdbReader } from "./reader.ts";
import { readIntset, readSet, readSetListpack, setEncoder } from "./set.ts";
import {
  readSortedSet,
  readSortedSet2,
  readSortedSetListpack,
  readSortedSetZiplist,
  sortedSetEncoder,
} from "./sorted_set.ts";
import {
  readStream,
  readStream2,
  readStream3,
  streamEncoder,
} from "./stream.ts";
import type { RdbWriter } from "./writer.ts";

const encoders: {
  readonly [T in TypeName]: RdbEncoder<ReadonlyValueTypes[T]>;
} = {
  string: {
    layout: () => ValueTypes.string,
    write(writer, value) {
      if (typeof value === "string") writer.string(value);
      else writer.blob(value.bytes);
      return [];
    },
  },
  list: listEncoder,
  set: setEncoder,
  hash: hashEncoder,
  zset: sortedSetEncoder,
  stream: streamEncoder,
};

const decoders: ReadonlyMap<number, RdbDecoder<Value>> = new Map<
  number,
  RdbDecoder<Value>
>([
  [ValueTypes.string, (reader) => reader.stringValue()],
  [ValueTypes.list, readList],
  [ValueTypes.set, readSet],
  [ValueTypes.sortedSet, readSortedSet],
  [ValueTypes.hash, readHash],
  [ValueTypes.sortedSet2, readSortedSet2],
  [ValueTypes.moduleBeforeRelease, refuseModule],
  [ValueTypes.module2, refuseModule],
  [ValueTypes.hashZipmap, readHashZipmap],
  [ValueTypes.listZiplist, readListZiplist],
  [ValueTypes.setIntset, readIntset],
  [ValueTypes.sortedSetZiplist, readSortedSetZiplist],
  [ValueTypes.hashZiplist, readHashZiplist],
  [ValueTypes.listQuicklist, readQuicklist],
  [ValueTypes.streamListpacks, readStream],
  [ValueTypes.hashListpack, readHashListpack],
  [ValueTypes.sortedSetListpack, readSortedSetListpack],
  [ValueTypes.listQuicklist2, readQuicklist2],
  [ValueTypes.streamListpacks2, readStream2],
  [ValueTypes.setListpack, readSetListpack],
  [ValueTypes.streamListpacks3, readStream3],
]);

/** Returns the number that says how `value` is laid out. */
export function layoutOf(value: ReadonlyValue): number {
  return encoderOf(value).layout(value);
}

/** Writes a value without the number of its layout, in slices between which others may run. */
export function writeInSlices(
  writer: RdbWriter,
  value: ReadonlyValue,
): Iterable<void> {
  return encoderOf(value).write(writer, value);
}

/** Writes a value without the number of its layout, at once. */
export function writeValue(writer: RdbWriter, value: ReadonlyValue): void {
  if (typeof value === "string") return writer.string(value);
  for (const _ of writeInSlices(writer, value));
}

/** Returns whether there are values of this layout. */
export function isLayout(layout: number): boolean {
  return decoders.has(layout);
}

/** Reads a value of a layout; `undefined` when it has no elements. Throws RdbError. */
export function readValue(
  reader: RdbReader,
  layout: number,
  thresholds: Thresholds,
): Value | undefined {
  const decode = decoders.get(layout);
  if (decode === undefined) {
    throw new RdbError(`unknown type ${layout} of a value`);
  }
  return decode(reader, thresholds);
}

function encoderOf(value: ReadonlyValue): RdbEncoder<ReadonlyValue> {
  // TypeScript does not follow that this encoder is the one for this very type.
  return encoders[typeOf(value)] as unknown as RdbEncoder<ReadonlyValue>;
}

function refuseModule(reader: RdbReader): never {
  throw new RdbError(
    `module data: no module has the type '${moduleNameOf(reader.size())}'`,
  );
}
