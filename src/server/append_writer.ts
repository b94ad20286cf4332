import { systemReason, writeFailure } from "../config/error.ts";
import type { AppendFile } from "../persistence/append_file.ts";
import { CommandError } from "../protocol/command_error.ts";
import type { AppendLog } from "./append_log.ts";
import type { Server } from "./server.ts";

/** How long what was written may stay off the disk with `appendfsync everysec`, in milliseconds. */
const SYNC_MS = 1000;
/** How long a write may wait for the disk to be done with the one before. */
const POSTPONE_MS = 2000;
/** How soon a write that failed is tried again. */
const RETRY_MS = 1000;
/** How long the log is silent about an error that goes on. */
const REPEAT_MS = 30_000;

/**
 * Brings what was logged to the disk, as `appendfsync` says, and has writes
 * refused while it cannot.
 *
 * Differs from Redis: a log that cannot be written does not end the server, also
 * with `appendfsync always`. Clients whose writes did not reach the disk are
 * disconnected without a reply, further writes are refused, and what is in memory
 * is written as soon as the disk takes it. What a failed fsync was to keep may be
 * lost to the file, and so the log is rewritten from memory then.
 */
export class AppendWriter {
  lastStatus: "ok" | "err" = "ok";
  /** How often a write did not wait for the disk any longer. */
  delayedSyncs = 0;
  readonly #server: Server;
  readonly #log: AppendLog;
  #file: AppendFile | undefined = undefined;
  /** The flush of the disk that is under way. */
  #syncing: Promise<void> | undefined = undefined;
  #lastSyncAt = 0;
  #postponedAt = 0;
  /** Whether a write is to come when the requests that are there have run. */
  #gathering = false;
  #committing = false;
  #nextTryAt = 0;
  #quietUntil = 0;

  constructor(server: Server, log: AppendLog) {
    this.#server = server;
    this.#log = log;
  }

  /** The file that is written, if any. Who puts another in its place closes it. */
  get file(): AppendFile | undefined {
    return this.#file;
  }

  set file(file: AppendFile | undefined) {
    this.#file = file;
  }

  /** Whether the disk is being flushed in the background. */
  get isSyncing(): boolean {
    return this.#syncing !== undefined;
  }

