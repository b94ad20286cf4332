const CR = 13, DOLLAR = 36, ASTERISK = 42, ZERO = 48;
/** Longer ones are not looked behind: they would have to be read from memory for that. */
const LONGEST = 64 * 1024;

/**
 * Looks at the requests that lie in `bytes` from `at` on, up to `end`, without
 * judging them, and notes in `ranges` where the first argument of each begins and
 * ends. It stops where one is not complete or not RESP, and when `ranges` is full.
 * Returns how many it has noted.
 */
export function firstArguments(
  bytes: Uint8Array,
  at: number,
  end: number,
  ranges: Int32Array,
): number {
  let found = 0;
  while (
    found * 2 < ranges.length && at < end && bytes[at] === ASTERISK
  ) {
    let left = 0;
    for (at++; at < end && bytes[at] !== CR; at++) {
      left = left * 10 + bytes[at]! - ZERO;
    }
    if (!(left >= 0 && left <= LONGEST)) return found;
    at += 2;
    let start = -1, stop = 0;
    for (let i = 0; i < left; i++) {
      if (at >= end || bytes[at] !== DOLLAR) return found;
      let length = 0;
      for (at++; at < end && bytes[at] !== CR; at++) {
        length = length * 10 + bytes[at]! - ZERO;
      }
      if (!(length >= 0 && length <= LONGEST)) return found;
      at += 2;
      if (i === 1) {
        start = at;
        stop = at + length;
      }
      at += length + 2;
      if (at > end) return found;
    }
    if (start < 0) continue;
    ranges[found * 2] = start;
    ranges[found * 2 + 1] = stop;
    found++;
  }
  return found;
}
