import { commandError } from "../protocol/command_error.ts";
import {
  type Call,
  type CommandDefinition,
  commandGroup,
  type Handler,
  keyAt,
} from "../server/command.ts";
import type { Server } from "../server/server.ts";
import type { ReadonlyValue } from "../store/values/value.ts";
import { stringEncoding } from "../store/values/string_encoding.ts";
import { helpOf } from "./help.ts";

const SWITCHING =
  "Please note that when switching between policies at runtime LRU and LFU data will take some time to adjust.";
const IDLE_TIME_NOT_TRACKED = commandError(
  `An LFU maxmemory policy is selected, idle time not tracked. ${SWITCHING}`,
);
const FREQUENCY_NOT_TRACKED = commandError(
  `An LFU maxmemory policy is not selected, access frequency not tracked. ${SWITCHING}`,
);

/** Redis shares the integers below this one among keys, and answers a count of references that stands for that. */
const SHARED_INTEGERS = 10_000;
const SHARED = 2 ** 31 - 1;

export const objectCommands = commandGroup("generic", [
  {
    name: "object",
    arity: -2,
    flags: [],
    since: "2.2.3",
    complexity: "Depends on subcommand.",
    summary: "Tells of how values are held.",
    syntax: "",
    subcommands: [
      asking("encoding", "2.2.3", "Answers how a value is encoded.", encoding),
      asking(
        "freq",
        "4.0.0",
        "Answers how often a key is accessed, on a logarithmic scale.",
        frequency,
      ),
      {
        name: "help",
        arity: 2,
        flags: ["loading", "stale"],
        categories: ["keyspace"],
        since: "6.2.0",
        complexity: "O(1)",
        summary: "Lists the subcommands of OBJECT.",
        syntax: "",
        handler: helpOf("OBJECT", [
          "ENCODING <key>",
          "    Return the kind of internal representation used in order to store the value",
          "    associated with a <key>.",
          "FREQ <key>",
          "    Return the access frequency index of the <key>. The returned integer is",
          "    proportional to the logarithm of the recent access frequency of the key.",
          "IDLETIME <key>",
          "    Return the idle time of the <key>, that is the approximated number of",
          "    seconds elapsed since the last access to the key.",
          "REFCOUNT <key>",
          "    Return the number of references of the value associated with the specified",
          "    <key>.",
        ]),
      },
      asking(
        "idletime",
        "2.2.3",
        "Answers the seconds since a key was accessed.",
        idleTime,
      ),
      asking(
        "refcount",
        "2.2.3",
        "Answers how many references to a value there are.",
        references,
      ),
    ],
  },
]);

function asking(
  name: string,
  since: string,
  summary: string,
  handler: Handler,
): CommandDefinition {
  return {
    name,
    arity: 3,
    flags: ["readonly"],
    keys: [keyAt(2, "RO")],
    categories: ["keyspace"],
    tips: ["nondeterministic_output"],
    since,
    complexity: "O(1)",
    summary,
    syntax: "key",
    handler,
  };
}

function encoding({ args, db, reply }: Call): void {
  const value = db.look(args.key(2), "silent");
  reply.bulk(value === undefined ? undefined : encodingOf(value));
}

/** Returns what OBJECT ENCODING calls a value. */
export function encodingOf(value: ReadonlyValue): string {
  if (typeof value === "string" || value.type === "string") {
    return stringEncoding(value);
  }
  if (value.type === "stream") return "stream";
  return value.type === "list" ? "quicklist" : value.encoding;
}

function references({ args, db, reply, server }: Call): void {
  const value = db.look(args.key(2), "silent");
  if (value === undefined) return reply.null();
  // Differs from Redis: OBJECT REFCOUNT takes every number from 0 to 9999 for a shared one; there COPY makes one of its own.
  const shared = typeof value === "string" &&
    stringEncoding(value) === "int" && Number(value) >= 0 &&
    Number(value) < SHARED_INTEGERS && sharesIntegers(server);
  reply.integer(shared ? SHARED : 1);
}

/** A shared value could not have an access time of its own, which eviction needs. */
function sharesIntegers({ config }: Server): boolean {
  return config.values.maxmemory === 0 ||
    !/l[rf]u$/.test(config.values["maxmemory-policy"]);
}

function idleTime({ args, db, reply, server }: Call): void {
  const key = args.string(2);
  if (db.look(key, "silent") === undefined) return reply.null();
  if (server.store.frequencies !== undefined) throw IDLE_TIME_NOT_TRACKED;
  reply.integer(db.idleSeconds(key)!);
}

function frequency({ args, db, reply, server }: Call): void {
  const key = args.string(2);
  if (db.look(key, "silent") === undefined) return reply.null();
  if (server.store.frequencies === undefined) throw FREQUENCY_NOT_TRACKED;
  reply.integer(db.frequency(key)!);
}
