import type { Buffer } from "node:buffer";
import { RdbError } from "./rdb_error.ts";

const END = 0xff;
/** A length, or a count, that does not fit one byte. */
const BIG = 0xfe;

/** Returns the fields and values, by turns, of a zipmap: the small hash of Redis up to 2.4. */
export function zipmapElements(bytes: Buffer): string[] {
  const elements: string[] = [];
  const last = bytes.length - 1;
  if (last < 1 || bytes[last] !== END) throw damaged();
  let at = 1;
  while (at < last) {
    let length = bytes[at++]!;
    if (length === BIG) {
      if (at + 4 > last) throw damaged();
      length = bytes.readUInt32LE(at);
      at += 4;
    } else if (length > BIG) throw damaged();
    // Behind a value there may be bytes that are not used.
    const unused = elements.length % 2 === 1 ? bytes[at++]! : 0;
    if (at + length + unused > last) throw damaged();
    elements.push(bytes.latin1Slice(at, at + length));
    at += length + unused;
  }
  const count = bytes[0]!;
  if (
    elements.length % 2 === 1 ||
    (count < BIG && count !== elements.length / 2)
  ) throw damaged();
  return elements;
}

function damaged(): RdbError {
  return new RdbError("a damaged zipmap");
}
