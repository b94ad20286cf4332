import { SeededRandom } from "../../src/store/random.ts";

/** Random test data that a seed determines. */
export class TestRandom extends SeededRandom {
  /** A whole number from `from` to `to`, both included. */
  between(from: number, to: number): number {
    return from + this.below(to - from + 1);
  }

  /** True with the given probability. */
  chance(probability = 0.5): boolean {
    return this.below(1_000_000) < probability * 1_000_000;
  }

  /** One of the choices. */
  pick<T>(choices: readonly T[]): T {
    if (choices.length === 0) throw new RangeError("Nothing to pick from");
    return choices[this.below(choices.length)] as T;
  }

  /** The choices in random order. */
  shuffle<T>(choices: readonly T[]): T[] {
    const shuffled = [...choices];
    for (let i = shuffled.length - 1; i > 0; i--) {
      const j = this.below(i + 1);
      [shuffled[i], shuffled[j]] = [shuffled[j] as T, shuffled[i] as T];
    }
    return shuffled;
  }

  /** As many results of `make` as asked for. */
  list<T>(length: number, make: (index: number) => T): T[] {
    return Array.from({ length }, (_, index) => make(index));
  }

  /** A byte string of random bytes. */
  bytes(length: number): string {
    return this.list(length, () => String.fromCharCode(this.below(256))).join(
      "",
    );
  }

  /** A string of random chars of the alphabet. */
  text(length: number, alphabet = "abcdefghijklmnopqrstuvwxyz"): string {
    return this.list(length, () => alphabet[this.below(alphabet.length)]).join(
      "",
    );
  }
}

/** How a property is tested. */
export interface PropertyOptions {
  /** Number of seeds to try; 100 unless told. */
  readonly runs?: number;
}

/**
 * Registers a test that calls `check` with many seeds, new ones each time. A failure names its seed;
 * `REDIS_LITE_SEED=<seed>` in the environment runs that seed alone.
 */
export function property(
  name: string,
  check: (random: TestRandom) => void | Promise<void>,
  options: PropertyOptions = {},
): void {
  Deno.test(
    name,
    () => checkProperty(check, options, Deno.env.get("REDIS_LITE_SEED")),
  );
}

/** What {@linkcode property} registers; `chosen` is the one seed to run, if any. */
export async function checkProperty(
  check: (random: TestRandom) => void | Promise<void>,
  { runs = 100 }: PropertyOptions,
  chosen?: string,
): Promise<void> {
  if (chosen !== undefined && !/^[0-9]+$/.test(chosen)) {
    throw new Error(`REDIS_LITE_SEED must be a number: ${chosen}`);
  }
  const seeds = chosen === undefined
    ? crypto.getRandomValues(new Uint32Array(runs))
    : [Number(chosen)];
  for (const seed of seeds) {
    try {
      await check(new TestRandom(seed));
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      throw new Error(`REDIS_LITE_SEED=${seed} fails: ${message}`, {
        cause: error,
      });
    }
  }
}
