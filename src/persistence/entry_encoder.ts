import type { Int64 } from "../protocol/integer.ts";
import type { Value } from "../store/values/value.ts";

/** What turns entries into bytes: those of a snapshot, or of the base of an append log. */
export interface EntryEncoder {
  readonly length: number;
  entry(db: number, key: string, value: Value, expiresAt: Int64): void;
  largeEntry(
    db: number,
    key: string,
    value: Value,
    expiresAt: Int64,
  ): Generator<void>;
  end(): void;
  take(): Uint8Array;
}
