import { systemReason } from "../config/error.ts";
import { AppendLogError } from "../persistence/append_error.ts";
import type { AppendFolder } from "../persistence/append_folder.ts";
import type { LogFile } from "../persistence/append_manifest.ts";
import type { LoadedSnapshot } from "../persistence/entry_loader.ts";
import type { FileSystem, ReadableFile } from "../persistence/files.ts";
import { COMPRESSED_RDB, GZIP } from "../persistence/gzip.ts";
import { loadSnapshot, loadSnapshotSync } from "../persistence/snapshot.ts";
import { SnapshotError } from "../persistence/snapshot_error.ts";
import { Keyspace } from "../store/keyspace.ts";
import { AppendReplay } from "./append_replay.ts";
import { LoadError, type Progress } from "./snapshot_loader.ts";
import type { Server } from "./server.ts";

/** What a log was when it had been loaded. */
export interface LoadedLog {
  /** Bytes of the base. */
  readonly baseSize: number;
  /** Bytes of all files but the last, and of that. */
  readonly earlierSize: number;
  readonly lastSize: number;
  /** The checksum of what the last file has behind its last one; absent when that is not known. */
  readonly sum: number | undefined;
}

/** What loading asks for: bytes of a file, or the keys of a snapshot. */
type Wish =
  | { readonly file: ReadableFile; readonly into: Uint8Array }
  | { readonly snapshot: string };
type Granted = number | null | LoadedSnapshot;

/** What a snapshot in JSON and an RDB file begin with. */
const BRACE = 123, R = 82;

/** Loads an append log into the store of a server. */
export class AppendLoader {
  readonly #server: Server;
  readonly #files: FileSystem;
  readonly #folder: AppendFolder;
  /** Bytes of the files before the one that is being read. */
  #before = 0;

  constructor(server: Server, files: FileSystem, folder: AppendFolder) {
    this.#server = server;
    this.#files = files;
    this.#folder = folder;
  }

