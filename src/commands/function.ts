import { commandError } from "../protocol/command_error.ts";
import { type Call, commandGroup } from "../server/command.ts";
import type { Command } from "../server/command_table.ts";
import type { RestorePolicy } from "../server/function_libraries.ts";
import { misusedSubcommand } from "../server/unknown_command.ts";
import { scriptFlagNames } from "../server/script_flags.ts";
import { globMatches } from "../store/glob.ts";
import { helpOf } from "./help.ts";
import { keyCount, keysOfRun, RUN_FLAGS, unknownUse } from "./script.ts";

const NOT_FOUND = commandError("Function not found");
const NO_LIBRARY = commandError("Library not found");
const BAD_KEY_COUNT = commandError("Bad number of keys provided");
const NO_PATTERN = commandError("library name argument was not given");
const FLUSH_OPTIONS = commandError(
  "FUNCTION FLUSH only supports SYNC|ASYNC option",
);
const POLICIES = commandError(
  "Wrong restore policy given, value should be either FLUSH, APPEND or REPLACE.",
);
const TO_ALL_SHARDS = [
  "request_policy:all_shards",
  "response_policy:all_succeeded",
] as const;

export const functionCommands = commandGroup("scripting", [
  {
    name: "fcall",
    arity: -3,
    flags: [...RUN_FLAGS, "may_replicate"],
    keys: [unknownUse("RW", "access update")],
    findKeys: keysOfRun,
    since: "7.0.0",
    complexity: "Depends on the function that is executed.",
    summary: "Calls a function of a library.",
    syntax: "function numkeys [key [key ...]] [arg [arg ...]]",
    handler: callFunction,
  },
  {
    name: "fcall_ro",
    arity: -3,
    flags: ["readonly", ...RUN_FLAGS],
    keys: [unknownUse("RO", "access")],
    findKeys: keysOfRun,
    since: "7.0.0",
    complexity: "Depends on the function that is executed.",
    summary: "Calls a function of a library that changes nothing.",
    syntax: "function numkeys [key [key ...]] [arg [arg ...]]",
    handler: callFunction,
  },
  {
    name: "function",
    arity: -2,
    flags: [],
    since: "7.0.0",
    complexity: "Depends on subcommand.",
    summary: "Holds the commands about libraries of functions.",
    syntax: "",
    subcommands: [
      {
        name: "dump",
        arity: 2,
        flags: ["noscript"],
        since: "7.0.0",
        complexity: "O(N) where N is the number of functions",
        summary: "Returns all libraries as bytes for FUNCTION RESTORE.",
        syntax: "",
        handler: ({ reply, server }) =>
          reply.bulkBytes(
            server.dumps.dumpFunctions(server.scripts.libraries.codes),
          ),
      },
      {
        name: "list",
        arity: -2,
        flags: ["noscript"],
        tips: ["nondeterministic_output_order"],
        since: "7.0.0",
        complexity: "O(N) where N is the number of functions",
        summary: "Lists the libraries and their functions.",
        syntax: "[LIBRARYNAME library-name-pattern] [WITHCODE]",
        handler: list,
      },
      {
        name: "delete",
        arity: 3,
        flags: ["write", "noscript"],
        tips: TO_ALL_SHARDS,
        since: "7.0.0",
        complexity: "O(1)",
        summary: "Removes a library.",
        syntax: "library-name",
        handler: remove,
      },
      {
        name: "kill",
        arity: 2,
        flags: ["noscript", "allow_busy"],
        tips: ["request_policy:all_shards", "response_policy:one_succeeded"],
        since: "7.0.0",
        complexity: "O(1)",
        summary: "Ends the function that runs, unless it has changed data.",
        syntax: "",
        handler: ({ reply, server }) => {
          server.scripts.runner.kill("FUNCTION");
          reply.ok();
        },
      },
      {
        name: "restore",
        arity: -3,
        flags: ["write", "denyoom", "noscript"],
        tips: TO_ALL_SHARDS,
        since: "7.0.0",
        complexity: "O(N) where N is the number of functions on the payload",
        summary: "Brings libraries back that FUNCTION DUMP returned.",
        syntax: "serialized-value [FLUSH | APPEND | REPLACE]",
        docs: { groups: ["policy"] },
        handler: restore,
      },
      {
        name: "help",
        arity: 2,
        flags: ["loading", "stale"],
        since: "7.0.0",
        complexity: "O(1)",
        summary: "Lists the subcommands of FUNCTION.",
        syntax: "",
        handler: helpOf("FUNCTION", [
          "LOAD [REPLACE] <FUNCTION CODE>",
          "    Create a new library with the given library name and code.",
          "DELETE <LIBRARY NAME>",
          "    Delete the given library.",
          "LIST [LIBRARYNAME PATTERN] [WITHCODE]",
          "    Return general information on all the libraries:",
          "    * Library name",
          "    * The engine used to run the Library",
          "    * Library description",
          "    * Functions list",
          "    * Library code (if WITHCODE is given)",
          "    It also possible to get only function that matches a pattern using LIBRARYNAME argument.",
          "STATS",
          "    Return information about the current function running:",
          "    * Function name",
          "    * Command used to run the function",
          "    * Duration in MS that the function is running",
          "    If no function is running, return nil",
          "    In addition, returns a list of available engines.",
          "KILL",
          "    Kill the current running function.",
          "FLUSH [ASYNC|SYNC]",
          "    Delete all the libraries.",
          "    When called without the optional mode argument, the behavior is determined by the",
          "    lazyfree-lazy-user-flush configuration directive. Valid modes are:",
          "    * ASYNC: Asynchronously flush the libraries.",
          "    * SYNC: Synchronously flush the libraries.",
          "DUMP",
          "    Return a serialized payload representing the current libraries, can be restored using FUNCTION RESTORE command",
          "RESTORE <PAYLOAD> [FLUSH|APPEND|REPLACE]",
          "    Restore the libraries represented by the given payload, it is possible to give a restore policy to",
          "    control how to handle existing libraries (default APPEND):",
          "    * FLUSH: delete all existing libraries.",
          "    * APPEND: appends the restored libraries to the existing libraries. On collision, abort.",
          "    * REPLACE: appends the restored libraries to the existing libraries, On collision, replace the old",
          "      libraries with the new libraries (notice that even on this option there is a chance of failure",
          "      in case of functions name collision with another library).",
        ]),
      },
      {
        name: "load",
        arity: -3,
        flags: ["write", "denyoom", "noscript"],
        tips: TO_ALL_SHARDS,
        since: "7.0.0",
        complexity: "O(1) (considering compilation time is redundant)",
        summary: "Adds a library.",
        syntax: "[REPLACE] function-code",
        handler: load,
      },
      {
        name: "flush",
        arity: -2,
        flags: ["write", "noscript"],
        tips: TO_ALL_SHARDS,
        since: "7.0.0",
        complexity: "O(N) where N is the number of functions deleted",
        summary: "Removes all libraries.",
        syntax: "[ASYNC | SYNC]",
        docs: { groups: ["async"] },
        handler: flush,
      },
      {
        name: "stats",
        arity: 2,
        flags: ["noscript", "allow_busy"],
        tips: [
          "nondeterministic_output",
          "request_policy:all_shards",
          "response_policy:special",
        ],
        since: "7.0.0",
        complexity: "O(1)",
        summary: "Tells of the function that runs, and of how many there are.",
        syntax: "",
        handler: stats,
      },
    ],
  },
]);

