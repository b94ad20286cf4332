import type { Args } from "../protocol/args.ts";
import { compareBytes } from "../protocol/byte_string.ts";
import {
  commandError,
  SYNTAX_ERROR,
  WRONG_TYPE,
} from "../protocol/command_error.ts";
import {
  type Call,
  commandGroup,
  keyAt,
  keysCountedAt,
} from "../server/command.ts";
import { countedKeys } from "../server/command_keys.ts";
import { Events, type KeyEvent } from "../store/events.ts";
import { type ScoredMember, SortedSet } from "../store/values/sorted_set.ts";
import {
  type ReadonlyMemberSet,
  type ReadonlySortedSet,
} from "../store/values/value.ts";
import { storeSortedSet } from "./sorted_set_store.ts";

const WEIGHT_NOT_A_FLOAT = commandError("weight value is not a float");
const LIMIT_NEGATIVE = commandError("LIMIT can't be negative");

const UNION_COMPLEXITY =
  "O(N)+O(M*log(M)) with N being the sum of the sizes of the input sorted sets, and M being the number of elements in the resulting sorted set.";
const INTER_COMPLEXITY =
  "O(N*K)+O(M*log(M)) worst case with N being the smallest input sorted set, K being the number of input sorted sets and M being the number of elements in the resulting sorted set.";
const DIFF_COMPLEXITY =
  "O(L + (N-K)log(N)) worst case where L is the total number of elements in all the sets, N is the size of the first set, and K is the size of the result set.";
const WEIGHTED = "[WEIGHTS weight [weight ...]] [AGGREGATE <SUM | MIN | MAX>]";

/** The sorted set commands that make one of several, sets among them. */
export const sortedSetCombineCommands = commandGroup("sorted-set", [
  {
    name: "zunion",
    arity: -3,
    flags: ["readonly"],
    keys: [keysCountedAt(1, "RO", "access")],
    findKeys: (args) => countedKeys(args, 1, 2),
    since: "6.2.0",
    complexity: UNION_COMPLEXITY,
    summary: "Answers the members that any of several sorted sets has.",
    syntax: `numkeys key [key ...] ${WEIGHTED} [WITHSCORES]`,
    docs: { groups: ["aggregate"] },
    handler: (call) => replyWith(call, union),
  },
  {
    name: "zunionstore",
    arity: -4,
    flags: ["write", "denyoom"],
    keys: [keyAt(1, "OW", "update"), keysCountedAt(2, "RO", "access")],
    findKeys: (args) => countedKeys(args, 2, 3, 1),
    since: "2.0.0",
    complexity:
      "O(N)+O(M log(M)) with N being the sum of the sizes of the input sorted sets, and M being the number of elements in the resulting sorted set.",
    summary: "Stores the members that any of several sorted sets has.",
    syntax: `destination numkeys key [key ...] ${WEIGHTED}`,
    docs: { groups: ["aggregate"] },
    handler: (call) => store(call, union, Events.zunionstore),
  },
  {
    name: "zinter",
    arity: -3,
    flags: ["readonly"],
    keys: [keysCountedAt(1, "RO", "access")],
    findKeys: (args) => countedKeys(args, 1, 2),
    since: "6.2.0",
    complexity: INTER_COMPLEXITY,
    summary: "Answers the members that all of several sorted sets have.",
    syntax: `numkeys key [key ...] ${WEIGHTED} [WITHSCORES]`,
    docs: { groups: ["aggregate"] },
    handler: (call) => replyWith(call, intersection),
  },
  {
    name: "zinterstore",
    arity: -4,
    flags: ["write", "denyoom"],
    keys: [keyAt(1, "OW", "update"), keysCountedAt(2, "RO", "access")],
    findKeys: (args) => countedKeys(args, 2, 3, 1),
    since: "2.0.0",
    complexity: INTER_COMPLEXITY,
    summary: "Stores the members that all of several sorted sets have.",
    syntax: `destination numkeys key [key ...] ${WEIGHTED}`,
    docs: { groups: ["aggregate"] },
    handler: (call) => store(call, intersection, Events.zinterstore),
  },
  {
    name: "zintercard",
    arity: -3,
    flags: ["readonly"],
    keys: [keysCountedAt(1, "RO", "access")],
    findKeys: (args) => countedKeys(args, 1, 2),
    since: "7.0.0",
    complexity:
      "O(N*K) worst case with N being the smallest input sorted set, K being the number of input sorted sets.",
    summary: "Counts the members that all of several sorted sets have.",
    syntax: "numkeys key [key ...] [LIMIT limit]",
    handler: zintercard,
  },
  {
    name: "zdiff",
    arity: -3,
    flags: ["readonly"],
    keys: [keysCountedAt(1, "RO", "access")],
    findKeys: (args) => countedKeys(args, 1, 2),
    since: "6.2.0",
    complexity: DIFF_COMPLEXITY,
    summary: "Answers the members of a sorted set that others lack.",
    syntax: "numkeys key [key ...] [WITHSCORES]",
    handler: (call) => replyWith(call, difference),
  },
  {
    name: "zdiffstore",
    arity: -4,
    flags: ["write", "denyoom"],
    keys: [keyAt(1, "OW", "update"), keysCountedAt(2, "RO", "access")],
    findKeys: (args) => countedKeys(args, 2, 3, 1),
    since: "6.2.0",
    complexity: DIFF_COMPLEXITY,
    summary: "Stores the members of a sorted set that others lack.",
    syntax: "destination numkeys key [key ...]",
    handler: (call) => store(call, difference, Events.zdiffstore),
  },
]);

