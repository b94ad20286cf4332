import {
  type Int64,
  int64Of,
  parseInt64,
  toNumber,
} from "../protocol/integer.ts";
import { Stream } from "../store/values/stream.ts";
import type {
  Consumer,
  ConsumerGroup,
  PendingEntry,
} from "../store/values/stream_group.ts";
import {
  compareIds,
  formatId,
  isZero,
  parseId,
  type StreamId,
  ZERO_ID,
} from "../store/values/stream_id.ts";
import type { StreamEntry } from "../store/values/stream_node.ts";
import type { Thresholds } from "../store/values/thresholds.ts";
import {
  byteString,
  endsSlice,
  MalformedValue,
  type ValueCodec,
} from "./codec.ts";
import { asObject, type Json, type JsonObject } from "./json.ts";
import type { JsonWriter } from "./json_writer.ts";

/**
 * Streams: an object of the entries, each a pair of its id and its fields and
 * values by turns, what is counted of them, and the groups. A further line has
 * more `entries`, or more that is `pending` with a group. All but the entries may
 * be left out.
 */
export const streamCodec: ValueCodec<Stream> = {
  write(json, stream) {
    json.raw('{"entries":[');
    writeAll(json, stream, writeEntry);
    writeRest(json, stream, (group) => group.pending);
  },

  *writeLines(lines, stream) {
    const { json } = lines;
    let isWhole = true;
    const end = () => {
      if (isWhole) writeRest(json, stream, () => []);
      lines.end(isWhole ? "" : "]}");
      isWhole = false;
    };
    if (stream.length === 0 && lines.element()) json.raw('{"entries":[');
    let i = 0;
    for (const entry of stream) {
      if (endsSlice(i++)) yield;
      if (lines.element()) json.raw('{"entries":[');
      writeEntry(json, entry);
      if (!lines.isFull) continue;
      end();
      yield;
    }
    end();
    for (const { name, pending } of stream.groups) {
      for (const entry of pending) {
        if (endsSlice(i++)) yield;
        if (lines.element()) {
          json.raw('{"group":');
          json.text(name);
          json.raw(',"pending":[');
        }
        writePending(json, entry);
        if (lines.isFull) lines.end("]}");
      }
      lines.end("]}");
    }
  },

  decode(json, thresholds) {
    const fields = asObject(json);
    if (fields === undefined) {
      throw new MalformedValue("no object with the entries of a stream");
    }
    refuseUnknown(fields, STREAM_FIELDS);
    const stream = new Stream();
    addEntries(stream, fields["entries"] ?? [], thresholds);
    const { entriesAdded = stream.length, groups = [], lastId } = fields;
    // Of a large stream the first part alone is here: its last id lies further on.
    if (lastId !== undefined) stream.lastId = idOf(lastId);
    refuseBeyondLast(stream);
    stream.entriesAdded = integerOf(entriesAdded, "entriesAdded");
    stream.maxDeletedId = fields["maxDeletedId"] === undefined
      ? ZERO_ID
      : idOf(fields["maxDeletedId"]);
    for (const each of arrayOf(groups, "groups")) addGroup(stream, each);
    return stream;
  },

  join(stream, how, json, thresholds) {
    const fields = how === "append" ? asObject(json) : undefined;
    if (fields === undefined) throw new MalformedValue("not for a stream");
    refuseUnknown(fields, PART_FIELDS);
    const { lastId } = stream;
    addEntries(stream, fields["entries"] ?? [], thresholds);
    stream.lastId = lastId;
    refuseBeyondLast(stream);
    if (fields["group"] !== undefined) {
      const group = stream.group(byteString(fields["group"]));
      if (group === undefined) throw new MalformedValue("for an unknown group");
      addPending(group, fields["pending"] ?? []);
    }
    return stream;
  },
};

const STREAM_FIELDS = [
  "entries",
  "lastId",
  "entriesAdded",
  "maxDeletedId",
  "groups",
];
const PART_FIELDS = ["entries", "group", "pending"];
const GROUP_FIELDS = [
  "name",
  "lastDeliveredId",
  "entriesRead",
  "pending",
  "consumers",
];
const PENDING_FIELDS = ["id", "consumer", "deliveredAt", "deliveries"];
const CONSUMER_FIELDS = ["name", "seenAt"];

/** Writes things with commas between them. */
function writeAll<T>(
  json: JsonWriter,
  things: Iterable<T>,
  write: (json: JsonWriter, thing: T) => void,
): void {
  let isFirst = true;
  for (const thing of things) {
    if (!isFirst) json.raw(",");
    write(json, thing);
    isFirst = false;
  }
}

/** Writes what comes after the entries. */
function writeRest(
  json: JsonWriter,
  { entriesAdded, groups, lastId, maxDeletedId }: Stream,
  pendingOf: (group: ConsumerGroup) => Iterable<PendingEntry>,
): void {
  json.raw(
    `],"lastId":"${formatId(lastId)}","entriesAdded":${
      integerJson(entriesAdded)
    },"maxDeletedId":"${formatId(maxDeletedId)}","groups":[`,
  );
  writeAll(
    json,
    groups,
    (json, group) => writeGroup(json, group, pendingOf(group)),
  );
  json.raw("]}");
}

function writeEntry(json: JsonWriter, entry: StreamEntry): void {
  json.raw(`["${formatId(entry)}",[`);
  writeAll(json, entry.fields, writeText);
  json.raw("]]");
}

