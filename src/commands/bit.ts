import type { Args } from "../protocol/args.ts";
import { commandError, SYNTAX_ERROR } from "../protocol/command_error.ts";
import { type Call, commandGroup, keyAt, keysFrom } from "../server/command.ts";
import type { Server } from "../server/server.ts";
import { Events } from "../store/events.ts";
import { type BitOperation, combineBits } from "../store/values/bits.ts";
import { EditableString } from "../store/values/editable_string.ts";
import { byteAt, bytesOf, editString } from "./string_value.ts";

/** The reply to an offset that no bit of a string may have. */
export const BAD_OFFSET = commandError(
  "bit offset is not an integer or out of range",
);
const BAD_BIT = commandError("bit is not an integer or out of range");
const ONE_SOURCE = commandError(
  "BITOP NOT must be called with a single source key.",
);

export const bitCommands = commandGroup("bitmap", [
  {
    name: "setbit",
    arity: 4,
    flags: ["write", "denyoom"],
    keys: [keyAt(1, "RW", "access update")],
    since: "2.2.0",
    complexity: "O(1)",
    summary: "Sets or clears a bit of the string at a key.",
    syntax: "key offset value",
    docs: { types: { value: "integer" } },
    handler: setBit,
  },
  {
    name: "getbit",
    arity: 3,
    flags: ["readonly", "fast"],
    keys: [keyAt(1, "RO", "access")],
    since: "2.2.0",
    complexity: "O(1)",
    summary: "Returns a bit of the string at a key.",
    syntax: "key offset",
    handler: getBit,
  },
  {
    name: "bitop",
    arity: -4,
    flags: ["write", "denyoom"],
    keys: [keyAt(2, "OW", "update"), keysFrom(3, -1, 1, "RO", "access")],
    since: "2.6.0",
    complexity: "O(N)",
    summary: "Combines strings bit by bit and stores the result.",
    syntax: "operation destkey key [key ...]",
    handler: combine,
  },
]);

function setBit({ args, db, reply, server }: Call): void {
  const offset = bitOffset(args, 2, server);
  const bit = args.integer(3, BAD_BIT);
  if (bit !== 0 && bit !== 1) throw BAD_BIT;
  const key = args.string(1);
  const oldLength = db.edit(key, "string")?.length;
  const at = Math.floor(offset / 8);
  const value = editString(db, key, at + 1);
  const byte = value.byteAt(at);
  const mask = maskOf(offset);
  const old = (byte & mask) === 0 ? 0 : 1;
  value.grow(at + 1);
  if (bit !== old || value.length !== oldLength) {
    value.setByte(at, bit === 1 ? byte | mask : byte & ~mask);
    db.changed(key, Events.setbit);
  }
  reply.integer(old);
}

function getBit({ args, db, reply, server }: Call): void {
  const offset = bitOffset(args, 2, server);
  const value = db.read(args.key(1), "string");
  const byte = value === undefined ? 0 : byteAt(value, Math.floor(offset / 8));
  reply.integer((byte & maskOf(offset)) === 0 ? 0 : 1);
}

/** BITOP. */
function combine({ args, db, reply }: Call): void {
  const operation = operationAt(args, 1);
  if (operation === "not" && args.length !== 4) throw ONE_SOURCE;
  const sources: Uint8Array[] = [];
  let length = 0;
  for (let i = 3; i < args.length; i++) {
    const value = db.read(args.key(i), "string") ?? "";
    sources.push(bytesOf(value));
    length = Math.max(length, value.length);
  }
  const key = args.string(2);
  if (length > 0) {
    const result = new EditableString("", length);
    result.grow(length);
    combineBits(operation, sources, result.bytes);
    db.put(key, result);
    db.changed(key, Events.set);
  } else if (db.delete(key)) db.changed(key, Events.del);
  reply.integer(length);
}

function operationAt(args: Args, i: number): BitOperation {
  if (args.is(i, "AND")) return "and";
  if (args.is(i, "OR")) return "or";
  if (args.is(i, "XOR")) return "xor";
  if (args.is(i, "NOT")) return "not";
  throw SYNTAX_ERROR;
}

/** Returns argument `i` as the offset of a bit that a string may have. */
function bitOffset(args: Args, i: number, server: Server): number {
  return checkBitOffset(args.integer(i, BAD_OFFSET), server);
}

/** Returns the offset of a bit, or throws when no string may be so long. */
export function checkBitOffset(offset: number, server: Server): number {
  const limit = server.config.values["proto-max-bulk-len"];
  if (offset < 0 || Math.floor(offset / 8) >= limit) throw BAD_OFFSET;
  return offset;
}

/** Returns the mask of a bit within its byte; the first bit is the highest. */
function maskOf(offset: number): number {
  return 0x80 >> (offset % 8);
}
