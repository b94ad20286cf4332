const PAGE_BITS = 10;
const PAGE_SIZE = 1 << PAGE_BITS;
const NONE = -1;

/**
 * Objects under numbers that stay theirs until they are removed. It grows by
 * pages: a single array pauses when it grows beyond a million elements.
 *
 * All operations are O(1).
 */
export class ObjectTable<T extends object> {
  /** An entry that is free holds the number of the next one. */
  readonly #pages: (T | number)[][] = [];
  #firstFree = NONE;
  /** Numbers given out so far. */
  #count = 0;

  get(number: number): T {
    return this.#pages[number >>> PAGE_BITS]![
      number & (PAGE_SIZE - 1)
    ] as T;
  }

  set(number: number, object: T): void {
    this.#pages[number >>> PAGE_BITS]![number & (PAGE_SIZE - 1)] = object;
  }

  /** Adds an object; returns its number. */
  add(object: T): number {
    const number = this.#firstFree;
    if (number === NONE) {
      if ((this.#count & (PAGE_SIZE - 1)) === 0) this.#pages.push([]);
      this.#pages[this.#count >>> PAGE_BITS]!.push(object);
      return this.#count++;
    }
    const page = this.#pages[number >>> PAGE_BITS]!;
    this.#firstFree = page[number & (PAGE_SIZE - 1)] as number;
    page[number & (PAGE_SIZE - 1)] = object;
    return number;
  }

  remove(number: number): void {
    const page = this.#pages[number >>> PAGE_BITS]!;
    page[number & (PAGE_SIZE - 1)] = this.#firstFree;
    this.#firstFree = number;
  }
}
