import * as posix from "@std/path/posix";
import * as windows from "@std/path/windows";

/** A file from this size on is removed on another thread. */
const LARGE_FILE = 1024 * 1024;
/** A file that has not been written to for longer is not being written. */
const LONGEST_PAUSE_MS = 10 * 60_000;

/** A file being written from its beginning to its end. */
export interface WritableFile {
  /** Resolves when all bytes are with the operating system. */
  write(bytes: Uint8Array): Promise<void>;
  writeSync(bytes: Uint8Array): void;
  /** Resolves when all that was written is on the disk. */
  sync(): Promise<void>;
  syncSync(): void;
  close(): void;
}

/** A file that grows at its end. */
export interface AppendableFile {
  /** Number of bytes that were in it when it was opened. */
  readonly size: number;
  /** Appends the first bytes, as many as there is room for; returns how many. */
  writeSync(bytes: Uint8Array): number;
  /** Cuts the file to `size` bytes. */
  truncateSync(size: number): void;
  /** Resolves when all that was written is on the disk. */
  syncData(): Promise<void>;
  syncDataSync(): void;
  close(): void;
}

/** A file being read from its beginning to its end. */
export interface ReadableFile {
  readonly size: number;
  /** How many of its bytes have been read. */
  readonly position: number;
  /** Fills `into` from its start; returns the number of bytes read, `null` at the end. */
  read(into: Uint8Array): Promise<number | null>;
  readSync(into: Uint8Array): number | null;
  close(): void;
}

/** What persistence asks of the machine's files: injected, so that a test can have any step fail. */
export interface FileSystem {
  /** Opens a file to be read; `undefined` when there is none. */
  open(path: string): ReadableFile | undefined;
  /** Opens a file to be written, empty. */
  create(path: string): WritableFile;
  /** Opens a file to be written at its end; an empty one when there is none. */
  append(path: string): AppendableFile;
  /** Makes a folder, if it is not there. */
  makeFolder(path: string): void;
  /** Puts a file in the place of another, at once. */
  rename(from: string, to: string): void;
  /** Gives a file another name besides its own, which must be free. */
  link(from: string, to: string): void;
  /** Removes a file, if it is there. */
  remove(path: string): void;
  /** Resolves when the names in a folder are on the disk. */
  syncFolder(path: string): Promise<void>;
  syncFolderSync(path: string): void;
  /** Returns the names in a folder; none when there is no such folder. */
  names(path: string): string[];
  /** Whether a process other than this one, of the id that stands in the file's name, may be writing a file. */
  mayBeWrittenBy(pid: number, path: string): boolean;
}

/** What it takes to write a file in the place of another. */
export type FileReplacing = Pick<
  FileSystem,
  "create" | "rename" | "remove" | "syncFolder" | "syncFolderSync"
>;

/** The machine's own files. */
export const disk: FileSystem = {
  open(path) {
    const file = orUndefined(() => Deno.openSync(path, { read: true }));
    if (file === undefined) return undefined;
    let position = 0;
    const noted = (n: number | null) => {
      position += n ?? 0;
      return n;
    };
    return {
      size: file.statSync().size,
      get position() {
        return position;
      },
      read: async (into) => noted(await file.read(into)),
      readSync: (into) => noted(file.readSync(into)),
      close: () => file.close(),
    };
  },

  create(path) {
    const file = Deno.openSync(path, {
      write: true,
      create: true,
      truncate: true,
    });
    return {
      async write(bytes) {
        for (let at = 0; at < bytes.length;) {
          at += await file.write(bytes.subarray(at));
        }
      },
      writeSync(bytes) {
        for (let at = 0; at < bytes.length;) {
          at += file.writeSync(bytes.subarray(at));
        }
      },
      sync: () => file.sync(),
      syncSync: () => file.syncSync(),
      close: () => file.close(),
    };
  },

  append(path) {
    const file = Deno.openSync(path, { append: true, create: true });
    return {
      size: file.statSync().size,
      writeSync: (bytes) => file.writeSync(bytes),
      truncateSync: (size) => file.truncateSync(size),
      syncData: () => file.syncData(),
      syncDataSync: () => file.syncDataSync(),
      close: () => file.close(),
    };
  },

  makeFolder(path) {
    try {
      Deno.mkdirSync(path);
    } catch (error) {
      if (!(error instanceof Deno.errors.AlreadyExists)) throw error;
    }
  },

  rename(from, to) {
    const aside = moveAside(to, Deno.linkSync);
    try {
      Deno.renameSync(from, to);
    } finally {
      removeLater(aside);
    }
  },

  link: (from, to) => Deno.linkSync(from, to),

  remove(path) {
    const aside = moveAside(path, Deno.renameSync);
    if (aside === undefined) orUndefined(() => Deno.removeSync(path));
    else removeLater(aside);
  },

  async syncFolder(path) {
    // Windows knows no such thing.
    if (Deno.build.os === "windows") return;
    using folder = await Deno.open(path, { read: true });
    await folder.sync();
  },

  syncFolderSync(path) {
    if (Deno.build.os === "windows") return;
    using folder = Deno.openSync(path, { read: true });
    folder.syncSync();
  },

  names(path) {
    const names = orUndefined(() => [...Deno.readDirSync(path)]) ?? [];
    return names.map(({ name }) => name);
  },

  mayBeWrittenBy(pid, path) {
    return pid !== Deno.pid && (lives(pid) ?? wasWrittenLately(path));
  },
};

