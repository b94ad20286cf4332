import {
  TIMEOUT_NEGATIVE,
  TIMEOUT_NOT_A_FLOAT,
} from "../protocol/command_error.ts";
import { parseDouble } from "../protocol/double.ts";
import { parseLongDouble } from "../protocol/long_double.ts";
import type { Database } from "../store/database.ts";
import type { Timer } from "../store/clock.ts";
import type { TypeName } from "../store/values/value.ts";
import type { Call } from "./command.ts";
import type { Client } from "./client.ts";

/** What a client that waits for keys waits for. */
export interface BlockedOperation {
  readonly keys: readonly string[];
  /** Type that a key must hold to be of any use. */
  readonly type: TypeName;
  /** Unix time in milliseconds, Infinity for no end. */
  readonly deadline: number;
  /** Tries again with a key that changed: writes the reply and returns true, or returns false to wait on. May throw a CommandError, which ends the wait. */
  readonly serve: (call: Call, key: string) => boolean;
  /** Ends the wait, by an error, when a key no longer holds the type; without it the wait goes on. */
  readonly keyGone?: (call: Call) => void;
  /** Writes the reply to a wait that ended in vain. */
  readonly timedOut: (call: Call) => void;
}

interface Waiting {
  readonly client: Client;
  readonly db: Database;
  readonly operation: BlockedOperation;
  timer: Timer | undefined;
}

/**
 * The clients that wait for keys, each key's in the order in which they came.
 *
 * A key that changes into something of use is noted as ready; after the command
 * (after EXEC, for those inside) `serveReady()` takes the keys in the order in
 * which they became ready and lets the clients that wait for each try again,
 * first come first served.
 */
export class Blocking {
  readonly #waiting = new Map<Client, Waiting>();
  readonly #queues = new Map<Database, Map<string, Set<Waiting>>>();
  #ready: { readonly db: Database; readonly key: string }[] = [];
  readonly #readyKeys = new Map<Database, Set<string>>();
  #serving = false;

  /** Number of clients that wait. */
  get size(): number {
    return this.#waiting.size;
  }

