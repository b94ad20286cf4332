import {
  commandError,
  NOT_POSITIVE,
  SYNTAX_ERROR,
  wrongArity,
} from "../protocol/command_error.ts";
import { readTimeout } from "../server/blocking.ts";
import {
  type Call,
  commandGroup,
  keyAt,
  keysCountedAt,
  keysFrom,
} from "../server/command.ts";
import { countedKeys } from "../server/command_keys.ts";
import type { PackedValue } from "../store/packed.ts";
import type { List } from "../store/values/list.ts";
import { type ListEnd, popEvent, readEnd, replyWithTaken } from "./list_end.ts";

const NO_KEYS = commandError("numkeys should be greater than 0");
const NO_COUNT = commandError("count should be greater than 0");

/** The list commands that take elements from the ends, at once or as soon as there are some. */
export const listPopCommands = commandGroup("list", [
  {
    name: "lpop",
    arity: -2,
    flags: ["write", "fast"],
    keys: [keyAt(1, "RW", "access delete")],
    since: "1.0.0",
    complexity: "O(N) where N is the number of elements returned",
    summary: "Takes elements from the head of a list.",
    syntax: "key [count]",
    docs: { since: { count: "6.2.0" } },
    history: [["6.2.0", "Added the `count` argument."]],
    handler: (call) => pop(call, "head"),
  },
  {
    name: "rpop",
    arity: -2,
    flags: ["write", "fast"],
    keys: [keyAt(1, "RW", "access delete")],
    since: "1.0.0",
    complexity: "O(N) where N is the number of elements returned",
    summary: "Takes elements from the tail of a list.",
    syntax: "key [count]",
    docs: { since: { count: "6.2.0" } },
    history: [["6.2.0", "Added the `count` argument."]],
    handler: (call) => pop(call, "tail"),
  },
  {
    name: "lmpop",
    arity: -4,
    flags: ["write"],
    keys: [keysCountedAt(1, "RW", "access delete")],
    findKeys: (args) => countedKeys(args, 1, 2),
    since: "7.0.0",
    complexity:
      "O(N+M) where N is the number of provided keys and M is the number of elements returned.",
    summary: "Takes elements from an end of the first list that has any.",
    syntax: "numkeys key [key ...] <LEFT | RIGHT> [COUNT count]",
    docs: { groups: ["where"] },
    handler: lmpop,
  },
  {
    name: "blpop",
    arity: -3,
    flags: ["write", "noscript", "blocking"],
    keys: [keysFrom(1, -2, 1, "RW", "access delete")],
    since: "2.0.0",
    complexity: "O(N) where N is the number of provided keys.",
    summary:
      "Takes the element at the head of the first list that has any, or waits for one.",
    syntax: "key [key ...] timeout",
    history: [[
      "6.0.0",
      "`timeout` is interpreted as a double instead of an integer.",
    ]],
    handler: (call) => blockingPop(call, "head"),
  },
  {
    name: "brpop",
    arity: -3,
    flags: ["write", "noscript", "blocking"],
    keys: [keysFrom(1, -2, 1, "RW", "access delete")],
    since: "2.0.0",
    complexity: "O(N) where N is the number of provided keys.",
    summary:
      "Takes the element at the tail of the first list that has any, or waits for one.",
    syntax: "key [key ...] timeout",
    history: [[
      "6.0.0",
      "`timeout` is interpreted as a double instead of an integer.",
    ]],
    handler: (call) => blockingPop(call, "tail"),
  },
  {
    name: "blmpop",
    arity: -5,
    flags: ["write", "blocking"],
    keys: [keysCountedAt(2, "RW", "access delete")],
    findKeys: (args) => countedKeys(args, 2, 3),
    since: "7.0.0",
    complexity:
      "O(N+M) where N is the number of provided keys and M is the number of elements returned.",
    summary:
      "Takes elements from an end of the first list that has any, or waits for some.",
    syntax: "timeout numkeys key [key ...] <LEFT | RIGHT> [COUNT count]",
    docs: { groups: ["where"] },
    handler: blmpop,
  },
]);

/** LPOP and RPOP. */
function pop(call: Call, end: ListEnd): void {
  const { args, db, reply } = call;
  if (args.length > 2) return popSeveral(call, end);
  const key = args.key(1);
  const list = db.editToTake(key, "list");
  if (list === undefined) return reply.null();
  replyWithTaken(reply, list, end);
  db.shrunk(key, list, popEvent(end));
}

/** LPOP and RPOP with a count. */
function popSeveral(call: Call, end: ListEnd): void {
  const { args, db, reply } = call;
  if (args.length > 3) throw wrongArity(end === "head" ? "lpop" : "rpop");
  const count = args.integerAtLeast(2, 0, NOT_POSITIVE);
  const key = args.string(1);
  const list = db.edit(key, "list");
  if (list === undefined) return reply.nullArray();
  if (count === 0) return reply.array(0);
  replyWithElements(call, key, list, end, count);
}

