import type { Int64 } from "../protocol/integer.ts";
import type { Clock, Timer } from "../store/clock.ts";
import type { Keyspace } from "../store/keyspace.ts";
import { copyOf, type Value } from "../store/values/value.ts";
import type { EntryEncoder } from "./entry_encoder.ts";
import { AtomicFile, type FileReplacing } from "./files.ts";
import { CHUNK } from "./snapshot.ts";
import { SnapshotEncoder, type SnapshotFacts } from "./snapshot_encoder.ts";
import { isLarge, isLargeAt } from "./value_codec.ts";

/** How long a slice may hold up the clients, in milliseconds. */
const SLICE_MS = 1;
/** How long the clients then have for themselves, for each millisecond of it. */
const REST = 2;
/** Keys visited between two looks at the clock. */
const KEYS_PER_LOOK = 16;

/** An entry as it was when the save began, to be written later. */
interface Kept {
  readonly db: number;
  readonly key: string;
  readonly value: Value;
  readonly expiresAt: Int64;
  readonly access: number;
}

/** How a background save ended. */
export type Outcome = "saved" | "cancelled" | { readonly error: unknown };

/**
 * A snapshot of this moment, written between requests, in slices of about a
 * millisecond. An entry that is about to change meanwhile is written, or copied
 * if it is large, just before. Databases that are emptied or exchanged stay in
 * it as they were, because it holds their keyspaces.
 */
export class BackgroundSave {
  /** Resolves when the file is complete, cancelled or given up; rejects never. */
  readonly done: Promise<Outcome>;
  readonly #clock: Clock;
  readonly #keyspaces: readonly Keyspace[];
  readonly #encoder: EntryEncoder;
  /** Entries that wait for a large one to be written to its end, and large ones themselves. */
  #kept: Kept[] = [];
  #nextKept = 0;
  #large: Generator<void> | undefined = undefined;
  #cancelled = false;
  #failed: { readonly error: unknown } | undefined = undefined;
  #wake: (() => void) | undefined = undefined;
  /** The database that the walk is in. */
  #walking = 0;

  constructor(
    files: FileReplacing,
    path: string,
    clock: Clock,
    keyspaces: readonly Keyspace[],
    facts: SnapshotFacts,
    mark: string,
    encoder: EntryEncoder = new SnapshotEncoder(facts),
  ) {
    this.#clock = clock;
    this.#keyspaces = keyspaces;
    this.#encoder = encoder;
    for (const [db, keyspace] of keyspaces.entries()) {
      keyspace.startWalk((slot) => this.#visit(db, keyspace, slot));
    }
    this.done = this.#run(files, path, mark);
  }

  /** Gives the save up: what was written is removed, and the old file stays. */
  cancel(): void {
    this.#cancelled = true;
    this.#endWalks();
    this.#wake?.();
  }

  async #run(
    files: FileReplacing,
    path: string,
    mark: string,
  ): Promise<Outcome> {
    let file: AtomicFile | undefined;
    try {
      file = new AtomicFile(files, path, mark);
      if (await this.#write(file)) {
        await file.commit();
        return "saved";
      }
      file.abandon();
      return "cancelled";
    } catch (error) {
      file?.abandon();
      return this.#cancelled ? "cancelled" : { error };
    } finally {
      this.#endWalks();
    }
  }

  /** Writes everything and flushes it to the disk; returns whether it came to the end. */
  async #write(file: AtomicFile): Promise<boolean> {
    // What is being written fills the time until the next chunk is ready.
    let writing = Promise.resolve();
    // An error is met where it is awaited.
    const write = (bytes: Uint8Array) => {
      writing = file.write(bytes);
      writing.catch(() => {});
    };
    try {
      let complete = false;
      for (let took = 0; !complete;) {
        await this.#rest(took * REST);
        if (this.#cancelled) return false;
        const begin = this.#clock.monotonic();
        complete = this.#slice(begin + SLICE_MS);
        took = this.#clock.monotonic() - begin;
        if (this.#failed !== undefined) throw this.#failed.error;
        if (this.#encoder.length < CHUNK) continue;
        await writing;
        await this.#encoder.prepare(() => this.#rest(0));
        write(this.#encoder.take());
      }
      this.#encoder.end();
      await writing;
      write(this.#encoder.take());
    } finally {
      await writing;
    }
    if (!this.#cancelled) await file.sync();
    return !this.#cancelled;
  }

  /** Lets requests be served. */
  #rest(ms: number): Promise<void> {
    if (this.#cancelled) return Promise.resolve();
    return new Promise((resolve) => {
      const timer: Timer = this.#clock.after(ms, () => this.#wake?.());
      this.#wake = () => {
        timer.cancel();
        this.#wake = undefined;
        resolve();
      };
    });
  }

  /** Encodes until a moment of the clock, or until a chunk is full; returns whether all entries are encoded. */
  #slice(end: number): boolean {
    while (this.#encoder.length < CHUNK) {
      if (this.#step()) return true;
      if (this.#clock.monotonic() >= end) break;
    }
    return false;
  }

  #step(): boolean {
    if (this.#large !== undefined) {
      if (this.#large.next().done) this.#large = undefined;
      return false;
    }
    const kept = this.#kept[this.#nextKept++];
    if (kept !== undefined) {
      const { db, key, value, expiresAt, access } = kept;
      if (isLarge(value)) {
        this.#large = this.#encoder
          .largeEntry(db, key, value, expiresAt, access);
      } else this.#encoder.entry(db, key, value, expiresAt, access);
      return false;
    }
    this.#kept = [];
    this.#nextKept = 0;
    const keyspace = this.#keyspaces[this.#walking];
    if (keyspace === undefined) return true;
    // A large value is copied when it is reached: one at a time.
    for (let i = 0; i < KEYS_PER_LOOK && this.#kept.length === 0; i++) {
      if (keyspace.continueWalk(1)) {
        this.#walking++;
        break;
      }
    }
    return false;
  }

  #visit(db: number, keyspace: Keyspace, slot: number): void {
    // Whoever changes the entry must not fail because it cannot be written.
    try {
      const atOnce = this.#large === undefined && this.#kept.length === 0;
      if (atOnce && !isLargeAt(keyspace, slot)) {
        this.#encoder.entryAt(db, keyspace, slot);
      } else {
        this.#kept.push({
          db,
          key: keyspace.key(slot),
          value: copyOf(keyspace.value(slot)),
          expiresAt: keyspace.expiries.exactAt(slot),
          access: keyspace.access(slot),
        });
      }
    } catch (error) {
      this.#failed ??= { error };
    }
  }

  #endWalks(): void {
    for (const keyspace of this.#keyspaces) keyspace.cancelWalk();
  }
}
