import type { Database } from "../store/database.ts";
import { Events, type KeyEvent } from "../store/events.ts";
import type { Client } from "./client.ts";
import { Restrictions } from "./client.ts";
import { CommandQueue } from "./command_queue.ts";
import type { Command } from "./command_table.ts";

/** What Redis counts for each argument beyond its bytes. */
const POINTER = 8;

/** What a client has queued since MULTI. */
export interface Transaction {
  /** The client's, which it uses for every transaction. */
  readonly queue: CommandQueue;
  /** Bytes of all command lines queued, as Redis counts them. */
  bytes: number;
  /** Bits of all commands queued: whether EXEC will write, or need memory. */
  bits: number;
  /** Set when a command could not be queued, so that EXEC fails. */
  aborted: boolean;
}

/** Opens a transaction: MULTI. */
export function beginTransaction(client: Client): void {
  const queue = client.queue ??= new CommandQueue();
  client.transaction = { queue, bytes: 0, bits: 0, aborted: false };
  client.restrict(Restrictions.transaction, true);
}

/** Puts the command in `client.args` into the queue, unless EXEC will fail anyway. `bits` are the command's, or what its script declares. */
export function queueCommand(
  client: Client,
  transaction: Transaction,
  command: Command,
  bits = command.bits,
): void {
  if (transaction.aborted || client.watchBroken) return;
  const { args } = client;
  transaction.queue.add(command, args);
  transaction.bytes += args.bytesInAll + args.length * POINTER;
  transaction.bits |= bits;
}

/** Forgets a transaction and what it watched: DISCARD, and the end of EXEC. */
export function endTransaction(client: Client): void {
  client.transaction?.queue.clear();
  client.transaction = undefined;
  client.restrict(Restrictions.transaction, false);
  client.server.watches.forget(client);
}

/** A key that a client watches. */
export interface Watch {
  readonly client: Client;
  readonly db: Database;
  readonly key: string;
  /** Whether the key was there when the watch began: that one which was not is removed as expired is no change. */
  readonly existed: boolean;
}

/** Which clients watch which keys. */
export class Watches {
  readonly #watches = new Map<Database, Map<string, Set<Watch>>>();

  /** Number of databases with keys that are watched. */
  get size(): number {
    return this.#watches.size;
  }

  /** Has EXEC of `client` fail once `key` of its database changes. */
  watch(client: Client, key: string): void {
    const { db } = client;
    const existed = isThere(client, db, key);
    const byKey = this.#watches.get(db) ?? new Map<string, Set<Watch>>();
    const watches = byKey.get(key) ?? new Set();
    for (const each of watches) if (each.client === client) return;
    const watch = { client, db, key, existed };
    client.watched.push(watch);
    watches.add(watch);
    byKey.set(key, watches);
    this.#watches.set(db, byKey);
  }

  /** Ends all watches of `client`: UNWATCH. */
  forget(client: Client): void {
    client.watchBroken = false;
    if (client.watched.length === 0) return;
    for (const watch of client.watched) {
      const byKey = this.#watches.get(watch.db)!;
      const watches = byKey.get(watch.key)!;
      watches.delete(watch);
      if (watches.size === 0) byKey.delete(watch.key);
      if (byKey.size === 0) this.#watches.delete(watch.db);
    }
    client.watched = [];
  }

  /** Returns whether a key that `client` watches has changed or expired. */
  isBroken(client: Client): boolean {
    return client.watchBroken ||
      client.watched.some(({ db, key, existed }) =>
        existed && !isThere(client, db, key)
      );
  }

  keyChanged(db: Database, key: string, event: KeyEvent): void {
    if (this.#watches.size === 0 || event.hiddenFrom !== undefined) return;
    const watches = this.#watches.get(db)?.get(key);
    if (watches === undefined) return;
    for (const { client, existed } of watches) {
      if (existed || event !== Events.expired) client.watchBroken = true;
    }
  }

  /** Breaks the watches on every key of `db` that `changes` says changes. */
  keysChanged(db: Database, changes: (key: string) => boolean): void {
    for (const [key, watches] of this.#watches.get(db) ?? []) {
      if (!changes(key)) continue;
      for (const { client } of watches) client.watchBroken = true;
    }
  }
}

/** Returns whether `db` has a key that is not over; one that is stays where it is, since nobody has used it. */
function isThere({ server }: Client, db: Database, key: string): boolean {
  const { keyspace } = db;
  const slot = keyspace.find(key);
  return slot >= 0 && keyspace.expiries.at(slot) > server.store.dueTime;
}
