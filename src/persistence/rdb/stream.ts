import type { Buffer } from "node:buffer";
import type { Int64 } from "../../protocol/integer.ts";
import { Stream } from "../../store/values/stream.ts";
import {
  compareIds,
  difference,
  isZero,
  type StreamId,
  type UInt64,
  ZERO_ID,
} from "../../store/values/stream_id.ts";
import type { StreamEntry } from "../../store/values/stream_node.ts";
import type { Thresholds } from "../../store/values/thresholds.ts";
import type { ReadonlyStream } from "../../store/values/value.ts";
import { elementCount, type RdbDecoder, type RdbEncoder } from "./codec.ts";
import { ValueTypes } from "./format.ts";
import { ListpackReader } from "./listpack_reader.ts";
import { ListpackWriter } from "./listpack_writer.ts";
import { RdbError } from "./rdb_error.ts";
import { type RdbReader, streamIdAt } from "./reader.ts";
import { readGroups, writeGroups } from "./stream_groups.ts";
import { type RdbWriter, streamIdBytes } from "./writer.ts";

/** Bits of an entry: it was deleted; its fields have the names of the master entry. */
const DELETED = 1, SAME_FIELDS = 2;
/** Elements of an entry besides its fields: flags and the two halves of the id. */
const FIXED = 3;

/**
 * Streams: nodes, each the id it begins with and a listpack: how many entries
 * there are and were deleted, the names of the fields of the first one (the
 * master entry), then the entries, whose ids are differences to that of the node.
 */
export const streamEncoder: RdbEncoder<ReadonlyStream> = {
  layout: () => ValueTypes.streamListpacks2,

  *write(writer, stream) {
    const ids = stream.nodeIds;
    writer.size(ids.length);
    const listpack = new ListpackWriter();
    let node: StreamEntry[] = [];
    let next = 1;
    for (const entry of stream) {
      const nextId = ids[next];
      if (nextId !== undefined && compareIds(entry, nextId) >= 0) {
        writeNode(writer, listpack, ids[next - 1]!, node);
        node = [];
        next++;
        yield;
      }
      node.push(entry);
    }
    if (node.length > 0) writeNode(writer, listpack, ids[next - 1]!, node);
    writer.size(stream.length);
    writer.streamId(stream.lastId);
    writer.streamId(stream.first ?? ZERO_ID);
    writer.streamId(stream.maxDeletedId);
    writer.signed(stream.entriesAdded);
    yield* writeGroups(writer, stream);
  },
};

/** Reads a stream as Redis up to 6.2 has it. */
export const readStream: RdbDecoder<Stream> = (reader, thresholds) =>
  read(reader, thresholds, ValueTypes.streamListpacks);

/** Reads a stream as Redis 7.0 has it. */
export const readStream2: RdbDecoder<Stream> = (reader, thresholds) =>
  read(reader, thresholds, ValueTypes.streamListpacks2);

/** Reads a stream as Redis 7.2 has it. */
export const readStream3: RdbDecoder<Stream> = (reader, thresholds) =>
  read(reader, thresholds, ValueTypes.streamListpacks3);

function writeNode(
  writer: RdbWriter,
  listpack: ListpackWriter,
  id: StreamId,
  entries: readonly StreamEntry[],
): void {
  writer.blob(streamIdBytes(id));
  const master = entries[0]!.fields;
  listpack.clear();
  listpack.integer(entries.length);
  // Redis keeps deleted entries in their places until all of a node are; here they are gone.
  listpack.integer(0);
  listpack.integer(master.length / 2);
  for (let i = 0; i < master.length; i += 2) listpack.append(master[i]!);
  listpack.integer(0);
  for (const entry of entries) writeEntry(listpack, id, master, entry);
  writer.blob(listpack.finish());
}

