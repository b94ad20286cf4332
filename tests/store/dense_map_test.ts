import { assertEquals } from "@std/assert";
import { DenseMap } from "../../src/store/values/dense_map.ts";
import { DenseSet } from "../../src/store/values/dense_set.ts";
import { property } from "../helpers/seeded.ts";

const STEPS = 2_000;

property(
  "a dense map holds what a map holds, numbered without gaps",
  (random) => {
    let map = new DenseMap<number>();
    const model = new Map<string, number>();
    const keys = random.between(1, 60);
    for (let step = 0; step < STEPS; step++) {
      if (random.below(50) === 0) map = copied(map);
      const key = `k${random.below(keys)}`;
      const number = map.find(key);
      assertEquals(number >= 0, model.has(key));
      if (number < 0) {
        map.add(key, step);
        model.set(key, step);
        assertEquals(map.key(map.size - 1), key);
      } else if (random.below(3) === 0) {
        map.setValue(number, step);
        model.set(key, step);
      } else {
        if (random.below(2) === 0) map.delete(number);
        else map.deleteInOrder(number);
        model.delete(key);
      }
      assertEquals(map.size, model.size);
      for (let i = 0; i < map.size; i++) {
        assertEquals(map.find(map.key(i)), i);
        assertEquals(map.value(i), model.get(map.key(i)));
      }
    }
  },
);

property(
  "a set of members that have an index finds all of them",
  (random) => {
    let set = new DenseSet();
    const members = random.pick([20, 200, 3_000]);
    const model: string[] = [];
    for (let step = 0; step < STEPS; step++) {
      if (random.below(50) === 0) set = set.copy();
      const member = `m${random.below(members)}`;
      const number = set.find(member);
      assertEquals(number, model.indexOf(member));
      if (number < 0) {
        set.add(member);
        model.push(member);
      } else if (random.below(2) === 0) {
        set.delete(number);
        const last = model.pop()!;
        if (number < model.length) model[number] = last;
      } else {
        set.deleteInOrder(number);
        model.splice(number, 1);
      }
      assertEquals(set.size, model.length);
    }
    for (const [number, member] of model.entries()) {
      assertEquals(set.find(member), number);
      assertEquals(set.at(number), member);
    }
  },
);

property(
  "a map that takes the cursors of another has what both have first, as it is there",
  (random) => {
    const [earlier, map] = [new DenseMap<number>(), new DenseMap<number>()];
    const keys = random.pick([5, 40, 1_000]);
    for (const each of [earlier, map]) {
      for (let size = random.below(keys); size > 0; size--) {
        const key = `k${random.below(keys)}`;
        if (each.find(key) < 0) each.add(key, size);
      }
    }
    const values = new Map<string, number>();
    for (let i = 0; i < map.size; i++) values.set(map.key(i), map.value(i));
    earlier.assumeCursors();
    map.takeCursors(earlier);
    assertEquals(map.size, values.size);
    for (let i = 0; i < map.size; i++) {
      assertEquals(map.find(map.key(i)), i);
      assertEquals(map.value(i), values.get(map.key(i)));
    }
    const shared = Array.from(
      { length: earlier.size },
      (_, i) => earlier.key(i),
    )
      .filter((key) => values.has(key));
    assertEquals(shared.map((_, i) => map.key(i)), shared);
  },
);

property("members deleted in order leave the others in theirs", (random) => {
  const set = new DenseSet();
  const model: string[] = [];
  for (let step = 0; step < STEPS; step++) {
    if (random.below(5) < 3) {
      set.add(`m${step}`);
      model.push(`m${step}`);
    } else if (model.length > 0) {
      const number = random.below(model.length);
      set.deleteInOrder(number);
      model.splice(number, 1);
    }
    const last = model.length - 1;
    assertEquals(set.size, model.length);
    if (last >= 0) assertEquals(set.find(model[last]!), last);
  }
  assertEquals(model.map((_, i) => set.at(i)), model);
});

property(
  "a scan visits everything that is there all along, whatever else comes and goes",
  (random) => {
    const map = new DenseMap<undefined>();
    const size = random.between(1, 100);
    for (let i = 0; i < size; i++) map.add(`stays${i}`, undefined);
    for (let i = 0; i < size; i++) map.add(`other${i}`, undefined);
    const seen = new Set<string>();
    let added = 0;
    let cursor = 0;
    do {
      cursor = map.scan(cursor, random.between(1, 8), (key) => seen.add(key));
      for (let changes = random.below(6); changes > 0; changes--) {
        const number = map.find(`other${random.below(size + added)}`);
        if (number >= 0) map.delete(number);
        else map.add(`other${size + added++}`, undefined);
      }
    } while (cursor !== 0);
    for (let i = 0; i < size; i++) assertEquals(seen.has(`stays${i}`), true);
  },
);

Deno.test("a scan whose cursor lies beyond the end begins at the end", () => {
  const map = new DenseMap<string>();
  map.add("a", "1");
  map.add("b", "2");
  const seen: string[] = [];
  assertEquals(
    map.scan(2 ** 60, 10, (key, value) => seen.push(key + value)),
    0,
  );
  assertEquals(seen, ["b2", "a1"]);
});

/** Returns a copy of a map, which has then lost all it had. */
function copied(map: DenseMap<number>): DenseMap<number> {
  const copy = map.copy();
  while (map.size > 0) {
    map.setValue(0, -1);
    map.delete(0);
  }
  return copy;
}
