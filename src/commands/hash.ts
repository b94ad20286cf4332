import {
  commandError,
  INCREMENT_OVERFLOW,
  NOT_A_FLOAT,
  wrongArity,
} from "../protocol/command_error.ts";
import {
  addInt64,
  type Int64,
  integerIn,
  parseInt64,
} from "../protocol/integer.ts";
import {
  addLongDoubles,
  formatLongDouble,
  parseLongDouble,
} from "../protocol/long_double.ts";
import { type Call, commandGroup, keyAt } from "../server/command.ts";
import { Events } from "../store/events.ts";
import { PackedValue } from "../store/packed.ts";
import {
  deleteField,
  hasField,
  packedBytes,
  packedField,
  setField,
} from "../store/packed_edits.ts";
import { Hash } from "../store/values/hash.ts";

const VALUE_NOT_AN_INTEGER = commandError("hash value is not an integer");
const VALUE_NOT_A_FLOAT = commandError("hash value is not a float");
const INCREMENT_NOT_FINITE = commandError("value is NaN or Infinity");
const SUM_NOT_FINITE = commandError(
  "increment would produce NaN or Infinity",
);

/** Most bytes of an integer. */
const LONGEST_INTEGER = 20;

/** The hash commands that set fields, count in them or delete them. */
export const hashCommands = commandGroup("hash", [
  {
    name: "hset",
    arity: -4,
    flags: ["write", "denyoom", "fast"],
    keys: [keyAt(1, "RW", "update")],
    since: "2.0.0",
    complexity:
      "O(1) for each field/value pair added, so O(N) to add N field/value pairs when the command is called with multiple field/value pairs.",
    summary: "Sets fields of a hash, which is created if need be.",
    syntax: "key field value [field value ...]",
    history: [["4.0.0", "Accepts multiple `field` and `value` arguments."]],
    handler: hset,
  },
  {
    name: "hmset",
    arity: -4,
    flags: ["write", "denyoom", "fast"],
    keys: [keyAt(1, "RW", "update")],
    since: "2.0.0",
    complexity: "O(N) where N is the number of fields being set.",
    summary: "Sets fields of a hash, without telling how many are new.",
    syntax: "key field value [field value ...]",
    deprecated: {
      since: "4.0.0",
      replacedBy: "`HSET` with multiple field-value pairs",
    },
    handler: hmset,
  },
  {
    name: "hsetnx",
    arity: 4,
    flags: ["write", "denyoom", "fast"],
    keys: [keyAt(1, "RW", "insert")],
    since: "2.0.0",
    complexity: "O(1)",
    summary: "Sets a field of a hash that is not there yet.",
    syntax: "key field value",
    handler: hsetnx,
  },
  {
    name: "hincrby",
    arity: 4,
    flags: ["write", "denyoom", "fast"],
    keys: [keyAt(1, "RW", "access update")],
    since: "2.0.0",
    complexity: "O(1)",
    summary: "Adds to the integer in a field of a hash, 0 when there is none.",
    syntax: "key field increment",
    handler: hincrby,
  },
  {
    name: "hincrbyfloat",
    arity: 4,
    flags: ["write", "denyoom", "fast"],
    keys: [keyAt(1, "RW", "access update")],
    since: "2.6.0",
    complexity: "O(1)",
    summary: "Adds to the number in a field of a hash, 0 when there is none.",
    syntax: "key field increment",
    docs: { types: { increment: "double" } },
    handler: hincrbyfloat,
  },
  {
    name: "hdel",
    arity: -3,
    flags: ["write", "fast"],
    keys: [keyAt(1, "RW", "delete")],
    since: "2.0.0",
    complexity: "O(N) where N is the number of fields to be removed.",
    summary: "Deletes fields of a hash.",
    syntax: "key field [field ...]",
    history: [["2.4.0", "Accepts multiple `field` arguments."]],
    handler: hdel,
  },
]);

const WRONG_ARITY_HSET = wrongArity("hset");
const WRONG_ARITY_HMSET = wrongArity("hmset");

function hset(call: Call): void {
  if (call.args.length % 2 === 1) throw WRONG_ARITY_HSET;
  call.reply.integer(setPairs(call));
}

