/**
 * The 80-bit floating point numbers of x86, in which INCRBYFLOAT and
 * HINCRBYFLOAT of Redis count: 64 bits of mantissa, rounded half to even. What is
 * computed and printed here is what they compute and print, digit for digit.
 */
import { bitLength, divideRounded, shiftRounded } from "./rounding.ts";

/** `mantissa * 2 ** exponent`, the mantissa signed; an infinity has the exponent `Infinity`. */
export interface LongDouble {
  readonly mantissa: bigint;
  readonly exponent: number;
}

const MANTISSA_BITS = 64;
/** Exponent of the last bit of the smallest number. */
const MIN_EXPONENT = -16445;
/** Numbers of more bits than this before the point are infinite. */
const MAX_BITS = 16384;
/** Nothing longer is read as a number: Redis has a buffer of 5 KiB for it. */
export const LONGEST_LONG_DOUBLE = 5 * 1024 - 1;
/** No decimal exponent beyond this makes a number that is neither zero nor infinite. */
const MAX_DECIMAL_EXPONENT = 5000;
const FRACTION_DIGITS = 17;
const FRACTION_SCALE = 10n ** BigInt(FRACTION_DIGITS);

const ZERO: LongDouble = { mantissa: 0n, exponent: 0 };

/**
 * Returns the number that `text` spells as C's `strtold` reads it when it must
 * read all of it: decimal or hexadecimal, with an exponent, or `inf`; `undefined`
 * for blanks, `nan`, what is too large or too small, or anything else.
 */
export function parseLongDouble(text: string): LongDouble | undefined {
  if (text.length > LONGEST_LONG_DOUBLE) return undefined;
  const decimal = /^([-+]?)(\d*)\.?(\d*)(?:e([-+]?\d+))?$/i.exec(text);
  if (decimal !== null) {
    const [, sign, whole = "", fraction = "", power = "0"] = decimal;
    return signed(sign, parseDecimal(whole, fraction, Number(power)));
  }
  const hexadecimal = /^([-+]?)0x([\da-f]*)\.?([\da-f]*)(?:p([-+]?\d+))?$/i
    .exec(text);
  if (hexadecimal !== null) {
    const [, sign, whole = "", fraction = "", power = "0"] = hexadecimal;
    return signed(sign, parseHexadecimal(whole, fraction, Number(power)));
  }
  const infinity = /^([-+]?)inf(?:inity)?$/i.exec(text);
  if (infinity === null) return undefined;
  return signed(infinity[1], { mantissa: 1n, exponent: Infinity });
}

/** Returns the sum, or `undefined` when it is not finite. */
export function addLongDoubles(
  a: LongDouble,
  b: LongDouble,
): LongDouble | undefined {
  if (a.exponent === Infinity || b.exponent === Infinity) return undefined;
  const exponent = Math.min(a.exponent, b.exponent);
  const sum = (a.mantissa << BigInt(a.exponent - exponent)) +
    (b.mantissa << BigInt(b.exponent - exponent));
  if (sum === 0n) return ZERO;
  const rounded = round(sum < 0n ? -sum : sum, 1n, exponent);
  return rounded === undefined || sum > 0n ? rounded : negated(rounded);
}

/** Returns a finite number with up to 17 digits after the point, as `%.17Lf` has them, without the zeros at the end. */
export function formatLongDouble({ mantissa, exponent }: LongDouble): string {
  if (exponent >= 0) return String(mantissa << BigInt(exponent));
  const magnitude = mantissa < 0n ? -mantissa : mantissa;
  const scaled = shiftRounded(
    magnitude * FRACTION_SCALE,
    exponent,
  );
  const digits = String(scaled).padStart(FRACTION_DIGITS + 1, "0");
  const whole = digits.slice(0, -FRACTION_DIGITS);
  const fraction = digits.slice(-FRACTION_DIGITS).replace(/0+$/, "");
  const text = fraction === "" ? whole : `${whole}.${fraction}`;
  return mantissa < 0n && text !== "0" ? `-${text}` : text;
}

function parseDecimal(
  whole: string,
  fraction: string,
  power: number,
): LongDouble | undefined {
  if (whole + fraction === "") return undefined;
  const digits = (whole + fraction).replace(/^0+/, "");
  if (digits === "") return ZERO;
  const exponent = power - fraction.length;
  if (Math.abs(digits.length + exponent) > MAX_DECIMAL_EXPONENT) {
    return undefined;
  }
  const scale = 10n ** BigInt(Math.abs(exponent));
  return exponent < 0
    ? round(BigInt(digits), scale, 0)
    : round(BigInt(digits) * scale, 1n, 0);
}

function parseHexadecimal(
  whole: string,
  fraction: string,
  power: number,
): LongDouble | undefined {
  if (whole + fraction === "") return undefined;
  const digits = BigInt(`0x${whole}${fraction}`);
  if (digits === 0n) return ZERO;
  const exponent = power - 4 * fraction.length;
  const bits = bitLength(digits) + exponent;
  if (bits > MAX_BITS || bits < MIN_EXPONENT - 1) return undefined;
  return round(digits, 1n, exponent);
}

/** Returns `numerator / denominator * 2 ** exponent`, all positive, rounded to the nearest; `undefined` when that is zero or infinite. */
function round(
  numerator: bigint,
  denominator: bigint,
  exponent: number,
): LongDouble | undefined {
  const size = bitLength(numerator) - bitLength(denominator);
  let shift = Math.max(size - MANTISSA_BITS, MIN_EXPONENT - exponent);
  let [n, d] = shifted(numerator, denominator, shift);
  // The quotient has 64 bits, or 65.
  if (n / d >> BigInt(MANTISSA_BITS) !== 0n) {
    [n, d] = shifted(numerator, denominator, ++shift);
  }
  const mantissa = divideRounded(n, d);
  const infinite = bitLength(mantissa) + shift + exponent > MAX_BITS;
  if (mantissa === 0n || infinite) return undefined;
  return { mantissa, exponent: shift + exponent };
}

/** Returns a fraction that is `2 ** shift` times smaller. */
function shifted(n: bigint, d: bigint, shift: number): [bigint, bigint] {
  return shift < 0 ? [n << BigInt(-shift), d] : [n, d << BigInt(shift)];
}

function signed(
  sign: string | undefined,
  n: LongDouble | undefined,
): LongDouble | undefined {
  return n !== undefined && sign === "-" ? negated(n) : n;
}

function negated({ mantissa, exponent }: LongDouble): LongDouble {
  return { mantissa: -mantissa, exponent };
}
