/** Sending keys to another server. */
import type { Args } from "../protocol/args.ts";
import { commandError, SYNTAX_ERROR } from "../protocol/command_error.ts";
import {
  type Call,
  commandGroup,
  type FoundKey,
  keyAt,
} from "../server/command.ts";

const NOT_IN_TRANSACTION = commandError(
  "MIGRATE is not allowed in transactions and scripts here",
);
const KEY_NOT_EMPTY = commandError(
  "When using MIGRATE KEYS option, the key argument must be set to the empty string",
);
const DEFAULT_TIMEOUT_MS = 1000;
const FIRST_OPTION = 6;

export const migrateCommands = commandGroup("generic", [
  {
    name: "migrate",
    arity: -6,
    flags: ["write"],
    keys: [
      keyAt(3, "RW", "access delete"),
      {
        flags: ["RW", "access", "delete", "incomplete"],
        begin: { keyword: "KEYS", startFrom: -2 },
        find: { lastKey: -1, step: 1, limit: 0 },
      },
    ],
    findKeys: keysOfMigrate,
    categories: ["keyspace", "dangerous"],
    tips: ["nondeterministic_output"],
    since: "2.6.0",
    complexity:
      "This command actually executes a DUMP+DEL in the source instance, and a RESTORE in the target instance. See the pages of these commands for time complexity. Also an O(N) data transfer between the two instances is performed.",
    summary: "Moves keys to another server.",
    syntax:
      'host port <key | ""> destination-db timeout [COPY] [REPLACE] [[AUTH password] | [AUTH2 username password]] [KEYS key [key ...]]',
    docs: {
      groups: ["key_or_empty_string", "authentication", "username_password"],
      names: { '""': "empty_string" },
      types: { timeout: "integer" },
      since: {
        COPY: "3.0.0",
        REPLACE: "3.0.0",
        AUTH: "4.0.7",
        AUTH2: "6.0.0",
        KEYS: "3.0.6",
      },
    },
    history: [
      ["3.0.0", "Added the `COPY` and `REPLACE` options."],
      ["3.0.6", "Added the `KEYS` option."],
      ["4.0.7", "Added the `AUTH` option."],
      ["6.0.0", "Added the `AUTH2` option."],
    ],
    secrets: (args) => optionsFrom(args).secrets,
    handler: migrate,
  },
]);

/** What follows the five arguments that MIGRATE always has. */
interface Options {
  readonly copy: boolean;
  readonly replace: boolean;
  /** Which arguments are a user's name and password. */
  readonly secrets: readonly number[];
  /** The first key, as the index of its argument, and how many there are. */
  readonly firstKey: number;
  readonly keys: number;
  /** Whether the options are in order. */
  readonly valid: boolean;
}

function optionsFrom(args: Args): Options {
  let copy = false, replace = false, valid = true;
  let firstKey = 3, keys = 1;
  let secrets: number[] = [];
  for (let i = FIRST_OPTION; i < args.length; i++) {
    const more = args.length - 1 - i;
    if (args.is(i, "COPY")) copy = true;
    else if (args.is(i, "REPLACE")) replace = true;
    else if (args.is(i, "KEYS")) {
      firstKey = i + 1;
      keys = more;
      break;
    } else {
      const words = args.is(i, "AUTH") ? 1 : args.is(i, "AUTH2") ? 2 : 0;
      if (words === 0 || words > more) valid = false;
      else secrets = Array.from({ length: words }, (_, n) => i + 1 + n);
      i += words;
    }
  }
  return { copy, replace, secrets, firstKey, keys, valid };
}

/** Finds the keys where KEYS names them. */
function keysOfMigrate(args: Args): readonly FoundKey[] {
  const { firstKey, keys } = optionsFrom(args);
  if (firstKey > 3 && args.size(3) > 0) return [];
  return Array.from({ length: keys }, (_, i) => ({
    index: firstKey + i,
    flags: ["RW", "access", "delete"],
  }));
}

function migrate(call: Call): void {
  const { args, client, db, reply, server } = call;
  const options = optionsFrom(args);
  const { copy, firstKey, replace, secrets } = options;
  if (!options.valid) throw SYNTAX_ERROR;
  if (firstKey > 3 && args.size(3) > 0) throw KEY_NOT_EMPTY;
  const timeoutMs = args.integer(5);
  const database = args.integer(4);
  const keys = args.strings(firstKey, firstKey + options.keys - 1).filter((
    key,
  ) => db.readAny(key) !== undefined);
  if (keys.length === 0) return reply.status("NOKEY");
  // Differs from Redis: MIGRATE waits for the other server without stopping this one, which cannot be in the middle of anything then.
  if (!client.mayBlock) throw NOT_IN_TRANSACTION;
  server.migrations.begin(client, {
    host: args.string(1),
    port: Number.parseInt(args.string(2), 10) || 0,
    database,
    timeoutMs: timeoutMs <= 0 ? DEFAULT_TIMEOUT_MS : timeoutMs,
    credentials: secrets.map((i) => args.string(i)),
    db,
    keys,
    copy,
    replace,
  });
}
