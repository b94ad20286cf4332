import { writeFailure } from "../config/error.ts";
import {
  BackgroundSave,
  type Outcome,
} from "../persistence/background_save.ts";
import { keepingBackups } from "../persistence/backups.ts";
import type { EntryEncoder } from "../persistence/entry_encoder.ts";
import type { FileReplacing, FileSystem } from "../persistence/files.ts";
import { compressing } from "../persistence/gzip.ts";
import { RdbEncoder } from "../persistence/rdb/rdb_encoder.ts";
import { saveSnapshotSync } from "../persistence/snapshot.ts";
import {
  SnapshotEncoder,
  type SnapshotFacts,
} from "../persistence/snapshot_encoder.ts";
import { DISK_ERROR } from "./gate.ts";
import { rdbFactsOf } from "./rdb_facts.ts";
import type { Server } from "./server.ts";
import { timed } from "./timed_files.ts";

/** How often the save points are looked at, in milliseconds. */
const CHECK_MS = 100;
/** How long after a background save that failed the next one may begin by itself, in seconds. */
const RETRY_SECONDS = 5;

const RDB_ENDING = ".rdb";

/**
 * When the data is saved, and what came of it. INFO shows the public fields:
 * `lastSaveAt` as rdb_last_save_time, `lastStatus` as rdb_last_bgsave_status, and
 * so on.
 */
export class Saver {
  /** Unix time of the last good save, or of the start, in seconds. */
  lastSaveAt: number;
  /** How the last background save ended. */
  lastStatus: "ok" | "err" = "ok";
  /** How long the last background save took, in whole seconds; -1 before the first. */
  lastDurationSeconds = -1;
  /** Number of saves that were begun, in the background or by SAVE. */
  saves = 0;
  readonly #server: Server;
  readonly #files: FileSystem;
  #background: BackgroundSave | undefined = undefined;
  #scheduled = false;
  #backgroundSaves = 0;
  #lastTryAt = 0;
  #dirtyBefore = 0;

