import { assertEquals } from "@std/assert";
import { partialSort } from "../../src/store/values/partial_sort.ts";
import { property } from "../helpers/seeded.ts";

property(
  "partialSort() puts the wanted items where a full sort does",
  (random) => {
    const items = random.list(
      random.below(200),
      () => random.below(random.pick([3, 50, 1000])),
    );
    const first = random.below(items.length + 1);
    const last = first + random.below(items.length - first + 1) - 1;
    const sorted = [...items].sort((a, b) => a - b);
    partialSort(items, (a, b) => a - b, first, last);
    assertEquals(items.slice(first, last + 1), sorted.slice(first, last + 1));
    items.sort((a, b) => a - b);
    assertEquals(items, sorted);
  },
);