/**
 * A file that replaces another when it is complete, and not before: it is
 * written beside it under a name of its own, flushed to the disk and renamed.
 * Until `commit()` returns the old file is there, whatever happens; from then on
 * the new one. `abandon()` leaves nothing behind.
 */
export class AtomicFile {
  readonly path: string;
  readonly temporaryPath: string;
  readonly #files: FileReplacing;
  readonly #file: WritableFile;
  #open = true;
  #inPlace = false;

  /** Throws the file system's error when the file cannot be created. `mark` tells saves at the same time apart: the process's id, or that and a number. */
  constructor(files: FileReplacing, path: string, mark: string) {
    this.#files = files;
    this.path = path;
    this.temporaryPath = `${path}.${mark}.tmp`;
    this.#file = files.create(this.temporaryPath);
  }

  write(bytes: Uint8Array): Promise<void> {
    return this.#file.write(bytes);
  }

  writeSync(bytes: Uint8Array): void {
    this.#file.writeSync(bytes);
  }

  sync(): Promise<void> {
    return this.#file.sync();
  }

  syncSync(): void {
    this.#file.syncSync();
  }

  /** Whether it has taken the place of the old file, which a loss of power may still undo until `commit()` has returned. */
  get isInPlace(): boolean {
    return this.#inPlace;
  }

  /** Puts the file, which was flushed before, in its place; resolves when its name is on the disk. */
  async commit(): Promise<void> {
    this.#rename();
    await this.#files.syncFolder(folderOf(this.path));
  }

  commitSync(): void {
    this.#rename();
    this.#files.syncFolderSync(folderOf(this.path));
  }

  /** Removes what was written. Never throws: it follows an error that says more. */
  abandon(): void {
    try {
      this.#close();
    } catch {
      // What could not be written out is not wanted.
    }
    try {
      this.#files.remove(this.temporaryPath);
    } catch {
      // The next start removes it.
    }
  }

  #rename(): void {
    this.#close();
    this.#files.rename(this.temporaryPath, this.path);
    this.#inPlace = true;
  }

  #close(): void {
    if (!this.#open) return;
    this.#open = false;
    this.#file.close();
  }
}

/**
 * Gives a large file that is to go another name, with `move`, and returns that;
 * `undefined` of a small one, or where that cannot be done. To remove 160 MB from
 * the disk takes some 20 ms, in which no request would be served.
 */
function moveAside(
  path: string,
  move: (from: string, to: string) => void,
): string | undefined {
  try {
    if (Deno.statSync(path).size < LARGE_FILE) return undefined;
    const aside = `${path}.${Deno.pid}-0.tmp`;
    move(path, aside);
    return aside;
  } catch {
    return undefined;
  }
}

/** Removes what was moved aside, on another thread. */
function removeLater(aside: string | undefined): void {
  // What stays the next start removes.
  if (aside !== undefined) Deno.remove(aside).catch(() => {});
}

/** Removes what processes that ended in the middle of a save left beside `path`; returns the names. */
export function removeLeftovers(files: FileSystem, path: string): string[] {
  const folder = folderOf(path);
  const start = path.slice(folder.length).replace(/^[/\\]/, "") + ".";
  return removeAbandoned(
    files,
    folder,
    (name) =>
      name.startsWith(start) &&
      /^(\d+\.)?\d+(-\d+)?\.tmp$/.test(name.slice(start.length)),
  );
}

/** Removes the temporary files in a folder that are meant and that no process is writing; returns the names. */
export function removeAbandoned(
  files: FileSystem,
  folder: string,
  isMeant: (name: string) => boolean,
): string[] {
  const abandoned = files.names(folder).filter((name) => {
    const [, pid] = /\.(\d+)(-\d+)?\.tmp$/.exec(name) ?? [];
    return pid !== undefined && isMeant(name) &&
      !files.mayBeWrittenBy(Number(pid), `${folder}/${name}`);
  });
  for (const name of abandoned) files.remove(`${folder}/${name}`);
  return abandoned;
}

/** Whether there is a process of that id; `undefined` where that cannot be told. */
function lives(pid: number): boolean | undefined {
  try {
    // /proc and signals take more permissions than a server has. Asked for when it is needed, as in crc32.ts.
    globalThis.process.getBuiltinModule("node:os").getPriority(pid);
    return true;
  } catch (error) {
    const isNone = error instanceof RangeError ||
      String(error).includes("ESRCH");
    return isNone ? false : undefined;
  }
}

function wasWrittenLately(path: string): boolean {
  const writtenAt = orUndefined(() => Deno.statSync(path))?.mtime?.getTime();
  return writtenAt !== undefined && Date.now() - writtenAt < LONGEST_PAUSE_MS;
}

function orUndefined<T>(act: () => T): T | undefined {
  try {
    return act();
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

function folderOf(path: string): string {
  const { dirname } = Deno.build.os === "windows" ? windows : posix;
  return dirname(path) as string;
}