  /** Number of keys that clients wait for. */
  get keyCount(): number {
    let count = 0;
    for (const queues of this.#queues.values()) count += queues.size;
    return count;
  }

  /** Whether `serveReady()` has anything to do. */
  get hasReady(): boolean {
    return this.#ready.length > 0;
  }

  /** Parks a client until one of the keys changes, its time is up or it goes away. */
  block(client: Client, operation: BlockedOperation): void {
    const { db } = client;
    const waiting: Waiting = { client, db, operation, timer: undefined };
    client.blocked = operation;
    this.#waiting.set(client, waiting);
    const queues = this.#queues.get(db) ?? new Map<string, Set<Waiting>>();
    this.#queues.set(db, queues);
    for (const key of operation.keys) {
      const queue = queues.get(key) ?? new Set();
      queues.set(key, queue);
      queue.add(waiting);
    }
    if (operation.deadline !== Infinity) this.#startTimer(waiting);
  }

  /** Ends a client's wait without a reply: it was served, or has gone. */
  release(client: Client): void {
    const waiting = this.#waiting.get(client);
    if (waiting === undefined) return;
    waiting.timer?.cancel();
    this.#waiting.delete(client);
    client.blocked = undefined;
    const queues = this.#queues.get(waiting.db)!;
    for (const key of waiting.operation.keys) {
      const queue = queues.get(key);
      queue?.delete(waiting);
      if (queue?.size === 0) queues.delete(key);
    }
  }

  /** Ends a client's wait with `reply`, which may throw a CommandError, and lets it go on. */
  unblock(client: Client, reply: (call: Call) => void): void {
    if (!this.#waiting.has(client)) return;
    const { executor } = client.server;
    executor.turn(() => {
      executor.giveUp(client, reply);
      this.#goOn(client);
    });
  }

  /** Notes that `key` may be of use to whoever waits for it. */
  keyChanged(db: Database, key: string): void {
    if (this.#waiting.size === 0) return;
    const queue = this.#queues.get(db)?.get(key);
    if (queue !== undefined && isOfUse(db, key, queue)) this.#note(db, key);
  }

  /** Notes the keys of `db` whose loss ends a wait: all of its keys are to go. */
  databaseWillClear(db: Database): void {
    for (const [key, queue] of this.#queues.get(db) ?? []) {
      for (const { operation } of queue) {
        if (operation.keyGone !== undefined) this.#note(db, key);
      }
    }
  }

  #note(db: Database, key: string): void {
    const ready = this.#readyKeys.get(db) ?? new Set<string>();
    this.#readyKeys.set(db, ready);
    if (ready.has(key)) return;
    ready.add(key);
    this.#ready.push({ db, key });
  }

  /** Notes every key of `db` that anyone waits for: its keys were exchanged. */
  databaseSwapped(db: Database): void {
    for (const key of this.#queues.get(db)?.keys() ?? []) {
      this.keyChanged(db, key);
    }
  }

  /** Lets those who wait for keys that became ready try again, until no more keys become so. */
  serveReady(): void {
    if (this.#serving) return;
    this.#serving = true;
    try {
      while (this.#ready.length > 0) {
        const ready = this.#ready;
        this.#ready = [];
        for (const { db, key } of ready) {
          this.#readyKeys.get(db)!.delete(key);
          this.#serveKey(db, key);
        }
      }
    } finally {
      this.#serving = false;
    }
  }

  #serveKey(db: Database, key: string): void {
    // A set may lose members while it is walked; none comes, since clients go on later.
    for (const { client, operation } of this.#queues.get(db)?.get(key) ?? []) {
      const { executor } = client.server;
      const { keyGone } = operation;
      let serve = () => operation.serve(client, key);
      if (db.type(key) !== operation.type) {
        if (keyGone === undefined) continue;
        serve = () => {
          keyGone(client);
          return true;
        };
      }
      if (executor.retry(client, serve)) this.#goOn(client);
    }
  }

  /** Ends a client's wait and has it run what it has sent meanwhile, if that is anything. */
  #goOn(client: Client): void {
    this.release(client);
    client.lastInteraction = client.now;
    if (client.decoder.undecoded > 0) client.transport?.resume();
  }

  #startTimer(waiting: Waiting): void {
    const { client, operation } = waiting;
    const { clock } = client.server;
    waiting.timer = clock.after(operation.deadline - clock.now(), () => {
      // Timers may fire early; only the time itself ends the wait.
      if (clock.now() < operation.deadline) return this.#startTimer(waiting);
      this.unblock(client, operation.timedOut);
    });
  }
}

/** Returns until when argument `i`, a timeout in seconds, lets a client wait: unix milliseconds, Infinity for no end. */
export function readTimeout({ args, now }: Call, i: number): number {
  const seconds = parseSeconds(args.string(i));
  if (seconds === undefined) throw TIMEOUT_NOT_A_FLOAT;
  // Redis rounds up to whole milliseconds. In its long doubles even -0.001 is a little less than one, and so no timeout.
  if (seconds * 1000 < -1 || seconds * 1000 >= 2 ** 63) throw TIMEOUT_NEGATIVE;
  const timeoutMs = Math.ceil(seconds * 1000);
  return timeoutMs > 0 ? now + timeoutMs : Infinity;
}

/** Reads a number as Redis does here, in a long double: what is beyond a double is as large, or as small, as one can be. */
function parseSeconds(text: string): number | undefined {
  const seconds = parseDouble(text);
  if (seconds !== undefined) return seconds;
  const wide = parseLongDouble(text);
  if (wide === undefined) return undefined;
  const size = wide.exponent > 0 ? Infinity : Number.MIN_VALUE;
  return wide.mantissa < 0n ? -size : size;
}

/** Returns whether `key` holds what anyone in `queue` waits for, or may have lost it. */
function isOfUse(
  db: Database,
  key: string,
  queue: ReadonlySet<Waiting>,
): boolean {
  const { keyspace } = db;
  // Not `db.type()`: a key may change on its way to an expiry that lies behind.
  const slot = keyspace.find(key);
  const type = slot < 0 ? undefined : keyspace.type(slot);
  for (const { operation } of queue) {
    if (operation.type === type || operation.keyGone !== undefined) return true;
  }
  return false;
}
