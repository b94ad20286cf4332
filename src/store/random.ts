/** Where the server gets its randomness from: injected, so that a test can repeat it. */
export interface Random {
  /** Returns a whole number from 0 up to, and without, `limit`. */
  below(limit: number): number;
  /** Returns `length` hexadecimal digits, as in a run id. */
  hex(length: number): string;
  /** Returns `length` hexadecimal digits that nobody can guess, whatever other numbers he knows: a password. */
  secret(length: number): string;
}

/** Returns `count` different whole numbers from 0 up to, and without, `limit`, in no particular order. */
export function sample(
  random: Random,
  count: number,
  limit: number,
): Iterable<number> {
  if (count * 3 < limit) {
    const picked = new Set<number>();
    while (picked.size < count) picked.add(random.below(limit));
    return picked;
  }
  const numbers = Array.from({ length: limit }, (_, i) => i);
  for (let i = 0; i < count; i++) {
    const other = i + random.below(limit - i);
    const number = numbers[i]!;
    numbers[i] = numbers[other]!;
    numbers[other] = number;
  }
  numbers.length = count;
  return numbers;
}

/** Returns 32 bits of the machine's entropy, for what no reply can tell: how a table of hashes is laid out. */
export function randomSeed(): number {
  return crypto.getRandomValues(new Int32Array(1))[0]!;
}

/** A fast generator (xoshiro128**) that gives the same numbers for the same seed. */
export class SeededRandom implements Random {
  #entropy: "seed" | "machine" = "seed";
  readonly #state = new Uint32Array(4);

  constructor(seed: number) {
    let n = seed >>> 0;
    // splitmix32 spreads the seed, so that near seeds do not give near states.
    for (let i = 0; i < 4; i++) {
      n = (n + 0x9e3779b9) >>> 0;
      let mixed = Math.imul(n ^ (n >>> 16), 0x85ebca6b);
      mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
      this.#state[i] = mixed ^ (mixed >>> 16);
    }
  }

  /** Returns a generator that starts from the machine's entropy. */
  static fromEntropy(): SeededRandom {
    const random = new SeededRandom(
      crypto.getRandomValues(new Uint32Array(1))[0]!,
    );
    random.#entropy = "machine";
    return random;
  }

  below(limit: number): number {
    const fraction = (this.#next() * 0x200000 + (this.#next() >>> 11)) /
      2 ** 53;
    return Math.floor(fraction * limit);
  }

  hex(length: number): string {
    let digits = "";
    while (digits.length < length) {
      digits += digitsOf(this.#next());
    }
    return digits.slice(0, length);
  }

  secret(length: number): string {
    // Only a generator that is to repeat itself may give a secret away.
    if (this.#entropy === "seed") return this.hex(length);
    const words = crypto.getRandomValues(new Uint32Array(length / 8 + 1));
    return Array.from(words, digitsOf).join("").slice(0, length);
  }

  #next(): number {
    const s = this.#state;
    const times5 = Math.imul(s[1]!, 5);
    const result = Math.imul((times5 << 7) | (times5 >>> 25), 9);
    const shifted = s[1]! << 9;
    s[2]! ^= s[0]!;
    s[3]! ^= s[1]!;
    s[1]! ^= s[2]!;
    s[0]! ^= s[3]!;
    s[2]! ^= shifted;
    s[3] = (s[3]! << 11) | (s[3]! >>> 21);
    return result >>> 0;
  }
}

function digitsOf(word: number): string {
  return word.toString(16).padStart(8, "0");
}
