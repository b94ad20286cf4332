import type { TestRandom } from "../helpers/seeded.ts";
import { comparison } from "../fuzz/comparison.ts";

comparison(
  "random sorted set commands get redis-server's replies, and leave the same data",
  (random) => ({
    counted: true,
    lines: random.list(400, () => command(random))
      .filter((line) => !spoils(line))
      .flatMap((line) => [line, ["DEBUG", "DIGEST"]]),
  }),
  { runs: 15 },
);

const KEYS = ["a", "b", "c", "s", "text"];
const MEMBERS = ["", "a", "b", "ba", "c", "\x00", "\xff", "10", "-3"];
const LONG = "x".repeat(65);
const SCORES = [
  "0",
  "-0",
  "1",
  "-1",
  "1.5",
  "0.1",
  "3e17",
  "-4611686018427387904",
  "9e18",
  "1e-300",
  "inf",
  "-inf",
  "+Infinity",
  "0x1p-3",
  "007",
  " 1",
  "nan",
  "1e400",
  "1e-400",
  "",
  "one",
];
const BOUNDS = [
  ...SCORES,
  "(0",
  "(1",
  "(-inf",
  "(inf",
  "(",
  "((1",
  "\t2",
  "1\x00",
];
const MEMBER_BOUNDS = [
  "-",
  "+",
  "[",
  "(",
  "[a",
  "(a",
  "[b",
  "(b",
  "[\xff",
  "a",
  "-1",
  "",
  "+\x00",
];

/** A random command line; most are right, and touch keys that hold something. */
function command(random: TestRandom): string[] {
  const key = () => random.pick(KEYS);
  const member = () => random.chance(0.02) ? LONG : random.pick(MEMBERS);
  const score = () =>
    random.chance(0.7) ? String(random.between(-3, 3)) : random.pick(SCORES);
  const bound = () =>
    random.chance(0.6)
      ? random.pick(["", "("]) + random.between(-3, 3)
      : random.pick(BOUNDS);
  const memberBound = () => random.pick(MEMBER_BOUNDS);
  const index = () => String(random.between(-6, 6));
  const maybe = (...words: string[]) => random.chance(0.3) ? words : [];
  const limit = () => maybe("LIMIT", index(), index());
  const inputs = () => {
    const keys = random.list(random.between(1, 3), key);
    return [String(keys.length), ...keys];
  };
  const weighted = () => {
    const keys = inputs();
    return [
      ...keys,
      ...maybe("WEIGHTS", ...keys.slice(1).map(score)),
      ...maybe("AGGREGATE", random.pick(["SUM", "MIN", "max", "AVG"])),
    ];
  };
  const range = (key: string) => {
    switch (random.below(key === "c" ? 3 : 2)) {
      case 0:
        return [
          index(),
          index(),
          ...maybe("REV"),
          ...maybe("LIMIT", "0", "-1"),
        ];
      case 1:
        return [bound(), bound(), "BYSCORE", ...maybe("REV"), ...limit()];
      default:
        return [
          memberBound(),
          memberBound(),
          "BYLEX",
          ...maybe("REV"),
          ...limit(),
        ];
    }
  };
  const scores = () => maybe("WITHSCORES");
  return random.pick<() => string[]>([
    () => [
      "ZADD",
      key(),
      ...maybe(random.pick(["NX", "XX"])),
      ...maybe(random.pick(["GT", "lt"])),
      ...maybe("CH"),
      ...(random.chance(0.1) ? ["INCR"] : []),
      ...random.list(random.between(1, 3), () => [score(), member()]).flat(),
    ],
    () => ["ZADD", key(), ...random.list(6, () => [score(), member()]).flat()],
    () => ["ZADD", "c", "0", member(), "0", member(), "0", member()],
    () => ["ZINCRBY", key(), score(), member()],
    () => ["ZREM", key(), member(), member()],
    () => ["ZCARD", key()],
    () => ["ZSCORE", key(), member()],
    () => ["ZMSCORE", key(), member(), member()],
    () => ["ZRANK", key(), member()],
    () => ["ZREVRANK", key(), member()],
    () => ["ZCOUNT", key(), bound(), bound()],
    () => ["ZLEXCOUNT", "c", memberBound(), memberBound()],
    () => {
      const source = key();
      return ["ZRANGE", source, ...range(source), ...scores()];
    },
    () => ["ZRANGESTORE", random.pick(["a", "d"]), "c", ...range("c")],
    () => ["ZREVRANGE", key(), index(), index(), ...scores()],
    () => ["ZRANGEBYSCORE", key(), bound(), bound(), ...scores(), ...limit()],
    () => [
      "ZREVRANGEBYSCORE",
      key(),
      bound(),
      bound(),
      ...limit(),
      ...scores(),
    ],
    () => ["ZRANGEBYLEX", "c", memberBound(), memberBound(), ...limit()],
    () => ["ZREVRANGEBYLEX", "c", memberBound(), memberBound(), ...limit()],
    () => ["ZREMRANGEBYRANK", key(), index(), index()],
    () => ["ZREMRANGEBYSCORE", key(), bound(), bound()],
    () => ["ZREMRANGEBYLEX", "c", memberBound(), memberBound()],
    () => ["ZPOPMIN", key(), ...maybe(index())],
    () => ["ZPOPMAX", key(), ...maybe(index())],
    () => [
      "ZMPOP",
      ...inputs(),
      random.pick(["MIN", "max"]),
      ...maybe("COUNT", index()),
    ],
    () => ["ZUNION", ...weighted(), ...scores()],
    () => ["ZINTER", ...weighted(), ...scores()],
    () => ["ZDIFF", ...inputs(), ...scores()],
    () => ["ZUNIONSTORE", random.pick(["a", "d"]), ...weighted()],
    () => ["ZINTERSTORE", random.pick(["a", "d"]), ...weighted()],
    () => ["ZDIFFSTORE", random.pick(["a", "d"]), ...inputs()],
    () => ["ZINTERCARD", ...inputs(), ...maybe("LIMIT", index())],
    () => ["ZRANDMEMBER", key(), "20", ...scores()],
    () => ["OBJECT", "ENCODING", key()],
    () => ["COPY", key(), "d", "REPLACE"],
    () => ["DEL", key()],
    () => ["SADD", "s", member(), member()],
    () => ["SET", "text", "v"],
  ])();
}

/** Returns whether the members of `c` would no longer have one score, which ranges by member ask for. */
function spoils([name, key, ...scores]: readonly string[]): boolean {
  return (name === "ZINCRBY" || name === "ZADD") && key === "c" &&
    !scores.every((word, i) => i % 2 === 1 || word === "0");
}
