/** How what was done to streams is told to others: the ids that were made, what trimming left, and what was delivered to whom. */
import type { Call } from "../server/command.ts";
import type { Stream } from "../store/values/stream.ts";
import type {
  ConsumerGroup,
  PendingEntry,
} from "../store/values/stream_group.ts";
import { formatId, LAST_ID, type StreamId } from "../store/values/stream_id.ts";
import type { TrimOptions } from "./stream_args.ts";

/**
 * Has XADD propagated with the id that was made for its entry, and XADD or XTRIM with what an
 * approximate trim has left, which is a matter of how the entries lie.
 */
export function propagateTrimmed(
  { args, server: { propagation } }: Call,
  { idAt, trim, trimAt }: TrimOptions,
  stream: Stream,
  id?: StreamId,
): void {
  if (!propagation.active) return;
  const words = args.strings(0);
  if (id !== undefined) words[idAt] = formatId(id);
  if (trim?.approximate) {
    words[trimAt - 1] = "=";
    words[trimAt] = typeof trim.keep === "number"
      ? String(stream.length)
      : formatId(stream.first ?? LAST_ID);
  }
  propagation.rewrite(...words);
}

/** Propagates how an entry is pending now, so that it can be done again. The entry is named as `id` says, or by its own id. */
export function propagateClaim(
  { db, server: { propagation } }: Call,
  key: string,
  group: ConsumerGroup,
  pending: PendingEntry,
  id?: string,
): void {
  if (!propagation.active) return;
  propagation.add(
    db,
    "XCLAIM",
    key,
    group.name,
    pending.consumer.name,
    0,
    id ?? formatId(pending),
    "TIME",
    pending.deliveredAt,
    "RETRYCOUNT",
    pending.deliveries,
    "FORCE",
    "JUSTID",
    "LASTID",
    formatId(group.lastId),
  );
}

/** Propagates how far a group has read, where no entry that is pending tells. */
export function propagateLastId(
  { db, server: { propagation } }: Call,
  key: string,
  { entriesRead = -1, lastId, name }: ConsumerGroup,
): void {
  propagation.add(
    db,
    "XGROUP",
    "SETID",
    key,
    name,
    formatId(lastId),
    "ENTRIESREAD",
    entriesRead,
  );
}

/** Propagates that a consumer came, where no entry that is pending tells. */
export function propagateConsumer(
  { db, server: { propagation } }: Call,
  key: string,
  group: ConsumerGroup,
  consumer: string,
): void {
  propagation.add(db, "XGROUP", "CREATECONSUMER", key, group.name, consumer);
}
