const BLOCK = 64;

/** The first 32 bits of the fractional parts of the cube roots of the first 64 primes. */
const CONSTANTS = fractionsOfRoots(64, Math.cbrt);
/** The same of the square roots of the first 8. */
const INITIAL = fractionsOfRoots(8, Math.sqrt);

/**
 * Returns the SHA-256 hash of a byte string in hexadecimal digits: some 5 us for a
 * password. The runtime's own would add 13 ms to a start, or to whatever needs it
 * first.
 */
export function sha256Hex(data: string): string {
  const bytes = new Uint8Array(data.length);
  for (let i = 0; i < data.length; i++) bytes[i] = data.charCodeAt(i);
  return sha256OfBytes(bytes);
}

/** Returns the SHA-256 hash of bytes in hexadecimal digits. */
export function sha256OfBytes(data: Uint8Array): string {
  const state = hashed(padded(data));
  return Array.from(
    state,
    (word) => (word >>> 0).toString(16).padStart(8, "0"),
  ).join("");
}

/** Returns the data with what SHA-256 appends to it: a bit, zeros and the length. */
function padded(data: Uint8Array): Uint8Array {
  const { length } = data;
  const bytes = new Uint8Array(Math.ceil((length + 9) / BLOCK) * BLOCK);
  bytes.set(data);
  bytes[length] = 0x80;
  const view = new DataView(bytes.buffer);
  view.setBigUint64(bytes.length - 8, BigInt(length) * 8n);
  return bytes;
}

/**
 * Hashes whole blocks. One function with one loop, which V8 compiles while it
 * runs: the script engine's 205 KB are hashed once in a process, and with smaller
 * functions that takes twice as long.
 */
function hashed(bytes: Uint8Array): Int32Array {
  const state = INITIAL.slice(), words = new Int32Array(64);
  for (let at = 0; at < bytes.length; at += BLOCK) {
    for (let i = 0; i < 16; i++) {
      const from = at + i * 4;
      words[i] = bytes[from]! << 24 | bytes[from + 1]! << 16 |
        bytes[from + 2]! << 8 | bytes[from + 3]!;
    }
    for (let i = 16; i < 64; i++) {
      const a = words[i - 15]!, b = words[i - 2]!;
      words[i] = (words[i - 16]! + words[i - 7]! | 0) +
        ((a >>> 7 | a << 25) ^ (a >>> 18 | a << 14) ^ a >>> 3) +
        ((b >>> 17 | b << 15) ^ (b >>> 19 | b << 13) ^ b >>> 10);
    }
    let a = state[0]!, b = state[1]!, c = state[2]!, d = state[3]!;
    let e = state[4]!, f = state[5]!, g = state[6]!, h = state[7]!;
    for (let i = 0; i < 64; i++) {
      const first = (h + CONSTANTS[i]! | 0) + words[i]! +
          ((e >>> 6 | e << 26) ^ (e >>> 11 | e << 21) ^ (e >>> 25 | e << 7)) +
          (e & f ^ ~e & g) | 0;
      const second =
        ((a >>> 2 | a << 30) ^ (a >>> 13 | a << 19) ^ (a >>> 22 | a << 10)) +
          (a & b ^ a & c ^ b & c) | 0;
      h = g;
      g = f;
      f = e;
      e = d + first | 0;
      d = c;
      c = b;
      b = a;
      a = first + second | 0;
    }
    state[0]! += a;
    state[1]! += b;
    state[2]! += c;
    state[3]! += d;
    state[4]! += e;
    state[5]! += f;
    state[6]! += g;
    state[7]! += h;
  }
  return state;
}

function fractionsOfRoots(
  count: number,
  root: (n: number) => number,
): Int32Array {
  const fractions: number[] = [];
  for (let n = 2; fractions.length < count; n++) {
    if (!isPrime(n)) continue;
    const value = root(n);
    fractions.push((value - Math.floor(value)) * 2 ** 32 | 0);
  }
  return Int32Array.from(fractions);
}

function isPrime(n: number): boolean {
  for (let i = 2; i * i <= n; i++) if (n % i === 0) return false;
  return true;
}
