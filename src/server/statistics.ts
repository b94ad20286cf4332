/** Samples per second are averaged over this many. */
const SAMPLES = 16;

/** What a server counts of its own work, for INFO. */
export class Statistics {
  connections = 0;
  rejectedConnections = 0;
  commands = 0;
  inputBytes = 0;
  outputBytes = 0;
  /** Reads from sockets, and writes to them. */
  reads = 0;
  writes = 0;
  errorReplies = 0;
  unexpectedErrors = 0;
  outputLimitDisconnections = 0;
  queryLimitDisconnections = 0;
  replyBufferShrinks = 0;
  replyBufferGrowths = 0;
  /** Large values, and keys of whole databases, that clients asked to be freed later: UNLINK, FLUSHALL ASYNC. */
  lazilyFreed = 0;
  /** Milliseconds spent in expiry passes. */
  expireCycleMs = 0;
  /** Expiry passes that ended before all due keys were gone. */
  expireTimeCaps = 0;
  /** Error replies by their first word. */
  readonly errors = new Map<string, number>();
  readonly commandRate = new Rate();
  readonly inputRate = new Rate();
  readonly outputRate = new Rate();

  error(code: string): void {
    this.errorReplies++;
    this.errors.set(code, (this.errors.get(code) ?? 0) + 1);
  }

  /** Takes a sample of the rates at a moment of the monotonic clock, in milliseconds. */
  sample(now: number): void {
    this.commandRate.sample(this.commands, now);
    this.inputRate.sample(this.inputBytes, now);
    this.outputRate.sample(this.outputBytes, now);
  }

  /** CONFIG RESETSTAT. */
  reset(): void {
    this.connections = this.rejectedConnections = this.commands = 0;
    this.inputBytes = this.outputBytes = this.errorReplies = 0;
    this.reads = this.writes = 0;
    this.unexpectedErrors = this.outputLimitDisconnections = 0;
    this.queryLimitDisconnections = 0;
    this.replyBufferShrinks = this.replyBufferGrowths = 0;
    this.lazilyFreed = 0;
    this.expireCycleMs = this.expireTimeCaps = 0;
    this.errors.clear();
    for (const rate of [this.commandRate, this.inputRate, this.outputRate]) {
      rate.reset();
    }
  }
}

/** How fast a counter grows, as INFO's `instantaneous_…` fields tell it. */
export class Rate {
  #samples: number[] = [];
  #count = 0;
  #at = 0;

  /** Mean growth per second over the last samples. */
  get perSecond(): number {
    if (this.#samples.length === 0) return 0;
    return this.#samples.reduce((sum, each) => sum + each, 0) /
      this.#samples.length;
  }

  sample(count: number, now: number): void {
    const elapsed = now - this.#at;
    if (elapsed > 0 && this.#at > 0) {
      this.#samples.push((count - this.#count) * 1000 / elapsed);
      if (this.#samples.length > SAMPLES) this.#samples.shift();
    }
    this.#count = count;
    this.#at = now;
  }

  reset(): void {
    this.#samples = [];
    this.#count = 0;
  }
}
