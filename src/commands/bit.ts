import type { Args } from "../protocol/args.ts";
import { commandError } from "../protocol/command_error.ts";
import { type Call, commandGroup, keyAt } from "../server/command.ts";
import type { Server } from "../server/server.ts";
import { Events } from "../store/events.ts";
import { byteAt, editString } from "./string_value.ts";

const BAD_OFFSET = commandError(
  "bit offset is not an integer or out of range",
);
const BAD_BIT = commandError("bit is not an integer or out of range");

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
  const value = db.read(args.string(1), "string");
  const byte = value === undefined ? 0 : byteAt(value, Math.floor(offset / 8));
  reply.integer((byte & maskOf(offset)) === 0 ? 0 : 1);
}

/** Returns argument `i` as the offset of a bit that a string may have. */
function bitOffset(args: Args, i: number, server: Server): number {
  const offset = args.integer(i, BAD_OFFSET);
  const limit = server.config.values["proto-max-bulk-len"];
  if (offset < 0 || Math.floor(offset / 8) >= limit) throw BAD_OFFSET;
  return offset;
}

/** Returns the mask of a bit within its byte; the first bit is the highest. */
function maskOf(offset: number): number {
  return 0x80 >> (offset % 8);
}
