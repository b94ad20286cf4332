import { Buffer } from "node:buffer";

/*
 * LZF, the compression of strings in RDB files: runs of up to 32 bytes as they
 * are, and references of 3 to 264 bytes to what stands up to 8192 bytes before.
 *
 * The one package of npm, `lzfjs`, gathers its output in plain arrays, eight bytes
 * for each and without a limit to what a few bytes may unpack to, and clears a
 * table of 64 Ki places for every string, however short.
 */

const HASH_BITS = 16;
const LONGEST_RUN = 32;
const LONGEST_MATCH = 264;
const FARTHEST = 8192;
/** A reference of three bytes stands for at most `LONGEST_MATCH`. */
const HIGHEST_RATIO = LONGEST_MATCH / 3;
/** Positions that the table of an `Lzf` may hold before it is cleared. */
const POSITIONS = 2 ** 30;

/** Packs byte strings as Redis does; it keeps a table of 256 KiB for that. */
export class Lzf {
  /** By the hash of three bytes: where they stood last, counted over all inputs. */
  readonly #seen = new Int32Array(1 << HASH_BITS);
  /** Positions of the input under way begin here: what is below belongs to earlier ones. */
  #base = 1;

  /** Packs `input` into `output`; returns the length, or 0 when it does not fit. */
  compress(input: Uint8Array, output: Uint8Array): number {
    const { length } = input;
    const room = output.length;
    if (length < 4) return 0;
    if (this.#base > POSITIONS - length) {
      this.#seen.fill(0);
      this.#base = 1;
    }
    const base = this.#base;
    this.#base += length;
    const seen = this.#seen;
    const last = length - 2;
    let at = 0, out = 1, run = 0;
    while (at < last) {
      const slot = hash(input, at);
      const from = seen[slot]! - base;
      seen[slot] = at + base;
      const distance = at - from - 1;
      if (
        from <= 0 || distance >= FARTHEST || input[from] !== input[at] ||
        input[from + 1] !== input[at + 1] || input[from + 2] !== input[at + 2]
      ) {
        if (out >= room) return 0;
        output[out++] = input[at++]!;
        if (++run === LONGEST_RUN) {
          output[out - run - 1] = run - 1;
          run = 0;
          out++;
        }
        continue;
      }
      if (out - (run === 0 ? 1 : 0) + 4 >= room) return 0;
      if (run === 0) out--;
      else output[out - run - 1] = run - 1;
      const longest = Math.min(length - at - 2, LONGEST_MATCH);
      let matched = 3;
      while (
        matched < longest && input[from + matched] === input[at + matched]
      ) matched++;
      const code = matched - 2;
      if (code < 7) output[out++] = distance >> 8 | code << 5;
      else {
        output[out++] = distance >> 8 | 7 << 5;
        output[out++] = code - 7;
      }
      output[out++] = distance;
      run = 0;
      out++;
      at += matched;
      if (at >= last) break;
      // The last two places of the match are remembered, and none of those before.
      seen[hash(input, at - 2)] = at - 2 + base;
      seen[hash(input, at - 1)] = at - 1 + base;
    }
    if (out + 3 > room) return 0;
    while (at < length) {
      output[out++] = input[at++]!;
      if (++run === LONGEST_RUN) {
        output[out - run - 1] = run - 1;
        run = 0;
        out++;
      }
    }
    if (run === 0) return out - 1;
    output[out - run - 1] = run - 1;
    return out;
  }
}

function hash(bytes: Uint8Array, at: number): number {
  const three = bytes[at]! << 16 | bytes[at + 1]! << 8 | bytes[at + 2]!;
  return (three >> 24 - HASH_BITS) - three * 5 & (1 << HASH_BITS) - 1;
}

/** Returns the `length` bytes that `input` stands for, or `undefined` when it does not stand for that many. */
export function decompress(
  input: Uint8Array,
  length: number,
): Buffer | undefined {
  if (length > input.length * HIGHEST_RATIO) return undefined;
  const output = Buffer.allocUnsafe(length);
  let at = 0, out = 0;
  while (at < input.length) {
    const control = input[at++]!;
    if (control < LONGEST_RUN) {
      const run = control + 1;
      if (at + run > input.length || out + run > length) return undefined;
      for (let i = 0; i < run; i++) output[out++] = input[at++]!;
      continue;
    }
    let matched = (control >> 5) + 2;
    if (matched === 9) {
      if (at >= input.length) return undefined;
      matched += input[at++]!;
    }
    if (at >= input.length) return undefined;
    let from = out - ((control & 31) << 8) - input[at++]! - 1;
    if (from < 0 || out + matched > length) return undefined;
    for (let i = 0; i < matched; i++) output[out++] = output[from++]!;
  }
  return out === length ? output : undefined;
}
