/**
 * Sizes up to which Redis keeps values in a compact form. OBJECT ENCODING tells
 * of it, the elements keep their order in it, and a scan returns them all at once.
 */
export interface Thresholds {
  /** `hash-max-listpack-entries` */
  hashEntries: number;
  /** `hash-max-listpack-value`: bytes of a field or value. */
  hashBytes: number;
  /** `set-max-intset-entries` */
  setIntegers: number;
  /** `zset-max-listpack-entries` */
  sortedSetEntries: number;
  /** `zset-max-listpack-value`: bytes of a member. */
  sortedSetBytes: number;
  /** `stream-node-max-entries`; 0 for any number. */
  streamNodeEntries: number;
  /** `stream-node-max-bytes`; 0 for any size. */
  streamNodeBytes: number;
}

/** Returns what they are unless told. */
export function defaultThresholds(): Thresholds {
  return {
    hashEntries: 512,
    hashBytes: 64,
    setIntegers: 512,
    sortedSetEntries: 128,
    sortedSetBytes: 64,
    streamNodeEntries: 100,
    streamNodeBytes: 4096,
  };
}
