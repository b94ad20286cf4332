import { type EvictionOrder, EvictionPool } from "../store/eviction_pool.ts";
import type { Server } from "./server.ts";

/** Keys that are evicted between two looks at the clock. */
const KEYS_PER_LOOK = 16;
/** Up to this tenacity each point is worth `MS_PER_POINT`; each one beyond makes it `GROWTH` times as long. */
const LINEAR_TENACITY = 10;
const MS_PER_POINT = 0.05;
const GROWTH = 1.15;
const ENDLESS_TENACITY = 100;

/** How an attempt to free memory ended: enough is free, time was up, or no key is left that may go. */
export type EvictionOutcome = "enough" | "time is up" | "nothing left";

/** Removes keys as `maxmemory-policy` says when there is no more memory. */
export class Eviction {
  /** Keys evicted so far. */
  evicted = 0;
  readonly #server: Server;
  readonly #pool: EvictionPool;
  /** Milliseconds during which more than `maxmemory` was in use, up to the last end of that. */
  #exceededMs = 0;
  /** Since when, on the monotonic clock, more is in use, if it is. */
  #exceededSince: number | undefined = undefined;

  constructor(server: Server) {
    this.#server = server;
    this.#pool = new EvictionPool(server.store, server.random);
  }

  /** Whether the policy lets any key go. */
  get enabled(): boolean {
    return this.#server.config.values["maxmemory-policy"] !== "noeviction";
  }

  /** Milliseconds for which more than `maxmemory` has been in use by now. */
  get currentExceededMs(): number {
    return this.#exceededSince === undefined
      ? 0
      : this.#server.clock.monotonic() - this.#exceededSince;
  }

  /** All such times together. */
  get totalExceededMs(): number {
    return this.#exceededMs + this.currentExceededMs;
  }

  /** Notes whether more than `maxmemory` is in use and stays so. */
  noteExceeded(exceeded: boolean): void {
    if (exceeded) this.#exceededSince ??= this.#server.clock.monotonic();
    else if (this.#exceededSince !== undefined) {
      this.#exceededMs += this.currentExceededMs;
      this.#exceededSince = undefined;
    }
  }

  /** CONFIG RESETSTAT. */
  resetStatistics(): void {
    this.evicted = this.#exceededMs = 0;
    this.#exceededSince = undefined;
  }

  /** Takes up another policy. */
  follow(): void {
    this.#pool.clear();
  }

  /** Evicts keys until the data takes no more than `target` bytes, for no longer than `maxmemory-eviction-tenacity` allows. */
  freeUntil(target: number): EvictionOutcome {
    if (!this.enabled) return "nothing left";
    const { clock, config, latencyMonitor, propagation, store } = this.#server;
    const begin = clock.monotonic();
    const allowedMs = allowedTime(
      config.values["maxmemory-eviction-tenacity"],
    );
    // A script may ask for room in the middle of a transaction, whose commands stay together.
    const isApart = !propagation.hasPending;
    let outcome: EvictionOutcome = "enough";
    for (let count = 0; store.memory > target;) {
      if (!this.#evictOne()) {
        outcome = "nothing left";
        break;
      }
      if (
        ++count % KEYS_PER_LOOK === 0 && clock.monotonic() - begin > allowedMs
      ) {
        outcome = "time is up";
        break;
      }
    }
    if (isApart) propagation.endUnit("apart");
    if (latencyMonitor.enabled) {
      latencyMonitor.record("eviction-cycle", clock.monotonic() - begin);
    }
    return outcome;
  }

  /** Evicts the key that is to go next; returns whether there was one. */
  #evictOne(): boolean {
    const { clock, config, latencyMonitor } = this.#server;
    const policy = config.values["maxmemory-policy"];
    const of = policy.startsWith("volatile") ? "volatile" : "all";
    const order = policy.slice(policy.indexOf("-") + 1) as
      | EvictionOrder
      | "random";
    const chosen = order === "random"
      ? this.#pool.chooseAny(of)
      : this.#pool.choose(order, of, config.values["maxmemory-samples"]);
    if (chosen === undefined) return false;
    const begin = latencyMonitor.enabled ? clock.monotonic() : 0;
    chosen.db.evict(chosen.key);
    if (latencyMonitor.enabled) {
      latencyMonitor.record("eviction-del", clock.monotonic() - begin);
    }
    this.evicted++;
    return true;
  }
}

/** Returns for how many milliseconds eviction may hold up the clients. */
function allowedTime(tenacity: number): number {
  if (tenacity >= ENDLESS_TENACITY) return Infinity;
  return tenacity <= LINEAR_TENACITY
    ? tenacity * MS_PER_POINT
    : LINEAR_TENACITY * MS_PER_POINT * GROWTH ** (tenacity - LINEAR_TENACITY);
}
