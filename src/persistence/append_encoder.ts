import { RequestWriter, type Word } from "../protocol/request_writer.ts";
import type { Int64 } from "../protocol/integer.ts";
import { formatDouble } from "../protocol/double.ts";
import type { Keyspace } from "../store/keyspace.ts";
import type { Hash } from "../store/values/hash.ts";
import type { List } from "../store/values/list.ts";
import type { MemberSet } from "../store/values/set.ts";
import type { SortedSet } from "../store/values/sorted_set.ts";
import type { Stream } from "../store/values/stream.ts";
import type { ConsumerGroup } from "../store/values/stream_group.ts";
import {
  compareIds,
  formatId,
  isZero,
  type StreamId,
} from "../store/values/stream_id.ts";
import type { Value } from "../store/values/value.ts";
import { CHECKSUM_LINE } from "./append_file.ts";
import { crc32, loadCrc32 } from "./crc32.ts";
import type { EntryEncoder } from "./entry_encoder.ts";

/** How many elements go into one command. */
const TOGETHER = 64;

/**
 * Turns entries into the commands that make them: the base of a log without a
 * snapshot, which redis-server loads as well.
 */
export class AppendEncoder implements EntryEncoder {
  #writer = new RequestWriter();
  #crc = 0;
  #selected = -1;
  #end = "";

  /** Begins with libraries of functions. */
  constructor(functions: readonly string[] = []) {
    for (const code of functions) this.#command("FUNCTION", "LOAD", code);
  }

  get length(): number {
    return this.#writer.length;
  }

  prepare(rest: () => Promise<void>): Promise<void> {
    return loadCrc32(rest);
  }

  entryAt(db: number, keyspace: Keyspace, slot: number): void {
    this.entry(
      db,
      keyspace.key(slot),
      keyspace.value(slot),
      keyspace.expiries.exactAt(slot),
    );
  }

  entry(db: number, key: string, value: Value, expiresAt: Int64): void {
    for (const _ of this.largeEntry(db, key, value, expiresAt));
  }

  *largeEntry(
    db: number,
    key: string,
    value: Value,
    expiresAt: Int64,
  ): Generator<void> {
    if (db !== this.#selected) this.#command("SELECT", db);
    this.#selected = db;
    for (const words of commandsFor(key, value)) {
      this.#writer.words(words);
      yield;
    }
    if (expiresAt !== Infinity) this.#command("PEXPIREAT", key, expiresAt);
  }

  end(): void {
    this.#sum();
    const digits = this.#crc.toString(16).padStart(8, "0");
    this.#end = `${CHECKSUM_LINE}${digits}\r\n`;
  }

  take(): Uint8Array {
    this.#sum();
    const { bytes, length } = this.#writer;
    const taken = new Uint8Array(length + this.#end.length);
    taken.set(bytes.subarray(0, length));
    for (let i = 0; i < this.#end.length; i++) {
      taken[length + i] = this.#end.charCodeAt(i);
    }
    this.#writer.clear();
    this.#summed = 0;
    this.#end = "";
    return taken;
  }

  #summed = 0;

  #sum(): void {
    const { bytes, length } = this.#writer;
    if (length > this.#summed) {
      this.#crc = crc32(bytes.subarray(this.#summed, length), this.#crc);
    }
    this.#summed = length;
  }

  #command(...words: readonly Word[]): void {
    this.#writer.words(words);
  }
}

function commandsFor(key: string, value: Value): Iterable<readonly Word[]> {
  if (typeof value === "string") return [["SET", key, value]];
  switch (value.type) {
    case "string":
      return [["SET", key, value.toString()]];
    case "list":
      return inGroups(["RPUSH", key], elementsOf(value));
    case "set":
      return inGroups(["SADD", key], elementsOf(value));
    case "hash":
      return inGroups(["HMSET", key], pairsOf(value));
    case "zset":
      return inGroups(["ZADD", key], scoresOf(value));
    case "stream":
      return streamCommands(key, value);
  }
}

/** Returns commands that begin with `start` and have up to `TOGETHER` items each. */
function* inGroups(
  start: readonly Word[],
  items: Iterable<readonly Word[]>,
): Generator<readonly Word[]> {
  let words: Word[] = [];
  let count = 0;
  for (const item of items) {
    if (count === 0) words = [...start];
    words.push(...item);
    if (++count < TOGETHER) continue;
    yield words;
    count = 0;
  }
  if (count > 0) yield words;
}

function* elementsOf(value: List | MemberSet): Generator<[string]> {
  for (const element of value) yield [element];
}

function* pairsOf(hash: Hash): Generator<readonly [string, string]> {
  yield* hash;
}

function* scoresOf(set: SortedSet): Generator<[string, string]> {
  for (const [member, score] of set) yield [formatDouble(score), member];
}

function* streamCommands(
  key: string,
  stream: Stream,
): Generator<readonly Word[]> {
  const gone = pendingAndGone(stream);
  let next = 0;
  for (const entry of stream) {
    for (; next < gone.length && compareIds(gone[next]!, entry) < 0; next++) {
      yield ["XADD", key, formatId(gone[next]!), "x", "y"];
    }
    yield ["XADD", key, formatId(entry), ...entry.fields];
  }
  for (const id of gone.slice(next)) {
    yield ["XADD", key, formatId(id), "x", "y"];
  }
  const { entriesAdded, lastId, maxDeletedId } = stream;
  if (stream.length === 0 && gone.length === 0) {
    // A stream can only come with an entry, which must not have the id 0-0.
    const id = isZero(lastId) ? "0-1" : formatId(lastId);
    yield ["XADD", key, "MAXLEN", 0, id, "x", "y"];
  }
  for (const group of stream.groups) yield* groupCommands(key, group);
  if (gone.length > 0) yield ["XDEL", key, ...gone.map(formatId)];
  // What was deleted may lie above the last id after an XSETID, which no single command may say.
  const isBelow = compareIds(lastId, maxDeletedId) < 0;
  yield [
    "XSETID",
    key,
    formatId(isBelow ? maxDeletedId : lastId),
    "ENTRIESADDED",
    entriesAdded,
    "MAXDELETEDID",
    formatId(maxDeletedId),
  ];
  if (isBelow) yield ["XSETID", key, formatId(lastId)];
}

/**
 * Returns the ids, in order, of entries that are pending and have been deleted:
 * they must be there for a moment to become pending again. (Redis leaves them
 * out.)
 */
function pendingAndGone(stream: Stream): StreamId[] {
  const gone = new Map<string, StreamId>();
  for (const { pending } of stream.groups) {
    for (const entry of pending) {
      if (stream.find(entry) === undefined) gone.set(formatId(entry), entry);
    }
  }
  return [...gone.values()].sort(compareIds);
}

function* groupCommands(
  key: string,
  { consumers, entriesRead = -1, lastId, name: group }: ConsumerGroup,
): Generator<readonly Word[]> {
  const id = formatId(lastId);
  yield ["XGROUP", "CREATE", key, group, id, "ENTRIESREAD", entriesRead];
  for (const { name, pending } of consumers) {
    if (pending.length === 0) {
      yield ["XGROUP", "CREATECONSUMER", key, group, name];
    }
    for (const entry of pending) {
      yield [
        "XCLAIM",
        key,
        group,
        name,
        0,
        formatId(entry),
        "TIME",
        entry.deliveredAt,
        "RETRYCOUNT",
        entry.deliveries,
        "JUSTID",
        "FORCE",
      ];
    }
  }
}
