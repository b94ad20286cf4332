/**
 * Where Lua's own functions use C's `long`: it has 32 bits in the engine, and 64
 * where Redis runs. What does not fit is done here; all else is left to them.
 */
import type { LuaEngine, OwnFunction } from "./engine.ts";
import { type LuaMemory, LuaType } from "./lua_state.ts";

/** A conversion of a format: flags, width, precision, letter. */
const CONVERSION = /%(?:%|([-+ #0]*)(\d{0,2})(?:\.(\d{0,2}))?([a-zA-Z]))/g;
/** What is zero to the engine's C library, and no number to that of Redis. */
const NO_DIGITS = /^[ \t-\r]*[-+]?0x[ \t-\r]*$/i;
const INT32_MIN = -(2 ** 31), INT32_MAX = 2 ** 31 - 1;
const INT64_MIN = -(2n ** 63n);
const UINT64_MAX = 2n ** 64n - 1n;
const DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz";

/** Makes `string.format` of the engine's own, which is `original`. */
export function wideFormat(
  engine: LuaEngine,
  original: OwnFunction,
): OwnFunction {
  return (L) => {
    if (hasWideNumber(engine, L)) widen(engine, L);
    return original(L);
  };
}

/** Makes `tonumber` of the engine's own, which is `original`. */
export function wideToNumber(
  engine: LuaEngine,
  original: OwnFunction,
): OwnFunction {
  const { api, memory } = engine;
  const decimal: OwnFunction = (L) => {
    const results = original(L);
    if (isZero(memory, memory.at(L, -1)) && hasNoDigits(memory, L)) {
      api.lua_pushnil(L);
    }
    return results;
  };
  return (L) => {
    if (memory.count(L) < 2 || api.lua_isnumber(L, 2) === 0) return decimal(L);
    const base = Math.trunc(api.lua_tonumber(L, 2));
    const text = memory.at(L, 1);
    if (
      base === 10 || base < 2 || base > 36 ||
      memory.type(text) !== LuaType.string
    ) return decimal(L);
    const n = parseUnsigned(memory.text(memory.object(text)), base);
    if (n === undefined) api.lua_pushnil(L);
    else api.lua_pushnumber(L, Number(n));
    return 1;
  };
}

function isZero(memory: LuaMemory, value: number): boolean {
  return memory.type(value) === LuaType.number && memory.number(value) === 0;
}

/** Whether the argument of the function that runs is a hexadecimal number without digits. */
function hasNoDigits(memory: LuaMemory, L: number): boolean {
  const text = memory.at(L, 1);
  return memory.type(text) === LuaType.string &&
    NO_DIGITS.test(memory.text(memory.object(text)));
}

/** Whether any argument of the function that runs is a number that 32 bits do not hold. */
function hasWideNumber({ api, memory }: LuaEngine, L: number): boolean {
  for (let i = memory.count(L); i > 1; i--) {
    const value = memory.at(L, i);
    const type = memory.type(value);
    const n = type === LuaType.number
      ? memory.number(value)
      : type === LuaType.string
      ? api.lua_tonumber(L, i)
      : 0;
    // A negative one matters where it is printed as if it had no sign.
    if (!(n >= 0 && n <= INT32_MAX)) return true;
  }
  return false;
}

/** Replaces conversions of such numbers by their text. */
function widen(engine: LuaEngine, L: number): void {
  const { api, memory } = engine;
  const format = memory.at(L, 1);
  if (memory.type(format) !== LuaType.string) return;
  let argument = 1;
  const widened = memory.string(memory.object(format)).replace(
    CONVERSION,
    (whole, flags = "", width = "", precision: string | undefined, letter) => {
      if (whole === "%%") return whole;
      argument++;
      if (
        argument > memory.count(L) || !/[diouxX]/.test(letter) ||
        api.lua_isnumber(L, argument) === 0
      ) return whole;
      const n = api.lua_tonumber(L, argument);
      const signed = letter === "d" || letter === "i";
      if (n <= INT32_MAX && n >= (signed ? INT32_MIN : 0)) return whole;
      const text = printed(toInt64(n), flags, width, precision, letter);
      engine.pushString(L, text);
      api.lua_replace(L, argument);
      return "%s";
    },
  );
  engine.pushString(L, widened);
  api.lua_replace(L, 1);
}

/** Converts as C does on the machines that Redis runs on. */
function toInt64(n: number): bigint {
  return Math.abs(n) < 2 ** 63 ? BigInt(Math.trunc(n)) : INT64_MIN;
}

/** Prints an integer as C's `printf` does. */
function printed(
  n: bigint,
  flags: string,
  width: string,
  precision: string | undefined,
  letter: string,
): string {
  const signed = letter === "d" || letter === "i";
  const size = signed ? (n < 0n ? -n : n) : BigInt.asUintN(64, n);
  const base = letter === "o" ? 8 : /x/i.test(letter) ? 16 : 10;
  let digits = size.toString(base).padStart(Number(precision ?? 1), "0");
  if (letter === "X") digits = digits.toUpperCase();
  let sign = "";
  if (signed) {
    sign = n < 0n
      ? "-"
      : flags.includes("+")
      ? "+"
      : flags.includes(" ")
      ? " "
      : "";
  } else if (flags.includes("#")) {
    if (base === 8 && !digits.startsWith("0")) sign = "0";
    if (base === 16) sign = `0${letter}`;
  }
  const room = Number(width || 0);
  if (flags.includes("-")) return (sign + digits).padEnd(room);
  return flags.includes("0") && precision === undefined
    ? sign + digits.padStart(room - sign.length, "0")
    : (sign + digits).padStart(room);
}

/** Reads what C's `strtoul` reads, if it is all that the text holds but for blanks. */
function parseUnsigned(text: string, base: number): bigint | undefined {
  const [, sign, digits] =
    /^[ \t-\r]*([-+]?)([0-9a-zA-Z]+)[ \t-\r]*$/.exec(text) ?? [];
  if (digits === undefined) return undefined;
  let n = 0n;
  const from = base === 16 && /^0x[0-9a-f]/i.test(digits) ? 2 : 0;
  for (const char of digits.slice(from).toLowerCase()) {
    const digit = DIGITS.indexOf(char);
    if (digit >= base) return undefined;
    n = n * BigInt(base) + BigInt(digit);
  }
  if (n > UINT64_MAX) return UINT64_MAX;
  return sign === "-" ? BigInt.asUintN(64, -n) : n;
}
