import { commandError, SYNTAX_ERROR } from "../protocol/command_error.ts";
import { type Call, commandGroup, keyAt } from "../server/command.ts";
import type { ReadonlyList } from "../store/values/value.ts";

const RANK_IS_ZERO = commandError(
  "RANK can't be zero: use 1 to start from the first match, 2 from the second ... " +
    "or use negative to start from the end of the list",
);
const COUNT_NEGATIVE = commandError("COUNT can't be negative");
const MAXLEN_NEGATIVE = commandError("MAXLEN can't be negative");

/** The list commands that only look. */
export const listReadCommands = commandGroup("list", [
  {
    name: "llen",
    arity: 2,
    flags: ["readonly", "fast"],
    keys: [keyAt(1, "RO")],
    since: "1.0.0",
    complexity: "O(1)",
    summary: "Counts the elements of a list.",
    syntax: "key",
    handler: llen,
  },
  {
    name: "lindex",
    arity: 3,
    flags: ["readonly"],
    keys: [keyAt(1, "RO", "access")],
    since: "1.0.0",
    complexity:
      "O(N) where N is the number of elements to traverse to get to the element at index. This makes asking for the first or the last element of the list O(1).",
    summary: "Answers the element at an index.",
    syntax: "key index",
    handler: lindex,
  },
  {
    name: "lrange",
    arity: 4,
    flags: ["readonly"],
    keys: [keyAt(1, "RO", "access")],
    since: "1.0.0",
    complexity:
      "O(S+N) where S is the distance of start offset from HEAD for small lists, from nearest end (HEAD or TAIL) for large lists; and N is the number of elements in the specified range.",
    summary: "Answers the elements of a range.",
    syntax: "key start stop",
    handler: lrange,
  },
  {
    name: "lpos",
    arity: -3,
    flags: ["readonly"],
    keys: [keyAt(1, "RO", "access")],
    since: "6.0.6",
    complexity:
      "O(N) where N is the number of elements in the list, for the average case. When searching for elements near the head or the tail of the list, or when the MAXLEN option is provided, the command may run in constant time.",
    summary: "Finds the indexes of elements of a given value.",
    syntax: "key element [RANK rank] [COUNT num-matches] [MAXLEN len]",
    handler: lpos,
  },
]);

function llen({ args, db, reply }: Call): void {
  const key = args.key(1);
  const list = db.readPacked(key, "list") ?? db.read(key, "list");
  reply.integer(list?.length ?? 0);
}

function lindex({ args, db, reply }: Call): void {
  const key = args.key(1);
  const packed = db.readPacked(key, "list");
  const list = packed ?? db.read(key, "list");
  if (list === undefined) return reply.null();
  let index = args.integer(2);
  if (index < 0) index += list.length;
  if (index < 0 || index >= list.length) return reply.null();
  if (packed === undefined) return reply.bulk((list as ReadonlyList).at(index));
  reply.bulkRange(packed.element(packed.place(index)));
}

function lrange({ args, db, reply }: Call): void {
  let start = args.integer(2), stop = args.integer(3);
  const key = args.key(1);
  const packed = db.readPacked(key, "list");
  const list = packed ?? db.read(key, "list");
  if (list === undefined) return reply.array(0);
  const { length } = list;
  if (start < 0) start = Math.max(0, start + length);
  if (stop < 0) stop += length;
  if (stop >= length) stop = length - 1;
  if (start > stop) return reply.array(0);
  reply.array(stop - start + 1);
  if (packed === undefined) {
    return (list as ReadonlyList).visit(
      start,
      stop - start + 1,
      (text, start, end) => reply.bulkPart(text, start, end),
    );
  }
  let at = packed.place(start);
  for (let i = start; i <= stop; i++) {
    reply.bulkRange(packed.element(at));
    at = packed.after(at);
  }
}

/** What LPOS looks for, besides the element. */
interface Search {
  /** How many matches to pass over. */
  skip: number;
  from: "head" | "tail";
  /** How many matches to answer, `undefined` for a single one that is not in an array. */
  count: number | undefined;
  /** How many elements to look at. */
  maxLength: number;
}

function lpos({ args, db, reply }: Call): void {
  const { skip, from, count, maxLength } = searchOf(args);
  const list = db.read(args.key(1), "list");
  const indexes: number[] = [];
  if (list !== undefined) {
    const element = args.string(2);
    const { length } = list;
    const step = from === "head" ? 1 : -1;
    const first = from === "head" ? 0 : length - 1;
    let index = list.indexOf(element, first, step);
    for (let passed = 0; index >= 0; passed++) {
      if (Math.abs(index - first) >= maxLength) break;
      if (passed >= skip) indexes.push(index);
      if (indexes.length === (count ?? 1)) break;
      index = list.indexOf(element, index + step, step);
    }
  }
  if (count === undefined) {
    if (indexes.length === 0) return reply.null();
    return reply.integer(indexes[0]!);
  }
  reply.array(indexes.length);
  for (const index of indexes) reply.integer(index);
}

function searchOf(args: Call["args"]): Search {
  const search: Search = {
    skip: 0,
    from: "head",
    count: undefined,
    maxLength: Infinity,
  };
  for (let i = 3; i < args.length; i += 2) {
    const hasValue = i + 1 < args.length;
    if (hasValue && args.is(i, "RANK")) {
      // Differs from Redis: LPOS with RANK -9223372036854775808 finds nothing; there that number has no opposite and finds everything.
      const rank = args.integer(i + 1);
      if (rank === 0) throw RANK_IS_ZERO;
      search.from = rank < 0 ? "tail" : "head";
      search.skip = Math.abs(rank) - 1;
    } else if (hasValue && args.is(i, "COUNT")) {
      search.count = args.integerAtLeast(i + 1, 0, COUNT_NEGATIVE);
    } else if (hasValue && args.is(i, "MAXLEN")) {
      search.maxLength = args.integerAtLeast(i + 1, 0, MAXLEN_NEGATIVE);
    } else throw SYNTAX_ERROR;
  }
  if (search.count === 0) search.count = Infinity;
  if (search.maxLength === 0) search.maxLength = Infinity;
  return search;
}