function callFunction(call: Call, command: Command): void {
  const { args, client, server } = call;
  const { monitors, scripts } = server;
  // The commands of the function come after it.
  if (monitors.active) monitors.showAlways(client, command);
  const script = scripts.libraries.find(args.string(1));
  if (script === undefined) throw NOT_FOUND;
  const keys = keyCount(call, BAD_KEY_COUNT);
  scripts.runner.start(call, command, script, 3, keys);
}

function load({ args, client, reply, server }: Call): void {
  let replace = false;
  for (let i = 2; i < args.length - 1; i++) {
    if (!args.is(i, "REPLACE")) {
      throw commandError(`Unknown option given: ${args.printed(i)}`);
    }
    replace = true;
  }
  const code = args.string(args.length - 1);
  const { libraries } = server.scripts;
  const name = libraries.load(code, replace, client.mustObey);
  server.store.dirty++;
  reply.bulk(name);
}

function remove({ args, reply, server }: Call): void {
  if (!server.scripts.libraries.delete(args.string(2))) throw NO_LIBRARY;
  server.store.dirty++;
  reply.ok();
}

function flush({ args, reply, server }: Call): void {
  if (args.length > 3) throw misusedSubcommand(args);
  if (args.length === 3 && !args.is(2, "SYNC") && !args.is(2, "ASYNC")) {
    throw FLUSH_OPTIONS;
  }
  server.scripts.flushFunctions();
  server.store.dirty++;
  reply.ok();
}

