import type { Client } from "./client.ts";
import type { Command } from "./command_table.ts";
import type { Server } from "./server.ts";

/** While whatever takes less than this many milliseconds is too fast for any log, short commands may be timed together. */
const TOGETHER_MS = 10;
/** Words of a command line from which the command is timed on its own: it may take its time, whatever it is. */
const LONG_LINE = 64;
/** Of the short commands of scripts, those whose number has none of these bits are timed: every eighth of a kind. */
const UNTIMED = 7;

/** How a command is timed: with others of its turn, on its own, or, in scripts, as the last of its kind that was. */
export type Timing = "together" | "alone" | "as before";

/** Which part of a command's work was timed: a client that waits for keys has its command run twice. */
export type Stretch = "to the end" | "to a wait" | "after a wait";

/**
 * How long commands take, for their statistics, the slow log and the latency
 * monitor. To ask for the time costs as much as a short command does, so those
 * that are fast share the time of their turn.
 */
export class CommandTiming {
  readonly #server: Server;
  /** Commands of this turn that are timed together. */
  readonly #inBatch: Command[] = [];
  /** Whose command was the last of them. */
  #batchedFor: Client | undefined = undefined;
  /** Milliseconds of this turn that went into commands timed on their own. */
  #timed = 0;
  /** When the command began, or the one inside EXEC ended, that was timed on its own last. */
  #lastStamp = 0;
  /** Whether nothing has run since then. */
  #justStamped = false;
  /** Whether the time was told inside a transaction or script: it may be ahead of `Store.now`. */
  #toldTime = false;
  /** Milliseconds from which the slow log or the latency monitor want to know of a command. */
  #slowFrom = Infinity;
  /** Whether that is so little that every command is timed on its own. */
  #timesEach = false;

  constructor(server: Server) {
    this.#server = server;
  }

  /** Takes up from when on a command is slow: `slowlog-log-slower-than` and `latency-monitor-threshold`. */
  followSlowness(): void {
    const { values } = this.#server.config;
    const slow = values["slowlog-log-slower-than"];
    const spike = values["latency-monitor-threshold"];
    this.#slowFrom = Math.min(
      slow < 0 ? Infinity : slow / 1000,
      spike === 0 ? Infinity : spike,
    );
    this.#timesEach = this.#slowFrom < TOGETHER_MS;
  }

  /** Decides how a command that is about to run is timed. */
  choose(client: Client, command: Command, level: "top" | "nested"): Timing {
    if (
      !command.timedInBatch || this.#timesEach ||
      client.args.length >= LONG_LINE
    ) return "alone";
    if (level === "top") return "together";
    return client.isScript && (command.calls & UNTIMED) !== 0
      ? "as before"
      : "alone";
  }

  /**
   * Returns the time for a command inside a transaction or script, in unix
   * milliseconds. How long others take before it must not shorten the life of
   * what it sets.
   */
  nestedNow(): number {
    this.#toldTime = true;
    return this.#server.clock.now();
  }

  /** Returns when a command that is about to run on its own begins: when the one before it ended, in EXEC, or in the same turn. */
  begin(client: Client, level: "top" | "nested"): number {
    if (level === "nested") {
      return client.isScript ? this.#server.clock.monotonic() : this.#lastStamp;
    }
    if (!this.#justStamped) this.#lastStamp = this.#server.clock.monotonic();
    return this.#lastStamp;
  }

  /** Follows a command that has run; `begin` is when it began, if it is timed on its own. */
  ran(
    client: Client,
    command: Command,
    timing: Timing,
    begin: number,
    level: "top" | "nested",
  ): void {
    if (timing === "together") {
      this.#justStamped = false;
      if (command.callsInTurn++ === 0) this.#inBatch.push(command);
      this.#batchedFor = client;
    } else if (timing === "as before") {
      command.took(command.lastUsec, 1, this.#server.trackLatency);
    } else {
      const how = client.blocked !== undefined ? "to a wait" : "to the end";
      this.took(client, command, begin, level, how);
    }
  }

  /** Adds up the time of a command that is timed on its own. A call that blocks counts for latency at its end. */
  took(
    client: Client,
    command: Command,
    begin: number,
    level: "top" | "nested",
    how: Stretch,
  ): void {
    const { clock, scripts, store, trackLatency } = this.#server;
    const end = clock.monotonic();
    const elapsed = end - begin;
    if (level === "top") {
      this.#timed += elapsed;
      this.#justStamped = true;
    }
    if (!client.isScript) this.#lastStamp = end;
    command.lastUsec = elapsed * 1000;
    command.took(elapsed * 1000, 1, trackLatency && how !== "to a wait");
    if (elapsed >= this.#slowFrom) this.#slow(client, command, elapsed, how);
    if (level === "nested" || elapsed <= 1 && !this.#toldTime) return;
    if (scripts.suspended) return;
    // A command that took its time must not leave the next one in the past.
    store.setTime(clock.now());
    this.#toldTime = false;
  }

  /** Follows a command that began at `begin`, worked on while its client was parked, from `parked` on, and has ended. `client.args` is its command line. */
  endedApart(
    client: Client,
    command: Command,
    begin: number,
    parked: number,
  ): void {
    const { clock, trackLatency } = this.#server;
    const end = clock.monotonic();
    // What it took before was added when its client was parked.
    command.took((end - parked) * 1000, 1, trackLatency);
    const elapsed = end - begin;
    if (elapsed < this.#slowFrom) return;
    this.#slow(client, command, elapsed, "to the end");
  }

  /** Follows a turn that began at `begin`: shares what is left of its time among the commands that were too short to time one by one. */
  turnEnded(begin: number): void {
    if (this.#inBatch.length > 0) {
      this.#share(this.#server.clock.monotonic() - begin - this.#timed);
    }
    this.#timed = 0;
    this.#justStamped = false;
  }

  #share(elapsed: number): void {
    let calls = 0;
    for (const command of this.#inBatch) calls += command.callsInTurn;
    const client = this.#batchedFor!;
    // Of one among several nobody knows which it was; its arguments have gone, too.
    if (
      calls === 1 && elapsed >= this.#slowFrom && client.decoder.buffered === 0
    ) this.#slow(client, this.#inBatch[0]!, elapsed, "to the end");
    this.#batchedFor = undefined;
    for (const command of this.#inBatch) {
      const share = elapsed * 1000 * command.callsInTurn / calls;
      command.took(share, command.callsInTurn, this.#server.trackLatency);
      command.callsInTurn = 0;
    }
    this.#inBatch.length = 0;
  }

  /** Tells the latency monitor and the slow log of a command that took `elapsed` milliseconds. */
  #slow(
    client: Client,
    command: Command,
    elapsed: number,
    how: Stretch,
  ): void {
    const { config: { values }, latencyMonitor, slowLog } = this.#server;
    const event = command.has("fast") ? "fast-command" : "command";
    latencyMonitor.record(
      how === "after a wait" ? "command-unblocking" : event,
      elapsed,
    );
    const limit = values["slowlog-log-slower-than"];
    const microseconds = Math.floor(elapsed * 1000);
    if (how === "to a wait" || limit < 0 || microseconds < limit) return;
    if (command.has("skip_slowlog")) return;
    slowLog.add(client, command, microseconds, values["slowlog-max-len"]);
  }
}
