import { toText } from "../protocol/byte_string.ts";
import { type Int64, int64Of } from "../protocol/integer.ts";
import type { Frequencies } from "../store/frequencies.ts";
import { Keyspace } from "../store/keyspace.ts";
import type { Thresholds } from "../store/values/thresholds.ts";
import type { TypeName, Value } from "../store/values/value.ts";
import {
  byteString,
  isBytes,
  type Joining,
  MalformedValue,
  type ValueCodec,
} from "./codec.ts";
import { asObject, type Json, type JsonObject } from "./json.ts";
import { SnapshotError } from "./snapshot_error.ts";
import type { StringEntry } from "./string_entry.ts";
import { codecFor, codecs } from "./value_codec.ts";

/** What is read into. */
export interface LoadOptions {
  /** Number of databases of the server. */
  readonly databases: number;
  /** Unix time in milliseconds: what has expired by then is left out. */
  readonly now: number;
  /** Whether what has expired comes all the same: commands of a log follow that were run while it was there. */
  readonly keepsExpired?: boolean;
  /** Counts accesses, while an LFU policy is on. */
  readonly frequencies?: Frequencies | undefined;
  /** Whether a checksum is compared. */
  readonly checksum: boolean;
  /** Up to which sizes values are compact. */
  readonly thresholds: Thresholds;
}

/** What was read. */
export interface LoadedSnapshot {
  /** The keys of each database. */
  readonly keyspaces: readonly Keyspace[];
  /** Number of keys in them. */
  readonly keys: number;
  /** Number of keys left out because their time had come. */
  readonly expired: number;
  /** The code of function libraries. */
  readonly functions: readonly string[];
  /** The line on which each of those stands, in a file that has lines. */
  readonly functionLines?: readonly number[];
  /** What only RDB files have. */
  readonly rdb?: RdbContents;
}

/** What an RDB file holds besides keys. */
export interface RdbContents {
  /** The auxiliary fields: who wrote it, and when. */
  readonly fields: ReadonlyMap<string, string>;
  /** Number of keys left out because they had no elements. */
  readonly emptyKeys: number;
  /** Number of its bytes; the first file of an append log goes on with commands behind them. */
  readonly size: number;
}

const FIELDS: ReadonlySet<string> = new Set([
  "db",
  "key",
  "type",
  "value",
  "expiresAt",
]);

/** An entry that a further line may add to. */
interface OpenEntry {
  readonly codec: ValueCodec<Value>;
  value: Value;
  readonly keyspace: Keyspace;
  /** Where it is in the keyspace; -1 when it has expired. */
  readonly slot: number;
}

/** Puts the entries of a snapshot into keyspaces, and refuses what is not one. */
export class EntryLoader {
  readonly #options: LoadOptions;
  readonly #keyspaces: Keyspace[];
  /** What is remembered of accesses to each key. */
  readonly #access: number;
  readonly #functions: string[] = [];
  readonly #functionLines: number[] = [];
  #keys = 0;
  #expired = 0;
  #open: OpenEntry | undefined = undefined;
  /** The keyspace whose last slot the entry before is at, if it is a string that came by `addString()`. */
  #stringIn: Keyspace | undefined = undefined;

