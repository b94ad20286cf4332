import type { Args } from "../protocol/args.ts";
import { commandError, SYNTAX_ERROR } from "../protocol/command_error.ts";
import { type Call, commandGroup, keyAt } from "../server/command.ts";
import { countBitsBetween, findBit } from "../store/values/bits.ts";
import { bytesOf } from "./string_value.ts";

const NO_BIT = commandError("The bit argument must be 1 or 0.");

export const bitRangeCommands = commandGroup("bitmap", [
  {
    name: "bitcount",
    arity: -2,
    flags: ["readonly"],
    keys: [keyAt(1, "RO", "access")],
    since: "2.6.0",
    complexity: "O(N)",
    summary: "Counts the bits that are set in a string, or in a part of it.",
    syntax: "key [start end [BYTE | BIT]]",
    docs: {
      groups: ["index", "index_unit"],
      since: { index_unit: "7.0.0" },
    },
    history: [["7.0.0", "Added the `BYTE|BIT` option."]],
    handler: count,
  },
  {
    name: "bitpos",
    arity: -3,
    flags: ["readonly"],
    keys: [keyAt(1, "RO", "access")],
    since: "2.8.7",
    complexity: "O(N)",
    summary: "Finds the first bit that is set, or clear, in a string.",
    syntax: "key bit [start [end [BYTE | BIT]]]",
    docs: {
      groups: ["index", "end_index", "index_unit"],
      types: { bit: "integer" },
      since: { index_unit: "7.0.0" },
    },
    history: [["7.0.0", "Added the `BYTE|BIT` option."]],
    handler: position,
  },
]);

/** Bits from `first` to `last`, both included; none when `first` is beyond `last`. */
interface BitRange {
  readonly first: number;
  readonly last: number;
}

function count({ args, db, reply }: Call): void {
  const value = db.read(args.key(1), "string");
  if (value === undefined) return reply.integer(0);
  let range: BitRange = { first: 0, last: value.length * 8 - 1 };
  if (args.length > 2) {
    if (args.length !== 4 && args.length !== 5) throw SYNTAX_ERROR;
    const start = args.int64(2);
    const end = args.int64(3);
    if (start < 0 && end < 0 && start > end) return reply.integer(0);
    const unit = args.length === 5 ? unitAt(args, 4) : 8;
    range = rangeOf(Number(start), Number(end), unit, value.length);
  }
  const { first, last } = range;
  if (first > last) return reply.integer(0);
  reply.integer(countBitsBetween(bytesOf(value), first, last));
}

function position({ args, db, reply }: Call): void {
  const bit = args.integer(2);
  if (bit !== 0 && bit !== 1) throw NO_BIT;
  const value = db.read(args.key(1), "string");
  if (value === undefined) return reply.integer(bit === 1 ? -1 : 0);
  if (args.length > 6) throw SYNTAX_ERROR;
  const start = args.length > 3 ? args.integer(3) : 0;
  const unit = args.length > 5 ? unitAt(args, 5) : 8;
  const end = args.length > 4 ? args.integer(4) : value.length - 1;
  const { first, last } = rangeOf(start, end, unit, value.length);
  if (first > last) return reply.integer(-1);
  const found = findBit(bytesOf(value), bit, first, last);
  // Without an end the string goes on with zeros for ever.
  const endless = found < 0 && bit === 0 && args.length <= 4;
  reply.integer(endless ? last + 1 : found);
}

/** Returns how many bits the unit named at argument `i` has. */
function unitAt(args: Args, i: number): 1 | 8 {
  if (args.is(i, "BIT")) return 1;
  if (args.is(i, "BYTE")) return 8;
  throw SYNTAX_ERROR;
}

/** Returns the bits from unit `start` to unit `end`, which count from the end of the string when negative. */
function rangeOf(
  start: number,
  end: number,
  unit: 1 | 8,
  length: number,
): BitRange {
  const units = length * 8 / unit;
  if (start < 0) start = Math.max(0, units + start);
  if (end < 0) end = Math.max(0, units + end);
  end = Math.min(end, units - 1);
  return { first: start * unit, last: (end + 1) * unit - 1 };
}
