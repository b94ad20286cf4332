import { compareIds, type StreamId } from "./stream_id.ts";

/** Items per block; a block that is full is halved, or left full when what comes goes behind it. */
const BLOCK = 128;

/**
 * Things with a stream id, in the order of their ids: sorted blocks in a sorted
 * array. Made for what mostly comes at the end and leaves at the beginning.
 *
 * | operation | cost |
 * |---|---|
 * | `get`, `atOrAfter` | O(log n) |
 * | `add`, `remove` | O(log n) and moving a block; of n / 128 blocks where one comes or goes |
 * | `first`, `last` | O(1) |
 */
export class StreamIndex<T extends StreamId> {
  length = 0;
  readonly #blocks: T[][] = [];

  get first(): T | undefined {
    return this.#blocks[0]?.[0];
  }

  get last(): T | undefined {
    return this.#blocks.at(-1)?.at(-1);
  }

  get(id: StreamId): T | undefined {
    const item = this.atOrAfter(id);
    return item !== undefined && compareIds(item, id) === 0 ? item : undefined;
  }

  /** Returns the first item whose id is `id` or above. */
  atOrAfter(id: StreamId): T | undefined {
    const b = this.#blockOf(id);
    const block = this.#blocks[b];
    if (block === undefined) return undefined;
    return block[placeIn(block, id)] ?? this.#blocks[b + 1]?.[0];
  }

  /** Adds an item whose id is not there. */
  add(item: T): void {
    this.length++;
    const blocks = this.#blocks;
    const b = this.#blockOf(item);
    const block = blocks[b];
    if (block === undefined) {
      blocks.push([item]);
      return;
    }
    const place = placeIn(block, item);
    if (block.length < BLOCK) block.splice(place, 0, item);
    else if (place === BLOCK && b === blocks.length - 1) blocks.push([item]);
    else {
      const upper = block.splice(BLOCK / 2);
      blocks.splice(b + 1, 0, upper);
      if (place <= BLOCK / 2) block.splice(place, 0, item);
      else upper.splice(place - BLOCK / 2, 0, item);
    }
  }

  /** Removes the item with `id`; returns it if it was there. */
  remove(id: StreamId): T | undefined {
    const b = this.#blockOf(id);
    const block = this.#blocks[b];
    if (block === undefined) return undefined;
    const place = placeIn(block, id);
    const item = block[place];
    if (item === undefined || compareIds(item, id) !== 0) return undefined;
    this.length--;
    if (block.length === 1) this.#blocks.splice(b, 1);
    else block.splice(place, 1);
    return item;
  }

  /** The items from `id` on; nothing may change meanwhile. */
  *from(id: StreamId): Generator<T> {
    let b = this.#blockOf(id);
    let block = this.#blocks[b];
    if (block === undefined) return;
    let place = placeIn(block, id);
    for (; block !== undefined; block = this.#blocks[++b], place = 0) {
      for (; place < block.length; place++) yield block[place]!;
    }
  }

  *[Symbol.iterator](): Generator<T> {
    for (const block of this.#blocks) yield* block;
  }

  /** Returns the last block that begins at `id` or below, or the first one. */
  #blockOf(id: StreamId): number {
    let low = 0, high = this.#blocks.length;
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if (compareIds(this.#blocks[middle]![0]!, id) <= 0) low = middle;
      else high = middle;
    }
    return low;
  }
}

/** Returns the index of the first item whose id is `id` or above; the number of items when there is none. */
function placeIn(items: readonly StreamId[], id: StreamId): number {
  let low = 0, high = items.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (compareIds(items[middle]!, id) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}
