import { type Int64, toNumber } from "../../protocol/integer.ts";
import type { Stream } from "../../store/values/stream.ts";
import type { ConsumerGroup } from "../../store/values/stream_group.ts";
import type { StreamId } from "../../store/values/stream_id.ts";
import type {
  ReadonlyConsumerGroup,
  ReadonlyStream,
} from "../../store/values/value.ts";
import { elementCount, endsSlice } from "./codec.ts";
import { ValueTypes } from "./format.ts";
import { RdbError } from "./rdb_error.ts";
import type { RdbReader } from "./reader.ts";
import { type RdbWriter, streamIdBytes } from "./writer.ts";

/** Stands for a number of entries read that is not known. */
const UNKNOWN = -1;

/** What is pending in a group, until its consumer is known. */
interface Delivery {
  readonly id: StreamId;
  readonly deliveredAt: number;
  readonly deliveries: Int64;
}

/** Writes the groups of a stream: what is pending with each, then its consumers, with the ids of what is theirs. */
export function* writeGroups(
  writer: RdbWriter,
  { groups }: ReadonlyStream,
): Generator<void> {
  writer.size(groups.length);
  for (const group of groups) yield* writeGroup(writer, group);
}

function* writeGroup(
  writer: RdbWriter,
  group: ReadonlyConsumerGroup,
): Generator<void> {
  writer.string(group.name);
  writer.streamId(group.lastId);
  writer.signed(group.entriesRead ?? UNKNOWN);
  let written = 0;
  writer.size(group.pending.length);
  for (const entry of group.pending) {
    writer.raw(streamIdBytes(entry));
    writer.int64(entry.deliveredAt);
    writer.signed(entry.deliveries);
    if (endsSlice(written++)) yield;
  }
  const { consumers } = group;
  writer.size(consumers.length);
  for (const { name, pending, seenAt } of consumers) {
    writer.string(name);
    writer.int64(seenAt);
    writer.size(pending.length);
    for (const entry of pending) {
      writer.raw(streamIdBytes(entry));
      if (endsSlice(written++)) yield;
    }
  }
}

/** Reads the groups of a stream, whose entries are there already. */
export function readGroups(
  reader: RdbReader,
  stream: Stream,
  layout: number,
): void {
  for (let left = elementCount(reader); left > 0; left--) {
    const name = reader.string();
    if (stream.group(name) !== undefined) {
      throw new RdbError("a stream with the same group twice");
    }
    const lastId = reader.streamId();
    const read = layout === ValueTypes.streamListpacks
      ? stream.entriesReadAt(lastId)
      : reader.signed();
    const group = stream.addGroup(
      name,
      lastId,
      read === UNKNOWN ? undefined : read,
    );
    readConsumers(reader, group, readDeliveries(reader), layout);
  }
}

/** Reads what is pending, by the id as bytes. */
function readDeliveries(reader: RdbReader): Map<string, Delivery> {
  const deliveries = new Map<string, Delivery>();
  for (let left = elementCount(reader); left > 0; left--) {
    const id = reader.rawStreamId();
    const key = streamIdBytes(id).latin1Slice();
    if (deliveries.has(key)) throw new RdbError("an entry pending twice");
    deliveries.set(key, {
      id,
      deliveredAt: toNumber(reader.int64()),
      deliveries: reader.signed(),
    });
  }
  return deliveries;
}

function readConsumers(
  reader: RdbReader,
  group: ConsumerGroup,
  deliveries: Map<string, Delivery>,
  layout: number,
): void {
  for (let left = elementCount(reader); left > 0; left--) {
    const name = reader.string();
    if (group.consumer(name) !== undefined) {
      throw new RdbError("a group with the same consumer twice");
    }
    const consumer = group.addConsumer(name, toNumber(reader.int64()));
    // When it was last given anything, which only Redis 7.2 knows.
    if (layout === ValueTypes.streamListpacks3) reader.int64();
    for (let left = elementCount(reader); left > 0; left--) {
      const key = reader.raw(16).latin1Slice();
      const delivery = deliveries.get(key);
      if (delivery === undefined) {
        throw new RdbError("an entry that is not pending with its group");
      }
      deliveries.delete(key);
      const { deliveredAt, deliveries: times, id } = delivery;
      group.addPending(id, consumer, deliveredAt, times);
    }
  }
  if (deliveries.size > 0) {
    throw new RdbError("an entry that is pending with nobody");
  }
}
