import { bitLength, shiftRounded } from "./rounding.ts";

/** Below this, integers print as they are. */
const PLAIN_INTEGERS = 1e15;
/** Significant digits of a printed double: enough to read the same one back. */
const DIGITS = 17;
const MANTISSA_BITS = 53;
/** Doubles of more bits than this before the point are infinite. */
const MAX_BITS = 1024;
/** Exponent of the last bit of the smallest double. */
const MIN_EXPONENT = -1074;

const INFINITY = /^([-+]?)inf(inity)?$/i;
/** A number with a digit other than zero before its exponent. */
const NOT_ZERO = /^[-+]?(0x[0.]*[1-9a-f]|[0.]*[1-9])/i;

/** Returns `n` as C's `%.17g` prints it, which is how Redis replies with doubles. */
export function formatDouble(n: number): string {
  if (Number.isInteger(n) && Math.abs(n) < PLAIN_INTEGERS) {
    return Object.is(n, -0) ? "-0" : String(n);
  }
  if (!Number.isFinite(n)) return n > 0 ? "inf" : n < 0 ? "-inf" : "nan";
  const minus = n < 0 ? "-" : "";
  const { digits, exponent } = decimalOf(Math.abs(n));
  if (exponent < -4 || exponent >= DIGITS) {
    const sign = exponent < 0 ? "-" : "+";
    const size = String(Math.abs(exponent)).padStart(2, "0");
    return `${minus}${withPoint(digits, 1)}e${sign}${size}`;
  }
  return exponent < 0
    ? `${minus}${withPoint("0".repeat(-exponent) + digits, 1)}`
    : `${minus}${withPoint(digits, exponent + 1)}`;
}

/** Returns `n` as C's `%.<digits>f` prints it: without an exponent, `digits` of them after the point. */
export function formatFixed(n: number, digits: number): string {
  if (!Number.isFinite(n)) return n > 0 ? "inf" : n < 0 ? "-inf" : "nan";
  const minus = n < 0 || Object.is(n, -0) ? "-" : "";
  const size = Math.abs(n);
  if (size >= 2 ** MANTISSA_BITS) {
    return `${minus}${BigInt(size)}.${"0".repeat(digits)}`;
  }
  let text = size.toFixed(digits);
  // JavaScript rounds halves up, C to even; a half in decimal is one in binary too.
  const isHalf = size * 2 ** (digits + 1) % 2 === 1;
  const last = Number(text.at(-1));
  if (isHalf && last % 2 === 1) text = text.slice(0, -1) + (last - 1);
  return minus + text;
}

/** Returns `n` with up to 17 digits after the point and no exponent, as Redis shows coordinates. */
export function formatPlainDouble(n: number): string {
  const text = formatFixed(n, DIGITS).replace(/\.?0+$/, "");
  return text === "-0" ? "0" : text;
}

/**
 * Returns the number that `text` spells as C's `strtod` reads it when it must
 * read all of it: decimal or hexadecimal, with an exponent, `inf` or `infinity`
 * with a sign; `undefined` for blanks, `nan`, an empty string, what is too large
 * or too small for a double, or anything else.
 */
export function parseDouble(text: string): number | undefined {
  const n = parseNearestDouble(text);
  if (n === 0) return NOT_ZERO.test(text) ? undefined : n;
  return n === undefined || Number.isFinite(n) || INFINITY.test(text)
    ? n
    : undefined;
}

/** The same, but what is too large is infinite and what is too small is zero. */
export function parseNearestDouble(text: string): number | undefined {
  if (/^[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$/i.test(text)) return Number(text);
  const infinity = INFINITY.exec(text);
  if (infinity !== null) return infinity[1] === "-" ? -Infinity : Infinity;
  return parseHexadecimal(text);
}

function parseHexadecimal(text: string): number | undefined {
  const match = /^([-+]?)0x([0-9a-f]*)\.?([0-9a-f]*)(?:p([-+]?\d+))?$/i.exec(
    text,
  );
  if (match === null) return undefined;
  const [, sign, whole = "", fraction = "", power = "0"] = match;
  if (whole + fraction === "") return undefined;
  const digits = BigInt(`0x${whole}${fraction}`);
  const n = digits === 0n
    ? 0
    : scaled(digits, Number(power) - 4 * fraction.length);
  return sign === "-" ? -n : n;
}

/** Returns the double nearest to `digits * 2 ** exponent`. */
function scaled(digits: bigint, exponent: number): number {
  const bits = bitLength(digits) + exponent;
  if (bits > MAX_BITS) return Infinity;
  if (bits < MIN_EXPONENT) return 0;
  const lastBit = Math.max(bits - MANTISSA_BITS, MIN_EXPONENT);
  const mantissa = shiftRounded(digits, exponent - lastBit);
  return Number(mantissa) * 2 ** lastBit;
}

/** Returns the 17 digits nearest to a positive double, half to even, and the power of ten of the first. */
function decimalOf(n: number): { digits: string; exponent: number } {
  const [mantissa, power] = n.toExponential(DIGITS - 1).split("e") as [
    string,
    string,
  ];
  let digits = mantissa[0] + mantissa.slice(2);
  const last = Number(digits[DIGITS - 1]);
  // JavaScript rounds halves up, C to even.
  if (last % 2 === 1 && isHalfway(n)) digits = digits.slice(0, -1) + (last - 1);
  return { digits, exponent: Number(power) };
}

/** Returns whether all that follows the 17th digit is one 5. */
function isHalfway(n: number): boolean {
  if (!/5e/.test(n.toExponential(DIGITS))) return false;
  // A double that goes on beyond this many zeros does not exist.
  return /50{40}e/.test(n.toExponential(DIGITS + 40));
}

/** Returns the digits with a point behind the first `whole` of them, and no zeros at the end of the fraction. */
function withPoint(digits: string, whole: number): string {
  const fraction = digits.slice(whole).replace(/0+$/, "");
  const before = digits.slice(0, whole);
  return fraction === "" ? before : `${before}.${fraction}`;
}
