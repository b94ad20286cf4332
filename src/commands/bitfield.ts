import type { Args } from "../protocol/args.ts";
import {
  commandError,
  NOT_AN_INTEGER,
  SYNTAX_ERROR,
} from "../protocol/command_error.ts";
import { type Int64, parseInt64 } from "../protocol/integer.ts";
import {
  type Call,
  commandGroup,
  type FoundKey,
  keyAt,
} from "../server/command.ts";
import type { Server } from "../server/server.ts";
import { Events } from "../store/events.ts";
import {
  type FieldType,
  fitSum,
  fitValue,
  type Overflow,
  readField,
  writeField,
} from "../store/values/bit_field.ts";
import { BAD_OFFSET, checkBitOffset } from "./bit.ts";
import { bytesOf, editString } from "./string_value.ts";

const BAD_TYPE = commandError(
  "Invalid bitfield type. Use something like i16 u8. Note that u64 is not supported but i64 is.",
);
const BAD_OVERFLOW = commandError("Invalid OVERFLOW type specified");
const ONLY_GET = commandError("BITFIELD_RO only supports the GET subcommand");

export const bitfieldCommands = commandGroup("bitmap", [
  {
    name: "bitfield",
    arity: -2,
    flags: ["write", "denyoom"],
    keys: [{
      ...keyAt(1, "RW", "update access variable_flags"),
      notes: "This command allows both access and modification of the key",
    }],
    findKeys: findBitfieldKey,
    since: "3.2.0",
    complexity: "O(1) for each subcommand specified",
    summary: "Reads, writes and increments integers of any width in a string.",
    syntax:
      "key [<GET encoding offset | ([OVERFLOW <WRAP | SAT | FAIL>] <SET encoding offset value | INCRBY encoding offset increment>)> [...]]",
    docs: {
      groups: [
        "operation",
        "encoding_offset",
        "write",
        "wrap_sat_fail",
        "write_operation",
      ],
      types: { value: "integer" },
    },
    handler: (call) => bitfield(call, "read and write"),
  },
  {
    name: "bitfield_ro",
    arity: -2,
    flags: ["readonly", "fast"],
    keys: [keyAt(1, "RO", "access")],
    since: "6.0.0",
    complexity: "O(1) for each subcommand specified",
    summary: "Reads integers of any width in a string.",
    syntax: "key [GET encoding offset [GET encoding offset ...]]",
    handler: (call) => bitfield(call, "read"),
  },
]);

/** One subcommand of a command line. */
interface Operation {
  readonly name: "get" | "set" | "incrby";
  readonly type: FieldType;
  /** The first bit. */
  readonly offset: number;
  /** What to set, or to add. */
  readonly operand: Int64;
  readonly overflow: Overflow;
}

/** BITFIELD and BITFIELD_RO. */
function bitfield(call: Call, allowed: "read" | "read and write"): void {
  const { args, db, reply, server } = call;
  const operations = operationsIn(args, server);
  const writes = operations.filter(({ name }) => name !== "get");
  if (writes.length > 0) {
    if (allowed === "read") throw ONLY_GET;
    return readAndWrite(call, operations, writes);
  }
  const value = db.read(args.key(1), "string") ?? "";
  const bytes = operations.length > 0 ? bytesOf(value) : undefined;
  reply.array(operations.length);
  for (const { type, offset } of operations) {
    reply.integer(readField(bytes!, offset, type));
  }
}

