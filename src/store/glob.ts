/**
 * Returns whether `text` matches a glob pattern as Redis understands it in
 * KEYS, SCAN, PSUBSCRIBE and CONFIG GET: `*` any run, `?` any byte, `[a-c]` and
 * `[^x]` classes, `\` takes the next byte literally. Both are byte strings;
 * `ignoreCase` folds ASCII letters.
 *
 * A run that failed to the very end of the text fails the whole match, and more
 * than 1000 runs never match, so that no pattern costs more than
 * O(pattern * text).
 */
export function globMatches(
  pattern: string,
  text: string,
  ignoreCase = false,
): boolean {
  return new Matcher(pattern, text, ignoreCase).matches(0, 0, 0);
}

const MAX_NESTING = 1000;

const STAR = 42;
const QUESTION = 63;
const OPEN = 91;
const BACKSLASH = 92;
const CLOSE = 93;
const CARET = 94;
const DASH = 45;

class Matcher {
  readonly #pattern: string;
  readonly #text: string;
  readonly #ignoreCase: boolean;
  /** Set once the rest of the pattern was not found from anywhere: longer matches of earlier runs would only start later. */
  #hopeless = false;
  /** Where the pattern goes on after the class that was read last. */
  #classEnd = 0;

  constructor(pattern: string, text: string, ignoreCase: boolean) {
    this.#pattern = pattern;
    this.#text = text;
    this.#ignoreCase = ignoreCase;
  }

  matches(p: number, t: number, nesting: number): boolean {
    if (nesting > MAX_NESTING) return false;
    const pattern = this.#pattern;
    const text = this.#text;
    while (p < pattern.length && t < text.length) {
      let code = pattern.charCodeAt(p);
      if (code === STAR) {
        while (pattern.charCodeAt(p + 1) === STAR) p++;
        if (p + 1 === pattern.length) return true;
        return this.#matchesRun(p + 1, t, nesting);
      }
      if (code === OPEN) {
        if (!this.#classMatches(p + 1, text.charCodeAt(t))) return false;
        p = this.#classEnd;
      } else if (code !== QUESTION) {
        if (code === BACKSLASH && p + 1 < pattern.length) {
          code = pattern.charCodeAt(++p);
        }
        if (this.#fold(code) !== this.#fold(text.charCodeAt(t))) return false;
      }
      p++;
      t++;
    }
    if (t === text.length && t > 0) {
      while (pattern.charCodeAt(p) === STAR) p++;
    }
    return p === pattern.length && t === text.length;
  }

  #matchesRun(p: number, t: number, nesting: number): boolean {
    for (; t < this.#text.length; t++) {
      if (this.matches(p, t, nesting + 1)) return true;
      if (this.#hopeless) return false;
    }
    this.#hopeless = true;
    return false;
  }

  /** Matches the class whose first char is at `p`, and leaves `#classEnd` at its last char. */
  #classMatches(p: number, code: number): boolean {
    const pattern = this.#pattern;
    const negated = pattern.charCodeAt(p) === CARET;
    if (negated) p++;
    let found = false;
    for (;; p++) {
      const left = pattern.length - p;
      const first = pattern.charCodeAt(p);
      if (first === BACKSLASH && left >= 2) {
        // Redis compares an escaped byte exactly, whatever the case rule.
        if (pattern.charCodeAt(++p) === code) found = true;
      } else if (first === CLOSE) {
        break;
      } else if (left <= 0) {
        p--;
        break;
      } else if (left >= 3 && pattern.charCodeAt(p + 1) === DASH) {
        if (this.#inRange(first, pattern.charCodeAt(p + 2), code)) found = true;
        p += 2;
      } else if (this.#fold(first) === this.#fold(code)) {
        found = true;
      }
    }
    this.#classEnd = p;
    return found !== negated;
  }

  #inRange(a: number, b: number, code: number): boolean {
    // The ends are put in order before case is folded, and compare as signed
    // chars, both as in Redis: bytes from 128 sort before 0.
    const low = signed(a) <= signed(b) ? a : b;
    const high = low === a ? b : a;
    const c = signed(this.#fold(code));
    return c >= signed(this.#fold(low)) && c <= signed(this.#fold(high));
  }

  #fold(code: number): number {
    return this.#ignoreCase && code >= 65 && code <= 90 ? code + 32 : code;
  }
}

function signed(byte: number): number {
  return byte > 127 ? byte - 256 : byte;
}
