import { systemReason } from "../config/error.ts";
import { AppendFile } from "../persistence/append_file.ts";
import { AppendFolder } from "../persistence/append_folder.ts";
import type { LogFile } from "../persistence/append_manifest.ts";
import type { FileSystem } from "../persistence/files.ts";
import { commandError } from "../protocol/command_error.ts";
import { AppendLoader, cannotLoad, type LoadedLog } from "./append_loader.ts";
import { AppendRewrite } from "./append_rewrite.ts";
import { AppendWriter } from "./append_writer.ts";
import type { EffectsReader } from "./propagation.ts";
import { LoadError, type Progress } from "./snapshot_loader.ts";
import type { Server } from "./server.ts";

/** How often the log is looked after, in milliseconds. */
const CHECK_MS = 100;

const RELOAD_FAILED = commandError(
  "Error trying to load the append log, check server logs.",
);

/**
 * The append log: everything that changes data, in the order in which it
 * happened, as commands that are run again at the next start.
 *
 * It reads the stream of effects. What has gathered is written before the replies
 * leave; with `appendfsync always` they wait until it is on the disk, too.
 */
export class AppendLog implements EffectsReader {
  readonly kind = "log";
  selectedDatabase = -1;
  /** "waiting": commands are logged, but the base that they follow is still being written. */
  state: "off" | "waiting" | "on" = "off";
  /** Bytes of the log after the last rewrite, or of the base after the start. */
  baseSize = 0;
  readonly writer: AppendWriter;
  readonly rewrite: AppendRewrite;
  readonly #server: Server;
  readonly #files: FileSystem;
  #folder: AppendFolder | undefined = undefined;
  /** Bytes of the files before the one that is written. */
  #earlierSize = 0;
  /** Whether the time is written into the log. */
  #stamps: boolean;
  /** Seconds of the last time that was written into the log. */
  #stamp = 0;

  constructor(server: Server, files: FileSystem) {
    this.#server = server;
    this.#files = files;
    this.writer = new AppendWriter(server, this);
    this.rewrite = new AppendRewrite(server, this, files);
    server.cron.every("append log", CHECK_MS, () => {
      if (this.state !== "off") this.writer.check();
      this.rewrite.check();
    });
    this.#stamps = server.config.values["aof-timestamp-enabled"];
    server.config.onChange("aof-timestamp-enabled", (on) => {
      this.#stamps = on;
    });
    server.config.onChange("appendonly", (on) => {
      if (!server.running) return;
      if (on) return this.start();
      this.stop();
    });
  }

