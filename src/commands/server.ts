import { type Call, commandGroup } from "../server/command.ts";
import { info } from "../server/info.ts";

export const serverCommands = commandGroup("server", [
  {
    name: "info",
    arity: -1,
    flags: ["loading", "stale"],
    categories: ["dangerous"],
    tips: [
      "nondeterministic_output",
      "request_policy:all_shards",
      "response_policy:special",
    ],
    since: "1.0.0",
    complexity: "O(1)",
    summary: "Answers facts and counters of the server, as text.",
    syntax: "[section [section ...]]",
    history: [[
      "7.0.0",
      "Added support for taking multiple section arguments.",
    ]],
    handler: ({ args, reply, server }) =>
      reply.verbatim("txt", info(server, args.strings(1))),
  },
  {
    name: "time",
    arity: 1,
    flags: ["loading", "stale", "fast"],
    tips: ["nondeterministic_output"],
    since: "2.6.0",
    complexity: "O(1)",
    summary: "Answers the time of the server.",
    syntax: "",
    handler: time,
  },
]);

function time({ reply, server }: Call): void {
  const now = server.clock.now();
  reply.bulks([
    String(Math.floor(now / 1000)),
    String(now % 1000 * 1000),
  ]);
}
