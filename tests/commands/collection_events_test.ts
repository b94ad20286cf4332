import { assertEquals } from "@std/assert";
import { announcedHere, announcedThere } from "../helpers/announced.ts";
import { findRealRedis } from "../helpers/real_redis.ts";

/** Commands, the last of which announces the events. */
const ANNOUNCED: readonly (readonly [string, readonly string[]])[] = [
  ["HSET k f v", ["hset 0 k"]],
  ["HSET k f v g w", ["hset 0 k"]],
  ["HSET k f v|HSET k f v", ["hset 0 k"]],
  ["HMSET k f v", ["hset 0 k"]],
  ["HSETNX k f v", ["hset 0 k"]],
  ["HSETNX k f v|HSETNX k f v", []],
  ["HINCRBY k f 1", ["hincrby 0 k"]],
  ["HINCRBYFLOAT k f 1", ["hincrbyfloat 0 k"]],
  ["HSET k f v g w|HDEL k f none", ["hdel 0 k"]],
  ["HSET k f v|HDEL k none", []],
  ["HSET k f v g w|HDEL k f g", ["hdel 0 k", "del 0 k"]],
  ["SADD k a b", ["sadd 0 k"]],
  ["SADD k a|SADD k a", []],
  ["SADD k a b|SREM k a", ["srem 0 k"]],
  ["SADD k a b|SREM k none", []],
  ["SADD k a b|SREM k a b", ["srem 0 k", "del 0 k"]],
  ["SADD k a|SPOP k", ["spop 0 k", "del 0 k"]],
  ["SADD k a b|SPOP k", ["spop 0 k"]],
  ["SADD k a b|SPOP k 0", []],
  ["SADD k a b c|SPOP k 1", ["spop 0 k"]],
  ["SADD k a b|SPOP k 5", ["spop 0 k", "del 0 k"]],
  ["SADD k 1 2 3 4 5 6 7 8|SPOP k 7", ["spop 0 k"]],
  ["SADD k a b|SMOVE k l a", ["srem 0 k", "sadd 0 l"]],
  ["SADD k a|SMOVE k l a", ["srem 0 k", "del 0 k", "sadd 0 l"]],
  ["SADD k a b|SADD l a|SMOVE k l a", ["srem 0 k"]],
  ["SADD k a|SMOVE k k a", []],
  ["SADD k a|SMOVE k l none", []],
  ["SADD k a|SINTERSTORE l k", ["sinterstore 0 l"]],
  ["SADD k a|SUNIONSTORE l k", ["sunionstore 0 l"]],
  ["SADD k a|SDIFFSTORE l k", ["sdiffstore 0 l"]],
  ["SADD k a|SINTERSTORE l k none", []],
  ["SADD k a|SET l v|SINTERSTORE l k none", ["del 0 l"]],
  ["SADD k a|SET l v|SDIFFSTORE l k k", ["del 0 l"]],
  ["SADD k a|SET l v|SUNIONSTORE l none", ["del 0 l"]],
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
  name: "commands of hashes and sets announce what redis-server announces",
  ignore: findRealRedis() === undefined,
  sanitizeOps: false,
  sanitizeResources: false,
  fn: async () => {
    for (const [script, expected] of ANNOUNCED) {
      const lines = [["FLUSHALL"], ...linesOf(script)];
      assertEquals(await announcedThere(lines), expected, script);
    }
  },
});

function linesOf(script: string): string[][] {
  return script.split("|").map((line) => line.split(" "));
}
