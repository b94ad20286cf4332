/** Arithmetic on whole numbers of any size that floating point formats are made of. */

/** Returns the quotient of two positive integers rounded to the nearest one, half to even. */
export function divideRounded(numerator: bigint, denominator: bigint): bigint {
  const quotient = numerator / denominator;
  const twice = (numerator - quotient * denominator) * 2n;
  const up = twice > denominator ||
    (twice === denominator && (quotient & 1n) === 1n);
  return up ? quotient + 1n : quotient;
}

/** Returns `n * 2 ** shift` rounded like `divideRounded()`. */
export function shiftRounded(n: bigint, shift: number): bigint {
  return shift < 0 ? divideRounded(n, 1n << BigInt(-shift)) : n <<
    BigInt(shift);
}

/** Returns the number of bits of a positive integer. */
export function bitLength(n: bigint): number {
  return n.toString(2).length;
}
