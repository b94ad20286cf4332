import { commandError, NOT_A_FLOAT } from "../protocol/command_error.ts";
import { type Int64, negateInt64 } from "../protocol/integer.ts";
import {
  addLongDoubles,
  formatLongDouble,
  type LongDouble,
  LONGEST_LONG_DOUBLE,
  parseLongDouble,
} from "../protocol/long_double.ts";
import { type Call, commandGroup, keyAt } from "../server/command.ts";
import { Events } from "../store/events.ts";
import { EditableString } from "../store/values/editable_string.ts";
import { stringEncoding } from "../store/values/string_encoding.ts";

const DECREMENT_OVERFLOW = commandError("decrement would overflow");
const NOT_FINITE = commandError("increment would produce NaN or Infinity");
/** Integers of up to this many chars are read without making a string of them. */
const SHORT_INTEGER = 15;

export const stringNumberCommands = commandGroup("string", [
  {
    name: "incr",
    arity: 2,
    flags: ["write", "denyoom", "fast"],
    keys: [keyAt(1, "RW", "access update")],
    since: "1.0.0",
    complexity: "O(1)",
    summary: "Adds one to the integer at a key, 0 when there is none.",
    syntax: "key",
    handler: (call) => increment(call, 1),
  },
  {
    name: "decr",
    arity: 2,
    flags: ["write", "denyoom", "fast"],
    keys: [keyAt(1, "RW", "access update")],
    since: "1.0.0",
    complexity: "O(1)",
    summary: "Subtracts one from the integer at a key, 0 when there is none.",
    syntax: "key",
    handler: (call) => increment(call, -1),
  },
  {
    name: "incrby",
    arity: 3,
    flags: ["write", "denyoom", "fast"],
    keys: [keyAt(1, "RW", "access update")],
    since: "1.0.0",
    complexity: "O(1)",
    summary: "Adds to the integer at a key, 0 when there is none.",
    syntax: "key increment",
    handler: (call) => increment(call, amount(call)),
  },
  {
    name: "decrby",
    arity: 3,
    flags: ["write", "denyoom", "fast"],
    keys: [keyAt(1, "RW", "access update")],
    since: "1.0.0",
    complexity: "O(1)",
    summary: "Subtracts from the integer at a key, 0 when there is none.",
    syntax: "key decrement",
    handler: decrementBy,
  },
  {
    name: "incrbyfloat",
    arity: 3,
    flags: ["write", "denyoom", "fast"],
    keys: [keyAt(1, "RW", "access update")],
    since: "2.6.0",
    complexity: "O(1)",
    summary: "Adds to the number at a key, 0 when there is none.",
    syntax: "key increment",
    docs: { types: { increment: "double" } },
    handler: incrementByFloat,
  },
]);

/** INCR, DECR, INCRBY and DECRBY. */
function increment({ args, db, reply }: Call, by: Int64): void {
  reply.integer(db.addInteger(args.key(1), by, Events.incrby));
}

function decrementBy(call: Call): void {
  const by = negateInt64(amount(call));
  if (by === undefined) throw DECREMENT_OVERFLOW;
  increment(call, by);
}

function amount({ args }: Call): Int64 {
  return args.size(2) <= SHORT_INTEGER ? args.integer(2) : args.int64(2);
}

function incrementByFloat({ args, db, reply, server }: Call): void {
  const key = args.string(1);
  const value = db.edit(key, "string") ?? "0";
  // Beyond the longest byte string there is no `toString()`.
  if (value.length > LONGEST_LONG_DOUBLE) throw NOT_A_FLOAT;
  const old = numberIn(value.toString());
  const sum = addLongDoubles(old, numberIn(args.string(2)));
  if (sum === undefined) throw NOT_FINITE;
  const text = formatLongDouble(sum);
  // Redis does not take the result for an integer, even when it is one.
  const isInt = stringEncoding(text) === "int";
  db.put(key, isInt ? EditableString.embedded(text) : text, "keep");
  db.changed(key, Events.incrbyfloat);
  server.propagation.rewrite("SET", key, text, "KEEPTTL");
  reply.bulk(text);
}

function numberIn(text: string): LongDouble {
  const n = parseLongDouble(text);
  if (n === undefined) throw NOT_A_FLOAT;
  return n;
}
