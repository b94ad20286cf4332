import { withElement } from "./compact_array.ts";

/** Elements of a page, as a power of two and as a number. */
const PAGE_BITS = 8;
const PAGE = 1 << PAGE_BITS;

/**
 * An array in pages. Growing never moves more than a page, and a copy shares the
 * pages with its original until one of the two changes them: so a large value is
 * copied at once when it changes while it is being saved.
 *
 * | operation | cost |
 * |---|---|
 * | `at`, `set`, `push`, `pop` | O(1); a page is copied when a shared one changes first |
 * | `indexOf`, `removeInOrder` | O(n) |
 * | `copy` | O(n / 256) |
 */
export class PagedArray<T> {
  length = 0;
  #pages: T[][] = [];
  /** By page: 1 of one that a copy, or what this is a copy of, may have too. */
  #shared: Uint8Array | undefined = undefined;

  at(index: number): T {
    return this.#pages[index >>> PAGE_BITS]![index & (PAGE - 1)]!;
  }

  /** Replaces the element at `index`, which must exist. */
  set(index: number, element: T): void {
    this.#own(index >>> PAGE_BITS)[index & (PAGE - 1)] = element;
  }

  push(element: T): void {
    const number = this.length++ >>> PAGE_BITS;
    if (number === this.#pages.length) {
      this.#pages = withElement(this.#pages, [element]);
      return;
    }
    const page = withElement(this.#own(number), element);
    // One that is full needs no room to grow.
    this.#pages[number] = page.length === PAGE ? page.slice() : page;
  }

  /** Removes the last element, which must exist, and returns it. */
  pop(): T {
    const number = --this.length >>> PAGE_BITS;
    const element = this.#own(number).pop()!;
    if ((this.length & (PAGE - 1)) === 0) this.#pages.pop();
    return element;
  }

  /** Removes the element at `index`; those after it move down by one. */
  removeInOrder(index: number): void {
    let number = index >>> PAGE_BITS;
    this.#own(number).splice(index & (PAGE - 1), 1);
    while (number + 1 < this.#pages.length) {
      const moved = this.#own(number + 1).shift()!;
      this.#pages[number++]!.push(moved);
    }
    this.length--;
    if ((this.length & (PAGE - 1)) === 0) this.#pages.pop();
  }

  /** Returns the first index of an element, or -1. */
  indexOf(element: T): number {
    for (const [number, page] of this.#pages.entries()) {
      const index = page.indexOf(element);
      if (index >= 0) return number * PAGE + index;
    }
    return -1;
  }

  /** Returns an array of the same elements. */
  copy(): PagedArray<T> {
    const copy = new PagedArray<T>();
    copy.length = this.length;
    copy.#pages = this.#pages.slice();
    copy.#shared = new Uint8Array(this.#pages.length).fill(1);
    this.#shared = copy.#shared.slice();
    return copy;
  }

  /** Returns a page that may be changed. */
  #own(number: number): T[] {
    const shared = this.#shared;
    // Pages beyond those that were there when it was copied are its own.
    if (shared !== undefined && shared[number] === 1) {
      shared[number] = 0;
      this.#pages[number] = this.#pages[number]!.slice();
    }
    return this.#pages[number]!;
  }
}