function lmpop(call: Call): void {
  const { args, db, reply } = call;
  const { firstKey, lastKey, end, count } = readMultiPop(args, 1);
  for (let i = firstKey; i <= lastKey; i++) {
    const key = args.string(i);
    const list = db.edit(key, "list");
    if (list === undefined) continue;
    return replyWithKeyAndElements(call, key, list, end, count);
  }
  reply.nullArray();
}

/** BLPOP and BRPOP. */
function blockingPop(call: Call, end: ListEnd): void {
  const { args } = call;
  const last = args.length - 1;
  const deadline = readTimeout(call, last);
  takeOrWait(call, 1, last - 1, deadline, (call, key, list, dirty) => {
    call.reply.array(2);
    call.reply.bulk(key);
    replyWithTaken(call.reply, list, end);
    call.db.shrunk(key, list, popEvent(end), dirty);
    call.server.propagation.rewrite(popName(end), key);
  });
}

function blmpop(call: Call): void {
  const { firstKey, lastKey, end, count } = readMultiPop(call.args, 2);
  const deadline = readTimeout(call, 1);
  takeOrWait(call, firstKey, lastKey, deadline, (call, key) => {
    const list = call.db.edit(key, "list")!;
    replyWithKeyAndElements(call, key, list, end, count);
  });
}

/** What LMPOP and BLMPOP are told. */
interface MultiPop {
  /** The first and the last key, as indexes of arguments. */
  readonly firstKey: number;
  readonly lastKey: number;
  readonly end: ListEnd;
  readonly count: number;
}

/** Reads `numkeys key [key ...] <LEFT | RIGHT> [COUNT count]` from argument `at` on. */
function readMultiPop(args: Call["args"], at: number): MultiPop {
  const lastKey = at + args.integerAtLeast(at, 1, NO_KEYS);
  if (lastKey + 1 >= args.length) throw SYNTAX_ERROR;
  const end = readEnd(args, lastKey + 1);
  let count: number | undefined;
  for (let i = lastKey + 2; i < args.length; i += 2) {
    if (count !== undefined || !args.is(i, "COUNT") || i + 1 >= args.length) {
      throw SYNTAX_ERROR;
    }
    count = args.integerAtLeast(i + 1, 1, NO_COUNT);
  }
  return { firstKey: at + 1, lastKey, end, count: count ?? 1 };
}

/** Takes from a list and replies with the key and what was taken; a single element counts as `dirty` changes. */
type Take = (
  call: Call,
  key: string,
  list: List | PackedValue,
  dirty: number,
) => void;

/** Takes from the first of the keys that holds a list, or waits until one does. */
function takeOrWait(
  call: Call,
  firstKey: number,
  lastKey: number,
  deadline: number,
  take: Take,
): void {
  const { args, client, db, reply, server } = call;
  for (let i = firstKey; i <= lastKey; i++) {
    const key = args.string(i);
    const list = db.editToTake(key, "list");
    if (list !== undefined) return take(call, key, list, 1);
  }
  if (!client.mayBlock) return reply.nullArray();
  server.blocking.block(client, {
    keys: args.strings(firstKey, lastKey),
    type: "list",
    deadline,
    serve(call, key) {
      // Not one more change: the element that came was counted, and goes as if it had never been there.
      take(call, key, call.db.editToTake(key, "list")!, 0);
      return true;
    },
    timedOut: ({ reply }) => reply.nullArray(),
  });
}

function replyWithKeyAndElements(
  call: Call,
  key: string,
  list: List,
  end: ListEnd,
  count: number,
): void {
  const taken = Math.min(count, list.length);
  call.reply.array(2);
  call.reply.bulk(key);
  replyWithElements(call, key, list, end, count);
  call.server.propagation.rewrite(popName(end), key, taken);
}

/** The command that does the same without choosing among keys or waiting. */
function popName(end: ListEnd): string {
  return end === "head" ? "LPOP" : "RPOP";
}

/** Replies with up to `count` elements, the one at the end first, and removes them. */
function replyWithElements(
  { db, reply }: Call,
  key: string,
  list: List,
  end: ListEnd,
  count: number,
): void {
  const { length } = list;
  const taken = Math.min(count, length);
  reply.array(taken);
  if (end === "head") {
    for (let i = 0; i < taken; i++) reply.bulk(list.at(i));
    list.trim(taken, length - 1);
  } else {
    for (let i = 1; i <= taken; i++) reply.bulk(list.at(length - i));
    list.trim(0, length - 1 - taken);
  }
  db.shrunk(key, list, popEvent(end), taken);
}
