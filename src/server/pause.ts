import type { Timer } from "../store/clock.ts";
import type { Client } from "./client.ts";
import { CommandBits } from "./command_table.ts";
import type { Server } from "./server.ts";

/** What a pause holds back. */
export type PauseMode = "write" | "all";

/** CLIENT PAUSE, and what else holds requests back for a while: they wait in their clients' decoders until it ends. */
export class Pause {
  readonly #server: Server;
  /** What clients have asked to hold back. */
  #asked: PauseMode | undefined = undefined;
  /** How many others hold back writes. */
  #holds = 0;
  #until = 0;
  #timer: Timer | undefined = undefined;
  /** In the order in which their requests came. */
  readonly #waiting = new Set<Client>();

  constructor(server: Server) {
    this.#server = server;
  }

  /** What is held back now. */
  get mode(): PauseMode | undefined {
    return this.#asked ?? (this.#holds > 0 ? "write" : undefined);
  }

  /** Number of clients with a request that waits. */
  get size(): number {
    return this.#waiting.size;
  }

  /** Returns whether a command with `bits` must wait. */
  mustWait(bits: number): boolean {
    const { mode } = this;
    if (mode === undefined) return false;
    return mode === "all" ||
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
    this.#until = Math.max(this.#until, until);
    if (this.#until <= this.#server.clock.now()) return;
    if (this.#asked !== "all") this.#asked = mode;
    this.#close();
    this.#startTimer();
  }

  /** Ends the pause that `begin()` began; what waited runs afterwards, in order. */
  end(): void {
    this.stop();
    this.#asked = undefined;
    this.#until = 0;
    this.#open();
  }

  /** Holds back writes until `letGo()`, whatever clients ask for. */
  hold(): void {
    this.#holds++;
    this.#close();
  }

  /** Ends what `hold()` began. */
  letGo(): void {
    this.#holds--;
    this.#open();
  }

  #close(): void {
    this.#server.executor.setGate(CommandBits.any, true);
    this.#server.store.keepExpired = true;
  }

  /** Lets everybody go on whom nothing holds back any more. */
  #open(): void {
    if (this.mode === undefined) {
      this.#server.executor.setGate(CommandBits.any, false);
      this.#server.store.keepExpired =
        this.#server.follower.master !== undefined;
    }
    this.retry();
  }

  /** Has everybody's request tried again: what it waited for may be there. */
  retry(): void {
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
