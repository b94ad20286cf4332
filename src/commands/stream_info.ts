import { NO_SUCH_KEY } from "../protocol/command_error.ts";
import type { Int64 } from "../protocol/integer.ts";
import type { ReplyWriter } from "../protocol/reply.ts";
import { type Call, commandGroup, keyAt } from "../server/command.ts";
import { misusedSubcommand } from "../server/unknown_command.ts";
import type { PendingEntry } from "../store/values/stream_group.ts";
import {
  formatId,
  LAST_ID,
  type StreamId,
  ZERO_ID,
} from "../store/values/stream_id.ts";
import type { StreamIndex } from "../store/values/stream_index.ts";
import type {
  ReadonlyConsumerGroup,
  ReadonlyStream,
} from "../store/values/value.ts";
import { helpOf } from "./help.ts";
import { writeEntries, writeEntry } from "./stream_args.ts";
import { noSuchGroup } from "./stream_group.ts";

/** How much XINFO STREAM FULL shows of each list, unless told. */
const SHOWN = 10;

export const streamInfoCommands = commandGroup("stream", [
  {
    name: "xinfo",
    arity: -2,
    flags: [],
    since: "5.0.0",
    complexity: "Depends on subcommand.",
    summary: "Tells of streams, their groups and consumers.",
    syntax: "",
    subcommands: [
      {
        name: "stream",
        arity: -3,
        flags: ["readonly"],
        keys: [keyAt(2, "RO", "access")],
        since: "5.0.0",
        complexity: "O(1)",
        summary: "Tells of a stream.",
        syntax: "key [FULL [COUNT count]]",
        docs: { groups: ["full"], types: { FULL: "block" } },
        history: [
          ["6.0.0", "Added the `FULL` modifier."],
          [
            "7.0.0",
            "Added the `max-deleted-entry-id`, `entries-added`, `recorded-first-entry-id`, `entries-read` and `lag` fields",
          ],
        ],
        handler: describeStream,
      },
      {
        name: "groups",
        arity: 3,
        flags: ["readonly"],
        keys: [keyAt(2, "RO", "access")],
        since: "5.0.0",
        complexity: "O(1)",
        summary: "Tells of the consumer groups of a stream.",
        syntax: "key",
        history: [["7.0.0", "Added the `entries-read` and `lag` fields"]],
        handler: describeGroups,
      },
      {
        name: "consumers",
        arity: 4,
        flags: ["readonly"],
        keys: [keyAt(2, "RO", "access")],
        tips: ["nondeterministic_output"],
        since: "5.0.0",
        complexity: "O(1)",
        summary: "Tells of the consumers of a group.",
        syntax: "key groupname",
        handler: describeConsumers,
      },
      {
        name: "help",
        arity: 2,
        flags: ["loading", "stale"],
        since: "5.0.0",
        complexity: "O(1)",
        summary: "Lists the subcommands of XINFO.",
        syntax: "",
        handler: helpOf("XINFO", [
          "CONSUMERS <key> <groupname>",
          "    Show consumers of <groupname>.",
          "GROUPS <key>",
          "    Show the stream consumer groups.",
          "STREAM <key> [FULL [COUNT <count>]",
          "    Show information about the stream.",
        ]),
      },
    ],
  },
]);

function readStream({ args, db }: Call): ReadonlyStream {
  const stream = db.read(args.key(2), "stream");
  if (stream === undefined) throw NO_SUCH_KEY;
  return stream;
}

function describeStream(call: Call): void {
  const { args, reply } = call;
  const stream = readStream(call);
  const isFull = args.length > 3;
  let count = SHOWN;
  if (isFull) {
    const fits = (args.length === 4 || args.length === 6) &&
      args.is(3, "FULL") && (args.length === 4 || args.is(4, "COUNT"));
    if (!fits) throw misusedSubcommand(args);
    if (args.length === 6) count = args.integer(5);
    if (count < 0) count = SHOWN;
    if (count === 0) count = Infinity;
  }
  reply.map(isFull ? 9 : 10);
  number(reply, "length", stream.length);
  // Differs from Redis: a stream that was loaded or restored has its entries, without the deleted ones, in nodes anew, and XINFO tells of those.
  number(reply, "radix-tree-keys", stream.nodeCount);
  number(reply, "radix-tree-nodes", radixTreeNodes(stream.nodeIds));
  id(reply, "last-generated-id", stream.lastId);
  id(reply, "max-deleted-entry-id", stream.maxDeletedId);
  number(reply, "entries-added", stream.entriesAdded);
  id(reply, "recorded-first-entry-id", stream.first ?? ZERO_ID);
  if (isFull) return describeWhole(reply, stream, count);
  number(reply, "groups", stream.groupCount);
  for (const end of ["first", "last"] as const) {
    reply.bulk(`${end}-entry`);
    const entry = stream[end];
    if (entry === undefined) reply.null();
    else writeEntry(reply, entry);
  }
}

