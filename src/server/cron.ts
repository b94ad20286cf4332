import type { Clock, Timer } from "../store/clock.ts";

/** Work that comes round; may return how soon, in milliseconds, it wants to go on. */
export type PeriodicWork = () => number | void;

interface Task {
  readonly name: string;
  readonly interval: () => number;
  readonly work: PeriodicWork;
  timer: Timer | undefined;
}

/**
 * The periodic work of a server, each task in its own rhythm. Nothing runs
 * before `start()` and after `stop()`. A task that throws is reported, and comes
 * round again.
 */
export class Cron {
  readonly #clock: Clock;
  readonly #failed: (name: string, error: unknown) => void;
  readonly #tasks: Task[] = [];
  #running = false;

  constructor(clock: Clock, failed: (name: string, error: unknown) => void) {
    this.#clock = clock;
    this.#failed = failed;
  }

  /** Has `work` done every `intervalMs` milliseconds, counted from the end of one round to the next; an interval that may change is asked for each time. */
  every(
    name: string,
    intervalMs: number | (() => number),
    work: PeriodicWork,
  ): void {
    const interval = typeof intervalMs === "number"
      ? () => intervalMs
      : intervalMs;
    const task: Task = { name, interval, work, timer: undefined };
    this.#tasks.push(task);
    if (this.#running) this.#schedule(task, interval());
  }

  start(): void {
    if (this.#running) return;
    this.#running = true;
    for (const task of this.#tasks) this.#schedule(task, task.interval());
  }

  stop(): void {
    this.#running = false;
    for (const task of this.#tasks) task.timer?.cancel();
  }

  #schedule(task: Task, ms: number): void {
    task.timer = this.#clock.after(ms, () => {
      let soon: number | void = undefined;
      try {
        soon = task.work();
      } catch (error) {
        this.#failed(task.name, error);
      }
      if (this.#running) this.#schedule(task, soon ?? task.interval());
    });
  }
}
