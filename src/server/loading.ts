import type { Executor } from "./executor.ts";
import type { Clock } from "../store/clock.ts";
import { CommandBits } from "./command_table.ts";

/**
 * The load at the start: how far it is. While it is under way clients are served
 * what needs no data, and hear of everything else that it must wait.
 *
 * Differs from Redis: during the load INFO shows no keys; they are there all at once when it ends.
 */
export class Loading {
  /** Whether it is under way. */
  active = false;
  /** Unix time of its begin, in seconds. */
  startedAt = 0;
  /** Bytes of the file, and how many of them have been read. */
  totalBytes = 0;
  loadedBytes = 0;
  readonly #clock: Clock;
  readonly #executor: Executor;

  constructor(clock: Clock, executor: Executor) {
    this.#clock = clock;
    this.#executor = executor;
  }

  begin(): void {
    this.startedAt = this.#seconds();
    this.totalBytes = this.loadedBytes = 0;
    this.#set(true);
  }

  end(): void {
    this.#set(false);
  }

  get percent(): number {
    return this.totalBytes === 0 ? 0 : this.loadedBytes * 100 / this.totalBytes;
  }

  /** How long it will still take, in seconds; 1 while nothing is known. */
  get etaSeconds(): number {
    const elapsed = this.#seconds() - this.startedAt;
    if (elapsed === 0) return 1;
    const left = this.totalBytes - this.loadedBytes;
    return Math.floor(elapsed * left / (this.loadedBytes + 1));
  }

  #set(active: boolean): void {
    this.active = active;
    this.#executor.setGate(CommandBits.deniedWhileLoading, active);
  }

  #seconds(): number {
    return Math.floor(this.#clock.now() / 1000);
  }
}
