import { Buffer } from "node:buffer";

/** Up to this many bytes the loop below is faster than a hash object of the runtime: 0.6 us against 2.6 us for 20 bytes. */
const SHORT = 512;
const BLOCK = 64;

/** Computes SHA-1 hashes, of short data without leaving anything to the garbage collector. */
export class Sha1 {
  readonly #state = new Int32Array(5);
  readonly #schedule = new Int32Array(80);
  /** The data, and what SHA-1 appends to it. */
  readonly #padded = Buffer.alloc(SHORT + BLOCK * 2);

  /** Writes the hash of bytes, or of a byte string, into `out`: 20 bytes, which may be the data itself. */
  hash(data: string | Uint8Array, out: Uint8Array): void {
    const { length } = data;
    if (length > SHORT) return this.#hashLong(data, out);
    const padded = this.#padded;
    if (typeof data === "string") padded.latin1Write(data, 0);
    else padded.set(data);
    const end = Math.ceil((length + 9) / BLOCK) * BLOCK;
    padded.fill(0, length, end);
    padded[length] = 0x80;
    padded.writeUInt32BE(length * 8, end - 4);
    this.#state.set([
      0x67452301,
      0xefcdab89 | 0,
      0x98badcfe | 0,
      0x10325476,
      0xc3d2e1f0 | 0,
    ]);
    for (let at = 0; at < end; at += BLOCK) this.#mixBlock(at);
    for (let i = 0; i < 20; i++) {
      out[i] = this.#state[i >> 2]! >>> (24 - (i & 3) * 8);
    }
  }

  #hashLong(data: string | Uint8Array, out: Uint8Array): void {
    // Asked for here, because importing it would cost 13 ms at every start.
    const { createHash } = globalThis.process.getBuiltinModule("node:crypto");
    const hash = createHash("sha1");
    if (typeof data === "string") hash.update(data, "latin1");
    else hash.update(data);
    out.set(hash.digest());
  }

  #mixBlock(at: number): void {
    const words = this.#schedule, state = this.#state, bytes = this.#padded;
    for (let i = 0; i < 16; i++, at += 4) {
      words[i] = bytes[at]! << 24 | bytes[at + 1]! << 16 |
        bytes[at + 2]! << 8 | bytes[at + 3]!;
    }
    for (let i = 16; i < 80; i++) {
      const word = words[i - 3]! ^ words[i - 8]! ^ words[i - 14]! ^
        words[i - 16]!;
      words[i] = word << 1 | word >>> 31;
    }
    let a = state[0]!, b = state[1]!, c = state[2]!, d = state[3]!;
    let e = state[4]!;
    for (let i = 0; i < 80; i++) {
      let f: number;
      if (i < 20) f = (b & c | ~b & d) + 0x5a827999;
      else if (i < 40) f = (b ^ c ^ d) + 0x6ed9eba1;
      else if (i < 60) f = (b & c | b & d | c & d) + 0x8f1bbcdc;
      else f = (b ^ c ^ d) + 0xca62c1d6;
      const next = (a << 5 | a >>> 27) + f + e + words[i]! | 0;
      e = d;
      d = c;
      c = b << 30 | b >>> 2;
      b = a;
      a = next;
    }
    state[0]! += a;
    state[1]! += b;
    state[2]! += c;
    state[3]! += d;
    state[4]! += e;
  }
}
