import { commandError, SYNTAX_ERROR } from "../protocol/command_error.ts";
import {
  type Call,
  commandGroup,
  keyAt,
  keysCountedAt,
  keysFrom,
} from "../server/command.ts";
import { countedKeys } from "../server/command_keys.ts";
import { Events, type KeyEvent } from "../store/events.ts";
import { MemberSet } from "../store/values/set.ts";
import type { Thresholds } from "../store/values/thresholds.ts";
import type { ReadonlyMemberSet } from "../store/values/value.ts";

const NO_KEYS = commandError("numkeys should be greater than 0");
const TOO_MANY_KEYS = commandError(
  "Number of keys can't be greater than number of args",
);
const NEGATIVE_LIMIT = commandError("LIMIT can't be negative");

/** The sets of a command line; `undefined` for a key that is not there, which stands for an empty one. */
type Sets = readonly (ReadonlyMemberSet | undefined)[];

/** The commands that intersect sets, unite them, or take them from one another. */
export const setOperationCommands = commandGroup("set", [
  {
    name: "sinter",
    arity: -2,
    flags: ["readonly"],
    keys: [keysFrom(1, -1, 1, "RO", "access")],
    tips: ["nondeterministic_output_order"],
    since: "1.0.0",
    complexity:
      "O(N*M) worst case where N is the cardinality of the smallest set and M is the number of sets.",
    summary: "Answers the members that all of several sets have.",
    syntax: "key [key ...]",
    handler: sinter,
  },
  {
    name: "sintercard",
    arity: -3,
    flags: ["readonly"],
    keys: [keysCountedAt(1, "RO", "access")],
    findKeys: (args) => countedKeys(args, 1, 2),
    since: "7.0.0",
    complexity:
      "O(N*M) worst case where N is the cardinality of the smallest set and M is the number of sets.",
    summary: "Answers how many members all of several sets have.",
    syntax: "numkeys key [key ...] [LIMIT limit]",
    handler: sintercard,
  },
  {
    name: "sinterstore",
    arity: -3,
    flags: ["write", "denyoom"],
    keys: [keyAt(1, "RW", "update"), keysFrom(2, -1, 1, "RO", "access")],
    since: "1.0.0",
    complexity:
      "O(N*M) worst case where N is the cardinality of the smallest set and M is the number of sets.",
    summary: "Stores the members that all of several sets have.",
    syntax: "destination key [key ...]",
    handler: sinterstore,
  },
  {
    name: "sunion",
    arity: -2,
    flags: ["readonly"],
    keys: [keysFrom(1, -1, 1, "RO", "access")],
    tips: ["nondeterministic_output_order"],
    since: "1.0.0",
    complexity:
      "O(N) where N is the total number of elements in all given sets.",
    summary: "Answers the members that any of several sets has.",
    syntax: "key [key ...]",
    handler: (call) => show(call, union(setsFrom(call, 1), call)),
  },
  {
    name: "sunionstore",
    arity: -3,
    flags: ["write", "denyoom"],
    keys: [keyAt(1, "OW", "update"), keysFrom(2, -1, 1, "RO", "access")],
    since: "1.0.0",
    complexity:
      "O(N) where N is the total number of elements in all given sets.",
    summary: "Stores the members that any of several sets has.",
    syntax: "destination key [key ...]",
    handler: (call) =>
      store(call, union(setsFrom(call, 2), call), Events.sunionstore),
  },
  {
    name: "sdiff",
    arity: -2,
    flags: ["readonly"],
    keys: [keysFrom(1, -1, 1, "RO", "access")],
    tips: ["nondeterministic_output_order"],
    since: "1.0.0",
    complexity:
      "O(N) where N is the total number of elements in all given sets.",
    summary: "Answers the members of a set that none of the others has.",
    syntax: "key [key ...]",
    handler: (call) => show(call, difference(setsFrom(call, 1), call)),
  },
  {
    name: "sdiffstore",
    arity: -3,
    flags: ["write", "denyoom"],
    keys: [keyAt(1, "OW", "update"), keysFrom(2, -1, 1, "RO", "access")],
    since: "1.0.0",
    complexity:
      "O(N) where N is the total number of elements in all given sets.",
    summary: "Stores the members of a set that none of the others has.",
    syntax: "destination key [key ...]",
    handler: (call) =>
      store(call, difference(setsFrom(call, 2), call), Events.sdiffstore),
  },
]);

