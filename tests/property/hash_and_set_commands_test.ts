import type { TestRandom } from "../helpers/seeded.ts";
import { comparison, type Words } from "../fuzz/comparison.ts";

comparison(
  "random commands on hashes and sets get the replies of redis-server",
  (random) => ({
    counted: true,
    settings: {
      "hash-max-listpack-entries": "8",
      "hash-max-listpack-value": "12",
      "set-max-intset-entries": "8",
    },
    lines: random.list(1000, () => command(random)),
  }),
);

function command(random: TestRandom): Words {
  const key = () => random.pick(["a", "b", "c", "h", "i", "s"]);
  const keys = () => random.list(random.between(1, 4), key);
  const text = () => random.pick(TEXTS);
  const texts = () => random.list(random.between(1, 5), text);
  const pairs = () => random.list(random.between(1, 3), () => [text(), text()]);
  const count = () =>
    random.pick(["0", "100", "-0", "x", "99999999999999999999"]);
  const several = (keys: string[]) => [String(keys.length), ...keys];
  return random.pick<() => Words>([
    () => ["SADD", key(), ...texts()],
    () => ["SADD", key(), ...texts()],
    () => ["SADD", key(), ...random.list(4, () => String(random.below(9)))],
    () => ["SREM", key(), ...texts()],
    () => ["SMOVE", key(), key(), text()],
    () => ["SCARD", key()],
    () => ["SISMEMBER", key(), text()],
    () => ["SMISMEMBER", key(), ...texts()],
    () => ["SMEMBERS", key()],
    () => ["SSCAN", key(), "0", "COUNT", random.pick(["100", "0"])],
    () => ["SSCAN", key(), "0", "COUNT", "100", "MATCH", "1*"],
    () => ["SPOP", key(), count()],
    () => ["SRANDMEMBER", key(), count()],
    () => [random.pick(["SINTER", "SUNION", "SDIFF"]), ...keys()],
    () => [
      random.pick(["SINTERSTORE", "SUNIONSTORE", "SDIFFSTORE"]),
      key(),
      ...keys(),
    ],
    () => ["SINTERCARD", ...several(keys()), "LIMIT", random.pick(["0", "2"])],
    () => ["HSET", key(), ...pairs().flat()],
    () => ["HSET", key(), ...pairs().flat()],
    () => ["HMSET", key(), ...texts()],
    () => ["HSETNX", key(), text(), text()],
    () => ["HDEL", key(), ...texts()],
    () => ["HGET", key(), text()],
    () => ["HMGET", key(), ...texts()],
    () => [random.pick(["HLEN", "HKEYS", "HVALS", "HGETALL"]), key()],
    () => [random.pick(["HSTRLEN", "HEXISTS"]), key(), text()],
    () => ["HINCRBY", key(), text(), text()],
    () => ["HINCRBYFLOAT", key(), text(), text()],
    () => ["HRANDFIELD", key(), count()],
    () => ["HSCAN", key(), "0", "COUNT", "100"],
    () => ["DEL", key()],
    () => ["SET", "s", "text"],
    () => ["COPY", key(), key(), "REPLACE"],
    () => ["RENAME", key(), key()],
    () => ["OBJECT", "ENCODING", key()],
    () => ["OBJECT", "ENCODING", key()],
    () => ["DEBUG", "DIGEST-VALUE", key()],
    () => ["DEBUG", "DIGEST"],
    () => ["DEBUG", "RELOAD"],
    () => [random.pick(["TYPE", "EXISTS"]), key()],
  ])();
}

const TEXTS = [
  "",
  "0",
  "1",
  "2",
  "7",
  "-1",
  "01",
  "1.5",
  "text",
  "-9223372036854775808",
  "9223372036854775807",
  "9007199254740993",
  "longer than twelve",
  "\xff\0",
];
