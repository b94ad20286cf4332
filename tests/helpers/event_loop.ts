import { setImmediate } from "node:timers/promises";

/** Lets everything that is ready to run, sockets included, run once. */
export function turn(): Promise<void> {
  return setImmediate();
}

/**
 * Turns the event loop until `condition` holds.
 *
 * @throws {Error} naming `what` when the condition still fails after `patienceMs` of real time.
 */
export async function until(
  what: string,
  condition: () => boolean | Promise<boolean>,
  patienceMs = 5000,
): Promise<void> {
  const deadline = performance.now() + patienceMs;
  while (!await condition()) {
    if (performance.now() > deadline) {
      throw new Error(`Waited ${patienceMs} ms in vain until ${what}`);
    }
    await turn();
  }
}

/**
 * The outcome of `promise`, or a rejection that names `what` after `patienceMs` of real time, so that
 * a reply that never comes fails its test and does not hang the run.
 */
export function patiently<T>(
  what: string,
  promise: Promise<T>,
  patienceMs = 5000,
): Promise<T> {
  let timer: ReturnType<typeof setTimeout>;
  const impatience = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () => reject(new Error(`Waited ${patienceMs} ms in vain for ${what}`)),
      patienceMs,
    );
  });
  return Promise.race([promise, impatience]).finally(() => clearTimeout(timer));
}
