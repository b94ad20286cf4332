import { AppendLogError } from "./append_error.ts";
import {
  AppendManifest,
  type BaseFormat,
  type LogFile,
} from "./append_manifest.ts";
import { AtomicFile, type FileSystem, removeAbandoned } from "./files.ts";

/** Where the files of a log are, and what they are called. */
export interface AppendPlace {
  /** The folder of all data, as an absolute path. */
  readonly dir: string;
  /** Name of the log's folder in it: `appenddirname`. */
  readonly folder: string;
  /** What the names of the files begin with: `appendfilename`. */
  readonly filename: string;
}

/** The folder of an append log and its manifest. */
export class AppendFolder {
  readonly path: string;
  readonly filename: string;
  readonly #files: FileSystem;
  readonly #dir: string;
  #manifest = new AppendManifest();
  /** Files with data of a log that the manifest did not name when it was read. */
  #strays: readonly LogFile[] = [];

  constructor(files: FileSystem, { dir, folder, filename }: AppendPlace) {
    this.#files = files;
    this.#dir = dir;
    this.path = `${dir}/${folder}`;
    this.filename = filename;
  }

  /** The manifest as it is on the disk. */
  get manifest(): AppendManifest {
    return this.#manifest;
  }

  get manifestPath(): string {
    return `${this.path}/${this.filename}.manifest`;
  }

  pathOf({ name }: LogFile): string {
    return `${this.path}/${name}`;
  }

  /** Returns the size of a file in bytes, `undefined` when it is not there. */
  sizeOf(file: LogFile): number | undefined {
    const opened = this.#files.open(this.pathOf(file));
    opened?.close();
    return opened?.size;
  }

  /** Names of files with data of a log that the manifest, if there was one, did not name when it was read: left as they are, because something may have become of the manifest. */
  get strays(): readonly string[] {
    return this.#strays.map(({ name }) => name);
  }

  /** Returns the name of the next base. */
  nextBase(format: BaseFormat): LogFile {
    return this.#manifest.nextBase(this.filename, format, this.#taken);
  }

  /** Returns the name of the next file to log into. */
  nextIncrement(): LogFile {
    return this.#manifest.nextIncrement(this.filename, this.#taken);
  }

  /** The highest number that a stray has. */
  get #taken(): number {
    return Math.max(0, ...this.#strays.map(({ sequence }) => sequence));
  }

  /** Reads the manifest, if there is one. Throws AppendLogError, or the file system's error. */
  read(): void {
    const bytes = readWhole(this.#files, this.manifestPath);
    this.#manifest = bytes === undefined
      ? new AppendManifest()
      : AppendManifest.decode(bytes);
    const { increments, isSummed } = this.#manifest;
    // A base that a whole manifest does not name is of a rewrite that did not end: it is written over.
    this.#strays = this.#findStrays(
      bytes === undefined || !isSummed ? "base|incr" : "incr",
    );
    const last = increments.at(-1)?.sequence ?? 0;
    const missing = isSummed ? undefined : this.#strays.find((
      { name, sequence },
    ) => sequence > last && name.includes(".incr."));
    if (missing !== undefined) {
      throw new AppendLogError(
        -1,
        `it does not name ${missing.name}, which is there: it may have been cut off. Write its line, or move the file away`,
      );
    }
  }

  #findStrays(types: string): LogFile[] {
    const pattern = new RegExp(`^\\.(\\d{1,15})\\.(${types})\\.\\w+$`);
    const { files, history } = this.#manifest;
    const named = new Set([...files, ...history].map(({ name }) => name));
    return this.#files.names(this.path).flatMap((name) => {
      if (named.has(name)) return [];
      const rest = name.startsWith(`${this.filename}.`)
        ? name.slice(this.filename.length)
        : "";
      const sequence = pattern.exec(rest)?.[1];
      if (sequence === undefined) return [];
      const file: LogFile = { name, sequence: Number(sequence) };
      return (this.sizeOf(file) ?? 0) > 0 ? [file] : [];
    }).sort((a, b) => a.name < b.name ? -1 : 1);
  }

  /** Puts a manifest in the place of the one that is there. Throws the file system's error; `manifest` then tells which of them is there, and after a loss of power it may be the other. */
  save(manifest: AppendManifest): void {
    const file = new AtomicFile(
      this.#files,
      this.manifestPath,
      String(Deno.pid),
    );
    try {
      file.writeSync(manifest.encode());
      file.syncSync();
      file.commitSync();
    } catch (error) {
      file.abandon();
      throw error;
    } finally {
      if (file.isInPlace) this.#manifest = manifest;
    }
  }

  /** Makes the folder, if it is not there. */
  make(): void {
    this.#files.makeFolder(this.path);
  }

  /**
   * Takes up the log of a Redis before 7: one file beside the folder, which
   * becomes the base. Returns whether there was one.
   */
  adoptOldFile(): boolean {
    const old = this.#files.open(`${this.#dir}/${this.filename}`);
    if (old === undefined) return false;
    old.close();
    this.make();
    const base: LogFile = { name: this.filename, sequence: 1 };
    // In this order a failure in between is made good by the next start.
    this.save(new AppendManifest(base));
    this.#files.rename(`${this.#dir}/${this.filename}`, this.pathOf(base));
    this.#files.syncFolderSync(this.path);
    return true;
  }

  /** Whether a log of a Redis before 7 waits to be taken up: also when that was begun. */
  get hasOldFile(): boolean {
    const { base, increments, isEmpty } = this.#manifest;
    const begun = base?.name === this.filename && increments.length === 0;
    if (!isEmpty && !begun) return false;
    const old = this.#files.open(`${this.#dir}/${this.filename}`);
    old?.close();
    return old !== undefined;
  }

  /** Removes the files that have been replaced; what cannot be removed is tried again another time. */
  removeHistory(): void {
    const { history } = this.#manifest;
    if (history.length === 0) return;
    for (const file of history) this.#files.remove(this.pathOf(file));
    this.save(this.#manifest.withoutHistory());
  }

  /** Removes what rewrites that did not come to their end have left; returns the names. */
  removeLeftovers(): string[] {
    return removeAbandoned(
      this.#files,
      this.path,
      (name) => name.startsWith(`${this.filename}.`),
    );
  }
}

/** Returns the bytes of a file, `undefined` when there is none. */
export function readWhole(
  files: FileSystem,
  path: string,
): Uint8Array | undefined {
  const file = files.open(path);
  if (file === undefined) return undefined;
  try {
    const bytes = new Uint8Array(file.size);
    for (let length = 0; length < bytes.length;) {
      const n = file.readSync(bytes.subarray(length));
      if (n === null) throw new AppendLogError(-1, "it is being written");
      length += n;
    }
    return bytes;
  } finally {
    file.close();
  }
}
