import { NOT_POSITIVE, SYNTAX_ERROR } from "../protocol/command_error.ts";
import { type Call, commandGroup, keyAt } from "../server/command.ts";
import { Events } from "../store/events.ts";
import { PackedValue } from "../store/packed.ts";
import { sample } from "../store/random.ts";
import { MemberSet } from "../store/values/set.ts";
import { randomCount } from "./random_count.ts";

/** SPOP builds the set anew when it takes more than so many times what remains. */
const REBUILD_RATIO = 5;

/** The set commands that pick members at random. */
export const setRandomCommands = commandGroup("set", [
  {
    name: "spop",
    arity: -2,
    flags: ["write", "fast"],
    keys: [keyAt(1, "RW", "access delete")],
    tips: ["nondeterministic_output"],
    since: "1.0.0",
    complexity:
      "Without the count argument O(1), otherwise O(N) where N is the value of the passed count.",
    summary: "Takes members picked at random from a set.",
    syntax: "key [count]",
    docs: { since: { count: "3.2.0" } },
    history: [["3.2.0", "Added the `count` argument."]],
    handler: spop,
  },
  {
    name: "srandmember",
    arity: -2,
    flags: ["readonly"],
    keys: [keyAt(1, "RO", "access")],
    tips: ["nondeterministic_output"],
    since: "1.0.0",
    complexity:
      "Without the count argument O(1), otherwise O(N) where N is the absolute value of the passed count.",
    summary: "Answers members of a set picked at random.",
    syntax: "key [count]",
    docs: { since: { count: "2.6.0" } },
    history: [["2.6.0", "Added the optional `count` argument."]],
    handler: srandmember,
  },
]);

function spop(call: Call): void {
  const { args, db, reply, server: { propagation, random } } = call;
  if (args.length > 3) throw SYNTAX_ERROR;
  if (args.length === 3) return popSeveral(call);
  const key = args.key(1);
  const set = db.editToTake(key, "set");
  if (set === undefined) return reply.null();
  const number = random.below(set.length);
  const member = set instanceof PackedValue
    ? set.take(number)
    : take(set, number);
  reply.bulk(member);
  db.shrunk(key, set, Events.spop);
  if (propagation.active) propagation.rewrite("SREM", args.string(1), member);
}

/** SPOP with a count. */
function popSeveral({ args, db, reply, server }: Call): void {
  const key = args.string(1);
  const count = args.integerAtLeast(2, 0, NOT_POSITIVE);
  const set = db.edit(key, "set");
  if (set === undefined || count === 0) return reply.set(0);
  const { propagation, random, store: { thresholds } } = server;
  const popped = Math.min(count, set.length);
  const remaining = set.length - popped;
  reply.set(popped);
  // Redis answers with the set itself then, and counts that as a lookup.
  if (remaining === 0) {
    db.look(key);
    propagation.rewrite("DEL", key);
  } else propagation.suppress();
  const answer = (member: string) => {
    reply.bulk(member);
    if (remaining > 0) propagation.add(db, "SREM", key, member);
  };
  if (remaining * REBUILD_RATIO > popped) {
    for (let i = 0; i < popped; i++) {
      answer(take(set, random.below(set.length)));
    }
    return db.changed(key, Events.spop, popped);
  }
  // What remains is a new set, in Redis too: it can be an intset although the old one was none.
  const rest = new MemberSet();
  const others = set.copy();
  for (let i = 0; i < remaining; i++) {
    rest.add(take(others, random.below(others.length)), thresholds);
  }
  for (let i = 0; i < popped; i++) answer(others.at(i));
  rest.takeCursors(set);
  db.put(key, rest, "keep");
  db.shrunk(key, rest, Events.spop, popped);
}

/** Takes the member with this number out of a set. */
function take(set: MemberSet, number: number): string {
  const member = set.at(number);
  set.deleteAt(number);
  return member;
}

function srandmember(call: Call): void {
  const { args, db, reply, server: { random } } = call;
  if (args.length > 3) throw SYNTAX_ERROR;
  if (args.length === 3) return randomMembers(call);
  const set = db.read(args.key(1), "set");
  if (set === undefined) return reply.null();
  reply.bulk(set.at(random.below(set.length)));
}

/** SRANDMEMBER with a count: of different members, or, when negative, of members that may come again. */
function randomMembers({ args, db, reply, server: { random } }: Call): void {
  const count = Number(randomCount(args, 2));
  const set = db.read(args.key(1), "set");
  if (set === undefined) return reply.array(0);
  const times = Math.abs(count);
  if (count < 0) {
    reply.array(times);
    for (let i = 0; i < times; i++) {
      reply.bulk(set.at(random.below(set.length)));
    }
  } else if (times >= set.length) {
    reply.array(set.length);
    for (let i = 0; i < set.length; i++) reply.bulk(set.at(i));
  } else {
    reply.array(times);
    for (const number of sample(random, times, set.length)) {
      reply.bulk(set.at(number));
    }
  }
}
