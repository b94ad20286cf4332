import { type Call, commandGroup, keyAt } from "../server/command.ts";
import { Events } from "../store/events.ts";

export const stringCommands = commandGroup("string", [
  {
    name: "get",
    arity: 2,
    flags: ["readonly", "fast"],
    keys: [keyAt(1, "RO", "access")],
    since: "1.0.0",
    complexity: "O(1)",
    summary: "Answers the string at a key.",
    syntax: "key",
    handler: get,
  },
  {
    name: "set",
    arity: -3,
    flags: ["write", "denyoom"],
    keys: [keyAt(1, "RW", "access update")],
    since: "1.0.0",
    complexity: "O(1)",
    summary: "Sets the string at a key, whatever it held.",
    syntax: "key value",
    handler: set,
  },
]);

function get({ args, db, reply }: Call): void {
  const value = db.read(args.string(1), "string");
  if (value === undefined || typeof value === "string") reply.bulk(value);
  else reply.bulkBytes(value.bytes);
}

function set({ args, db, reply }: Call): void {
  const key = args.string(1);
  db.put(key, args.string(2));
  db.changed(key, Events.set);
  reply.ok();
}
