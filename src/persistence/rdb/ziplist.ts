import type { Buffer } from "node:buffer";
import { type Int64, wrapInt64 } from "../../protocol/integer.ts";
import { byteString } from "../../protocol/short_string.ts";
import { RdbError } from "./rdb_error.ts";

/** Total size and place of the last element in 32 bits, count in 16. */
const HEADER = 10;
const END = 0xff;
/** The count when there are more than it can tell. */
const MANY = 0xffff;
/** The size of the element before stands in five bytes instead of one. */
const BIG = 0xfe;
/** From here on, the code is an integer of 0 to 12. */
const IMMEDIATE = 0xf1;
const LAST_IMMEDIATE = 0xfd;

/**
 * Returns the elements of a ziplist, the predecessor of the listpack that Redis
 * wrote up to version 6.2: integers where they are held as such.
 */
export function ziplistElements(bytes: Buffer): (Int64 | string)[] {
  const { length } = bytes;
  if (
    length < HEADER + 1 || bytes.readUInt32LE(0) !== length ||
    bytes[length - 1] !== END
  ) throw damaged();
  const elements: (Int64 | string)[] = [];
  const last = length - 1;
  let at = HEADER, before = 0, begin = HEADER;
  while (at < last) {
    begin = at;
    let previous = bytes[at++]!;
    if (previous === BIG) {
      if (at + 4 > last) throw damaged();
      previous = bytes.readUInt32LE(at);
      at += 4;
    }
    if (previous !== before || at >= last) throw damaged();
    const code = bytes[at++]!;
    const { text, size } = sizeOf(bytes, code, at);
    if (text) at += code >> 6 === 0 ? 0 : code >> 6 === 1 ? 1 : 4;
    if (at + size > last) throw damaged();
    elements.push(
      text ? byteString(bytes, at, at + size) : integerAt(bytes, code, at),
    );
    at += size;
    before = at - begin;
  }
  const count = bytes.readUInt16LE(8);
  if (
    at !== last || bytes.readUInt32LE(4) !== begin ||
    (count !== MANY && count !== elements.length)
  ) throw damaged();
  return elements;
}

/** Returns what follows the code of an element: how many bytes, and whether they are text. */
function sizeOf(
  bytes: Buffer,
  code: number,
  at: number,
): { readonly text: boolean; readonly size: number } {
  switch (code >> 6) {
    case 0:
      return { text: true, size: code & 0x3f };
    case 1:
      return { text: true, size: (code & 0x3f) << 8 | bytes[at]! };
    case 2:
      if (code !== 0x80 || at + 4 > bytes.length) throw damaged();
      return { text: true, size: bytes.readUInt32BE(at) };
  }
  switch (code) {
    case 0xc0:
      return { text: false, size: 2 };
    case 0xd0:
      return { text: false, size: 4 };
    case 0xe0:
      return { text: false, size: 8 };
    case 0xf0:
      return { text: false, size: 3 };
    case 0xfe:
      return { text: false, size: 1 };
  }
  if (code < IMMEDIATE || code > LAST_IMMEDIATE) throw damaged();
  return { text: false, size: 0 };
}

function integerAt(bytes: Buffer, code: number, at: number): Int64 {
  switch (code) {
    case 0xc0:
      return bytes.readInt16LE(at);
    case 0xd0:
      return bytes.readInt32LE(at);
    case 0xe0:
      return wrapInt64(bytes.readBigInt64LE(at));
    case 0xf0:
      return bytes.readIntLE(at, 3);
    case 0xfe:
      return bytes.readInt8(at);
  }
  return code - IMMEDIATE;
}

function damaged(): RdbError {
  return new RdbError("a damaged ziplist");
}
