import type { Int64 } from "../../protocol/integer.ts";
import { byName, ConsumerGroup } from "./stream_group.ts";
import {
  compareIds,
  counted,
  difference,
  isZero,
  type StreamId,
  ZERO_ID,
} from "./stream_id.ts";
import {
  type NodeLimits,
  type StreamEntry,
  StreamNode,
} from "./stream_node.ts";
import type { Structure } from "./value.ts";

const OBJECT = 300;
/** Removed nodes at the head from which the array is moved up. */
const MANY_REMOVED = 32;

/** Up to where a stream is trimmed. */
export interface TrimTarget {
  /** How many entries may stay, or the least id that may. */
  readonly keep: number | StreamId;
  /** Whether only whole nodes go. */
  readonly approximate: boolean;
  /** How many entries may go at most; 0 for any number. */
  readonly limit: number;
}

/**
 * A stream: entries in the order of their ids, which only ever grow, and groups
 * of consumers that share them. Entries lie in nodes as in Redis's stream, where
 * a node is a listpack.
 *
 * | operation | cost |
 * |---|---|
 * | `append` | O(1), amortised |
 * | `find`, `delete` | O(log n) and moving entries of one node |
 * | `range` | O(log n + entries returned) |
 * | `trim` | O(nodes removed), plus one node where it is exact |
 * | `lag`, `entriesReadAt` | O(1) |
 * | `copy` | O(n) |
 */
export class Stream implements Structure {
  readonly type = "stream";
  length = 0;
  accounted = 0;
  /** The id of the last entry there was; XSETID sets it. */
  lastId: StreamId = ZERO_ID;
  /** How many entries were ever added. */
  entriesAdded: Int64 = 0;
  /** The greatest id of an entry that XDEL has removed. */
  maxDeletedId: StreamId = ZERO_ID;
  readonly #groupMemory = { bytes: 0 };
  readonly #groups = new Map<string, ConsumerGroup>();
  /** Those before `#head` are removed. */
  #nodes: (StreamNode | undefined)[] = [];
  #head = 0;
  #bytes = 0;

  get memory(): number {
    return OBJECT + this.#bytes + this.#groupMemory.bytes;
  }

  /** Number of nodes: what XINFO calls radix-tree-keys. */
  get nodeCount(): number {
    return this.#nodes.length - this.#head;
  }

  /** The ids by which nodes are found. */
  get nodeIds(): readonly StreamId[] {
    return this.#nodes.slice(this.#head).map((node) => node!.masterId);
  }

  get first(): StreamEntry | undefined {
    for (let n = this.#head; n < this.#nodes.length; n++) {
      const node = this.#nodes[n]!;
      if (node.length > 0) return node.entryAt(0);
    }
    return undefined;
  }

  get last(): StreamEntry | undefined {
    for (let n = this.#nodes.length - 1; n >= this.#head; n--) {
      const node = this.#nodes[n]!;
      if (node.length > 0) return node.entryAt(node.length - 1);
    }
    return undefined;
  }

  /** Appends an entry whose id, which is kept, is above `lastId`. */
  append(id: StreamId, fields: readonly string[], limits: NodeLimits): void {
    this.restore(id, fields, limits);
    this.lastId = id;
    this.entriesAdded = counted(this.entriesAdded);
  }

  /** Appends an entry that was counted before: one of a snapshot. */
  restore(id: StreamId, fields: readonly string[], limits: NodeLimits): void {
    let size = 0;
    for (const field of fields) size += field.length;
    let node = this.nodeCount === 0
      ? undefined
      : this.#nodes[this.#nodes.length - 1];
    if (node === undefined || node.isFull(size, limits)) {
      node = new StreamNode(id, fields);
      this.#nodes.push(node);
      this.#bytes += node.memory;
    }
    this.#bytes -= node.memory;
    node.push(id, fields);
    this.#bytes += node.memory;
    this.length++;
  }

  find(id: StreamId): StreamEntry | undefined {
    const node = this.#nodes[this.#nodeOf(id)];
    if (node === undefined) return undefined;
    const place = node.placeOf(id);
    return node.isAt(place, id) ? node.entryAt(place) : undefined;
  }

  /** Returns up to `count` entries from `start` to `end`, both included; backwards from the end if asked. */
  range(
    start: StreamId,
    end: StreamId,
    count = Infinity,
    order: "forward" | "backward" = "forward",
  ): StreamEntry[] {
    const found: StreamEntry[] = [];
    if (this.length === 0 || compareIds(start, end) > 0) return found;
    const step = order === "forward" ? 1 : -1;
    let n = this.#nodeOf(step > 0 ? start : end);
    for (; n >= this.#head && n < this.#nodes.length; n += step) {
      const node = this.#nodes[n]!;
      const from = node.placeOf(start);
      let to = node.placeOf(end);
      if (node.isAt(to, end)) to++;
      if (step > 0) {
        for (let i = from; i < to; i++) {
          if (found.length >= count) return found;
          found.push(node.entryAt(i));
        }
        if (to < node.length) return found;
      } else {
        for (let i = to - 1; i >= from; i--) {
          if (found.length >= count) return found;
          found.push(node.entryAt(i));
        }
        if (from > 0) return found;
      }
    }
    return found;
  }

  /** Deletes an entry as XDEL does; returns whether it was there. */
  delete(id: StreamId): boolean {
    const n = this.#nodeOf(id);
    const node = this.#nodes[n];
    if (node === undefined) return false;
    const place = node.placeOf(id);
    if (!node.isAt(place, id)) return false;
    this.#deleteAt(node, place);
    if (node.length === 0) this.#removeNode(n);
    if (compareIds(id, this.maxDeletedId) > 0) this.maxDeletedId = id;
    return true;
  }

