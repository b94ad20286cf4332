/**
 * `struct`, with the sizes of the machines that Redis runs on: the engine's own
 * has a `long` of 32 bits, and cuts the integers that do not fit.
 */
import type { LuaEngine, OwnFunction } from "./engine.ts";
import { badArgument, typeName } from "./lua_functions.ts";
import { LuaType } from "./lua_state.ts";
import { raise } from "./results.ts";

/** Largest integer, in bytes, and what values are aligned to by `!` alone. */
const MAX_INTEGER = 32, MAX_ALIGNMENT = 8;
const INT_MAX = 2 ** 31 - 1;
const INT_SIZE = 4, LONG_SIZE = 8, SHORT_SIZE = 2, FLOAT_SIZE = 4;
const BYTE = 8n;
const INTEGERS = /[bBhHlLTiI]/;

/** An error of a format or an argument, to be raised by whoever called. */
class Problem {
  readonly message: string;
  /** The argument at fault; 0 when none is. */
  readonly argument: number;

  constructor(message: string, argument = 0) {
    this.message = message;
    this.argument = argument;
  }
}

/** One item of a format: its letter, how many bytes it takes, and how many come before it. */
interface Item {
  readonly letter: string;
  readonly size: number;
  readonly padding: number;
}

/** Returns the functions of the library. */
export function structLibrary(
  engine: LuaEngine,
): Readonly<Record<"pack" | "unpack" | "size", OwnFunction>> {
  const guarded = (run: OwnFunction): OwnFunction => (L) => {
    try {
      return run(L);
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      return error.argument === 0
        ? raise(engine, L, error.message)
        : badArgument(engine, L, error.argument, error.message);
    }
  };
  return {
    pack: guarded((L) => pack(engine, L)),
    unpack: guarded((L) => unpack(engine, L)),
    size: guarded((L) => size(engine, L)),
  };
}

/** Reads a format item by item; `>`, `<` and `!` hold for what follows them. */
class Format {
  littleEndian = true;
  readonly #text: string;
  #at = 0;
  #alignment = 1;

  constructor(text: string) {
    this.#text = text;
  }

  /** Returns the next item, which comes `behind` so many bytes, or nothing at the end. */
  next(behind: number): Item | undefined {
    const letter = this.#text[this.#at++];
    if (letter === undefined) return undefined;
    const size = this.#sizeOf(letter);
    const padding = this.#paddingOf(letter, size, behind);
    return { letter, size, padding };
  }

  /** Follows an item that stands for no value. */
  control(letter: string): void {
    if (letter === " ") return;
    if (letter === ">") this.littleEndian = false;
    else if (letter === "<") this.littleEndian = true;
    else if (letter === "!") {
      const alignment = this.#number(MAX_ALIGNMENT);
      if (alignment <= 0 || (alignment & (alignment - 1)) !== 0) {
        throw new Problem(`alignment ${alignment} is not a power of 2`);
      }
      this.#alignment = alignment;
    } else throw new Problem(`invalid format option '${letter}'`, 1);
  }

  #sizeOf(letter: string): number {
    switch (letter) {
      case "b":
      case "B":
      case "x":
        return 1;
      case "h":
      case "H":
        return SHORT_SIZE;
      case "l":
      case "L":
      case "T":
      case "d":
        return LONG_SIZE;
      case "f":
        return FLOAT_SIZE;
      case "c":
        return this.#number(1);
      case "i":
      case "I": {
        const size = this.#number(INT_SIZE);
        if (size <= MAX_INTEGER) return size;
        throw new Problem(
          `integral size ${size} is larger than limit of ${MAX_INTEGER}`,
        );
      }
      default:
        return 0;
    }
  }

  #paddingOf(letter: string, size: number, behind: number): number {
    if (size === 0 || letter === "c") return 0;
    const unit = Math.min(size, this.#alignment);
    return (unit - (behind & (unit - 1))) & (unit - 1);
  }

  #number(otherwise: number): number {
    const [digits] = /^\d+/.exec(this.#text.slice(this.#at)) ?? [];
    if (digits === undefined) return otherwise;
    this.#at += digits.length;
    if (Number(digits) > INT_MAX) throw new Problem("integral size overflow");
    return Number(digits);
  }
}

function pack(engine: LuaEngine, L: number): number {
  const format = formatOf(engine, L);
  // Redis pushes a nil behind the arguments.
  engine.api.lua_pushnil(L);
  let bytes = "";
  let argument = 2;
  for (let item; (item = format.next(bytes.length)) !== undefined;) {
    const { letter, size } = item;
    bytes += "\0".repeat(item.padding);
    if (INTEGERS.test(letter)) {
      const n = checkedNumber(engine, L, argument++);
      bytes += integerBytes(n, size, format.littleEndian);
    } else if (letter === "x") bytes += "\0";
    else if (letter === "f" || letter === "d") {
      const n = checkedNumber(engine, L, argument++);
      bytes += floatBytes(n, size, format.littleEndian);
    } else if (letter === "c" || letter === "s") {
      const text = checkedString(engine, L, argument++);
      const length = size === 0 ? text.length : size;
      if (text.length < length) throw new Problem("string too short", argument);
      bytes += text.slice(0, length);
      if (letter === "s") bytes += "\0";
    } else format.control(letter);
  }
  engine.pushString(L, bytes);
  return 1;
}

