import { MemberSet } from "../../store/values/set.ts";
import type { Thresholds } from "../../store/values/thresholds.ts";
import type { ReadonlyMemberSet } from "../../store/values/value.ts";
import {
  elementCount,
  endsSlice,
  type RdbDecoder,
  type RdbEncoder,
} from "./codec.ts";
import { ValueTypes } from "./format.ts";
import { intsetMembers, intsetOf } from "./intset.ts";
import { ListpackReader } from "./listpack_reader.ts";
import { RdbError } from "./rdb_error.ts";

/** Sets: an intset, or member by member. */
export const setEncoder: RdbEncoder<ReadonlyMemberSet> = {
  layout: (set) =>
    set.encoding === "intset" ? ValueTypes.setIntset : ValueTypes.set,

  *write(writer, set) {
    if (set.encoding === "intset") {
      return writer.blob(intsetOf(set, set.length));
    }
    writer.size(set.length);
    for (let i = 0; i < set.length; i++) {
      writer.string(set.at(i));
      if (endsSlice(i)) yield;
    }
  },
};

/** Reads a set written member by member. */
export const readSet: RdbDecoder<MemberSet> = (reader, thresholds) => {
  const set = new MemberSet();
  for (let left = elementCount(reader); left > 0; left--) {
    add(set, reader.string(), thresholds);
  }
  return unlessEmpty(set);
};

/** Reads a set of integers. */
export const readIntset: RdbDecoder<MemberSet> = (reader, thresholds) => {
  const set = new MemberSet();
  for (const member of intsetMembers(reader.blob())) {
    add(set, String(member), thresholds);
  }
  return unlessEmpty(set);
};

/** Reads a small set, as Redis has them from version 7.2 on. */
export const readSetListpack: RdbDecoder<MemberSet> = (reader, thresholds) => {
  const set = new MemberSet();
  const members = new ListpackReader(reader.blob());
  while (!members.done) add(set, members.text(), thresholds);
  return unlessEmpty(set);
};

function add(set: MemberSet, member: string, thresholds: Thresholds): void {
  if (!set.add(member, thresholds)) {
    throw new RdbError("a set with the same member twice");
  }
}

function unlessEmpty(set: MemberSet): MemberSet | undefined {
  return set.length === 0 ? undefined : set;
}