function writeEntry(
  listpack: ListpackWriter,
  nodeId: StreamId,
  master: readonly string[],
  { fields, ms, seq }: StreamEntry,
): void {
  const same = haveSameNames(fields, master);
  const count = fields.length / 2;
  listpack.integer(same ? SAME_FIELDS : 0);
  listpack.integer(difference(ms, nodeId.ms));
  listpack.integer(difference(seq, nodeId.seq));
  if (!same) listpack.integer(count);
  for (let i = same ? 1 : 0; i < fields.length; i += same ? 2 : 1) {
    listpack.append(fields[i]!);
  }
  listpack.integer(same ? count + FIXED : count * 2 + 1 + FIXED);
}

function haveSameNames(a: readonly string[], b: readonly string[]): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i += 2) if (a[i] !== b[i]) return false;
  return true;
}

function read(
  reader: RdbReader,
  thresholds: Thresholds,
  layout: number,
): Stream {
  const stream = new Stream();
  for (let left = elementCount(reader); left > 0; left--) {
    const id = reader.blob();
    if (id.length !== 16) throw new RdbError("a node without an id");
    readNode(stream, streamIdAt(id, 0), reader.blob(), thresholds);
  }
  const length = reader.size();
  stream.lastId = reader.streamId();
  const { last } = stream;
  if (
    length !== stream.length ||
    (last !== undefined && compareIds(last, stream.lastId) > 0)
  ) throw new RdbError("a stream that does not tell the truth of its entries");
  if (layout === ValueTypes.streamListpacks) {
    stream.entriesAdded = stream.length;
  } else {
    // The id of the first entry, which the entries tell themselves.
    reader.streamId();
    stream.maxDeletedId = reader.streamId();
    stream.entriesAdded = reader.signed();
  }
  readGroups(reader, stream, layout);
  return stream;
}

function readNode(
  stream: Stream,
  nodeId: StreamId,
  bytes: Buffer,
  thresholds: Thresholds,
): void {
  const listpack = new ListpackReader(bytes);
  const count = listpack.integer();
  const deleted = listpack.integer();
  const names: string[] = [];
  for (let left = Number(listpack.integer()); left > 0; left--) {
    names.push(listpack.text());
  }
  if (listpack.integer() !== 0) throw damaged();
  let live = 0, dead = 0;
  while (!listpack.done) {
    const flags = Number(listpack.integer());
    const id = {
      ms: sum(nodeId.ms, listpack.integer()),
      seq: sum(nodeId.seq, listpack.integer()),
    };
    const fields = readFields(listpack, (flags & SAME_FIELDS) !== 0, names);
    if ((flags & DELETED) !== 0) {
      dead++;
      continue;
    }
    live++;
    const { last } = stream;
    if (
      isZero(id) || (last !== undefined && compareIds(id, last) <= 0)
    ) throw new RdbError("entries of a stream out of order");
    stream.restore(id, fields, thresholds);
  }
  if (live !== count || dead !== deleted) throw damaged();
}

/** Reads names and values by turns, and the number of elements behind them. */
function readFields(
  listpack: ListpackReader,
  same: boolean,
  names: readonly string[],
): string[] {
  const fields: string[] = [];
  const count = same ? names.length : Number(listpack.integer());
  for (let i = 0; i < count; i++) {
    fields.push(same ? names[i]! : listpack.text(), listpack.text());
  }
  const elements = FIXED + (same ? count : count * 2 + 1);
  if (count < 1 || listpack.integer() !== elements) throw damaged();
  return fields;
}

/** Adds a signed difference to an unsigned number, which wraps around. */
function sum(a: UInt64, b: Int64): UInt64 {
  if (typeof a === "number" && typeof b === "number") {
    const n = a + b;
    if (n >= 0 && Number.isSafeInteger(n)) return n;
  }
  const n = BigInt.asUintN(64, BigInt(a) + BigInt(b));
  return n <= Number.MAX_SAFE_INTEGER ? Number(n) : n;
}

function damaged(): RdbError {
  return new RdbError("a damaged node of a stream");
}
