/** Commands that take a value to another key. */
import {
  NO_SUCH_KEY,
  SAME_OBJECT,
  SYNTAX_ERROR,
} from "../protocol/command_error.ts";
import { type Call, commandGroup, keyAt } from "../server/command.ts";
import { NEVER_ACCESSED } from "../store/database.ts";
import { Events } from "../store/events.ts";
import { copyOf } from "../store/values/value.ts";
import { databaseAt } from "./database.ts";

export const keyMoveCommands = commandGroup("generic", [
  {
    name: "rename",
    arity: 3,
    flags: ["write"],
    keys: [keyAt(1, "RW", "access delete"), keyAt(2, "OW", "update")],
    categories: ["keyspace"],
    since: "1.0.0",
    complexity: "O(1)",
    summary: "Gives a key another name, and replaces what had that name.",
    syntax: "key newkey",
    handler: (call) => {
      rename(call, "always");
      call.reply.ok();
    },
  },
  {
    name: "renamenx",
    arity: 3,
    flags: ["write", "fast"],
    keys: [keyAt(1, "RW", "access delete"), keyAt(2, "OW", "insert")],
    categories: ["keyspace"],
    since: "1.0.0",
    complexity: "O(1)",
    summary: "Gives a key another name that no key has.",
    syntax: "key newkey",
    history: [[
      "3.2.0",
      "The command no longer returns an error when source and destination names are the same.",
    ]],
    handler: (call) => call.reply.integer(rename(call, "if absent") ? 1 : 0),
  },
  {
    name: "move",
    arity: 3,
    flags: ["write", "fast"],
    keys: [keyAt(1, "RW", "access update")],
    categories: ["keyspace"],
    since: "1.0.0",
    complexity: "O(1)",
    summary: "Moves a key to another database.",
    syntax: "key db",
    handler: move,
  },
  {
    name: "copy",
    arity: -3,
    flags: ["write", "denyoom"],
    keys: [keyAt(1, "RO", "access"), keyAt(2, "OW", "update")],
    categories: ["keyspace"],
    since: "6.2.0",
    complexity:
      "O(N) worst case for collections, where N is the number of nested items. O(1) for string values.",
    summary: "Copies a key's value to another key.",
    syntax: "source destination [DB destination-db] [REPLACE]",
    handler: copy,
  },
]);

/** Returns whether the key has another name now. */
function rename(
  { args, db }: Call,
  condition: "always" | "if absent",
): boolean {
  const from = args.string(1);
  const to = args.string(2);
  if (!db.touch(from)) throw NO_SUCH_KEY;
  if (from === to) return false;
  if (db.touch(to) && condition === "if absent") return false;
  db.putEntry(to, db.take(from)!);
  db.changed(from, Events.renameFrom, 0);
  db.changed(to, Events.renameTo);
  return true;
}

function move(call: Call): void {
  const { args, db, reply } = call;
  const target = databaseAt(call, 2);
  if (target === db) throw SAME_OBJECT;
  const key = args.string(1);
  if (!db.touch(key) || target.touch(key)) return reply.integer(0);
  target.putEntry(key, db.take(key)!);
  db.changed(key, Events.moveFrom, 0);
  target.changed(key, Events.moveTo);
  reply.integer(1);
}

function copy(call: Call): void {
  const { args, db, reply } = call;
  let target = db;
  let replace = false;
  for (let i = 3; i < args.length; i++) {
    if (args.is(i, "REPLACE")) replace = true;
    else if (args.is(i, "DB") && i + 1 < args.length) {
      target = databaseAt(call, ++i);
    } else throw SYNTAX_ERROR;
  }
  const from = args.string(1);
  const to = args.string(2);
  if (target === db && from === to) throw SAME_OBJECT;
  const value = db.readAny(from);
  if (value === undefined) return reply.integer(0);
  const expiresAt = db.exactExpiresAt(from)!;
  if (target.touch(to) && !replace) return reply.integer(0);
  const access = NEVER_ACCESSED;
  target.putEntry(to, { value: copyOf(value), expiresAt, access });
  target.changed(to, Events.copyTo);
  reply.integer(1);
}
