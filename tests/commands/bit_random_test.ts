import type { TestRandom } from "../helpers/seeded.ts";
import { comparison, type Words } from "../fuzz/comparison.ts";

comparison(
  "random bitmap commands get the replies of redis-server",
  (random) => ({
    counted: true,
    lines: random.list(1000, () => command(random)),
  }),
);

function command(random: TestRandom): Words {
  const key = () => random.pick(["a", "b", "c", "d"]);
  const index = () => random.pick([random.between(-20, 20), ...ODD]);
  const unit = () => random.pick([[], ["BIT"], ["BYTE"], ["bits"]]);
  const forms: readonly (() => Words)[] = [
    () => ["SET", key(), bytes(random)],
    () => ["SET", key(), random.between(-1000, 1000)],
    () => ["GET", key()],
    () => ["DEL", key()],
    () => ["BITCOUNT", key()],
    () => ["BITCOUNT", key(), index(), index(), ...unit()],
    () => ["BITPOS", key(), random.below(2)],
    () => ["BITPOS", key(), random.below(2), index()],
    () => ["BITPOS", key(), random.below(2), index(), index(), ...unit()],
    () => [
      "BITOP",
      random.pick(["AND", "OR", "XOR", "NOT"]),
      key(),
      ...random.list(random.between(1, 3), key),
    ],
    () => ["BITFIELD", key(), ...fieldOperations(random)],
    () => ["BITFIELD", key(), ...fieldOperations(random)],
    () => ["BITFIELD", key(), ...fieldOperations(random)],
    () => ["SETBIT", key(), random.below(200), random.below(2)],
    () => ["GETBIT", key(), random.below(200)],
  ];
  return random.pick(forms)();
}

const ODD = ["9223372036854775807", "-9223372036854775808", "x"];

function bytes(random: TestRandom): string {
  const length = random.below(20);
  return random.pick([
    random.bytes(length),
    "\xff".repeat(length),
    "\0".repeat(length),
  ]);
}

function fieldOperations(random: TestRandom): Words {
  return random.list(random.below(6), () => {
    const width = random.pick([1, 2, 8, 16, 31, 52, 53, 54, 63, 64]);
    const type = random.pick(["u", "i", "i"]) +
      random.pick([width, random.between(1, 63)]);
    const offset = random.pick([random.below(200), `#${random.below(4)}`]);
    const operand = random.pick([
      random.between(-300, 300),
      2n ** BigInt(random.below(63)) + BigInt(random.between(-2, 2)),
      -(2n ** BigInt(random.below(63))) - BigInt(random.between(-2, 2)),
      "9223372036854775807",
      "-9223372036854775808",
    ]);
    return random.pick<Words>([
      ["GET", type, offset],
      ["SET", type, offset, operand],
      ["INCRBY", type, offset, operand],
      ["OVERFLOW", random.pick(["WRAP", "SAT", "FAIL"])],
    ]);
  }).flat();
}
