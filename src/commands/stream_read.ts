import type { Args } from "../protocol/args.ts";
import {
  CommandError,
  commandError,
  SYNTAX_ERROR,
  TIMEOUT_NEGATIVE,
} from "../protocol/command_error.ts";
import {
  type Call,
  commandGroup,
  type FoundKey,
  type KeySpec,
} from "../server/command.ts";
import { Events } from "../store/events.ts";
import type { Stream } from "../store/values/stream.ts";
import type { Consumer, ConsumerGroup } from "../store/values/stream_group.ts";
import {
  compareIds,
  counted,
  LAST_ID,
  nextId,
  type StreamId,
  ZERO_ID,
} from "../store/values/stream_id.ts";
import type { StreamEntry } from "../store/values/stream_node.ts";
import type { ReadonlyStream } from "../store/values/value.ts";
import { noGroup, readId, writeEntry, writeId } from "./stream_args.ts";
import {
  propagateClaim,
  propagateConsumer,
  propagateLastId,
} from "./stream_propagation.ts";

const TIMEOUT_NOT_AN_INTEGER = commandError(
  "timeout is not an integer or out of range",
);
const UNBALANCED = commandError(
  "Unbalanced XREAD list of streams: for each stream key an ID or '$' must be specified.",
);
const GROUP_IN_XREAD = commandError(
  "The GROUP option is only supported by XREADGROUP. You called XREAD instead.",
);
const NOACK_IN_XREAD = commandError(
  "The NOACK option is only supported by XREADGROUP. You called XREAD instead.",
);
const NO_GROUP_GIVEN = commandError("Missing GROUP option for XREADGROUP");
const LAST_IN_GROUP = commandError(
  "The $ ID is meaningless in the context of XREADGROUP: you want to read the history of this consumer " +
    "by specifying a proper ID, or use the > ID to get new messages. The $ ID would just return an empty result set.",
);
const NEW_WITHOUT_GROUP = commandError(
  "The > ID can be specified only when calling XREADGROUP using the GROUP <group> <consumer> option.",
);
const GROUP_GONE = noGroup(
  "the consumer group this client was blocked on no longer exists",
);
const KEY_GONE = new CommandError(
  "UNBLOCKED",
  "the stream key no longer exists",
);
/** How many entries a client gets at most that has waited and did not say. */
const COUNT_AFTER_WAIT = 1000;

export const streamReadCommands = commandGroup("stream", [
  {
    name: "xread",
    arity: -4,
    flags: ["readonly", "blocking"],
    keys: [keysAfterStreams(1)],
    findKeys: keysOfRead,
    since: "5.0.0",
    complexity:
      "For each stream mentioned: O(N) with N being the number of elements being returned, it means that XREAD-ing with a fixed COUNT is O(1). Note that when the BLOCK option is used, XADD will pay O(M) time in order to serve the M clients blocked on the stream getting new data.",
    summary:
      "Returns the entries of streams after given ids, or waits for some.",
    syntax:
      "[COUNT count] [BLOCK milliseconds] STREAMS key [key ...] id [id ...]",
    docs: {
      groups: ["streams"],
    },
    handler: (call) => read(call, false),
  },
  {
    name: "xreadgroup",
    arity: -7,
    flags: ["write", "blocking"],
    keys: [keysAfterStreams(4)],
    findKeys: keysOfRead,
    since: "5.0.0",
    complexity:
      "For each stream mentioned: O(M) with M being the number of elements returned. If M is constant (e.g. always asking for the first 10 elements with COUNT), you can consider it O(1). On the other side when XREADGROUP blocks, XADD will pay the O(N) time in order to serve the N clients blocked on the stream getting new data.",
    summary:
      "Returns entries that are new to a consumer group, or waits for some; or what is pending with a consumer.",
    syntax:
      "GROUP group consumer [COUNT count] [BLOCK milliseconds] [NOACK] STREAMS key [key ...] id [id ...]",
    docs: {
      groups: ["group_consumer", "streams"],
    },
    handler: (call) => read(call, true),
  },
]);

function keysAfterStreams(startFrom: number): KeySpec {
  return {
    flags: ["RO", "access"],
    begin: { keyword: "STREAMS", startFrom },
    find: { lastKey: -1, step: 1, limit: 2 },
  };
}

/** Finds the keys where a group, or a key, is called STREAMS. */
function keysOfRead(args: Args): readonly FoundKey[] {
  let i = 1;
  while (i < args.length && !args.is(i, "STREAMS")) {
    if (args.is(i, "BLOCK") || args.is(i, "COUNT")) i += 2;
    else if (args.is(i, "GROUP")) i += 3;
    else if (args.is(i, "NOACK")) i++;
    else return [];
  }
  const count = args.length - i - 1;
  if (count <= 0 || count % 2 === 1) return [];
  return Array.from(
    { length: count / 2 },
    (_, n) => ({ index: i + 1 + n, flags: [] }),
  );
}

/** Who reads for a group. */
interface Reader {
  readonly group: string;
  readonly consumer: string;
  readonly acknowledges: "later" | "never";
}

