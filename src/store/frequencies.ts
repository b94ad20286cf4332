import type { Random } from "./random.ts";

/** Where a key starts, so that it is not the first to be evicted before it can be accessed again. */
const INITIAL = 5;
const HIGHEST = 255;
const MS_PER_MINUTE = 60_000;

/** The parameters of counting: `lfu-log-factor` and `lfu-decay-time`. */
export interface FrequencySettings {
  /** How many accesses it takes to count higher, the more the higher the count already is. */
  logFactor: number;
  /** Minutes after which a key that was not accessed counts one less; 0 for never. */
  decayMinutes: number;
}

/**
 * Counts how often a key is accessed, for the LFU policies: Redis's
 * logarithmic counter of 8 bits, which decays with time.
 *
 * What is remembered of a key fits 32 bits: the minute of the last access above
 * the counter; 0 stands for a key that was never accessed.
 */
export class Frequencies {
  readonly settings: FrequencySettings;
  readonly #random: Random;

  constructor(random: Random, settings: FrequencySettings) {
    this.#random = random;
    this.settings = settings;
  }

  /** Returns what to remember after an access at `now`, in unix milliseconds. */
  accessed(access: number, now: number): number {
    if (access === 0) return stamp(now, INITIAL);
    const counter = this.frequency(access, now);
    if (counter === HIGHEST) return stamp(now, counter);
    const above = Math.max(0, counter - INITIAL);
    const higher =
      this.#random.below(2 ** 31) * (above * this.settings.logFactor + 1) <
        2 ** 31;
    return stamp(now, higher ? counter + 1 : counter);
  }

  /** Returns what to remember of a key whose counter is `counter` at `now`. */
  counted(counter: number, now: number): number {
    return stamp(now, counter);
  }

  /** Returns the counter, decayed until `now`. */
  frequency(access: number, now: number): number {
    const counter = access & HIGHEST;
    const { decayMinutes } = this.settings;
    if (decayMinutes === 0) return counter;
    const minutes = minutesSince(access, now);
    return Math.max(0, counter - Math.floor(minutes / decayMinutes));
  }
}

/** Returns in which unix second a key was accessed, to the minute, of which a count is remembered. */
export function accessedAt(access: number, now: number): number {
  const ago = minutesSince(access, now) * MS_PER_MINUTE;
  return Math.max(0, Math.floor((now - ago) / 1000));
}

/** Returns what to remember of a key whose accesses were not counted, and whose last one was in a unix second. */
export function countedSince(second: number): number {
  return stamp(second * 1000, INITIAL);
}

function minutesSince(access: number, now: number): number {
  return (minuteOf(now) - (access >>> 8)) & 0xffffff;
}

/** Minutes repeat every 31 years. */
function minuteOf(now: number): number {
  return Math.floor(now / MS_PER_MINUTE) & 0xffffff;
}

function stamp(now: number, counter: number): number {
  return minuteOf(now) * 256 + counter;
}
