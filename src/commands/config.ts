import { ConfigError } from "../config/config.ts";
import { findParameter } from "../config/parameters.ts";
import type { Args } from "../protocol/args.ts";
import { commandError, SYNTAX_ERROR } from "../protocol/command_error.ts";
import { type Call, commandGroup } from "../server/command.ts";
import { helpOf } from "./help.ts";

export const configCommands = commandGroup("server", [
  {
    name: "config",
    arity: -2,
    flags: [],
    since: "2.0.0",
    complexity: "Depends on subcommand.",
    summary: "Holds the commands about the server's parameters.",
    syntax: "",
    subcommands: [
      {
        name: "get",
        arity: -3,
        flags: ["admin", "noscript", "loading", "stale"],
        since: "2.0.0",
        complexity:
          "O(N) when N is the number of configuration parameters provided",
        summary:
          "Answers the parameters that patterns match, with their values.",
        syntax: "(parameter) [(parameter) ...]",
        history: [[
          "7.0.0",
          "Added the ability to pass multiple pattern parameters in one call",
        ]],
        handler: get,
      },
      {
        name: "set",
        arity: -4,
        flags: ["admin", "noscript", "loading", "stale"],
        tips: ["request_policy:all_nodes", "response_policy:all_succeeded"],
        since: "2.0.0",
        complexity:
          "O(N) when N is the number of configuration parameters provided",
        summary: "Sets parameters: all of those given or none.",
        syntax: "parameter value [parameter value ...]",
        history: [[
          "7.0.0",
          "Added the ability to set multiple parameters in one call.",
        ]],
        secrets: secretsOfSet,
        handler: set,
      },
      {
        name: "resetstat",
        arity: 2,
        flags: ["admin", "noscript", "loading", "stale"],
        since: "2.0.0",
        complexity: "O(1)",
        summary: "Sets the counters that INFO shows to zero.",
        syntax: "",
        handler: resetStatistics,
      },
      {
        name: "rewrite",
        arity: 2,
        flags: ["admin", "noscript", "loading", "stale"],
        since: "2.8.0",
        complexity: "O(1)",
        summary: "Writes the parameters as they are into the config file.",
        syntax: "",
        handler: rewrite,
      },
      {
        name: "help",
        arity: 2,
        flags: ["loading", "stale"],
        since: "5.0.0",
        complexity: "O(1)",
        summary: "Lists the subcommands of CONFIG.",
        syntax: "",
        handler: helpOf("CONFIG", [
          "GET <pattern>",
          "    Return parameters matching the glob-like <pattern> and their values.",
          "SET <directive> <value>",
          "    Set the configuration <directive> to <value>.",
          "RESETSTAT",
          "    Reset statistics reported by the INFO command.",
          "REWRITE",
          "    Rewrite the configuration file.",
        ]),
      },
    ],
  },
]);

function get({ args, reply, server }: Call): void {
  const found = server.config.get(...args.strings(2));
  reply.map(found.length);
  for (const [name, text] of found) {
    reply.bulk(name);
    reply.bulk(text);
  }
}

/** The values of those parameters that are secrets. */
function secretsOfSet(args: Args): readonly number[] {
  const secrets: number[] = [];
  if (args.length % 2 === 1) return secrets;
  for (let i = 2; i < args.length; i += 2) {
    if (findParameter(args.string(i))?.sensitive) secrets.push(i + 1);
  }
  return secrets;
}

function set({ args, client, reply, server }: Call): void {
  if (args.length % 2 === 1) throw SYNTAX_ERROR;
  const pairs: [string, string][] = [];
  for (let i = 2; i < args.length; i += 2) {
    pairs.push([args.string(i), args.string(i + 1)]);
  }
  asCommandErrors(() =>
    server.config.set(pairs, client.isLocal ? "this machine" : "elsewhere")
  );
  reply.ok();
}

function resetStatistics({ reply, server }: Call): void {
  server.resetStatistics();
  reply.ok();
}

function rewrite({ reply, server }: Call): void {
  asCommandErrors(() => server.config.rewrite(server.acl.directives()));
  server.log.notice("CONFIG REWRITE executed with success.");
  reply.ok();
}

/** Runs work whose refusal becomes the reply. */
function asCommandErrors(work: () => void): void {
  try {
    work();
  } catch (error) {
    if (error instanceof ConfigError) throw commandError(error.message);
    throw error;
  }
}
