/** Makes a list as short as it can be while it still shows the same fault. */

/** Tries at most; each one runs the whole list. */
const MOST_TRIES = 300;

/**
 * Returns a part of `items` for which `fails` still holds, none of whose items can be left out, as far as
 * the tries reach. Leaves out halves, then quarters, and so on (delta debugging).
 */
export async function shrink<T>(
  items: readonly T[],
  fails: (part: readonly T[]) => Promise<boolean>,
): Promise<readonly T[]> {
  let rest = items;
  let tries = 0;
  for (let size = Math.ceil(rest.length / 2); size >= 1;) {
    let shorter = false;
    for (let end = rest.length; end > 0 && tries < MOST_TRIES; end -= size) {
      const part = rest.toSpliced(Math.max(0, end - size), Math.min(size, end));
      tries++;
      if (!await fails(part)) continue;
      rest = part;
      shorter = true;
    }
    if (tries >= MOST_TRIES) break;
    if (size === 1 && !shorter) break;
    if (!shorter || size > 1) size = Math.max(1, Math.floor(size / 2));
  }
  return rest;
}
