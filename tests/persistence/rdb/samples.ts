import type { Argument } from "../../helpers/resp_client.ts";
import type { TestRandom } from "../../helpers/seeded.ts";

/** Command lines that make a value at the key `k`. */
export type Script = readonly (readonly Argument[])[];

/** A kind of value: a layout of RDB, and which of its forms. */
export interface Sample {
  readonly name: string;
  readonly script: (random: TestRandom) => Script;
  /** Whether redis-server writes the same bytes: not what has no order, or lies in memory as its history made it. */
  readonly sameBytes: boolean;
}

const INTEGERS = [
  "0",
  "1",
  "12",
  "127",
  "128",
  "-1",
  "-128",
  "-129",
  "4095",
  "4096",
  "-4096",
  "-4097",
  "32767",
  "-32769",
  "8388607",
  "-8388609",
  "2147483647",
  "2147483648",
  "-2147483648",
  "-2147483649",
  "9007199254740993",
  "9223372036854775807",
  "-9223372036854775808",
];
const NO_INTEGERS = ["", "-", "-0", "01", "1.5", " 1", "9223372036854775808"];

/** Values of every type, in every layout that redis-server 7.0 writes. */
export const samples: readonly Sample[] = [
  ...[...INTEGERS, ...NO_INTEGERS].map((text) =>
    plain(`the string ${JSON.stringify(text)}`, ["SET", "k", text])
  ),
  made("a short string", (random) => [["SET", "k", bytes(random, 1, 20)]]),
  made("a string that compresses", (random) => [["SET", "k", dull(random)]]),
  made("a string of noise", (random) => [["SET", "k", bytes(random, 21, 9e4)]]),
  made("a string edited in place", (random) => [
    ["SETRANGE", "k", random.between(0, 300), dull(random)],
    ["APPEND", "k", bytes(random, 1, 50)],
  ]),
  made("a list", (random) => [["RPUSH", "k", ...elements(random, 1, 40)]]),
  made("a list of many nodes", (random) => [
    ["RPUSH", "k", ...elements(random, 2000, 4000)],
  ]),
  made("a list of long elements", (random) => [
    ["RPUSH", "k", ...random.list(9, () => bytes(random, 3000, 9000))],
  ]),
  made("a set of integers", (random) => [
    ["SADD", "k", ...random.list(50, () => random.pick(INTEGERS))],
  ]),
  made("a set of short integers", (random) => [
    ["SADD", "k", ...random.list(50, () => random.between(-99, 99))],
  ]),
  made(
    "a set",
    (random) => [["SADD", "k", ...elements(random, 1, 700)]],
    false,
  ),
  made("a hash", (random) => [["HSET", "k", ...elements(random, 2, 40, 60)]]),
  made(
    "a large hash",
    (random) => [["HSET", "k", ...elements(random, 1200, 2400)]],
    false,
  ),
  made("a sorted set", (random) => [["ZADD", "k", ...scored(random, 30)]]),
  made(
    "a large sorted set",
    (random) => [["ZADD", "k", ...scored(random, 300)]],
  ),
  made("a stream", (random) => entries(random, 30)),
  made("a stream of many nodes", (random) => entries(random, 500)),
  made("a stream with holes", (random) => [
    ...entries(random, 250),
    ...random.list(20, () => ["XDEL", "k", `${random.between(1, 250)}-1`]),
    ["XTRIM", "k", "MAXLEN", "=", 199],
  ], false),
  made("a stream without entries", () => [
    ["XADD", "k", "5-1", "f", "v"],
    ["XDEL", "k", "5-1"],
    ["XSETID", "k", "18446744073709551615-18446744073709551614"],
  ]),
  made("a stream with groups", (random) => [
    ...entries(random, 60),
    ["XGROUP", "CREATE", "k", "idle", "0"],
    ["XGROUP", "CREATE", "k", "known", "7-1", "ENTRIESREAD", "7"],
    ["XGROUP", "CREATE", "k", "busy", "0"],
    ["XREADGROUP", "GROUP", "busy", "a", "COUNT", 20, "STREAMS", "k", ">"],
    ["XREADGROUP", "GROUP", "busy", "b", "COUNT", 9, "STREAMS", "k", ">"],
    ["XACK", "k", "busy", "3-1", "22-1"],
    ["XCLAIM", "k", "busy", "c", 0, "4-1", "RETRYCOUNT", 77],
    ["XGROUP", "CREATECONSUMER", "k", "busy", "lazy"],
  ], false),
];

function plain(name: string, ...script: Script): Sample {
  return made(name, () => script);
}

function made(
  name: string,
  script: Sample["script"],
  sameBytes = true,
): Sample {
  return { name, script, sameBytes };
}

function bytes(random: TestRandom, least: number, most: number): string {
  return random.bytes(random.between(least, most));
}

/** Text that repeats itself, near and far. */
function dull(random: TestRandom): string {
  const words = random.list(9, () => random.text(random.between(1, 12)));
  return random.list(random.between(20, 3000), () => random.pick(words))
    .join(random.pick(["", " ", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaa"]));
}

/** An even number of elements, all different but the even ones. */
function elements(
  random: TestRandom,
  least: number,
  most: number,
  longest = 90,
): Argument[] {
  const pairs = Math.ceil(random.between(least, most) / 2);
  return random.list(pairs, (i) => [
    random.pick([`${i}`, `${i}:${random.text(random.below(longest - 5))}`]),
    element(random, longest),
  ]).flat();
}

function element(random: TestRandom, longest: number): Argument {
  if (random.chance(0.3)) return random.pick([...INTEGERS, ...NO_INTEGERS]);
  return bytes(random, 0, longest);
}

function scored(random: TestRandom, count: number): Argument[] {
  return random.list(count, (i) => [
    random.pick([
      `${random.between(-200, 200)}`,
      `${random.between(-1e6, 1e6) / 1024}`,
      "1e300",
      "-inf",
      "inf",
      "4611686018427387904",
      "9223372036854775807",
      "1e19",
      "0.1",
    ]),
    random.pick([`${i}`, `m${i}:${random.text(random.below(50))}`]),
  ]).flat();
}

/** Entries of two kinds, the second with other fields than the first of its node. */
function entries(random: TestRandom, count: number): (readonly Argument[])[] {
  return random.list(count, (i) => [
    "XADD",
    "k",
    `${i + 1}-1`,
    ...random.chance(0.8)
      ? ["name", element(random, 40), "size", random.below(1e6)]
      : elements(random, 2, 6, 30),
  ]);
}
