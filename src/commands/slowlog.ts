import { commandError } from "../protocol/command_error.ts";
import { type Call, commandGroup } from "../server/command.ts";
import { misusedSubcommand } from "../server/unknown_command.ts";
import { helpOf } from "./help.ts";

const BAD_COUNT = commandError("count should be greater than or equal to -1");
const DEFAULT_COUNT = 10;

export const slowlogCommands = commandGroup("server", [{
  name: "slowlog",
  arity: -2,
  flags: [],
  since: "2.2.12",
  complexity: "Depends on subcommand.",
  summary: "Holds the commands about the log of slow commands.",
  syntax: "",
  subcommands: [
    {
      name: "get",
      arity: -2,
      flags: ["admin", "loading", "stale"],
      tips: ["request_policy:all_nodes", "nondeterministic_output"],
      since: "2.2.12",
      complexity: "O(N) where N is the number of entries returned",
      summary: "Answers the entries of the slow log, the newest first.",
      syntax: "[count]",
      history: [[
        "4.0.0",
        "Added client IP address, port and name to the reply.",
      ]],
      handler: get,
    },
    {
      name: "help",
      arity: 2,
      flags: ["loading", "stale"],
      since: "6.2.0",
      complexity: "O(1)",
      summary: "Lists the subcommands of SLOWLOG.",
      syntax: "",
      handler: helpOf("SLOWLOG", [
        "GET [<count>]",
        "    Return top <count> entries from the slowlog (default: 10, -1 mean all).",
        "    Entries are made of:",
        "    id, timestamp, time in microseconds, arguments array, client IP and port,",
        "    client name",
        "LEN",
        "    Return the length of the slowlog.",
        "RESET",
        "    Reset the slowlog.",
      ]),
    },
    {
      name: "len",
      arity: 2,
      flags: ["admin", "loading", "stale"],
      tips: [
        "request_policy:all_nodes",
        "response_policy:agg_sum",
        "nondeterministic_output",
      ],
      since: "2.2.12",
      complexity: "O(1)",
      summary: "Answers how many entries the slow log has.",
      syntax: "",
      handler: ({ reply, server }) => reply.integer(server.slowLog.length),
    },
    {
      name: "reset",
      arity: 2,
      flags: ["admin", "loading", "stale"],
      tips: ["request_policy:all_nodes", "response_policy:all_succeeded"],
      since: "2.2.12",
      complexity: "O(N) where N is the number of entries in the slowlog",
      summary: "Empties the slow log.",
      syntax: "",
      handler: reset,
    },
  ],
}]);

function get({ args, reply, server }: Call): void {
  if (args.length > 3) throw misusedSubcommand(args);
  let count = DEFAULT_COUNT;
  if (args.length === 3) count = args.integerAtLeast(2, -1, BAD_COUNT);
  const entries = server.slowLog.newest(count === -1 ? Infinity : count);
  reply.array(entries.length);
  for (const { address, args, clientName, id, microseconds, time } of entries) {
    reply.array(6);
    reply.integer(id);
    reply.integer(time);
    reply.integer(microseconds);
    reply.bulks(args);
    reply.bulk(address);
    reply.bulk(clientName);
  }
}

function reset({ reply, server }: Call): void {
  server.slowLog.reset();
  reply.ok();
}
