import { Buffer } from "node:buffer";
import { ByteBlock } from "../protocol/byte_block.ts";
import type { Keyspace } from "../store/keyspace.ts";
import { editableFrom } from "../store/values/editable_string.ts";
import { List } from "../store/values/list.ts";
import {
  memoryOf,
  type TypeName,
  type Value,
  type ValueTypes,
} from "../store/values/value.ts";
import {
  byteString,
  elements,
  endsSlice,
  MalformedValue,
  PART_BYTES,
  pieces,
  type ValueCodec,
  writePieces,
  writeTexts,
} from "./codec.ts";
import { hashCodec } from "./hash_codec.ts";
import { setCodec } from "./set_codec.ts";
import { sortedSetCodec } from "./sorted_set_codec.ts";
import { streamCodec } from "./stream_codec.ts";

/** The codec of every type that a key can hold. */
export const codecs: {
  readonly [T in TypeName]: ValueCodec<ValueTypes[T]>;
} = {
  string: {
    write(json, value) {
      if (typeof value === "string") json.textOrBytes(value);
      else {
        const block = new ByteBlock(value.bytes);
        json.textOrBytesAt({ block, start: 0, end: value.length });
      }
    },
    *writeLines(lines, value) {
      for (const piece of pieces(value)) {
        lines.begin("continue");
        lines.json.textOrBytes(piece);
        lines.end("");
        yield;
      }
    },
    decode: byteString,
    join(value, how, json) {
      if (how === "append") {
        throw new MalformedValue("not for a string");
      }
      const more = byteString(json);
      // Of a string the keyspace makes a value of its own: with each part it would be copied whole.
      const joined = typeof value === "string"
        ? editableFrom(value, value.length + more.length)
        : value;
      joined.append(Buffer.from(more, "latin1"));
      return joined;
    },
  },

  list: {
    write: writeTexts,
    *writeLines(lines, list) {
      const write = (piece: string) => lines.json.textOrBytes(piece);
      for (let i = 0; i < list.length; i++) {
        if (endsSlice(i)) yield;
        const element = list.at(i)!;
        if (lines.element()) lines.json.raw("[");
        if (element.length <= PART_BYTES) write(element);
        else yield* writePieces(lines, "]", pieces(element), write);
        if (!lines.isFull) continue;
        lines.end("]");
        yield;
      }
      lines.end("]");
    },
    decode: (json) => List.from(elements(json).map(byteString)),
    join(list, how, json) {
      if (how === "append") {
        for (const element of elements(json)) {
          list.pushTail(byteString(element));
        }
      } else {
        const last = list.length - 1;
        list.set(last, list.at(last)! + byteString(json));
      }
      return list;
    },
  },

  set: setCodec,
  hash: hashCodec,
  zset: sortedSetCodec,
  stream: streamCodec,
};

/** Returns the codec of a type, for a caller whose value is of that type. */
export function codecFor(type: TypeName): ValueCodec<Value> {
  // Which of the types it is, TypeScript cannot follow.
  return codecs[type] as unknown as ValueCodec<Value>;
}

/** Returns whether a value is written in parts. */
export function isLarge(value: Value): boolean {
  return memoryOf(value) > PART_BYTES;
}

/** Returns whether the value at a slot is written in parts. A key counts with it: if that is large, so is the line. */
export function isLargeAt(keyspace: Keyspace, slot: number): boolean {
  return keyspace.memoryAt(slot) > PART_BYTES;
}
