/** Where the WebAssembly of Redis's Lua comes from, which one it must be, and what of it is used. */

import { sha256OfBytes } from "../store/sha256.ts";

/** SHA-256 of `dist/redis_lua.wasm` of the npm package lua-redis-wasm 1.5.0. */
const EXPECTED_HASH =
  "c95b450f963b03479fe34da98bfecff67f277708dff89893ce2e40f898a0b42a";
/** 512 MiB: what scripts may take at most. */
const MAX_PAGES = 8192;
/** The functions of this module, and as many more as the engine adds. */
const TABLE_SIZE = 160;

/**
 * The C API of Lua, by the numbers that its functions have in this very file:
 * it exports none of them. `engineModule()` has them exported; the hash of the
 * file says that the numbers are right.
 */
const API: Readonly<Record<string, number>> = {
  checkstack: 53,
  settop: 57,
  remove: 58,
  insert: 59,
  replace: 60,
  pushvalue: 61,
  type: 62,
  isnumber: 65,
  tonumber: 67,
  tolstring: 70,
  pushnil: 74,
  pushnumber: 75,
  pushlstring: 77,
  pushcclosure: 80,
  pushboolean: 81,
  getfield: 85,
  rawget: 86,
  rawgeti: 87,
  createtable: 88,
  getmetatable: 89,
  setfield: 91,
  rawset: 92,
  rawseti: 93,
  setmetatable: 94,
  call: 96,
  pcall: 97,
  gc: 100,
  error: 101,
  next: 102,
  getstack: 137,
  getinfo: 138,
  loadbuffer: 264,
};

/**
 * Where C leaves open what a double out of range becomes as an integer, and this
 * file decides otherwise than Redis's build for x86: the bytes that make it the
 * same, and where they go. Each is as long as what it replaces.
 */
const MENDED: readonly (readonly [at: number, bytes: readonly number[]])[] = [
  // cjson.encode, the largest key of an array: `i32.trunc_sat_f64_u` instead of `_s` makes one of 2^31 or more a negative int, which no array has.
  [0x1c15d, [0xfc, 0x03]],
  // cmsgpack.unpack, uint 64: `f64.convert_i64_s` instead of `_u`, since lua_pushinteger takes it there.
  [0x1ec80, [0xb9]],
  // cmsgpack.pack, whether x is an integer: not if `(double) (int64_t) x != x || x == 2^63`, instead of `isinf(x) || trunc(x) != x`.
  [0x1df20, [
    ...[0x22, 15, 0xfc, 0x06, 0xb9, 0x20, 15, 0x62, 0x0d, 0],
    ...[0x20, 15, 0x44, 0, 0, 0, 0, 0, 0, 0xe0, 0x43, 0x61, 0x0d, 0],
    // What follows finds x where it is by now; three bytes are left over.
    ...[0x20, 0, 0x21, 2, 0x20, 15, 0x01, 0x01, 0x01],
  ]],
];

const SECTION = { table: 4, memory: 5, exports: 7 } as const;

/** Reads the file out of the npm package. Throws when it is not the one that this engine was written for. */
export function engineFile(): Uint8Array<ArrayBuffer> {
  const place = placeOfFile();
  const bytes = Deno.readFileSync(place);
  if (sha256OfBytes(bytes) !== EXPECTED_HASH) throw notTested(place);
  return bytes;
}

/** Does what `engineFile()` and `engineModule()` do, on other threads for the most part. */
export async function loadEngineModule(): Promise<WebAssembly.Module> {
  const place = placeOfFile();
  const file = await Deno.readFile(place);
  const [hash, module] = await Promise.all([
    crypto.subtle.digest("SHA-256", file),
    WebAssembly.compile(withApi(file)),
  ]);
  if (hexadecimal(hash) !== EXPECTED_HASH) throw notTested(place);
  return module;
}

function placeOfFile(): URL {
  return new URL("./redis_lua.wasm", import.meta.resolve("lua-redis-wasm"));
}

function notTested(place: URL): Error {
  return new Error(`${place} is not the script engine that was tested`);
}

function hexadecimal(bytes: ArrayBuffer): string {
  return Array.from(
    new Uint8Array(bytes),
    (byte) => byte.toString(16).padStart(2, "0"),
  ).join("");
}

/**
 * Never called: the import in it tells Deno that the package belongs to this
 * program, so that it is fetched, and goes into an executable, with the rest.
 */
export function ownsPackage(): Promise<unknown> {
  return import("lua-redis-wasm");
}

/** Compiles the engine, mended, with Lua's C API among its exports, a larger limit of memory and room in its table of functions. */
export function engineModule(
  file: Uint8Array<ArrayBuffer>,
): WebAssembly.Module {
  return new WebAssembly.Module(withApi(file));
}

function withApi(original: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  const file = mended(original);
  const out: number[] = [];
  const parts: Uint8Array[] = [file.subarray(0, 8)];
  for (let at = 8; at < file.length;) {
    const id = file[at]!;
    const [size, begin] = readUnsigned(file, at + 1);
    const end = begin + size;
    const content = file.subarray(begin, end);
    if (id === SECTION.table) out.push(...limited(content, 1, TABLE_SIZE));
    else if (id === SECTION.memory) out.push(...limited(content, 0, MAX_PAGES));
    else if (id === SECTION.exports) out.push(...exportsWithApi(content));
    if (out.length > 0) {
      parts.push(Uint8Array.from([id, ...unsigned(out.length), ...out]));
      out.length = 0;
    } else parts.push(file.subarray(at, end));
    at = end;
  }
  return joined(parts);
}

/** The file as it should be; what was read is still to be checked. */
function mended(original: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  const file = original.slice();
  for (const [at, bytes] of MENDED) {
    for (const [i, byte] of bytes.entries()) file[at + i] = byte;
  }
  return file;
}

/** A section of one table or memory, with another maximum; `skip` bytes come before its limits. */
function limited(content: Uint8Array, skip: number, most: number): number[] {
  const limits = 1 + skip;
  const [least] = readUnsigned(content, limits + 1);
  return [
    ...content.subarray(0, limits),
    1,
    ...unsigned(least),
    ...unsigned(most),
  ];
}

function exportsWithApi(content: Uint8Array): number[] {
  const [count, begin] = readUnsigned(content, 0);
  const added = Object.entries(API).flatMap(([name, index]) => [
    ...named(`lua_${name}`),
    0,
    ...unsigned(index),
  ]);
  const total = count + Object.keys(API).length;
  return [...unsigned(total), ...content.subarray(begin), ...added];
}

function joined(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const size = parts.reduce((sum, part) => sum + part.length, 0);
  const whole = new Uint8Array(size);
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** Encodes a number as WebAssembly does: LEB128. */
export function unsigned(n: number): number[] {
  const bytes: number[] = [];
  do {
    bytes.push(n & 127 | (n > 127 ? 128 : 0));
    n >>>= 7;
  } while (n > 0);
  return bytes;
}

/** Encodes a name: its length and its bytes. */
export function named(name: string): number[] {
  return [...unsigned(name.length), ...new TextEncoder().encode(name)];
}

/** Reads a LEB128 number; returns it and where it ends. */
function readUnsigned(
  bytes: Uint8Array,
  at: number,
): [n: number, end: number] {
  let n = 0;
  for (let shift = 0;; shift += 7) {
    const byte = bytes[at++]!;
    n |= (byte & 127) << shift;
    if (byte < 128) return [n, at];
  }
}
