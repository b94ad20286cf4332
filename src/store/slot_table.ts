const PAGE_BITS = 12;
const PAGE_SLOTS = 1 << PAGE_BITS;
const FIELDS = 4;
const FIRST_SLOTS = 16;

/** What is kept by slot, 32 bits each: one line of the cache holds four slots. */
export const Field = {
  /** Where the record of the key lies in the slab. */
  address: 0,
  /** The hash of the key. */
  hash: 1,
  /** What is remembered of accesses. */
  access: 2,
  /** Bytes of the key. */
  keyLength: 3,
} as const;
export type Field = typeof Field[keyof typeof Field];

/**
 * A few numbers for each slot, in typed arrays of a page each: growing by a page
 * takes no pause, and the garbage collector has nothing to walk.
 */
export class SlotTable {
  size = 0;
  readonly #pages: Int32Array[] = [new Int32Array(FIRST_SLOTS * FIELDS)];

  /** Returns a field as a signed number. */
  get(slot: number, field: Field): number {
    return this.#pages[slot >>> PAGE_BITS]![
      (slot & (PAGE_SLOTS - 1)) * FIELDS + field
    ]!;
  }

  set(slot: number, field: Field, value: number): void {
    this.#pages[slot >>> PAGE_BITS]![
      (slot & (PAGE_SLOTS - 1)) * FIELDS + field
    ] = value;
  }

  /** Adds a slot with all fields 0; returns it. */
  push(): number {
    const slot = this.size++;
    const number = slot >>> PAGE_BITS;
    const page = this.#pages[number];
    if (page === undefined) {
      this.#pages.push(new Int32Array(PAGE_SLOTS * FIELDS));
    } else if (number === 0 && slot * FIELDS === page.length) {
      // The other pages are whole from the start.
      const larger = new Int32Array(page.length * 2);
      larger.set(page);
      this.#pages[0] = larger;
    }
    for (let field = 0; field < FIELDS; field++) {
      this.set(slot, field as Field, 0);
    }
    return slot;
  }

  /** Removes the last slot, after its fields were given to `slot`. */
  popInto(slot: number): void {
    const last = --this.size;
    if (slot !== last) {
      for (let field = 0; field < FIELDS; field++) {
        this.set(slot, field as Field, this.get(last, field as Field));
      }
    }
    // One page is kept, for slots that come and go at its edge.
    if ((last >>> PAGE_BITS) + 2 < this.#pages.length) this.#pages.pop();
  }
}
