import { commandError } from "../protocol/command_error.ts";
import { type CommandFlag, commandGroup } from "../server/command.ts";
import { helpOf } from "./help.ts";

const LOADING_FLAGS: readonly CommandFlag[] = [
  "admin",
  "noscript",
  "no_async_loading",
];

/** Modules are C code for redis-server: there are none, and `enable-module-command` stays at no. */
export const moduleCommands = commandGroup("server", [
  {
    name: "module",
    arity: -2,
    flags: [],
    since: "4.0.0",
    complexity: "Depends on subcommand.",
    summary: "Holds the commands about modules, which are not supported.",
    syntax: "",
    subcommands: [
      {
        name: "list",
        arity: 2,
        flags: ["admin", "noscript"],
        tips: ["nondeterministic_output_order"],
        since: "4.0.0",
        complexity: "O(N) where N is the number of loaded modules.",
        summary: "Lists the loaded modules: there are none.",
        syntax: "",
        handler: ({ reply }) => reply.array(0),
      },
      {
        name: "load",
        arity: -3,
        flags: LOADING_FLAGS,
        allowedBy: "enable-module-command",
        since: "4.0.0",
        complexity: "O(1)",
        summary: "Would load a module; refused.",
        syntax: "path [arg [arg ...]]",
        handler: refuse,
      },
      {
        name: "loadex",
        arity: -3,
        flags: LOADING_FLAGS,
        allowedBy: "enable-module-command",
        since: "7.0.0",
        complexity: "O(1)",
        summary: "Would load a module with parameters; refused.",
        syntax:
          "path [CONFIG name value [CONFIG name value ...]] [ARGS (arg) [(arg) ...]]",
        docs: { groups: ["configs", "args"] },
        handler: refuse,
      },
      {
        name: "unload",
        arity: 3,
        flags: LOADING_FLAGS,
        allowedBy: "enable-module-command",
        since: "4.0.0",
        complexity: "O(1)",
        summary: "Would unload a module; refused.",
        syntax: "name",
        handler: refuse,
      },
      {
        name: "help",
        arity: 2,
        flags: ["loading", "stale"],
        since: "5.0.0",
        complexity: "O(1)",
        summary: "Lists the subcommands of MODULE.",
        syntax: "",
        handler: helpOf("MODULE", [
          "LIST",
          "    Return a list of loaded modules.",
          "LOAD <path> [<arg> ...]",
          "    Load a module library from <path>, passing to it any optional arguments.",
          "LOADEX <path> [[CONFIG NAME VALUE] [CONFIG NAME VALUE]] [ARGS ...]",
          "    Load a module library from <path>, while passing it module configurations and optional arguments.",
          "UNLOAD <name>",
          "    Unload a module.",
        ]),
      },
    ],
  },
]);

function refuse(): never {
  throw commandError("modules are not supported");
}