/** What XREAD and XREADGROUP are told. */
interface ReadOptions {
  /** How many entries of each stream; Infinity for all. */
  readonly count: number;
  /** Until when to wait in unix milliseconds: Infinity for no end, `undefined` not to wait. */
  readonly deadline: number | undefined;
  readonly reader: Reader | undefined;
  /** The first key, as the index of its argument. */
  readonly firstKey: number;
  readonly keys: number;
}

/** What one stream has for a reader; an entry without fields was deleted while it was pending. */
interface Found {
  readonly key: string;
  readonly entries: readonly (StreamEntry | StreamId)[];
}

/** XREAD and XREADGROUP. */
function read(call: Call, forGroup: boolean): void {
  const { args, client, db, reply, server } = call;
  const options = readOptions(call, forGroup);
  const { count, deadline, firstKey, reader } = options;
  const after = readPositions(call, options);
  // What it does to groups is propagated bit by bit.
  server.propagation.suppress();
  const found: Found[] = [];
  for (let n = 0; n < options.keys; n++) {
    const key = args.string(firstKey + n);
    const stream = db.read(key, "stream");
    if (stream === undefined) continue;
    const id = after[n]!;
    const entries = reader === undefined
      ? entriesAfter(stream, id, count)
      : entriesForGroup(call, key, id, count, reader);
    if (entries !== undefined) found.push({ key, entries });
  }
  if (found.length > 0) return writeFound(call, found);
  if (deadline === undefined || !client.mayBlock) return reply.nullArray();
  const positions = new Map<string, StreamId>();
  for (let n = 0; n < options.keys; n++) {
    const key = args.string(firstKey + n);
    if (!positions.has(key)) positions.set(key, after[n]!);
  }
  const most = count === Infinity ? COUNT_AFTER_WAIT : count;
  server.blocking.block(client, {
    keys: [...positions.keys()],
    type: "stream",
    deadline,
    serve: (call, key) => serve(call, key, positions.get(key)!, most, reader),
    ...reader !== undefined && {
      keyGone: () => {
        throw KEY_GONE;
      },
    },
    timedOut: ({ reply }) => reply.nullArray(),
  });
}

function readOptions(call: Call, forGroup: boolean): ReadOptions {
  const { args } = call;
  let count = Infinity;
  let deadline: number | undefined;
  let group: number | undefined;
  let acknowledges: Reader["acknowledges"] = "later";
  for (let i = 1; i < args.length; i++) {
    const more = args.length - 1 - i;
    if (args.is(i, "BLOCK") && more > 0) {
      if (call.client.isScript) {
        throw commandError(
          `${
            args.string(0)
          } command is not allowed with BLOCK option from scripts`,
        );
      }
      deadline = readDeadline(call, ++i);
    } else if (args.is(i, "COUNT") && more > 0) {
      const n = args.integer(++i);
      count = n > 0 ? n : Infinity;
    } else if (args.is(i, "STREAMS") && more > 0) {
      if (more % 2 === 1) throw UNBALANCED;
      if (forGroup && group === undefined) throw NO_GROUP_GIVEN;
      const reader = group === undefined ? undefined : {
        group: args.string(group),
        consumer: args.string(group + 1),
        acknowledges,
      };
      return { count, deadline, reader, firstKey: i + 1, keys: more / 2 };
    } else if (args.is(i, "GROUP") && more > 1) {
      if (!forGroup) throw GROUP_IN_XREAD;
      group = i + 1;
      i += 2;
    } else if (args.is(i, "NOACK")) {
      if (!forGroup) throw NOACK_IN_XREAD;
      acknowledges = "never";
    } else break;
  }
  throw SYNTAX_ERROR;
}

function readDeadline({ args, now }: Call, i: number): number {
  const ms = args.integer(i, TIMEOUT_NOT_AN_INTEGER);
  if (ms < 0) throw TIMEOUT_NEGATIVE;
  return ms > 0 ? now + ms : Infinity;
}

/** Returns the id after which to read of each stream; the last one there is for what is new to a group. */
function readPositions(call: Call, options: ReadOptions): StreamId[] {
  const { args, db } = call;
  const { firstKey, keys, reader } = options;
  const after: StreamId[] = [];
  for (let keyAt = firstKey; keyAt < firstKey + keys; keyAt++) {
    const stream = db.read(args.key(keyAt), "stream");
    if (reader !== undefined && stream?.group(reader.group) === undefined) {
      throw noGroup(
        `No such key '${args.printed(keyAt)}' or consumer group '${
          reader.group.split("\0", 1)[0]
        }' in XREADGROUP with GROUP option`,
      );
    }
    const idAt = keyAt + keys;
    if (args.is(idAt, "$")) {
      if (reader !== undefined) throw LAST_IN_GROUP;
      after.push(stream?.lastId ?? ZERO_ID);
    } else if (args.is(idAt, ">")) {
      if (reader === undefined) throw NEW_WITHOUT_GROUP;
      after.push(LAST_ID);
    } else after.push(readId(args, idAt));
  }
  return after;
}

