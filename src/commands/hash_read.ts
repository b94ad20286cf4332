import type { Args } from "../protocol/args.ts";
import { commandError, SYNTAX_ERROR } from "../protocol/command_error.ts";
import type { ReplyWriter } from "../protocol/reply.ts";
import { type Call, commandGroup, keyAt } from "../server/command.ts";
import { globMatches } from "../store/glob.ts";
import type { PackedValue } from "../store/packed.ts";
import { hasField, packedField } from "../store/packed_edits.ts";
import { sample } from "../store/random.ts";
import { randomCount } from "./random_count.ts";
import { scanCursor, scanOptions, scanReply } from "./scan.ts";

const COUNT_OUT_OF_RANGE = commandError("value is out of range");
/** With values the reply is twice as long, which must fit the same integer. */
const MOST_PAIRS = 2n ** 62n - 1n;

/** The hash commands that change nothing. */
export const hashReadCommands = commandGroup("hash", [
  {
    name: "hget",
    arity: 3,
    flags: ["readonly", "fast"],
    keys: [keyAt(1, "RO", "access")],
    since: "2.0.0",
    complexity: "O(1)",
    summary: "Answers the value of a field of a hash.",
    syntax: "key field",
    handler: hget,
  },
  {
    name: "hmget",
    arity: -3,
    flags: ["readonly", "fast"],
    keys: [keyAt(1, "RO", "access")],
    since: "2.0.0",
    complexity: "O(N) where N is the number of fields being requested.",
    summary: "Answers the values of fields of a hash.",
    syntax: "key field [field ...]",
    handler: hmget,
  },
  {
    name: "hlen",
    arity: 2,
    flags: ["readonly", "fast"],
    keys: [keyAt(1, "RO")],
    since: "2.0.0",
    complexity: "O(1)",
    summary: "Answers how many fields a hash has.",
    syntax: "key",
    handler: hlen,
  },
  {
    name: "hstrlen",
    arity: 3,
    flags: ["readonly", "fast"],
    keys: [keyAt(1, "RO")],
    since: "3.2.0",
    complexity: "O(1)",
    summary: "Answers the length of the value of a field, in bytes.",
    syntax: "key field",
    handler: hstrlen,
  },
  {
    name: "hexists",
    arity: 3,
    flags: ["readonly", "fast"],
    keys: [keyAt(1, "RO")],
    since: "2.0.0",
    complexity: "O(1)",
    summary: "Answers whether a hash has a field.",
    syntax: "key field",
    handler: hexists,
  },
  {
    name: "hkeys",
    arity: 2,
    flags: ["readonly"],
    keys: [keyAt(1, "RO", "access")],
    tips: ["nondeterministic_output_order"],
    since: "2.0.0",
    complexity: "O(N) where N is the size of the hash.",
    summary: "Answers all fields of a hash.",
    syntax: "key",
    handler: hkeys,
  },
  {
    name: "hvals",
    arity: 2,
    flags: ["readonly"],
    keys: [keyAt(1, "RO", "access")],
    tips: ["nondeterministic_output_order"],
    since: "2.0.0",
    complexity: "O(N) where N is the size of the hash.",
    summary: "Answers all values of a hash.",
    syntax: "key",
    handler: hvals,
  },
  {
    name: "hgetall",
    arity: 2,
    flags: ["readonly"],
    keys: [keyAt(1, "RO", "access")],
    tips: ["nondeterministic_output_order"],
    since: "2.0.0",
    complexity: "O(N) where N is the size of the hash.",
    summary: "Answers all fields of a hash and their values.",
    syntax: "key",
    handler: hgetall,
  },
  {
    name: "hrandfield",
    arity: -2,
    flags: ["readonly"],
    keys: [keyAt(1, "RO", "access")],
    tips: ["nondeterministic_output"],
    since: "6.2.0",
    complexity: "O(N) where N is the number of fields returned",
    summary: "Answers fields of a hash picked at random.",
    syntax: "key [count [WITHVALUES]]",
    docs: { groups: ["options"] },
    handler: hrandfield,
  },
  {
    name: "hscan",
    arity: -3,
    flags: ["readonly"],
    keys: [keyAt(1, "RO", "access")],
    tips: ["nondeterministic_output"],
    since: "2.8.0",
    complexity:
      "O(1) for every call. O(N) for a complete iteration, including enough command calls for the cursor to return back to 0. N is the number of elements inside the collection..",
    summary: "Answers some fields of a hash, and where to go on.",
    syntax: "key cursor [MATCH pattern] [COUNT count]",
    handler: hscan,
  },
]);

function hget({ args, db, reply }: Call): void {
  const packed = db.readPacked(args.key(1), "hash");
  if (packed !== undefined) return answerField(reply, packed, args, 2);
  reply.bulk(db.read(args.key(1), "hash")?.get(args.string(2)));
}

