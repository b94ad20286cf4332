/** Buckets of each power of two above the first 2 * 128 nanoseconds, which have one each: exact to 0.8%, as Redis's. */
const BUCKETS_PER_POWER = 128;
const BUCKET_BITS = 7;
/** Longest duration that is told apart from longer ones, in nanoseconds: a second, as in Redis. */
const LONGEST = 1e9;
const BUCKETS = bucketOf(LONGEST) + 1;

/** The first and the last power of two, in nanoseconds, up to which `cumulative()` counts. */
const FIRST_STEP = 10;
const LAST_STEP = 30;

/** Counts durations in buckets of growing width: percentiles without keeping the durations. */
export class LatencyHistogram {
  /** Number of durations recorded. */
  count = 0;
  readonly #buckets = new Uint32Array(BUCKETS);

  /** Counts `times` durations, in microseconds. */
  record(usec: number, times = 1): void {
    const nsec = Math.min(Math.max(1, Math.round(usec * 1000)), LONGEST);
    this.#buckets[bucketOf(nsec)]! += times;
    this.count += times;
  }

  /** Returns the duration, in microseconds, that `percent` of those recorded do not exceed. */
  percentile(percent: number): number {
    const wanted = Math.max(1, Math.floor(this.count * percent / 100 + 0.5));
    let seen = 0;
    for (let bucket = 0; bucket < BUCKETS; bucket++) {
      seen += this.#buckets[bucket]!;
      if (seen < wanted) continue;
      // Redis tells the upper end of a bucket, and the lower one for percentile 0.
      const nsec = percent === 0 ? lowestIn(bucket) : lowestIn(bucket + 1) - 1;
      return nsec / 1000;
    }
    return 0;
  }

  /** Returns how many durations did not exceed about a microsecond, two, four and so on; steps that add none are left out. */
  cumulative(): { readonly usec: number; readonly count: number }[] {
    const steps: { usec: number; count: number }[] = [];
    let count = 0, bucket = 0;
    for (let power = FIRST_STEP; power <= LAST_STEP; power++) {
      const before = count;
      // As in Redis, the bucket that begins at the step still belongs to it.
      const last = Math.min(bucketOf(2 ** power), BUCKETS - 1);
      while (bucket <= last) count += this.#buckets[bucket++]!;
      if (count === before) continue;
      const nsec = power === LAST_STEP ? 2 ** power - 1 : lowestIn(bucket) - 1;
      steps.push({ usec: Math.floor(nsec / 1000), count });
    }
    return steps;
  }
}

function bucketOf(nsec: number): number {
  if (nsec < BUCKETS_PER_POWER * 2) return nsec;
  const shift = 31 - Math.clz32(nsec) - BUCKET_BITS;
  return shift * BUCKETS_PER_POWER + (nsec >>> shift);
}

function lowestIn(bucket: number): number {
  if (bucket < BUCKETS_PER_POWER * 2) return bucket;
  const shift = Math.floor(bucket / BUCKETS_PER_POWER) - 1;
  return (bucket % BUCKETS_PER_POWER + BUCKETS_PER_POWER) * 2 ** shift;
}
