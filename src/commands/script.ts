import type { Args } from "../protocol/args.ts";
import { CommandError, commandError } from "../protocol/command_error.ts";
import {
  type Call,
  type CommandFlag,
  commandGroup,
  type FoundKey,
  type KeyAccess,
  keysCountedAt,
  type KeySpec,
} from "../server/command.ts";
import { countedKeys } from "../server/command_keys.ts";
import type { Command } from "../server/command_table.ts";
import type { Runnable } from "../server/script_run.ts";
import { helpOf } from "./help.ts";

const HASH_LENGTH = 40;
const NO_SCRIPT = new CommandError(
  "NOSCRIPT",
  "No matching script. Please use EVAL.",
);
const TOO_MANY_KEYS = commandError(
  "Number of keys can't be greater than number of args",
);
const NEGATIVE_KEYS = commandError("Number of keys can't be negative");
const FLUSH_OPTIONS = commandError(
  "SCRIPT FLUSH only support SYNC|ASYNC option",
);
const DEBUG_OPTIONS = commandError("Use SCRIPT DEBUG YES/SYNC/NO");

/** Flags of all commands that run scripts. */
export const RUN_FLAGS: readonly CommandFlag[] = [
  "noscript",
  "stale",
  "skip_monitor",
  "no_mandatory_keys",
];

/** The keys of a command that runs a script, of which nobody knows what it will do with them. */
export function unknownUse(access: KeyAccess, use: string): KeySpec {
  return {
    ...keysCountedAt(2, access, use),
    notes: "We cannot tell how the keys will be used so we assume the worst, " +
      (access === "RO" ? "RO and ACCESS" : "RW and UPDATE"),
  };
}

/** Finds the keys of such a command where their number is no integer, but begins as one. */
export function keysOfRun(args: Args): readonly FoundKey[] {
  return countedKeys(args, 2, 3);
}

export const scriptCommands = commandGroup("scripting", [
  {
    name: "eval",
    arity: -3,
    flags: [...RUN_FLAGS, "may_replicate"],
    keys: [unknownUse("RW", "access update")],
    findKeys: keysOfRun,
    since: "2.6.0",
    complexity: "Depends on the script that is executed.",
    summary: "Runs a Lua script.",
    syntax: "script numkeys [key [key ...]] [arg [arg ...]]",
    handler: (call, command) => evaluate(call, command, "text"),
  },
  {
    name: "evalsha",
    arity: -3,
    flags: [...RUN_FLAGS, "may_replicate"],
    keys: [keysCountedAt(2, "RW", "access update")],
    findKeys: keysOfRun,
    since: "2.6.0",
    complexity: "Depends on the script that is executed.",
    summary: "Runs a Lua script that the server knows, by its SHA-1.",
    syntax: "sha1 numkeys [key [key ...]] [arg [arg ...]]",
    handler: (call, command) => evaluate(call, command, "hash"),
  },
  {
    name: "eval_ro",
    arity: -3,
    flags: ["readonly", ...RUN_FLAGS],
    keys: [unknownUse("RO", "access")],
    findKeys: keysOfRun,
    since: "7.0.0",
    complexity: "Depends on the script that is executed.",
    summary: "Runs a Lua script that changes nothing.",
    syntax: "script numkeys [key [key ...]] [arg [arg ...]]",
    handler: (call, command) => evaluate(call, command, "text"),
  },
  {
    name: "evalsha_ro",
    arity: -3,
    flags: ["readonly", ...RUN_FLAGS],
    keys: [keysCountedAt(2, "RO", "access")],
    findKeys: keysOfRun,
    since: "7.0.0",
    complexity: "Depends on the script that is executed.",
    summary: "Runs a Lua script that changes nothing, by its SHA-1.",
    syntax: "sha1 numkeys [key [key ...]] [arg [arg ...]]",
    handler: (call, command) => evaluate(call, command, "hash"),
  },
  {
    name: "script",
    arity: -2,
    flags: [],
    since: "2.6.0",
    complexity: "Depends on subcommand.",
    summary: "Holds the commands about scripts.",
    syntax: "",
    subcommands: [
      {
        name: "debug",
        arity: 3,
        flags: ["noscript"],
        since: "3.2.0",
        complexity: "O(1)",
        summary: "Would choose the debugger of scripts; refused but for NO.",
        syntax: "<YES | SYNC | NO>",
        docs: { groups: ["mode"] },
        handler: debug,
      },
      {
        name: "flush",
        arity: -2,
        flags: ["noscript"],
        tips: ["request_policy:all_nodes", "response_policy:all_succeeded"],
        since: "2.6.0",
        complexity: "O(N) with N being the number of scripts in cache",
        summary: "Forgets all scripts.",
        syntax: "[ASYNC | SYNC]",
        docs: { groups: ["async"], since: { async: "6.2.0" } },
        history: [[
          "6.2.0",
          "Added the `ASYNC` and `SYNC` flushing mode modifiers.",
        ]],
        handler: flush,
      },
      {
        name: "kill",
        arity: 2,
        flags: ["noscript", "allow_busy"],
        tips: ["request_policy:all_shards", "response_policy:one_succeeded"],
        since: "2.6.0",
        complexity: "O(1)",
        summary: "Ends the script that runs, unless it has changed data.",
        syntax: "",
        handler: ({ reply, server }) => {
          server.scripts.runner.kill("SCRIPT");
          reply.ok();
        },
      },
      {
        name: "exists",
        arity: -3,
        flags: ["noscript"],
        tips: [
          "request_policy:all_shards",
          "response_policy:agg_logical_and",
        ],
        since: "2.6.0",
        complexity:
          "O(N) with N being the number of scripts to check (so checking a single script is an O(1) operation).",
        summary: "Tells which scripts the server knows.",
        syntax: "sha1 [sha1 ...]",
        handler: exists,
      },
      {
        name: "help",
        arity: 2,
        flags: ["loading", "stale"],
        since: "5.0.0",
        complexity: "O(1)",
        summary: "Lists the subcommands of SCRIPT.",
        syntax: "",
        handler: helpOf("SCRIPT", [
          "DEBUG (YES|SYNC|NO)",
          "    Set the debug mode for subsequent scripts executed.",
          "EXISTS <sha1> [<sha1> ...]",
          "    Return information about the existence of the scripts in the script cache.",
          "FLUSH [ASYNC|SYNC]",
          "    Flush the Lua scripts cache. Very dangerous on replicas.",
          "    When called without the optional mode argument, the behavior is determined by the",
          "    lazyfree-lazy-user-flush configuration directive. Valid modes are:",
          "    * ASYNC: Asynchronously flush the scripts cache.",
          "    * SYNC: Synchronously flush the scripts cache.",
          "KILL",
          "    Kill the currently executing Lua script.",
          "LOAD <script>",
          "    Load a script into the scripts cache without executing it.",
        ]),
      },
      {
        name: "load",
        arity: 3,
        flags: ["noscript", "stale"],
        tips: ["request_policy:all_nodes", "response_policy:all_succeeded"],
        since: "2.6.0",
        complexity: "O(N) with N being the length in bytes of the script body.",
        summary: "Keeps a script for EVALSHA.",
        syntax: "script",
        handler: load,
      },
    ],
  },
]);

