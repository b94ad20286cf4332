import type { Database } from "../store/database.ts";
import { Events, type KeyEvent } from "../store/events.ts";
import type { KeyspaceObserver } from "../store/store.ts";
import type { Server } from "./server.ts";

/**
 * All that hangs on a change to a key: WATCH, blocked clients, memory, client side
 * caching, keyspace notifications, and what goes to the log and to replicas when
 * no command did it. The store tells of every change here, and nowhere else.
 */
export class Changes implements KeyspaceObserver {
  readonly #server: Server;

  constructor(server: Server) {
    this.#server = server;
  }

  keyChanged(db: Database, key: string, event: KeyEvent): void {
    const { blocking, memory, notifications, propagation, tracking, watches } =
      this.#server;
    watches.keyChanged(db, key, event);
    if (event.hiddenFrom !== "WATCH and blocked clients") {
      blocking.keyChanged(db, key);
    }
    memory.changed(db);
    if (tracking.active && event.hiddenFrom === undefined) {
      tracking.keyChanged(key, event);
    }
    if (notifications.enabled) notifications.publish(db, key, event);
    if (propagation.active) this.#propagateRemoval(db, key, event);
  }

  /** Whether nobody that `keyChanged()` tells would look at a key that a command has changed; one that has gone by itself has a name. */
  get ignoresNames(): boolean {
    const { blocking, notifications, tracking, watches } = this.#server;
    return watches.size === 0 && blocking.size === 0 && !tracking.active &&
      !notifications.enabled;
  }

  keyChangedUnnamed(db: Database): void {
    this.#server.memory.changed(db);
  }

  databaseWillClear(db: Database): void {
    const { blocking, watches } = this.#server;
    watches.keysChanged(db, (key) => db.has(key));
    blocking.databaseWillClear(db);
  }

  databasesCleared(): void {
    this.#server.tracking.flushed();
  }

  databasesWillSwap(a: Database, b: Database): void {
    for (const db of [a, b]) {
      this.#server.watches.keysChanged(
        db,
        (key) => a.has(key) || b.has(key),
      );
    }
  }

  databasesSwapped(a: Database, b: Database): void {
    for (const db of [a, b]) this.#server.blocking.databaseSwapped(db);
  }

  /** Has a key that no command removed removed elsewhere too. */
  #propagateRemoval(db: Database, key: string, event: KeyEvent): void {
    const { config: { values }, propagation } = this.#server;
    const lazily = event === Events.expired
      ? values["lazyfree-lazy-expire"]
      : event === Events.evicted
      ? values["lazyfree-lazy-eviction"]
      : undefined;
    if (lazily === undefined) return;
    propagation.removed(db, key, lazily ? "UNLINK" : "DEL");
  }
}
