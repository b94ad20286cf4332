/** Where the server gets its time from, and how it waits: injected, so that a test can move it. */
export interface Clock {
  /** Unix time in whole milliseconds. */
  now(): number;
  /** Milliseconds since some fixed moment, with fractions; never goes back. */
  monotonic(): number;
  /** Runs `run` once, `ms` milliseconds from now. */
  after(ms: number, run: () => void): Timer;
  /** Stops the whole process for `ms` milliseconds: DEBUG SLEEP. */
  sleepSync(ms: number): void;
}

/** A wait that has begun. */
export interface Timer {
  cancel(): void;
}

/** The clock of the machine. */
export class SystemClock implements Clock {
  now(): number {
    return Date.now();
  }

  monotonic(): number {
    return performance.now();
  }

  after(ms: number, run: () => void): Timer {
    // Longer waits than setTimeout can count end early: whoever waits looks at the time again.
    const id = setTimeout(run, Math.min(Math.max(ms, 0), 2 ** 31 - 1));
    return { cancel: () => clearTimeout(id) };
  }

  sleepSync(ms: number): void {
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
  }
}
