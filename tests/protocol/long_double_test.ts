import { assertEquals } from "@std/assert";
import {
  addLongDoubles,
  formatLongDouble,
  parseLongDouble,
} from "../../src/protocol/long_double.ts";
import { findRealRedis, sharedRealRedis } from "../helpers/real_redis.ts";
import { RespClient } from "../helpers/resp_client.ts";
import { checkProperty, type TestRandom } from "../helpers/seeded.ts";

const NOT_A_FLOAT = "ERR value is not a valid float";
const NOT_FINITE = "ERR increment would produce NaN or Infinity";

/** What INCRBYFLOAT replies for these operands. */
function sum(a: string, b: string): string {
  const x = parseLongDouble(a), y = parseLongDouble(b);
  if (x === undefined || y === undefined) return NOT_A_FLOAT;
  const z = addLongDoubles(x, y);
  return z === undefined ? NOT_FINITE : formatLongDouble(z);
}

const SUMS: readonly (readonly [string, string, string])[] = [
  ["1", "2", "3"],
  ["10.50", "0.1", "10.6"],
  ["5.0e3", "2.0e2", "5200"],
  ["3", "-1.1", "1.9"],
  ["1e-17", "0", "0.00000000000000001"],
  ["4e-18", "0", "0"],
  ["-1e-20", "0", "0"],
  ["-0", "0", "0"],
  ["0x1.8p1", "0X.8", "3.5"],
  ["+5.", ".5", "5.5"],
  ["17179869185.99999999", "0", "17179869185.99999999068677425"],
  ["9223372036854775807", "1", "9223372036854775808"],
  ["18446744073709551615", "1", "18446744073709551616"],
  ["18446744073709551617", "0", "18446744073709551616"],
  ["1e4932", "-1e4932", "0"],
  ["3.7e-4951", "0", "0"],
];

for (const [a, b, expected] of SUMS) {
  Deno.test(`${a} plus ${b} is ${expected}`, () => {
    assertEquals(sum(a, b), expected);
  });
}

for (
  const text of [
    "",
    " 1",
    "1 ",
    "1e",
    "e1",
    ".",
    "-",
    "0x",
    "0x1p",
    "nan",
    "infinit",
    "1,5",
    "1_0",
    "1e4933",
    "-1e4933",
    "1e-4952",
    "0x1p16384",
    "1\0",
    `1${"0".repeat(5119)}`,
  ]
) {
  Deno.test(`${JSON.stringify(text.slice(0, 20))} is no long double`, () => {
    assertEquals(parseLongDouble(text), undefined);
  });
}

for (const text of ["inf", "-inf", "+INF", "Infinity", "-infinity"]) {
  Deno.test(`${text} is a long double whose sums are not finite`, () => {
    assertEquals(sum(text, "1"), NOT_FINITE);
    assertEquals(sum("-inf", text), NOT_FINITE);
  });
}

Deno.test("the largest long double prints all its digits and has no double", () => {
  const largest = "0x1.fffffffffffffffep16383";
  assertEquals(sum(largest, "0").length, 4933);
  assertEquals(sum(largest, largest), NOT_FINITE);
});

Deno.test({
  name: "random operands sum and print as INCRBYFLOAT of redis-server does it",
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
  const pairs = random.list(300, () => [operand(random), operand(random)]);
  const replies = await client.pipeline(
    pairs.flatMap(([a, b]) => [["SET", "k", a!], ["INCRBYFLOAT", "k", b!]]),
  );
  for (const [index, [a, b]] of pairs.entries()) {
    const reply = replies[2 * index + 1]!;
    const text = "text" in reply ? reply.text : "";
    assertEquals(sum(a!, b!), text, `${a} + ${b}`);
  }
}

function operand(random: TestRandom): string {
  const sign = random.pick(["", "", "-", "+"]);
  const digits = (from: number, to: number) =>
    random.text(random.between(from, to), "0123456789");
  switch (random.below(9)) {
    case 0:
      return `${sign}${digits(1, 22)}`;
    case 1:
      return `${sign}${digits(0, 20)}.${digits(0, 30)}`;
    case 2:
      return `${sign}${digits(1, 3)}.${digits(1, 17)}`;
    case 3:
      return `${sign}${digits(1, 20)}e${random.between(-40, 40)}`;
    case 4:
      return `${sign}${digits(1, 20)}.${digits(1, 20)}E${
        random.between(-5000, 5000)
      }`;
    case 5:
      return `${sign}0x${
        random.text(random.between(0, 18), "0123456789abcDEF")
      }${random.pick(["", ".", ".8", ".0001f"])}${
        random.pick(["", "p3", "p-16445", "P16383", "p"])
      }`;
    case 6:
      return random.pick([
        "inf",
        "-inf",
        "nan",
        "0",
        "-0",
        "1e",
        " 1",
        "1e4932",
      ]);
    case 7:
      // Halves of the seventeenth digit: ties.
      return `${sign}${digits(1, 2)}.${digits(17, 17)}5`;
    default:
      return random.text(random.between(0, 8), "0123456789.e+-xp ");
  }
}
