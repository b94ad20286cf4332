import { systemReason, writeFailure } from "../config/error.ts";
import {
  BackgroundSave,
  type Outcome,
} from "../persistence/background_save.ts";
import type {
  LoadedSnapshot,
  LoadOptions,
} from "../persistence/entry_loader.ts";
import { keepingBackups } from "../persistence/backups.ts";
import type { EntryEncoder } from "../persistence/entry_encoder.ts";
import {
  type FileReplacing,
  type FileSystem,
  removeLeftovers,
} from "../persistence/files.ts";
import { compressing } from "../persistence/gzip.ts";
import { RdbEncoder } from "../persistence/rdb/rdb_encoder.ts";
import {
  loadSnapshot,
  loadSnapshotSync,
  type LoadSteps,
  saveSnapshotSync,
} from "../persistence/snapshot.ts";
import {
  SnapshotEncoder,
  type SnapshotFacts,
} from "../persistence/snapshot_encoder.ts";
import { SnapshotError } from "../persistence/snapshot_error.ts";
import { commandError } from "../protocol/command_error.ts";
import type { Keyspace } from "../store/keyspace.ts";
import type { RestorePolicy } from "./function_libraries.ts";
import { DISK_ERROR } from "./gate.ts";
import { rdbFactsOf } from "./rdb_facts.ts";
import type { Server } from "./server.ts";
import { timed } from "./timed_files.ts";

/** How often the save points are looked at, in milliseconds. */
const CHECK_MS = 100;
/** How long after a background save that failed the next one may begin by itself, in seconds. */
const RETRY_SECONDS = 5;

const RDB_ENDING = ".rdb";
/** How snapshots are called here, and how redis-server calls its own, when nothing else is said. */
const DEFAULT_NAME = "dump.json";
const RDB_NAME = "dump.rdb";

const RELOAD_SAVE_FAILED = commandError("");
const RELOAD_FAILED = commandError("Error trying to load the RDB dump");

/** A snapshot that the server cannot start with: names the file, the line and the reason. */
export class LoadError extends Error {
  override name = "LoadError";
}

/** Hears how much of the data has been loaded, from 0 to 1. */
export type Progress = (fraction: number) => void;

/** What DEBUG RELOAD does differently when told to. */
export interface ReloadOptions {
  /** Load the file that is there instead of saving first: NOSAVE. */
  readonly noSave?: boolean;
  /** Add to the data instead of replacing it: NOFLUSH. */
  readonly noFlush?: boolean;
  /** Let keys of the snapshot replace those that are there: MERGE. */
  readonly merge?: boolean;
}