/** A sorted set, a set whose members count as scored 1, or nothing, with what its scores are multiplied by. */
interface Input {
  readonly value: ReadonlySortedSet | ReadonlyMemberSet | undefined;
  readonly length: number;
  weight: number;
}

/** Makes one score of two. */
type Aggregate = (score: number, other: number) => number;

const AGGREGATES = {
  SUM: (score, other) => orZero(score + other),
  MIN: (score, other) => other < score ? other : score,
  MAX: (score, other) => other > score ? other : score,
} as const satisfies Record<string, Aggregate>;

/** Combines inputs; the result has no order. */
interface Combination {
  readonly combine: (
    inputs: readonly Input[],
    aggregate: Aggregate,
  ) => ScoredMember[];
  /** Whether it knows WEIGHTS and AGGREGATE. */
  readonly weighted: boolean;
}

const union: Combination = {
  weighted: true,
  combine(inputs, aggregate) {
    const scores = new Map<string, number>();
    for (const input of bySize(inputs)) {
      visit(input, (member, score) => {
        const weighted = orZero(input.weight * score);
        const previous = scores.get(member);
        scores.set(
          member,
          previous === undefined ? weighted : aggregate(previous, weighted),
        );
      });
    }
    return [...scores];
  },
};

const intersection: Combination = {
  weighted: true,
  combine(inputs, aggregate) {
    const result: ScoredMember[] = [];
    const [smallest, ...others] = bySize(inputs);
    visit(smallest!, (member, score) => {
      let combined = orZero(smallest!.weight * score);
      for (const other of others) {
        const score = scoreIn(other, member);
        if (score === undefined) return;
        combined = aggregate(combined, score * other.weight);
      }
      result.push([member, combined]);
    });
    return result;
  },
};

const difference: Combination = {
  weighted: false,
  combine([first, ...others]) {
    const result: ScoredMember[] = [];
    visit(first!, (member, score) => {
      const taken = others.some((other) =>
        scoreIn(other, member) !== undefined
      );
      if (!taken) result.push([member, score]);
    });
    return result;
  },
};

/** ZUNION, ZINTER and ZDIFF. */
function replyWith(call: Call, combination: Combination): void {
  const { reply } = call;
  const { inputs, optionsAt } = readInputs(call, 1);
  const options = readOptions(call.args, optionsAt, inputs, combination, true);
  const result = combination.combine(inputs, options.aggregate);
  result.sort(compareEntries);
  if (!options.withScores) {
    return reply.bulks(result.map(([member]) => member));
  }
  reply.pairs(result.length);
  for (const [member, score] of result) {
    reply.pair();
    reply.bulk(member);
    reply.double(score);
  }
}

/** ZUNIONSTORE, ZINTERSTORE and ZDIFFSTORE. */
function store(call: Call, combination: Combination, event: KeyEvent): void {
  const { args, server } = call;
  const { inputs, optionsAt } = readInputs(call, 2);
  const { aggregate } = readOptions(
    args,
    optionsAt,
    inputs,
    combination,
    false,
  );
  const result = combination.combine(inputs, aggregate).sort(compareEntries);
  const set = SortedSet.from(result, server.store.thresholds);
  storeSortedSet(call, args.string(1), set, event);
}

