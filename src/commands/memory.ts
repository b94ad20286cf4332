import { getHeapSpaceStatistics, getHeapStatistics } from "node:v8";
import { SYNTAX_ERROR } from "../protocol/command_error.ts";
import { type Call, commandGroup, keyAt } from "../server/command.ts";
import { memoryDoctor } from "../server/memory_doctor.ts";
import { memoryFigures } from "../server/memory_figures.ts";
import { helpOf } from "./help.ts";

const REPORT_TIPS = [
  "nondeterministic_output",
  "request_policy:all_shards",
  "response_policy:special",
];

export const memoryCommands = commandGroup("server", [
  {
    name: "memory",
    arity: -2,
    flags: [],
    since: "4.0.0",
    complexity: "Depends on subcommand.",
    summary: "Holds the commands about memory.",
    syntax: "",
    subcommands: [
      {
        name: "usage",
        arity: -3,
        flags: ["readonly"],
        keys: [keyAt(2, "RO")],
        since: "4.0.0",
        complexity: "O(N) where N is the number of samples.",
        summary: "Answers how many bytes a key and its value take.",
        syntax: "key [SAMPLES count]",
        handler: usage,
      },
      {
        name: "stats",
        arity: 2,
        flags: [],
        tips: REPORT_TIPS,
        since: "4.0.0",
        complexity: "O(1)",
        summary: "Answers what the memory in use is used for.",
        syntax: "",
        handler: stats,
      },
      {
        name: "doctor",
        arity: 2,
        flags: [],
        tips: REPORT_TIPS,
        since: "4.0.0",
        complexity: "O(1)",
        summary: "Answers what is unusual about the memory in use.",
        syntax: "",
        handler: ({ reply, server }) =>
          reply.verbatim(
            "txt",
            memoryDoctor(memoryFigures(server), server.clients.size),
          ),
      },
      {
        name: "purge",
        arity: 2,
        flags: [],
        tips: ["request_policy:all_shards", "response_policy:all_succeeded"],
        since: "4.0.0",
        complexity: "Depends on how much memory is allocated, could be slow",
        summary: "Asks the garbage collector to run, where it can be asked.",
        syntax: "",
        handler: purge,
      },
      {
        name: "malloc-stats",
        arity: 2,
        flags: [],
        tips: REPORT_TIPS,
        since: "4.0.0",
        complexity: "Depends on how much memory is allocated, could be slow",
        summary: "Answers what V8 tells of its heap.",
        syntax: "",
        handler: heapStatistics,
      },
      {
        name: "help",
        arity: 2,
        flags: ["loading", "stale"],
        since: "4.0.0",
        complexity: "O(1)",
        summary: "Lists the subcommands of MEMORY.",
        syntax: "",
        handler: helpOf("MEMORY", [
          "DOCTOR",
          "    Return memory problems reports.",
          "MALLOC-STATS",
          "    Return internal statistics report from the memory allocator.",
          "PURGE",
          "    Attempt to purge dirty pages for reclamation by the allocator.",
          "STATS",
          "    Return information about the memory usage of the server.",
          "USAGE <key> [SAMPLES <count>]",
          "    Return memory in bytes used by <key> and its value. Nested values are",
          "    sampled up to <count> times (default: 5, 0 means sample all).",
        ]),
      },
    ],
  },
]);

/** What each value takes is kept count of as it changes, so the result is that of all samples, whatever their number. */
function usage({ args, db, reply }: Call): void {
  for (let i = 3; i < args.length; i += 2) {
    if (!args.is(i, "SAMPLES") || i + 1 >= args.length) throw SYNTAX_ERROR;
    if (args.integer(i + 1) < 0) throw SYNTAX_ERROR;
  }
  // One whose time has come takes memory as long as it is there.
  const slot = db.keyspace.find(args.string(2));
  if (slot < 0) reply.null();
  else reply.integer(db.keyspace.memoryAt(slot));
}

function stats({ reply, server }: Call): void {
  const figures = memoryFigures(server);
  const { heapExcess, processExcess, totalExcess } = figures;
  const integer = (name: string, value: number) => {
    reply.bulk(name);
    reply.integer(value);
  };
  const double = (name: string, value: number) => {
    reply.bulk(name);
    // Redis keeps ratios and percentages as 32-bit floats.
    reply.double(Math.fround(value));
  };
  reply.map(27 + figures.databases.length);
  integer("peak.allocated", figures.peak);
  integer("total.allocated", figures.used);
  integer("startup.allocated", figures.startup);
  integer("replication.backlog", 0);
  integer("clients.slaves", 0);
  integer("clients.normal", figures.clients);
  integer("cluster.links", 0);
  integer("aof.buffer", server.appendLog.writer.file?.capacity ?? 0);
  integer("lua.caches", server.scripts.cache.memory);
  integer("functions.caches", server.scripts.libraries.memory);
  for (const { expiries, index, table } of figures.databases) {
    reply.bulk(`db.${index}`);
    reply.map(3);
    integer("overhead.hashtable.main", table);
    integer("overhead.hashtable.expires", expiries);
    integer("overhead.hashtable.slot-to-keys", 0);
  }
  integer("overhead.total", figures.overhead);
  integer("keys.count", figures.keys);
  integer("keys.bytes-per-key", figures.bytesPerKey);
  integer("dataset.bytes", figures.dataset);
  double("dataset.percentage", figures.datasetPercent);
  double("peak.percentage", figures.peakPercent);
  integer("allocator.allocated", figures.allocated);
  integer("allocator.active", figures.active);
  integer("allocator.resident", figures.active);
  double("allocator-fragmentation.ratio", heapExcess.ratio);
  integer("allocator-fragmentation.bytes", heapExcess.bytes);
  double("allocator-rss.ratio", 1);
  integer("allocator-rss.bytes", 0);
  double("rss-overhead.ratio", processExcess.ratio);
  integer("rss-overhead.bytes", processExcess.bytes);
  double("fragmentation", totalExcess.ratio);
  integer("fragmentation.bytes", totalExcess.bytes);
}

/** V8 lets itself be asked only when it was started with `--expose-gc`; it purges by itself all the time. */
function purge({ reply }: Call): void {
  (globalThis as { gc?: () => void }).gc?.();
  reply.ok();
}

// Differs from Redis: MEMORY MALLOC-STATS tells of V8's heap.
function heapStatistics({ reply }: Call): void {
  const lines = Object.entries(getHeapStatistics()).map(([name, value]) =>
    `${name}:${value}`
  );
  for (const { space_name, ...sizes } of getHeapSpaceStatistics()) {
    const shown = Object.entries(sizes).map(([name, value]) =>
      `${name}=${value}`
    );
    lines.push(`${space_name}:${shown.join(",")}`);
  }
  reply.verbatim("txt", lines.join("\n") + "\n");
}