  constructor(options: LoadOptions) {
    this.#options = options;
    this.#keyspaces = Array.from(
      { length: options.databases },
      () => new Keyspace(),
    );
    const { frequencies, now } = options;
    // Differs from Redis: a key out of a JSON snapshot was just accessed, and for the first time; only RDB files keep idle times and frequencies.
    this.#access = frequencies === undefined
      ? Math.floor(now / 1000)
      : frequencies.accessed(0, now);
  }

  /** Number of keys read, with those that have expired. */
  get count(): number {
    return this.#keys + this.#expired;
  }

  /** What was read so far. */
  get loaded(): LoadedSnapshot {
    return {
      keyspaces: this.#keyspaces,
      keys: this.#keys,
      expired: this.#expired,
      functions: this.#functions,
      functionLines: this.#functionLines,
    };
  }

  /** Takes an entry that stands on `line`; throws SnapshotError. */
  add(entry: JsonObject, line: number): void {
    try {
      if (entry["library"] !== undefined) this.#addLibrary(entry, line);
      else if (entry["key"] === undefined) this.#join(entry);
      else this.#add(entry);
    } catch (error) {
      if (!(error instanceof MalformedValue)) throw error;
      throw new SnapshotError(line, error.message);
    }
  }

  /** Takes an entry that is a string; returns whether it did. `add()` takes what has expired, or cannot be taken. */
  addString(entry: StringEntry): boolean {
    const { db, expiresAt, key, value } = entry;
    const keyspace = this.#keyspaces[db];
    if (expiresAt <= this.#options.now || keyspace === undefined) return false;
    if (keyspace.findBytes(key.block, key.start, key.end) >= 0) return false;
    const slot = keyspace.addBytes(key, value);
    keyspace.setAccess(slot, this.#access);
    if (expiresAt !== Infinity) keyspace.expiries.set(slot, expiresAt);
    this.#keys++;
    this.#open = undefined;
    this.#stringIn = keyspace;
    return true;
  }

  #add(entry: JsonObject): void {
    for (const name in entry) {
      if (!FIELDS.has(name)) {
        throw new MalformedValue(`unknown field ${shown(name)}`);
      }
    }
    const { db = 0, value: json } = entry;
    const keyspace = typeof db === "number" ? this.#keyspaces[db] : undefined;
    if (keyspace === undefined) throw this.#noDatabase(db);
    const key = named("key", () => byteString(entry["key"]!));
    if (json === undefined) throw new MalformedValue('no "value"');
    const codec = codecNamed(entry["type"], json);
    const value = named(
      "value",
      () => codec.decode(json, this.#options.thresholds),
    );
    const expiresAt = timeOf(entry["expiresAt"]);
    if (keyspace.find(key) >= 0) {
      throw new MalformedValue(
        `the key ${shown(key)} is there twice in database ${db}`,
      );
    }
    if (expiresAt <= this.#options.now && !this.#options.keepsExpired) {
      this.#expired++;
      this.#open = { codec, value, keyspace, slot: -1 };
      return;
    }
    this.#keys++;
    const slot = keyspace.add(key, value);
    keyspace.setAccess(slot, this.#access);
    if (expiresAt !== Infinity) keyspace.expiries.set(slot, expiresAt);
    this.#open = { codec, value, keyspace, slot };
  }

  /** Takes a library of functions: `{"library":"#!lua name=…"}`. */
  #addLibrary(entry: JsonObject, line: number): void {
    if (Object.keys(entry).length !== 1) {
      throw new MalformedValue('a "library" with other fields beside it');
    }
    this.#functions.push(
      named("library", () => byteString(entry["library"]!)),
    );
    this.#functionLines.push(line);
    this.#open = this.#stringIn = undefined;
  }

  /** Adds a further part to the entry before. */
  #join(part: JsonObject): void {
    const names = Object.keys(part);
    const how = names[0];
    if (names.length !== 1 || (how !== "append" && how !== "continue")) {
      throw new MalformedValue('no "key"');
    }
    const open = this.#open ??= this.#openString();
    if (open === undefined) {
      throw new MalformedValue(`"${how}" without an entry before it`);
    }
    const { codec, keyspace, slot } = open;
    open.value = named(
      how,
      () =>
        codec.join(
          open.value,
          how as Joining,
          part[how]!,
          this.#options.thresholds,
        ),
    );
    if (slot < 0) return;
    if (open.value === keyspace.value(slot)) keyspace.recount(slot);
    else keyspace.replace(slot, open.value);
  }

  #openString(): OpenEntry | undefined {
    const keyspace = this.#stringIn;
    if (keyspace === undefined) return undefined;
    const slot = keyspace.size - 1;
    const codec = codecFor("string");
    return { codec, value: keyspace.value(slot), keyspace, slot };
  }

  #noDatabase(db: Json): MalformedValue {
    const { databases } = this.#options;
    return new MalformedValue(
      Number.isInteger(db) && Number(db) >= databases
        ? `database ${db}, but the server has ${databases}: start it with --databases ${
          Number(db) + 1
        }`
        : "db is not the number of a database",
    );
  }
}

/** The time at which an entry expires: Infinity where none is told. */
function timeOf(expiresAt: Json | undefined): Int64 {
  if (expiresAt === undefined) return Infinity;
  const time = typeof expiresAt === "number" || typeof expiresAt === "bigint"
    ? int64Of(expiresAt)
    : undefined;
  if (time === undefined) {
    throw new MalformedValue(
      "expiresAt is not a time in whole milliseconds since 1970, of 64 bits",
    );
  }
  return time;
}

/** Runs `decode`, whose error then says which field it is about. */
function named<T>(field: string, decode: () => T): T {
  try {
    return decode();
  } catch (error) {
    if (!(error instanceof MalformedValue)) throw error;
    throw new MalformedValue(`${field} is ${error.message}`);
  }
}

/** The codec that an entry names, or that its value tells. */
function codecNamed(type: Json | undefined, value: Json): ValueCodec<Value> {
  const name = type ?? typeOfJson(value);
  if (typeof name !== "string" || !Object.hasOwn(codecs, name)) {
    throw new MalformedValue(`unknown type ${shown(String(name))}`);
  }
  return codecFor(name as TypeName);
}

/** What a value stands for whose type is not told. */
function typeOfJson(value: Json): TypeName {
  if (Array.isArray(value)) return "list";
  const fields = asObject(value);
  return fields === undefined || isBytes(fields) ? "string" : "hash";
}

/** A byte string for the eye. */
function shown(bytes: string): string {
  const text = JSON.stringify(toText(bytes));
  return text.length <= 80 ? text : `${text.slice(0, 80)}…`;
}
