import type { Args } from "../protocol/args.ts";
import { compareBytes, ownString } from "../protocol/byte_string.ts";
import {
  commandError,
  SYNTAX_ERROR,
  WRONG_TYPE,
} from "../protocol/command_error.ts";
import { parseDouble } from "../protocol/double.ts";
import {
  type Call,
  commandGroup,
  type FoundKey,
  keyAt,
  type KeySpec,
} from "../server/command.ts";
import type { Database } from "../store/database.ts";
import { Events } from "../store/events.ts";
import { List } from "../store/values/list.ts";
import { partialSort } from "../store/values/partial_sort.ts";
import type {
  ReadonlyList,
  ReadonlyMemberSet,
  ReadonlySortedSet,
  ReadonlyValue,
} from "../store/values/value.ts";

const NOT_A_SCORE = commandError(
  "One or more scores can't be converted into double",
);
const BY_DENIED = commandError(
  "BY option of SORT denied due to insufficient ACL permissions.",
);
const GET_DENIED = commandError(
  "GET option of SORT denied due to insufficient ACL permissions.",
);
/** Below this, doubles lose digits: C's `strtod` calls them out of range. */
const SMALLEST_NORMAL = 2 ** -1022;

const COMPLEXITY =
  "O(N+M*log(M)) where N is the number of elements in the list or set to sort, and M the number of returned elements. When the elements are not sorted, complexity is O(N).";
const CATEGORIES = ["set", "sortedset", "list", "dangerous"];
const SYNTAX =
  "key [BY pattern] [LIMIT offset count] [GET pattern [GET pattern ...]] [ASC | DESC] [ALPHA]";
const PATTERN_KEYS: KeySpec = {
  flags: ["RO", "access"],
  begin: "unknown",
  find: "unknown",
  notes:
    "For the optional BY/GET keyword. It is marked 'unknown' because the key names derive from the content of the key we sort",
};

/** The commands that sort what a list, a set or a sorted set holds. */
export const sortCommands = commandGroup("generic", [
  {
    name: "sort",
    arity: -2,
    flags: ["write", "denyoom"],
    keys: [keyAt(1, "RO", "access"), PATTERN_KEYS, {
      flags: ["OW", "update"],
      begin: "unknown",
      find: "unknown",
      notes:
        "For the optional STORE keyword. It is marked 'unknown' because the keyword can appear anywhere in the argument array",
    }],
    findKeys: keysOfSort,
    categories: CATEGORIES,
    since: "1.0.0",
    complexity: COMPLEXITY,
    summary:
      "Answers the elements of a list, a set or a sorted set in order, or stores them.",
    syntax: `${SYNTAX} [STORE destination]`,
    docs: {
      groups: ["offset_count", "order"],
      names: { ALPHA: "sorting" },
      keySpecs: { BY: 1, GET: 1, STORE: 2 },
    },
    handler: (call) => sort(call, readRequest(call, true)),
  },
  {
    name: "sort_ro",
    arity: -2,
    flags: ["readonly"],
    keys: [keyAt(1, "RO", "access"), PATTERN_KEYS],
    findKeys: () => [{ index: 1, flags: ["RO", "access"] }],
    categories: CATEGORIES,
    since: "7.0.0",
    complexity: COMPLEXITY,
    summary:
      "Answers the elements of a list, a set or a sorted set in order, and changes nothing.",
    syntax: SYNTAX,
    docs: {
      groups: ["offset_count", "order"],
      names: { ALPHA: "sorting" },
      keySpecs: { BY: 1, GET: 1 },
    },
    handler: (call) => sort(call, readRequest(call, false)),
  },
]);

/** Finds what a pattern stands for, for one of the elements. */
type Lookup = (element: string) => string | undefined;

/** What a command line asks for. */
interface SortRequest {
  /** Pattern of what to sort by. */
  by: string | undefined;
  /** Whether a pattern to sort by was without a `*`: then nothing is sorted. */
  unsorted: boolean;
  readonly gets: string[];
  descending: boolean;
  /** Whether to compare bytes instead of numbers. */
  alpha: boolean;
  readonly forScript: boolean;
  offset: number;
  /** Negative for all. */
  count: number;
  storeAt: number | undefined;
}

/** An element with what it is sorted by: one of both. */
interface Entry {
  readonly element: string;
  readonly score: number;
  readonly text: string | undefined;
}

type Sortable = ReadonlyList | ReadonlyMemberSet | ReadonlySortedSet;