function sinter(call: Call): void {
  const { reply } = call;
  const members = [...intersection(setsFrom(call, 1))];
  reply.set(members.length);
  for (const member of members) reply.bulk(member);
}

function sinterstore(call: Call): void {
  const { thresholds } = call.server.store;
  const result = new MemberSet();
  for (const member of intersection(setsFrom(call, 2))) {
    result.add(member, thresholds);
  }
  store(call, result, Events.sinterstore);
}

function sintercard(call: Call): void {
  const { args, reply } = call;
  const count = args.integerAtLeast(1, 1, NO_KEYS);
  if (count > args.length - 2) throw TOO_MANY_KEYS;
  let limit = 0;
  for (let i = 2 + count; i < args.length; i += 2) {
    if (!args.is(i, "LIMIT") || i + 1 === args.length) throw SYNTAX_ERROR;
    limit = args.integerAtLeast(i + 1, 0, NEGATIVE_LIMIT);
  }
  let cardinality = 0;
  for (const _ of intersection(setsFrom(call, 2, count))) {
    if (++cardinality === limit) break;
  }
  reply.integer(cardinality);
}

/** Returns the sets of the keys from argument `first` on, `count` of them. */
function setsFrom(
  { args, db }: Call,
  first: number,
  count = args.length - first,
): Sets {
  const sets: (ReadonlyMemberSet | undefined)[] = [];
  for (let i = 0; i < count; i++) {
    sets.push(db.read(args.key(first + i), "set"));
  }
  return sets;
}

function* intersection(sets: Sets): Generator<string> {
  const there = sets.filter((set) => set !== undefined);
  if (there.length < sets.length) return;
  const [smallest, ...others] = there.sort((a, b) => a.length - b.length);
  for (let i = 0; i < smallest!.length; i++) {
    const member = smallest!.at(i);
    if (others.every((set) => set === smallest || set.has(member))) {
      yield member;
    }
  }
}

function union(sets: Sets, { server }: Call): MemberSet {
  const { thresholds } = server.store;
  const result = new MemberSet();
  for (const set of sets) {
    if (set !== undefined) addAll(result, set, thresholds);
  }
  return result;
}

/** Returns the members of the first set that no other has. How they are gone about is Redis's choice: an intset can come of the one way where the other gives a table. */
function difference(sets: Sets, { server }: Call): MemberSet {
  const { thresholds } = server.store;
  const result = new MemberSet();
  const first = sets[0];
  if (first === undefined) return result;
  const others = sets.slice(1).filter((set) => set !== undefined);
  if (others.includes(first)) return result;
  const othersSize = others.reduce((sum, { length }) => sum + length, 0);
  const lookups = first.length * (others.length + 1);
  if (Math.floor(lookups / 2) <= first.length + othersSize) {
    others.sort((a, b) => b.length - a.length);
    for (let i = 0; i < first.length; i++) {
      const member = first.at(i);
      if (others.some((set) => set.has(member))) continue;
      result.add(member, thresholds);
    }
    return result;
  }
  addAll(result, first, thresholds);
  for (const set of others) {
    for (let i = 0; i < set.length; i++) result.delete(set.at(i));
    if (result.length === 0) break;
  }
  return result;
}

function addAll(
  result: MemberSet,
  set: ReadonlyMemberSet,
  thresholds: Thresholds,
): void {
  for (let i = 0; i < set.length; i++) result.add(set.at(i), thresholds);
}

function show({ reply }: Call, set: MemberSet): void {
  reply.set(set.length);
  for (let i = 0; i < set.length; i++) reply.bulk(set.at(i));
}

/** Puts what a command came to at the key that argument 1 names, or removes it when that is nothing. */
function store(
  { args, db, reply }: Call,
  result: MemberSet,
  event: KeyEvent,
): void {
  const key = args.string(1);
  if (result.length > 0) {
    db.putMembers(key, result);
    db.changed(key, event);
  } else if (db.delete(key)) db.changed(key, Events.del);
  reply.integer(result.length);
}
