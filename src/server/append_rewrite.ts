import { systemReason, writeFailure } from "../config/error.ts";
import { AppendEncoder } from "../persistence/append_encoder.ts";
import type { LogFile } from "../persistence/append_manifest.ts";
import {
  BackgroundSave,
  type Outcome,
} from "../persistence/background_save.ts";
import type { FileReplacing, FileSystem } from "../persistence/files.ts";
import { compressing } from "../persistence/gzip.ts";
import { saveSnapshotSync } from "../persistence/snapshot.ts";
import {
  SnapshotEncoder,
  type SnapshotFacts,
} from "../persistence/snapshot_encoder.ts";
import type { AppendLog } from "./append_log.ts";
import type { Server } from "./server.ts";
import { timed } from "./timed_files.ts";

/** From so many failures in a row on, the next try has to wait: a minute, then twice as long each time, up to an hour. */
const FAILURES_BEFORE_DELAY = 3;
const DELAY_MS = 60_000;
/** How soon one is tried again without which nothing can be logged. */
const RETRY_MS = 1000;
const LONGEST_DELAY_MS = 3_600_000;

/**
 * Rewrites the append log: writes a base that makes the data as it is at one
 * moment, in the background, while what changes after that moment goes into
 * another file. When the base is on the disk, the manifest names these two, and
 * all files before are removed.
 */
export class AppendRewrite {
  /** Whether one is to begin as soon as possible. */
  scheduled = false;
  /** Whether the log may lack what it should have, so that nothing is accepted until it has been rewritten. */
  isNeeded = false;
  /** How the last one ended. */
  lastStatus: "ok" | "err" = "ok";
  /** How long the last one took, in whole seconds; -1 before the first. */
  lastDurationSeconds = -1;
  /** Number of those that were begun. */
  count = 0;
  failuresInARow = 0;
  readonly #server: Server;
  readonly #log: AppendLog;
  readonly #files: FileSystem;
  #background: BackgroundSave | undefined = undefined;
  /** Resolves when the last one has left the disk alone. */
  #done: Promise<unknown> = Promise.resolve();
  #startedAt = 0;
  #delayMs = 0;
  #delayedUntil = 0;
  #nextNeededTry = 0;

  constructor(server: Server, log: AppendLog, files: FileSystem) {
    this.#server = server;
    this.#log = log;
    this.#files = files;
  }

  /** Whether one is under way. */
  get running(): boolean {
    return this.#background !== undefined;
  }

  /** Whether one, or a save, is under way. */
  get busy(): boolean {
    return this.running || this.#server.saver.saving;
  }

  /** How long the one under way has taken, in whole seconds; -1 when there is none. */
  get currentDurationSeconds(): number {
    return this.running ? this.#seconds() - this.#startedAt : -1;
  }

  /** Begins one, or has it begin later when it cannot at once; returns whether it will come to it. */
  scheduleOrBegin(mayBegin = true): boolean {
    if (mayBegin && !this.busy) return this.begin();
    this.scheduled = true;
    return true;
  }

