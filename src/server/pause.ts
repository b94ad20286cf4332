import type { Timer } from "../store/clock.ts";
import type { Client } from "./client.ts";
import { CommandBits } from "./command_table.ts";
import type { Server } from "./server.ts";

/** What a pause holds back. */
export type PauseMode = "write" | "all";

/** CLIENT PAUSE: requests wait in their clients' decoders until it ends. */
export class Pause {
  readonly #server: Server;
  #mode: PauseMode | undefined = undefined;
  #until = 0;
  #timer: Timer | undefined = undefined;
  /** In the order in which their requests came. */
  readonly #waiting = new Set<Client>();

  constructor(server: Server) {
    this.#server = server;
  }

  /** What is held back now. */
  get mode(): PauseMode | undefined {
    return this.#mode;
  }

  /** Number of clients with a request that waits. */
  get size(): number {
    return this.#waiting.size;
  }

  /** Returns whether a command with `bits` must wait. */
  mustWait(bits: number): boolean {
    if (this.#mode === undefined) return false;
    return this.#mode === "all" ||
      (bits & (CommandBits.write | CommandBits.mayReplicate)) !== 0;
  }

  /** Has the request of `client` wait. */
  postpone(client: Client): void {
    client.postponed = true;
    this.#waiting.add(client);
  }

  /** Forgets a client that has gone. */
  release(client: Client): void {
    client.postponed = false;
    this.#waiting.delete(client);
  }

  /**
   * Begins a pause that ends at unix time `until`, in milliseconds, or makes the
   * one under way longer or stricter, never shorter or milder.
   */
  begin(mode: PauseMode, until: number): void {
    const { clock, executor, store } = this.#server;
    this.#until = Math.max(this.#until, until);
    if (this.#until <= clock.now()) return;
    if (this.#mode !== "all") this.#mode = mode;
    executor.setGate(CommandBits.any, true);
    store.keepExpired = true;
    this.#startTimer();
  }

  /** Ends the pause; what waited runs afterwards, in order. */
  end(): void {
    this.stop();
    this.#mode = undefined;
    this.#until = 0;
    this.#server.executor.setGate(CommandBits.any, false);
    this.#server.store.keepExpired = false;
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    for (const client of waiting) {
      client.postponed = false;
      client.transport?.resume();
    }
  }

  /** Stops the timer: the server ends. */
  stop(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  #startTimer(): void {
    this.stop();
    const { clock } = this.#server;
    this.#timer = clock.after(this.#until - clock.now(), () => {
      if (clock.now() < this.#until) return this.#startTimer();
      this.end();
    });
  }
}