  constructor(server: Server, files: FileSystem) {
    this.#server = server;
    this.#files = files;
    this.lastSaveAt = this.#seconds();
    server.cron.every("save", CHECK_MS, () => this.#check());
    for (const name of ["save", "stop-writes-on-bgsave-error"] as const) {
      server.config.onChange(name, () => this.#setGate());
    }
  }

  /** Number of changes since the last save. */
  get changesSinceLastSave(): number {
    return this.#server.store.dirty;
  }

  /** Whether a background save is under way, or a full copy for replicas, which is one. */
  get saving(): boolean {
    return this.#background !== undefined || this.#server.replication.copying;
  }

  /** How long the background save under way has taken, in whole seconds; -1 when there is none. */
  get currentDurationSeconds(): number {
    return this.saving ? this.#seconds() - this.#lastTryAt : -1;
  }

  /** Whether the configuration has any save points. */
  get configured(): boolean {
    return this.#server.config.values.save.length > 0;
  }

  /** Saves before it returns; returns whether that went well. Why it did not is in the log. */
  save(): boolean {
    const { log, store } = this.#server;
    try {
      const keyspaces = store.databases.map((db) => db.keyspace);
      const facts = this.#facts();
      saveSnapshotSync(
        this.#filesToSaveIn(),
        this.path,
        keyspaces,
        facts,
        this.#encoder(facts),
      );
    } catch (error) {
      log.warning(`Error saving the snapshot: ${writeFailure(error)}`);
      return false;
    }
    log.notice("DB saved on disk");
    store.dirty = 0;
    this.lastSaveAt = this.#seconds();
    this.#setStatus("ok");
    return true;
  }

  /** Begins a background save; there must be none under way. */
  saveInBackground(): void {
    const { clock, log, store } = this.#server;
    this.saves++;
    this.#scheduled = false;
    this.#dirtyBefore = store.dirty;
    this.#lastTryAt = this.#seconds();
    const facts = this.#facts();
    const background = new BackgroundSave(
      this.#filesToSaveIn(),
      this.path,
      clock,
      store.databases.map((db) => db.keyspace),
      facts,
      `${Deno.pid}-${++this.#backgroundSaves}`,
      this.#encoder(facts),
    );
    this.#background = background;
    background.done.then((outcome) => this.#ended(outcome));
    log.notice("Background saving started");
  }

  /** Has a background save begin as soon as possible, but not at once. */
  schedule(): void {
    this.#scheduled = true;
  }

  /** Gives up the background save under way, which does not count as failed. */
  cancel(): void {
    this.#background?.cancel();
  }

  /** Resolves when no background save is under way. */
  async settled(): Promise<void> {
    await this.#background?.done;
  }

  /** Follows FLUSHALL: what is being saved is of no use any more, and the file must not bring back what was removed. */
  flushed(): void {
    this.cancel();
    if (this.configured) this.save();
  }

  #ended(outcome: Outcome): void {
    const { log, store } = this.#server;
    this.#background = undefined;
    this.lastDurationSeconds = this.#seconds() - this.#lastTryAt;
    if (outcome === "saved") {
      log.notice("Background saving terminated with success");
      store.dirty = Math.max(0, store.dirty - this.#dirtyBefore);
      this.lastSaveAt = this.#seconds();
      this.#setStatus("ok");
    } else if (outcome === "cancelled") {
      log.warning("Background saving cancelled");
    } else {
      log.warning(`Background saving error: ${writeFailure(outcome.error)}`);
      this.#setStatus("err");
    }
  }

  /** Begins a background save when a save point is reached or one was scheduled. */
  #check(): void {
    if (this.saving || this.#server.appendLog.rewrite.running) return;
    const now = this.#seconds();
    const mayTry = this.lastStatus === "ok" ||
      now - this.#lastTryAt > RETRY_SECONDS;
    if (!mayTry) return;
    const { config, log, store } = this.#server;
    const reached = config.values.save.find(({ changes, seconds }) =>
      store.dirty >= changes && now - this.lastSaveAt > seconds
    );
    if (reached !== undefined) {
      const { changes, seconds } = reached;
      log.notice(`${changes} changes in ${seconds} seconds. Saving...`);
    }
    if (reached !== undefined || this.#scheduled) this.saveInBackground();
  }

  #setStatus(status: "ok" | "err"): void {
    this.lastStatus = status;
    this.#setGate();
  }

  /** Has writes refused while the last background save has failed, if the configuration wants that. */
  #setGate(): void {
    const { config, executor } = this.#server;
    const closed = this.lastStatus === "err" && this.configured &&
      config.values["stop-writes-on-bgsave-error"];
    executor.refuseWrites("snapshot", closed ? DISK_ERROR : undefined);
  }

  /** The files, where a snapshot that is replaced becomes a backup, and one in JSON is compressed if it is to be. */
  #filesToSaveIn(): FileReplacing {
    const { config: { values }, latencyMonitor } = this.#server;
    const files = keepingBackups(this.#files, values["backup-count"]);
    const compressed = values["snapshot-compression"] === "gzip" &&
      !this.#isRdb;
    return timed(
      compressed ? compressing(files) : files,
      latencyMonitor,
      "remove",
      "rdb-unlink-temp-file",
    );
  }

  #facts(): SnapshotFacts {
    return {
      savedAt: this.#server.clock.now(),
      checksum: this.#server.config.values.rdbchecksum,
      functions: this.#server.scripts.libraries.codes,
    };
  }

  /** Whether the file is an RDB file: its name ends as theirs do. */
  get #isRdb(): boolean {
    return this.path.endsWith(RDB_ENDING);
  }

  #encoder(facts: SnapshotFacts): EntryEncoder {
    return this.#isRdb
      ? new RdbEncoder(rdbFactsOf(this.#server))
      : new SnapshotEncoder(facts);
  }

  /** Where the snapshot lies. */
  get path(): string {
    const path = this.#server.config.path("dbfilename");
    if (path === undefined) throw new Error("dbfilename is empty");
    return path;
  }

  #seconds(): number {
    return Math.floor(this.#server.clock.now() / 1000);
  }
}