function unpack(engine: LuaEngine, L: number): number {
  const { api, memory } = engine;
  const format = formatOf(engine, L);
  const data = checkedString(engine, L, 2);
  let at = offsetOf(engine, L) - 1;
  const given = memory.count(L);
  const short = (size: number) => {
    if (at < 0 || size > data.length || at > data.length - size) {
      throw new Problem("data string too short", 2);
    }
  };
  for (let item; (item = format.next(at)) !== undefined;) {
    const { letter } = item;
    let { size } = item;
    at += item.padding;
    short(size);
    if (api.lua_checkstack(L, 2) === 0) {
      throw new Problem("stack overflow (too many results)");
    }
    if (INTEGERS.test(letter)) {
      const signed = letter >= "a";
      const part = data.slice(at, at + size);
      api.lua_pushnumber(L, integerOf(part, signed, format.littleEndian));
    } else if (letter === "f" || letter === "d") {
      const part = data.slice(at, at + size);
      api.lua_pushnumber(L, floatOf(part, format.littleEndian));
    } else if (letter === "c") {
      if (size === 0) {
        const none = memory.count(L) === given;
        if (none || api.lua_isnumber(L, -1) === 0) {
          throw new Problem("format 'c0' needs a previous size");
        }
        size = Math.trunc(api.lua_tonumber(L, -1));
        api.lua_settop(L, -2);
        if (size < 0) size = Infinity;
        short(size);
      }
      engine.pushString(L, data.slice(at, at + size));
    } else if (letter === "s") {
      const end = data.indexOf("\0", at);
      if (end < 0) throw new Problem("unfinished string in data");
      engine.pushString(L, data.slice(at, end));
      size = end - at + 1;
    } else if (letter !== "x") format.control(letter);
    at += size;
  }
  api.lua_pushnumber(L, at + 1);
  return memory.count(L) - given;
}

function size(engine: LuaEngine, L: number): number {
  const format = formatOf(engine, L);
  let total = 0;
  for (let item; (item = format.next(total)) !== undefined;) {
    const { letter, size } = item;
    if (letter === "s") throw new Problem("option 's' has no fixed size", 1);
    if (letter === "c" && size === 0) {
      throw new Problem("option 'c0' has no fixed size", 1);
    }
    if (!/[0-9A-Za-z]/.test(letter)) format.control(letter);
    total += item.padding + size;
  }
  engine.api.lua_pushnumber(L, total);
  return 1;
}

function formatOf(engine: LuaEngine, L: number): Format {
  const text = checkedString(engine, L, 1);
  const end = text.indexOf("\0");
  return new Format(end < 0 ? text : text.slice(0, end));
}

/** Where `unpack` begins: argument 3, or 1. */
function offsetOf(engine: LuaEngine, L: number): number {
  const { memory } = engine;
  if (memory.count(L) < 3 || memory.type(memory.at(L, 3)) === LuaType.nil) {
    return 1;
  }
  const offset = Math.trunc(checkedNumber(engine, L, 3));
  if (offset === 0) throw new Problem("offset must be 1 or greater", 3);
  return offset;
}

function checkedNumber(engine: LuaEngine, L: number, index: number): number {
  const { api } = engine;
  if (api.lua_isnumber(L, index) !== 0) return api.lua_tonumber(L, index);
  const got = typeName(engine, L, index);
  throw new Problem(`number expected, got ${got}`, index);
}

function checkedString(engine: LuaEngine, L: number, index: number): string {
  const { api, memory } = engine;
  if (index <= memory.count(L) && api.lua_tolstring(L, index, 0) !== 0) {
    return memory.string(memory.object(memory.at(L, index)));
  }
  const got = typeName(engine, L, index);
  throw new Problem(`string expected, got ${got}`, index);
}

function integerBytes(n: number, size: number, littleEndian: boolean): string {
  let rest = Number.isFinite(n)
    ? BigInt.asUintN(64, BigInt(Math.trunc(n)))
    : 2n ** 63n;
  const bytes: number[] = [];
  for (let i = 0; i < size; i++, rest >>= BYTE) bytes.push(Number(rest & 255n));
  if (!littleEndian) bytes.reverse();
  return String.fromCharCode(...bytes);
}

function integerOf(
  bytes: string,
  signed: boolean,
  littleEndian: boolean,
): number {
  let n = 0n;
  for (let i = 0; i < bytes.length; i++) {
    const at = littleEndian ? bytes.length - 1 - i : i;
    n = BigInt.asUintN(64, n << BYTE) | BigInt(bytes.charCodeAt(at));
  }
  if (!signed) return Number(n);
  const bits = Math.min(bytes.length * 8, 64);
  return Number(BigInt.asIntN(bits === 0 ? 64 : bits, n));
}

function floatBytes(n: number, size: number, littleEndian: boolean): string {
  const view = new DataView(new ArrayBuffer(size));
  if (size === FLOAT_SIZE) view.setFloat32(0, n, littleEndian);
  else view.setFloat64(0, n, littleEndian);
  return String.fromCharCode(...new Uint8Array(view.buffer));
}

function floatOf(bytes: string, littleEndian: boolean): number {
  const view = new DataView(new ArrayBuffer(bytes.length));
  for (let i = 0; i < bytes.length; i++) view.setUint8(i, bytes.charCodeAt(i));
  return bytes.length === FLOAT_SIZE
    ? view.getFloat32(0, littleEndian)
    : view.getFloat64(0, littleEndian);
}
