import { type Int64, parseInt64 } from "../../protocol/integer.ts";
import { difference, type StreamId } from "./stream_id.ts";
import { STRING_OVERHEAD } from "./value.ts";

/** An entry of a stream: its id, and fields and values by turns. */
export interface StreamEntry extends StreamId {
  readonly fields: readonly string[];
}

/** Up to which size entries share a node. */
export interface NodeLimits {
  /** `stream-node-max-entries`; 0 for any number. */
  readonly streamNodeEntries: number;
  /** `stream-node-max-bytes`; 0 for any size. */
  readonly streamNodeBytes: number;
}

/** Nodes grow no larger, whatever the limits say. */
const LARGEST_NODE = 2 ** 30;
const LISTPACK_HEADER = 7;
const OBJECT = 96;
const POINTER = 8;

/**
 * Neighbouring entries of a stream: as many as Redis keeps in one listpack.
 * Approximate trimming removes whole nodes and XINFO counts them, so that what
 * Redis would hold in one must be known, deleted entries and all.
 */
export class StreamNode {
  readonly entries: StreamEntry[] = [];
  /** The id of the first entry that was put in. */
  readonly masterId: StreamId;
  /** The id of the last entry that was put in; it may have been deleted since. */
  lastId: StreamId;
  /** Number of entries that were deleted: they take room in a listpack for as long as it lives. */
  deleted = 0;
  /** Estimate of the memory held, in bytes. */
  memory = OBJECT;
  /** The fields of the first entry, whose names the others share. */
  readonly #master: readonly string[];
  /** Size of the listpack without its two counters. */
  #bytes = LISTPACK_HEADER;

  constructor(id: StreamId, fields: readonly string[]) {
    this.masterId = this.lastId = { ms: id.ms, seq: id.seq };
    this.#master = fields;
    this.#bytes += integerSize(fields.length / 2) + integerSize(0);
    for (let i = 0; i < fields.length; i += 2) {
      this.#bytes += elementSize(fields[i]!);
    }
  }

  /** Returns whether an entry with `bytes` of fields and values belongs in a node of its own. */
  isFull(bytes: number, limits: NodeLimits): boolean {
    const { streamNodeBytes, streamNodeEntries } = limits;
    const largest = streamNodeBytes === 0 || streamNodeBytes > LARGEST_NODE
      ? LARGEST_NODE
      : streamNodeBytes;
    const count = this.entries.length + this.deleted;
    return this.#bytes + integerSize(this.entries.length) +
            integerSize(this.deleted) + bytes >= largest ||
      streamNodeEntries > 0 && count >= streamNodeEntries;
  }

  /** Appends an entry whose id is above all others. */
  push({ ms, seq }: StreamId, fields: readonly string[]): void {
    const same = this.#hasFieldsOf(fields);
    const shared = same ? this.#withMasterFields(fields) : fields;
    this.entries.push({ ms, seq, fields: shared });
    this.lastId = { ms, seq };
    this.#bytes += this.#sizeOf({ ms, seq }, fields, same);
    this.memory += memoryOf(fields, same);
  }

  /** Removes the entry at `index`. */
  delete(index: number): void {
    const [entry] = this.entries.splice(index, 1);
    this.deleted++;
    this.memory -= memoryOf(entry!.fields, this.#hasFieldsOf(entry!.fields));
  }

  copy(): StreamNode {
    const node = new StreamNode(this.masterId, this.#master);
    node.entries.push(...this.entries);
    node.lastId = this.lastId;
    node.deleted = this.deleted;
    node.memory = this.memory;
    node.#bytes = this.#bytes;
    return node;
  }

  #hasFieldsOf(fields: readonly string[]): boolean {
    const master = this.#master;
    if (fields.length !== master.length) return false;
    for (let i = 0; i < fields.length; i += 2) {
      if (fields[i] !== master[i]) return false;
    }
    return true;
  }

  /** Returns the same fields under the names that the first entry holds already. */
  #withMasterFields(fields: readonly string[]): readonly string[] {
    const shared = fields.slice();
    for (let i = 0; i < fields.length; i += 2) shared[i] = this.#master[i]!;
    return shared;
  }

  /** Returns what an entry takes in a listpack. */
  #sizeOf(id: StreamId, fields: readonly string[], same: boolean): number {
    const pairs = fields.length / 2;
    let size = integerSize(0) +
      integerSize(difference(id.ms, this.masterId.ms)) +
      integerSize(difference(id.seq, this.masterId.seq));
    if (!same) size += integerSize(pairs);
    for (let i = same ? 1 : 0; i < fields.length; i += same ? 2 : 1) {
      size += elementSize(fields[i]!);
    }
    return size + integerSize(same ? pairs + 3 : pairs * 2 + 4);
  }
}

function memoryOf(fields: readonly string[], same: boolean): number {
  let bytes = OBJECT + fields.length * POINTER;
  for (let i = same ? 1 : 0; i < fields.length; i += same ? 2 : 1) {
    bytes += fields[i]!.length + STRING_OVERHEAD;
  }
  return bytes;
}

/** Returns what a byte string takes in a listpack, which holds integers as such. */
function elementSize(element: string): number {
  const { length } = element;
  const integer = length <= 20 ? parseInt64(element) : undefined;
  if (integer !== undefined) return integerSize(integer);
  const header = length < 64 ? 1 : length < 4096 ? 2 : 5;
  return header + length + lengthSize(header + length);
}

function integerSize(n: Int64): number {
  if (n >= 0 && n <= 127) return 2;
  if (n >= -4096 && n <= 4095) return 3;
  if (n >= -32768 && n <= 32767) return 4;
  if (n >= -8388608 && n <= 8388607) return 5;
  if (n >= -2147483648 && n <= 2147483647) return 6;
  return 10;
}

/** Returns the size of the length that stands behind an element. */
function lengthSize(length: number): number {
  if (length <= 127) return 1;
  if (length < 16383) return 2;
  if (length < 2097151) return 3;
  return length < 268435455 ? 4 : 5;
}
