import type { LoadedSnapshot, LoadOptions } from "./entry_loader.ts";
import { RdbDecoder } from "./rdb/rdb_decoder.ts";
import { SnapshotDecoder } from "./snapshot_decoder.ts";

/** The first byte of an RDB file, with which JSON cannot begin. */
const R = 82;

/** Reads a file that is a snapshot or an RDB file: its first byte tells, whatever its name. */
export class FileDecoder {
  readonly #options: LoadOptions;
  #decoder: SnapshotDecoder | RdbDecoder;
  #begun = false;

  constructor(options: LoadOptions) {
    this.#options = options;
    this.#decoder = new SnapshotDecoder(options);
  }

  /** Number of keys read, with those that have expired. */
  get count(): number {
    return this.#decoder.count;
  }

  /** Returns where the next bytes are to be put. */
  space(): Uint8Array {
    return this.#decoder.space();
  }

  /** Takes note of `n` bytes that were put there. Throws SnapshotError. */
  received(n: number): void {
    if (this.#begun) return this.#decoder.received(n);
    this.#begun = true;
    const first = this.#decoder.space().subarray(0, n);
    if (first[0] !== R) return this.#decoder.received(n);
    const rdb = new RdbDecoder(this.#options);
    this.#decoder = rdb;
    rdb.take(first);
  }

  /** Returns what was read: nothing more comes. Throws SnapshotError. */
  finish(): LoadedSnapshot {
    return this.#decoder.finish();
  }
}
