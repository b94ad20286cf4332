import type { Buffer } from "node:buffer";
import type { Thresholds } from "../../store/values/thresholds.ts";
import type { ReadonlyValue, Value } from "../../store/values/value.ts";
import { Crc64 } from "./crc64.ts";
import { LATEST_RDB_VERSION, Opcodes, RDB_VERSION } from "./format.ts";
import { RdbError } from "./rdb_error.ts";
import { RdbReader } from "./reader.ts";
import { layoutOf, readValue, writeValue } from "./value.ts";
import type { RdbWriter } from "./writer.ts";

/** The version in two bytes and the checksum in eight. */
const FOOTER = 10;

/** Returns what DUMP answers: layout, value, version, checksum. Valid until the writer is used again. */
export function dumpValue(writer: RdbWriter, value: ReadonlyValue): Buffer {
  writer.clear();
  writer.byte(layoutOf(value));
  writeValue(writer, value);
  return withFooter(writer);
}

/** Returns what FUNCTION DUMP answers: libraries, version, checksum. Valid until the writer is used again. */
export function dumpFunctions(
  writer: RdbWriter,
  codes: readonly string[],
): Buffer {
  writer.clear();
  for (const code of codes) {
    writer.byte(Opcodes.function2);
    writer.string(code);
  }
  return withFooter(writer);
}

/** Returns the code of the libraries in a payload that `isDump()`. Throws RdbError. */
export function restoreFunctions(payload: Buffer): string[] {
  const end = payload.length - FOOTER;
  const reader = new RdbReader(payload, end);
  const codes: string[] = [];
  while (!reader.done) {
    const opcode = reader.byte();
    if (opcode === Opcodes.functionBeforeRelease) {
      throw new RdbError("Pre-release function format not supported.");
    }
    if (opcode !== Opcodes.function2) {
      throw new RdbError("given type is not a function");
    }
    codes.push(reader.string());
  }
  return codes;
}

function withFooter(writer: RdbWriter): Buffer {
  writer.byte(RDB_VERSION);
  writer.byte(0);
  const crc = new Crc64();
  crc.update(writer.written);
  writer.raw(crc.digest());
  return writer.written;
}

/**
 * Returns whether a payload has a version that is known here, and its checksum is right.
 *
 * Differs from Redis: payloads of Redis 7.2, which has version 11, are accepted too.
 */
export function isDump(payload: Buffer, checksum = true): boolean {
  const { length } = payload;
  if (length < FOOTER) return false;
  if (payload.readUInt16LE(length - FOOTER) > LATEST_RDB_VERSION) return false;
  if (!checksum) return true;
  const crc = new Crc64();
  crc.update(payload, 0, length - 8);
  return crc.isAt(payload, length - 8);
}

/** Returns the value of a payload that `isDump()`. Throws RdbError. */
export function restoreValue(payload: Buffer, thresholds: Thresholds): Value {
  const reader = new RdbReader(payload, payload.length - FOOTER);
  const value = readValue(reader, reader.byte(), thresholds);
  if (value === undefined) throw new RdbError("a value without elements");
  return value;
}
