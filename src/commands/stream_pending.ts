import type { Args } from "../protocol/args.ts";
import {
  CommandError,
  commandError,
  SYNTAX_ERROR,
} from "../protocol/command_error.ts";
import type { Int64 } from "../protocol/integer.ts";
import { type Call, commandGroup, keyAt } from "../server/command.ts";
import { Events } from "../store/events.ts";
import type {
  Consumer,
  ConsumerGroup,
  PendingEntry,
} from "../store/values/stream_group.ts";
import {
  compareIds,
  counted,
  nextId,
  parseId,
  type StreamId,
  ZERO_ID,
} from "../store/values/stream_id.ts";
import type { StreamEntry } from "../store/values/stream_node.ts";
import type { ReadonlyConsumerGroup } from "../store/values/value.ts";
import {
  noGroup,
  readEnd,
  readId,
  readStart,
  writeEntry,
  writeId,
} from "./stream_args.ts";
import { propagateClaim, propagateLastId } from "./stream_propagation.ts";
import { consumerOf } from "./stream_read.ts";

const COUNT_NOT_POSITIVE = commandError("COUNT must be > 0");
/** How many entries XAUTOCLAIM looks at for each that it may return. */
const LOOKS_PER_ENTRY = 10;
const LARGEST_COUNT = Number(2n ** 63n / 16n);

export const streamPendingCommands = commandGroup("stream", [
  {
    name: "xpending",
    arity: -3,
    flags: ["readonly"],
    keys: [keyAt(1, "RO", "access")],
    tips: ["nondeterministic_output"],
    since: "5.0.0",
    complexity:
      "O(N) with N being the number of elements returned, so asking for a small fixed number of entries per call is O(1). O(M), where M is the total number of entries scanned when used with the IDLE filter. When the command returns just the summary and the list of consumers is small, it runs in O(1) time; otherwise, an additional O(N) time for iterating every consumer.",
    summary: "Tells what is pending with the consumers of a group.",
    syntax: "key group [[IDLE min-idle-time] start end count [consumer]]",
    docs: {
      groups: ["filters"],
      types: { IDLE: "integer", start: "string", end: "string" },
      since: { IDLE: "6.2.0" },
    },
    history: [[
      "6.2.0",
      "Added the `IDLE` option and exclusive range intervals.",
    ]],
    handler: xpending,
  },
  {
    name: "xclaim",
    arity: -6,
    flags: ["write", "fast"],
    keys: [keyAt(1, "RW", "update")],
    tips: ["nondeterministic_output"],
    since: "5.0.0",
    complexity:
      "O(log N) with N being the number of messages in the PEL of the consumer group.",
    summary: "Makes pending entries another consumer's.",
    syntax:
      "key group consumer min-idle-time id [id ...] [IDLE ms] [TIME unix-time-milliseconds] [RETRYCOUNT count] [FORCE] [JUSTID] [LASTID id]",
    handler: xclaim,
  },
  {
    name: "xautoclaim",
    arity: -6,
    flags: ["write", "fast"],
    keys: [keyAt(1, "RW", "delete")],
    tips: ["nondeterministic_output"],
    since: "6.2.0",
    complexity: "O(1) if COUNT is small.",
    summary: "Makes entries that have long been pending another consumer's.",
    syntax: "key group consumer min-idle-time start [COUNT count] [JUSTID]",
    docs: { types: { start: "string" } },
    history: [[
      "7.0.0",
      "Added an element to the reply array, containing deleted entries the command cleared from the PEL",
    ]],
    handler: xautoclaim,
  },
]);

function xpending(call: Call): void {
  const { args } = call;
  if (args.length === 3) return summarize(call);
  if (args.length < 6 || args.length > 9) throw SYNTAX_ERROR;
  let at = 3, minIdle = 0;
  if (args.is(3, "IDLE")) {
    minIdle = args.integer(4);
    if (args.length < 8) throw SYNTAX_ERROR;
    at = 5;
  }
  const count = args.integer(at + 2);
  const start = readStart(args, at);
  const end = readEnd(args, at + 1);
  const group = readGroup(call);
  let from: Pick<ReadonlyConsumerGroup, "pending"> | undefined = group;
  if (at + 3 < args.length) from = group.consumer(args.string(at + 3));
  const { now } = call;
  const found: PendingEntry[] = [];
  for (const entry of from?.pending.from(start) ?? []) {
    if (found.length >= count || compareIds(entry, end) > 0) break;
    if (minIdle === 0 || now - entry.deliveredAt >= minIdle) {
      found.push(entry);
    }
  }
  writeDetails(call, found);
}