/** Returns the entries after an id, or nothing when there are none. */
function entriesAfter(
  stream: ReadonlyStream,
  id: StreamId,
  count: number,
): readonly StreamEntry[] | undefined {
  const { last } = stream;
  if (last === undefined || compareIds(last, id) <= 0) return undefined;
  return stream.range(nextId(id)!, LAST_ID, count);
}

/** Returns entries for a consumer: those new to the group, or those pending after an id. */
function entriesForGroup(
  call: Call,
  key: string,
  id: StreamId,
  count: number,
  reader: Reader,
): Found["entries"] | undefined {
  const { db, now } = call;
  const stream = db.edit(key, "stream")!;
  const group = stream.group(reader.group)!;
  if (compareIds(id, LAST_ID) !== 0) {
    const consumer = readerOf(call, key, group, reader);
    const entries = historyOf(stream, consumer, id, count, now);
    db.changed(key, Events.xdelivery);
    return entries;
  }
  const { last } = stream;
  if (last === undefined || compareIds(last, group.lastId) <= 0) {
    return undefined;
  }
  const entries = deliver(call, key, stream, group, count, reader);
  db.changed(key, Events.xdelivery);
  return entries;
}

/** Returns the consumer of a name, which is created if need be, as one that was just seen. */
export function consumerOf(
  { db, now }: Call,
  key: string,
  group: ConsumerGroup,
  name: string,
): Consumer {
  const existing = group.consumer(name);
  if (existing !== undefined) {
    existing.seenAt = now;
    return existing;
  }
  const consumer = group.addConsumer(name, now);
  db.changed(key, Events.xgroupCreateConsumer);
  return consumer;
}

/** The same for XREADGROUP. A consumer that nothing will be pending with must come elsewhere by itself. */
function readerOf(
  call: Call,
  key: string,
  group: ConsumerGroup,
  { acknowledges, consumer: name }: Reader,
): Consumer {
  if (acknowledges === "never" && group.consumer(name) === undefined) {
    propagateConsumer(call, key, group, name);
  }
  return consumerOf(call, key, group, name);
}

/** Delivers entries that are new to the group. */
function deliver(
  call: Call,
  key: string,
  stream: Stream,
  group: ConsumerGroup,
  count: number,
  reader: Reader,
): readonly StreamEntry[] {
  const consumer = readerOf(call, key, group, reader);
  const start = nextId(group.lastId);
  if (start === undefined) return [];
  const entries = stream.range(start, LAST_ID, count);
  const { now } = call;
  for (const entry of entries) {
    stream.advance(group, entry);
    if (reader.acknowledges === "never") continue;
    // XGROUP SETID may have gone back to what is pending already.
    const pending = group.pending.get(entry) ??
      group.addPending(entry, consumer, now, 1);
    group.reassign(pending, consumer);
    pending.deliveredAt = now;
    pending.deliveries = 1;
    propagateClaim(call, key, group, pending);
  }
  if (reader.acknowledges === "never" && entries.length > 0) {
    propagateLastId(call, key, group);
  }
  return entries;
}

/** Delivers once more what is pending with a consumer. */
function historyOf(
  stream: Stream,
  consumer: Consumer,
  after: StreamId,
  count: number,
  now: number,
): Found["entries"] {
  const entries: (StreamEntry | StreamId)[] = [];
  const start = nextId(after);
  if (start === undefined) return entries;
  for (const pending of consumer.pending.from(start)) {
    if (entries.length >= count) break;
    const entry = stream.find(pending);
    if (entry !== undefined) {
      pending.deliveredAt = now;
      pending.deliveries = counted(pending.deliveries);
    }
    entries.push(entry ?? { ms: pending.ms, seq: pending.seq });
  }
  return entries;
}

/** Lets a client that waits have what has come to a stream. */
function serve(
  call: Call,
  key: string,
  after: StreamId,
  count: number,
  reader: Reader | undefined,
): boolean {
  const stream = call.db.edit(key, "stream")!;
  const group = reader && stream.group(reader.group);
  if (reader !== undefined && group === undefined) throw GROUP_GONE;
  const id = group?.lastId ?? after;
  if (compareIds(stream.lastId, id) <= 0) return false;
  const entries = reader === undefined
    ? stream.range(nextId(id)!, LAST_ID, count)
    : deliver(call, key, stream, group!, count, reader);
  if (reader !== undefined) call.db.changed(key, Events.xdelivery, 0);
  writeFound(call, [{ key, entries }]);
  return true;
}

function writeFound({ reply }: Call, found: readonly Found[]): void {
  reply.mapOfEntries(found.length);
  for (const { entries, key } of found) {
    reply.mapEntry();
    reply.bulk(key);
    reply.array(entries.length);
    for (const entry of entries) {
      if ("fields" in entry) writeEntry(reply, entry);
      else {
        reply.array(2);
        writeId(reply, entry);
        reply.nullArray();
      }
    }
  }
}
