import { assertEquals } from "@std/assert";
import { announcedHere, announcedThere } from "../helpers/announced.ts";
import { findRealRedis } from "../helpers/real_redis.ts";

/** Commands, the last of which announces the events. */
const ANNOUNCED: readonly (readonly [string, readonly string[]])[] = [
  ["ZADD k 1 a|ZADD k 2 a", ["zadd 0 k"]],
  ["ZADD k 1 a|ZADD k 1 a", []],
  ["ZADD k 1 a|ZADD k INCR 1 a", ["zincr 0 k"]],
  ["ZADD k 1 a|ZINCRBY k 1 a", ["zincr 0 k"]],
  ["ZADD k 1 a|ZINCRBY k 0 a", []],
  ["ZADD k 1 a 2 b|ZREM k a none", ["zrem 0 k"]],
  ["ZADD k 1 a|ZREM k a", ["zrem 0 k", "del 0 k"]],
  ["ZADD k 1 a|ZREM k none", []],
  ["ZADD k 1 a 2 b|ZPOPMIN k", ["zpopmin 0 k"]],
  ["ZADD k 1 a 2 b|ZPOPMAX k 2", ["zpopmax 0 k", "del 0 k"]],
  ["ZADD k 1 a 2 b|ZMPOP 1 k MIN", ["zpopmin 0 k"]],
  ["ZADD k 1 a|BZPOPMAX k 0", ["zpopmax 0 k", "del 0 k"]],
  ["ZADD k 1 a|ZREMRANGEBYRANK k 0 0", ["zremrangebyrank 0 k", "del 0 k"]],
  ["ZADD k 1 a 2 b|ZREMRANGEBYSCORE k 1 1", ["zremrangebyscore 0 k"]],
  ["ZADD k 1 a 2 b|ZREMRANGEBYLEX k [a [a", ["zremrangebylex 0 k"]],
  ["ZADD k 1 a 2 b|ZREMRANGEBYLEX k [z [z", []],
  ["ZADD k 1 a|ZUNIONSTORE k 1 k", ["zunionstore 0 k"]],
  ["ZADD k 1 a|ZINTERSTORE k 1 k", ["zinterstore 0 k"]],
  ["ZADD k 1 a|ZDIFFSTORE k 1 k", ["zdiffstore 0 k"]],
  ["ZADD k 1 a|ZDIFFSTORE k 2 k k", ["del 0 k"]],
  ["ZADD k 1 a|ZRANGESTORE k k 0 -1", ["zrangestore 0 k"]],
  ["ZADD k 1 a|ZRANGESTORE k k 5 6", ["del 0 k"]],
  ["ZADD k 1 a|ZRANGESTORE other k 5 6", []],
];

for (const [script, expected] of ANNOUNCED) {
  Deno.test(
    `${script.replaceAll("|", ", then ")} announces ${
      expected.join(", ") || "nothing"
    }`,
    () => assertEquals(announcedHere(linesOf(script)), expected),
  );
}

Deno.test({
  name: "sorted set commands announce what redis-server announces",
  ignore: findRealRedis() === undefined,
  sanitizeOps: false,
  sanitizeResources: false,
  fn: async () => {
    for (const [script, expected] of ANNOUNCED) {
      assertEquals(await announcedThere(linesOf(script)), expected, script);
    }
  },
});

function linesOf(script: string): string[][] {
  return script.split("|").map((line) => line.split(" "));
}
