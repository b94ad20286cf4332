import { getHeapStatistics } from "node:v8";

/**
 * Part of the heap's limit that counts as full. V8 ends the process when there is
 * no more; so near to the limit it collects garbage before half of the rest is
 * taken, so that what is used then is nearly all alive.
 */
const FULL = 0.8;
/** Part of the limit by which the data may grow before the next look: values take up to 2.4 times the bytes that are counted. */
const STEP = 1 / 64;
/** Part of the data with which the heap was full that counts as less, before the garbage collector has shown it. */
const CALM = 0.95;

/** Bytes of the heap in use, garbage included, and how many there may be. */
export interface HeapFigures {
  readonly used: number;
  readonly limit: number;
}

/** Returns the figures of V8's heap: strings and keys of the keyspace are not in it. */
export function v8Heap(): HeapFigures {
  const { used_heap_size, heap_size_limit } = getHeapStatistics();
  return { used: used_heap_size, limit: heap_size_limit };
}

/** Tells when the heap is so full that data must not grow, `maxmemory` or not. */
export class Heap {
  /** Bytes by which the data may grow before `look()` is to be called again. */
  readonly step: number;
  readonly #figures: () => HeapFigures;
  /** Bytes of data with which the heap was found full. */
  #fullAt = Infinity;

  constructor(figures: () => HeapFigures = v8Heap) {
    this.#figures = figures;
    this.step = figures().limit * STEP;
  }

  /** Bytes of data for which there is room; Infinity unless the heap was full at the last look. */
  get room(): number {
    return this.#fullAt * CALM;
  }

  /** Looks at the heap while there are so many bytes of data; returns whether they are too many. */
  look(data: number): boolean {
    const { used, limit } = this.#figures();
    if (used < limit * FULL) this.#fullAt = Infinity;
    else if (this.#fullAt === Infinity) this.#fullAt = data;
    return data > this.room;
  }
}
