import { Buffer } from "node:buffer";
import { toText } from "../../protocol/byte_string.ts";
import type { Int64 } from "../../protocol/integer.ts";
import { Keyspace } from "../../store/keyspace.ts";
import type { LoadedSnapshot, LoadOptions } from "../entry_loader.ts";
import { SnapshotError } from "../snapshot_error.ts";
import { Crc64 } from "./crc64.ts";
import { LATEST_RDB_VERSION, Opcodes } from "./format.ts";
import { moduleNameOf } from "./module_name.ts";
import { RdbError, RdbTruncated } from "./rdb_error.ts";
import { RdbReader } from "./reader.ts";
import { readValue } from "./value.ts";

/** Room for one read. */
const ROOM = 256 * 1024;
const MAGIC = "REDIS";
const HEADER = 9;
const CHECKSUM = 8;
/** The first version that ends in a checksum. */
const FIRST_WITH_CHECKSUM = 5;

/**
 * Reads an RDB file piece by piece as it comes. What is not whole yet is tried
 * again when twice as much is there, so that a value costs no more than twice
 * the work, and memory no more than twice its bytes.
 */
export class RdbDecoder {
  /** Whether the end was met; what follows it is not read. */
  ended = false;
  readonly #options: LoadOptions;
  readonly #keyspaces: Keyspace[];
  readonly #functions: string[] = [];
  readonly #fields = new Map<string, string>();
  readonly #crc = new Crc64();
  #buffer = Buffer.allocUnsafeSlow(ROOM);
  #start = 0;
  #end = 0;
  /** How many bytes of the file lie before `#start`. */
  #offset = 0;
  /** Bytes that must be there before what was not whole is tried again. */
  #wanted = HEADER;
  readonly #reader = new RdbReader(this.#buffer, 0);
  #version = 0;
  #db = 0;
  /** What was told of the key that comes next. */
  #expiresAt: Int64 = Infinity;
  #idleSeconds: number | undefined = undefined;
  #frequency: number | undefined = undefined;
  #keys = 0;
  #expired = 0;
  #empty = 0;

