import { CommandError, commandError } from "../protocol/command_error.ts";
import { type Call, commandGroup, keyAt, keysFrom } from "../server/command.ts";
import { Events, type KeyEvent } from "../store/events.ts";
import { HyperLogLog } from "../store/values/hyperloglog.ts";
import { countOf } from "../store/values/hyperloglog_registers.ts";
import { findFault } from "../store/values/hyperloglog_self_test.ts";
import { REGISTERS } from "../store/values/murmur_hash.ts";
import type { ReadonlyValueTypes } from "../store/values/value.ts";
import { bytesOf, editString } from "./string_value.ts";

const NOT_A_HYPERLOGLOG = new CommandError(
  "WRONGTYPE",
  "Key is not a valid HyperLogLog string value.",
);
const NO_KEY = commandError("The specified key does not exist");
const NOT_SPARSE = commandError("HLL encoding is not sparse");

export const hyperLogLogCommands = commandGroup("hyperloglog", [
  {
    name: "pfadd",
    arity: -2,
    flags: ["write", "denyoom", "fast"],
    keys: [keyAt(1, "RW", "insert")],
    since: "2.8.9",
    complexity: "O(1) to add every element.",
    summary: "Adds elements to a HyperLogLog; makes one where there is none.",
    syntax: "key [element [element ...]]",
    handler: add,
  },
  {
    name: "pfcount",
    arity: -2,
    flags: ["readonly", "may_replicate"],
    keys: [{
      ...keysFrom(1, -1, 1, "RW", "access"),
      notes:
        "RW because it may change the internal representation of the key, and propagate to replicas",
    }],
    since: "2.8.9",
    complexity:
      "O(1) with a very small average constant time when called with a single key. O(N) with N being the number of keys, and much bigger constant times, when called with multiple keys.",
    summary:
      "Returns about how many different elements were added to HyperLogLogs.",
    syntax: "key [key ...]",
    handler: (call) => call.args.length > 2 ? countUnion(call) : countOne(call),
  },
  {
    name: "pfmerge",
    arity: -2,
    flags: ["write", "denyoom"],
    keys: [
      keyAt(1, "RW", "access insert"),
      keysFrom(2, -1, 1, "RO", "access"),
    ],
    since: "2.8.9",
    complexity: "O(N) to merge N HyperLogLogs, but with high constant times.",
    summary: "Adds what was added to HyperLogLogs to another one.",
    syntax: "destkey sourcekey [sourcekey ...]",
    handler: merge,
  },
  {
    name: "pfdebug",
    arity: 3,
    flags: ["write", "denyoom", "admin"],
    keys: [keyAt(2, "RW", "access")],
    since: "2.8.9",
    complexity: "N/A",
    summary: "Shows how a HyperLogLog is held, or makes it dense.",
    syntax: "subcommand key",
    internal: true,
    handler: debug,
  },
  {
    name: "pfselftest",
    arity: 1,
    flags: ["admin"],
    since: "2.8.9",
    complexity: "N/A",
    summary: "Tests registers, encodings and counts of HyperLogLogs.",
    syntax: "",
    internal: true,
    handler: selfTest,
  },
]);

type StringValue = ReadonlyValueTypes["string"];

/**
 * PFADD. Differs from Redis: when a HyperLogLog turns out to be corrupted, none
 * of the elements are added, while Redis keeps those before the one at which it
 * noticed.
 */
function add(call: Call): void {
  const { args, db, reply } = call;
  const key = args.string(1);
  const value = db.edit(key, "string");
  const hll = open(call, value);
  let changes = value === undefined ? 1 : 0;
  for (let i = 2; i < args.length; i++) {
    if (hll.add(args.bytes, args.starts[i]!, args.ends[i]!)) changes++;
  }
  if (changes > 0) {
    hll.markStale();
    keep(call, key, value, hll, Events.pfadd, changes);
  }
  reply.integer(changes > 0 ? 1 : 0);
}

