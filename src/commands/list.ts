import { type Call, commandGroup, keyAt } from "../server/command.ts";
import { Events } from "../store/events.ts";
import { List } from "../store/values/list.ts";

export const listCommands = commandGroup("list", [
  {
    name: "lpush",
    arity: -3,
    flags: ["write", "denyoom", "fast"],
    keys: [keyAt(1, "RW", "insert")],
    since: "1.0.0",
    complexity:
      "O(1) for each element added, so O(N) to add N elements when the command is called with multiple arguments.",
    summary: "Prepends elements to a list, which is created if need be.",
    syntax: "key element [element ...]",
    handler: (call) => push(call, "head"),
  },
]);

/** LPUSH, RPUSH, LPUSHX and RPUSHX. */
function push(
  { args, db, reply }: Call,
  end: "head" | "tail",
  when: "always" | "if exists" = "always",
): void {
  const key = args.string(1);
  let list = db.edit(key, "list");
  if (list === undefined) {
    if (when === "if exists") return reply.integer(0);
    list = db.put(key, new List());
  }
  for (let i = 2; i < args.length; i++) {
    if (end === "head") list.pushHead(args.string(i));
    else list.pushTail(args.string(i));
  }
  db.changed(
    key,
    end === "head" ? Events.lpush : Events.rpush,
    args.length - 2,
  );
  reply.integer(list.length);
}
