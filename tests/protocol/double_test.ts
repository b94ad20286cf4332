import { assertEquals } from "@std/assert";
import {
  formatDouble,
  formatFixed,
  formatPlainDouble,
  parseDouble,
  parseNearestDouble,
} from "../../src/protocol/double.ts";
import { findRealRedis, sharedRealRedis } from "../helpers/real_redis.ts";
import { RespClient } from "../helpers/resp_client.ts";
import { checkProperty, type TestRandom } from "../helpers/seeded.ts";

const PRINTED: readonly (readonly [number, string])[] = [
  [0, "0"],
  [-0, "-0"],
  [1, "1"],
  [-17, "-17"],
  [0.1, "0.10000000000000001"],
  [1.5, "1.5"],
  [123456.5, "123456.5"],
  [1e15, "1000000000000000"],
  [1e16, "10000000000000000"],
  [1e17, "1e+17"],
  [-1e22, "-1e+22"],
  [123456789012345680, "1.2345678901234568e+17"],
  [0.0001, "0.0001"],
  [0.00001, "1.0000000000000001e-05"],
  [5e-324, "4.9406564584124654e-324"],
  [1.7976931348623157e308, "1.7976931348623157e+308"],
  [12345678 + 2 ** -10, "12345678.000976562"],
  [2 ** -25, "2.9802322387695312e-08"],
  [3 * 2 ** -25, "8.9406967163085938e-08"],
  [123456789012345.625, "123456789012345.62"],
  [Infinity, "inf"],
  [-Infinity, "-inf"],
  [NaN, "nan"],
];

for (const [n, expected] of PRINTED) {
  Deno.test(`formatDouble prints ${n} as ${expected}`, () => {
    assertEquals(formatDouble(n), expected);
  });
}

const READ: readonly (readonly [string, number | undefined])[] = [
  ["1", 1],
  ["+1.", 1],
  ["-.5", -0.5],
  ["1e3", 1000],
  ["0e999", 0],
  ["-0", -0],
  ["Inf", Infinity],
  ["-infinity", -Infinity],
  ["0x10", 16],
  ["-0X1.8p-1", -0.75],
  ["0x.1p0", 0.0625],
  ["0x1p-1074", 5e-324],
  ["0x1.8p-1075", 5e-324],
  ["0x1.fffffffffffffp1023", 1.7976931348623157e308],
  ["0x20000000000001", 2 ** 53],
  ["0x20000000000003", 2 ** 53 + 4],
  ["1e400", undefined],
  ["-1e400", undefined],
  ["1e-400", undefined],
  ["0x1p1024", undefined],
  ["0x1p-1075", undefined],
  ["0x1p-99999", undefined],
  ["", undefined],
  [" 1", undefined],
  ["1 ", undefined],
  ["1e", undefined],
  [".", undefined],
  ["0x", undefined],
  ["nan", undefined],
  ["1\0", undefined],
  ["infi", undefined],
];

for (const [text, expected] of READ) {
  Deno.test(`parseDouble reads ${JSON.stringify(text)} as ${expected}`, () => {
    assertEquals(parseDouble(text), expected);
  });
}

const NEAREST: readonly (readonly [string, number | undefined])[] = [
  ["1.5", 1.5],
  ["-1e400", -Infinity],
  ["1e-400", 0],
  ["-1e-400", -0],
  ["0x1p1024", Infinity],
  ["-0x1p-99999", -0],
  ["inf", Infinity],
  ["nan", undefined],
  ["", undefined],
];

for (const [text, expected] of NEAREST) {
  Deno.test(`parseNearestDouble reads ${JSON.stringify(text)} as ${expected}`, () => {
    assertEquals(parseNearestDouble(text), expected);
  });
}

Deno.test({
  name: "random doubles are read and printed as redis-server does it",
  ignore: findRealRedis() === undefined,
  sanitizeOps: false,
  sanitizeResources: false,
  fn: () =>
    checkProperty(
      compareWithRealServer,
      { runs: 3 },
      Deno.env.get("REDIS_LITE_SEED"),
    ),
});

async function compareWithRealServer(random: TestRandom): Promise<void> {
  const server = (await sharedRealRedis())!;
  await using client = await RespClient.connect(server.port);
  const texts = random.list(500, () => spelled(random));
  const replies = await client.pipeline(
    texts.flatMap((
      text,
    ) => [["ZADD", "z", text, "m"], ["ZSCORE", "z", "m"], ["DEL", "z"]]),
  );
  for (const [index, text] of texts.entries()) {
    const score = replies[3 * index + 1]!;
    const n = parseDouble(text);
    // Some C libraries cut hexadecimal denormals off where they should round.
    if (/0x/i.test(text) && Math.abs(n ?? 0) < 2 ** -1022) continue;
    const expected = score.type === "bulk" ? score.text : undefined;
    // A small sorted set does not keep the sign of zero.
    const printed = n === undefined ? undefined : formatDouble(n === 0 ? 0 : n);
    assertEquals(printed, expected, text);
  }
}

function spelled(random: TestRandom): string {
  const sign = random.pick(["", "", "-", "+"]);
  const digits = (from: number, to: number) =>
    random.text(random.between(from, to), "0123456789");
  switch (random.below(6)) {
    case 0:
      return `${sign}${digits(0, 18)}.${digits(0, 18)}`;
    case 1:
      return `${sign}${digits(1, 20)}e${random.between(-345, 320)}`;
    case 2:
      return `${sign}0x${
        random.text(random.between(0, 16), "0123456789abcDEF")
      }.${random.text(random.between(0, 4), "0123456789abcDEF")}${
        random.pick(["", "p3", "p-1074", "P1000", "p"])
      }`;
    case 3:
      // Few bits behind the point: many of these lie halfway between two prints.
      return String(random.below(2 ** 40) + random.below(1024) / 1024);
    case 4:
      return String(random.between(1, 1000) / 2 ** random.between(1, 60));
    default:
      return random.text(random.between(0, 6), "0123456789.e+-x ");
  }
}

Deno.test("formatFixed() prints as C's %f does, halves to even", () => {
  const printed: readonly (readonly [number, number, string])[] = [
    [0, 6, "0.000000"],
    [-0, 6, "-0.000000"],
    [200.0078125, 6, "200.007812"],
    [-200.0234375, 6, "-200.023438"],
    [0.5, 0, "0"],
    [1.5, 0, "2"],
    [1e22, 2, "10000000000000000000000.00"],
    [-Infinity, 6, "-inf"],
  ];
  for (const [n, digits, text] of printed) {
    assertEquals(formatFixed(n, digits), text);
  }
});

Deno.test("formatPlainDouble() leaves out zeros at the end", () => {
  const printed: readonly (readonly [number, string])[] = [
    [180, "180"],
    [-85.0511287799999991, "-85.0511287799999991"],
    [13.36138933897018433, "13.36138933897018433"],
    [2 ** -18, "0.00000381469726562"],
    [-1e-30, "0"],
  ];
  for (const [n, text] of printed) assertEquals(formatPlainDouble(n), text);
});