function readGroup({ args, db }: Call): ReadonlyConsumerGroup {
  const group = db.read(args.key(1), "stream")?.group(args.string(2));
  if (group === undefined) throw noKeyOrGroup(args);
  return group;
}

/** Returns the error for a key, argument 1, or a group, argument 2, that is not there. */
function noKeyOrGroup(args: Args): CommandError {
  return noGroup(
    `No such key '${args.printed(1)}' or consumer group '${args.printed(2)}'`,
  );
}

/** How much is pending, from where to where, and with whom. */
function summarize(call: Call): void {
  const { reply } = call;
  const { consumers, pending } = readGroup(call);
  const { first, last } = pending;
  reply.array(4);
  reply.integer(pending.length);
  if (first === undefined || last === undefined) {
    reply.null();
    reply.null();
    reply.nullArray();
    return;
  }
  writeId(reply, first);
  writeId(reply, last);
  const busy = consumers.filter(({ pending }) => pending.length > 0);
  reply.array(busy.length);
  for (const { name, pending } of busy) {
    reply.array(2);
    reply.bulk(name);
    reply.bulk(`${pending.length}`);
  }
}

function writeDetails(
  { now, reply }: Call,
  entries: readonly PendingEntry[],
): void {
  reply.array(entries.length);
  for (const entry of entries) {
    reply.array(4);
    writeId(reply, entry);
    reply.bulk(entry.consumer.name);
    reply.integer(Math.max(0, now - entry.deliveredAt));
    reply.integer(entry.deliveries);
  }
}

/** What XCLAIM is told behind the ids. */
interface ClaimOptions {
  readonly deliveredAt: number;
  readonly deliveries: Int64 | undefined;
  readonly forces: boolean;
  readonly justIds: boolean;
  readonly lastId: StreamId;
}

function xclaim(call: Call): void {
  const { args, db, now, server: { propagation } } = call;
  const key = args.string(1), groupName = args.string(2);
  if (db.read(key, "stream")?.group(groupName) === undefined) {
    throw noKeyOrGroup(args);
  }
  const minIdle = args.integer(4, invalid("min-idle-time", "XCLAIM"));
  const ids: StreamId[] = [];
  let i = 5;
  for (; i < args.length; i++) {
    const id = parseId(args.string(i));
    if (id === undefined) break;
    ids.push(id);
  }
  const options = readClaimOptions(args, i, now);
  const stream = db.edit(key, "stream")!;
  const group = stream.group(groupName)!;
  let changes = 0;
  if (compareIds(options.lastId, group.lastId) > 0) {
    group.lastId = options.lastId;
    changes = 1;
  }
  const claimed: StreamEntry[] = [];
  let consumer: Consumer | undefined;
  let touched = 0;
  for (const [i, id] of ids.entries()) {
    const entry = stream.find(id);
    const pending = group.pending.get(id);
    if (entry === undefined) {
      if (pending === undefined) continue;
      propagateClaim(call, key, group, pending, args.string(5 + i));
      group.settle(id);
      touched++;
      continue;
    }
    if (pending === undefined && !options.forces) continue;
    if (
      pending !== undefined && minIdle > 0 &&
      now - pending.deliveredAt < minIdle
    ) continue;
    consumer ??= consumerOf(call, key, group, args.string(3));
    const claimedEntry = claim(group, id, pending, consumer, options);
    propagateClaim(call, key, group, claimedEntry, args.string(5 + i));
    claimed.push(entry);
    touched++;
  }
  if (changes > 0 && touched === 0) propagateLastId(call, key, group);
  propagation.suppress();
  if (touched > 0) changes = touched;
  if (changes > 0) db.changed(key, Events.xdelivery, changes);
  writeClaimed(call, claimed, options.justIds);
}

/** Makes an entry, pending or not, a consumer's. */
function claim(
  group: ConsumerGroup,
  id: StreamId,
  pending: PendingEntry | undefined,
  consumer: Consumer,
  options: Pick<ClaimOptions, "deliveredAt" | "deliveries" | "justIds">,
): PendingEntry {
  const { deliveredAt, deliveries, justIds } = options;
  const entry = pending ?? group.addPending(id, consumer, deliveredAt, 1);
  group.reassign(entry, consumer);
  entry.deliveredAt = deliveredAt;
  if (deliveries !== undefined) entry.deliveries = deliveries;
  else if (!justIds) entry.deliveries = counted(entry.deliveries);
  return entry;
}

