import {
  commandError,
  NOT_POSITIVE,
  SYNTAX_ERROR,
} from "../protocol/command_error.ts";
import type { ReplyWriter } from "../protocol/reply.ts";
import { readTimeout } from "../server/blocking.ts";
import {
  type Call,
  commandGroup,
  keyAt,
  keysCountedAt,
  keysFrom,
} from "../server/command.ts";
import { countedKeys } from "../server/command_keys.ts";
import { Events } from "../store/events.ts";
import { PackedValue } from "../store/packed.ts";
import { memberAt, scoreAt } from "../store/packed_edits.ts";
import type { SortedSet } from "../store/values/sorted_set.ts";

const NO_KEYS = commandError("numkeys should be greater than 0");
const NO_COUNT = commandError("count should be greater than 0");

/** The sorted set commands that take members with the lowest or highest scores, at once or as soon as there are some. */
export const sortedSetPopCommands = commandGroup("sorted-set", [
  {
    name: "zpopmin",
    arity: -2,
    flags: ["write", "fast"],
    keys: [keyAt(1, "RW", "access delete")],
    since: "5.0.0",
    complexity:
      "O(log(N)*M) with N being the number of elements in the sorted set, and M being the number of elements popped.",
    summary: "Takes the members with the lowest scores.",
    syntax: "key [count]",
    handler: (call) => pop(call, "min"),
  },
  {
    name: "zpopmax",
    arity: -2,
    flags: ["write", "fast"],
    keys: [keyAt(1, "RW", "access delete")],
    since: "5.0.0",
    complexity:
      "O(log(N)*M) with N being the number of elements in the sorted set, and M being the number of elements popped.",
    summary: "Takes the members with the highest scores.",
    syntax: "key [count]",
    handler: (call) => pop(call, "max"),
  },
  {
    name: "zmpop",
    arity: -4,
    flags: ["write"],
    keys: [keysCountedAt(1, "RW", "access delete")],
    findKeys: (args) => countedKeys(args, 1, 2),
    since: "7.0.0",
    complexity:
      "O(K) + O(M*log(N)) where K is the number of provided keys, N being the number of elements in the sorted set, and M being the number of elements popped.",
    summary:
      "Takes members with the lowest or highest scores from the first sorted set that has any.",
    syntax: "numkeys key [key ...] <MIN | MAX> [COUNT count]",
    docs: { groups: ["where"] },
    handler: zmpop,
  },
  {
    name: "bzpopmin",
    arity: -3,
    flags: ["write", "noscript", "fast", "blocking"],
    keys: [keysFrom(1, -2, 1, "RW", "access delete")],
    since: "5.0.0",
    complexity:
      "O(log(N)) with N being the number of elements in the sorted set.",
    summary:
      "Takes the member with the lowest score from the first sorted set that has any, or waits for one.",
    syntax: "key [key ...] timeout",
    history: [[
      "6.0.0",
      "`timeout` is interpreted as a double instead of an integer.",
    ]],
    handler: (call) => blockingPop(call, "min"),
  },
  {
    name: "bzpopmax",
    arity: -3,
    flags: ["write", "noscript", "fast", "blocking"],
    keys: [keysFrom(1, -2, 1, "RW", "access delete")],
    since: "5.0.0",
    complexity:
      "O(log(N)) with N being the number of elements in the sorted set.",
    summary:
      "Takes the member with the highest score from the first sorted set that has any, or waits for one.",
    syntax: "key [key ...] timeout",
    history: [[
      "6.0.0",
      "`timeout` is interpreted as a double instead of an integer.",
    ]],
    handler: (call) => blockingPop(call, "max"),
  },
  {
    name: "bzmpop",
    arity: -5,
    flags: ["write", "blocking"],
    keys: [keysCountedAt(2, "RW", "access delete")],
    findKeys: (args) => countedKeys(args, 2, 3),
    since: "7.0.0",
    complexity:
      "O(K) + O(M*log(N)) where K is the number of provided keys, N being the number of elements in the sorted set, and M being the number of elements popped.",
    summary:
      "Takes members with the lowest or highest scores from the first sorted set that has any, or waits for some.",
    syntax: "timeout numkeys key [key ...] <MIN | MAX> [COUNT count]",
    docs: { groups: ["where"] },
    handler: bzmpop,
  },
]);

/** From where members are taken: the lowest scores first, or the highest. */
type Extreme = "min" | "max";

/** ZPOPMIN and ZPOPMAX. */
function pop({ args, db, reply }: Call, extreme: Extreme): void {
  if (args.length > 3) throw SYNTAX_ERROR;
  const counted = args.length === 3;
  const count = counted ? args.integerAtLeast(2, 0, NOT_POSITIVE) : 1;
  const key = args.key(1);
  const set = db.editToTake(key, "zset");
  if (set === undefined || count === 0) return reply.array(0);
  const taken = Math.min(count, set.length);
  if (counted) reply.pairs(taken);
  else reply.array(2);
  for (let i = 0; i < taken; i++) {
    if (counted) reply.pair();
    popOne(reply, set, extreme);
  }
  db.shrunk(key, set, popEvent(extreme), taken);
}

