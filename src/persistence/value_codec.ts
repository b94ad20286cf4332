import { Buffer } from "node:buffer";
import { MAX_LENGTH } from "../protocol/byte_string.ts";
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
  type Part,
  PART_BYTES,
  slices,
  textOrBytes,
  type ValueCodec,
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
    encode: (value) => textOrBytes(String(value)),
    *parts(value) {
      let how: Part["how"] = "value";
      for (const json of slices(value)) {
        yield { how, json };
        how = "continue";
      }
    },
    decode: byteString,
    join(value, how, json) {
      if (how === "append") {
        throw new MalformedValue("not for a string");
      }
      const more = byteString(json);
      const length = value.length + more.length;
      if (typeof value === "string") {
        if (length <= MAX_LENGTH) return value + more;
        value = editableFrom(value, length);
      }
      value.append(Buffer.from(more, "latin1"));
      return value;
    },
  },

  list: {
    encode: (value) => JSON.stringify([...value]),
    *parts(list) {
      let how: Part["how"] = "value";
      let json = "";
      for (let i = 0; i < list.length; i++) {
        if (endsSlice(i)) yield undefined;
        const element = list.at(i)!;
        const parts = slices(element);
        json += `${json === "" ? "[" : ","}${parts.next().value}`;
        if (json.length < PART_BYTES) continue;
        yield { how, json: `${json}]` };
        for (const json of parts) yield { how: "continue", json };
        how = "append";
        json = "";
      }
      if (json !== "") yield { how, json: `${json}]` };
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

/** Returns whether a value is written in parts. */
export function isLarge(value: Value): boolean {
  return memoryOf(value) > PART_BYTES;
}
