/** Changing a register of a sparse HyperLogLog, to the very bytes that Redis arrives at. */

/** The longest run that one byte can say. */
const SHORT_RUN = 64;
const LONGEST_VALUE_RUN = 4;
/** How many runs Redis looks at, from the one before the change on, to join equal ones. */
const JOIN_STEPS = 5;

/** How many registers a run of one byte stands for; 0 where it has two. */
const LENGTHS = Uint8Array.from(
  { length: 256 },
  (_, byte) => byte >= 0x80 ? lengthOf(byte) : byte < 0x40 ? byte + 1 : 0,
);
/** The most bytes that a change adds: a run of two bytes becomes one of one between two of two. */
export const MOST_GROWTH = 3;

/** The run that holds a register: where it lies, and which registers it stands for. */
export interface Place {
  readonly at: number;
  /** Where the run before it lies, or the first byte when there is none. */
  readonly before: number;
  /** Number of bytes. */
  readonly size: number;
  /** What its registers hold. */
  readonly rank: number;
  readonly first: number;
  readonly length: number;
}

/** Finds the run of a register among those from byte `base` on; `undefined` when they do not reach it. */
export function placeOf(
  bytes: Uint8Array,
  base: number,
  index: number,
): Place | undefined {
  const end = bytes.length;
  let first = 0;
  let before = base, at = base;
  while (at < end) {
    const byte = bytes[at]!;
    const short = LENGTHS[byte]!;
    const length = short > 0
      ? short
      : ((byte & 63) << 8 | (bytes[at + 1] ?? 0)) + 1;
    const size = short > 0 ? 1 : 2;
    if (index < first + length) {
      const rank = byte >= 0x80 ? valueOf(byte) : 0;
      return { at, before, size, rank, first, length };
    }
    before = at;
    at += size;
    first += length;
  }
  return undefined;
}

/** Returns how many bytes more the runs take once the register has a value of its own. */
export function growthAt(place: Place, index: number): number {
  const { rank, first, length, size } = place;
  return sizeOf(rank, index - first) + 1 +
    sizeOf(rank, first + length - 1 - index) - size;
}

/**
 * Gives the register at `place` the value `rank`, in the first `length` of the
 * bytes, behind which there is room. Returns how many they are then.
 */
export function setSparseRegister(
  bytes: Uint8Array,
  length: number,
  place: Place,
  index: number,
  rank: number,
): number {
  const { at, first, size } = place;
  const growth = growthAt(place, index);
  if (growth !== 0) {
    bytes.copyWithin(at + size + growth, at + size, length);
  }
  let to = writeRun(bytes, at, place.rank, index - first);
  to = writeRun(bytes, to, rank, 1);
  writeRun(bytes, to, place.rank, first + place.length - 1 - index);
  return joined(bytes, place.before, length + growth);
}

/** Returns how many bytes `length` registers of a value take, a run that is part of another. */
function sizeOf(rank: number, length: number): number {
  if (length === 0) return 0;
  return rank === 0 && length > SHORT_RUN ? 2 : 1;
}

/** Writes `length` registers of a value at `at`; returns where they end. */
function writeRun(
  bytes: Uint8Array,
  at: number,
  rank: number,
  length: number,
): number {
  if (length === 0) return at;
  const less = length - 1;
  if (rank > 0) bytes[at++] = 0x80 | (rank - 1) << 2 | less;
  else {
    if (length > SHORT_RUN) bytes[at++] = 0x40 | less >> 8;
    bytes[at++] = less & 255;
  }
  return at;
}

/** Joins runs of equal values near `at`; returns how many bytes of the first `end` are left. */
function joined(bytes: Uint8Array, at: number, end: number): number {
  for (let steps = JOIN_STEPS; at < end && steps > 0; steps--) {
    const byte = bytes[at]!;
    if (byte < 0x80) {
      at += byte < 0x40 ? 1 : 2;
      continue;
    }
    const next = at + 1 < end ? bytes[at + 1]! : 0;
    const length = lengthOf(byte) + lengthOf(next);
    if (
      next < 0x80 || valueOf(next) !== valueOf(byte) ||
      length > LONGEST_VALUE_RUN
    ) {
      at++;
      continue;
    }
    bytes[at] = (byte & ~3) | (length - 1);
    bytes.copyWithin(at + 1, at + 2, end);
    end--;
  }
  return end;
}

function valueOf(byte: number): number {
  return ((byte >> 2) & 31) + 1;
}

function lengthOf(byte: number): number {
  return (byte & 3) + 1;
}