function hmset(call: Call): void {
  if (call.args.length % 2 === 1) throw WRONG_ARITY_HMSET;
  setPairs(call);
  call.reply.ok();
}

/** Sets the fields of a command line; returns how many are new. */
function setPairs({ args, db, server }: Call): number {
  const key = args.key(1);
  const { thresholds } = server.store;
  const pairs = (args.length - 2) / 2;
  const packed = db.editPacked(key, "hash", pairs, packedBytes(args, 2));
  let added = 0;
  if (packed !== undefined) {
    for (let i = 2; i < args.length; i += 2) {
      if (setField(packed, args, i, args.range(i + 1), thresholds)) added++;
    }
  } else {
    const hash = db.edit(key, "hash") ?? db.put(key, new Hash());
    for (let i = 2; i < args.length; i += 2) {
      if (hash.set(args.string(i), args.string(i + 1), thresholds)) added++;
    }
  }
  db.changed(key, Events.hset, pairs);
  return added;
}

function hsetnx({ args, db, reply, server }: Call): void {
  const key = args.key(1);
  const { thresholds } = server.store;
  const packed = db.editPacked(key, "hash", 1, packedBytes(args, 2));
  if (packed !== undefined) {
    if (hasField(packed, args, 2)) return reply.integer(0);
    setField(packed, args, 2, args.range(3), thresholds);
  } else {
    const field = args.string(2);
    const hash = db.edit(key, "hash") ?? db.put(key, new Hash());
    if (hash.has(field)) return reply.integer(0);
    hash.set(field, args.string(3), thresholds);
  }
  db.changed(key, Events.hset);
  reply.integer(1);
}

function hincrby({ args, db, reply, server }: Call): void {
  const key = args.key(1);
  const by = args.int64(3);
  const { thresholds } = server.store;
  const room = packedBytes(args, 2) + LONGEST_INTEGER;
  const packed = db.editPacked(key, "hash", 1, room);
  let sum: Int64;
  if (packed !== undefined) {
    const value = packedField(packed, args, 2);
    sum = added(value === undefined ? 0 : integerIn(value), by);
    setField(packed, args, 2, db.digitsOf(sum), thresholds);
  } else {
    const field = args.string(2);
    const hash = db.edit(key, "hash");
    sum = added(parseInt64(hash?.get(field) ?? "0"), by);
    (hash ?? db.put(key, new Hash())).set(field, String(sum), thresholds);
  }
  db.changed(key, Events.hincrby);
  reply.integer(sum);
}

function added(old: Int64 | undefined, by: Int64): Int64 {
  if (old === undefined) throw VALUE_NOT_AN_INTEGER;
  const sum = addInt64(old, by);
  if (sum === undefined) throw INCREMENT_OVERFLOW;
  return sum;
}

function hincrbyfloat({ args, db, reply, server }: Call): void {
  const key = args.key(1), field = args.string(2);
  const by = parseLongDouble(args.string(3));
  if (by === undefined) throw NOT_A_FLOAT;
  if (by.exponent === Infinity) throw INCREMENT_NOT_FINITE;
  const hash = db.edit(key, "hash");
  const old = parseLongDouble(hash?.get(field) ?? "0");
  if (old === undefined) throw VALUE_NOT_A_FLOAT;
  const sum = addLongDoubles(old, by);
  if (sum === undefined) throw SUM_NOT_FINITE;
  const text = formatLongDouble(sum);
  (hash ?? db.put(key, new Hash()))
    .set(field, text, server.store.thresholds);
  db.changed(key, Events.hincrbyfloat);
  if (server.propagation.active) {
    server.propagation.rewrite("HSET", args.string(1), field, text);
  }
  reply.bulk(text);
}

function hdel({ args, db, reply }: Call): void {
  const key = args.key(1);
  const hash = db.editToTake(key, "hash");
  if (hash === undefined) return reply.integer(0);
  let deleted = 0;
  for (let i = 2; i < args.length && hash.length > 0; i++) {
    const isDeleted = hash instanceof PackedValue
      ? deleteField(hash, args, i)
      : hash.delete(args.string(i));
    if (isDeleted) deleted++;
  }
  if (deleted > 0) db.shrunk(key, hash, Events.hdel, deleted);
  reply.integer(deleted);
}
