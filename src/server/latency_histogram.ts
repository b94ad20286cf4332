/** Sub-buckets of each power of two: percentiles are exact to about 1.6%. */
const SUB_BUCKETS = 32;
const HIGHEST_POWER = 31;

/** Counts durations in buckets of growing width: percentiles without keeping the durations. */
export class LatencyHistogram {
  /** Number of durations recorded. */
  count = 0;
  readonly #buckets = new Uint32Array(SUB_BUCKETS * HIGHEST_POWER);

  /** Counts a duration, in microseconds, `times` times. */
  record(usec: number, times = 1): void {
    this.#buckets[bucketOf(Math.max(1, Math.round(usec)))]! += times;
    this.count += times;
  }

  /** Returns the duration, in microseconds, that `percent` of those recorded do not exceed. */
  percentile(percent: number): number {
    const wanted = Math.max(1, Math.ceil(this.count * percent / 100));
    let seen = 0;
    for (let bucket = 0; bucket < this.#buckets.length; bucket++) {
      seen += this.#buckets[bucket]!;
      if (seen >= wanted) return highestIn(bucket);
    }
    return 0;
  }

  /** Returns, for each power of two that has any, how many durations were at most that long, in microseconds. */
  *cumulative(): Generator<readonly [usec: number, count: number]> {
    let seen = 0, usec = 1, told = 0;
    for (let bucket = 0; bucket < this.#buckets.length; bucket++) {
      while (lowestIn(bucket) > usec) {
        if (seen > told) yield [usec, told = seen];
        usec *= 2;
      }
      seen += this.#buckets[bucket]!;
    }
    if (seen > told) yield [usec, seen];
  }
}

function bucketOf(usec: number): number {
  if (usec < SUB_BUCKETS * 2) return usec;
  const power = Math.min(31 - Math.clz32(usec), HIGHEST_POWER - 2);
  const shift = power - 5;
  return Math.min(
    (shift + 1) * SUB_BUCKETS + ((usec >>> shift) - SUB_BUCKETS),
    SUB_BUCKETS * HIGHEST_POWER - 1,
  );
}

function lowestIn(bucket: number): number {
  if (bucket < SUB_BUCKETS * 2) return bucket;
  const shift = Math.floor(bucket / SUB_BUCKETS) - 1;
  return (bucket % SUB_BUCKETS + SUB_BUCKETS) * 2 ** shift;
}

function highestIn(bucket: number): number {
  return lowestIn(bucket + 1) - 1;
}