  /** Loads the files that the manifest names; `progress` hears how far it is. Throws LoadError. */
  async load(progress: Progress = () => {}): Promise<LoadedLog> {
    const { config, loading } = this.#server;
    const bytes = config.values["loading-process-events-interval-bytes"];
    const note = () =>
      progress(Math.min(1, loading.loadedBytes / loading.totalBytes));
    const steps = this.#steps();
    for (let step = steps.next();;) {
      if (step.done) return step.value;
      const wish = step.value;
      const granted = "file" in wish
        ? wish.file.read(wish.into.subarray(0, bytes))
        : loadSnapshot(this.#files, wish.snapshot, this.#options(), {
          bytes,
          done: (read) => {
            loading.loadedBytes = this.#before + read;
            note();
          },
        });
      step = await resume(steps, granted);
      note();
    }
  }

  /** Does what `load()` does, before it returns. */
  loadSync(): LoadedLog {
    const steps = this.#steps();
    for (let step = steps.next();;) {
      if (step.done) return step.value;
      const wish = step.value;
      let granted: Granted;
      try {
        granted = "snapshot" in wish
          ? loadSnapshotSync(this.#files, wish.snapshot, this.#options())!
          : wish.file.readSync(wish.into);
      } catch (error) {
        step = steps.throw(error);
        continue;
      }
      step = steps.next(granted);
    }
  }

  *#steps(): Generator<Wish, LoadedLog, Granted> {
    const { clock, loading, log, scripts, store } = this.#server;
    const { base, files } = this.#folder.manifest;
    const sizes = files.map((file) => this.#sizeOf(file));
    loading.totalBytes = sizes.reduce((sum, size) => sum + size, 0);
    store.replaceAll(store.databases.map(() => new Keyspace()));
    scripts.libraries.clear();
    let sum: number | undefined = 0;
    for (const [i, file] of files.entries()) {
      const begin = clock.monotonic();
      // One that was begun, but never written to, does not count.
      const isLast = sizes.slice(i + 1).every((size) => size === 0);
      sum = yield* this.#loadFile(file, isLast);
      const seconds = (clock.monotonic() - begin) / 1000;
      log.notice(
        `DB loaded from ${file === base ? "base" : "incr"} file ${file.name}: ${
          seconds.toFixed(3)
        } seconds`,
      );
      this.#before += sizes[i]!;
    }
    const lastSize = this.#sizeOf(files.at(-1)!);
    return {
      baseSize: base === undefined ? 0 : sizes[0]!,
      earlierSize: sizes.slice(0, -1).reduce((sum, size) => sum + size, 0),
      lastSize,
      sum,
    };
  }

  /** Loads one file; returns the checksum of what it has behind its last one. */
  *#loadFile(
    logFile: LogFile,
    isLast: boolean,
  ): Generator<Wish, number | undefined, Granted> {
    const path = this.#folder.pathOf(logFile);
    let file: ReadableFile | undefined;
    let read = 0;
    try {
      file = this.#files.open(path)!;
      // Without data, too, a snapshot is not empty; commands are.
      if (file.size === 0 && !logFile.name.endsWith(".aof")) {
        throw new SnapshotError(0, "the file is empty");
      }
      const replay = new AppendReplay(this.#server);
      const { decoder } = replay;
      for (let isFirst = true;; isFirst = false) {
        const into = decoder.space();
        const n = (yield { file, into }) as number | null;
        if (n === null) break;
        read += n;
        this.#server.loading.loadedBytes = this.#before + read;
        const first = isFirst ? into[0] : undefined;
        if (first === BRACE || first === R || first === GZIP) {
          const loaded = (yield { snapshot: path }) as LoadedSnapshot;
          this.#server.store.replaceAll(loaded.keyspaces);
          this.#server.scripts.libraries.restoreFrom(loaded, "flush");
          // Commands may follow an RDB file; a snapshot is all there is.
          if (loaded.rdb === undefined) return undefined;
          if (first === GZIP) throw new SnapshotError(0, COMPRESSED_RDB);
          decoder.skip(loaded.rdb.size);
        }
        decoder.received(n);
        replay.run();
      }
      const end = replay.finish();
      if (end < file.size) this.#cut(path, end, isLast);
      this.#warnOfFailures(path, replay);
      // With a checksum behind it a command that fails would be damage.
      const goesOn = !replay.inTransaction && replay.failures === 0;
      return goesOn ? decoder.sum : undefined;
    } catch (error) {
      throw error instanceof LoadError ? error : cannotLoad(path, error);
    } finally {
      file?.close();
    }
  }

  /** Cuts off a command, or a transaction, that was not written to its end. */
  #cut(path: string, end: number, isLast: boolean): void {
    const { config, log } = this.#server;
    const cut = "it ends in the middle of a command or transaction";
    if (!isLast) {
      throw new AppendLogError(end, `${cut}, and is not the last file`);
    }
    if (!config.values["aof-load-truncated"]) {
      throw new AppendLogError(end, `${cut}, and aof-load-truncated is off`);
    }
    log.warning(`${path}: ${cut}; cutting it at byte ${end}`);
    const file = this.#files.append(path);
    try {
      file.truncateSync(end);
      file.syncDataSync();
    } finally {
      file.close();
    }
    log.warning(`${path}: loaded anyway, because aof-load-truncated is on`);
  }

  #warnOfFailures(
    path: string,
    { failures, firstFailure }: AppendReplay,
  ): void {
    if (firstFailure === undefined) return;
    const { message, offset } = firstFailure;
    this.#server.log.warning(
      `${path}: ${failures} commands failed and were left out, as redis-server does; the first at byte ${offset}: ${message}`,
    );
  }

  #sizeOf(file: LogFile): number {
    const size = this.#folder.sizeOf(file);
    if (size !== undefined) return size;
    throw new LoadError(
      `Could not load the append log: there is no ${
        this.#folder.pathOf(file)
      }, which ${this.#folder.manifestPath} names. Put the file back, or take its line and the last one, the checksum, out of the manifest to do without what it holds`,
    );
  }

  #options() {
    const { clock, config, store } = this.#server;
    return {
      databases: store.databases.length,
      now: clock.now(),
      keepsExpired: true,
      checksum: config.values.rdbchecksum,
      thresholds: store.thresholds,
      frequencies: store.frequencies,
    };
  }
}

/** Has a generator go on with what comes of a promise. */
async function resume(
  steps: Generator<Wish, LoadedLog, Granted>,
  promise: Promise<Granted | undefined>,
): Promise<IteratorResult<Wish, LoadedLog>> {
  let granted: Granted;
  try {
    granted = (await promise)!;
  } catch (error) {
    return steps.throw(error);
  }
  return steps.next(granted);
}

/** The error for a file of a log that cannot be loaded, with what to do about it. */
export function cannotLoad(path: string, error: unknown): LoadError {
  const at = error instanceof AppendLogError && error.offset >= 0
    ? ` at byte ${error.offset}`
    : "";
  return new LoadError(
    `Could not load the append log ${path}${at}: ${systemReason(error)}. ${
      remedyFor(path, error)
    }`,
  );
}

function remedyFor(path: string, error: unknown): string {
  if (error instanceof SnapshotError) {
    return "Put a copy of the file in its place";
  }
  if (!(error instanceof AppendLogError)) {
    return "Check dir, appenddirname and the rights of the files";
  }
  if (path.endsWith(".manifest")) {
    return "Copy the folder, then mend the manifest, which is text: a line for each file that is there";
  }
  const at = error.cutAt === undefined ? "" : ` ${error.cutAt}`;
  return `Copy the folder, then run redis-lite --repair-aof ${path}${at}, which cuts off what cannot be read`;
}
