import type { Database } from "./database.ts";
import type { Random } from "./random.ts";
import type { Store } from "./store.ts";

/** By what keys are chosen: their last access, how often they are accessed, when they expire. */
export type EvictionOrder = "lru" | "lfu" | "ttl";

/** Candidates that are remembered from one choice to the next. */
const POOL_SIZE = 16;

interface Candidate {
  readonly db: Database;
  readonly key: string;
  /** The higher, the sooner it goes. */
  readonly score: number;
}

/**
 * Chooses keys to evict without an order of all keys: a few are picked at random
 * and compared with the best candidates of earlier samples. With ten samples the
 * choice is close to that of an exact order.
 *
 * A choice costs a few steps for each sample of each database.
 */
export class EvictionPool {
  readonly #store: Store;
  readonly #random: Random;
  /** The lowest score first. */
  #candidates: Candidate[] = [];
  /** The database a key was last picked from at random. */
  #lastPicked = 0;

  constructor(store: Store, random: Random) {
    this.#store = store;
    this.#random = random;
  }

  /** Forgets the candidates: they were compared by another order. */
  clear(): void {
    this.#candidates = [];
  }

  /** Returns the key to go next, of all or of those that expire; `undefined` when there is none. */
  choose(
    order: EvictionOrder,
    of: "all" | "volatile",
    samples: number,
  ): { readonly db: Database; readonly key: string } | undefined {
    for (;;) {
      let found = false;
      for (const db of this.#store.databases) {
        if (this.#sample(db, order, of, samples)) found = true;
      }
      if (!found) return undefined;
      while (this.#candidates.length > 0) {
        const candidate = this.#candidates.pop()!;
        if (this.#isUpToDate(candidate, order, of)) return candidate;
      }
    }
  }

  /** Returns a key at random, taking turns among the databases. */
  chooseAny(
    of: "all" | "volatile",
  ): { readonly db: Database; readonly key: string } | undefined {
    const { databases } = this.#store;
    for (let i = 0; i < databases.length; i++) {
      this.#lastPicked = (this.#lastPicked + 1) % databases.length;
      const db = databases[this.#lastPicked]!;
      const { keyspace } = db;
      const count = countOf(db, of);
      if (count === 0) continue;
      const n = this.#random.below(count);
      const slot = of === "all" ? n : keyspace.expiries.slotAt(n);
      return { db, key: keyspace.key(slot) };
    }
    return undefined;
  }

  /** Compares a few keys of `db` with the candidates; returns whether it has any. */
  #sample(
    db: Database,
    order: EvictionOrder,
    of: "all" | "volatile",
    samples: number,
  ): boolean {
    const count = countOf(db, of);
    const { keyspace } = db;
    const every = count <= samples;
    for (let i = 0; i < Math.min(samples, count); i++) {
      const n = every ? i : this.#random.below(count);
      const slot = of === "all" ? n : keyspace.expiries.slotAt(n);
      this.#offer(db, keyspace.key(slot), this.#score(db, slot, order));
    }
    return count > 0;
  }

  #offer(db: Database, key: string, score: number): void {
    const candidates = this.#candidates;
    if (candidates.length === POOL_SIZE && score <= candidates[0]!.score) {
      return;
    }
    if (candidates.some((each) => each.key === key && each.db === db)) return;
    if (candidates.length === POOL_SIZE) candidates.shift();
    let at = candidates.length;
    while (at > 0 && candidates[at - 1]!.score > score) at--;
    candidates.splice(at, 0, { db, key, score });
  }

  /** Whether a candidate is still there and was not accessed since it became one. */
  #isUpToDate(
    { db, key, score }: Candidate,
    order: EvictionOrder,
    of: "all" | "volatile",
  ): boolean {
    const slot = db.keyspace.find(key);
    if (slot < 0) return false;
    if (of === "volatile" && db.keyspace.expiries.at(slot) === Infinity) {
      return false;
    }
    return this.#score(db, slot, order) >= score;
  }

  #score({ keyspace }: Database, slot: number, order: EvictionOrder): number {
    const { frequencies, now, seconds } = this.#store;
    if (order === "ttl") return -keyspace.expiries.at(slot);
    const access = keyspace.access(slot);
    return order === "lru" || frequencies === undefined
      ? seconds - access
      : -frequencies.frequency(access, now);
  }
}

function countOf({ keyspace }: Database, of: "all" | "volatile"): number {
  return of === "all" ? keyspace.size : keyspace.expiries.size;
}
