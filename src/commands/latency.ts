import { commandError } from "../protocol/command_error.ts";
import {
  type Call,
  type CommandDefinition,
  commandGroup,
} from "../server/command.ts";
import type { Command } from "../server/command_table.ts";
import type { LatencyHistogram } from "../server/latency_histogram.ts";
import { latencyDoctor } from "../server/latency_doctor.ts";
import { latencyGraph } from "../server/latency_graph.ts";
import { helpOf } from "./help.ts";

const ABOUT_ALL_NODES = [
  "nondeterministic_output",
  "request_policy:all_nodes",
  "response_policy:special",
];

export const latencyCommands = commandGroup("server", [{
  name: "latency",
  arity: -2,
  flags: [],
  since: "2.8.13",
  complexity: "Depends on subcommand.",
  summary: "Holds the commands about what held up the server.",
  syntax: "",
  subcommands: [
    subcommand("doctor", {
      summary: "Answers a report about the delays that were seen, as text.",
      handler: doctor,
    }),
    subcommand("graph", {
      arity: 3,
      summary: "Answers a picture of the delays of an event.",
      syntax: "event",
      handler: graph,
    }),
    {
      ...subcommand("help", {
        summary: "Lists the subcommands of LATENCY.",
        tips: [],
        handler: helpOf("LATENCY", [
          "DOCTOR",
          "    Return a human readable latency analysis report.",
          "GRAPH <event>",
          "    Return an ASCII latency graph for the <event> class.",
          "HISTORY <event>",
          "    Return time-latency samples for the <event> class.",
          "LATEST",
          "    Return the latest latency samples for all events.",
          "RESET [<event> ...]",
          "    Reset latency data of one or more <event> classes.",
          "    (default: reset all data for all event classes)",
          "HISTOGRAM [COMMAND ...]",
          "    Return a cumulative distribution of latencies in the format of a histogram for the specified command names.",
          "    If no commands are specified then all histograms are replied.",
        ]),
      }),
      flags: ["loading", "stale"],
    },
    subcommand("histogram", {
      arity: -2,
      since: "7.0.0",
      complexity:
        "O(N) where N is the number of commands with latency information being retrieved.",
      summary: "Answers how the times that commands took are distributed.",
      syntax: "[command [command ...]]",
      handler: histogram,
    }),
    subcommand("history", {
      arity: 3,
      summary: "Answers the delays of an event, each with its time.",
      syntax: "event",
      handler: history,
    }),
    subcommand("latest", {
      summary: "Answers the latest and the longest delay of each event.",
      handler: latest,
    }),
    subcommand("reset", {
      arity: -2,
      tips: ["request_policy:all_nodes", "response_policy:all_succeeded"],
      summary: "Forgets the delays of events, or of all.",
      syntax: "[event [event ...]]",
      handler: reset,
    }),
  ],
}]);

function subcommand(
  name: string,
  facts:
    & Pick<CommandDefinition, "summary" | "handler">
    & Partial<CommandDefinition>,
): CommandDefinition {
  return {
    name,
    arity: 2,
    flags: ["admin", "noscript", "loading", "stale"],
    tips: ABOUT_ALL_NODES,
    since: "2.8.13",
    complexity: "O(1)",
    syntax: "",
    ...facts,
  };
}

function doctor({ reply, server }: Call): void {
  reply.verbatim("txt", latencyDoctor(server));
}

function graph({ args, reply, server: { latencyMonitor } }: Call): void {
  const name = args.string(2);
  const event = latencyMonitor.events.get(name);
  if (event === undefined) {
    throw commandError(`No samples available for event '${args.printed(2)}'`);
  }
  reply.verbatim(
    "txt",
    latencyGraph(name, event, (time) => latencyMonitor.ago(time)),
  );
}

function histogram({ args, reply, server: { table } }: Call): void {
  const found: Command[] = [];
  const add = (command: Command) => found.push(command, ...command.subcommands);
  if (args.length === 2) table.commands.forEach(add);
  for (let i = 2; i < args.length; i++) {
    const command = table.named(args.string(i));
    if (command !== undefined) add(command);
  }
  const shown = found.flatMap(({ fullName, latencies }) =>
    latencies === undefined ? [] : [{ fullName, latencies }]
  );
  reply.map(shown.length);
  for (const { fullName, latencies } of shown) {
    reply.bulk(fullName);
    writeDistribution(reply, latencies);
  }
}

function writeDistribution(
  reply: Call["reply"],
  latencies: LatencyHistogram,
): void {
  const steps = latencies.cumulative();
  reply.map(2);
  reply.bulk("calls");
  reply.integer(latencies.count);
  reply.bulk("histogram_usec");
  reply.map(steps.length);
  for (const { count, usec } of steps) {
    reply.integer(usec);
    reply.integer(count);
  }
}

function history({ args, reply, server }: Call): void {
  const { samples } = server.latencyMonitor.events.get(args.string(2)) ??
    { samples: [] };
  reply.array(samples.length);
  for (const { milliseconds, time } of samples) {
    reply.array(2);
    reply.integer(time);
    reply.integer(milliseconds);
  }
}

function latest({ reply, server: { latencyMonitor: { events } } }: Call): void {
  reply.array(events.size);
  for (const [name, { longest, samples }] of events) {
    const { milliseconds, time } = samples.at(-1)!;
    reply.array(4);
    reply.bulk(name);
    reply.integer(time);
    reply.integer(milliseconds);
    reply.integer(longest);
  }
}

function reset({ args, reply, server: { latencyMonitor } }: Call): void {
  if (args.length === 2) return reply.integer(latencyMonitor.reset());
  let count = 0;
  for (const event of args.strings(2)) count += latencyMonitor.reset(event);
  reply.integer(count);
}
