import {
  commandError,
  NO_SUCH_KEY,
  SYNTAX_ERROR,
  wrongArity,
} from "../protocol/command_error.ts";
import type { Int64 } from "../protocol/integer.ts";
import { type Call, commandGroup, keyAt } from "../server/command.ts";
import { Events } from "../store/events.ts";
import { Stream } from "../store/values/stream.ts";
import {
  compareIds,
  isZero,
  LAST_ID,
  nextId,
  type StreamId,
  ZERO_ID,
} from "../store/values/stream_id.ts";
import {
  readId,
  readTrimOptions,
  type TrimOptions,
  writeId,
} from "./stream_args.ts";
import { propagateTrimmed } from "./stream_propagation.ts";

const ZERO_GIVEN = commandError(
  "The ID specified in XADD must be greater than 0-0",
);
const EXHAUSTED = commandError(
  "The stream has exhausted the last possible ID, unable to add more items",
);
const NOT_ABOVE_TOP = commandError(
  "The ID specified in XADD is equal or smaller than the target stream top item",
);
const TOO_LARGE = commandError("Elements are too large to be stored");
const LARGEST_ENTRY = 2 ** 30;
const NEGATIVE_ADDED = commandError("entries_added must be positive");
const BELOW_DELETED = commandError(
  "The ID specified in XSETID is smaller than the provided max_deleted_entry_id",
);
const BELOW_TOP = commandError(
  "The ID specified in XSETID is smaller than the target stream top item",
);
const FEWER_THAN_LENGTH = commandError(
  "The entries_added specified in XSETID is smaller than the target stream length",
);

const TRIMMING = "<MAXLEN | MINID> [= | ~] threshold [LIMIT count]";
const TRIM_NAMES = { "=": "equal", "~": "approximately" };
const TRIM_SINCE = { MINID: "6.2.0", LIMIT: "6.2.0" };

/** The stream commands that add and remove entries. */
export const streamCommands = commandGroup("stream", [
  {
    name: "xadd",
    arity: -5,
    flags: ["write", "denyoom", "fast"],
    keys: [{
      ...keyAt(1, "RW", "update"),
      notes:
        "UPDATE instead of INSERT because of the optional trimming feature",
    }],
    tips: ["nondeterministic_output"],
    since: "5.0.0",
    complexity:
      "O(1) when adding a new entry, O(N) when trimming where N being the number of entries evicted.",
    summary: "Appends an entry to a stream, which is created if need be.",
    syntax:
      `key [NOMKSTREAM] [${TRIMMING}] <* | id> field value [field value ...]`,
    docs: {
      groups: ["trim", "strategy", "operator", "id_or_auto"],
      names: { "*": "auto_id", ...TRIM_NAMES },
      since: { NOMKSTREAM: "6.2.0", ...TRIM_SINCE },
    },
    history: [
      [
        "6.2.0",
        "Added the `NOMKSTREAM` option, `MINID` trimming strategy and the `LIMIT` option.",
      ],
      ["7.0.0", "Added support for the `<ms>-*` explicit ID form."],
    ],
    handler: xadd,
  },
  {
    name: "xlen",
    arity: 2,
    flags: ["readonly", "fast"],
    keys: [keyAt(1, "RO")],
    since: "5.0.0",
    complexity: "O(1)",
    summary: "Answers how many entries a stream has.",
    syntax: "key",
    handler: ({ args, db, reply }) => {
      reply.integer(db.read(args.key(1), "stream")?.length ?? 0);
    },
  },
  {
    name: "xdel",
    arity: -3,
    flags: ["write", "fast"],
    keys: [keyAt(1, "RW", "delete")],
    since: "5.0.0",
    complexity:
      "O(1) for each single item to delete in the stream, regardless of the stream size.",
    summary: "Deletes entries of a stream by their ids.",
    syntax: "key id [id ...]",
    handler: xdel,
  },
  {
    name: "xtrim",
    arity: -4,
    flags: ["write"],
    keys: [keyAt(1, "RW", "delete")],
    tips: ["nondeterministic_output"],
    since: "5.0.0",
    complexity:
      "O(N), with N being the number of evicted entries. Constant times are very small however, since entries are organized in macro nodes containing multiple entries that can be released with a single deallocation.",
    summary: "Removes the oldest entries of a stream.",
    syntax: `key (${TRIMMING})`,
    docs: {
      groups: ["trim", "strategy", "operator"],
      names: TRIM_NAMES,
      since: TRIM_SINCE,
    },
    history: [[
      "6.2.0",
      "Added the `MINID` trimming strategy and the `LIMIT` option.",
    ]],
    handler: xtrim,
  },
  {
    name: "xsetid",
    arity: -3,
    flags: ["write", "denyoom", "fast"],
    keys: [keyAt(1, "RW", "update")],
    since: "5.0.0",
    complexity: "O(1)",
    summary: "Sets the last id of a stream, and what is counted of it.",
    syntax:
      "key last-id [ENTRIESADDED entries_added] [MAXDELETEDID max_deleted_entry_id]",
    docs: { since: { ENTRIESADDED: "7.0.0", MAXDELETEDID: "7.0.0" } },
    history: [[
      "7.0.0",
      "Added the `entries_added` and `max_deleted_entry_id` arguments.",
    ]],
    handler: xsetid,
  },
]);

