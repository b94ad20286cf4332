import type { Int64 } from "../../protocol/integer.ts";
import type { Keyspace } from "../../store/keyspace.ts";
import type { ReadonlyValue, Value } from "../../store/values/value.ts";
import type { EntryEncoder } from "../entry_encoder.ts";
import { Crc64 } from "./crc64.ts";
import { Opcodes, RDB_VERSION } from "./format.ts";
import { layoutOf, writeInSlices, writeValue } from "./value.ts";
import { type RdbSettings, RdbWriter } from "./writer.ts";

/** What an RDB file says of itself, and how it is written. */
export interface RdbFacts {
  readonly settings: RdbSettings;
  readonly checksum: boolean;
  /** Names and values of the auxiliary fields: who wrote it, and when. */
  readonly fields: readonly (readonly [name: string, value: string])[];
  /** By database: how many keys there are, and how many of them expire; a hint for whoever reads. */
  readonly sizes: readonly (readonly [keys: number, expiring: number])[];
  /** The code of function libraries. */
  readonly functions?: readonly string[];
  /** How what is remembered of accesses to a key is told, where eviction goes by it. */
  readonly accesses?: AccessFacts;
}

/** Tells since how many seconds a key was not accessed, or how often it is. */
export interface AccessFacts {
  readonly kind: "idle" | "frequency";
  readonly of: (access: number) => number;
}

/** Turns entries into the bytes of an RDB file, as `SnapshotEncoder` does into those of a snapshot. */
export class RdbEncoder implements EntryEncoder {
  /** Number of keys so far. */
  keys = 0;
  readonly #facts: RdbFacts;
  readonly #writer: RdbWriter;
  readonly #crc = new Crc64();
  /** Databases whose size was told. */
  readonly #met = new Set<number>();
  #db = -1;
  #ended = false;

  constructor(facts: RdbFacts) {
    this.#facts = facts;
    this.#writer = new RdbWriter(facts.settings);
    this.#begin();
  }

  get length(): number {
    return this.#writer.length;
  }

  prepare(): Promise<void> {
    return Promise.resolve();
  }

  entryAt(db: number, keyspace: Keyspace, slot: number): void {
    this.entry(
      db,
      keyspace.key(slot),
      keyspace.value(slot),
      keyspace.expiries.exactAt(slot),
      keyspace.access(slot),
    );
  }

  entry(
    db: number,
    key: string,
    value: Value,
    expiresAt: Int64,
    access: number,
  ): void {
    this.#entryStart(db, key, value, expiresAt, access);
    writeValue(this.#writer, value);
  }

  *largeEntry(
    db: number,
    key: string,
    value: Value,
    expiresAt: Int64,
    access: number,
  ): Generator<void> {
    this.#entryStart(db, key, value, expiresAt, access);
    yield* writeInSlices(this.#writer, value);
  }

  end(): void {
    this.#writer.byte(Opcodes.end);
    this.#ended = true;
  }

  /** Returns what was written since the last time; the bytes are the caller's. */
  take(): Uint8Array {
    if (this.#facts.checksum) this.#crc.update(this.#writer.written);
    if (this.#ended) {
      this.#ended = false;
      // Zero stands for no checksum.
      this.#writer.raw(
        this.#facts.checksum ? this.#crc.digest() : new Uint8Array(8),
      );
    }
    return this.#writer.take();
  }

  #begin(): void {
    const writer = this.#writer;
    writer.rawText(`REDIS${String(RDB_VERSION).padStart(4, "0")}`);
    for (const [name, value] of this.#facts.fields) {
      writer.byte(Opcodes.aux);
      writer.string(name);
      writer.string(value);
    }
    for (const code of this.#facts.functions ?? []) {
      writer.byte(Opcodes.function2);
      writer.string(code);
    }
  }

  #entryStart(
    db: number,
    key: string,
    value: ReadonlyValue,
    expiresAt: Int64,
    access: number,
  ): void {
    const writer = this.#writer;
    const { accesses } = this.#facts;
    if (db !== this.#db) this.#select(db);
    if (expiresAt !== Infinity) {
      writer.byte(Opcodes.expireTimeMs);
      writer.int64(expiresAt);
    }
    if (accesses?.kind === "idle") {
      writer.byte(Opcodes.idle);
      writer.size(accesses.of(access));
    } else if (accesses?.kind === "frequency") {
      writer.byte(Opcodes.frequency);
      writer.byte(accesses.of(access));
    }
    writer.byte(layoutOf(value));
    writer.string(key);
    this.keys++;
  }

  #select(db: number): void {
    const writer = this.#writer;
    this.#db = db;
    writer.byte(Opcodes.selectDatabase);
    writer.size(db);
    const sizes = this.#facts.sizes[db];
    if (sizes === undefined || this.#met.has(db)) return;
    this.#met.add(db);
    writer.byte(Opcodes.resizeDatabase);
    writer.size(sizes[0]);
    writer.size(sizes[1]);
  }
}