function readRequest(call: Call, mayStore: boolean): SortRequest {
  const { args } = call;
  const request: SortRequest = {
    by: undefined,
    unsorted: false,
    gets: [],
    descending: false,
    alpha: false,
    forScript: call.client.isScript,
    offset: 0,
    count: -1,
    storeAt: undefined,
  };
  for (let i = 2; i < args.length; i++) {
    const left = args.length - i - 1;
    if (args.is(i, "ASC")) request.descending = false;
    else if (args.is(i, "DESC")) request.descending = true;
    else if (args.is(i, "ALPHA")) request.alpha = true;
    else if (args.is(i, "LIMIT") && left >= 2) {
      request.offset = args.integer(++i);
      request.count = args.integer(++i);
    } else if (mayStore && args.is(i, "STORE") && left >= 1) {
      request.storeAt = ++i;
    } else if (args.is(i, "BY") && left >= 1) {
      request.by = args.string(++i);
      if (!textOfC(request.by).includes("*")) request.unsorted = true;
      else if (!mayReadAllKeys(call)) throw BY_DENIED;
    } else if (args.is(i, "GET") && left >= 1) {
      if (!mayReadAllKeys(call)) throw GET_DENIED;
      request.gets.push(args.string(++i));
    } else throw SYNTAX_ERROR;
  }
  return request;
}

/** Patterns lead to keys that nobody can foresee: who uses them must have the right to read any. */
function mayReadAllKeys({ args, client, server }: Call): boolean {
  if (!client.isLimited) return true;
  const command = server.table.resolve(args);
  return client.user!.mayReadAllKeys(command!, args);
}

/** SORT and SORT_RO. */
function sort(call: Call, request: SortRequest): void {
  const { args, db, reply } = call;
  const { gets, storeAt } = request;
  const key = args.string(1);
  const value = db.readAny(key);
  if (value !== undefined && !isSortable(value)) throw WRONG_TYPE;
  // What it holds stays as it is: nobody is told of that.
  if (value?.type === "zset") db.edit(key, "zset")!.becomeSkiplist();
  const elements = value === undefined ? [] : sorted(db, value, request);
  const lookups = gets.map((pattern) => lookupOf(db, pattern));
  if (storeAt !== undefined) {
    return store(call, args.string(storeAt), elements, lookups);
  }
  if (lookups.length === 0) return reply.bulks(elements);
  reply.array(elements.length * lookups.length);
  for (const element of elements) {
    for (const lookup of lookups) reply.bulk(lookup(element));
  }
}

function store(
  { db, reply }: Call,
  key: string,
  elements: readonly string[],
  lookups: readonly Lookup[],
): void {
  const found = lookups.length === 0
    ? elements
    : elements.flatMap((element) =>
      lookups.map((lookup) => lookup(element) ?? "")
    );
  if (found.length > 0) {
    db.put(key, List.from(found.map(ownString)));
    db.changed(key, Events.sortstore, found.length);
  } else if (db.delete(key)) db.changed(key, Events.del);
  reply.integer(found.length);
}

function isSortable(value: ReadonlyValue): value is Sortable {
  if (typeof value === "string") return false;
  return value.type === "list" || value.type === "set" || value.type === "zset";
}

/** Returns the elements of `value` that are asked for, in their order. */
function sorted(
  db: Database,
  value: Sortable,
  request: SortRequest,
): readonly string[] {
  const { by, unsorted, alpha, descending, storeAt } = request;
  const { length } = value;
  const start = Math.min(Math.max(request.offset, 0), length);
  const end = request.count < 0
    ? length
    : Math.min(start + request.count, length);
  if (!unsorted) {
    const lookup = by === undefined ? undefined : lookupOf(db, by);
    const entries = elementsOf(value).map((element) =>
      entryOf(element, lookup, alpha)
    );
    // Not before all were looked up, which counts and can be listened to.
    if (entries.some(({ score }) => isNaN(score))) throw NOT_A_SCORE;
    const order = orderOf(request);
    // Which of equal elements are within the limit depends on how they are sorted.
    if (lookup !== undefined && end - start < length) {
      partialSort(entries, order, start, end - 1);
    } else entries.sort(order);
    return entries.slice(start, end).map(({ element }) => element);
  }
  if (value.type === "set") {
    const elements = elementsOf(value);
    // What is stored, or what a script gets, may not depend on the order in which a set happens to be.
    if (storeAt !== undefined || request.forScript) {
      elements.sort(compareBytes);
      if (descending) elements.reverse();
    }
    return elements.slice(start, end);
  }
  return sliceOf(value, start, end, descending);
}

