import {
  assert,
  assertEquals,
  assertNotEquals,
  assertRejects,
} from "@std/assert";
import { checkProperty, property, TestRandom } from "./seeded.ts";

Deno.test("test data repeats with its seed and differs with another", () => {
  const draw = (seed: number) => {
    const random = new TestRandom(seed);
    return [
      random.bytes(20),
      random.text(5),
      random.between(0, 1e9),
      random.shuffle([1, 2, 3, 4, 5]),
    ];
  };
  assertEquals(draw(7), draw(7));
  assertNotEquals(draw(7), draw(8));
});

property("test data stays within its limits", (random) => {
  const low = random.between(-100, 100);
  const high = low + random.below(10);
  const value = random.between(low, high);
  assert(value >= low && value <= high);
  assertEquals(random.shuffle([3, 1, 2]).sort(), [1, 2, 3]);
  assert("xy".includes(random.pick(["x", "y"])));
  assert(!random.chance(0) && random.chance(1));
});

Deno.test("a property that fails names a seed, and that seed alone fails it again", async () => {
  const check = (random: TestRandom) => {
    const drawn = random.below(10);
    if (drawn === 3) throw new Error(`drew ${drawn}`);
  };
  const failure = await assertRejects(() =>
    checkProperty(check, { runs: 1000 })
  ) as Error;
  const [, seed] =
    /^REDIS_LITE_SEED=(\d+) fails: drew 3$/.exec(failure.message) ?? [];
  assert(seed !== undefined, failure.message);
  let runs = 0;
  await assertRejects(
    () => checkProperty((random) => (runs++, check(random)), {}, seed),
    Error,
    failure.message,
  );
  assertEquals(runs, 1);
});

Deno.test("a seed that is no number is refused", async () => {
  await assertRejects(
    () => checkProperty(() => {}, {}, "x1"),
    Error,
    "REDIS_LITE_SEED must be a number: x1",
  );
});
