import { Buffer } from "node:buffer";
import { List } from "../store/values/list.ts";
import {
  memoryOf,
  type TypeName,
  type Value,
  type ValueTypes,
} from "../store/values/value.ts";
import { asObject, type Json } from "./json.ts";

/** About how many bytes of a value go on one line of a snapshot. */
export const PART_BYTES = 256 * 1024;

/** How a part of a value joins what came before it: further elements, or the rest of the last byte string. */
export type Joining = "append" | "continue";

/** One line's worth of a value that is too large for one line. */
export interface Part {
  /** The first part is the value itself. */
  readonly how: "value" | Joining;
  readonly json: string;
}

/**
 * How values of one type are written into a snapshot and read from it. JSON that
 * is written is a byte string, with bytes beyond ASCII as they are: whoever puts
 * it into the file replaces those that are not UTF-8.
 */
export interface ValueCodec<V> {
  /** Returns a value as JSON. */
  encode(value: V): string;
  /** The same in parts, for a value that is too large for one line. */
  parts(value: V): Generator<Part>;
  /** Returns the value that JSON stands for; throws MalformedValue. */
  decode(json: Json): V;
  /** Returns `value` with what a further part holds; throws MalformedValue. */
  join(value: V, how: Joining, json: Json): V;
}

/** What a value may not look like: the reason alone. */
export class MalformedValue extends Error {
  override name = "MalformedValue";
}

/** The codec of every type that a key can hold. */
export const codecs: {
  readonly [T in TypeName]: ValueCodec<ValueTypes[T]>;
} = {
  string: {
    encode: (value) => JSON.stringify(String(value)),
    *parts(value) {
      let how: Part["how"] = "value";
      for (const json of slices(String(value))) {
        yield { how, json };
        how = "continue";
      }
    },
    decode: byteString,
    join(value, how, json) {
      if (how === "append") {
        throw new MalformedValue("not for a string");
      }
      return String(value) + byteString(json);
    },
  },

  list: {
    encode: (value) => JSON.stringify([...value]),
    *parts(list) {
      let how: Part["how"] = "value";
      let json = "";
      for (let i = 0; i < list.length; i++) {
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
    decode: (json) => List.from(elements(json)),
    join(list, how, json) {
      if (how === "append") {
        for (const element of elements(json)) list.pushTail(element);
      } else {
        const last = list.length - 1;
        list.set(last, list.at(last)! + byteString(json));
      }
      return list;
    },
  },
};

/** Returns the byte string that JSON stands for: text, or bytes in base64. */
export function byteString(json: Json): string {
  if (typeof json === "string") return json;
  const fields = asObject(json);
  const base64 = fields !== undefined && Object.keys(fields).length === 1
    ? fields["base64"]
    : undefined;
  if (typeof base64 !== "string") {
    throw new MalformedValue(
      typeof json === "number" || typeof json === "bigint"
        ? `a number where text should be: write "${json}"`
        : 'neither text nor {"base64":"…"}',
    );
  }
  const bytes = Buffer.from(base64, "base64");
  if (bytes.toString("base64") !== base64) {
    throw new MalformedValue("not base64");
  }
  return bytes.latin1Slice();
}

function elements(json: Json): string[] {
  if (!Array.isArray(json)) throw new MalformedValue("no array of elements");
  if (json.length === 0) throw new MalformedValue("an empty array");
  return json.map(byteString);
}

/** Returns a byte string as JSON, in slices if it is long; no character of UTF-8 is cut. */
function* slices(bytes: string): Generator<string> {
  let from = 0;
  while (bytes.length - from > PART_BYTES) {
    let to = from + PART_BYTES;
    const earliest = to - 3;
    while (to > earliest && (bytes.charCodeAt(to) & 0xc0) === 0x80) to--;
    yield JSON.stringify(bytes.slice(from, to));
    from = to;
  }
  yield JSON.stringify(bytes.slice(from));
}

/** Returns whether a value is written in parts. */
export function isLarge(value: Value): boolean {
  return memoryOf(value) > PART_BYTES;
}
