import { LONGEST_PACKED } from "./packed_strings.ts";

/**
 * A few short byte strings in a single one, each behind a char that is its
 * length: made for adding and taking at the ends, which costs no more than to
 * copy them all. How many there are is the holder's to know.
 */

const charOf = String.fromCharCode;

/** Makes a row of strings; `undefined` when one of them is too long. */
export function rowOf(strings: readonly string[]): string | undefined {
  const parts: string[] = [];
  for (const string of strings) {
    if (string.length > LONGEST_PACKED) return undefined;
    parts.push(charOf(string.length), string);
  }
  return parts.join("");
}

/** Returns where the string at `index` starts, behind its length. */
export function startInRow(row: string, index: number): number {
  let start = 1;
  for (let i = 0; i < index; i++) start += row.charCodeAt(start - 1) + 1;
  return start;
}

/** Returns the string at `index`, a view. */
export function rowAt(row: string, index: number): string {
  const start = startInRow(row, index);
  return row.substring(start, start + row.charCodeAt(start - 1));
}

/** Returns a row with one more string before the first. */
export function rowWithFirst(row: string, string: string): string {
  return [charOf(string.length), string, row].join("");
}

/** Returns a row with one more string behind the last. */
export function rowWithLast(row: string, string: string): string {
  return [row, charOf(string.length), string].join("");
}

/** Returns a row with a string in the place of `removed` ones from `index` on, 0 or 1. */
export function rowWith(
  row: string,
  index: number,
  removed: 0 | 1,
  string: string,
): string {
  const place = startInRow(row, index) - 1;
  const rest = removed === 0 ? place : place + 1 + row.charCodeAt(place);
  return [
    row.substring(0, place),
    charOf(string.length),
    string,
    row.substring(rest),
  ].join("");
}

/** Returns a row of all strings but the first; a view, which keeps that as well. */
export function rowWithoutFirst(row: string): string {
  return row.substring(1 + row.charCodeAt(0));
}

/** Returns a row of the first `count` strings; a view, which keeps the others as well. */
export function firstOfRow(row: string, count: number): string {
  return row.substring(0, startInRow(row, count) - 1);
}

/** Returns the index of the next string equal to `string`, from `index` on up or down to the first; -1 when there is none. */
export function indexInRow(
  row: string,
  string: string,
  index: number,
  step: 1 | -1,
): number {
  const { length } = string;
  let last = -1;
  for (let i = 0, start = 1; start <= row.length; i++) {
    if (step === -1 && i > index) break;
    const size = row.charCodeAt(start - 1);
    if (size === length && row.startsWith(string, start)) {
      if (step === -1) last = i;
      else if (i >= index) return i;
    }
    start += size + 1;
  }
  return last;
}
