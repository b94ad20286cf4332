import { commandError, SYNTAX_ERROR } from "../protocol/command_error.ts";
import { formatDouble } from "../protocol/double.ts";
import { type Call, commandGroup, keyAt } from "../server/command.ts";
import { globMatches } from "../store/glob.ts";
import { sample } from "../store/random.ts";
import type { ReadonlySortedSet } from "../store/values/value.ts";
import { randomCount } from "./random_count.ts";
import { scanCursor, scanOptions, scanReply } from "./scan.ts";

const COUNT_OUT_OF_RANGE = commandError("value is out of range");
/** With scores the reply is twice as long, which must fit the same integer. */
const MOST_PAIRS = 2n ** 62n - 1n;
/** Up to this a listpack has scores that are integers as such. */
const LARGEST_INTEGER = 2 ** 62;

/** The sorted set commands that go by no order: ZRANDMEMBER and ZSCAN. */
export const sortedSetScanCommands = commandGroup("sorted-set", [
  {
    name: "zrandmember",
    arity: -2,
    flags: ["readonly"],
    keys: [keyAt(1, "RO", "access")],
    tips: ["nondeterministic_output"],
    since: "6.2.0",
    complexity: "O(N) where N is the number of elements returned",
    summary: "Answers members picked at random.",
    syntax: "key [count [WITHSCORES]]",
    docs: { groups: ["options"] },
    handler: zrandmember,
  },
  {
    name: "zscan",
    arity: -3,
    flags: ["readonly"],
    keys: [keyAt(1, "RO", "access")],
    tips: ["nondeterministic_output"],
    since: "2.8.0",
    complexity:
      "O(1) for every call. O(N) for a complete iteration, including enough command calls for the cursor to return back to 0. N is the number of elements inside the collection..",
    summary: "Answers some members with their scores, and where to go on.",
    syntax: "key cursor [MATCH pattern] [COUNT count]",
    handler: zscan,
  },
]);

function zrandmember(call: Call): void {
  const { args, db, reply, server: { random } } = call;
  if (args.length > 2) return zrandmembers(call);
  const set = db.read(args.key(1), "zset");
  if (set === undefined) return reply.null();
  reply.bulk(set.numberedMember(random.below(set.length)));
}

/** ZRANDMEMBER with a count: of different members, or, when negative, of members that may come again. */
function zrandmembers({ args, db, reply, server: { random } }: Call): void {
  const count = randomCount(args, 2);
  const withScores = args.length === 4 && args.is(3, "WITHSCORES");
  if (args.length > 3 && !withScores) throw SYNTAX_ERROR;
  if (withScores && (count < -MOST_PAIRS || count > MOST_PAIRS)) {
    throw COUNT_OUT_OF_RANGE;
  }
  const set = db.read(args.key(1), "zset");
  if (set === undefined) return reply.array(0);
  const show = (member: string, score: number) => {
    if (withScores) reply.pair();
    reply.bulk(member);
    if (withScores) reply.double(score);
  };
  const showNumbered = (number: number) =>
    show(set.numberedMember(number), set.numberedScore(number));
  const times = Math.abs(Number(count));
  const shown = count < 0 ? times : Math.min(times, set.length);
  if (withScores) reply.pairs(shown);
  else reply.array(shown);
  if (count < 0) {
    for (let i = 0; i < times; i++) showNumbered(random.below(set.length));
  } else if (shown === set.length && shown > 1) {
    set.visitBack(set.length - 1, set.length, show);
  } else {
    for (const number of sample(random, shown, set.length)) {
      showNumbered(number);
    }
  }
}

function zscan({ args, db, reply }: Call): void {
  const cursor = scanCursor(args, 2);
  const set = db.read(args.key(1), "zset");
  if (set === undefined) return scanReply(reply, 0, []);
  const { pattern, count } = scanOptions(args, 3, "without type");
  const found: string[] = [];
  const next = set.scan(cursor, count, (member, score) => {
    if (pattern !== undefined && !globMatches(pattern, member)) return;
    found.push(member, heldScore(set, score));
  });
  scanReply(reply, next, found);
}

/** Returns a score as ZSCAN shows it: as it is held. */
function heldScore({ encoding }: ReadonlySortedSet, score: number): string {
  return encoding === "listpack" && Number.isInteger(score) &&
      Math.abs(score) <= LARGEST_INTEGER
    ? String(BigInt(score))
    : formatDouble(score);
}