/** PFCOUNT of one key: its count is worked out once and noted in the value. */
function countOne(call: Call): void {
  const { args, db, reply } = call;
  const key = args.string(1);
  if (db.read(key, "string") === undefined) return reply.integer(0);
  const value = db.edit(key, "string");
  const hll = open(call, value);
  let count = hll.cachedCount;
  if (count === undefined) {
    count = hll.count();
    hll.cache(count);
    keep(call, key, value, hll, Events.rewritten);
  }
  reply.integer(count);
}

/** PFCOUNT of several keys: nothing is noted. */
function countUnion(call: Call): void {
  const maxima = new Uint8Array(REGISTERS);
  raiseAll(call, maxima);
  call.reply.integer(countOf(maxima));
}

/** PFMERGE. */
function merge(call: Call): void {
  const { args, db, reply } = call;
  const maxima = new Uint8Array(REGISTERS);
  const anyDense = raiseAll(call, maxima);
  const key = args.string(1);
  const value = db.edit(key, "string");
  const hll = open(call, value);
  if (anyDense) hll.toDense();
  for (let i = 0; i < REGISTERS; i++) {
    if (maxima[i]! > 0) hll.raise(i, maxima[i]!);
  }
  hll.markStale();
  keep(call, key, value, hll, Events.pfadd);
  reply.ok();
}

/** Raises `maxima` to the registers of every key on the command line; returns whether any was dense. */
function raiseAll(call: Call, maxima: Uint8Array): boolean {
  const { args, db } = call;
  let anyDense = false;
  for (let i = 1; i < args.length; i++) {
    const value = db.read(args.key(i), "string");
    if (value === undefined) continue;
    const hll = open(call, value);
    if (!hll.isSparse) anyDense = true;
    hll.raiseMaxima(maxima);
  }
  return anyDense;
}

/** PFDEBUG. */
function debug(call: Call): void {
  const { args, db, reply } = call;
  const key = args.string(2);
  const value = db.edit(key, "string");
  if (value === undefined) throw NO_KEY;
  const hll = open(call, value);
  if (args.is(1, "GETREG")) {
    makeDense(call, key, value, hll);
    reply.array(REGISTERS);
    for (const rank of hll.registers()) reply.integer(rank);
  } else if (args.is(1, "DECODE")) {
    if (!hll.isSparse) throw NOT_SPARSE;
    reply.bulk(hll.describe());
  } else if (args.is(1, "ENCODING")) {
    reply.status(hll.isSparse ? "sparse" : "dense");
  } else if (args.is(1, "TODENSE")) {
    reply.integer(makeDense(call, key, value, hll) ? 1 : 0);
  } else {
    throw commandError(`Unknown PFDEBUG subcommand '${args.printed(1)}'`);
  }
}

/** Makes a HyperLogLog dense and keeps it so; returns whether it was not. */
function makeDense(
  call: Call,
  key: string,
  value: StringValue,
  hll: HyperLogLog,
): boolean {
  if (!hll.isSparse) return false;
  hll.toDense();
  keep(call, key, value, hll, Events.reencoded);
  return true;
}

/** PFSELFTEST. */
function selfTest({ reply, server }: Call): void {
  const sparseMost = server.config.values["hll-sparse-max-bytes"];
  const fault = findFault(server.random, sparseMost);
  if (fault !== undefined) throw commandError(`TESTFAILED ${fault}`);
  reply.ok();
}

/** Returns the HyperLogLog that a value is, or one that nothing was added to. */
function open({ server }: Call, value: StringValue | undefined): HyperLogLog {
  const sparseMost = server.config.values["hll-sparse-max-bytes"];
  if (value === undefined) return HyperLogLog.empty(sparseMost);
  const bytes = bytesOf(value);
  if (!HyperLogLog.fits(bytes)) throw NOT_A_HYPERLOGLOG;
  return new HyperLogLog(bytes, sparseMost);
}

/** Puts a HyperLogLog that changed where its value is, unless it changed there. */
function keep(
  { db }: Call,
  key: string,
  value: StringValue | undefined,
  hll: HyperLogLog,
  event: KeyEvent,
  times = 1,
): void {
  const target = editString(db, key, hll.bytes.length);
  if (hll.replaced || target !== value) target.assign(hll.bytes);
  db.changed(key, event, times);
}