  /** Begins to rewrite; nothing may be under way. Returns whether that was possible; why not is in the log. */
  begin(): boolean {
    const { clock, log, store } = this.#server;
    const isOff = this.#log.state === "off";
    const { folder } = this.#log;
    let increments: readonly LogFile[] = [];
    try {
      folder.make();
      if (isOff) folder.read();
      if (!isOff) increments = [this.#log.switchFile()];
    } catch (error) {
      log.warning(
        `Can't rewrite append only file in background: ${writeFailure(error)}`,
      );
      this.#failed();
      return false;
    }
    const base = folder.nextBase(this.#format);
    this.scheduled = false;
    this.count++;
    this.#startedAt = this.#seconds();
    const background = new BackgroundSave(
      this.#filesForBase,
      folder.pathOf(base),
      clock,
      store.databases.map((db) => db.keyspace),
      this.#facts(),
      `${Deno.pid}-${this.count}`,
      this.#encoder(),
    );
    this.#background = background;
    this.#done = background.done;
    background.done.then((outcome) =>
      this.#ended(background, outcome, base, increments)
    );
    log.notice(
      `Background append only file rewriting started by pid ${Deno.pid}`,
    );
    return true;
  }

  /** Writes the base of a log that did not exist before, and begins the file to log into, before it returns. Throws the file system's error. */
  writeFirstBase(): void {
    const { store } = this.#server;
    const { folder } = this.#log;
    folder.make();
    folder.removeLeftovers();
    const base = folder.nextBase(this.#format);
    saveSnapshotSync(
      this.#filesForBase,
      folder.pathOf(base),
      store.databases.map((db) => db.keyspace),
      this.#facts(),
      this.#encoder(),
    );
    folder.save(folder.manifest.rebased(base, []));
    this.#log.switchFile();
    this.#log.rewritten(base);
  }

  /** Gives up the one under way. */
  cancel(): void {
    this.#background?.cancel();
    this.#background = undefined;
    this.scheduled = this.isNeeded = false;
  }

  /** Resolves when none is under way. */
  async settled(): Promise<void> {
    await this.#done;
  }

  /** Begins one if it was scheduled or the log has grown enough. */
  check(): void {
    const { loading, scripts } = this.#server;
    // What a script that is suspended has done so far must not become part of the base: it is logged when it ends.
    if (this.busy || loading.active || scripts.suspended) return;
    if (this.scheduled) {
      if (this.#mayTry()) this.begin();
      return;
    }
    const { config: { values }, log } = this.#server;
    const percentage = values["auto-aof-rewrite-percentage"];
    const { baseSize, currentSize, state } = this.#log;
    if (
      state !== "on" || percentage === 0 ||
      currentSize <= values["auto-aof-rewrite-min-size"]
    ) return;
    const growth = Math.floor(currentSize * 100 / Math.max(1, baseSize)) - 100;
    if (growth < percentage || !this.#mayTry()) return;
    log.notice(`Starting automatic rewriting of AOF on ${growth}% growth`);
    this.begin();
  }

  /** Whether the last failures are long enough ago. */
  #mayTry(): boolean {
    const { clock, log } = this.#server;
    const now = clock.monotonic();
    // Clients are being refused.
    if (this.isNeeded) return now >= this.#nextNeededTry;
    if (this.failuresInARow < FAILURES_BEFORE_DELAY) return true;
    if (this.#delayedUntil > 0) {
      if (now < this.#delayedUntil) return false;
      this.#delayedUntil = 0;
      return true;
    }
    this.#delayMs = Math.min(
      this.#delayMs === 0 ? DELAY_MS : this.#delayMs * 2,
      LONGEST_DELAY_MS,
    );
    this.#delayedUntil = now + this.#delayMs;
    log.warning(
      `Background AOF rewrite has repeatedly failed and triggered the limit, will retry in ${
        this.#delayMs / 60_000
      } minutes`,
    );
    return false;
  }

  #ended(
    background: BackgroundSave,
    outcome: Outcome,
    base: LogFile,
    increments: readonly LogFile[],
  ): void {
    // What was cancelled has been forgotten.
    if (this.#background !== background) return;
    const { log } = this.#server;
    this.#background = undefined;
    this.lastDurationSeconds = this.#seconds() - this.#startedAt;
    if (typeof outcome === "object") {
      log.warning(
        `Background AOF rewrite terminated with error: ${
          writeFailure(outcome.error)
        }`,
      );
      return this.#failed();
    }
    log.notice("Background AOF rewrite terminated with success");
    this.#put(base, increments);
  }

  /** Has the manifest name the new base. */
  #put(base: LogFile, increments: readonly LogFile[]): void {
    const { config, log } = this.#server;
    const { folder } = this.#log;
    try {
      if (this.#log.state === "off") folder.read();
      folder.save(folder.manifest.rebased(base, increments));
    } catch (error) {
      log.warning(
        `Error writing the manifest of the append log: ${writeFailure(error)}`,
      );
      // Where only the flush of the folder has failed, the manifest names it.
      if (folder.manifest.base?.name !== base.name) this.#remove(base);
      return this.#failed();
    }
    this.lastStatus = "ok";
    this.failuresInARow = this.#delayMs = this.#delayedUntil = 0;
    this.isNeeded = false;
    this.#log.rewritten(base);
    try {
      if (!config.values["aof-disable-auto-gc"]) folder.removeHistory();
    } catch (error) {
      log.warning(
        `Could not remove the old files of the append log: ${
          systemReason(error)
        }`,
      );
    }
    log.notice("Background AOF rewrite finished successfully");
  }

  /** Removes a base that is not wanted. One that stays is written over by the next. */
  #remove(base: LogFile): void {
    try {
      this.#files.remove(this.#log.folder.pathOf(base));
    } catch {
      // Why the disk does not take anything is in the log.
    }
  }

  /** A log that waits for its first base, or must not be trusted, tries again. */
  #failed(): void {
    this.lastStatus = "err";
    this.failuresInARow++;
    this.#nextNeededTry = this.#server.clock.monotonic() + RETRY_MS;
    if (this.#log.state === "waiting" || this.isNeeded) this.scheduled = true;
  }

  get #format(): "json" | "aof" {
    return this.#server.config.values["aof-use-rdb-preamble"] ? "json" : "aof";
  }

  get #filesForBase(): FileReplacing {
    const { config: { values }, latencyMonitor } = this.#server;
    const compressed = values["snapshot-compression"] === "gzip" &&
      this.#format === "json";
    const files = compressed ? compressing(this.#files) : this.#files;
    return timed(files, latencyMonitor, "rename", "aof-rename");
  }

  #encoder() {
    return this.#format === "json"
      ? new SnapshotEncoder(this.#facts())
      : new AppendEncoder(this.#facts().functions);
  }

  #facts(): SnapshotFacts {
    const { clock, config, scripts } = this.#server;
    return {
      savedAt: clock.now(),
      checksum: config.values.rdbchecksum,
      functions: scripts.libraries.codes,
    };
  }

  #seconds(): number {
    return Math.floor(this.#server.clock.now() / 1000);
  }
}
