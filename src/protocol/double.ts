/** Returns `n` as C's `%.17g` prints it, which is how Redis replies with doubles. */
export function formatDouble(n: number): string {
  if (Number.isInteger(n) && Math.abs(n) < 1e15) {
    return Object.is(n, -0) ? "-0" : String(n);
  }
  if (!Number.isFinite(n)) return n > 0 ? "inf" : n < 0 ? "-inf" : "nan";
  const [digits, power] = n.toExponential(16).split("e") as [string, string];
  const exponent = Number(power);
  if (exponent >= -4 && exponent < 17) {
    return withoutTrailingZeros(n.toFixed(Math.min(16 - exponent, 100)));
  }
  const sign = exponent < 0 ? "-" : "+";
  const size = String(Math.abs(exponent)).padStart(2, "0");
  return `${withoutTrailingZeros(digits)}e${sign}${size}`;
}

/**
 * Returns the number that `text` spells as C's `strtod` reads it when it must
 * read all of it: decimal or hexadecimal, with an exponent, `inf` or `infinity`
 * with a sign; `undefined` for blanks, `nan`, an empty string or anything else.
 */
export function parseDouble(text: string): number | undefined {
  if (/^[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$/i.test(text)) return Number(text);
  const infinity = /^([-+]?)inf(inity)?$/i.exec(text);
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
  const mantissa = Number(BigInt(`0x0${whole}${fraction}`));
  const n = mantissa * 2 ** (Number(power) - 4 * fraction.length);
  return sign === "-" ? -n : n;
}

function withoutTrailingZeros(digits: string): string {
  return digits.includes(".") ? digits.replace(/\.?0+$/, "") : digits;
}
