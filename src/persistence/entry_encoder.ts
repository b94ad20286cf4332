import type { Int64 } from "../protocol/integer.ts";
import type { Keyspace } from "../store/keyspace.ts";
import type { Value } from "../store/values/value.ts";

/** What turns entries into bytes: those of a snapshot, or of the base of an append log. */
export interface EntryEncoder {
  /** Number of bytes that `take()` would return. */
  readonly length: number;
  /** Does in steps what the next `take()` would otherwise have to do at once; waits for `rest` before each. */
  prepare(rest: () => Promise<void>): Promise<void>;
  /** Writes the entry at a slot, which is not large. */
  entryAt(db: number, keyspace: Keyspace, slot: number): void;
  /** Writes one key, which expires at a unix time in milliseconds or never (Infinity). `access` is what is remembered of accesses to it. */
  entry(
    db: number,
    key: string,
    value: Value,
    expiresAt: Int64,
    access: number,
  ): void;
  /** Writes one key whose value is large, a part with each step; nothing else may be written until it has ended. */
  largeEntry(
    db: number,
    key: string,
    value: Value,
    expiresAt: Int64,
    access: number,
  ): Generator<void>;
  /** Writes what comes after the last key. */
  end(): void;
  /** Returns what was written since the last time. The bytes stay as they are until the next time. */
  take(): Uint8Array;
}