function zintercard(call: Call): void {
  const { args, reply } = call;
  const { inputs, optionsAt } = readInputs(call, 1);
  let limit = 0;
  for (let i = optionsAt; i < args.length; i += 2) {
    if (!args.is(i, "LIMIT") || i + 1 >= args.length) throw SYNTAX_ERROR;
    limit = args.integerAtLeast(i + 1, 0, LIMIT_NEGATIVE);
  }
  const [smallest, ...others] = bySize(inputs);
  let count = 0;
  for (const member of membersOf(smallest!)) {
    if (others.some((other) => scoreIn(other, member) === undefined)) continue;
    if (++count === limit) break;
  }
  reply.integer(count);
}

/** Reads `numkeys key [key ...]` from argument `at` on; says which argument comes next. */
function readInputs(
  { args, db }: Call,
  at: number,
): { readonly inputs: readonly Input[]; readonly optionsAt: number } {
  const count = args.integer(at);
  if (count < 1) {
    throw commandError(
      `at least 1 input key is needed for '${
        args.string(0).toLowerCase()
      }' command`,
    );
  }
  if (count >= args.length - at) throw SYNTAX_ERROR;
  const inputs = args.strings(at + 1, at + count).map((key): Input => {
    const value = db.readAny(key);
    if (value === undefined) return { value, length: 0, weight: 1 };
    if (
      typeof value === "string" ||
      (value.type !== "zset" && value.type !== "set")
    ) throw WRONG_TYPE;
    return { value, length: value.length, weight: 1 };
  });
  return { inputs, optionsAt: at + 1 + count };
}

/** Reads `[WEIGHTS weight ...] [AGGREGATE <SUM | MIN | MAX>] [WITHSCORES]` from argument `at` on; weights go to the inputs. */
function readOptions(
  args: Args,
  at: number,
  inputs: readonly Input[],
  { weighted }: Combination,
  replies: boolean,
): { readonly aggregate: Aggregate; readonly withScores: boolean } {
  let aggregate: Aggregate = AGGREGATES.SUM;
  let withScores = false;
  for (let i = at; i < args.length; i++) {
    if (weighted && args.is(i, "WEIGHTS") && i + inputs.length < args.length) {
      for (const input of inputs) {
        input.weight = args.double(++i, WEIGHT_NOT_A_FLOAT);
      }
    } else if (weighted && args.is(i, "AGGREGATE") && i + 1 < args.length) {
      aggregate = readAggregate(args, ++i);
    } else if (replies && args.is(i, "WITHSCORES")) withScores = true;
    else throw SYNTAX_ERROR;
  }
  return { aggregate, withScores };
}

function readAggregate(args: Args, i: number): Aggregate {
  if (args.is(i, "SUM")) return AGGREGATES.SUM;
  if (args.is(i, "MIN")) return AGGREGATES.MIN;
  if (args.is(i, "MAX")) return AGGREGATES.MAX;
  throw SYNTAX_ERROR;
}

/** The smallest first, as Redis takes them: the order of a sum decides how it is rounded. */
function bySize(inputs: readonly Input[]): Input[] {
  return inputs.toSorted((a, b) => a.length - b.length);
}

function visit(
  { value }: Input,
  visit: (member: string, score: number) => void,
): void {
  if (value === undefined) return;
  if (value.type === "zset") return value.visit(0, value.length, visit);
  for (const member of value) visit(member, 1);
}

function* membersOf({ value }: Input): Generator<string> {
  if (value === undefined) return;
  if (value.type === "set") yield* value;
  else for (const [member] of value) yield member;
}

/** Returns the score of a member in an input, `undefined` when it is not there. */
function scoreIn({ value }: Input, member: string): number | undefined {
  if (value === undefined) return undefined;
  if (value.type === "zset") return value.score(member);
  return value.has(member) ? 1 : undefined;
}

/** What infinities cancel out to, Redis takes for zero. */
function orZero(score: number): number {
  return Number.isNaN(score) ? 0 : score;
}

function compareEntries(
  [member, score]: ScoredMember,
  [other, otherScore]: ScoredMember,
): number {
  if (score !== otherScore) return score < otherScore ? -1 : 1;
  return compareBytes(member, other);
}
