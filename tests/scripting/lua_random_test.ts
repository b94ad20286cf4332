import { assertEquals } from "@std/assert";
import { LuaRandom } from "../../src/scripting/lua_random.ts";

/** What a generator gives, with the digits that Lua prints. */
function numbers(random: LuaRandom): number[] {
  return Array.from(
    { length: 3 },
    () => Number(random.next().toPrecision(13)),
  );
}

/** What redis-server 7.0.15 gives a script after it has started. */
const FROM_THE_START = [0.3964647736384, 0.8404853697123, 0.3533360973715];

Deno.test("the numbers are those of redis-server", () => {
  const random = new LuaRandom();
  assertEquals(numbers(random), FROM_THE_START);
  random.seed(-7);
  assertEquals(numbers(random), [
    0.07521187517569,
    0.8177687310696,
    0.9272527182136,
  ]);
});

Deno.test("a seed begins the same numbers anew", () => {
  const random = new LuaRandom();
  random.seed(1);
  const first = numbers(random);
  random.seed(1);
  assertEquals(numbers(random), first);
});