function xadd(call: Call): void {
  const { args, db, reply, server } = call;
  const options = readTrimOptions(call, "xadd");
  const { createsStream, id: given, idAt, trim } = options;
  const count = args.length - idAt - 1;
  if (count < 2 || count % 2 === 1) throw wrongArity("xadd");
  if (typeof given === "object" && isZero(given)) throw ZERO_GIVEN;
  const key = args.key(1);
  const existing = db.edit(key, "stream");
  if (existing === undefined && !createsStream) return reply.null();
  const id = newId(given, existing?.lastId ?? ZERO_ID, call.now);
  let bytes = 0;
  for (let i = idAt + 1; i < args.length; i++) bytes += args.size(i);
  if (bytes > LARGEST_ENTRY) throw TOO_LARGE;
  const stream = existing ?? db.put(key, new Stream());
  stream.append(id, args.strings(idAt + 1), server.store.thresholds);
  writeId(reply, id);
  db.changed(key, Events.xadd);
  if (trim !== undefined && stream.trim(trim) > 0) {
    db.changed(key, Events.xtrim, 0);
  }
  if (typeof given !== "object" || trim?.approximate) {
    const made = typeof given === "object" ? undefined : id;
    propagateTrimmed(call, options, stream, made);
  }
}

/** Returns the id of an entry to come after `last`. */
function newId(
  given: TrimOptions["id"],
  last: StreamId,
  now: number,
): StreamId {
  if (compareIds(last, LAST_ID) === 0) throw EXHAUSTED;
  if (given === undefined) {
    return now > last.ms ? { ms: now, seq: 0 } : nextId(last)!;
  }
  let id: StreamId;
  if (typeof given === "object") id = given;
  else if (given === last.ms) {
    const next = nextId(last)!;
    // Redis leaves the error of what went wrong before; this is the one that is always seen.
    if (next.ms !== given) throw TOO_LARGE;
    id = next;
  } else id = { ms: given, seq: 0 };
  if (compareIds(id, last) <= 0) throw NOT_ABOVE_TOP;
  return id;
}

function xdel({ args, db, reply }: Call): void {
  const key = args.key(1);
  const stream = db.edit(key, "stream");
  if (stream === undefined) return reply.integer(0);
  const ids = readIds(args, 2);
  let deleted = 0;
  for (const id of ids) if (stream.delete(id)) deleted++;
  if (deleted > 0) db.changed(key, Events.xdel, deleted);
  reply.integer(deleted);
}

/** Returns the arguments from `first` on as ids. */
export function readIds(args: Call["args"], first: number): StreamId[] {
  const ids: StreamId[] = [];
  for (let i = first; i < args.length; i++) ids.push(readId(args, i));
  return ids;
}

function xtrim(call: Call): void {
  const { args, db, reply } = call;
  const options = readTrimOptions(call, "xtrim");
  const trim = options.trim!;
  const key = args.string(1);
  const stream = db.edit(key, "stream");
  if (stream === undefined) return reply.integer(0);
  const removed = stream.trim(trim);
  if (removed > 0) db.changed(key, Events.xtrim, removed);
  if (trim.approximate) propagateTrimmed(call, options, stream);
  reply.integer(removed);
}

function xsetid({ args, db, reply }: Call): void {
  const id = readId(args, 2);
  let entriesAdded: Int64 | undefined;
  let maxDeletedId = ZERO_ID;
  for (let i = 3; i < args.length; i += 2) {
    if (i + 1 >= args.length) throw SYNTAX_ERROR;
    if (args.is(i, "ENTRIESADDED")) {
      entriesAdded = args.int64(i + 1);
      if (entriesAdded < 0) throw NEGATIVE_ADDED;
    } else if (args.is(i, "MAXDELETEDID")) {
      maxDeletedId = readId(args, i + 1);
      if (compareIds(id, maxDeletedId) < 0) throw BELOW_DELETED;
    } else throw SYNTAX_ERROR;
  }
  const key = args.string(1);
  const stream = db.edit(key, "stream");
  if (stream === undefined) throw NO_SUCH_KEY;
  const { last } = stream;
  if (last !== undefined) {
    if (compareIds(id, last) < 0) throw BELOW_TOP;
    if (entriesAdded !== undefined && stream.length > entriesAdded) {
      throw FEWER_THAN_LENGTH;
    }
  }
  stream.lastId = id;
  if (entriesAdded !== undefined) stream.entriesAdded = entriesAdded;
  if (!isZero(maxDeletedId)) stream.maxDeletedId = maxDeletedId;
  db.changed(key, Events.xsetid);
  reply.ok();
}
