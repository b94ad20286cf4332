/** Searches for the members inside an area: GEOSEARCH, GEORADIUS and their kin. */
import type { Args } from "../protocol/args.ts";
import { commandError, SYNTAX_ERROR } from "../protocol/command_error.ts";
import { type Int64 } from "../protocol/integer.ts";
import type { Call } from "../server/command.ts";
import { Events } from "../store/events.ts";
import {
  type Area,
  decodePosition,
  distanceInside,
  type Position,
  rangesAround,
} from "../store/values/geohash.ts";
import { partialSort } from "../store/values/partial_sort.ts";
import { SortedSet } from "../store/values/sorted_set.ts";
import type { ReadonlySortedSet } from "../store/values/value.ts";
import {
  readPosition,
  readUnit,
  replyDistance,
  replyPosition,
} from "./geo_arguments.ts";

const RADIUS_NOT_A_NUMBER = commandError("need numeric radius");
const WIDTH_NOT_A_NUMBER = commandError("need numeric width");
const HEIGHT_NOT_A_NUMBER = commandError("need numeric height");
const RADIUS_NEGATIVE = commandError("radius cannot be negative");
const SIDE_NEGATIVE = commandError("height or width cannot be negative");
const NO_SUCH_MEMBER = commandError("could not decode requested zset member");
const COUNT_NOT_POSITIVE = commandError("COUNT must be > 0");
const ANY_WITHOUT_COUNT = commandError(
  "the ANY argument requires COUNT argument",
);

const NOWHERE: Position = { longitude: 0, latitude: 0 };

/** What tells the commands of this family apart. */
export interface SearchForm {
  /** Which argument is the key that is searched. */
  readonly keyAt: number;
  readonly form:
    | "search"
    | "search and store"
    | "around position"
    | "around member";
  /** Whether STORE and STOREDIST are options. */
  readonly mayStore?: boolean;
}

/** The size of an area. */
type Extent = Area extends infer Each ? Each extends Area ? Omit<Each, "center">
  : never
  : never;

/** What a command line asks for. */
interface Query {
  center: Position | undefined;
  extent: Extent | undefined;
  withDistance: boolean;
  withHash: boolean;
  withPosition: boolean;
  order: "none" | "ascending" | "descending";
  /** Infinity for all. */
  count: number;
  /** Whether any `count` members will do. */
  any: boolean;
  storeAt: number | undefined;
  storeDistance: boolean;
}

/** A member inside the area. */
interface Match {
  readonly member: string;
  readonly score: number;
  readonly position: Position;
  /** From the centre, in metres. */
  readonly distance: number;
}

/** Runs a search: replies with what it finds, or stores it. */
export function search(call: Call, form: SearchForm): void {
  const { args, db } = call;
  const set = db.read(args.key(form.keyAt), "zset");
  const query = readQuery(args, form, set);
  const { center = NOWHERE, extent } = query;
  const area: Area | undefined = extent && { ...extent, center };
  const matches = set === undefined || area === undefined
    ? []
    : matchesIn(set, area, query);
  const unit = area?.unit ?? 1;
  if (query.storeAt === undefined) replyWith(call, matches, query, unit);
  else store(call, args.string(query.storeAt), matches, query, unit);
}

function readQuery(
  args: Args,
  { form, mayStore = false }: SearchForm,
  set: ReadonlySortedSet | undefined,
): Query {
  const query: Query = {
    center: undefined,
    extent: undefined,
    withDistance: false,
    withHash: false,
    withPosition: false,
    order: "none",
    count: Infinity,
    any: false,
    storeAt: form === "search and store" ? 1 : undefined,
    storeDistance: false,
  };
  let i = readFixed(args, form, set, query);
  const isSearch = form === "search" || form === "search and store";
  let from: "member" | "position" | undefined;
  while (i < args.length) {
    const left = args.length - i - 1;
    const word = i++;
    if (args.is(word, "WITHDIST")) query.withDistance = true;
    else if (args.is(word, "WITHHASH")) query.withHash = true;
    else if (args.is(word, "WITHCOORD")) query.withPosition = true;
    else if (args.is(word, "ANY")) query.any = true;
    else if (args.is(word, "ASC")) query.order = "ascending";
    else if (args.is(word, "DESC")) query.order = "descending";
    else if (args.is(word, "COUNT") && left >= 1) {
      query.count = args.integer(i);
      if (query.count <= 0) throw COUNT_NOT_POSITIVE;
      i++;
    } else if (mayStore && args.is(word, "STORE") && left >= 1) {
      query.storeAt = i++;
      query.storeDistance = false;
    } else if (mayStore && args.is(word, "STOREDIST") && left >= 1) {
      query.storeAt = i++;
      query.storeDistance = true;
    } else if (form === "search and store" && args.is(word, "STOREDIST")) {
      query.storeDistance = true;
    } else if (!isSearch) throw SYNTAX_ERROR;
    else if (
      args.is(word, "FROMMEMBER") && left >= 1 && from !== "position"
    ) {
      from = "member";
      query.center = memberPosition(set, args.string(i));
      i++;
    } else if (
      args.is(word, "FROMLONLAT") && left >= 2 && from !== "member"
    ) {
      from = "position";
      query.center = readPosition(args, i);
      i += 2;
    } else if (
      args.is(word, "BYRADIUS") && left >= 2 && query.extent?.shape !== "box"
    ) {
      query.extent = readCircle(args, i);
      i += 2;
    } else if (
      args.is(word, "BYBOX") && left >= 3 && query.extent?.shape !== "circle"
    ) {
      query.extent = readBox(args, i);
      i += 3;
    } else throw SYNTAX_ERROR;
  }
  check(args, form, query);
  return query;
}

