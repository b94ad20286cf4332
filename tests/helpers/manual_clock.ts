import type { Clock, Timer } from "../../src/store/clock.ts";
import { turn } from "./event_loop.ts";

/** Timers that one {@linkcode ManualClock.advance} runs each at its own time. */
const TIMED_RUNS = 1000;

interface Entry extends Timer {
  readonly due: number;
  readonly run: () => void;
}

/** A clock that stands still until a test moves it. Starts at 2026-01-01T00:00:00Z. */
export class ManualClock implements Clock {
  readonly #startedAt: number;
  #elapsed = 0;
  /** Ordered by due time, and by when they were set. */
  readonly #timers: Entry[] = [];
  #soon: ReturnType<typeof setTimeout> | undefined;

  constructor(startedAt: number = Date.UTC(2026, 0, 1)) {
    this.#startedAt = startedAt;
  }

  now(): number {
    return Math.floor(this.#startedAt + this.#elapsed);
  }

  /** Starts at 12345.5, so that a mix-up of the two times, or a lost fraction, shows. */
  monotonic(): number {
    return 12345.5 + this.#elapsed;
  }

  /** Number of timers that are set. */
  get pending(): number {
    return this.#timers.length;
  }

  after(ms: number, run: () => void): Timer {
    const due = this.#elapsed + Math.max(0, ms);
    const entry: Entry = {
      due,
      run,
      cancel: () => {
        const index = this.#timers.indexOf(entry);
        if (index >= 0) this.#timers.splice(index, 1);
        if (this.#timers.length === 0) this.#cancelSoon();
      },
    };
    const index = this.#timers.findLastIndex((other) => other.due <= due);
    this.#timers.splice(index + 1, 0, entry);
    this.#runDueSoon();
    return entry;
  }

  /** Moves the time at once; timers that fall due run when the caller has returned to the event loop. */
  sleepSync(ms: number): void {
    this.#elapsed += ms;
    this.#runDueSoon();
  }

  /**
   * Moves the time by `ms`: timers that fall due run in order, each at its own time, then the event
   * loop turns, so that connections are served. After a thousand timers the clock jumps to the end,
   * as if the machine had been asleep, so that ten days cost no more than two minutes.
   */
  async advance(ms: number): Promise<void> {
    const target = this.#elapsed + ms;
    for (let runs = 0;; runs++) {
      const next = this.#timers[0];
      if (next === undefined || next.due > target) break;
      if (runs === TIMED_RUNS) this.#elapsed = target;
      this.#timers.shift();
      this.#elapsed = Math.max(this.#elapsed, next.due);
      next.run();
      await Promise.resolve();
    }
    this.#elapsed = Math.max(this.#elapsed, target);
    for (let turns = 0; turns < 3; turns++) await turn();
  }

  #runDueSoon(): void {
    const first = this.#timers[0];
    if (
      this.#soon !== undefined || first === undefined ||
      first.due > this.#elapsed
    ) return;
    this.#soon = setTimeout(() => {
      this.#soon = undefined;
      // Only what is due at this moment: a timer that sets itself again without delay must not hold the loop.
      const due = this.#timers.filter((entry) => entry.due <= this.#elapsed);
      for (const entry of due) {
        const index = this.#timers.indexOf(entry);
        if (index < 0) continue;
        this.#timers.splice(index, 1);
        entry.run();
      }
      this.#runDueSoon();
    }, 0);
  }

  #cancelSoon(): void {
    clearTimeout(this.#soon);
    this.#soon = undefined;
  }
}