  /** The folder of the log; made anew, with the parameters as they are, while there is no log. */
  get folder(): AppendFolder {
    const { config } = this.#server;
    if (this.#folder === undefined || this.state === "off") {
      const { appenddirname, appendfilename } = config.values;
      this.#folder = new AppendFolder(this.#files, {
        dir: config.path("dir")!,
        folder: appenddirname,
        filename: appendfilename,
      });
    }
    return this.#folder;
  }

  /** Bytes of all files of the log. */
  get currentSize(): number {
    return this.#earlierSize + (this.writer.file?.size ?? 0);
  }

  /** Loads the log, or the snapshot if there is none yet, and begins to log. Throws LoadError. */
  async load(progress?: Progress): Promise<void> {
    const { loading, snapshotLoader } = this.#server;
    const folder = this.#read();
    if (folder.manifest.isEmpty) {
      // Differs from Redis: a log that has just been turned on begins with the snapshot; there the server starts without any data.
      await snapshotLoader.load(progress);
      return this.#begin();
    }
    loading.begin();
    try {
      const loader = new AppendLoader(this.#server, this.#files, folder);
      this.#goOn(folder, await loader.load(progress));
    } finally {
      loading.end();
    }
  }

  /** DEBUG LOADAOF: loads the log again. Throws a CommandError, with the data as it was. */
  reload(): void {
    const { log, propagation, scripts: { libraries }, store } = this.#server;
    if (this.state !== "off" && !this.writer.write()) throw RELOAD_FAILED;
    const before = store.databases.map((db) => db.keyspace);
    const { codes } = libraries;
    const { dirty } = store;
    try {
      const folder = this.state === "off" ? this.#read() : this.folder;
      if (folder.manifest.isEmpty) {
        throw new LoadError(`There is no append log in ${folder.path}`);
      }
      const loader = new AppendLoader(this.#server, this.#files, folder);
      propagation.silently(() => loader.loadSync());
    } catch (error) {
      if (!(error instanceof LoadError)) throw error;
      store.replaceAll(before);
      libraries.restore(codes, "flush");
      log.warning(error.message);
      throw RELOAD_FAILED;
    } finally {
      store.dirty = dirty;
    }
  }

  /** Begins to log while the server runs: CONFIG SET appendonly yes. Returns why it cannot. */
  start(): string | void {
    this.state = "waiting";
    // What the transaction under way has done so far is part of the base, and must not follow it.
    if (this.rewrite.scheduleOrBegin(!this.#server.propagation.hasPending)) {
      return;
    }
    this.rewrite.cancel();
    this.state = "off";
    this.#server.log.warning(
      "Could not turn on the append log, because its base cannot be written",
    );
    return "Unable to turn on AOF. Check server logs.";
  }

  /**
   * Begins the log anew, because other data have taken the place of those that it
   * holds. While that cannot be done clients' writes are refused, and it is tried
   * again.
   */
  restart(): void {
    this.stop();
    this.state = "waiting";
    if (!this.rewrite.scheduleOrBegin()) this.writer.hasNoFile();
  }

  /** Ends the log: CONFIG SET appendonly no. */
  stop(): void {
    if (this.state === "off") return;
    this.rewrite.cancel();
    this.close();
    this.writer.succeeded();
  }

  /** Writes and flushes what there is, and closes the file. */
  close(): void {
    this.#server.propagation.removeReader(this);
    if (this.state !== "off") this.writer.flush();
    this.writer.file?.close();
    this.writer.file = undefined;
    this.state = "off";
  }

  /** CONFIG RESETSTAT. */
  resetStatistics(): void {
    const { rewrite, writer } = this;
    writer.delayedSyncs = rewrite.count = rewrite.failuresInARow = 0;
  }

  /** Begins another file, which commands go to from now on. Returns it, or throws the file system's error, with the old one as it was. */
  switchFile(): LogFile {
    const { folder, writer } = this;
    const old = writer.file;
    const next = folder.nextIncrement();
    if (this.state === "waiting") old?.close();
    else writer.finish();
    const file = new AppendFile(this.#files, folder.pathOf(next));
    try {
      // What lies there under this name belongs to no log.
      file.clear();
      if (this.state === "on") folder.save(folder.manifest.with(next));
    } catch (error) {
      file.close();
      throw error;
    }
    if (old !== undefined) {
      this.#earlierSize += old.size;
      old.close();
    } else this.#server.propagation.addReader(this);
    writer.file = file;
    this.selectedDatabase = -1;
    return next;
  }

  /** Follows a rewrite: the base and the file that is written are all there is. */
  rewritten(base: LogFile): void {
    const { latencyMonitor } = this.#server;
    const size = latencyMonitor.time(
      "aof-fstat",
      () => this.folder.sizeOf(base),
    );
    this.#earlierSize = size ?? 0;
    this.baseSize = this.currentSize;
    if (this.state === "off") return;
    this.state = "on";
    this.writer.succeeded();
    this.writer.turnEnded();
  }

  write(bytes: Uint8Array, start: number, end: number): void {
    const file = this.writer.file!;
    if (this.#stamps) this.#addStamp(file);
    file.add(bytes, start, end);
  }

  turnEnded(): void {
    this.writer.turnEnded();
  }

  #addStamp(file: AppendFile): void {
    const { seconds } = this.#server.store;
    if (seconds <= this.#stamp) return;
    this.#stamp = seconds;
    file.remark(`#TS:${seconds}`);
  }

  /** Reads the manifest; takes up the log of an old Redis. Throws LoadError. */
  #read(): AppendFolder {
    const { folder } = this;
    const { log } = this.#server;
    try {
      folder.read();
      if (folder.hasOldFile && folder.adoptOldFile()) {
        log.notice(
          `Took up ${folder.filename}, the log of a Redis before 7, as the base of the log in ${folder.path}`,
        );
      }
      if (folder.strays.length > 0) {
        log.warning(
          `${folder.manifestPath} does not name, or is not there to name, files of a log that are there; they are not loaded, and left as they are: ${
            folder.strays.join(", ")
          }`,
        );
      }
    } catch (error) {
      throw cannotLoad(folder.manifestPath, error);
    }
    return folder;
  }

  /** Begins a log that did not exist before, with the data there is. Throws LoadError. */
  #begin(): void {
    this.state = "on";
    try {
      this.rewrite.writeFirstBase();
    } catch (error) {
      throw this.#cannotWrite("create", error);
    }
  }

  /** Goes on with a log that was loaded. Throws LoadError. */
  #goOn(folder: AppendFolder, loaded: LoadedLog): void {
    const { config, log, propagation } = this.#server;
    const last = folder.manifest.increments.at(-1);
    this.state = "on";
    this.baseSize = loaded.baseSize;
    try {
      for (const name of folder.removeLeftovers()) {
        log.notice(`Removed ${name}, left by a rewrite that did not finish`);
      }
      this.#earlierSize = loaded.earlierSize;
      if (last === undefined || loaded.sum === undefined) {
        this.#earlierSize += loaded.lastSize;
        this.switchFile();
      } else {
        const path = folder.pathOf(last);
        this.writer.file = new AppendFile(this.#files, path, loaded.sum);
        propagation.addReader(this);
      }
      if (!config.values["aof-disable-auto-gc"]) folder.removeHistory();
    } catch (error) {
      throw this.#cannotWrite("write", error);
    }
  }

  #cannotWrite(what: "create" | "write", error: unknown): LoadError {
    const { path } = this.folder;
    this.close();
    return new LoadError(
      `Could not ${what} the append log in ${path}: ${
        systemReason(error)
      }. Check dir, appenddirname, the rights of the folder and the room on the disk`,
    );
  }
}
