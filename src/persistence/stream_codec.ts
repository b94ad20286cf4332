import { type Int64, parseInt64 } from "../protocol/integer.ts";
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
  type Part,
  PART_BYTES,
  type ValueCodec,
} from "./codec.ts";
import { asObject, type Json, type JsonObject } from "./json.ts";

/**
 * Streams: an object of the entries, each a pair of its id and its fields and
 * values by turns, what is counted of them, and the groups. A further line has
 * more `entries`, or more that is `pending` with a group. All but the entries may
 * be left out.
 */
export const streamCodec: ValueCodec<Stream> = {
  encode(stream) {
    const entries = Array.from(stream, entryJson).join(",");
    const groups = stream.groups.map((group) =>
      groupJson(group, Array.from(group.pending, pendingJson).join(","))
    );
    return whole(stream, entries, groups);
  },

  *parts(stream) {
    const groups = stream.groups.map((group) => groupJson(group, ""));
    let how: Part["how"] = "value";
    for (const entries of lines(stream, entryJson)) {
      if (entries === undefined) {
        yield undefined;
        continue;
      }
      const json = how === "value"
        ? whole(stream, entries, groups)
        : `{"entries":[${entries}]}`;
      yield { how, json };
      how = "append";
    }
    if (how === "value") yield { how, json: whole(stream, "", groups) };
    for (const { name, pending } of stream.groups) {
      for (const entries of lines(pending, pendingJson)) {
        yield entries === undefined ? undefined : {
          how: "append",
          json: `{"group":${JSON.stringify(name)},"pending":[${entries}]}`,
        };
      }
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

/** Joins the JSON of things until there is enough for a line; `undefined` where a slice ends. */
function* lines<T>(
  things: Iterable<T>,
  json: (thing: T) => string,
): Generator<string | undefined> {
  let line = "";
  let i = 0;
  for (const thing of things) {
    if (endsSlice(i++)) yield undefined;
    line += `${line === "" ? "" : ","}${json(thing)}`;
    if (line.length < PART_BYTES) continue;
    yield line;
    line = "";
  }
  if (line !== "") yield line;
}

function whole(
  stream: Stream,
  entries: string,
  groups: readonly string[],
): string {
  const { entriesAdded, lastId, maxDeletedId } = stream;
  return `{"entries":[${entries}],"lastId":"${
    formatId(lastId)
  }","entriesAdded":${integerJson(entriesAdded)},"maxDeletedId":"${
    formatId(maxDeletedId)
  }","groups":[${groups.join(",")}]}`;
}

function entryJson(entry: StreamEntry): string {
  return `["${formatId(entry)}",${JSON.stringify(entry.fields)}]`;
}

function groupJson(group: ConsumerGroup, pending: string): string {
  const { consumers, entriesRead, lastId, name } = group;
  const read = entriesRead === undefined
    ? ""
    : `"entriesRead":${integerJson(entriesRead)},`;
  return `{"name":${JSON.stringify(name)},"lastDeliveredId":"${
    formatId(lastId)
  }",${read}"pending":[${pending}],"consumers":[${
    consumers.map(consumerJson).join(",")
  }]}`;
}

function pendingJson(entry: PendingEntry): string {
  return `{"id":"${formatId(entry)}","consumer":${
    JSON.stringify(entry.consumer.name)
  },"deliveredAt":${entry.deliveredAt},"deliveries":${
    integerJson(entry.deliveries)
  }}`;
}

function consumerJson({ name, seenAt }: Consumer): string {
  return `{"name":${JSON.stringify(name)},"seenAt":${seenAt}}`;
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
      Number(integerOf(consumer["seenAt"] ?? 0, "seenAt")),
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
      Number(integerOf(fields["deliveredAt"] ?? 0, "deliveredAt")),
      integerOf(fields["deliveries"] ?? 1, "deliveries"),
    );
  }
}

function idOf(json: Json): StreamId {
  const id = typeof json === "string" ? parseId(json) : undefined;
  if (id === undefined) throw new MalformedValue('an id that is not "ms-seq"');
  return id;
}

/** Integers that a double cannot hold are text. */
function integerJson(n: Int64): string {
  return typeof n === "number" ? `${n}` : `"${n}"`;
}

function integerOf(json: Json, what: string): Int64 {
  const n = typeof json === "string" ? parseInt64(json) : undefined;
  if (n !== undefined) return n;
  if (typeof json === "bigint" || Number.isInteger(json)) return json as Int64;
  throw new MalformedValue(`${what} that is no integer`);
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