function restore({ args, reply, server }: Call): void {
  if (args.length > 4) throw misusedSubcommand(args);
  let policy: RestorePolicy = "append";
  if (args.length === 4) {
    if (args.is(3, "APPEND")) policy = "append";
    else if (args.is(3, "REPLACE")) policy = "replace";
    else if (args.is(3, "FLUSH")) policy = "flush";
    else throw POLICIES;
  }
  const codes = server.dumps.restoreFunctions(args.view(2));
  server.scripts.libraries.restore(codes, policy);
  server.store.dirty++;
  reply.ok();
}

function list({ args, reply, server }: Call): void {
  let pattern: string | undefined;
  let withCode = false;
  for (let i = 2; i < args.length; i++) {
    if (!withCode && args.is(i, "WITHCODE")) withCode = true;
    else if (pattern === undefined && args.is(i, "LIBRARYNAME")) {
      if (++i === args.length) throw NO_PATTERN;
      pattern = args.string(i);
    } else throw commandError(`Unknown argument ${args.printed(i)}`);
  }
  const libraries = [...server.scripts.libraries].filter(({ name }) =>
    pattern === undefined || globMatches(pattern, name, true)
  );
  reply.array(libraries.length);
  for (const { code, functions, name } of libraries) {
    reply.map(withCode ? 4 : 3);
    reply.bulk("library_name");
    reply.bulk(name);
    reply.bulk("engine");
    reply.bulk("LUA");
    reply.bulk("functions");
    reply.array(functions.size);
    for (const each of functions.values()) {
      reply.map(3);
      reply.bulk("name");
      reply.bulk(each.name);
      reply.bulk("description");
      reply.bulk(each.description);
      reply.bulk("flags");
      const flags = scriptFlagNames(each.flags);
      reply.set(flags.length);
      for (const flag of flags) reply.status(flag);
    }
    if (!withCode) continue;
    reply.bulk("library_code");
    reply.bulk(code);
  }
}

function stats({ reply, server }: Call): void {
  const { libraries, runner } = server.scripts;
  const running = runner.runningFunction();
  reply.map(2);
  reply.bulk("running_script");
  if (running === undefined) reply.null();
  else {
    reply.map(3);
    reply.bulk("name");
    reply.bulk(running.name);
    reply.bulk("command");
    reply.bulks(running.args.strings(0));
    reply.bulk("duration_ms");
    reply.integer(running.ms);
  }
  reply.bulk("engines");
  reply.map(1);
  reply.bulk("LUA");
  reply.map(2);
  reply.bulk("libraries_count");
  reply.integer(libraries.libraryCount);
  reply.bulk("functions_count");
  reply.integer(libraries.functionCount);
}
