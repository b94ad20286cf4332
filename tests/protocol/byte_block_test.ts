import { Buffer } from "node:buffer";
import { assertEquals } from "@std/assert";
import {
  ByteBlock,
  copyBytes,
  hashBytes,
  sameBytes,
  writeDigits,
} from "../../src/protocol/byte_block.ts";
import {
  integerIn,
  parseInt64,
  writeInt64,
} from "../../src/protocol/integer.ts";
import { property } from "../helpers/seeded.ts";

function block(bytes: string): ByteBlock {
  return new ByteBlock(Buffer.from(bytes, "latin1"));
}

property(
  "copied bytes are the same at any place and of any length, and nothing beside them changes",
  (random) => {
    const from = block(random.bytes(400)), to = block(random.bytes(400));
    const length = random.below(200);
    const start = random.below(400 - length), at = random.below(400 - length);
    const expected = Buffer.from(to.bytes);
    for (let i = 0; i < length; i++) expected[at + i] = from.bytes[start + i]!;
    copyBytes(from, start, to, at, length);
    assertEquals(to.bytes.equals(expected), true);
    assertEquals(sameBytes(to, at, from, start, length), true);
    if (length === 0) return;
    to.bytes[at + random.below(length)]! ^= 1 << random.below(8);
    assertEquals(sameBytes(to, at, from, start, length), false);
  },
);

property(
  "the hash of bytes is the same wherever they lie, and another one for others and for another seed",
  (random) => {
    const text = random.bytes(random.below(40));
    const shift = random.below(8);
    const end = shift + text.length;
    const shifted = block(random.bytes(shift) + text + random.bytes(8));
    const hash = hashBytes(block(text), 0, text.length, 7);
    assertEquals(hashBytes(shifted, shift, end, 7), hash);
    assertEquals(hashBytes(shifted, shift, end, 8) === hash, false);
    if (text === "") return;
    shifted.bytes[shift + random.below(text.length)]! ^= 1 << random.below(8);
    assertEquals(hashBytes(shifted, shift, end, 7) === hash, false);
  },
);

Deno.test("hashes of a million similar keys are spread as random ones would be", () => {
  const buckets = new Uint16Array(2 ** 16);
  const key = block("key:000000000000");
  for (let i = 0; i < 1_000_000; i++) {
    key.bytes.latin1Write(String(i).padStart(12, "0"), 4);
    buckets[hashBytes(key, 0, 16, 1) >>> 16]!++;
  }
  // 15.3 on average: more than 50 in one is no chance.
  assertEquals(Math.max(...buckets) < 50, true);
});

property(
  "integers are written as String() writes them, and read back as parseInt64() reads them",
  (random) => {
    const digits = random.between(1, 19);
    const text = `${random.chance() ? "-" : ""}${
      random.text(digits, "0123456789")
    }`;
    const range = { block: block(text), start: 0, end: text.length };
    assertEquals(integerIn(range), parseInt64(text), text);
    const n = parseInt64(text);
    if (n === undefined) return;
    const target = ByteBlock.ofSize(32);
    assertEquals(target.bytes.latin1Slice(0, writeInt64(target, n)), String(n));
  },
  { runs: 2000 },
);

Deno.test("what is nearly an integer is none, in bytes as in a string", () => {
  for (
    const text of [
      "",
      "-",
      "-0",
      "00",
      "01",
      "+1",
      " 1",
      "1 ",
      "1x",
      "x",
      "9223372036854775808",
      "-9223372036854775809",
    ]
  ) {
    const range = { block: block(text), start: 0, end: text.length };
    assertEquals(integerIn(range), undefined, text);
  }
});

Deno.test("writeDigits writes whole numbers up to 2^31 - 1", () => {
  const target = ByteBlock.ofSize(16);
  for (const n of [0, 9, 10, 99, 100, 12345, 999_999_999, 2 ** 31 - 1]) {
    assertEquals(
      target.bytes.latin1Slice(2, writeDigits(target, 2, n)),
      `${n}`,
    );
  }
});
