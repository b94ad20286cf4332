import { MemberSet } from "../store/values/set.ts";
import type { Thresholds } from "../store/values/thresholds.ts";
import {
  byteString,
  elements,
  endsSlice,
  MalformedValue,
  type Part,
  PART_BYTES,
  slices,
  type ValueCodec,
} from "./codec.ts";
import type { Json } from "./json.ts";

/** Sets: an array of the members. */
export const setCodec: ValueCodec<MemberSet> = {
  encode: (set) => JSON.stringify([...set]),

  *parts(set) {
    const isTaken = (member: string) => set.has(member);
    let how: Part["how"] = "value";
    let json = "";
    for (let i = 0; i < set.length; i++) {
      if (endsSlice(i)) yield undefined;
      const member = set.at(i);
      const [first, ...rest] = slices(member, isTaken);
      json += `${json === "" ? "[" : ","}${first}`;
      if (json.length < PART_BYTES && rest.length === 0) continue;
      yield { how, json: `${json}]` };
      for (const json of rest) yield { how: "continue", json };
      how = "append";
      json = "";
    }
    if (json !== "") yield { how, json: `${json}]` };
  },

  decode: (json, thresholds) => add(new MemberSet(), json, thresholds),

  join(set, how, json, thresholds) {
    if (how === "append") return add(set, json, thresholds);
    const number = set.length - 1;
    const member = set.at(number) + byteString(json);
    set.deleteAt(number);
    addMember(set, member, thresholds);
    return set;
  },
};

function add(set: MemberSet, json: Json, thresholds: Thresholds): MemberSet {
  for (const element of elements(json)) {
    addMember(set, byteString(element), thresholds);
  }
  return set;
}

function addMember(
  set: MemberSet,
  member: string,
  thresholds: Thresholds,
): void {
  if (!set.add(member, thresholds)) {
    throw new MalformedValue("an array with the same member twice");
  }
}
