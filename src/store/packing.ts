import type { ByteBlock, ByteRange } from "../protocol/byte_block.ts";
import { byteString, writeString } from "../protocol/short_string.ts";
import {
  LENGTH_BYTES,
  MOST_PACKED,
  MOST_PACKED_BYTES,
  PACKED_HEADER,
  type PackedType,
  SCORE_BYTES,
} from "./packed.ts";
import { Hash } from "./values/hash.ts";
import { List } from "./values/list.ts";
import { MemberSet } from "./values/set.ts";
import { SortedSet } from "./values/sorted_set.ts";
import type { Thresholds } from "./values/thresholds.ts";
import type { ValueTypes } from "./values/value.ts";

/** A value that can be packed, if it is small. */
export type Packable = ValueTypes[PackedType];

/** A part of the most is left free, so that a value near it is not packed and unpacked by turns. */
const MOST_TO_PACK = MOST_PACKED * 3 / 4;
const MOST_BYTES_TO_PACK = MOST_PACKED_BYTES * 3 / 4;

/** What a value was when it was packed, it is again, whatever the thresholds are by then. */
const UNLIMITED: Thresholds = {
  hashEntries: Infinity,
  hashBytes: Infinity,
  setIntegers: Infinity,
  sortedSetEntries: Infinity,
  sortedSetBytes: Infinity,
  streamNodeEntries: 0,
  streamNodeBytes: 0,
};

/** Returns how many bytes a value takes when it is packed, or -1 when it is not to be. */
export function packedSize(value: Packable): number {
  const { length } = value;
  if (length === 0 || length > MOST_TO_PACK) return -1;
  let size = PACKED_HEADER;
  switch (value.type) {
    case "hash":
      for (let i = 0; i < length; i++) {
        size += 2 * LENGTH_BYTES + value.fieldAt(i).length +
          value.valueAt(i).length;
      }
      break;
    case "set":
      for (let i = 0; i < length; i++) {
        size += LENGTH_BYTES + value.at(i).length;
      }
      break;
    case "zset":
      for (let i = 0; i < length; i++) {
        size += LENGTH_BYTES + SCORE_BYTES + value.numberedMember(i).length;
      }
      break;
    case "list":
      for (let i = 0; i < length; i++) {
        size += LENGTH_BYTES + value.at(i)!.length;
      }
  }
  return size > MOST_BYTES_TO_PACK ? -1 : size;
}

/** Writes a value into a block that has room for it. */
export function pack(value: Packable, block: ByteBlock, start: number): void {
  block.data.setUint8(start, value.length);
  let at = start + PACKED_HEADER;
  const write = (text: string) => {
    block.data.setUint16(at, text.length, true);
    writeString(block, at + LENGTH_BYTES, text);
    at += LENGTH_BYTES + text.length;
  };
  let isCompact = false;
  switch (value.type) {
    case "hash":
      isCompact = value.encoding === "listpack";
      for (let i = 0; i < value.length; i++) {
        write(value.fieldAt(i));
        write(value.valueAt(i));
      }
      break;
    case "set":
      isCompact = value.encoding === "intset";
      for (let i = 0; i < value.length; i++) write(value.at(i));
      break;
    case "zset":
      isCompact = value.encoding === "listpack";
      value.visit(0, value.length, (member, score) => {
        const size = SCORE_BYTES + member.length;
        block.data.setUint16(at, size, true);
        block.data.setFloat64(at + LENGTH_BYTES, score, true);
        writeString(block, at + LENGTH_BYTES + SCORE_BYTES, member);
        at += LENGTH_BYTES + size;
      });
      break;
    case "list":
      isCompact = true;
      for (const element of value) write(element);
  }
  block.data.setUint8(start + 1, isCompact ? 0 : 1);
}

/** Returns what was packed, as a value of its own. */
export function unpack(type: PackedType, packed: ByteRange): Packable {
  const { block: { bytes, data }, end } = packed;
  const isCompact = data.getUint8(packed.start + 1) === 0;
  let at = packed.start + PACKED_HEADER;
  const read = (skipped = 0) => {
    const start = at + LENGTH_BYTES + skipped;
    at += LENGTH_BYTES + data.getUint16(at, true);
    return byteString(bytes, start, at);
  };
  switch (type) {
    case "hash": {
      const hash = new Hash(isCompact ? "listpack" : "hashtable");
      while (at < end) hash.append(read(), read());
      return hash;
    }
    case "set": {
      const set = new MemberSet(isCompact ? "intset" : "hashtable");
      while (at < end) {
        if (isCompact) set.add(read(), UNLIMITED);
        else set.append(read());
      }
      set.assumeCursors();
      return set;
    }
    case "zset": {
      const set = new SortedSet(isCompact ? "listpack" : "skiplist");
      while (at < end) {
        const score = data.getFloat64(at + LENGTH_BYTES, true);
        set.append(read(SCORE_BYTES), score);
      }
      set.assumeCursors();
      return set;
    }
    case "list": {
      const list = new List();
      while (at < end) list.pushTail(read());
      return list;
    }
  }
}
