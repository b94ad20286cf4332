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
    for (const client of this.#waiting) {
      if (!client.postponed) this.#waiting.delete(client);
    }
    return this.#waiting.size;
  }

  /** Returns whether a command with `bits` must wait. */
  holds(bits: number): boolean {
    if (this.#mode === undefined) return false;
    return this.#mode === "all" ||
      (bits & (CommandBits.write | CommandBits.mayReplicate)) !== 0;
  }

  /** Notes a client whose request waits. */
  add(client: Client): void {
    this.#waiting.add(client);
  }

  /** Begins a pause, or makes the one under way longer or stricter, never shorter or milder. */
  begin(mode: PauseMode, until: number): void {
    if (this.#mode !== "all") this.#mode = mode;
    this.#until = Math.max(this.#until, until);
    this.#server.executor.setGate(CommandBits.any, true);
    this.#server.store.keepExpired = true;
    this.#startTimer();
  }

  /** Ends the pause and runs what waited, in order. */
  end(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
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

  #startTimer(): void {
    this.#timer?.cancel();
    const { clock } = this.#server;
    this.#timer = clock.after(this.#until - clock.now(), () => {
      if (clock.now() < this.#until) return this.#startTimer();
      this.end();
    });
  }
}
