import { SYNTAX_ERROR } from "../protocol/command_error.ts";
import type { Word } from "../protocol/request_writer.ts";
import { type Call, commandGroup, keyAt } from "../server/command.ts";
import { Events } from "../store/events.ts";
import {
  decodePosition,
  distanceBetween,
  encodePosition,
  geohashOf,
} from "../store/values/geohash.ts";
import { SortedSet } from "../store/values/sorted_set.ts";
import {
  readPosition,
  readUnit,
  replyDistance,
  replyPosition,
} from "./geo_arguments.ts";

/** The commands about the positions of single members. */
export const geoCommands = commandGroup("geo", [
  {
    name: "geoadd",
    arity: -5,
    flags: ["write", "denyoom"],
    keys: [keyAt(1, "RW", "update")],
    since: "3.2.0",
    complexity:
      "O(log(N)) for each item added, where N is the number of elements in the sorted set.",
    summary:
      "Gives members of a sorted set a position, and adds those it lacks.",
    syntax:
      "key [NX | XX] [CH] longitude latitude member [longitude latitude member ...]",
    docs: {
      groups: ["condition"],
      names: { CH: "change" },
      since: { condition: "6.2.0", CH: "6.2.0" },
    },
    history: [["6.2.0", "Added the `CH`, `NX` and `XX` options."]],
    handler: geoadd,
  },
  {
    name: "geodist",
    arity: -4,
    flags: ["readonly"],
    keys: [keyAt(1, "RO", "access")],
    since: "3.2.0",
    complexity: "O(log(N))",
    summary: "Answers the distance between two members.",
    syntax: "key member1 member2 [M | KM | FT | MI]",
    docs: { groups: ["unit"] },
    handler: geodist,
  },
  {
    name: "geohash",
    arity: -2,
    flags: ["readonly"],
    keys: [keyAt(1, "RO", "access")],
    since: "3.2.0",
    complexity:
      "O(log(N)) for each member requested, where N is the number of elements in the sorted set.",
    summary: "Answers the positions of members as geohashes.",
    syntax: "key member [member ...]",
    handler: geohash,
  },
  {
    name: "geopos",
    arity: -2,
    flags: ["readonly"],
    keys: [keyAt(1, "RO", "access")],
    since: "3.2.0",
    complexity: "O(N) where N is the number of members requested.",
    summary: "Answers the longitudes and latitudes of members.",
    syntax: "key member [member ...]",
    handler: geopos,
  },
]);

function geoadd(call: Call): void {
  const { args, db, reply, server } = call;
  const { thresholds } = server.store;
  let onlyNew = false, onlyThere = false, countChanged = false;
  let first = 2;
  for (; first < args.length; first++) {
    if (args.is(first, "NX")) onlyNew = true;
    else if (args.is(first, "XX")) onlyThere = true;
    else if (args.is(first, "CH")) countChanged = true;
    else break;
  }
  const count = (args.length - first) / 3;
  if (!Number.isInteger(count) || (onlyNew && onlyThere)) throw SYNTAX_ERROR;
  const scores: number[] = [];
  for (let i = 0; i < count; i++) {
    scores.push(encodePosition(readPosition(args, first + 3 * i)));
  }
  if (count === 0) throw SYNTAX_ERROR;

  const key = args.string(1);
  let set = db.edit(key, "zset");
  if (set === undefined) {
    if (onlyThere) return reply.integer(0);
    set = db.put(key, new SortedSet());
  }
  let added = 0, updated = 0;
  for (let i = 0; i < count; i++) {
    const member = args.string(first + 3 * i + 2);
    const isThere = set.score(member) !== undefined;
    if (isThere ? onlyNew : onlyThere) continue;
    const outcome = set.add(member, scores[i]!, thresholds);
    if (outcome === "added") added++;
    else if (outcome === "updated") updated++;
  }
  if (added + updated > 0) db.changed(key, Events.zadd, added + updated);
  if (server.propagation.active) propagateAsZadd(call, first, scores);
  reply.integer(countChanged ? added + updated : added);
}

/** A position is a score to everyone else, who then need not agree on how it is computed. */
function propagateAsZadd(
  { args, server }: Call,
  first: number,
  scores: readonly number[],
): void {
  const words: Word[] = ["zadd", ...args.strings(1, first - 1)];
  for (const [i, score] of scores.entries()) {
    words.push(score, args.string(first + 3 * i + 2));
  }
  server.propagation.rewrite(...words);
}

function geodist({ args, db, reply }: Call): void {
  if (args.length > 5) throw SYNTAX_ERROR;
  const unit = args.length === 5 ? readUnit(args, 4) : 1;
  const set = db.read(args.key(1), "zset");
  const from = set?.score(args.string(2)), to = set?.score(args.string(3));
  if (from === undefined || to === undefined) return reply.null();
  const distance = distanceBetween(decodePosition(from), decodePosition(to));
  replyDistance(reply, distance / unit);
}

function geohash({ args, db, reply }: Call): void {
  const set = db.read(args.key(1), "zset");
  reply.array(args.length - 2);
  for (let i = 2; i < args.length; i++) {
    const score = set?.score(args.string(i));
    reply.bulk(
      score === undefined ? undefined : geohashOf(decodePosition(score)),
    );
  }
}

function geopos({ args, db, reply }: Call): void {
  const set = db.read(args.key(1), "zset");
  reply.array(args.length - 2);
  for (let i = 2; i < args.length; i++) {
    const score = set?.score(args.string(i));
    if (score === undefined) reply.nullArray();
    else replyPosition(reply, decodePosition(score));
  }
}
