import type { Config } from "../config/config.ts";
import type { Clock } from "../store/clock.ts";

/** Samples that are kept of an event. */
const SAMPLES = 160;

/** The longest delay of a second in which there was one. */
export interface LatencySample {
  /** Unix time in seconds. */
  readonly time: number;
  readonly milliseconds: number;
}

/** What is known of one kind of event. */
export interface LatencyEvent {
  /** The oldest first; there is at least one. */
  readonly samples: readonly LatencySample[];
  /** Milliseconds of the longest delay, as long ago as it may be. */
  readonly longest: number;
}

/** How the samples of an event are spread. */
export interface LatencySpread {
  readonly count: number;
  readonly mean: number;
  readonly meanDeviation: number;
  /** Seconds since the oldest sample, 1 at least. */
  readonly seconds: number;
}

/** What the server tells of, as Redis names it. */
export type LatencyEventName =
  | "command"
  | "fast-command"
  | "command-unblocking"
  | "expire-cycle"
  | "eviction-cycle"
  | "eviction-del"
  | "aof-write"
  | "aof-write-alone"
  | "aof-write-pending-fsync"
  | "aof-write-active-child"
  | "aof-fsync-always"
  | "aof-fstat"
  | "aof-rename"
  | "rdb-unlink-temp-file";

interface Series {
  samples: LatencySample[];
  longest: number;
}

/** Remembers what held up the server for `latency-monitor-threshold` milliseconds or longer: LATENCY. */
export class LatencyMonitor {
  readonly #config: Config;
  readonly #clock: Clock;
  readonly #events = new Map<string, Series>();

  constructor(config: Config, clock: Clock) {
    this.#config = config;
    this.#clock = clock;
  }

  /** Whether anything is recorded at the moment. */
  get enabled(): boolean {
    return this.#config.values["latency-monitor-threshold"] > 0;
  }

  /** The events that were recorded, each with its name. */
  get events(): ReadonlyMap<string, LatencyEvent> {
    return this.#events;
  }

  /** Does `work`, and records how long it took, if that is long. */
  time<T>(event: LatencyEventName, work: () => T): T {
    if (!this.enabled) return work();
    const begin = this.#clock.monotonic();
    const result = work();
    this.record(event, this.#clock.monotonic() - begin);
    return result;
  }

  /** Records that `event` took so long, if that is long. */
  record(event: LatencyEventName, elapsedMs: number): void {
    const threshold = this.#config.values["latency-monitor-threshold"];
    if (threshold === 0 || elapsedMs < threshold) return;
    const milliseconds = Math.floor(elapsedMs);
    const time = this.#seconds();
    const series = this.#events.get(event) ?? { samples: [], longest: 0 };
    this.#events.set(event, series);
    series.longest = Math.max(series.longest, milliseconds);
    const { samples } = series;
    const last = samples.at(-1);
    if (last?.time !== time) {
      samples.push({ time, milliseconds });
      if (samples.length > SAMPLES) samples.shift();
    } else if (milliseconds > last.milliseconds) {
      samples[samples.length - 1] = { time, milliseconds };
    }
  }

  /** Returns how the samples of an event are spread. All figures are whole numbers, as Redis's. */
  spread({ samples }: LatencyEvent): LatencySpread {
    const count = samples.length;
    const meanOf = (values: readonly number[]) =>
      Math.floor(values.reduce((sum, each) => sum + each, 0) / count);
    const delays = samples.map(({ milliseconds }) => milliseconds);
    const mean = meanOf(delays);
    return {
      count,
      mean,
      meanDeviation: meanOf(delays.map((each) => Math.abs(mean - each))),
      seconds: Math.max(1, this.#seconds() - samples[0]!.time),
    };
  }

  /** Returns how long ago something was, in the largest whole unit: `5s`, `3m`, `2h`, `1d`. */
  ago(time: number): string {
    const seconds = this.#seconds() - time;
    if (seconds < 60) return `${seconds}s`;
    if (seconds < 3600) return `${Math.floor(seconds / 60)}m`;
    if (seconds < 86400) return `${Math.floor(seconds / 3600)}h`;
    return `${Math.floor(seconds / 86400)}d`;
  }

  /** Forgets an event, in any case of its letters, or all; returns how many there were. */
  reset(event?: string): number {
    let count = 0;
    for (const name of [...this.#events.keys()]) {
      if (event !== undefined && event.toLowerCase() !== name) continue;
      this.#events.delete(name);
      count++;
    }
    return count;
  }

  #seconds(): number {
    return Math.floor(this.#clock.now() / 1000);
  }
}
