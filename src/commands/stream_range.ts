import { SYNTAX_ERROR } from "../protocol/command_error.ts";
import { type Call, commandGroup, keyAt } from "../server/command.ts";
import { readEnd, readStart, writeEntries } from "./stream_args.ts";

export const streamRangeCommands = commandGroup("stream", [
  {
    name: "xrange",
    arity: -4,
    flags: ["readonly"],
    keys: [keyAt(1, "RO", "access")],
    since: "5.0.0",
    complexity:
      "O(N) with N being the number of elements being returned. If N is constant (e.g. always asking for the first 10 elements with COUNT), you can consider it O(1).",
    summary: "Returns the entries of a stream between two ids.",
    syntax: "key start end [COUNT count]",
    docs: { types: { start: "string", end: "string" } },
    history: [["6.2.0", "Added exclusive ranges."]],
    handler: (call) => range(call, "forward"),
  },
  {
    name: "xrevrange",
    arity: -4,
    flags: ["readonly"],
    keys: [keyAt(1, "RO", "access")],
    since: "5.0.0",
    complexity:
      "O(N) with N being the number of elements returned. If N is constant (e.g. always asking for the first 10 elements with COUNT), you can consider it O(1).",
    summary: "Returns the entries of a stream between two ids, the last first.",
    syntax: "key end start [COUNT count]",
    docs: { types: { start: "string", end: "string" } },
    history: [["6.2.0", "Added exclusive ranges."]],
    handler: (call) => range(call, "backward"),
  },
]);

/** XRANGE and XREVRANGE. */
function range(call: Call, order: "forward" | "backward"): void {
  const { args, db, reply } = call;
  const start = readStart(args, order === "forward" ? 2 : 3);
  const end = readEnd(args, order === "forward" ? 3 : 2);
  let count = Infinity;
  for (let i = 4; i < args.length; i += 2) {
    if (!args.is(i, "COUNT") || i + 1 >= args.length) throw SYNTAX_ERROR;
    count = args.integer(i + 1);
  }
  const stream = db.read(args.key(1), "stream");
  if (stream === undefined) return reply.array(0);
  if (count <= 0) return reply.nullArray();
  writeEntries(reply, stream.range(start, end, count, order));
}
