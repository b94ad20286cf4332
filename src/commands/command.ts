/** COMMAND and its subcommands: what the server tells of its commands. */
import { Args } from "../protocol/args.ts";
import { commandError, SYNTAX_ERROR } from "../protocol/command_error.ts";
import { asciiLower } from "../protocol/byte_string.ts";
import {
  type Call,
  type CommandDefinition,
  commandGroup,
  type FoundKey,
} from "../server/command.ts";
import { hasKeys } from "../server/command_keys.ts";
import type { Command } from "../server/command_table.ts";
import { globMatches } from "../store/glob.ts";
import { writeDocs, writeInfo, writeKeyFlags } from "./command_info.ts";
import { helpOf } from "./help.ts";

const INVALID_COMMAND = commandError("Invalid command specified");
const NO_KEYS = commandError("The command has no key arguments");
const INVALID_LENGTH = commandError(
  "Invalid number of arguments specified for command",
);
const INVALID_ARGUMENTS = commandError(
  "Invalid arguments specified for command",
);

const BY_COMMANDS = "O(N) where N is the number of commands to look up";
const BY_ARGUMENTS = "O(N) where N is the number of arguments to the command";

/** What all entries of COMMAND have in common. */
const COMMON = {
  flags: ["loading", "stale"],
  categories: ["connection"],
} as const satisfies Partial<CommandDefinition>;

export const commandCommands = commandGroup("server", [
  {
    ...COMMON,
    name: "command",
    arity: -1,
    tips: ["nondeterministic_output_order"],
    since: "2.8.13",
    complexity: "O(N) where N is the total number of Redis commands",
    summary: "Describes every command of the server.",
    syntax: "",
    handler: describeAll,
    subcommands: [
      {
        ...COMMON,
        name: "count",
        arity: 2,
        since: "2.8.13",
        complexity: "O(1)",
        summary: "Counts the commands of the server.",
        syntax: "",
        handler: ({ reply, server }) =>
          reply.integer(server.table.commands.length),
      },
      {
        ...COMMON,
        name: "docs",
        arity: -2,
        tips: ["nondeterministic_output_order"],
        since: "7.0.0",
        complexity: BY_COMMANDS,
        summary: "Documents the commands given, or all.",
        syntax: "[command-name [command-name ...]]",
        handler: docs,
      },
      {
        ...COMMON,
        name: "getkeys",
        arity: -4,
        since: "2.8.13",
        complexity: BY_ARGUMENTS,
        summary: "Finds the keys in a command line.",
        syntax: "",
        handler: getKeys,
      },
      {
        ...COMMON,
        name: "getkeysandflags",
        arity: -4,
        since: "7.0.0",
        complexity: BY_ARGUMENTS,
        summary: "Finds the keys in a command line, and what happens to them.",
        syntax: "",
        handler: getKeysAndFlags,
      },
      {
        ...COMMON,
        name: "help",
        arity: 2,
        since: "5.0.0",
        complexity: "O(1)",
        summary: "Lists the subcommands of COMMAND.",
        syntax: "",
        handler: helpOf("COMMAND", [
          "(no subcommand)",
          "    Return details about all Redis commands.",
          "COUNT",
          "    Return the total number of commands in this Redis server.",
          "LIST",
          "    Return a list of all commands in this Redis server.",
          "INFO [<command-name> ...]",
          "    Return details about multiple Redis commands.",
          "    If no command names are given, documentation details for all",
          "    commands are returned.",
          "DOCS [<command-name> ...]",
          "    Return documentation details about multiple Redis commands.",
          "    If no command names are given, documentation details for all",
          "    commands are returned.",
          "GETKEYS <full-command>",
          "    Return the keys from a full Redis command.",
          "GETKEYSANDFLAGS <full-command>",
          "    Return the keys and the access flags from a full Redis command.",
        ]),
      },
      {
        ...COMMON,
        name: "info",
        arity: -2,
        tips: ["nondeterministic_output_order"],
        since: "2.8.13",
        complexity: BY_COMMANDS,
        summary: "Describes the commands given, or all.",
        syntax: "[command-name [command-name ...]]",
        history: [[
          "7.0.0",
          "Allowed to be called with no argument to get info on all commands.",
        ]],
        handler: info,
      },
      {
        ...COMMON,
        name: "list",
        arity: -2,
        tips: ["nondeterministic_output_order"],
        since: "7.0.0",
        complexity: "O(N) where N is the total number of Redis commands",
        summary: "Names the commands of the server, all or those of a kind.",
        syntax:
          "[FILTERBY <MODULE module-name | ACLCAT category | PATTERN pattern>]",
        docs: { groups: ["filterby"] },
        handler: list,
      },
    ],
  },
]);

function describeAll({ reply, server }: Call): void {
  const { commands } = server.table;
  reply.array(commands.length);
  for (const each of commands) writeInfo(reply, each);
}

function info(call: Call): void {
  const { args, reply, server } = call;
  if (args.length === 2) return describeAll(call);
  reply.array(args.length - 2);
  for (let i = 2; i < args.length; i++) {
    const command = server.table.named(args.string(i));
    if (command === undefined) reply.null();
    else writeInfo(reply, command);
  }
}

function docs({ args, reply, server }: Call): void {
  const { table } = server;
  const commands = args.length === 2
    ? table.commands
    : args.strings(2).map((name) => table.named(name))
      .filter((command) => command !== undefined);
  reply.map(commands.length);
  for (const each of commands) {
    reply.bulk(each.fullName);
    writeDocs(reply, each);
  }
}

function list({ args, reply, server }: Call): void {
  const filter = filterOf(args);
  const names: string[] = [];
  for (const command of server.table.commands) {
    for (const each of [command, ...command.subcommands]) {
      if (filter(each)) names.push(each.fullName);
    }
  }
  reply.bulks(names);
}

function filterOf(args: Args): (command: Command) => boolean {
  if (args.length === 2) return () => true;
  if (args.length !== 5 || !args.is(2, "FILTERBY")) throw SYNTAX_ERROR;
  const word = args.string(4);
  // There are no modules, and so no commands of any.
  if (args.is(3, "MODULE")) return () => false;
  if (args.is(3, "ACLCAT")) {
    const category = asciiLower(word);
    return ({ categories }) => categories.includes(category);
  }
  if (args.is(3, "PATTERN")) {
    return ({ fullName }) => globMatches(word, fullName, true);
  }
  throw SYNTAX_ERROR;
}

function getKeys(call: Call): void {
  const { args, reply } = call;
  const keys = findKeys(call);
  reply.array(keys.length);
  for (const { index } of keys) reply.bulk(args.string(index + 2));
}

function getKeysAndFlags(call: Call): void {
  const { args, reply } = call;
  const keys = findKeys(call);
  reply.array(keys.length);
  for (const { index, flags } of keys) {
    reply.array(2);
    reply.bulk(args.string(index + 2));
    writeKeyFlags(reply, flags);
  }
}

/** Returns the keys of the command line that follows the subcommand. */
function findKeys({ args, server }: Call): readonly FoundKey[] {
  const line = Args.from(args.strings(2));
  const command = server.table.resolve(line);
  if (command === undefined) throw INVALID_COMMAND;
  if (!hasKeys(command.definition)) throw NO_KEYS;
  if (command.refusesLength(line.length)) throw INVALID_LENGTH;
  const keys = command.keysOf(line);
  if (keys.length === 0 && !command.has("no_mandatory_keys")) {
    throw INVALID_ARGUMENTS;
  }
  return keys;
}
