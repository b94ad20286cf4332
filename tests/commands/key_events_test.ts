import { assertEquals } from "@std/assert";
import { announcedHere, announcedThere } from "../helpers/announced.ts";
import { findRealRedis } from "../helpers/real_redis.ts";

/** Commands, the last of which announces the events. */
const ANNOUNCED: readonly (readonly [string, readonly string[]])[] = [
  ["MSET a 1 b 2|DEL a none b a", ["del 0 a", "del 0 b"]],
  ["MSET a 1 b 2|UNLINK b", ["del 0 b"]],
  ["SET a 1|EXPIRE a 100", ["expire 0 a"]],
  ["SET a 1|PEXPIREAT a 9000000000000", ["expire 0 a"]],
  ["SET a 1|EXPIRE a 100 XX", []],
  ["EXPIRE a 100", []],
  ["SET a 1|EXPIRE a 0", ["del 0 a"]],
  ["SET a 1|PERSIST a", []],
  ["SET a 1 EX 100|PERSIST a", ["persist 0 a"]],
  ["SET a 1 EX 100|RENAME a b", ["rename_from 0 a", "rename_to 0 b"]],
  ["MSET a 1 b 1|RENAME a b", ["rename_from 0 a", "rename_to 0 b"]],
  ["SET a 1|RENAME a a", []],
  ["SET a 1|RENAMENX a b", ["rename_from 0 a", "rename_to 0 b"]],
  ["MSET a 1 b 1|RENAMENX a b", []],
  ["SET a 1 EX 100|MOVE a 3", ["move_from 0 a", "move_to 3 a"]],
  ["MOVE a 3", []],
  ["SET a 1|COPY a b", ["copy_to 0 b"]],
  ["SET a 1 EX 100|COPY a a DB 2", ["copy_to 2 a"]],
  ["MSET a 1 b 1|COPY a b", []],
  ["MSET a 1 b 1|COPY a b REPLACE", ["copy_to 0 b"]],
  ["MSET a 1 b 1|TOUCH a b", []],
  ["MSET a 1 b 1|FLUSHALL", []],
  ["MSET a 1 b 1|SWAPDB 0 1", []],
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
  name: "commands on keys announce what redis-server announces",
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
