import { assertEquals } from "@std/assert";
import {
  addInt64,
  INT64_MAX,
  INT64_MIN,
  int64Of,
  negateInt64,
  parseInt64,
  toNumber,
} from "../../src/protocol/integer.ts";
import { property } from "../helpers/seeded.ts";

const READ: readonly (readonly [string, number | bigint | undefined])[] = [
  ["0", 0],
  ["7", 7],
  ["-1", -1],
  ["9007199254740991", 9007199254740991],
  ["-9007199254740991", -9007199254740991],
  ["9007199254740992", 9007199254740992n],
  ["9007199254740993", 9007199254740993n],
  ["9223372036854775807", INT64_MAX],
  ["-9223372036854775808", INT64_MIN],
  ["9223372036854775808", undefined],
  ["-9223372036854775809", undefined],
  ["18446744073709551616", undefined],
  ["100000000000000000000", undefined],
  ["", undefined],
  ["-", undefined],
  ["+1", undefined],
  ["-0", undefined],
  ["00", undefined],
  ["01", undefined],
  ["-01", undefined],
  [" 1", undefined],
  ["1 ", undefined],
  ["1.0", undefined],
  ["1e3", undefined],
  ["0x1", undefined],
  ["1\0", undefined],
  ["\u00b2", undefined],
];

for (const [text, expected] of READ) {
  Deno.test(`parseInt64 reads ${JSON.stringify(text)} as ${expected}`, () => {
    assertEquals(parseInt64(text), expected);
  });
}

Deno.test("negateInt64 gives no opposite of the smallest integer", () => {
  assertEquals(negateInt64(INT64_MIN), undefined);
  assertEquals(negateInt64(INT64_MAX), -INT64_MAX);
  assertEquals(negateInt64(0), 0);
  assertEquals(negateInt64(5), -5);
});

property(
  "addInt64 gives the exact sum, as a number where one is exact, or undefined",
  (random) => {
    const near = [0n, 2n ** 53n, -(2n ** 53n), INT64_MAX, INT64_MIN];
    const make = () => {
      const n = random.pick(near) + BigInt(random.between(-3, 3));
      return parseInt64(String(n)) ?? 0;
    };
    for (let i = 0; i < 100; i++) {
      const a = make(), b = make();
      const sum = BigInt(a) + BigInt(b);
      assertEquals(addInt64(a, b), parseInt64(String(sum)), `${a} + ${b}`);
    }
  },
);

Deno.test("int64Of takes integers of 64 bits, exact ones as numbers", () => {
  for (const n of [0, -5, 2 ** 53 - 1]) assertEquals(int64Of(n), n);
  assertEquals(int64Of(5n), 5);
  assertEquals(int64Of(1e18), 10n ** 18n);
  assertEquals(int64Of(INT64_MAX), INT64_MAX);
  assertEquals(int64Of(INT64_MIN), INT64_MIN);
  for (
    const n of [
      0.5,
      2 ** 63,
      1e300,
      NaN,
      Infinity,
      INT64_MAX + 1n,
      INT64_MIN - 1n,
    ]
  ) assertEquals(int64Of(n), undefined);
});

Deno.test("toNumber gives what parses as an integer of 64 bits again", () => {
  for (const n of [0, -5, 2n ** 60n, INT64_MAX, INT64_MIN]) {
    const near = toNumber(n);
    assertEquals(Number(parseInt64(String(near))), near);
  }
});