/** Writes up to `count` entries, and the groups with as much of each list. */
function describeWhole(
  reply: ReplyWriter,
  stream: ReadonlyStream,
  count: number,
): void {
  reply.bulk("entries");
  writeEntries(reply, stream.range(ZERO_ID, LAST_ID, count));
  reply.bulk("groups");
  reply.array(stream.groupCount);
  for (const group of stream.groups) {
    reply.map(7);
    text(reply, "name", group.name);
    id(reply, "last-delivered-id", group.lastId);
    progress(reply, stream, group);
    pendingList(reply, group.pending, count, "with consumers");
    reply.bulk("consumers");
    reply.array(group.consumerCount);
    for (const { name, pending, seenAt } of group.consumers) {
      reply.map(4);
      text(reply, "name", name);
      number(reply, "seen-time", seenAt);
      pendingList(reply, pending, count, "without consumers");
    }
  }
}

function pendingList(
  reply: ReplyWriter,
  pending: StreamIndex<PendingEntry>,
  count: number,
  columns: "with consumers" | "without consumers",
): void {
  number(reply, "pel-count", pending.length);
  reply.bulk("pending");
  let left = Math.min(count, pending.length);
  reply.array(left);
  for (const entry of pending) {
    if (left-- === 0) return;
    reply.array(columns === "with consumers" ? 4 : 3);
    reply.bulk(formatId(entry));
    if (columns === "with consumers") reply.bulk(entry.consumer.name);
    reply.integer(entry.deliveredAt);
    reply.integer(entry.deliveries);
  }
}

function describeGroups(call: Call): void {
  const { reply } = call;
  const stream = readStream(call);
  reply.array(stream.groupCount);
  for (const group of stream.groups) {
    reply.map(6);
    text(reply, "name", group.name);
    number(reply, "consumers", group.consumerCount);
    number(reply, "pending", group.pending.length);
    id(reply, "last-delivered-id", group.lastId);
    progress(reply, stream, group);
  }
}

function describeConsumers(call: Call): void {
  const { args, now, reply } = call;
  const group = readStream(call).group(args.string(3));
  if (group === undefined) throw noSuchGroup(args);
  reply.array(group.consumerCount);
  for (const { name, pending, seenAt } of group.consumers) {
    reply.map(3);
    text(reply, "name", name);
    number(reply, "pending", pending.length);
    number(reply, "idle", Math.max(0, now - seenAt));
  }
}

/** Writes how far a group has read, and how far that is from the end. */
function progress(
  reply: ReplyWriter,
  stream: ReadonlyStream,
  group: ReadonlyConsumerGroup,
): void {
  number(reply, "entries-read", group.entriesRead);
  number(reply, "lag", stream.lag(group));
}

function number(reply: ReplyWriter, name: string, n: Int64 | undefined): void {
  reply.bulk(name);
  if (n === undefined) reply.null();
  else reply.integer(n);
}

function text(reply: ReplyWriter, name: string, value: string): void {
  reply.bulk(name);
  reply.bulk(value);
}

function id(reply: ReplyWriter, name: string, value: StreamId): void {
  text(reply, name, formatId(value));
}

/** Returns how many nodes the radix tree has in which Redis would keep listpacks with these ids. */
function radixTreeNodes(ids: readonly StreamId[]): number {
  const keys = ids.map(({ ms, seq }) =>
    BigInt(ms).toString(16).padStart(16, "0") +
    BigInt(seq).toString(16).padStart(16, "0")
  );
  return keys.length === 0 ? 1 : nodesBelow(keys, 0, keys.length, 0);
}

/** Counts the nodes for the keys from `from` to `to`, in hexadecimal and in order, which are the same up to `at`. */
function nodesBelow(
  keys: readonly string[],
  from: number,
  to: number,
  at: number,
): number {
  const first = keys[from]!, last = keys[to - 1]!;
  if (to - from === 1) return at === first.length ? 1 : 2;
  let common = at;
  while (first.slice(common, common + 2) === last.slice(common, common + 2)) {
    common += 2;
  }
  let nodes = common > at ? 2 : 1;
  for (let begin = from; begin < to;) {
    const byte = keys[begin]!.slice(common, common + 2);
    let end = begin + 1;
    while (end < to && keys[end]!.slice(common, common + 2) === byte) end++;
    nodes += nodesBelow(keys, begin, end, common + 2);
    begin = end;
  }
  return nodes;
}
