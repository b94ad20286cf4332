import type { Int64 } from "../../protocol/integer.ts";
import type { Thresholds } from "../../store/values/thresholds.ts";
import { RdbError } from "./rdb_error.ts";
import type { RdbReader } from "./reader.ts";
import type { RdbWriter } from "./writer.ts";

/** How values of one type are written. */
export interface RdbEncoder<V> {
  /** Returns the number that says how `value` is laid out. */
  layout(value: V): number;
  /** Writes a value, in slices between which others may run if it is large; it may not change meanwhile. */
  write(writer: RdbWriter, value: V): Iterable<void>;
}

/** Reads a value of one layout; `undefined` when it has no elements, which no key can hold. Throws RdbError. */
export type RdbDecoder<V> = (
  reader: RdbReader,
  thresholds: Thresholds,
) => V | undefined;

/** Elements that are written at once. */
const SLICE = 512;

/** Returns whether a writer of many elements has come to the end of a slice. */
export function endsSlice(index: number): boolean {
  return index % SLICE === SLICE - 1;
}

/** Reads the number of elements. That they are there shows when they are read: each takes a byte at least. */
export function elementCount(reader: RdbReader): number {
  return Number(reader.size());
}

/** Returns the pairs that elements form, which must be even in number. */
export function* pairs<T extends Int64 | string>(
  elements: readonly T[],
): Generator<readonly [T, T]> {
  if (elements.length % 2 === 1) throw new RdbError("half a pair");
  for (let i = 0; i < elements.length; i += 2) {
    yield [elements[i]!, elements[i + 1]!];
  }
}
