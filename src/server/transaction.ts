import type { Args } from "../protocol/args.ts";
import type { Database } from "../store/database.ts";
import type { Client } from "./client.ts";
import { Restrictions } from "./client.ts";
import type { Command } from "./command_table.ts";

/** A command between MULTI and EXEC. */
export interface QueuedCommand {
  readonly command: Command;
  readonly args: Args;
}

/** What a client has queued since MULTI. */
export interface Transaction {
  readonly queue: QueuedCommand[];
  /** Bits of all commands queued: whether EXEC will write, or need memory. */
  bits: number;
  /** Set when a command could not be queued, so that EXEC fails. */
  aborted: boolean;
}

/** Opens a transaction: MULTI. */
export function beginTransaction(client: Client): void {
  client.transaction = { queue: [], bits: 0, aborted: false };
  client.restrict(Restrictions.transaction, true);
}

/** Forgets a transaction and what it watched: DISCARD, and the end of EXEC. */
export function endTransaction(client: Client): void {
  client.transaction = undefined;
  client.restrict(Restrictions.transaction, false);
  client.server.watches.forget(client);
}

/** Which clients watch which keys. */
export class Watches {
  readonly #watchers = new Map<Database, Map<string, Set<Client>>>();

  /** Has EXEC of `client` fail once `key` of its database changes. */
  watch(client: Client, key: string): void {
    const { db } = client;
    // A key that has expired goes now, so that its going is no change later.
    db.has(key);
    const keys = (client.watchedKeys ??= new Map());
    const ofDatabase = keys.get(db) ?? new Set();
    keys.set(db, ofDatabase);
    ofDatabase.add(key);
    const byKey = this.#watchers.get(db) ?? new Map<string, Set<Client>>();
    this.#watchers.set(db, byKey);
    const clients = byKey.get(key) ?? new Set();
    byKey.set(key, clients);
    clients.add(client);
  }

  /** Ends all watches of `client`: UNWATCH. */
  forget(client: Client): void {
    client.watchBroken = false;
    if (client.watchedKeys === undefined) return;
    for (const [db, keys] of client.watchedKeys) {
      const byKey = this.#watchers.get(db)!;
      for (const key of keys) {
        const clients = byKey.get(key)!;
        clients.delete(client);
        if (clients.size === 0) byKey.delete(key);
      }
      if (byKey.size === 0) this.#watchers.delete(db);
    }
    client.watchedKeys = undefined;
  }

  /** Lets watched keys whose time has come expire, which breaks the watch on them. */
  expireWatched(client: Client): void {
    for (const [db, keys] of client.watchedKeys ?? []) {
      for (const key of keys) db.has(key);
    }
  }

  keyChanged(db: Database, key: string): void {
    if (this.#watchers.size === 0) return;
    const clients = this.#watchers.get(db)?.get(key);
    if (clients === undefined) return;
    for (const client of clients) client.watchBroken = true;
  }

  /** Breaks the watches on every key of `db` that `changes` says changes. */
  keysChanged(db: Database, changes: (key: string) => boolean): void {
    for (const [key, clients] of this.#watchers.get(db) ?? []) {
      if (!changes(key)) continue;
      for (const client of clients) client.watchBroken = true;
    }
  }
}