  /** Removes entries from the head; returns how many. */
  trim({ keep, approximate, limit }: TrimTarget): number {
    const before = this.length;
    while (this.nodeCount > 0) {
      if (typeof keep === "number" && this.length <= keep) break;
      const node = this.#nodes[this.#head]!;
      const { length } = node;
      if (limit > 0 && before - this.length + length > limit) break;
      const isWhole = typeof keep === "number"
        ? this.length - length >= keep
        : compareIds(node.lastId, keep) < 0;
      if (isWhole) {
        this.length -= length;
        this.#removeNode(this.#head);
        continue;
      }
      if (approximate) break;
      const excess = typeof keep === "number"
        ? this.length - keep
        : node.placeOf(keep);
      for (let i = 0; i < excess; i++) this.#deleteAt(node, 0);
      break;
    }
    return before - this.length;
  }

  /** The groups, by their names. */
  get groups(): readonly ConsumerGroup[] {
    return [...this.#groups.values()].sort(byName);
  }

  get groupCount(): number {
    return this.#groups.size;
  }

  group(name: string): ConsumerGroup | undefined {
    return this.#groups.get(name);
  }

  /** Adds a group whose name is not there. */
  addGroup(
    name: string,
    lastId: StreamId,
    entriesRead: Int64 | undefined,
  ): ConsumerGroup {
    const group = new ConsumerGroup(
      name,
      lastId,
      entriesRead,
      this.#groupMemory,
    );
    this.#groups.set(name, group);
    return group;
  }

  removeGroup(group: ConsumerGroup): void {
    this.#groups.delete(group.name);
    group.release();
  }

  /** Notes that `group` was delivered the entry `id`, the one after its last. */
  advance(group: ConsumerGroup, { ms, seq }: StreamId): void {
    const id = { ms, seq };
    if (group.entriesRead !== undefined && !this.#hasGapFrom(id)) {
      group.entriesRead = counted(group.entriesRead);
    } else if (this.entriesAdded !== 0) {
      group.entriesRead = this.entriesReadAt(id);
    }
    group.lastId = id;
  }

  /** Returns how many entries a group has yet to read, where that is known. */
  lag({ entriesRead, lastId }: Pick<ConsumerGroup, "entriesRead" | "lastId">):
    | Int64
    | undefined {
    if (this.entriesAdded === 0) return 0;
    const read = entriesRead !== undefined && !this.#hasGapFrom(lastId)
      ? entriesRead
      : this.entriesReadAt(lastId);
    return read === undefined ? undefined : difference(this.entriesAdded, read);
  }

  /** Returns how many entries there were up to `id`, where it can be told from the ends of the stream. */
  entriesReadAt(id: StreamId): Int64 | undefined {
    const { entriesAdded, lastId, length } = this;
    if (entriesAdded === 0) return 0;
    const toLast = compareIds(id, lastId);
    if (toLast === 0 || (length === 0 && toLast < 0)) return entriesAdded;
    if (toLast > 0) return undefined;
    const first = this.first ?? ZERO_ID;
    const { maxDeletedId } = this;
    if (!isZero(maxDeletedId) && compareIds(maxDeletedId, first) >= 0) {
      return undefined;
    }
    const toFirst = compareIds(id, first);
    if (toFirst > 0) return undefined;
    return difference(entriesAdded, toFirst < 0 ? length : length - 1);
  }

  *[Symbol.iterator](): Generator<StreamEntry> {
    for (let n = this.#head; n < this.#nodes.length; n++) {
      yield* this.#nodes[n]!;
    }
  }

  copy(): Stream {
    const stream = new Stream();
    stream.length = this.length;
    stream.lastId = this.lastId;
    stream.entriesAdded = this.entriesAdded;
    stream.maxDeletedId = this.maxDeletedId;
    stream.#nodes = this.#nodes.slice(this.#head).map((node) => node!.copy());
    stream.#bytes = this.#bytes;
    for (const [name, group] of this.#groups) {
      stream.#groups.set(name, group.copy(stream.#groupMemory));
    }
    return stream;
  }

  /** Whether an entry from `start` on may have been deleted. */
  #hasGapFrom(start: StreamId): boolean {
    const { maxDeletedId } = this;
    if (this.length === 0 || isZero(maxDeletedId)) return false;
    if (compareIds(this.first!, maxDeletedId) > 0) return false;
    return compareIds(start, maxDeletedId) <= 0;
  }

  /** Returns the last node that begins at `id` or below, or the first one. */
  #nodeOf(id: StreamId): number {
    let low = this.#head, high = this.#nodes.length;
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if (compareIds(this.#nodes[middle]!.masterId, id) <= 0) low = middle;
      else high = middle;
    }
    return low;
  }

  #deleteAt(node: StreamNode, place: number): void {
    this.#bytes -= node.memory;
    node.delete(place);
    this.#bytes += node.memory;
    this.length--;
  }

  #removeNode(n: number): void {
    this.#bytes -= this.#nodes[n]!.memory;
    if (n > this.#head) {
      this.#nodes.splice(n, 1);
      return;
    }
    this.#nodes[this.#head++] = undefined;
    if (this.#head === this.#nodes.length) {
      this.#nodes = [];
      this.#head = 0;
    } else if (
      this.#head >= MANY_REMOVED && this.#head * 2 > this.#nodes.length
    ) {
      this.#nodes = this.#nodes.slice(this.#head);
      this.#head = 0;
    }
  }
}
