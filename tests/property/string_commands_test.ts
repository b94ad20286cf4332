import type { TestRandom } from "../helpers/seeded.ts";
import { comparison, type Words } from "../fuzz/comparison.ts";

comparison(
  "random string commands get the replies of redis-server",
  (random) => ({
    counted: true,
    lines: random.list(500, () => command(random)),
  }),
);

function command(random: TestRandom): Words {
  const key = () => random.pick(["a", "b", "c", "d"]);
  const integer = () => random.pick(INTEGERS);
  const value = () => random.pick([integer, text])(random);
  const forms: readonly (() => Words)[] = [
    () => ["SET", key(), value(), ...options(random)],
    () => ["SET", key(), value()],
    () => ["SETNX", key(), value()],
    () => [
      random.pick(["SETEX", "PSETEX"]),
      key(),
      random.pick(TIMES),
      value(),
    ],
    () => ["GETSET", key(), value()],
    () => [random.pick(["GET", "GETDEL", "STRLEN", "INCR", "DECR"]), key()],
    () => ["GETEX", key(), ...options(random)],
    () => ["MGET", key(), key()],
    () => [random.pick(["MSET", "MSETNX"]), key(), value(), key(), value()],
    () => [random.pick(["INCRBY", "DECRBY"]), key(), integer()],
    () => ["INCRBYFLOAT", key(), value()],
    () => ["APPEND", key(), value()],
    () => ["GETRANGE", key(), integer(), integer()],
    () => ["SETRANGE", key(), random.pick([...OFFSETS, "x", "-1"]), value()],
    () => ["SETBIT", key(), random.pick([...OFFSETS, "x"]), random.below(3)],
    () => ["GETBIT", key(), random.pick(OFFSETS)],
    () => ["LCS", key(), key(), ...lcsOptions(random)],
    () => ["OBJECT", "ENCODING", key()],
    () => [random.pick(["EXISTS", "DEL", "PERSIST"]), key()],
    () => ["RPUSH", key(), value()],
  ];
  // Most keys hold strings: lists come seldom, and go when they are overwritten.
  return random.pick(random.chance(0.97) ? forms.slice(0, -1) : forms)();
}

const OFFSETS = ["0", "1", "7", "8", "20", "100"];
/** Far or bad: the two servers have clocks of their own, and near times would be over on one only. */
const TIMES = ["4102444800000", "9223372036854775", "0", "-1", "x", "1.0"];
const INTEGERS = [
  ...["0", "1", "-1", "2", "3", "-3", "10", "100", "-100"],
  ...["9007199254740991", "9007199254740993", "-9007199254740993"],
  ...["9223372036854775807", "-9223372036854775808", "9223372036854775808"],
  ...["01", "-0", "+1", "1.5", ""],
];

function text(random: TestRandom): string {
  return random.pick([
    () => random.text(random.below(60), "ab"),
    () => random.bytes(random.below(10)),
    () => random.text(random.between(1, 6), "0123456789.-e"),
  ])();
}

function options(random: TestRandom): string[] {
  const words = ["NX", "XX", "GET", "KEEPTTL", "PERSIST", "EXAT", "PXAT"];
  return random.list(random.below(3), () => {
    const word = random.pick(words);
    if (!word.endsWith("AT") || random.chance(0.05)) return [word];
    return [word, random.pick(TIMES)];
  }).flat();
}

function lcsOptions(random: TestRandom): string[] {
  return random.list(
    random.below(3),
    () =>
      random.pick([["LEN"], ["IDX"], ["WITHMATCHLEN"], ["MINMATCHLEN", "2"], [
        "MINMATCHLEN",
      ]]),
  ).flat();
}