/** Replies with the value of the field that is argument `i`. */
function answerField(
  reply: ReplyWriter,
  hash: PackedValue,
  args: Args,
  i: number,
): void {
  const value = packedField(hash, args, i);
  if (value === undefined) reply.null();
  else reply.bulkRange(value);
}

function hmget({ args, db, reply }: Call): void {
  const key = args.key(1);
  const packed = db.readPacked(key, "hash");
  if (packed !== undefined) {
    reply.array(args.length - 2);
    for (let i = 2; i < args.length; i++) answerField(reply, packed, args, i);
    return;
  }
  const hash = db.read(key, "hash");
  reply.array(args.length - 2);
  for (let i = 2; i < args.length; i++) reply.bulk(hash?.get(args.string(i)));
}

function hlen({ args, db, reply }: Call): void {
  const key = args.key(1);
  const hash = db.readPacked(key, "hash") ?? db.read(key, "hash");
  reply.integer(hash?.length ?? 0);
}

function hstrlen({ args, db, reply }: Call): void {
  const key = args.key(1);
  const packed = db.readPacked(key, "hash");
  if (packed !== undefined) {
    const value = packedField(packed, args, 2);
    return reply.integer(value === undefined ? 0 : value.end - value.start);
  }
  reply.integer(db.read(key, "hash")?.get(args.string(2))?.length ?? 0);
}

function hexists({ args, db, reply }: Call): void {
  const key = args.key(1);
  const packed = db.readPacked(key, "hash");
  const isThere = packed !== undefined
    ? hasField(packed, args, 2)
    : db.read(key, "hash")?.has(args.string(2));
  reply.integer(isThere ? 1 : 0);
}

function hkeys({ args, db, reply }: Call): void {
  const hash = db.read(args.key(1), "hash");
  if (hash === undefined) return reply.array(0);
  reply.array(hash.length);
  for (let i = 0; i < hash.length; i++) reply.bulk(hash.fieldAt(i));
}

function hvals({ args, db, reply }: Call): void {
  const hash = db.read(args.key(1), "hash");
  if (hash === undefined) return reply.array(0);
  reply.array(hash.length);
  for (let i = 0; i < hash.length; i++) reply.bulk(hash.valueAt(i));
}

function hgetall({ args, db, reply }: Call): void {
  const key = args.key(1);
  const packed = db.readPacked(key, "hash");
  if (packed !== undefined) {
    reply.map(packed.length);
    return packed.visit((element) => reply.bulkRange(element));
  }
  const hash = db.read(key, "hash");
  if (hash === undefined) return reply.map(0);
  reply.map(hash.length);
  for (let i = 0; i < hash.length; i++) {
    reply.bulk(hash.fieldAt(i));
    reply.bulk(hash.valueAt(i));
  }
}

function hrandfield(call: Call): void {
  const { args, db, reply, server: { random } } = call;
  if (args.length > 2) return hrandfields(call);
  const hash = db.read(args.key(1), "hash");
  if (hash === undefined) return reply.null();
  reply.bulk(hash.fieldAt(random.below(hash.length)));
}

/** HRANDFIELD with a count: of different fields, or, when negative, of fields that may come again. */
function hrandfields({ args, db, reply, server: { random } }: Call): void {
  const count = randomCount(args, 2);
  const withValues = args.length === 4 && args.is(3, "WITHVALUES");
  if (args.length > 3 && !withValues) throw SYNTAX_ERROR;
  if (withValues && (count < -MOST_PAIRS || count > MOST_PAIRS)) {
    throw COUNT_OUT_OF_RANGE;
  }
  const hash = db.read(args.key(1), "hash");
  if (hash === undefined) return reply.array(0);
  const show = (number: number) => {
    if (withValues) reply.pair();
    reply.bulk(hash.fieldAt(number));
    if (withValues) reply.bulk(hash.valueAt(number));
  };
  const open = (length: number) =>
    withValues ? reply.pairs(length) : reply.array(length);
  const times = Math.abs(Number(count));
  if (count < 0) {
    open(times);
    for (let i = 0; i < times; i++) show(random.below(hash.length));
  } else if (times >= hash.length) {
    open(hash.length);
    for (let i = 0; i < hash.length; i++) show(i);
  } else {
    open(times);
    for (const number of sample(random, times, hash.length)) show(number);
  }
}

function hscan({ args, db, reply }: Call): void {
  const cursor = scanCursor(args, 2);
  const hash = db.read(args.key(1), "hash");
  if (hash === undefined) return scanReply(reply, 0, []);
  const { pattern, count } = scanOptions(args, 3, "without type");
  const found: string[] = [];
  const next = hash.scan(cursor, count, (field, value) => {
    if (pattern !== undefined && !globMatches(pattern, field)) return;
    found.push(field, value);
  });
  scanReply(reply, next, found);
}