  constructor(options: LoadOptions) {
    this.#options = options;
    this.#keyspaces = Array.from(
      { length: options.databases },
      () => new Keyspace(),
    );
  }

  /** Number of bytes read: when it has ended, the size of the file. */
  get offset(): number {
    return this.#offset;
  }

  /** Number of keys read, with those that have expired. */
  get count(): number {
    return this.#keys + this.#expired;
  }

  /** Returns where the next bytes are to be put. */
  space(): Uint8Array<ArrayBuffer> {
    if (this.#buffer.length - this.#end < ROOM) this.#makeRoom();
    return this.#buffer.subarray(this.#end, this.#end + ROOM) as Uint8Array<
      ArrayBuffer
    >;
  }

  /** Takes note of `n` bytes that were put there. Throws SnapshotError. */
  received(n: number): void {
    this.#end += n;
    if (this.#end - this.#start < this.#wanted) return;
    while (!this.ended) {
      if (!this.#step()) {
        this.#wanted = (this.#end - this.#start) * 2;
        return;
      }
      this.#wanted = 1;
      if (this.#start === this.#end) return;
    }
  }

  /** Takes bytes that lie elsewhere. */
  take(bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length;) {
      const space = this.space();
      const part = bytes.subarray(at, at + space.length);
      space.set(part);
      this.received(part.length);
      at += part.length;
    }
  }

  /** Returns what was read: nothing more comes. Throws SnapshotError. */
  finish(): LoadedSnapshot {
    while (!this.ended) {
      if (!this.#step()) throw this.#failed(new RdbTruncated());
    }
    return {
      keyspaces: this.#keyspaces,
      keys: this.#keys,
      expired: this.#expired,
      functions: this.#functions,
      rdb: {
        fields: this.#fields,
        emptyKeys: this.#empty,
        size: this.#offset,
      },
    };
  }

  /** Reads one thing; returns whether it was all there. */
  #step(): boolean {
    const reader = this.#reader;
    reader.reset(this.#buffer, this.#end, this.#start);
    try {
      if (this.#version === 0) this.#readHeader();
      else this.#readNext();
    } catch (error) {
      if (error instanceof RdbTruncated) return false;
      throw this.#failed(error);
    }
    if (this.#options.checksum) {
      this.#crc.update(this.#buffer, this.#start, reader.at);
    }
    this.#offset += reader.at - this.#start;
    this.#start = reader.at;
    return true;
  }

  #readHeader(): void {
    const header = this.#reader.raw(HEADER).latin1Slice();
    const version = Number(header.slice(MAGIC.length));
    if (!header.startsWith(MAGIC) || !Number.isInteger(version)) {
      throw new RdbError("no RDB file");
    }
    if (version < 1 || version > LATEST_RDB_VERSION) {
      throw new RdbError(
        `version ${version} of RDB, of which 1 to ${LATEST_RDB_VERSION} are known`,
      );
    }
    this.#version = version;
  }

  #readNext(): void {
    const reader = this.#reader;
    const opcode = reader.byte();
    switch (opcode) {
      case Opcodes.expireTimeMs:
        this.#expiresAt = reader.int64();
        return;
      case Opcodes.expireTime:
        this.#expiresAt = reader.int32() * 1000;
        return;
      case Opcodes.idle:
        this.#idleSeconds = Number(reader.size());
        return;
      case Opcodes.frequency:
        this.#frequency = reader.byte();
        return;
      case Opcodes.selectDatabase:
        return this.#select(Number(reader.size()));
      case Opcodes.resizeDatabase:
        reader.size();
        reader.size();
        return;
      case Opcodes.aux: {
        const name = reader.string();
        this.#fields.set(name, reader.string());
        return;
      }
      case Opcodes.function2:
        this.#functions.push(reader.string());
        return;
      case Opcodes.functionBeforeRelease:
        throw new RdbError("functions of a version before the release of 7.0");
      case Opcodes.moduleAux:
        throw new RdbError(
          `data of the module type '${moduleNameOf(reader.size())}'`,
        );
      case Opcodes.end:
        return this.#readEnd();
    }
    this.#readEntry(opcode);
  }

  #select(db: number): void {
    const { databases } = this.#options;
    if (db >= databases) {
      throw new RdbError(
        `database ${db}, but the server has ${databases}: start it with --databases ${
          db + 1
        }`,
      );
    }
    this.#db = db;
  }

  #readEntry(layout: number): void {
    const reader = this.#reader;
    const { now, thresholds } = this.#options;
    const key = reader.string();
    const value = readValue(reader, layout, thresholds);
    const expiresAt = this.#expiresAt;
    const keyspace = this.#keyspaces[this.#db]!;
    if (keyspace.find(key) >= 0) {
      throw new RdbError(
        `the key ${shown(key)} is there twice in database ${this.#db}`,
      );
    }
    if (value === undefined) this.#empty++;
    else if (expiresAt <= now && !this.#options.keepsExpired) this.#expired++;
    else {
      this.#keys++;
      const slot = keyspace.add(key, value);
      keyspace.setAccess(slot, this.#access());
      if (expiresAt !== Infinity) keyspace.expiries.set(slot, expiresAt);
    }
    this.#expiresAt = Infinity;
    this.#idleSeconds = this.#frequency = undefined;
  }

  /** What is remembered of accesses to the key that was read. */
  #access(): number {
    const { frequencies, now } = this.#options;
    if (frequencies !== undefined) {
      return this.#frequency === undefined
        ? frequencies.accessed(0, now)
        : frequencies.counted(this.#frequency, now);
    }
    const seconds = Math.floor(now / 1000);
    return Math.max(0, seconds - (this.#idleSeconds ?? 0));
  }

  #readEnd(): void {
    if (this.#version >= FIRST_WITH_CHECKSUM) {
      const at = this.#reader.at;
      this.#check(this.#reader.raw(CHECKSUM), at);
    }
    this.ended = true;
  }

  /** Compares the checksum with that of all bytes up to `end` of the buffer. */
  #check(told: Uint8Array, end: number): void {
    // Zero stands for no checksum.
    if (!this.#options.checksum || told.every((byte) => byte === 0)) return;
    this.#crc.update(this.#buffer, this.#start, end);
    if (!this.#crc.isAt(told, 0)) {
      throw new RdbError("CRC error: the checksum is not that of the data");
    }
  }

  #makeRoom(): void {
    const left = this.#buffer.subarray(this.#start, this.#end);
    if (left.length + ROOM <= this.#buffer.length / 2) {
      this.#buffer.copyWithin(0, this.#start, this.#end);
    } else {
      const grown = Buffer.allocUnsafeSlow(left.length * 2 + ROOM * 2);
      grown.set(left);
      this.#buffer = grown;
    }
    this.#start = 0;
    this.#end = left.length;
  }

  #failed(error: unknown): unknown {
    if (!(error instanceof RdbError)) return error;
    return new SnapshotError(0, `byte ${this.#offset}: ${error.message}`);
  }
}

/** A byte string for the eye. */
function shown(bytes: string): string {
  const text = JSON.stringify(toText(bytes));
  return text.length <= 80 ? text : `${text.slice(0, 80)}…`;
}