function zmpop(call: Call): void {
  const { args, db, reply } = call;
  const { firstKey, lastKey, extreme, count } = readMultiPop(args, 1);
  for (let i = firstKey; i <= lastKey; i++) {
    const key = args.string(i);
    const set = db.edit(key, "zset");
    if (set === undefined) continue;
    return replyWithKeyAndMembers(call, key, set, extreme, count);
  }
  reply.nullArray();
}

/** BZPOPMIN and BZPOPMAX. */
function blockingPop(call: Call, extreme: Extreme): void {
  const { args } = call;
  const last = args.length - 1;
  const deadline = readTimeout(call, last);
  takeOrWait(call, 1, last - 1, deadline, ({ db, reply, server }, key, set) => {
    reply.array(3);
    reply.bulk(key);
    popOne(reply, set, extreme);
    db.shrunk(key, set, popEvent(extreme));
    server.propagation.rewrite(popName(extreme), key);
  });
}

function bzmpop(call: Call): void {
  const { firstKey, lastKey, extreme, count } = readMultiPop(call.args, 2);
  const deadline = readTimeout(call, 1);
  takeOrWait(call, firstKey, lastKey, deadline, (call, key, set) => {
    replyWithKeyAndMembers(call, key, set, extreme, count);
  });
}

/** What ZMPOP and BZMPOP are told. */
interface MultiPop {
  /** The first and the last key, as indexes of arguments. */
  readonly firstKey: number;
  readonly lastKey: number;
  readonly extreme: Extreme;
  readonly count: number;
}

/** Reads `numkeys key [key ...] <MIN | MAX> [COUNT count]` from argument `at` on. */
function readMultiPop(args: Call["args"], at: number): MultiPop {
  const lastKey = at + args.integerAtLeast(at, 1, NO_KEYS);
  const extreme = args.is(lastKey + 1, "MIN")
    ? "min"
    : args.is(lastKey + 1, "MAX")
    ? "max"
    : undefined;
  if (extreme === undefined) throw SYNTAX_ERROR;
  let count: number | undefined;
  for (let i = lastKey + 2; i < args.length; i += 2) {
    if (count !== undefined || !args.is(i, "COUNT") || i + 1 >= args.length) {
      throw SYNTAX_ERROR;
    }
    count = args.integerAtLeast(i + 1, 1, NO_COUNT);
  }
  return { firstKey: at + 1, lastKey, extreme, count: count ?? 1 };
}

/** Takes from a sorted set and replies with the key and what was taken. */
type Take = (call: Call, key: string, set: SortedSet) => void;

/** Takes from the first of the keys that holds a sorted set, or waits until one does. */
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
    const set = db.edit(key, "zset");
    if (set !== undefined) return take(call, key, set);
  }
  if (!client.mayBlock) return reply.nullArray();
  server.blocking.block(client, {
    keys: args.strings(firstKey, lastKey),
    type: "zset",
    deadline,
    serve(call, key) {
      take(call, key, call.db.edit(key, "zset")!);
      return true;
    },
    timedOut: ({ reply }) => reply.nullArray(),
  });
}

/** Replies with the key and up to `count` members with their scores, in pairs whatever the protocol, and removes them. */
function replyWithKeyAndMembers(
  { db, reply, server }: Call,
  key: string,
  set: SortedSet,
  extreme: Extreme,
  count: number,
): void {
  const taken = Math.min(count, set.length);
  reply.array(2);
  reply.bulk(key);
  reply.array(taken);
  for (let i = 0; i < taken; i++) {
    reply.array(2);
    popOne(reply, set, extreme);
  }
  db.shrunk(key, set, popEvent(extreme), taken);
  server.propagation.rewrite(popName(extreme), key, taken);
}

/** The command that does the same without choosing among keys or waiting. */
function popName(extreme: Extreme): string {
  return extreme === "min" ? "ZPOPMIN" : "ZPOPMAX";
}

/** Replies with the member at an end and its score, and removes it. */
function popOne(
  reply: ReplyWriter,
  set: SortedSet | PackedValue,
  extreme: Extreme,
): void {
  if (set instanceof PackedValue) {
    const at = set.place(extreme === "min" ? 0 : set.length - 1);
    reply.bulkRange(memberAt(set, at));
    reply.double(scoreAt(set, at));
    return set.remove(at, 1);
  }
  const member = set.at(extreme === "min" ? 0 : set.length - 1);
  reply.bulk(member);
  reply.double(set.score(member)!);
  set.delete(member);
}

function popEvent(extreme: Extreme) {
  return extreme === "min" ? Events.zpopmin : Events.zpopmax;
}
