/** What the stream commands share: how their arguments are read and entries are written. */
import type { Args } from "../protocol/args.ts";
import {
  CommandError,
  commandError,
  SYNTAX_ERROR,
} from "../protocol/command_error.ts";
import type { ReplyWriter } from "../protocol/reply.ts";
import type { Call } from "../server/command.ts";
import type { TrimTarget } from "../store/values/stream.ts";
import {
  nextId,
  parseId,
  parseOpenId,
  previousId,
  type StreamId,
  UINT64_MAX,
} from "../store/values/stream_id.ts";
import type { StreamEntry } from "../store/values/stream_node.ts";

export const INVALID_ID = commandError(
  "Invalid stream ID specified as stream command argument",
);
const INVALID_START = commandError("invalid start ID for the interval");
const INVALID_END = commandError("invalid end ID for the interval");
const TWO_STRATEGIES = commandError(
  "syntax error, MAXLEN and MINID options at the same time are not compatible",
);
const NEGATIVE_MAXLEN = commandError("The MAXLEN argument must be >= 0.");
const NEGATIVE_LIMIT = commandError("The LIMIT argument must be >= 0.");
const LIMIT_ALONE = commandError(
  "syntax error, LIMIT cannot be used without specifying a trimming strategy",
);
const NO_STRATEGY = commandError(
  "syntax error, XTRIM must be called with a trimming strategy",
);
const LIMIT_OF_EXACT = commandError(
  "syntax error, LIMIT cannot be used without the special ~ option",
);

/** How many nodes an approximate trim removes at most, unless told. */
const NODES_AT_ONCE = 100;
/** The limits of what that makes in entries. */
const ENTRIES_AT_ONCE = { unlimited: 10_000, most: 1_000_000 };

/** Returns argument `i` as an id; `missingSeq` stands for a sequence that is left out. */
export function readId(
  args: Args,
  i: number,
  missingSeq: StreamId["seq"] = 0,
): StreamId {
  const id = parseId(args.string(i), missingSeq);
  if (id === undefined) throw INVALID_ID;
  return id;
}

/** Returns argument `i` as the first id of an interval: `-`, `+`, an id, or `(` and an id that is not part of it. */
export function readStart(args: Args, i: number): StreamId {
  const { id, excluded } = readBound(args.string(i), 0);
  const start = excluded ? nextId(id) : id;
  if (start === undefined) throw INVALID_START;
  return start;
}

/** Returns argument `i` as the last id of an interval. */
export function readEnd(args: Args, i: number): StreamId {
  const { id, excluded } = readBound(args.string(i), UINT64_MAX);
  const end = excluded ? previousId(id) : id;
  if (end === undefined) throw INVALID_END;
  return end;
}

function readBound(
  text: string,
  missingSeq: StreamId["seq"],
): { readonly id: StreamId; readonly excluded: boolean } {
  const excluded = text.length > 1 && text.startsWith("(");
  const id = excluded
    ? parseId(text.slice(1), missingSeq)
    : parseIdOrEnd(text, missingSeq);
  if (id === undefined) throw INVALID_ID;
  return { id, excluded };
}

/** Returns the id that `text` spells, where `-` and `+` are the ends of all ids. */
export function parseIdOrEnd(
  text: string,
  missingSeq: StreamId["seq"],
): StreamId | undefined {
  // Read as C strings, up to the same length as ids.
  if (/^-(\0.{0,125})?$/s.test(text)) return { ms: 0, seq: 0 };
  if (/^\+(\0.{0,125})?$/s.test(text)) {
    return { ms: UINT64_MAX, seq: UINT64_MAX };
  }
  return parseId(text, missingSeq);
}

