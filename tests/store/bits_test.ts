import { assertEquals } from "@std/assert";
import {
  combineBits,
  countBits,
  countBitsBetween,
  findBit,
  readBits,
  writeBits,
} from "../../src/store/values/bits.ts";
import { checkProperty, type TestRandom } from "../helpers/seeded.ts";

const SEED = Deno.env.get("REDIS_LITE_SEED");

Deno.test("bits are counted and found as one by one, wherever the bytes lie", () =>
  checkProperty(countAndFind, { runs: 300 }, SEED));

Deno.test("bits are combined as one by one, whatever the lengths", () =>
  checkProperty(combine, { runs: 200 }, SEED));

Deno.test("fields are read and written as bit by bit", () =>
  checkProperty(readAndWrite, { runs: 500 }, SEED));

/** Bytes at any place of their buffer; often all ones or zeros. */
function bytesOf(random: TestRandom, most = 60): Uint8Array {
  const offset = random.below(8);
  const length = random.below(most);
  const all = new Uint8Array(offset + length + random.below(5));
  const fill = random.pick([0, 255, undefined]);
  for (let i = 0; i < all.length; i++) {
    all[i] = fill === undefined || random.chance(0.02)
      ? random.below(256)
      : fill;
  }
  return all.subarray(offset, offset + length);
}

function bitsOf(bytes: Uint8Array): string {
  return [...bytes].map((byte) => byte.toString(2).padStart(8, "0")).join("");
}

function ones(bits: string): number {
  return bits.replaceAll("0", "").length;
}

function countAndFind(random: TestRandom): void {
  const bytes = bytesOf(random);
  const bits = bitsOf(bytes);
  assertEquals(countBits(bytes), ones(bits));
  if (bits === "") return;
  const first = random.below(bits.length);
  const last = random.between(first, bits.length - 1);
  const range = bits.slice(first, last + 1);
  assertEquals(countBitsBetween(bytes, first, last), ones(range));
  for (const bit of [0, 1] as const) {
    const found = range.indexOf(String(bit));
    assertEquals(
      findBit(bytes, bit, first, last),
      found < 0 ? -1 : first + found,
    );
  }
  assertEquals(findBit(bytes, 1, last + 1, first), -1);
}

function combine(random: TestRandom): void {
  const sources = random.list(random.between(1, 4), () => bytesOf(random));
  const length = Math.max(...sources.map((source) => source.length));
  const operation = random.pick(["and", "or", "xor", "not"] as const);
  if (operation === "not") sources.length = 1;
  const target = new Uint8Array(
    operation === "not" ? sources[0]!.length : length,
  );
  combineBits(operation, sources, target);
  const expected = Array.from(target, (_, i) => {
    const [first = 0, ...others] = sources.map((source) => source[i] ?? 0);
    if (operation === "not") return ~first & 255;
    return others.reduce(
      (a, b) =>
        operation === "and" ? a & b : operation === "or" ? a | b : a ^ b,
      first,
    );
  });
  assertEquals([...target], expected);
}

function readAndWrite(random: TestRandom): void {
  const bytes = bytesOf(random);
  const width = random.between(1, 53);
  const offset = random.below(bytes.length * 8 + 20);
  const bits = bitsOf(bytes).padEnd(offset + width, "0");
  const there = bits.slice(offset, offset + width);
  assertEquals(readBits(bytes, offset, width), parseInt(there, 2));
  if (offset + width > bytes.length * 8) return;
  const n = random.below(2 ** width);
  writeBits(bytes, offset, width, n);
  const expected = bits.slice(0, offset) + n.toString(2).padStart(width, "0") +
    bits.slice(offset + width);
  assertEquals(bitsOf(bytes), expected);
}
