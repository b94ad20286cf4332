/** Values as payloads that other servers take. */
import type { Args } from "../protocol/args.ts";
import {
  CommandError,
  commandError,
  SYNTAX_ERROR,
} from "../protocol/command_error.ts";
import { type Int64, wrapInt64 } from "../protocol/integer.ts";
import {
  type Call,
  type CommandDefinition,
  commandGroup,
  keyAt,
} from "../server/command.ts";
import { NEVER_ACCESSED } from "../store/database.ts";
import { Events } from "../store/events.ts";

const BUSY_KEY = new CommandError("BUSYKEY", "Target key name already exists.");
const BAD_TTL = commandError("Invalid TTL value, must be >= 0");
const BAD_IDLE_TIME = commandError("Invalid IDLETIME value, must be >= 0");
const BAD_FREQUENCY = commandError(
  "Invalid FREQ value, must be >= 0 and <= 255",
);
const HIGHEST_FREQUENCY = 255;

export const dumpCommands = commandGroup("generic", [
  {
    name: "dump",
    arity: 2,
    flags: ["readonly"],
    keys: [keyAt(1, "RO", "access")],
    categories: ["keyspace"],
    tips: ["nondeterministic_output"],
    since: "2.6.0",
    complexity:
      "O(1) to access the key and additional O(N*M) to serialize it, where N is the number of Redis objects composing the value and M their average size. For small string values the time complexity is thus O(1)+O(1*M) where M is small, so simply O(1).",
    summary: "Returns a key's value in a form that RESTORE takes.",
    syntax: "key",
    handler: dump,
  },
  restoring("restore", "2.6.0"),
]);

/** What a cluster moves keys with; here it does what RESTORE does. */
export const restoreAskingCommands = commandGroup("server", [
  {
    ...restoring("restore-asking", "3.0.0"),
    flags: ["write", "denyoom", "asking"],
    internal: true,
  },
]);

function restoring(name: string, since: string): CommandDefinition {
  return {
    name,
    arity: -4,
    flags: ["write", "denyoom"],
    keys: [keyAt(1, "OW", "update")],
    categories: ["keyspace", "dangerous"],
    since,
    complexity:
      "O(1) to create the new key and additional O(N*M) to reconstruct the serialized value, where N is the number of Redis objects composing the value and M their average size. For small string values the time complexity is thus O(1)+O(1*M) where M is small, so simply O(1). However for sorted set values the complexity is O(N*M*log(N)) because inserting values into sorted sets is O(log(N)).",
    summary: "Creates a key with a value that DUMP has returned.",
    syntax:
      "key ttl serialized-value [REPLACE] [ABSTTL] [IDLETIME seconds] [FREQ frequency]",
    docs: {
      since: {
        REPLACE: "3.0.0",
        ABSTTL: "5.0.0",
        IDLETIME: "5.0.0",
        FREQ: "5.0.0",
      },
    },
    history: [
      ["3.0.0", "Added the `REPLACE` modifier."],
      ["5.0.0", "Added the `ABSTTL` modifier."],
      ["5.0.0", "Added the `IDLETIME` and `FREQ` options."],
    ],
    handler: restore,
  };
}

function dump({ args, db, reply, server }: Call): void {
  const value = db.readAny(args.key(1));
  if (value === undefined) return reply.null();
  reply.bulkBytes(server.dumps.dump(value));
}

interface RestoreOptions {
  readonly replace: boolean;
  readonly isAbsolute: boolean;
  readonly idleSeconds: number | undefined;
  readonly frequency: number | undefined;
}

function restore({ args, db, now, reply, server }: Call): void {
  const options = optionsFrom(args);
  const key = args.string(1);
  if (!options.replace && db.touch(key)) throw BUSY_KEY;
  const ttl = args.int64(2);
  if (ttl < 0) throw BAD_TTL;
  const value = server.dumps.restore(args.view(3));
  const isRelative = ttl !== 0 && !options.isAbsolute;
  const expiresAt = isRelative ? later(ttl, now) : ttl;
  if (ttl !== 0 && expiresAt <= now) {
    if (db.delete(key)) db.changed(key, Events.del);
    server.propagation.rewrite("DEL", key);
    return reply.ok();
  }
  db.putEntry(key, {
    value,
    expiresAt: ttl === 0 ? Infinity : expiresAt,
    access: NEVER_ACCESSED,
  });
  const { frequency, idleSeconds } = options;
  if (frequency !== undefined) db.setFrequency(key, frequency);
  if (idleSeconds !== undefined) db.setIdleSeconds(key, idleSeconds);
  db.changed(key, Events.restore);
  if (isRelative && server.propagation.active) {
    const [name, , , ...rest] = args.strings(0);
    server.propagation.rewrite(name!, key, expiresAt, ...rest, "ABSTTL");
  }
  reply.ok();
}

function optionsFrom(args: Args): RestoreOptions {
  let replace = false, isAbsolute = false;
  let idleSeconds: number | undefined, frequency: number | undefined;
  for (let i = 4; i < args.length; i++) {
    const more = i + 1 < args.length;
    if (args.is(i, "REPLACE")) replace = true;
    else if (args.is(i, "ABSTTL")) isAbsolute = true;
    else if (args.is(i, "IDLETIME") && more && frequency === undefined) {
      idleSeconds = args.integer(++i);
      if (idleSeconds < 0) throw BAD_IDLE_TIME;
    } else if (args.is(i, "FREQ") && more && idleSeconds === undefined) {
      frequency = args.integer(++i);
      if (frequency < 0 || frequency > HIGHEST_FREQUENCY) throw BAD_FREQUENCY;
    } else throw SYNTAX_ERROR;
  }
  return { replace, isAbsolute, idleSeconds, frequency };
}

/** Adds as C does: what leaves 64 bits is long over. */
function later(ttl: Int64, now: number): Int64 {
  return wrapInt64(BigInt(ttl) + BigInt(now));
}