/** What XADD and XTRIM are told. */
export interface TrimOptions {
  readonly trim: TrimTarget | undefined;
  /** Which argument says how much to keep. */
  readonly trimAt: number;
  readonly createsStream: boolean;
  /** Where the id of XADD is; the number of arguments when it is not there. */
  readonly idAt: number;
  /** The id that XADD gives, or the milliseconds alone of one; absent for `*`. */
  readonly id: StreamId | StreamId["ms"] | undefined;
}

/** `XADD key * field value`, which most say. */
const PLAIN_ADD: TrimOptions = {
  trim: undefined,
  trimAt: 0,
  createsStream: true,
  idAt: 2,
  id: undefined,
};

/** Reads the options of XADD, with the id at their end, or those of XTRIM. */
export function readTrimOptions(
  { args, client, server }: Call,
  command: "xadd" | "xtrim",
): TrimOptions {
  const isAdd = command === "xadd";
  if (isAdd && args.is(2, "*")) return PLAIN_ADD;
  let keep: TrimTarget["keep"] | undefined;
  let trimAt = 0;
  let approximate = false, createsStream = true;
  let limit: number | undefined;
  let id: TrimOptions["id"];
  let i = 2;
  for (; i < args.length; i++) {
    const more = args.length - 1 - i;
    if (isAdd && args.is(i, "*")) break;
    const isLength = args.is(i, "MAXLEN");
    if ((isLength || args.is(i, "MINID")) && more > 0) {
      if (keep !== undefined) throw TWO_STRATEGIES;
      approximate = more > 1 && args.is(i + 1, "~");
      i += approximate || (more > 1 && args.is(i + 1, "=")) ? 2 : 1;
      trimAt = i;
      keep = isLength ? readSize(args, i, NEGATIVE_MAXLEN) : readId(args, i);
    } else if (args.is(i, "LIMIT") && more > 0) {
      limit = readSize(args, ++i, NEGATIVE_LIMIT);
    } else if (isAdd && args.is(i, "NOMKSTREAM")) createsStream = false;
    else if (isAdd) {
      const text = args.string(i);
      id = parseId(text) ?? parseOpenId(text);
      if (id === undefined) throw INVALID_ID;
      break;
    } else throw SYNTAX_ERROR;
  }
  if (keep === undefined && limit !== undefined && limit > 0) throw LIMIT_ALONE;
  if (keep === undefined && !isAdd) throw NO_STRATEGY;
  // What an approximate trim has left is propagated as an exact one, with its limit.
  if (client.mustObey) limit = 0;
  else if (limit !== undefined && !approximate) throw LIMIT_OF_EXACT;
  if (keep === undefined) {
    return { trim: undefined, trimAt, createsStream, idAt: i, id };
  }
  if (approximate) {
    limit ??= usualLimit(server.store.thresholds.streamNodeEntries);
  }
  const trim = { keep, approximate, limit: limit ?? 0 };
  return { trim, trimAt, createsStream, idAt: i, id };
}

function readSize(args: Args, i: number, ifNegative: CommandError): number {
  const size = args.integer(i);
  if (size < 0) throw ifNegative;
  return size;
}

function usualLimit(nodeEntries: number): number {
  const limit = NODES_AT_ONCE * nodeEntries;
  if (limit <= 0) return ENTRIES_AT_ONCE.unlimited;
  return Math.min(limit, ENTRIES_AT_ONCE.most);
}

/** Returns the error for a key, or a group of it, that is not there. */
export function noGroup(text: string): CommandError {
  return new CommandError("NOGROUP", text);
}

export function writeId(reply: ReplyWriter, { ms, seq }: StreamId): void {
  reply.bulkDashed(ms, seq);
}

/** Writes an entry as its id and its fields. */
export function writeEntry(reply: ReplyWriter, entry: StreamEntry): void {
  reply.array(2);
  writeId(reply, entry);
  reply.bulks(entry.fields);
}

export function writeEntries(
  reply: ReplyWriter,
  entries: readonly StreamEntry[],
): void {
  reply.array(entries.length);
  for (const entry of entries) writeEntry(reply, entry);
}
