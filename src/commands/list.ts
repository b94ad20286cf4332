import {
  INDEX_OUT_OF_RANGE,
  NO_SUCH_KEY,
  SYNTAX_ERROR,
} from "../protocol/command_error.ts";
import { type Call, commandGroup, keyAt } from "../server/command.ts";
import { Events } from "../store/events.ts";
import { packedBytes } from "../store/packed_edits.ts";
import { keepElements, pushElement } from "../store/packed_list.ts";
import { List } from "../store/values/list.ts";
import { type ListEnd, pushAt, pushEvent } from "./list_end.ts";

/** The list commands that put elements in, change them or take them away by index or value. */
export const listCommands = commandGroup("list", [
  {
    name: "lpush",
    arity: -3,
    flags: ["write", "denyoom", "fast"],
    keys: [keyAt(1, "RW", "insert")],
    since: "1.0.0",
    complexity:
      "O(1) for each element added, so O(N) to add N elements when the command is called with multiple arguments.",
    summary: "Prepends elements to a list, which is created if need be.",
    syntax: "key element [element ...]",
    history: [["2.4.0", "Accepts multiple `element` arguments."]],
    handler: (call) => push(call, "head"),
  },
  {
    name: "rpush",
    arity: -3,
    flags: ["write", "denyoom", "fast"],
    keys: [keyAt(1, "RW", "insert")],
    since: "1.0.0",
    complexity:
      "O(1) for each element added, so O(N) to add N elements when the command is called with multiple arguments.",
    summary: "Appends elements to a list, which is created if need be.",
    syntax: "key element [element ...]",
    history: [["2.4.0", "Accepts multiple `element` arguments."]],
    handler: (call) => push(call, "tail"),
  },
  {
    name: "lpushx",
    arity: -3,
    flags: ["write", "denyoom", "fast"],
    keys: [keyAt(1, "RW", "insert")],
    since: "2.2.0",
    complexity:
      "O(1) for each element added, so O(N) to add N elements when the command is called with multiple arguments.",
    summary: "Prepends elements to a list that exists.",
    syntax: "key element [element ...]",
    history: [["4.0.0", "Accepts multiple `element` arguments."]],
    handler: (call) => push(call, "head", "if exists"),
  },
  {
    name: "rpushx",
    arity: -3,
    flags: ["write", "denyoom", "fast"],
    keys: [keyAt(1, "RW", "insert")],
    since: "2.2.0",
    complexity:
      "O(1) for each element added, so O(N) to add N elements when the command is called with multiple arguments.",
    summary: "Appends elements to a list that exists.",
    syntax: "key element [element ...]",
    history: [["4.0.0", "Accepts multiple `element` arguments."]],
    handler: (call) => push(call, "tail", "if exists"),
  },
  {
    name: "linsert",
    arity: 5,
    flags: ["write", "denyoom"],
    keys: [keyAt(1, "RW", "insert")],
    since: "2.2.0",
    complexity:
      "O(N) where N is the number of elements to traverse before seeing the value pivot. This means that inserting somewhere on the left end on the list (head) can be considered O(1) and inserting somewhere on the right end (tail) is O(N).",
    summary: "Puts an element before or after the first one of a given value.",
    syntax: "key <BEFORE | AFTER> pivot element",
    docs: { groups: ["where"] },
    handler: linsert,
  },
  {
    name: "lset",
    arity: 4,
    flags: ["write", "denyoom"],
    keys: [keyAt(1, "RW", "update")],
    since: "1.0.0",
    complexity:
      "O(N) where N is the length of the list. Setting either the first or the last element of the list is O(1).",
    summary: "Replaces the element at an index.",
    syntax: "key index element",
    handler: lset,
  },
  {
    name: "lrem",
    arity: 4,
    flags: ["write"],
    keys: [keyAt(1, "RW", "delete")],
    since: "1.0.0",
    complexity:
      "O(N+M) where N is the length of the list and M is the number of elements removed.",
    summary: "Removes elements of a given value, from either end on.",
    syntax: "key count element",
    handler: lrem,
  },
  {
    name: "ltrim",
    arity: 4,
    flags: ["write"],
    keys: [keyAt(1, "RW", "delete")],
    since: "1.0.0",
    complexity:
      "O(N) where N is the number of elements to be removed by the operation.",
    summary: "Removes all elements but those of a range.",
    syntax: "key start stop",
    handler: ltrim,
  },
]);

/** LPUSH, RPUSH, LPUSHX and RPUSHX. */
function push(
  { args, db, reply }: Call,
  end: ListEnd,
  when: "always" | "if exists" = "always",
): void {
  const key = args.key(1);
  const added = args.length - 2;
  let list = when === "always"
    ? db.editToAdd(key, "list", added, packedBytes(args, 2))
    : db.edit(key, "list");
  if (list === undefined) {
    if (when === "if exists") return reply.integer(0);
    list = db.put(key, new List());
  }
  if (list instanceof List) {
    for (let i = 2; i < args.length; i++) pushAt(list, end, args.string(i));
  } else for (let i = 2; i < args.length; i++) pushElement(list, args, i, end);
  const { length } = list;
  db.changed(key, pushEvent(end), added);
  reply.integer(length);
}

function linsert({ args, db, reply }: Call): void {
  const after = args.is(2, "AFTER");
  if (!after && !args.is(2, "BEFORE")) throw SYNTAX_ERROR;
  const key = args.string(1);
  const list = db.edit(key, "list");
  if (list === undefined) return reply.integer(0);
  const pivot = list.indexOf(args.string(3));
  if (pivot < 0) return reply.integer(-1);
  list.insert(after ? pivot + 1 : pivot, args.string(4));
  db.changed(key, Events.linsert);
  reply.integer(list.length);
}

function lset({ args, db, reply }: Call): void {
  const key = args.key(1);
  const list = db.edit(key, "list");
  if (list === undefined) throw NO_SUCH_KEY;
  let index = args.integer(2);
  if (index < 0) index += list.length;
  if (index < 0 || index >= list.length) throw INDEX_OUT_OF_RANGE;
  list.set(index, args.string(3));
  db.changed(key, Events.lset);
  reply.ok();
}

function lrem({ args, db, reply }: Call): void {
  const count = args.integer(2);
  const key = args.key(1);
  const list = db.edit(key, "list");
  if (list === undefined) return reply.integer(0);
  const removed = list.removeMatching(
    args.string(3),
    count === 0 ? Infinity : Math.abs(count),
    count < 0 ? "tail" : "head",
  );
  if (removed > 0) db.shrunk(key, list, Events.lrem, removed);
  reply.integer(removed);
}

function ltrim({ args, db, reply }: Call): void {
  let start = args.integer(2), stop = args.integer(3);
  const key = args.key(1);
  const list = db.editToTake(key, "list");
  if (list === undefined) return reply.ok();
  const { length } = list;
  if (start < 0) start = Math.max(0, start + length);
  if (stop < 0) stop += length;
  stop = Math.min(stop, length - 1);
  if (list instanceof List) list.trim(start, stop);
  else if (start > stop) keepElements(list, 0, 0);
  else keepElements(list, start, stop + 1);
  db.shrunk(key, list, Events.ltrim, length - list.length);
  reply.ok();
}
