import type { PackedType } from "./packed.ts";
import type { Packable } from "./packing.ts";
import { Slab } from "./slab.ts";
import type { Value } from "./values/value.ts";

/** What the detail of a record is: the length of the string in it, the number of an object, a string that is this integer's digits, or the length of a packed value. */
export const Kind = {
  string: 1,
  object: 2,
  integer: 3,
  hash: 4,
  set: 5,
  zset: 6,
  list: 7,
} as const;
export type Kind = typeof Kind[keyof typeof Kind];

const PACKED_TYPES: readonly PackedType[] = ["hash", "set", "zset", "list"];

/** A record whose value shrinks stays as large as it is, if no more than an eighth of it, as a power of two, and two units are then unused. */
const SLACK_BITS = 3;
const SLACK_UNITS = 2;

/** Returns whether the detail is the length of a packed value. */
export function isPacked(kind: number): boolean {
  return kind >= Kind.hash;
}

/** Returns the type of the packed values of a kind. */
export function packedType(kind: number): PackedType {
  return PACKED_TYPES[kind - Kind.hash]!;
}

/** Returns whether an object is a value of a type that is packed while it is small. */
export function isPackable(value: Exclude<Value, string>): value is Packable {
  return value.type !== "string" && value.type !== "stream";
}

/** Returns whether a record of `size` units is neither too small nor much too large for this many bytes. */
export function fits(bytes: number, size: number): boolean {
  const spare = size - Slab.unitsFor(bytes);
  return spare >= 0 && spare <= SLACK_UNITS + (size >> SLACK_BITS);
}
