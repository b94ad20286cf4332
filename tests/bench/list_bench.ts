import { List } from "../../src/store/values/list.ts";

/** What each operation costs on lists of these lengths. */
const LENGTHS = [1_000, 100_000, 1_000_000];

/** Elements that a trim leaves, or takes. */
const FEW = 10;

for (const length of LENGTHS) {
  const list = List.from(Array.from({ length }, (_, i) => `element:${i}`));
  const last = `element:${length - 1}`;
  const group = `${length} elements`;

  Deno.bench({
    name: `push and pop at the tail, ${group}`,
    group: "ends",
    fn() {
      list.pushTail("e");
      list.popTail();
    },
  });

  Deno.bench({
    name: `take from the head to the tail, ${group}`,
    group: "ends",
    fn: () => list.pushTail(list.popHead()!),
  });

  let index = 0;
  Deno.bench({
    name: `LINDEX anywhere, ${group}`,
    group: "LINDEX",
    fn() {
      index = (index + 7919) % length;
      list.at(index);
    },
  });

  Deno.bench({
    name: `LRANGE of 100, ${group}`,
    group: "LRANGE",
    fn() {
      for (let i = 0; i < 100; i++) list.at(i);
    },
  });

  Deno.bench({
    name: `LINSERT in the middle, and LREM of it, ${group}`,
    group: "LINSERT and LREM",
    fn() {
      list.insert(length >> 1, "inserted");
      list.removeMatching("inserted", 1, "head");
    },
  });

  Deno.bench({
    name: `LPOS of the last element, ${group}`,
    group: "LPOS",
    fn: () => void list.indexOf(last),
  });

  Deno.bench({
    name: `LREM of what is not there, ${group}`,
    group: "LREM in vain",
    fn: () => void list.removeMatching("none", Infinity, "tail"),
  });

  Deno.bench({
    name: `LTRIM to the last few, ${group}`,
    group: "LTRIM",
    fn(bench) {
      const copy = list.copy();
      bench.start();
      copy.trim(length - FEW, length - 1);
      bench.end();
    },
  });

  Deno.bench({
    name: `LTRIM of the first few, ${group}`,
    group: "LTRIM",
    fn(bench) {
      const copy = list.copy();
      bench.start();
      copy.trim(FEW, length - 1);
      bench.end();
    },
  });
}

Deno.bench({
  name: "RPUSH of a million elements to one list",
  group: "growth",
  fn() {
    const list = new List();
    for (let i = 0; i < 1_000_000; i++) list.pushTail("e");
  },
});
