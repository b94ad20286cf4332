import { type Int64, parseInt64 } from "../../protocol/integer.ts";
import { difference, type StreamId, type UInt64 } from "./stream_id.ts";
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
const OBJECT = 240;
const ARRAY = 32;
const POINTER = 8;
/** The two numbers of an id, where its content is, and what the arrays of these have to spare. */
const ENTRY = 4 * POINTER;

/** An entry whose fields are not those of the first one. */
class OwnFields {
  readonly fields: readonly string[];

  constructor(fields: readonly string[]) {
    this.fields = fields;
  }
}

/** What an entry holds: its value, or its values, if its fields are those of the first one. */
type Content = string | readonly string[] | OwnFields;

/**
 * Neighbouring entries of a stream: as many as Redis keeps in one listpack.
 * Approximate trimming removes whole nodes and XINFO counts them, so that what
 * Redis would hold in one must be known, deleted entries and all.
 *
 * Entries are objects only while somebody looks at them: the garbage collector
 * would copy each one twice, and it is a quarter of the work of XADD as it is.
 */
export class StreamNode {
  /** The id of the first entry that was put in. */
  readonly masterId: StreamId;
  /** Number of entries that were deleted: they take room in a listpack for as long as it lives. */
  deleted = 0;
  /** Estimate of the memory held, in bytes. */
  memory = OBJECT;
  /** The names of the first entry's fields, which the others share. */
  readonly #names: readonly string[];
  #ms: UInt64[] = [];
  #seqs: UInt64[] = [];
  #contents: Content[] = [];
  #lastMs: UInt64;
  #lastSeq: UInt64;
  /** Size of the listpack without its two counters. */
  #bytes = LISTPACK_HEADER;

  constructor({ ms, seq }: StreamId, fields: readonly string[]) {
    this.masterId = { ms, seq };
    this.#lastMs = ms;
    this.#lastSeq = seq;
    this.#names = everySecond(fields, 0);
    this.#bytes += integerSize(fields.length / 2) + integerSize(0);
    for (const name of this.#names) this.#bytes += elementSize(name);
  }

  /** Number of entries. */
  get length(): number {
    return this.#contents.length;
  }

  /** The id of the last entry that was put in; it may have been deleted since. */
  get lastId(): StreamId {
    return { ms: this.#lastMs, seq: this.#lastSeq };
  }

  /** Returns the entry at `place`, which must be there. */
  entryAt(place: number): StreamEntry {
    return {
      ms: this.#ms[place]!,
      seq: this.#seqs[place]!,
      fields: this.#fieldsOf(this.#contents[place]!),
    };
  }

  /** Returns the place of the first entry whose id is `id` or above; the number of entries when there is none. */
  placeOf(id: StreamId): number {
    let low = 0, high = this.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#compare(middle, id) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** Returns whether the entry at `place`, if there is one, is `id`. */
  isAt(place: number, id: StreamId): boolean {
    return place < this.length && this.#compare(place, id) === 0;
  }

  /** Returns whether an entry with `bytes` of fields and values belongs in a node of its own. */
  isFull(bytes: number, limits: NodeLimits): boolean {
    const { streamNodeBytes, streamNodeEntries } = limits;
    const largest = streamNodeBytes === 0 || streamNodeBytes > LARGEST_NODE
      ? LARGEST_NODE
      : streamNodeBytes;
    const count = this.length + this.deleted;
    return this.#bytes + integerSize(this.length) +
            integerSize(this.deleted) + bytes >= largest ||
      streamNodeEntries > 0 && count >= streamNodeEntries;
  }

  /** Appends an entry whose id is above all others. */
  push(id: StreamId, fields: readonly string[]): void {
    const same = this.#hasFieldsOf(fields);
    const content = !same
      ? new OwnFields(fields)
      : fields.length === 2
      ? fields[1]!
      : everySecond(fields, 1);
    const { ms, seq } = id;
    this.#ms.push(ms);
    this.#seqs.push(seq);
    this.#contents.push(content);
    this.#lastMs = ms;
    this.#lastSeq = seq;
    this.#bytes += this.#sizeOf(id, fields, same);
    this.memory += memoryOf(content);
  }

  /** Removes the entry at `place`. */
  delete(place: number): void {
    this.#ms.splice(place, 1);
    this.#seqs.splice(place, 1);
    const [content] = this.#contents.splice(place, 1);
    this.deleted++;
    this.memory -= memoryOf(content!);
  }

  *[Symbol.iterator](): Generator<StreamEntry> {
    for (let i = 0; i < this.length; i++) yield this.entryAt(i);
  }

  copy(): StreamNode {
    const node = new StreamNode(
      this.masterId,
      this.#names.flatMap((name) => [name, ""]),
    );
    node.#ms = this.#ms.slice();
    node.#seqs = this.#seqs.slice();
    node.#contents = this.#contents.slice();
    node.#lastMs = this.#lastMs;
    node.#lastSeq = this.#lastSeq;
    node.deleted = this.deleted;
    node.memory = this.memory;
    node.#bytes = this.#bytes;
    return node;
  }

  #compare(place: number, { ms, seq }: StreamId): number {
    const ourMs = this.#ms[place]!, ourSeq = this.#seqs[place]!;
    if (ourMs !== ms) return ourMs < ms ? -1 : 1;
    return ourSeq === seq ? 0 : ourSeq < seq ? -1 : 1;
  }

  #hasFieldsOf(fields: readonly string[]): boolean {
    const names = this.#names;
    if (fields.length !== names.length * 2) return false;
    for (let i = 0; i < names.length; i++) {
      if (fields[i * 2] !== names[i]) return false;
    }
    return true;
  }

  #fieldsOf(content: Content): readonly string[] {
    if (content instanceof OwnFields) return content.fields;
    const names = this.#names;
    if (typeof content === "string") return [names[0]!, content];
    const fields: string[] = [];
    for (let i = 0; i < names.length; i++) fields.push(names[i]!, content[i]!);
    return fields;
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

/** Returns the names (from 0) or the values (from 1) of fields. */
function everySecond(fields: readonly string[], from: 0 | 1): string[] {
  const found: string[] = [];
  for (let i = from; i < fields.length; i += 2) found.push(fields[i]!);
  return found;
}

function memoryOf(content: Content): number {
  if (typeof content === "string") return ENTRY + stringMemory(content);
  const strings = content instanceof OwnFields ? content.fields : content;
  let bytes = ENTRY + ARRAY + strings.length * POINTER;
  if (content instanceof OwnFields) bytes += ENTRY;
  for (const string of strings) bytes += stringMemory(string);
  return bytes;
}

function stringMemory({ length }: string): number {
  return length + STRING_OVERHEAD;
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
