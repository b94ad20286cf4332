import { MemberSet } from "../store/values/set.ts";
import type { Thresholds } from "../store/values/thresholds.ts";
import {
  byteString,
  elements,
  endsSlice,
  MalformedValue,
  PART_BYTES,
  pieces,
  type ValueCodec,
  writePieces,
  writeTexts,
} from "./codec.ts";
import type { Json } from "./json.ts";

/** Sets: an array of the members. */
export const setCodec: ValueCodec<MemberSet> = {
  write: writeTexts,

  *writeLines(lines, set) {
    const write = (piece: string) => lines.json.textOrBytes(piece);
    const isTaken = (member: string) => set.has(member);
    for (let i = 0; i < set.length; i++) {
      if (endsSlice(i)) yield;
      const member = set.at(i);
      if (lines.element()) lines.json.raw("[");
      if (member.length <= PART_BYTES) write(member);
      else yield* writePieces(lines, "]", pieces(member, isTaken), write);
      if (!lines.isFull) continue;
      lines.end("]");
      yield;
    }
    lines.end("]");
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
