/** Changing a register of a sparse HyperLogLog, to the very bytes that Redis arrives at. */

/** The longest run that one byte can say. */
const SHORT_RUN = 64;
const LONGEST_VALUE_RUN = 4;
/** How many runs Redis looks at, from the one before the change on, to join equal ones. */
const JOIN_STEPS = 5;

/** The run that holds a register: where it lies, and which registers it stands for. */
interface Place {
  readonly at: number;
  /** Where the run before it lies, or the first byte when there is none. */
  readonly before: number;
  /** Number of bytes. */
  readonly size: number;
  readonly first: number;
  readonly length: number;
}

/**
 * Returns the bytes with a register made at least `rank`, or why there are none:
 * it was so already, that would be more than `most` bytes, or the runs from
 * `base` on do not reach the register.
 */
export function setSparseRegister(
  bytes: Uint8Array,
  base: number,
  { index, rank }: { readonly index: number; readonly rank: number },
  most: number,
): Uint8Array | "unchanged" | "too long" | "corrupted" {
  const place = find(bytes, base, index);
  if (place === undefined) return "corrupted";
  const { at, first, length, size } = place;
  const byte = bytes[at]!;
  const old = byte >= 0x80 ? valueOf(byte) : 0;
  if (old >= rank) return "unchanged";
  const ahead = index - first;
  const behind = first + length - 1 - index;
  const grown = sizeOf(old, ahead) + 1 + sizeOf(old, behind) - size;
  if (grown > 0 && bytes.length + grown > most) return "too long";
  const end = Math.max(at + size + grown, bytes.length + grown);
  const result = new Uint8Array(end);
  for (let i = 0; i < at; i++) result[i] = bytes[i]!;
  let to = writeRun(result, at, old, ahead);
  to = writeRun(result, to, rank, 1);
  to = writeRun(result, to, old, behind);
  for (let i = at + size; i < bytes.length; i++) result[to++] = bytes[i]!;
  return joined(result, place.before);
}

function find(
  bytes: Uint8Array,
  base: number,
  index: number,
): Place | undefined {
  let first = 0;
  let before = base;
  for (let at = base; at < bytes.length;) {
    const byte = bytes[at]!;
    const long = byte >= 0x40 && byte < 0x80;
    const length = byte >= 0x80
      ? lengthOf(byte)
      : long
      ? ((byte & 63) << 8 | (bytes[at + 1] ?? 0)) + 1
      : byte + 1;
    const size = long ? 2 : 1;
    if (index < first + length) return { at, before, size, first, length };
    before = at;
    at += size;
    first += length;
  }
  return undefined;
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

/** Returns the bytes after joining runs of equal values near `at`, in place. */
function joined(bytes: Uint8Array, at: number): Uint8Array {
  let end = bytes.length;
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
  return end === bytes.length ? bytes : bytes.slice(0, end);
}

function valueOf(byte: number): number {
  return ((byte >> 2) & 31) + 1;
}

function lengthOf(byte: number): number {
  return (byte & 3) + 1;
}
