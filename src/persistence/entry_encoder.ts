import type { Int64 } from "../protocol/integer.ts";
import type { Value } from "../store/values/value.ts";

/** What turns entries into bytes: those of a snapshot, or of the base of an append log. */
export interface EntryEncoder {
  readonly length: number;
  /** `access` is what is remembered of accesses to the key. */
  entry(
    db: number,
    key: string,
    value: Value,
    expiresAt: Int64,
    access: number,
  ): void;
  largeEntry(
    db: number,
    key: string,
    value: Value,
    expiresAt: Int64,
    access: number,
  ): Generator<void>;
  end(): void;
  take(): Uint8Array;
}
