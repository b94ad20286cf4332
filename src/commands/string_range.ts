import { OFFSET_OUT_OF_RANGE } from "../protocol/command_error.ts";
import { type Call, commandGroup, keyAt } from "../server/command.ts";
import { Events } from "../store/events.ts";
import { checkLength, editString, replyPart } from "./string_value.ts";

const RANGE_COMPLEXITY =
  "O(N) where N is the length of the returned string. The complexity is ultimately determined by the returned length, but because creating a substring from an existing string is very cheap, it can be considered O(1) for small strings.";

export const stringRangeCommands = commandGroup("string", [
  {
    name: "strlen",
    arity: 2,
    flags: ["readonly", "fast"],
    keys: [keyAt(1, "RO")],
    since: "2.2.0",
    complexity: "O(1)",
    summary: "Returns the number of bytes of the string at a key.",
    syntax: "key",
    handler: length,
  },
  {
    name: "append",
    arity: 3,
    flags: ["write", "denyoom", "fast"],
    keys: [keyAt(1, "RW", "insert")],
    since: "2.0.0",
    complexity:
      "O(1). The amortized time complexity is O(1) assuming the appended value is small and the already present value is of any size, since the dynamic string library used by Redis will double the free space available on every reallocation.",
    summary: "Adds to the end of the string at a key.",
    syntax: "key value",
    handler: append,
  },
  {
    name: "getrange",
    arity: 4,
    flags: ["readonly"],
    keys: [keyAt(1, "RO", "access")],
    since: "2.4.0",
    complexity: RANGE_COMPLEXITY,
    summary: "Returns a part of the string at a key.",
    syntax: "key start end",
    handler: getRange,
  },
  {
    name: "substr",
    arity: 4,
    flags: ["readonly"],
    keys: [keyAt(1, "RO", "access")],
    since: "1.0.0",
    complexity: RANGE_COMPLEXITY,
    summary: "Returns a part of the string at a key.",
    syntax: "key start end",
    deprecated: { since: "2.0.0", replacedBy: "`GETRANGE`" },
    handler: getRange,
  },
  {
    name: "setrange",
    arity: 4,
    flags: ["write", "denyoom"],
    keys: [keyAt(1, "RW", "update")],
    since: "2.2.0",
    complexity:
      "O(1), not counting the time taken to copy the new string in place. Usually, this string is very small so the amortized complexity is O(1). Otherwise, complexity is O(M) with M being the length of the value argument.",
    summary: "Overwrites a part of the string at a key, from an offset on.",
    syntax: "key offset value",
    handler: setRange,
  },
]);

function length({ args, db, reply }: Call): void {
  reply.integer(db.read(args.key(1), "string")?.length ?? 0);
}

function append({ args, db, reply, server }: Call): void {
  const key = args.string(1);
  const old = db.edit(key, "string");
  const length = (old?.length ?? 0) + args.size(2);
  if (old === undefined) db.put(key, args.string(2));
  else {
    checkLength(server, length);
    editString(db, key, length).append(args.view(2));
  }
  db.changed(key, Events.append);
  reply.integer(length);
}

/** GETRANGE and SUBSTR. */
function getRange({ args, db, reply }: Call): void {
  let start = args.integer(2);
  let end = args.integer(3);
  const value = db.read(args.key(1), "string");
  if (
    value === undefined || value.length === 0 ||
    (start < 0 && end < 0 && start > end)
  ) return reply.bulk("");
  const { length } = value;
  // An end before the beginning is the first byte, not an empty range.
  if (start < 0) start = Math.max(0, length + start);
  if (end < 0) end = Math.max(0, length + end);
  end = Math.min(end, length - 1);
  if (start > end) return reply.bulk("");
  replyPart(reply, value, start, end + 1);
}

function setRange({ args, db, reply, server }: Call): void {
  const offset = args.integer(2);
  if (offset < 0) throw OFFSET_OUT_OF_RANGE;
  const key = args.string(1);
  const old = db.edit(key, "string");
  const size = args.size(3);
  if (size === 0) return reply.integer(old?.length ?? 0);
  checkLength(server, offset + size);
  const value = editString(db, key, offset + size);
  value.write(offset, args.view(3));
  db.changed(key, Events.setrange);
  reply.integer(value.length);
}