function readClaimOptions(args: Args, from: number, now: number): ClaimOptions {
  let deliveredAt = -1;
  let deliveries: Int64 | undefined;
  let forces = false, justIds = false;
  let lastId = ZERO_ID;
  for (let i = from; i < args.length; i++) {
    const hasMore = i + 1 < args.length;
    if (args.is(i, "FORCE")) forces = true;
    else if (args.is(i, "JUSTID")) justIds = true;
    else if (args.is(i, "IDLE") && hasMore) {
      deliveredAt = now - args.integer(++i, invalid("IDLE option", "XCLAIM"));
    } else if (args.is(i, "TIME") && hasMore) {
      deliveredAt = args.integer(++i, invalid("TIME option", "XCLAIM"));
    } else if (args.is(i, "RETRYCOUNT") && hasMore) {
      const n = args.int64(++i, invalid("RETRYCOUNT option", "XCLAIM"));
      deliveries = n < 0 ? undefined : n;
    } else if (args.is(i, "LASTID") && hasMore) lastId = readId(args, ++i);
    else throw commandError(`Unrecognized XCLAIM option '${args.printed(i)}'`);
  }
  // A time that cannot be is taken for the present: the clocks of clients differ.
  if (deliveredAt < 0 || deliveredAt > now) deliveredAt = now;
  return { deliveredAt, deliveries, forces, justIds, lastId };
}

function invalid(what: string, command: string): CommandError {
  return commandError(`Invalid ${what} argument for ${command}`);
}

function xautoclaim(call: Call): void {
  const { args, db, now, reply, server } = call;
  const key = args.string(1), groupName = args.string(2);
  // Looked for, and missed, even when the options are wrong.
  const found = db.readAny(key);
  const minIdle = args.integer(4, invalid("min-idle-time", "XAUTOCLAIM"));
  const start = readStart(args, 5);
  let count = 100, justIds = false;
  for (let i = 6; i < args.length; i++) {
    if (args.is(i, "COUNT") && i + 1 < args.length) {
      count = args.integerAtLeast(++i, 1, COUNT_NOT_POSITIVE);
      if (count > LARGEST_COUNT) throw COUNT_NOT_POSITIVE;
    } else if (args.is(i, "JUSTID")) justIds = true;
    else throw SYNTAX_ERROR;
  }
  const stream = found === undefined ? undefined : db.edit(key, "stream");
  const group = stream?.group(groupName);
  if (stream === undefined || group === undefined) throw noKeyOrGroup(args);
  const claimed: StreamEntry[] = [];
  const deleted: StreamId[] = [];
  let consumer: Consumer | undefined;
  let pending = group.pending.atOrAfter(start);
  for (
    let looks = count * LOOKS_PER_ENTRY;
    looks > 0 && pending !== undefined &&
    claimed.length + deleted.length < count;
    looks--
  ) {
    const entry = stream.find(pending);
    const after = nextId(pending);
    if (entry === undefined) {
      deleted.push({ ms: pending.ms, seq: pending.seq });
      propagateClaim(call, key, group, pending);
      group.settle(pending);
    } else if (minIdle <= 0 || now - pending.deliveredAt >= minIdle) {
      consumer ??= consumerOf(call, key, group, args.string(3));
      claim(group, pending, pending, consumer, {
        deliveredAt: now,
        deliveries: undefined,
        justIds,
      });
      propagateClaim(call, key, group, pending);
      claimed.push(entry);
    }
    pending = after && group.pending.atOrAfter(after);
  }
  server.propagation.suppress();
  const changes = claimed.length + deleted.length;
  if (changes > 0) db.changed(key, Events.xdelivery, changes);
  reply.array(3);
  writeId(reply, pending ?? ZERO_ID);
  writeClaimed(call, claimed, justIds);
  reply.array(deleted.length);
  for (const id of deleted) writeId(reply, id);
}

function writeClaimed(
  { reply }: Call,
  entries: readonly StreamEntry[],
  justIds: boolean,
): void {
  reply.array(entries.length);
  for (const entry of entries) {
    if (justIds) writeId(reply, entry);
    else writeEntry(reply, entry);
  }
}
