/**
 * Several short byte strings in a single one: a char for the length of each,
 * then all their bytes. In V8 a string of 11 bytes takes 40 with the pointer to
 * it; packed with others it takes 12, and there is less for the garbage
 * collector to walk. How many there are is the holder's to know.
 *
 * `join("")` writes flat strings at once, whatever its parts are: `+` makes a
 * tree. What is cut out may be a view of the whole, and keeps all of it alive.
 */

/** A longer string gains nothing: its length does not fit into a char, either. */
export const LONGEST_PACKED = 255;

const charOf = String.fromCharCode;

/** Packs strings; `undefined` when one of them is too long. */
export function pack(strings: readonly string[]): string | undefined {
  const parts = new Array<string>(strings.length + 1);
  let lengths = "";
  for (let i = 0; i < strings.length; i++) {
    const { length } = parts[i + 1] = strings[i]!;
    if (length > LONGEST_PACKED) return undefined;
    lengths += charOf(length);
  }
  parts[0] = lengths;
  return parts.join("");
}

/** Returns the strings, views of what they were packed into. */
export function unpack(packed: string, count: number): string[] {
  const strings = new Array<string>(count);
  let start = count;
  for (let i = 0; i < count; i++) {
    const end = start + packed.charCodeAt(i);
    strings[i] = packed.substring(start, end);
    start = end;
  }
  return strings;
}

/** Returns where the string at `index` starts. */
export function startOf(packed: string, count: number, index: number): number {
  let start = count;
  for (let i = 0; i < index; i++) start += packed.charCodeAt(i);
  return start;
}

/** Returns what is packed with the string at `index` replaced. */
export function replaceAt(
  packed: string,
  count: number,
  index: number,
  string: string,
): string {
  const start = startOf(packed, count, index);
  return [
    packed.substring(0, index),
    charOf(string.length),
    packed.substring(index + 1, start),
    string,
    packed.substring(start + packed.charCodeAt(index)),
  ].join("");
}

/** Returns `count` packed strings: those of one from `index` on, then those of another. */
export function packedAcross(
  first: string,
  second: string,
  count: number,
  index: number,
): string {
  return [
    first.substring(index, count),
    second.substring(0, index),
    first.substring(startOf(first, count, index)),
    second.substring(count, startOf(second, count, index)),
  ].join("");
}

/** Returns the index of the next string equal to `string`, from `index` on up or down; -1 when there is none. */
export function indexIn(
  packed: string,
  count: number,
  string: string,
  index: number,
  step: 1 | -1,
): number {
  const { length } = string;
  let start = startOf(packed, count, index);
  for (let i = index; i >= 0 && i < count; i += step) {
    const found = packed.charCodeAt(i) === length &&
      packed.startsWith(string, start);
    if (found) return i;
    start += step === 1 ? packed.charCodeAt(i) : -packed.charCodeAt(i - 1);
  }
  return -1;
}