/**
 * When the data is saved and loaded, and what came of it. INFO shows the public
 * fields: `lastSaveAt` as rdb_last_save_time, `lastStatus` as
 * rdb_last_bgsave_status, and so on.
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
  /** Number of keys that were loaded last. */
  lastLoadKeys = 0;
  /** Number of keys that had expired when they were loaded last. */
  lastLoadExpired = 0;
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

  /** Loads the snapshot, if there is one; `progress` hears how far it is. Throws LoadError. */
  async load(progress?: Progress): Promise<void> {
    const { clock, loading, log } = this.#server;
    const begin = clock.monotonic();
    loading.begin();
    try {
      const path = this.#path();
      for (const name of removeLeftovers(this.#files, path)) {
        log.notice(`Removed ${name}, left by a save that did not finish`);
      }
      const steps = this.#loadSteps(progress);
      const load = (path: string) =>
        loadSnapshot(this.#files, path, this.#loadOptions(), steps);
      const loaded = await load(path) ?? await this.#loadFound(load);
      if (loaded === undefined) return;
      this.#server.scripts.libraries.restore(loaded.functions, "flush");
      this.#server.store.replaceAll(loaded.keyspaces);
      this.#loaded(loaded);
    } catch (error) {
      throw this.#cannotLoad(error);
    } finally {
      loading.end();
    }
    const seconds = (clock.monotonic() - begin) / 1000;
    log.notice(`DB loaded from disk: ${seconds.toFixed(3)} seconds`);
  }

  /** Loads what a redis-server has left in the folder, where there is no snapshot and the name of none was given. */
  async #loadFound(
    load: (path: string) => Promise<LoadedSnapshot | undefined>,
  ): Promise<LoadedSnapshot | undefined> {
    const path = this.#path();
    const found = nameOfRedis(path);
    const loaded = found === undefined ? undefined : await load(found);
    if (loaded !== undefined) {
      this.#server.log.notice(`Loaded ${found}; saves go to ${path}`);
    }
    return loaded;
  }

  /** Saves before it returns; returns whether that went well. Why it did not is in the log. */
  save(): boolean {
    const { log, store } = this.#server;
    try {
      const keyspaces = store.databases.map((db) => db.keyspace);
      const facts = this.#facts();
      saveSnapshotSync(
        this.#filesToSaveIn(),
        this.#path(),
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
      this.#path(),
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

  /** DEBUG RELOAD: saves, and loads what was saved. Throws a CommandError, with the data as it was. */
  reload({ noSave, noFlush, merge }: ReloadOptions = {}): void {
    const { log, store } = this.#server;
    if (!noSave && !this.save()) throw RELOAD_SAVE_FAILED;
    const loaded = this.#loadSync();
    if (noFlush) {
      const twice = merge ? undefined : firstShared(
        store.databases.map((db) => db.keyspace),
        loaded.keyspaces,
      );
      if (twice !== undefined) {
        log.warning(`The snapshot has a key that is there: ${twice}`);
        throw RELOAD_FAILED;
      }
      this.#restoreFunctions(loaded, merge ? "replace" : "append");
      store.mergeAll(loaded.keyspaces);
    } else {
      this.#restoreFunctions(loaded, "flush");
      store.replaceAll(loaded.keyspaces);
    }
    this.#loaded(loaded);
    log.warning("DB reloaded by DEBUG RELOAD");
  }

  #restoreFunctions(
    { functions }: LoadedSnapshot,
    policy: RestorePolicy,
  ): void {
    const { log, scripts } = this.#server;
    try {
      scripts.libraries.restore(functions, policy);
    } catch (error) {
      log.warning(this.#cannotLoad(error).message);
      throw RELOAD_FAILED;
    }
  }

  #loadSync(): LoadedSnapshot {
    const { log } = this.#server;
    try {
      const path = this.#path();
      const load = (path: string) =>
        loadSnapshotSync(this.#files, path, this.#loadOptions());
      const found = nameOfRedis(path);
      const loaded = load(path) ??
        (found === undefined ? undefined : load(found));
      if (loaded !== undefined) return loaded;
      log.warning(`There is no snapshot ${path}`);
    } catch (error) {
      log.warning(this.#cannotLoad(error).message);
    }
    throw RELOAD_FAILED;
  }

  #loaded({ keys, expired, rdb }: LoadedSnapshot): void {
    const { log } = this.#server;
    this.lastLoadKeys = keys;
    this.lastLoadExpired = expired;
    log.notice(
      `Done loading the snapshot, keys loaded: ${keys}, keys expired: ${expired}.`,
    );
    const { emptyKeys = 0 } = rdb ?? {};
    if (emptyKeys > 0) {
      log.warning(`${emptyKeys} keys had no elements and were left out`);
    }
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
    return this.#path().endsWith(RDB_ENDING);
  }

  #encoder(facts: SnapshotFacts): EntryEncoder {
    return this.#isRdb
      ? new RdbEncoder(rdbFactsOf(this.#server))
      : new SnapshotEncoder(facts);
  }

  #loadOptions(): LoadOptions {
    const { clock, config, follower, store } = this.#server;
    return {
      databases: store.databases.length,
      now: clock.now(),
      // The master says when they go.
      keepsExpired: follower.master !== undefined,
      checksum: config.values.rdbchecksum,
      thresholds: store.thresholds,
      frequencies: store.frequencies,
    };
  }

  #loadSteps(progress: Progress = () => {}): LoadSteps {
    const { clock, config: { values }, loading } = this.#server;
    const delay = values["key-load-delay"];
    // Below zero it is how many keys pass for one microsecond, as in Redis.
    const msPerKey = (delay < 0 ? -1 / delay : delay) / 1000;
    let delayed = 0;
    return {
      bytes: values["loading-process-events-interval-bytes"],
      done: (read, total, keys) => {
        loading.totalBytes = total;
        loading.loadedBytes = read;
        progress(Math.min(1, read / total));
        const ms = (keys - delayed) * msPerKey;
        if (ms < 1) return;
        delayed = keys;
        return new Promise((resolve) => clock.after(ms, resolve));
      },
    };
  }

  #path(): string {
    const path = this.#server.config.path("dbfilename");
    if (path === undefined) throw new Error("dbfilename is empty");
    return path;
  }

  #seconds(): number {
    return Math.floor(this.#server.clock.now() / 1000);
  }

  #cannotLoad(error: unknown): LoadError {
    const path = this.#server.config.path("dbfilename") ?? "";
    const isDamaged = error instanceof SnapshotError;
    const mark = isDamaged && error.line > 0 ? "," : ":";
    const remedy = isDamaged
      ? "; mend the file, or move it away to start without its data"
      : "";
    return new LoadError(
      `Could not load the snapshot ${path}${mark} ${
        systemReason(error)
      }${remedy}`,
    );
  }
}

/** A key that both have, if there is one, for the log. */
function firstShared(
  ours: readonly Keyspace[],
  theirs: readonly Keyspace[],
): string | undefined {
  for (const [db, keyspace] of theirs.entries()) {
    for (let slot = 0; slot < keyspace.size; slot++) {
      const key = keyspace.key(slot);
      if (ours[db]!.find(key) >= 0) return `${JSON.stringify(key)} in ${db}`;
    }
  }
  return undefined;
}

/** Returns where a redis-server would have left its data, if the name of the snapshot is the one by default. */
function nameOfRedis(path: string): string | undefined {
  return path.endsWith(DEFAULT_NAME)
    ? path.slice(0, -DEFAULT_NAME.length) + RDB_NAME
    : undefined;
}
