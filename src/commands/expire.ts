import { commandError } from "../protocol/command_error.ts";
import type { Args } from "../protocol/args.ts";
import type { Int64 } from "../protocol/integer.ts";
import {
  type Call,
  type CommandDefinition,
  type CommandFlag,
  commandGroup,
  keyAt,
} from "../server/command.ts";
import { Events } from "../store/events.ts";
import {
  anyExpireTime,
  expireAtOnce,
  type TimeForm,
  TimeForms,
} from "./options.ts";

const NX_EXCLUDES = commandError(
  "NX and XX, GT or LT options at the same time are not compatible",
);
const GT_EXCLUDES_LT = commandError(
  "GT and LT options at the same time are not compatible",
);

/** What the expiry there is must be for it to be set, as bits. */
const Conditions = { NX: 1, XX: 2, GT: 4, LT: 8 } as const;

export const expireCommands = commandGroup("generic", [
  setting(
    "expire",
    TimeForms.EX,
    "1.0.0",
    "Sets in how many seconds a key expires.",
    "key seconds",
  ),
  setting(
    "pexpire",
    TimeForms.PX,
    "2.6.0",
    "Sets in how many milliseconds a key expires.",
    "key milliseconds",
  ),
  setting(
    "expireat",
    TimeForms.EXAT,
    "1.2.0",
    "Sets when a key expires, in unix seconds.",
    "key unix-time-seconds",
  ),
  setting(
    "pexpireat",
    TimeForms.PXAT,
    "2.6.0",
    "Sets when a key expires, in unix milliseconds.",
    "key unix-time-milliseconds",
  ),
  asking(
    "ttl",
    TimeForms.EX,
    "1.0.0",
    "Answers in how many seconds a key expires.",
  ),
  asking(
    "pttl",
    TimeForms.PX,
    "2.6.0",
    "Answers in how many milliseconds a key expires.",
  ),
  asking(
    "expiretime",
    TimeForms.EXAT,
    "7.0.0",
    "Answers when a key expires, in unix seconds.",
  ),
  asking(
    "pexpiretime",
    TimeForms.PXAT,
    "7.0.0",
    "Answers when a key expires, in unix milliseconds.",
  ),
  {
    name: "persist",
    arity: 2,
    flags: ["write", "fast"],
    keys: [keyAt(1, "RW", "update")],
    categories: ["keyspace"],
    since: "2.2.0",
    complexity: "O(1)",
    summary: "Has a key never expire.",
    syntax: "key",
    handler: persist,
  },
]);

/** One of the EXPIRE family. */
function setting(
  name: string,
  form: TimeForm,
  since: string,
  summary: string,
  syntax: string,
): CommandDefinition {
  return {
    ...about(name, "RW", "update", ["write", "fast"], since, summary),
    arity: -3,
    syntax: `${syntax} [NX | XX | GT | LT]`,
    docs: { groups: ["condition"], since: { condition: "7.0.0" } },
    history: [["7.0.0", "Added options: `NX`, `XX`, `GT` and `LT`."]],
    handler: (call) => expire(call, form, name),
  };
}

/** One of the TTL family. */
function asking(
  name: string,
  form: TimeForm,
  since: string,
  summary: string,
): CommandDefinition {
  const relative = form.from === "now";
  return {
    ...about(name, "RO", "access", ["readonly", "fast"], since, summary),
    arity: 2,
    syntax: "key",
    ...relative && {
      tips: ["nondeterministic_output"],
      history: [["2.8.0", "Added the -2 reply."]] as const,
    },
    handler: (call) => remaining(call, form),
  };
}

function about(
  name: string,
  access: "RO" | "RW",
  use: string,
  flags: readonly CommandFlag[],
  since: string,
  summary: string,
) {
  return {
    name,
    flags,
    keys: [keyAt(1, access, use)],
    categories: ["keyspace"],
    since,
    complexity: "O(1)",
    summary,
  };
}

function expire(call: Call, form: TimeForm, command: string): void {
  const { args, client, db, now, reply, server } = call;
  const conditions = args.length === 3 ? 0 : conditionsFrom(args);
  const expiresAt = anyExpireTime(args, 2, form, now, command);
  const key = args.string(1);
  if (!db.touch(key)) return reply.integer(0);
  if (
    conditions !== 0 && !allows(conditions, expiresAt, db.exactExpiresAt(key)!)
  ) return reply.integer(0);
  // Whoever has propagated this will propagate, too, that the key goes.
  if (expiresAt <= now && !client.mustObey) expireAtOnce(server, db, key);
  else {
    db.setExpiry(key, expiresAt);
    db.changed(key, Events.expire);
    if (form !== TimeForms.PXAT && server.propagation.active) {
      const conditions = args.strings(3);
      server.propagation.rewrite("PEXPIREAT", key, expiresAt, ...conditions);
    }
  }
  reply.integer(1);
}

function conditionsFrom(args: Args): number {
  let conditions = 0;
  for (let i = 3; i < args.length; i++) {
    if (args.is(i, "NX")) conditions |= Conditions.NX;
    else if (args.is(i, "XX")) conditions |= Conditions.XX;
    else if (args.is(i, "GT")) conditions |= Conditions.GT;
    else if (args.is(i, "LT")) conditions |= Conditions.LT;
    else throw commandError(`Unsupported option ${args.printed(i)}`);
  }
  const { NX, GT, LT } = Conditions;
  if ((conditions & NX) !== 0 && conditions !== NX) throw NX_EXCLUDES;
  if ((conditions & GT) !== 0 && (conditions & LT) !== 0) throw GT_EXCLUDES_LT;
  return conditions;
}

/** A key that never expires counts as one that expires later than any other; but GT never replaces that. */
function allows(conditions: number, wanted: Int64, current: Int64): boolean {
  const { NX, XX, GT, LT } = Conditions;
  if ((conditions & NX) !== 0 && current !== Infinity) return false;
  if ((conditions & XX) !== 0 && current === Infinity) return false;
  if ((conditions & GT) !== 0 && wanted <= current) return false;
  if ((conditions & LT) !== 0 && wanted >= current) return false;
  return true;
}

function remaining(
  { args, db, now, reply }: Call,
  { unit, from }: TimeForm,
): void {
  const key = args.string(1);
  if (db.look(key) === undefined) return reply.integer(-2);
  const expiresAt = db.exactExpiresAt(key)!;
  if (expiresAt === Infinity) return reply.integer(-1);
  const origin = from === "now" ? now : 0;
  if (typeof expiresAt === "bigint") {
    const ms = expiresAt - BigInt(origin);
    return reply.integer(unit === "seconds" ? (ms + 500n) / 1000n : ms);
  }
  // Its time may have come since the transaction or script began in which it is still there.
  const ms = Math.max(0, expiresAt - origin);
  reply.integer(unit === "seconds" ? Math.floor((ms + 500) / 1000) : ms);
}

function persist({ args, db, reply }: Call): void {
  const key = args.string(1);
  if (!db.touch(key) || db.expiresAt(key) === Infinity) return reply.integer(0);
  db.setExpiry(key, Infinity);
  db.changed(key, Events.persist);
  reply.integer(1);
}
