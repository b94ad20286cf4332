import { systemReason } from "../config/error.ts";
import type {
  LoadedSnapshot,
  LoadOptions,
} from "../persistence/entry_loader.ts";
import { type FileSystem, removeLeftovers } from "../persistence/files.ts";
import {
  loadSnapshot,
  loadSnapshotSync,
  type LoadSteps,
} from "../persistence/snapshot.ts";
import { SnapshotError } from "../persistence/snapshot_error.ts";
import { commandError } from "../protocol/command_error.ts";
import type { Keyspace } from "../store/keyspace.ts";
import type { RestorePolicy } from "./function_libraries.ts";
import type { Server } from "./server.ts";

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

/** Loads snapshots: at the start, and for DEBUG RELOAD. */
export class SnapshotLoader {
  /** Number of keys that were loaded last. */
  lastKeys = 0;
  /** Number of keys that had expired when they were loaded last. */
  lastExpired = 0;
  readonly #server: Server;
  readonly #files: FileSystem;

  constructor(server: Server, files: FileSystem) {
    this.#server = server;
    this.#files = files;
  }

  /** Loads the snapshot, if there is one; `progress` hears how far it is. Throws LoadError. */
  async load(progress?: Progress): Promise<void> {
    const { clock, loading, log } = this.#server;
    const begin = clock.monotonic();
    loading.begin();
    try {
      const path = this.#server.saver.path;
      for (const name of removeLeftovers(this.#files, path)) {
        log.notice(`Removed ${name}, left by a save that did not finish`);
      }
      const steps = this.#loadSteps(progress);
      const load = (path: string) =>
        loadSnapshot(this.#files, path, this.#loadOptions(), steps);
      const loaded = await load(path) ?? await this.#loadFound(load);
      if (loaded === undefined) return;
      this.#server.scripts.libraries.restoreFrom(loaded, "flush");
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
    const path = this.#server.saver.path;
    const found = nameOfRedis(path);
    const loaded = found === undefined ? undefined : await load(found);
    if (loaded !== undefined) {
      this.#server.log.notice(`Loaded ${found}; saves go to ${path}`);
    }
    return loaded;
  }

  /** DEBUG RELOAD: saves, and loads what was saved. Throws a CommandError, with the data as it was. */
  reload({ noSave, noFlush, merge }: ReloadOptions = {}): void {
    const { log, saver, store } = this.#server;
    if (!noSave && !saver.save()) throw RELOAD_SAVE_FAILED;
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

  #restoreFunctions(loaded: LoadedSnapshot, policy: RestorePolicy): void {
    const { log, scripts } = this.#server;
    try {
      scripts.libraries.restoreFrom(loaded, policy);
    } catch (error) {
      log.warning(this.#cannotLoad(error).message);
      throw RELOAD_FAILED;
    }
  }

  #loadSync(): LoadedSnapshot {
    const { log } = this.#server;
    try {
      const path = this.#server.saver.path;
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
    this.lastKeys = keys;
    this.lastExpired = expired;
    log.notice(
      `Done loading the snapshot, keys loaded: ${keys}, keys expired: ${expired}.`,
    );
    const { emptyKeys = 0 } = rdb ?? {};
    if (emptyKeys > 0) {
      log.warning(`${emptyKeys} keys had no elements and were left out`);
    }
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
