import type { Timer } from "../store/clock.ts";
import type { Database } from "../store/database.ts";
import { clientMemory } from "./client_memory.ts";
import { CommandBits } from "./command_table.ts";
import { Heap } from "./heap.ts";
import type { Server } from "./server.ts";

/** Heap of a server without data, as Deno 2.9.6 tells it right after the start. */
export const STARTUP_MEMORY = 6_500_000;
/** How far below the line, as a part of it, memory must fall before the next warning. */
const CALM = 0.95;

/**
 * Knows how much memory the server uses, and watches over `maxmemory`: while
 * there is no more, keys are evicted before any command, as far as the policy
 * goes, and the executor refuses commands that may need some if that frees none.
 *
 * What is counted is what the server holds on to, not the size of the process:
 * the garbage collector decides when memory that was given up is free. A heap that
 * is nearly full stands for `maxmemory` wherever that is more, or not set: V8 would
 * end the process.
 */
export class Memory {
  /** The most that was seen in use, in bytes. */
  peak = 0;
  readonly #server: Server;
  readonly #heap: Heap;
  /** By database: bytes of its data at which to look at the heap again. */
  readonly #nextLooks: Float64Array;
  #heapWarned = false;
  /** Memory of the data, in bytes, at which there is something to do; a change costs one comparison with it. */
  #threshold = Infinity;
  #warned = false;
  /** Whether keys are being evicted: each one is a change, and none needs a look at memory of its own. */
  #makingRoom = false;
  #timer: Timer | undefined = undefined;

  constructor(server: Server, heap = new Heap()) {
    this.#server = server;
    this.#heap = heap;
    this.#nextLooks = new Float64Array(server.store.databases.length);
    this.follow();
  }

  /** Bytes in use: data, clients, scripts, and what the server takes without any. */
  get used(): number {
    const { scripts, store } = this.#server;
    return store.memory + this.clients + scripts.memory + STARTUP_MEMORY;
  }

  /** Bytes that clients take, with the requests and replies that wait, and those that are kept for them. */
  get clients(): number {
    const { clients, readBuffers } = this.#server;
    let sum = readBuffers.capacity;
    for (const client of clients) sum += clientMemory(client);
    return sum;
  }

  /** To be called after every change to the data of `db`. */
  changed(db: Database): void {
    if (
      db.memory > this.#nextLooks[db.index]! ||
      this.#threshold !== Infinity &&
        this.#server.store.memory > this.#threshold
    ) { if (!this.#makingRoom) this.check(); }
  }

  /** Takes up the parameters as they are. */
  follow(): void {
    this.#warned = false;
    if (this.check()) this.#goOnSoon();
  }

  /**
   * Evicts keys if more than `maxmemory` is in use; returns whether commands that
   * may need memory may run. They may while eviction has not come to its end:
   * it goes on as soon as whoever waits has been served.
   */
  makeRoom(): boolean {
    if (!this.check()) return true;
    const { config, eviction, follower, pause, store } = this.#server;
    // The master evicts, and says so.
    const isReplica = follower.master !== undefined;
    if (isReplica && config.values["replica-ignore-maxmemory"]) return true;
    // While clients are paused nothing may change, not even to go away.
    if (pause.mode !== undefined) return true;
    const others = this.used - store.memory;
    this.#makingRoom = true;
    const limit = config.values["maxmemory"] || Infinity;
    const target = Math.min(limit - others, this.#heap.room);
    const outcome = eviction.freeUntil(target);
    this.#makingRoom = false;
    eviction.noteExceeded(outcome !== "enough");
    if (outcome === "time is up") this.#goOnSoon();
    if (outcome === "enough") this.check();
    return outcome !== "nothing left";
  }

  /** Has no more keys evicted. */
  stop(): void {
    this.#timer?.cancel();
  }

  /** Makes room when the clients that wait have been served. */
  #goOnSoon(): void {
    const { clock, eviction, executor, running } = this.#server;
    if (this.#timer !== undefined || !eviction.enabled || !running) return;
    this.#timer = clock.after(0, () => {
      this.#timer = undefined;
      executor.turn(() => this.makeRoom());
    });
  }

  /** Counts, notes the peak, warns if it is time to, and has the executor refuse or admit accordingly; returns whether more than `maxmemory`, or nearly all of the heap, is in use. */
  check(): boolean {
    const { config, eviction, executor, store } = this.#server;
    const { used } = this;
    const limit = config.values["maxmemory"];
    this.peak = Math.max(this.peak, used);
    const heapIsFull = this.#lookAtHeap();
    const exceeded = heapIsFull || limit > 0 && used > limit;
    executor.setGate(CommandBits.denyoom, exceeded);
    executor.setGate(CommandBits.makesRoom, exceeded && eviction.enabled);
    if (!exceeded) eviction.noteExceeded(false);
    if (limit === 0) {
      this.#threshold = Infinity;
      return exceeded;
    }
    const percent = config.values["maxmemory-warning"];
    const line = percent === 0 ? Infinity : limit * percent / 100;
    if (used > line) this.#warn(used, limit, percent);
    else if (used < line * CALM) this.#warned = false;
    const next = this.#warned ? limit : Math.min(line, limit);
    this.#threshold = next - (used - store.memory);
    return exceeded;
  }

  #lookAtHeap(): boolean {
    const { log, store } = this.#server;
    const isFull = this.#heap.look(store.memory);
    for (const { index, memory } of store.databases) {
      this.#nextLooks[index] = memory + this.#heap.step;
    }
    if (isFull && !this.#heapWarned) {
      log.warning(
        "The heap of the JavaScript engine is nearly full: commands that need memory are refused, as beyond maxmemory. " +
          "V8's flag --max-old-space-size (in MiB) gives it more",
      );
    }
    this.#heapWarned = this.#heap.room !== Infinity;
    return isFull;
  }

  #warn(used: number, limit: number, percent: number): void {
    if (this.#warned) return;
    this.#warned = true;
    this.#server.log.warning(
      `Memory in use (${used} bytes) is above ${percent}% of maxmemory (${limit} bytes): ` +
        (this.#server.eviction.enabled
          ? "beyond it, keys are evicted"
          : "beyond it, commands that need memory are refused"),
    );
  }
}
