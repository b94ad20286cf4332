import type { Int64 } from "../../protocol/integer.ts";
import type { StreamId, UInt64 } from "./stream_id.ts";
import { StreamIndex } from "./stream_index.ts";

/** Estimates of the memory that a consumer, and an entry that is pending, take in bytes. */
const CONSUMER = 400;
const PENDING = 120;

/** An entry that was delivered to a consumer and not acknowledged yet. */
export class PendingEntry implements StreamId {
  readonly ms: UInt64;
  readonly seq: UInt64;
  consumer: Consumer;
  /** Unix time of the last delivery, in milliseconds. */
  deliveredAt: number;
  /** How often it was delivered. */
  deliveries: Int64;

  constructor(
    { ms, seq }: StreamId,
    consumer: Consumer,
    deliveredAt: number,
    deliveries: Int64,
  ) {
    this.ms = ms;
    this.seq = seq;
    this.consumer = consumer;
    this.deliveredAt = deliveredAt;
    this.deliveries = deliveries;
  }
}

/** One of those among whom a group shares the entries of a stream. */
export class Consumer {
  readonly name: string;
  /** Unix time at which it last asked for entries, in milliseconds. */
  seenAt: number;
  readonly pending = new StreamIndex<PendingEntry>();

  constructor(name: string, seenAt: number) {
    this.name = name;
    this.seenAt = seenAt;
  }
}

/** Bytes held by all groups of a stream together. */
export interface GroupMemory {
  bytes: number;
}

/**
 * Consumers that share the entries of a stream among them: each is delivered to
 * one of them, and is pending until that one acknowledges it.
 */
export class ConsumerGroup {
  readonly name: string;
  /** The last entry that was delivered. */
  lastId: StreamId;
  /** How many entries the stream has had up to that one, where that is known. */
  entriesRead: Int64 | undefined;
  /** What is pending with any consumer. */
  readonly pending = new StreamIndex<PendingEntry>();
  readonly #consumers = new Map<string, Consumer>();
  readonly #memory: GroupMemory;

  constructor(
    name: string,
    lastId: StreamId,
    entriesRead: Int64 | undefined,
    memory: GroupMemory,
  ) {
    this.name = name;
    this.lastId = lastId;
    this.entriesRead = entriesRead;
    this.#memory = memory;
    memory.bytes += CONSUMER + name.length;
  }

  /** The consumers, by their names. */
  get consumers(): readonly Consumer[] {
    return [...this.#consumers.values()].sort(byName);
  }

  get consumerCount(): number {
    return this.#consumers.size;
  }

  consumer(name: string): Consumer | undefined {
    return this.#consumers.get(name);
  }

  /** Adds a consumer whose name is not there. */
  addConsumer(name: string, seenAt: number): Consumer {
    const consumer = new Consumer(name, seenAt);
    this.#consumers.set(name, consumer);
    this.#memory.bytes += CONSUMER + name.length;
    return consumer;
  }

  /** Removes a consumer with all that is pending with it. */
  removeConsumer(consumer: Consumer): void {
    for (const { ms, seq } of consumer.pending) {
      this.pending.remove({ ms, seq });
    }
    this.#memory.bytes -= consumer.pending.length * PENDING + CONSUMER +
      consumer.name.length;
    this.#consumers.delete(consumer.name);
  }

  /** Makes an entry pending that is not. */
  addPending(
    id: StreamId,
    consumer: Consumer,
    deliveredAt: number,
    deliveries: Int64,
  ): PendingEntry {
    const entry = new PendingEntry(id, consumer, deliveredAt, deliveries);
    this.pending.add(entry);
    consumer.pending.add(entry);
    this.#memory.bytes += PENDING;
    return entry;
  }

  /** Makes what is pending another consumer's. */
  reassign(entry: PendingEntry, consumer: Consumer): void {
    if (entry.consumer === consumer) return;
    entry.consumer.pending.remove(entry);
    entry.consumer = consumer;
    consumer.pending.add(entry);
  }

  /** Ends that an entry is pending; returns whether it was. */
  settle(id: StreamId): boolean {
    const entry = this.pending.remove(id);
    if (entry === undefined) return false;
    entry.consumer.pending.remove(id);
    this.#memory.bytes -= PENDING;
    return true;
  }

  /** Forgets the memory of a group that is removed. */
  release(): void {
    for (const consumer of this.consumers) this.removeConsumer(consumer);
    this.#memory.bytes -= CONSUMER + this.name.length;
  }

  copy(memory: GroupMemory): ConsumerGroup {
    const { entriesRead, lastId, name } = this;
    const group = new ConsumerGroup(name, lastId, entriesRead, memory);
    for (const { name, seenAt } of this.#consumers.values()) {
      group.addConsumer(name, seenAt);
    }
    for (const entry of this.pending) {
      const consumer = group.consumer(entry.consumer.name)!;
      group.addPending(entry, consumer, entry.deliveredAt, entry.deliveries);
    }
    return group;
  }
}

/** Sorts by name, byte by byte. */
export function byName(
  a: { readonly name: string },
  b: { readonly name: string },
): number {
  return a.name < b.name ? -1 : a.name > b.name ? 1 : 0;
}
