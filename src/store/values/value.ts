import type { EditableString } from "./editable_string.ts";
import type { Hash } from "./hash.ts";
import type { List } from "./list.ts";
import type { MemberSet } from "./set.ts";
import type { SortedSet } from "./sorted_set.ts";
import type { Stream } from "./stream.ts";
import type { ConsumerGroup } from "./stream_group.ts";

/** What a key can hold, under the name that TYPE gives it. */
export interface ValueTypes {
  string: StringValue;
  list: List;
  set: MemberSet;
  hash: Hash;
  zset: SortedSet;
  stream: Stream;
}

/** The same values as `read()` hands them out: without the methods that change them. */
export interface ReadonlyValueTypes {
  string: StringValue;
  list: ReadonlyList;
  set: ReadonlyMemberSet;
  hash: ReadonlyHash;
  zset: ReadonlySortedSet;
  stream: ReadonlyStream;
}

/** Strings are byte strings until a command edits them in place. */
export type StringValue = string | EditableString;
export type ReadonlyList = Omit<
  List,
  | "pushHead"
  | "pushTail"
  | "popHead"
  | "popTail"
  | "set"
  | "insert"
  | "trim"
  | "removeMatching"
>;
export type ReadonlyMemberSet = Omit<
  MemberSet,
  "add" | "append" | "delete" | "deleteAt" | "assumeCursors" | "takeCursors"
>;
export type ReadonlyHash = Omit<Hash, "set" | "append" | "delete">;
export type ReadonlySortedSet = Omit<
  SortedSet,
  "add" | "append" | "delete" | "deleteRange" | "assumeCursors" | "takeCursors"
>;
export type ReadonlyConsumerGroup = Readonly<
  Omit<
    ConsumerGroup,
    | "addConsumer"
    | "removeConsumer"
    | "addPending"
    | "reassign"
    | "settle"
    | "release"
  >
>;
export interface ReadonlyStream extends
  Readonly<
    Omit<
      Stream,
      | "append"
      | "restore"
      | "delete"
      | "trim"
      | "addGroup"
      | "removeGroup"
      | "advance"
      | "group"
      | "groups"
    >
  > {
  readonly groups: readonly ReadonlyConsumerGroup[];
  group(name: string): ReadonlyConsumerGroup | undefined;
}
export type TypeName = keyof ValueTypes;
export type Value = ValueTypes[TypeName];
export type ReadonlyValue = ReadonlyValueTypes[TypeName];

/** What every value but a plain byte string has. */
export interface Structure {
  readonly type: TypeName;
  /** Number of elements (of bytes, for a string); a key may not stay with none, unless it is a stream. */
  readonly length: number;
  /** Estimate of the memory held, in bytes; O(1). */
  readonly memory: number;
  /** What the keyspace has counted of `memory`; the keyspace's own business. */
  accounted: number;
  /** Returns a value that shares nothing with this one that either could change. */
  copy(): Structure;
}

/** Returns the type of a value as TYPE names it. */
export function typeOf(value: ReadonlyValue): TypeName {
  return typeof value === "string" ? "string" : value.type;
}

/** What V8 needs for a byte string beyond its bytes. */
export const STRING_OVERHEAD = 16;

/** Returns an estimate of the memory that a value takes, in bytes; O(1). */
export function memoryOf(value: ReadonlyValue): number {
  return typeof value === "string"
    ? value.length + STRING_OVERHEAD
    : value.memory;
}

/** Returns a value of its own for another key. */
export function copyOf(value: ReadonlyValue): Value {
  return typeof value === "string" ? value : value.copy() as Value;
}