function evaluate(call: Call, command: Command, by: "text" | "hash"): void {
  const { args, client, server } = call;
  const { monitors, scripts } = server;
  // The commands of the script come after it.
  if (monitors.active) monitors.showAlways(client, command);
  if (by === "hash" && args.size(1) !== HASH_LENGTH) throw NO_SCRIPT;
  const keys = keyCount(call);
  const script = by === "hash"
    ? knownScript(call)
    : scripts.cache.load(args, 1);
  scripts.runner.start(call, command, script, 3, keys);
}

function knownScript({ args, server }: Call): Runnable {
  const script = server.scripts.cache.find(args, 1);
  if (script === undefined) throw NO_SCRIPT;
  return script;
}

/** Returns argument 2, the number of keys among what follows it. */
export function keyCount({ args }: Call, noInteger?: CommandError): number {
  const keys = args.integer(2, noInteger);
  if (keys > args.length - 3) throw TOO_MANY_KEYS;
  if (keys < 0) throw NEGATIVE_KEYS;
  return keys;
}

function load({ args, reply, server }: Call): void {
  reply.bulk(server.scripts.cache.load(args, 2).name);
}

function exists({ args, reply, server }: Call): void {
  reply.array(args.length - 2);
  for (let i = 2; i < args.length; i++) {
    reply.integer(server.scripts.cache.has(args.string(i)) ? 1 : 0);
  }
}

/** What is forgotten is left to the garbage collector, whichever way is asked for. */
function flush({ args, reply, server }: Call): void {
  const known = args.length === 2 ||
    args.length === 3 && (args.is(2, "SYNC") || args.is(2, "ASYNC"));
  if (!known) throw FLUSH_OPTIONS;
  server.scripts.flush();
  reply.ok();
}

// Differs from Redis: there is no debugger of scripts, and SCRIPT DEBUG YES and SYNC are errors.
function debug({ args, reply }: Call): void {
  if (args.is(2, "NO")) return reply.ok();
  if (args.is(2, "YES") || args.is(2, "SYNC")) {
    throw commandError("the debugger of scripts is not available");
  }
  throw DEBUG_OPTIONS;
}
