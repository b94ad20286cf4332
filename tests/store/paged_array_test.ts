import { assertEquals } from "@std/assert";
import { PagedArray } from "../../src/store/values/paged_array.ts";
import { property } from "../helpers/seeded.ts";

const STEPS = 1000;
const MOST = 1200;

property(
  "a paged array holds what an array holds, and so do its copies",
  (random) => {
    const pairs = [{ paged: new PagedArray<number>(), model: [] as number[] }];
    const growth = random.pick([0.4, 0.8]);
    for (let step = 0; step < STEPS; step++) {
      const pair = random.pick(pairs);
      const { paged, model } = pair;
      const index = random.below(Math.max(1, model.length));
      if (
        model.length === 0 || model.length < MOST && random.chance(growth)
      ) {
        // More than a page at times.
        for (let n = random.pick([1, 1, 1, 400]); n > 0; n--) {
          paged.push(step);
          model.push(step);
        }
        continue;
      }
      switch (random.pick(["set", "set", "pop", "remove", "copy"])) {
        case "set":
          paged.set(index, -step);
          model[index] = -step;
          break;
        case "pop":
          assertEquals(paged.pop(), model.pop());
          break;
        case "remove":
          paged.removeInOrder(index);
          model.splice(index, 1);
          break;
        case "copy": {
          if (random.chance(0.9)) break;
          const copy = { paged: paged.copy(), model: model.slice() };
          if (pairs.length < 4) pairs.push(copy);
          else pairs[random.below(4)] = copy;
        }
      }
      const sought = model[random.below(Math.max(1, model.length))] ?? 0.5;
      assertEquals(paged.indexOf(sought), model.indexOf(sought));
      if (step % 20 === 0) pairs.forEach(equal);
    }
    pairs.forEach(equal);
  },
  { runs: 20 },
);

function equal(
  { paged, model }: { paged: PagedArray<number>; model: number[] },
): void {
  const elements = Array.from({ length: paged.length }, (_, i) => paged.at(i));
  assertEquals(elements.join(), model.join());
}