function elementsOf(value: Sortable): string[] {
  if (value.type === "list") return sliceOf(value, 0, value.length, false);
  const elements: string[] = [];
  for (let i = 0; i < value.length; i++) {
    elements.push(value.type === "set" ? value.at(i) : value.numberedMember(i));
  }
  return elements;
}

/** Returns the elements from `start` up to `end` of what has an order of its own, or of the reverse. */
function sliceOf(
  value: ReadonlyList | ReadonlySortedSet,
  start: number,
  end: number,
  reversed: boolean,
): string[] {
  const elements: string[] = [];
  const count = Math.max(end - start, 0), { length } = value;
  if (value.type === "list") {
    for (let i = start; i < end; i++) {
      elements.push(value.at(reversed ? length - 1 - i : i)!);
    }
  } else if (reversed) {
    value.visitBack(length - 1 - start, count, (member) => {
      elements.push(member);
    });
  } else value.visit(start, count, (member) => elements.push(member));
  return elements;
}

/** Returns an element with what it is sorted by: itself, or what `lookup` finds for it. */
function entryOf(
  element: string,
  lookup: Lookup | undefined,
  alpha: boolean,
): Entry {
  const text = lookup === undefined ? element : lookup(element);
  if (alpha) return { element, score: 0, text };
  return { element, score: text === undefined ? 0 : scoreOf(text), text: "" };
}

/** Returns the number at the beginning of `text` as C's `strtod` reads it; NaN unless a zero byte or nothing follows. */
function scoreOf(text: string): number {
  const digits = textOfC(text);
  if (digits === "") return 0;
  const score = parseDouble(digits.replace(/^[ \t-\r]+/, ""));
  if (score === undefined) return NaN;
  const tiny = score !== 0 && Math.abs(score) < SMALLEST_NORMAL;
  // Hexadecimal digits lose nothing.
  return tiny && !/x/i.test(digits) ? NaN : score;
}

function orderOf(
  { by, alpha, descending, storeAt }: SortRequest,
): (a: Entry, b: Entry) => number {
  const compareTexts = storeAt === undefined ? collate : compareBytes;
  const ascending = !alpha
    ? (a: Entry, b: Entry) =>
      a.score < b.score
        ? -1
        : a.score > b.score
        ? 1
        : compareBytes(a.element, b.element)
    : by === undefined
    ? (a: Entry, b: Entry) => compareTexts(a.element, b.element)
    : (a: Entry, b: Entry) => {
      if (a.text === undefined) return b.text === undefined ? 0 : -1;
      return b.text === undefined ? 1 : compareTexts(a.text, b.text);
    };
  return descending ? (a, b) => -ascending(a, b) : ascending;
}

/** Compares as C's `strcoll` does in the C locale. */
function collate(a: string, b: string): number {
  return compareBytes(textOfC(a), textOfC(b));
}

/** Returns what C takes for the text of a byte string: what is before the first zero byte. */
function textOfC(bytes: string): string {
  const end = bytes.indexOf("\0");
  return end < 0 ? bytes : bytes.slice(0, end);
}

/**
 * Returns what finds the string at the key that a pattern makes of an element,
 * which takes the place of the first `*`; with `->` behind that, the field of a
 * hash. `#` is the element itself.
 */
function lookupOf(db: Database, pattern: string): Lookup {
  const text = textOfC(pattern);
  if (text === "#") return (element) => element;
  const star = text.indexOf("*");
  if (star < 0) return () => undefined;
  const arrow = text.indexOf("->", star + 1);
  const hasField = arrow >= 0 && arrow + 2 < text.length;
  const prefix = pattern.slice(0, star);
  const suffix = pattern.slice(star + 1, hasField ? arrow : undefined);
  const field = hasField ? pattern.slice(arrow + 2) : undefined;
  return (element) => {
    const value = db.readAny(prefix + element + suffix);
    if (value === undefined) return undefined;
    if (typeof value === "string" || value.type === "string") {
      return field === undefined ? value.toString() : undefined;
    }
    return field !== undefined && value.type === "hash"
      ? value.get(field)
      : undefined;
  };
}

/** Finds the keys of SORT: the destination is the last one that is named. */
function keysOfSort(args: Args): readonly FoundKey[] {
  let destination = 0;
  for (let i = 2; i < args.length; i++) {
    if (args.is(i, "LIMIT")) i += 2;
    else if (args.is(i, "GET") || args.is(i, "BY")) i++;
    else if (args.is(i, "STORE") && i + 1 < args.length) destination = i + 1;
  }
  const source = { index: 1, flags: ["RO", "access"] };
  return destination === 0
    ? [source]
    : [source, { index: destination, flags: ["OW", "update"] }];
}
