import type { Client } from "./client.ts";
import { CommandBits } from "./command_table.ts";
import type { Server } from "./server.ts";

/** Heap of a server without data, as Deno 2.9.6 tells it right after the start. */
export const STARTUP_MEMORY = 6_500_000;
/** What a client takes beside its buffers: its object, its connection and their maps. */
const CLIENT_OVERHEAD = 4096;
/** How far below the line, as a part of it, memory must fall before the next warning. */
const CALM = 0.95;

/**
 * Knows how much memory the server uses, and watches over `maxmemory`: while
 * there is no more, the executor refuses commands that may need some.
 *
 * What is counted is what the server holds on to, not the size of the process:
 * the garbage collector decides when memory that was given up is free.
 */
export class Memory {
  /** The most that was seen in use, in bytes. */
  peak = 0;
  readonly #server: Server;
  /** Memory of the data, in bytes, at which there is something to do; a change costs one comparison with it. */
  #threshold = Infinity;
  #warned = false;

  constructor(server: Server) {
    this.#server = server;
    this.follow();
  }

  /** Bytes in use: data, clients, and what the server takes without any. */
  get used(): number {
    return this.#server.store.memory + this.clients + STARTUP_MEMORY;
  }

  /** Bytes that clients take, with the requests and replies that wait. */
  get clients(): number {
    let sum = 0;
    for (const client of this.#server.clients) sum += clientMemory(client);
    return sum;
  }

  /** To be called after every change to the data. */
  changed(): void {
    if (
      this.#threshold !== Infinity &&
      this.#server.store.memory > this.#threshold
    ) this.check();
  }

  /** Takes up the parameters as they are. */
  follow(): void {
    this.#warned = false;
    this.check();
  }

  /** Counts, notes the peak, warns if it is time to, and has the executor refuse or admit accordingly; returns whether more than `maxmemory` is in use. */
  check(): boolean {
    const { config, executor, store } = this.#server;
    const { used } = this;
    const limit = config.values["maxmemory"];
    this.peak = Math.max(this.peak, used);
    const exceeded = limit > 0 && used > limit;
    executor.setGate(CommandBits.denyoom, exceeded);
    if (limit === 0) {
      this.#threshold = Infinity;
      return false;
    }
    const percent = config.values["maxmemory-warning"];
    const line = percent === 0 ? Infinity : limit * percent / 100;
    if (used > line) this.#warn(used, limit, percent);
    else if (used < line * CALM) this.#warned = false;
    const next = this.#warned ? limit : Math.min(line, limit);
    this.#threshold = next - (used - store.memory);
    return exceeded;
  }

  #warn(used: number, limit: number, percent: number): void {
    if (this.#warned) return;
    this.#warned = true;
    this.#server.log.warning(
      `Memory in use (${used} bytes) is above ${percent}% of maxmemory (${limit} bytes): ` +
        "beyond it, commands that need memory are refused",
    );
  }
}

/** Returns the bytes that a client takes, with the requests and replies that wait. */
export function clientMemory(client: Client): number {
  return CLIENT_OVERHEAD + client.decoder.capacity + client.reply.capacity;
}
