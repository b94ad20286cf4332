import { type ScoredMember, SortedSet } from "../store/values/sorted_set.ts";
import type { Thresholds } from "../store/values/thresholds.ts";
import {
  brackets,
  byteString,
  elements,
  endsSlice,
  isShortText,
  MalformedValue,
  pieces,
  type ValueCodec,
  writePieces,
} from "./codec.ts";
import { asObject, type Json } from "./json.ts";

/**
 * Sorted sets: an object of members with their scores, or an array of pairs of
 * member and score where an object cannot have the members. Scores are numbers,
 * `"inf"` or `"-inf"`. The rest of a member that goes on in a further line is a
 * pair of it and the score.
 */
export const sortedSetCodec: ValueCodec<SortedSet> = {
  write(json, set) {
    let isObject = true;
    for (let i = 0; isObject && i < set.length; i++) {
      isObject = isShortText(set.numberedMember(i));
    }
    const [open, close] = brackets(isObject);
    let separator = open;
    for (const [member, score] of set) {
      json.raw(separator);
      if (!isObject) json.raw("[");
      json.text(member);
      json.raw(isObject ? `:${scoreJson(score)}` : `,${scoreJson(score)}]`);
      separator = ",";
    }
    json.raw(close);
  },

  *writeLines(lines, set) {
    const { json } = lines;
    let isObject = true;
    for (let i = 0; isObject && i < set.length; i++) {
      isObject = isShortText(set.numberedMember(i));
      if (endsSlice(i)) yield;
    }
    const [open, close] = brackets(isObject);
    const isTaken = (member: string) => set.score(member) !== undefined;
    let i = 0;
    for (const [member, score] of set) {
      if (endsSlice(i++)) yield;
      if (lines.element()) json.raw(open);
      if (isObject) {
        json.text(member);
        json.raw(`:${scoreJson(score)}`);
      } else {
        const write = (piece: string) => {
          json.raw("[");
          json.textOrBytes(piece);
          json.raw(`,${scoreJson(score)}]`);
        };
        yield* writePieces(lines, close, pieces(member, isTaken), write);
      }
      if (!lines.isFull) continue;
      lines.end(close);
      yield;
    }
    lines.end(close);
  },

  // Differs from Redis: a sorted set or hash that was a listpack when a JSON snapshot was written is one again only if the thresholds at its load allow it; out of an RDB file it stays one.
  decode(json, thresholds) {
    const entries = entriesOf(json);
    const set = SortedSet.from(entries, thresholds);
    if (set.length < entries.length) throw TWICE;
    return set;
  },

  join(set, how, json, thresholds) {
    if (how === "append") return add(set, entriesOf(json), thresholds);
    const [rest, score] = pair(json);
    const member = set.numberedMember(set.length - 1);
    set.delete(member);
    return add(set, [[member + rest, score]], thresholds);
  },
};

const TWICE = new MalformedValue("a sorted set with the same member twice");

function add(
  set: SortedSet,
  entries: readonly ScoredMember[],
  thresholds: Thresholds,
): SortedSet {
  for (const [member, score] of entries) {
    if (set.add(member, score, thresholds) !== "added") {
      throw TWICE;
    }
  }
  return set;
}

function entriesOf(json: Json): readonly ScoredMember[] {
  const fields = asObject(json);
  if (fields === undefined) {
    if (!Array.isArray(json)) {
      throw new MalformedValue("no object of members and scores");
    }
    return elements(json).map(pair);
  }
  const entries = Object.entries(fields);
  if (entries.length === 0) throw new MalformedValue("an empty object");
  return entries.map(([member, score]) => [member, scoreOf(score)]);
}

function pair(json: Json): ScoredMember {
  if (!Array.isArray(json) || json.length !== 2) {
    throw new MalformedValue("no pair of member and score");
  }
  return [byteString(json[0]!), scoreOf(json[1]!)];
}

function scoreOf(json: Json): number {
  if (json === "inf") return Infinity;
  if (json === "-inf") return -Infinity;
  const score = typeof json === "bigint" ? Number(json) : json;
  if (typeof score === "number" && Number.isFinite(score)) return score;
  throw new MalformedValue('a score that is no number, "inf" or "-inf"');
}

/** Returns a score as JSON, from which the same double is read again. */
function scoreJson(score: number): string {
  if (Number.isFinite(score)) return Object.is(score, -0) ? "-0" : `${score}`;
  return score > 0 ? '"inf"' : '"-inf"';
}
