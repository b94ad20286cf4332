import { ownString } from "../protocol/byte_string.ts";
import { readTimeout } from "../server/blocking.ts";
import { type Call, commandGroup, keyAt } from "../server/command.ts";
import { List } from "../store/values/list.ts";
import {
  type ListEnd,
  popAt,
  popEvent,
  pushAt,
  pushEvent,
  readEnd,
} from "./list_end.ts";

/** The list commands that take an element from one list to another, at once or as soon as there is one. */
export const listMoveCommands = commandGroup("list", [
  {
    name: "lmove",
    arity: 5,
    flags: ["write", "denyoom"],
    keys: [keyAt(1, "RW", "access delete"), keyAt(2, "RW", "insert")],
    since: "6.2.0",
    complexity: "O(1)",
    summary: "Takes an element from an end of a list to an end of another.",
    syntax: "source destination <LEFT | RIGHT> <LEFT | RIGHT>",
    docs: { groups: ["wherefrom", "whereto"] },
    handler: (call) => {
      const { args } = call;
      lmove(call, readEnd(args, 3), readEnd(args, 4));
    },
  },
  {
    name: "rpoplpush",
    arity: 3,
    flags: ["write", "denyoom"],
    keys: [keyAt(1, "RW", "access delete"), keyAt(2, "RW", "insert")],
    since: "1.2.0",
    complexity: "O(1)",
    summary: "Takes an element from the tail of a list to the head of another.",
    syntax: "source destination",
    deprecated: {
      since: "6.2.0",
      replacedBy: "`LMOVE` with the `RIGHT` and `LEFT` arguments",
    },
    handler: (call) => lmove(call, "tail", "head"),
  },
  {
    name: "blmove",
    arity: 6,
    flags: ["write", "denyoom", "noscript", "blocking"],
    keys: [keyAt(1, "RW", "access delete"), keyAt(2, "RW", "insert")],
    since: "6.2.0",
    complexity: "O(1)",
    summary:
      "Takes an element from an end of a list to an end of another, or waits for one.",
    syntax: "source destination <LEFT | RIGHT> <LEFT | RIGHT> timeout",
    docs: { groups: ["wherefrom", "whereto"] },
    handler: (call) => {
      const { args } = call;
      blmove(call, readEnd(args, 3), readEnd(args, 4), readTimeout(call, 5));
    },
  },
  {
    name: "brpoplpush",
    arity: 4,
    flags: ["write", "denyoom", "noscript", "blocking"],
    keys: [keyAt(1, "RW", "access delete"), keyAt(2, "RW", "insert")],
    since: "2.2.0",
    complexity: "O(1)",
    summary:
      "Takes an element from the tail of a list to the head of another, or waits for one.",
    syntax: "source destination timeout",
    history: [[
      "6.0.0",
      "`timeout` is interpreted as a double instead of an integer.",
    ]],
    deprecated: {
      since: "6.2.0",
      replacedBy: "`BLMOVE` with the `RIGHT` and `LEFT` arguments",
    },
    handler: (call) => blmove(call, "tail", "head", readTimeout(call, 3)),
  },
]);

/** LMOVE and RPOPLPUSH. */
function lmove(call: Call, from: ListEnd, to: ListEnd): void {
  const { args, db, reply } = call;
  const source = args.string(1);
  const list = db.edit(source, "list");
  if (list === undefined) return reply.null();
  move(call, source, list, from, args.string(2), to, 1);
}

/** BLMOVE and BRPOPLPUSH. */
function blmove(
  call: Call,
  from: ListEnd,
  to: ListEnd,
  deadline: number,
): void {
  const { args, client, db, reply, server: { blocking, propagation } } = call;
  const source = args.string(1), destination = args.string(2);
  const hasEnds = args.length > 4;
  const list = db.edit(source, "list");
  if (list !== undefined) {
    move(call, source, list, from, destination, to, 1);
    propagation.rewrite(
      ...hasEnds ? ["LMOVE"] : ["RPOPLPUSH"],
      ...args.strings(1, args.length - 2),
    );
    return;
  }
  if (!client.mayBlock) return reply.null();
  blocking.block(client, {
    keys: [source],
    type: "list",
    deadline,
    serve(call, source) {
      const list = call.db.edit(source, "list")!;
      // Not one more change: the element that came was counted, and has only gone elsewhere.
      move(call, source, list, from, destination, to, 0);
      if (hasEnds) {
        const ends = [from, to].map((end) => end === "head" ? "left" : "right");
        propagation.rewrite("LMOVE", source, destination, ...ends);
      } else propagation.rewrite("RPOPLPUSH", source, destination);
      return true;
    },
    timedOut: ({ reply }) => reply.nullArray(),
  });
}

/** Moves an element from an end of `list`, at `source`, to an end of the list at `destination`, which may be the same one. */
function move(
  call: Call,
  source: string,
  list: List,
  from: ListEnd,
  destination: string,
  to: ListEnd,
  dirty: number,
): void {
  const { db, reply } = call;
  let target = db.edit(destination, "list");
  const element = ownString(popAt(list, from));
  target ??= db.put(destination, new List());
  pushAt(target, to, element);
  db.changed(destination, pushEvent(to), 0);
  db.shrunk(source, list, popEvent(from), dirty);
  reply.bulk(element);
}