  get #policy(): "always" | "everysec" | "no" {
    return this.#server.config.values.appendfsync;
  }

  /** Whether replies wait until what they tell of is on the disk. */
  get #waits(): boolean {
    return this.#policy === "always" && this.#log.state === "on";
  }

  /** Has what was logged written, or its replies wait for that. */
  turnEnded(): void {
    // What comes after an error waits for the next try.
    if (this.lastStatus === "err" || !this.#file?.buffered) return;
    const { commits } = this.#server;
    if (this.#waits) {
      commits.pending = true;
      if (!this.#committing) this.#commit();
    } else if (this.#gathering || this.#mayWrite()) {
      // One write is to come for all: the disk is asked after, and a delay counted, once.
      commits.pending = true;
      if (!this.#gathering) this.#gather();
    }
  }

  /** Writes once for all whose requests have come as well; then lets their replies leave. */
  #gather(): void {
    this.#gathering = true;
    setImmediate(() => {
      this.#gathering = false;
      // What has to be on the disk first may have been logged meanwhile.
      if (this.#committing) return;
      this.write();
      this.#server.commits.end();
    });
  }

  /** Writes what waits; returns whether that went well. */
  write(): boolean {
    const { clock, latencyMonitor, log } = this.#server;
    const begin = latencyMonitor.enabled ? clock.monotonic() : 0;
    this.#postponedAt = 0;
    try {
      this.#file?.write();
    } catch (error) {
      this.#failed("Error writing to the AOF file", error);
      return false;
    }
    if (latencyMonitor.enabled) this.#record(clock.monotonic() - begin);
    // After a failed fsync only a rewrite makes it good.
    if (this.lastStatus === "err" && !this.#log.rewrite.isNeeded) {
      log.warning("AOF write error looks solved, Redis can write again.");
      this.succeeded();
    }
    return true;
  }

  /** Writes what waits, and has it flushed, before another file takes the place of this one. Throws the file system's error. */
  finish(): void {
    this.#file?.write();
    // Were the next file on the disk and the end of this one not, the log would not load after a loss of power.
    if (this.lastStatus === "ok") this.#file?.syncSync();
  }

  /** Has everything on the disk before it returns, if that can be; all replies leave, or never will. */
  flush(): void {
    const { commits, log } = this.#server;
    try {
      this.#file?.write();
      this.#file?.syncSync();
    } catch (error) {
      log.warning(`Fail to fsync the AOF file: ${writeFailure(error)}`);
      commits.fail(commits.marks());
    }
    commits.end();
  }

  /** Looks after what cannot wait for the next turn: what waited for the disk, what failed, the flush of every second. */
  check(): void {
    if (this.#file === undefined || this.#committing) return;
    const now = this.#server.clock.monotonic();
    if (this.lastStatus === "err") return this.#tryAgain(this.#file, now);
    this.turnEnded();
    this.#syncIfDue(this.#file, now);
  }

  /** Has writes accepted again. */
  succeeded(): void {
    this.#quietUntil = 0;
    this.#setStatus(undefined);
  }

  /** Has everything on the disk, for as long as more comes; then lets all replies leave. */
  async #commit(): Promise<void> {
    const { clock, commits, latencyMonitor } = this.#server;
    this.#committing = true;
    for (;;) {
      // Those whose requests have come as well share the flush.
      await new Promise<void>((resolve) => setImmediate(resolve));
      const file = this.#file;
      if (file === undefined) break;
      const marks = commits.marks();
      if (!this.write()) {
        commits.fail(marks);
        break;
      }
      const begin = clock.monotonic();
      try {
        await file.sync();
      } catch (error) {
        commits.fail(marks);
        this.#syncFailed(error);
        break;
      }
      latencyMonitor.record("aof-fsync-always", clock.monotonic() - begin);
      commits.release(marks);
      if (this.#file === file && file.buffered === 0 && file.isSynced) break;
    }
    this.#committing = false;
    commits.end();
  }

  /** Whether a write need not wait for the disk. */
  #mayWrite(): boolean {
    const { clock, log } = this.#server;
    if (this.#syncing === undefined || this.#policy !== "everysec") return true;
    const now = clock.monotonic();
    if (this.#postponedAt === 0) this.#postponedAt = now;
    if (now - this.#postponedAt < POSTPONE_MS) return false;
    this.delayedSyncs++;
    log.notice(
      "Asynchronous AOF fsync is taking too long (disk is busy?). Writing the AOF buffer without " +
        "waiting for fsync to complete, this may slow down Redis.",
    );
    return true;
  }

  #record(ms: number): void {
    const { latencyMonitor } = this.#server;
    const event = this.isSyncing
      ? "aof-write-pending-fsync"
      : this.#log.rewrite.busy
      ? "aof-write-active-child"
      : "aof-write-alone";
    latencyMonitor.record(event, ms);
    latencyMonitor.record("aof-write", ms);
  }

  #tryAgain(file: AppendFile, now: number): void {
    if (now < this.#nextTryAt) return;
    this.#nextTryAt = now + RETRY_MS;
    if (!this.write() || !this.#waits) return;
    try {
      file.syncSync();
    } catch (error) {
      this.#syncFailed(error);
    }
  }

  #syncIfDue(file: AppendFile, now: number): void {
    const { values } = this.#server.config;
    if (this.#policy === "no" || file.isSynced || this.isSyncing) return;
    if (this.#policy === "everysec" && now - this.#lastSyncAt < SYNC_MS) return;
    if (values["no-appendfsync-on-rewrite"] && this.#log.rewrite.busy) return;
    this.#lastSyncAt = now;
    this.#syncing = file.sync().catch((error) => this.#syncFailed(error))
      .finally(() => {
        this.#syncing = undefined;
        if (this.#postponedAt > 0) this.turnEnded();
      });
  }

  /** There is nothing to write to until a rewrite succeeds; why is in the log. */
  hasNoFile(): void {
    this.#needsRewrite();
    this.#setStatus(
      new CommandError(
        "MISCONF",
        "Errors writing to the AOF file: it cannot be created",
      ),
    );
  }

  /** What the file was to keep may be lost, whatever a later fsync says. */
  #syncFailed(error: unknown): void {
    if (this.#file === undefined) return;
    this.#needsRewrite();
    this.#failed("Fail to fsync the AOF file", error);
  }

  #needsRewrite(): void {
    const { rewrite } = this.#log;
    rewrite.isNeeded = rewrite.scheduled = true;
  }

  #failed(what: string, error: unknown): void {
    const { clock, log } = this.#server;
    const now = clock.monotonic();
    const reason = systemReason(error);
    this.#nextTryAt = now + RETRY_MS;
    if (now >= this.#quietUntil) {
      log.warning(`${what}: ${writeFailure(error)}`);
      this.#quietUntil = now + REPEAT_MS;
    }
    this.#setStatus(
      new CommandError("MISCONF", `Errors writing to the AOF file: ${reason}`),
    );
  }

  #setStatus(error: CommandError | undefined): void {
    this.lastStatus = error === undefined ? "ok" : "err";
    this.#server.executor.refuseWrites("log", error);
  }
}
