import { Buffer } from "node:buffer";
import { type Int64, parseInt64, wrapInt64 } from "../../protocol/integer.ts";
import { RdbError } from "./rdb_error.ts";

/** Bytes per integer and their count, in 32 bits each. */
const HEADER = 8;

/** Returns the integers of an intset, which are in their order. */
export function intsetMembers(bytes: Buffer): Int64[] {
  if (bytes.length < HEADER) throw damaged();
  const width = bytes.readUInt32LE(0);
  const count = bytes.readUInt32LE(4);
  if (
    (width !== 2 && width !== 4 && width !== 8) || count === 0 ||
    HEADER + count * width !== bytes.length
  ) throw damaged();
  const members: Int64[] = [];
  for (let i = 0; i < count; i++) {
    const member = integerAt(bytes, HEADER + i * width, width);
    if (i > 0 && member <= members[i - 1]!) throw damaged();
    members.push(member);
  }
  return members;
}

/** Returns the intset of members that are integers, in their order. */
export function intsetOf(members: Iterable<string>, count: number): Buffer {
  const integers: Int64[] = [];
  for (const member of members) integers.push(parseInt64(member)!);
  const width = Math.max(
    widthOf(integers[0]!),
    widthOf(integers[count - 1]!),
  );
  const bytes = Buffer.allocUnsafe(HEADER + count * width);
  bytes.writeUInt32LE(width, 0);
  bytes.writeUInt32LE(count, 4);
  for (let i = 0; i < count; i++) {
    const at = HEADER + i * width;
    const integer = integers[i]!;
    if (width === 8) bytes.writeBigInt64LE(BigInt(integer), at);
    else bytes.writeIntLE(Number(integer), at, width);
  }
  return bytes;
}

function integerAt(bytes: Buffer, at: number, width: number): Int64 {
  return width === 8
    ? wrapInt64(bytes.readBigInt64LE(at))
    : bytes.readIntLE(at, width);
}

function widthOf(n: Int64): 2 | 4 | 8 {
  if (n >= -32768 && n <= 32767) return 2;
  return n >= -2147483648 && n <= 2147483647 ? 4 : 8;
}

function damaged(): RdbError {
  return new RdbError("a damaged intset");
}
