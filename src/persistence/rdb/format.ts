/** The version of RDB that is written: that of Redis 7.0. */
export const RDB_VERSION = 10;
/** The latest version that is read: that of Redis 7.2. */
export const LATEST_RDB_VERSION = 11;

/** How a value is laid out. */
export const ValueTypes = {
  string: 0,
  list: 1,
  set: 2,
  sortedSet: 3,
  hash: 4,
  /** Scores are doubles instead of text. */
  sortedSet2: 5,
  moduleBeforeRelease: 6,
  module2: 7,
  hashZipmap: 9,
  listZiplist: 10,
  setIntset: 11,
  sortedSetZiplist: 12,
  hashZiplist: 13,
  /** Nodes are ziplists. */
  listQuicklist: 14,
  streamListpacks: 15,
  hashListpack: 16,
  sortedSetListpack: 17,
  /** Nodes are listpacks, or elements on their own. */
  listQuicklist2: 18,
  /** Tells of entries that were deleted, and what groups have read. */
  streamListpacks2: 19,
  setListpack: 20,
  /** Tells when consumers were last active. */
  streamListpacks3: 21,
} as const;

/** What stands in a file where the type of a value could. */
export const Opcodes = {
  function2: 245,
  functionBeforeRelease: 246,
  moduleAux: 247,
  idle: 248,
  frequency: 249,
  aux: 250,
  resizeDatabase: 251,
  expireTimeMs: 252,
  expireTime: 253,
  selectDatabase: 254,
  end: 255,
} as const;

/** The upper two bits of the first byte of a length. */
export const Lengths = {
  sixBits: 0,
  fourteenBits: 1,
  /** The low bits say whether 32 or 64 bits follow. */
  long: 2,
  /** No length: the low bits are one of `Encodings`. */
  encoded: 3,
} as const;

export const LENGTH_32 = 0x80;
export const LENGTH_64 = 0x81;

/** How a string is encoded that is not written as it is. */
export const Encodings = { int8: 0, int16: 1, int32: 2, lzf: 3 } as const;

/** How a node of a list is held: an element on its own, or a listpack of several. */
export const Containers = { plain: 1, packed: 2 } as const;
