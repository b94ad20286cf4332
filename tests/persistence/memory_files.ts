import type {
  AppendableFile,
  FileSystem,
  ReadableFile,
  WritableFile,
} from "../../src/persistence/files.ts";

/** One thing that was asked of the files. */
export type FileStep =
  | "open"
  | "create"
  | "append"
  | "appendWrite"
  | "truncate"
  | "syncData"
  | "makeFolder"
  | "link"
  | "write"
  | "sync"
  | "rename"
  | "remove"
  | "syncFolder";

interface Content {
  bytes: Uint8Array;
  /** How many of them would survive a loss of power. */
  synced: number;
}

/** Files in memory: any step can be made to fail, and the power to go. */
export class MemoryFiles implements FileSystem {
  /** What was asked for, in order. */
  readonly steps: FileStep[] = [];
  /** Returns the error of a step that is to fail. */
  fails: (step: FileStep, count: number) => Error | undefined = () => undefined;
  /** What a write in the background waits for. */
  mayWrite: Promise<void> = Promise.resolve();
  /** Bytes that fit on the disk. */
  capacity = Infinity;
  /** The ids of other processes that live. */
  readonly processes = new Set<number>();
  #files = new Map<string, Content>();
  /** The names as they are on the disk. */
  #durable = new Map<string, Content>();
  readonly #counts = new Map<FileStep, number>();

  get(path: string): Uint8Array | undefined {
    return this.#files.get(path)?.bytes;
  }

  text(path: string): string | undefined {
    const bytes = this.get(path);
    return bytes && new TextDecoder().decode(bytes);
  }

  put(path: string, content: string | Uint8Array): void {
    const bytes = typeof content === "string"
      ? new TextEncoder().encode(content)
      : content;
    this.#files.set(path, { bytes, synced: bytes.length });
    this.#durable = new Map(this.#files);
  }

  /** The names of all files. */
  get paths(): string[] {
    return [...this.#files.keys()];
  }

  /** What is left after the power went: names and bytes that were flushed. */
  afterPowerLoss(): MemoryFiles {
    const files = new MemoryFiles();
    for (const [path, { bytes, synced }] of this.#durable) {
      files.put(path, bytes.slice(0, synced));
    }
    return files;
  }

  open(path: string): ReadableFile | undefined {
    this.#step("open");
    const content = this.#files.get(path);
    if (content === undefined) return undefined;
    let at = 0;
    const readSync = (into: Uint8Array) => {
      if (at === content.bytes.length) return null;
      const part = content.bytes.subarray(at, at + into.length);
      into.set(part);
      at += part.length;
      return part.length;
    };
    return {
      size: content.bytes.length,
      get position() {
        return at;
      },
      read: (into) => Promise.resolve(readSync(into)),
      readSync,
      close: () => {},
    };
  }

  create(path: string): WritableFile {
    this.#step("create");
    const content: Content = { bytes: new Uint8Array(), synced: 0 };
    this.#files.set(path, content);
    const writeSync = (bytes: Uint8Array) => {
      this.#step("write");
      const room = Math.max(0, this.capacity - this.#used);
      const all = new Uint8Array(
        content.bytes.length + Math.min(room, bytes.length),
      );
      all.set(content.bytes);
      all.set(bytes.subarray(0, room), content.bytes.length);
      content.bytes = all;
      if (room < bytes.length) throw new Error("No space left on device");
    };
    const syncSync = () => {
      this.#step("sync");
      content.synced = content.bytes.length;
    };
    return {
      write: async (bytes) => {
        await this.mayWrite;
        writeSync(bytes);
      },
      writeSync,
      sync: async () => {
        await this.mayWrite;
        syncSync();
      },
      syncSync,
      close: () => {},
    };
  }

  append(path: string): AppendableFile {
    this.#step("append");
    const content = this.#files.get(path) ??
      { bytes: new Uint8Array(), synced: 0 };
    this.#files.set(path, content);
    const syncDataSync = () => {
      this.#step("syncData");
      content.synced = content.bytes.length;
    };
    return {
      size: content.bytes.length,
      writeSync: (bytes) => {
        this.#step("appendWrite");
        const room = Math.max(0, this.capacity - this.#used);
        const part = bytes.subarray(0, room);
        if (part.length === 0) throw new Error("No space left on device");
        const all = new Uint8Array(content.bytes.length + part.length);
        all.set(content.bytes);
        all.set(part, content.bytes.length);
        content.bytes = all;
        return part.length;
      },
      truncateSync: (size) => {
        this.#step("truncate");
        content.bytes = content.bytes.slice(0, size);
        content.synced = Math.min(content.synced, size);
      },
      syncData: async () => {
        await this.mayWrite;
        syncDataSync();
      },
      syncDataSync,
      close: () => {},
    };
  }

  makeFolder(): void {
    this.#step("makeFolder");
  }

  get #used(): number {
    return [...this.#files.values()]
      .reduce((sum, file) => sum + file.bytes.length, 0);
  }

  rename(from: string, to: string): void {
    this.#step("rename");
    const content = this.#files.get(from);
    if (content === undefined) throw new Deno.errors.NotFound(from);
    this.#files.delete(from);
    this.#files.set(to, content);
  }

  link(from: string, to: string): void {
    this.#step("link");
    const content = this.#files.get(from);
    if (content === undefined) throw new Deno.errors.NotFound(from);
    if (this.#files.has(to)) throw new Deno.errors.AlreadyExists(to);
    this.#files.set(to, content);
  }

  remove(path: string): void {
    this.#step("remove");
    this.#files.delete(path);
  }

  async syncFolder(): Promise<void> {
    await this.mayWrite;
    this.syncFolderSync();
  }

  syncFolderSync(): void {
    this.#step("syncFolder");
    this.#durable = new Map(this.#files);
  }

  names(path: string): string[] {
    return this.paths.filter((each) => each.startsWith(`${path}/`))
      .map((each) => each.slice(path.length + 1));
  }

  mayBeWrittenBy(pid: number): boolean {
    return this.processes.has(pid);
  }

  #step(step: FileStep): void {
    this.steps.push(step);
    const count = (this.#counts.get(step) ?? 0) + 1;
    this.#counts.set(step, count);
    const error = this.fails(step, count);
    if (error !== undefined) throw error;
  }
}
