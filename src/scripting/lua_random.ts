/** The 48-bit generator behind Redis's `math.random`: the same numbers on every machine. */
export class LuaRandom {
  /** The state, 24 bits each. */
  #high = 0x1234ab;
  #low = 0xcd330e;

  seed(seed: number): void {
    // 32 bits of seed, and 16 that are always the same.
    this.#high = (seed >>> 8) & 0xffffff;
    this.#low = (seed & 0xff) << 16 | 0x330e;
  }

  /** Returns the next number from 0 up to, but without, 1. */
  next(): number {
    const low = this.#low * 0xece66d + 0xb;
    const high = this.#high * 0xece66d + this.#low * 0x5de +
      Math.floor(low / 2 ** 24);
    this.#low = low % 2 ** 24;
    this.#high = high % 2 ** 24;
    const bits = this.#high * 2 ** 7 + Math.floor(this.#low / 2 ** 17);
    const largest = 2 ** 31 - 1;
    return bits % largest / largest;
  }
}