function readAndWrite(
  { args, db, reply, server }: Call,
  operations: readonly Operation[],
  writes: readonly Operation[],
): void {
  const key = args.string(1);
  let last = 0;
  for (const { offset, type } of writes) {
    last = Math.max(last, offset + type.width - 1);
  }
  const length = Math.floor(last / 8) + 1;
  const oldLength = db.edit(key, "string")?.length ?? 0;
  const value = editString(db, key, length);
  value.grow(length);
  const { bytes } = value;
  const grown = length > oldLength;
  let changes = 0;
  reply.array(operations.length);
  for (const { name, type, offset, operand, overflow } of operations) {
    const old = readField(bytes, offset, type);
    if (name === "get") {
      reply.integer(old);
      continue;
    }
    const n = name === "set"
      ? fitValue(operand, type, overflow)
      : fitSum(old, operand, type, overflow);
    if (n === undefined) {
      reply.null();
      continue;
    }
    writeField(bytes, offset, type, n);
    if (grown || n !== old) changes++;
    reply.integer(name === "set" ? old : n);
  }
  if (changes > 0) db.changed(key, Events.setbit, changes);
  else if (grown) {
    db.changed(key, Events.reencoded, 0);
    // Differs from Redis: a string that only grew is propagated; there the log and replicas lack it.
    server.propagation.force();
  }
}

function operationsIn(args: Args, server: Server): readonly Operation[] {
  const operations: Operation[] = [];
  let overflow: Overflow = "wrap";
  for (let i = 2; i < args.length;) {
    const left = args.length - i - 1;
    if (args.is(i, "OVERFLOW") && left >= 1) {
      overflow = overflowAt(args, i + 1);
      i += 2;
      continue;
    }
    const name = operationAt(args, i, left);
    const type = typeAt(args, i + 1);
    const offset = offsetAt(args, i + 2, type, server);
    const operand = name === "get" ? 0 : args.int64(i + 3, NOT_AN_INTEGER);
    operations.push({ name, type, offset, operand, overflow });
    i += name === "get" ? 3 : 4;
  }
  return operations;
}

/** Returns the subcommand at argument `i`, which needs two or three of the `left` arguments after it. */
function operationAt(args: Args, i: number, left: number): Operation["name"] {
  if (args.is(i, "GET") && left >= 2) return "get";
  if (args.is(i, "SET") && left >= 3) return "set";
  if (args.is(i, "INCRBY") && left >= 3) return "incrby";
  throw SYNTAX_ERROR;
}

function overflowAt(args: Args, i: number): Overflow {
  if (args.is(i, "WRAP")) return "wrap";
  if (args.is(i, "SAT")) return "saturate";
  if (args.is(i, "FAIL")) return "fail";
  throw BAD_OVERFLOW;
}

/** Returns the type that argument `i` spells, up to a zero byte: `u8`, `i64`. */
function typeAt(args: Args, i: number): FieldType {
  const word = args.string(i);
  const zero = word.indexOf("\0");
  const digits = word.slice(1, zero < 1 ? undefined : zero);
  const width = parseInt64(digits);
  const signed = word.startsWith("i");
  if (!signed && !word.startsWith("u")) throw BAD_TYPE;
  if (typeof width !== "number" || width < 1 || width > (signed ? 64 : 63)) {
    throw BAD_TYPE;
  }
  return { signed, width };
}

/** Returns the bit at which a field begins: argument `i`, or, behind a `#`, that many fields from the start. */
function offsetAt(
  args: Args,
  i: number,
  { width }: FieldType,
  server: Server,
): number {
  const word = args.string(i);
  if (!word.startsWith("#")) {
    return checkBitOffset(args.integer(i, BAD_OFFSET), server);
  }
  const fields = parseInt64(word.slice(1));
  if (fields === undefined) throw BAD_OFFSET;
  // As in Redis, a product beyond 64 bits wraps around.
  const offset = BigInt.asIntN(64, BigInt(fields) * BigInt(width));
  return checkBitOffset(Number(offset), server);
}

/** What the key of BITFIELD is for: only read when every subcommand is a GET. */
function findBitfieldKey(args: Args): readonly FoundKey[] {
  const readOnly: FoundKey = { index: 1, flags: ["RO", "access"] };
  const other: FoundKey = { index: 1, flags: ["RW", "access", "update"] };
  for (let i = 2; i < args.length;) {
    const left = args.length - i - 1;
    if (args.is(i, "GET") && left >= 2) i += 3;
    else if (args.is(i, "OVERFLOW") && left >= 1) i += 2;
    else return [other];
  }
  return [readOnly];
}