function writeGroup(
  json: JsonWriter,
  { consumers, entriesRead, lastId, name }: ConsumerGroup,
  pending: Iterable<PendingEntry>,
): void {
  json.raw('{"name":');
  json.text(name);
  json.raw(`,"lastDeliveredId":"${formatId(lastId)}",`);
  if (entriesRead !== undefined) {
    json.raw(`"entriesRead":${integerJson(entriesRead)},`);
  }
  json.raw('"pending":[');
  writeAll(json, pending, writePending);
  json.raw('],"consumers":[');
  writeAll(json, consumers, writeConsumer);
  json.raw("]}");
}

function writePending(json: JsonWriter, entry: PendingEntry): void {
  json.raw(`{"id":"${formatId(entry)}","consumer":`);
  json.text(entry.consumer.name);
  json.raw(
    `,"deliveredAt":${entry.deliveredAt},"deliveries":${
      integerJson(entry.deliveries)
    }}`,
  );
}

function writeConsumer(json: JsonWriter, { name, seenAt }: Consumer): void {
  json.raw('{"name":');
  json.text(name);
  json.raw(`,"seenAt":${seenAt}}`);
}

function writeText(json: JsonWriter, text: string): void {
  json.text(text);
}

function addEntries(stream: Stream, json: Json, thresholds: Thresholds): void {
  for (const each of arrayOf(json, "entries")) {
    if (!Array.isArray(each) || each.length !== 2) {
      throw new MalformedValue("no pair of an id and fields");
    }
    const id = idOf(each[0]!);
    const fields = arrayOf(each[1]!, "fields").map(byteString);
    if (fields.length === 0 || fields.length % 2 === 1) {
      throw new MalformedValue("no fields with their values");
    }
    const { last } = stream;
    if (isZero(id) || (last !== undefined && compareIds(id, last) <= 0)) {
      throw new MalformedValue(`the entry ${formatId(id)} out of order`);
    }
    stream.restore(id, fields, thresholds);
    stream.lastId = id;
  }
}

/** A large stream tells its last id before its last entries come. */
function refuseBeyondLast({ last, lastId }: Stream): void {
  if (last !== undefined && compareIds(last, lastId) > 0) {
    throw new MalformedValue(
      `the entry ${formatId(last)} beyond lastId ${formatId(lastId)}`,
    );
  }
}

function addGroup(stream: Stream, json: Json): void {
  const fields = objectOf(json, GROUP_FIELDS, "group");
  const name = byteString(fields["name"] ?? 0);
  if (stream.group(name) !== undefined) {
    throw new MalformedValue("a stream with the same group twice");
  }
  const { entriesRead, lastDeliveredId } = fields;
  const group = stream.addGroup(
    name,
    lastDeliveredId === undefined ? ZERO_ID : idOf(lastDeliveredId),
    entriesRead === undefined
      ? undefined
      : integerOf(entriesRead, "entriesRead"),
  );
  for (const each of arrayOf(fields["consumers"] ?? [], "consumers")) {
    const consumer = objectOf(each, CONSUMER_FIELDS, "consumer");
    const name = byteString(consumer["name"] ?? 0);
    if (group.consumer(name) !== undefined) {
      throw new MalformedValue("a group with the same consumer twice");
    }
    group.addConsumer(
      name,
      toNumber(integerOf(consumer["seenAt"] ?? 0, "seenAt")),
    );
  }
  addPending(group, fields["pending"] ?? []);
}

function addPending(group: ConsumerGroup, json: Json): void {
  for (const each of arrayOf(json, "pending")) {
    const fields = objectOf(each, PENDING_FIELDS, "pending entry");
    const id = idOf(fields["id"] ?? 0);
    const consumer = group.consumer(byteString(fields["consumer"] ?? 0));
    if (consumer === undefined) {
      throw new MalformedValue("pending with a consumer that is not there");
    }
    if (group.pending.get(id) !== undefined) {
      throw new MalformedValue(`${formatId(id)} pending twice`);
    }
    group.addPending(
      id,
      consumer,
      toNumber(integerOf(fields["deliveredAt"] ?? 0, "deliveredAt")),
      integerOf(fields["deliveries"] ?? 1, "deliveries"),
    );
  }
}

function idOf(json: Json): StreamId {
  const id = typeof json === "string" ? parseId(json) : undefined;
  if (id === undefined) throw new MalformedValue('an id that is not "ms-seq"');
  return id;
}

/** Integers that a double cannot hold are text. Those below zero are there: counters wrap around, and RESTORE brings any. */
function integerJson(n: Int64): string {
  return typeof n === "number" ? `${n}` : `"${n}"`;
}

function integerOf(json: Json, what: string): Int64 {
  const n = typeof json === "string"
    ? parseInt64(json)
    : typeof json === "number" || typeof json === "bigint"
    ? int64Of(json)
    : undefined;
  if (n === undefined) {
    throw new MalformedValue(`${what} that is no integer of 64 bits`);
  }
  return n;
}

function arrayOf(json: Json, what: string): readonly Json[] {
  if (!Array.isArray(json)) throw new MalformedValue(`no array of ${what}`);
  return json;
}

function objectOf(
  json: Json,
  names: readonly string[],
  what: string,
): JsonObject {
  const fields = asObject(json);
  if (fields === undefined) throw new MalformedValue(`a ${what} is no object`);
  refuseUnknown(fields, names);
  return fields;
}

function refuseUnknown(fields: JsonObject, names: readonly string[]): void {
  for (const name in fields) {
    if (!names.includes(name)) {
      throw new MalformedValue(`unknown field ${JSON.stringify(name)}`);
    }
  }
}
