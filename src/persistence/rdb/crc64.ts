/** The polynomial of Jones, bits reversed, in halves of 32 bits. */
const POLYNOMIAL_LOW = 0xac4b_c9b5 | 0;
const POLYNOMIAL_HIGH = 0x95ac_9329 | 0;
/** Bytes taken at once: each has a table of its own. */
const STEP = 8;

/** By the number of bytes that follow it, times 256, and the byte: what it adds to the CRC. */
const LOW = new Int32Array(STEP * 256);
const HIGH = new Int32Array(STEP * 256);
fillTables();

/**
 * The CRC-64 of Redis, with which RDB files and the payloads of DUMP end.
 *
 * No package of npm that is maintained has this polynomial: `crc` has none of 64
 * bits, `crc64-ecma` and `@aws-sdk/crc64-nvme` others. BigInt takes 50 times as
 * long as halves of 32 bits, eight bytes at a time.
 */
export class Crc64 {
  #low = 0;
  #high = 0;

  /** Adds bytes `from` to `to`. */
  update(bytes: Uint8Array, from = 0, to = bytes.length): void {
    let low = this.#low, high = this.#high;
    let at = from;
    for (; at + STEP <= to; at += STEP) {
      low ^= bytes[at]! | bytes[at + 1]! << 8 | bytes[at + 2]! << 16 |
        bytes[at + 3]! << 24;
      high ^= bytes[at + 4]! | bytes[at + 5]! << 8 | bytes[at + 6]! << 16 |
        bytes[at + 7]! << 24;
      const a = 0x700 | low & 0xff, b = 0x600 | low >>> 8 & 0xff;
      const c = 0x500 | low >>> 16 & 0xff, d = 0x400 | low >>> 24;
      const e = 0x300 | high & 0xff, f = 0x200 | high >>> 8 & 0xff;
      const g = 0x100 | high >>> 16 & 0xff, h = high >>> 24;
      low = LOW[a]! ^ LOW[b]! ^ LOW[c]! ^ LOW[d]! ^ LOW[e]! ^ LOW[f]! ^
        LOW[g]! ^ LOW[h]!;
      high = HIGH[a]! ^ HIGH[b]! ^ HIGH[c]! ^ HIGH[d]! ^ HIGH[e]! ^ HIGH[f]! ^
        HIGH[g]! ^ HIGH[h]!;
    }
    for (; at < to; at++) {
      const index = (low ^ bytes[at]!) & 0xff;
      low = (low >>> 8 | high << 24) ^ LOW[index]!;
      high = high >>> 8 ^ HIGH[index]!;
    }
    this.#low = low;
    this.#high = high;
  }

  /** Returns the CRC of what was added: eight bytes, the lowest first. */
  digest(): Uint8Array {
    const bytes = new Uint8Array(8);
    const view = new DataView(bytes.buffer);
    view.setInt32(0, this.#low, true);
    view.setInt32(4, this.#high, true);
    return bytes;
  }

  /** Returns whether it is the CRC that stands at `at`. */
  isAt(bytes: Uint8Array, at: number): boolean {
    return this.digest().every((byte, i) => bytes[at + i] === byte);
  }
}

function fillTables(): void {
  for (let byte = 0; byte < 256; byte++) {
    let low = byte, high = 0;
    for (let bit = 0; bit < 8; bit++) {
      const odd = (low & 1) !== 0;
      low = low >>> 1 | high << 31;
      high >>>= 1;
      if (!odd) continue;
      low ^= POLYNOMIAL_LOW;
      high ^= POLYNOMIAL_HIGH;
    }
    LOW[byte] = low;
    HIGH[byte] = high;
  }
  for (let i = 256; i < STEP * 256; i++) {
    const low = LOW[i - 256]!, high = HIGH[i - 256]!;
    LOW[i] = (low >>> 8 | high << 24) ^ LOW[low & 0xff]!;
    HIGH[i] = high >>> 8 ^ HIGH[low & 0xff]!;
  }
}
