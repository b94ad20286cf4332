import type { TestRandom } from "../helpers/seeded.ts";
import { comparison, type Words } from "../fuzz/comparison.ts";

comparison(
  "random commands on keys get the replies of redis-server",
  (random) => ({ lines: random.list(1000, () => command(random)) }),
);

function command(random: TestRandom): Words {
  const key = () => random.pick(["a", "b", "c", "d", "ab", ""]);
  const db = () => random.pick(["0", "1", "2", "2", "15", "16", "-1", "x"]);
  const time = () => random.pick(TIMES);
  const conditions = () =>
    random.list(
      random.below(3),
      () => random.pick(["NX", "XX", "gt", "LT", "GT", "x"]),
    );
  const copyOptions = () =>
    random.list(
      random.below(3),
      () => random.pick([["REPLACE"], ["DB", db()], ["DB"], ["x"]]),
    ).flat();
  const scanOptions = () =>
    random.list(
      random.below(3),
      () =>
        random.pick([
          ["MATCH", random.pick(PATTERNS)],
          ["COUNT", "1000"],
          [
            "TYPE",
            random.pick(["string", "LIST", "hash", "x"]),
          ],
          ["COUNT", "0"],
          ["x", "y"],
        ]),
    ).flat();
  return random.pick<() => Words>([
    () => ["SET", key(), random.pick(["1", "12345", "text", ""])],
    () => ["SET", key(), "v", "PXAT", "4102444800000"],
    () => ["RPUSH", key(), "x"],
    () => ["LPOP", key()],
    () => [random.pick(["DEL", "UNLINK", "EXISTS", "TOUCH"]), key(), key()],
    () => [
      random.pick(["TYPE", "PERSIST", "EXPIRETIME", "PEXPIRETIME"]),
      key(),
    ],
    () => [
      random.pick(["EXPIREAT", "PEXPIREAT"]),
      key(),
      time(),
      ...conditions(),
    ],
    () => [
      random.pick(["EXPIREAT", "PEXPIREAT"]),
      key(),
      time(),
      ...conditions(),
    ],
    () => [
      random.pick(["EXPIRE", "PEXPIRE"]),
      key(),
      random.pick(["-1", "0", "x", "9223372036854775807"]),
    ],
    () => [random.pick(["RENAME", "RENAMENX"]), key(), key()],
    () => ["MOVE", key(), db()],
    () => ["COPY", key(), key(), ...copyOptions()],
    () => ["SELECT", random.pick(["0", "1", "2"])],
    () => [
      "SWAPDB",
      random.pick(["0", "1", "x"]),
      random.pick(["1", "2", "16"]),
    ],
    () => ["KEYS", random.pick(PATTERNS)],
    () => ["SCAN", random.pick(["0", "0", "x"]), ...scanOptions()],
    () => ["OBJECT", random.pick(["ENCODING", "REFCOUNT", "x"]), key()],
    () => ["DBSIZE"],
    () =>
      random.chance(0.1) ? [random.pick(["FLUSHDB", "FLUSHALL"])] : ["DBSIZE"],
  ])();
}

/** Far or over: the two servers have clocks of their own. */
const TIMES = [
  ...["4102444800", "4102444800499", "4102444800500", "9007199254740993"],
  ...["9223372036854775", "9223372036854775807", "9223372036854775808"],
  ...["0", "1", "-1", "-9223372036854775808", "x"],
];
const PATTERNS = ["*", "a*", "?", "[ab]", "", "ab", "[^a]", "\\a"];