/** Reads what has its fixed place before the options; returns where they begin. */
function readFixed(
  args: Args,
  form: SearchForm["form"],
  set: ReadonlySortedSet | undefined,
  query: Query,
): number {
  switch (form) {
    case "search":
      return 2;
    case "search and store":
      return 3;
    case "around position":
      query.center = readPosition(args, 2);
      query.extent = readCircle(args, 4);
      return 6;
    case "around member":
      if (set !== undefined) {
        query.center = memberPosition(set, args.string(2));
        query.extent = readCircle(args, 3);
      }
      return 5;
  }
}

/** Throws where options do not go together. */
function check(args: Args, form: SearchForm["form"], query: Query): void {
  const { storeAt, withDistance, withHash, withPosition } = query;
  if (storeAt !== undefined && (withDistance || withHash || withPosition)) {
    const what = form === "search and store"
      ? "GEOSEARCHSTORE"
      : "STORE option in GEORADIUS";
    throw commandError(
      `${what} is not compatible with WITHDIST, WITHHASH and WITHCOORD options`,
    );
  }
  if (form === "search" || form === "search and store") {
    const missing = query.center === undefined
      ? "FROMMEMBER or FROMLONLAT"
      : query.extent === undefined
      ? "BYRADIUS and BYBOX"
      : undefined;
    if (missing !== undefined) {
      throw commandError(
        `exactly one of ${missing} can be specified for ${args.string(0)}`,
      );
    }
  }
  if (query.any && query.count === Infinity) throw ANY_WITHOUT_COUNT;
}

/** Returns where a member is; anywhere, when there is no set: then nothing will be searched. */
function memberPosition(
  set: ReadonlySortedSet | undefined,
  member: string,
): Position {
  if (set === undefined) return NOWHERE;
  const score = set.score(member);
  if (score === undefined) throw NO_SUCH_MEMBER;
  return decodePosition(score);
}

function readCircle(args: Args, i: number): Extent {
  const radius = args.double(i, RADIUS_NOT_A_NUMBER);
  if (radius < 0) throw RADIUS_NEGATIVE;
  return { shape: "circle", radius, unit: readUnit(args, i + 1) };
}

function readBox(args: Args, i: number): Extent {
  const width = args.double(i, WIDTH_NOT_A_NUMBER);
  const height = args.double(i + 1, HEIGHT_NOT_A_NUMBER);
  if (height < 0 || width < 0) throw SIDE_NEGATIVE;
  return { shape: "box", width, height, unit: readUnit(args, i + 2) };
}

/** Returns the members inside of `area` that are asked for, in their order. */
function matchesIn(
  set: ReadonlySortedSet,
  area: Area,
  { order, count, any }: Query,
): Match[] {
  const matches = found(set, area, any ? count : Infinity);
  // The nearest ones are asked for when only their number is.
  const sorts = order !== "none" || (count !== Infinity && !any);
  if (sorts) {
    const compare = order === "descending"
      ? (a: Match, b: Match) => b.distance - a.distance
      : (a: Match, b: Match) => a.distance - b.distance;
    if (matches.length <= count) matches.sort(compare);
    else partialSort(matches, compare, 0, count - 1);
  }
  return matches.length <= count ? matches : matches.slice(0, count);
}

/** Returns the members inside of `area` in the order in which Redis comes upon them, up to `limit`. */
function found(set: ReadonlySortedSet, area: Area, limit: number): Match[] {
  const matches: Match[] = [];
  const take = (member: string, score: number) => {
    const position = decodePosition(score);
    const distance = distanceInside(area, position);
    if (distance !== undefined) {
      matches.push({ member, score, position, distance });
    }
  };
  for (const { min, max } of rangesAround(area)) {
    const start = set.partition((score) => score < min);
    const end = set.partition((score) => score < max);
    if (limit === Infinity) set.visit(start, end - start, take);
    for (let at = start; limit < Infinity && at < end; at++) {
      set.visit(at, 1, take);
      if (matches.length >= limit) return matches;
    }
  }
  return matches;
}

function store(
  { args, db, reply, server }: Call,
  key: string,
  matches: readonly Match[],
  { storeDistance }: Query,
  unit: number,
): void {
  const { thresholds } = server.store;
  const result = new SortedSet();
  for (const { member, score, distance } of matches) {
    result.add(member, storeDistance ? distance / unit : score, thresholds);
  }
  if (result.length > 0) {
    const event = args.is(0, "GEOSEARCHSTORE")
      ? Events.geosearchstore
      : Events.georadiusstore;
    db.putMembers(key, result);
    db.changed(key, event, result.length);
  } else if (db.delete(key)) db.changed(key, Events.del);
  reply.integer(result.length);
}

function replyWith(
  { reply }: Call,
  matches: readonly Match[],
  { withDistance, withHash, withPosition }: Query,
  unit: number,
): void {
  const parts = 1 + Number(withDistance) + Number(withHash) +
    Number(withPosition);
  reply.array(matches.length);
  for (const { member, score, position, distance } of matches) {
    if (parts > 1) reply.array(parts);
    reply.bulk(member);
    if (withDistance) replyDistance(reply, distance / unit);
    if (withHash) reply.integer(asInt64(score));
    if (withPosition) replyPosition(reply, position);
  }
}

/** Returns a score as C converts it to 64 bits: what does not fit becomes the lowest number. */
function asInt64(score: number): Int64 {
  if (Number.isSafeInteger(score)) return score;
  const fits = score >= -(2 ** 63) && score < 2 ** 63;
  return fits ? BigInt(Math.trunc(score)) : -(2n ** 63n);
}
