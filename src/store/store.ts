import { Database } from "./database.ts";
import { Events, type KeyEvent } from "./events.ts";
import { accessedAt, countedSince, type Frequencies } from "./frequencies.ts";
import type { Keyspace } from "./keyspace.ts";
import { defaultThresholds, type Thresholds } from "./values/thresholds.ts";

const NEVER_DUE = -Infinity;

/** Hears of every change to every key; the server hangs WATCH and blocked clients on it. */
export interface KeyspaceObserver {
  /** `key` of `db` changed: it may have come, gone, grown or expired. */
  keyChanged(db: Database, key: string, event: KeyEvent): void;
  /** Whether nobody wants to know at the moment which keys change: `keyChangedUnnamed()` will do. */
  readonly ignoresNames?: boolean;
  /** Some key of `db` changed, while names are ignored. */
  keyChangedUnnamed?(db: Database): void;
  /** All keys of `db` are to go at once. */
  databaseWillClear(db: Database): void;
  /** All keys of one or more databases have gone at once. */
  databasesCleared(): void;
  /** Two databases are to exchange their keys. */
  databasesWillSwap(a: Database, b: Database): void;
  /** Two databases have exchanged their keys. */
  databasesSwapped(a: Database, b: Database): void;
}

/** Hears of keys that come, and of reads that find none. */
export interface LookupObserver {
  /** There is a key that was not there before; what made it announces its own change afterwards. */
  keyAdded(db: Database, key: string): void;
  /** A command looked for a key to read, in vain. */
  keyMissed(db: Database, key: string): void;
}

/** What INFO stats tells of the keyspace. */
export interface StoreStatistics {
  hits: number;
  misses: number;
  expired: number;
}

/**
 * All databases of a server, and what they share: the time of the current
 * request, the count of changes, and who hears of them.
 */
export class Store {
  readonly databases: readonly Database[];
  /** Unix time in milliseconds, the same for all that one request does. */
  now = 0;
  /** The same in whole seconds. */
  seconds = 0;
  /** Keys whose time is not after this have expired: `now`, but never while `withoutExpiry()` works. */
  dueTime = 0;
  /** Changes since the last save. */
  dirty = 0;
  /** Changes announced so far, with those that do not count as dirty. */
  announced = 0;
  /** While set, keys that have expired stay, out of sight: nothing may change while clients are paused. */
  keepExpired = false;
  /** Counts how often keys are accessed instead of noting when, while an LFU policy is on: see `countAccesses()`. */
  frequencies: Frequencies | undefined = undefined;
  /** Up to which sizes values are compact. */
  readonly thresholds: Thresholds = defaultThresholds();
  readonly statistics: StoreStatistics = { hits: 0, misses: 0, expired: 0 };
  observer: KeyspaceObserver = {
    keyChanged() {},
    databaseWillClear() {},
    databasesCleared() {},
    databasesWillSwap() {},
    databasesSwapped() {},
  };

  /** Set only while somebody wants to know. */
  lookups: LookupObserver | undefined = undefined;

  constructor(databaseCount: number) {
    this.databases = Array.from(
      { length: databaseCount },
      (_, index) => new Database(index, this),
    );
  }

  /**
   * Has accesses to keys counted from here on, or timed with `undefined`. When that
   * changes, what is remembered of them is converted: a step for each key.
   */
  countAccesses(frequencies: Frequencies | undefined): void {
    const counts = frequencies !== undefined;
    const changes = counts !== (this.frequencies !== undefined);
    this.frequencies = frequencies;
    if (!changes) return;
    const { now } = this;
    const convert = counts
      ? countedSince
      : (access: number) => accessedAt(access, now);
    for (const db of this.databases) db.convertAccesses(convert);
  }

  /** Moves the time on to `now`, in unix milliseconds. */
  setTime(now: number): void {
    this.now = now;
    if (this.dueTime !== NEVER_DUE) this.dueTime = now;
    this.seconds = Math.floor(now / 1000);
  }

  /**
   * Does work during which no key expires, whatever its time: commands that have
   * run before, in a log, must find the keys that they found then. What has
   * expired meanwhile goes afterwards, or by a command of its own.
   */
  withoutExpiry<T>(work: () => T): T {
    this.dueTime = NEVER_DUE;
    try {
      return work();
    } finally {
      this.dueTime = this.now;
    }
  }

  /** CONFIG RESETSTAT. */
  resetStatistics(): void {
    const { statistics } = this;
    statistics.hits = statistics.misses = statistics.expired = 0;
  }

  /** Estimate of the memory held by all keys and values, in bytes. */
  get memory(): number {
    let sum = 0;
    for (const db of this.databases) sum += db.memory;
    return sum;
  }

  /** Where `Database.changed()` reports. */
  changed(db: Database, key: string, event: KeyEvent, times: number): void {
    this.dirty += times;
    this.announced++;
    this.observer.keyChanged(db, key, event);
  }

  /** Where `Database.argumentChanged()` reports, while the observer ignores names. */
  changedUnnamed(db: Database, times: number): void {
    this.dirty += times;
    this.announced++;
    this.observer.keyChangedUnnamed?.(db);
  }

  /** Removes all keys of these databases at once; returns how many there were. */
  flush(databases: readonly Database[]): number {
    let removed = 0;
    for (const db of databases) {
      this.observer.databaseWillClear(db);
      removed += db.clear();
    }
    this.observer.databasesCleared();
    this.dirty += removed;
    this.announced++;
    return removed;
  }

  /** Replaces the keys of every database by those of a snapshot; what the snapshot holds is no change since the last save. */
  replaceAll(keyspaces: readonly Keyspace[]): void {
    for (const db of this.databases) {
      this.observer.databaseWillClear(db);
      db.load(keyspaces[db.index]!);
    }
    this.observer.databasesCleared();
    this.announced++;
  }

  /** Adds the keys of a snapshot, in place of those of the same name. */
  mergeAll(keyspaces: readonly Keyspace[]): void {
    for (const db of this.databases) {
      const loaded = keyspaces[db.index]!;
      for (let slot = 0; slot < loaded.size; slot++) {
        const key = loaded.key(slot);
        db.put(key, loaded.value(slot));
        const expiresAt = loaded.expiries.exactAt(slot);
        if (expiresAt !== Infinity) db.setExpiry(key, expiresAt);
        db.changed(key, Events.loaded, 0);
      }
    }
  }

  /** Exchanges the keys of two databases. */
  swap(a: Database, b: Database): void {
    this.dirty++;
    this.announced++;
    if (a === b) return;
    this.observer.databasesWillSwap(a, b);
    a.swapWith(b);
    this.observer.databasesSwapped(a, b);
  }

  /** Removes keys that have fallen due until none is left or `mayGoOn` says stop; returns whether none is left. */
  expireDue(mayGoOn: () => boolean): boolean {
    let removed = 0;
    for (const db of this.databases) {
      while (db.expireNext()) {
        // Asking for the time costs as much as expiring a few keys.
        if ((++removed & 15) === 0 && !mayGoOn()) return false;
      }
    }
    return true;
  }
}
