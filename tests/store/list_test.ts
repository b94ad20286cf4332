import { assert, assertEquals } from "@std/assert";
import { List } from "../../src/store/values/list.ts";
import { property, type TestRandom } from "../helpers/seeded.ts";

/** Elements that occur often enough to be found, and the empty one. */
const ELEMENTS = [
  "",
  "a",
  "b",
  "cc",
  "\xff\x00",
  "long ".repeat(30),
  "x".repeat(256),
];

/** Number of random operations per seed; the seeds together make some hundred thousand. */
const OPERATIONS = 3_000;

/** What each operation does to a list and to an array of the same elements. */
const OPERATIONS_BY_NAME: Record<
  string,
  (list: List, model: string[], random: TestRandom) => void
> = {
  pushHead(list, model, random) {
    const element = random.pick(ELEMENTS);
    list.pushHead(element);
    model.unshift(element);
  },
  pushTail(list, model, random) {
    const element = random.pick(ELEMENTS);
    list.pushTail(element);
    model.push(element);
  },
  popHead: (list, model) => assertEquals(list.popHead(), model.shift()),
  popTail: (list, model) => assertEquals(list.popTail(), model.pop()),
  set(list, model, random) {
    if (model.length === 0) return;
    const index = random.below(model.length);
    const element = random.pick(ELEMENTS);
    list.set(index, element);
    model[index] = element;
  },
  insert(list, model, random) {
    const index = random.between(0, model.length);
    const element = random.pick(ELEMENTS);
    list.insert(index, element);
    model.splice(index, 0, element);
  },
  indexOf(list, model, random) {
    const element = random.pick([...ELEMENTS, "none"]);
    assertEquals(list.indexOf(element), model.indexOf(element));
    const from = random.between(-1, model.length);
    const inside = from >= 0 && from < model.length;
    const up = inside ? model.indexOf(element, from) : -1;
    assertEquals(list.indexOf(element, from, 1), up);
    const down = inside ? model.lastIndexOf(element, from) : -1;
    assertEquals(list.indexOf(element, from, -1), down);
  },
  visit(list, model, random) {
    const start = random.between(0, model.length);
    const count = random.between(0, model.length - start);
    const visited: string[] = [];
    list.visit(start, count, (text, start, end) => {
      visited.push(text.substring(start, end));
    });
    assertEquals(visited, model.slice(start, start + count));
  },
  removeMatching(list, model, random) {
    const element = random.pick([...ELEMENTS, "none"]);
    const limit = random.pick([1, 2, 5, Infinity]);
    const from = random.pick(["head", "tail"] as const);
    const removed = list.removeMatching(element, limit, from);
    assertEquals(removed, removeFrom(model, element, limit, from));
  },
  trim(list, model, random) {
    const start = random.between(0, Math.min(model.length, 6));
    const end = model.length - 1 - random.between(0, 6);
    list.trim(start, end);
    model.splice(0, model.length, ...model.slice(start, Math.max(0, end + 1)));
  },
  trimFar(list, model, random) {
    if (model.length === 0) return;
    const start = random.below(model.length);
    const end = random.between(start - 1, model.length - 1);
    list.trim(start, end);
    model.splice(0, model.length, ...model.slice(start, end + 1));
  },
  copy(list, model) {
    const copy = list.copy();
    assertEquals([...copy], model);
    copy.pushHead("other");
    copy.set(copy.length - 1, "another");
    assertEquals([...list], model);
  },
};

/** How often each operation comes, in a phase in which the list grows and in one in which it shrinks. */
const GROWING = {
  pushHead: 30,
  pushTail: 30,
  popHead: 6,
  popTail: 6,
  set: 8,
  insert: 20,
  indexOf: 4,
  visit: 4,
  removeMatching: 1,
  trim: 1,
  copy: 1,
};
const SHRINKING = {
  pushHead: 8,
  pushTail: 8,
  popHead: 30,
  popTail: 30,
  set: 8,
  insert: 6,
  indexOf: 4,
  visit: 4,
  removeMatching: 3,
  trim: 4,
  trimFar: 1,
  copy: 1,
};

property("a list equals an array through random operations", (random) => {
  const list = new List();
  const model: string[] = [];
  for (let done = 0; done < OPERATIONS;) {
    const weights: Record<string, number> = random.chance()
      ? GROWING
      : SHRINKING;
    const names = Object.entries(weights).flatMap(([name, weight]) =>
      Array<string>(weight).fill(name)
    );
    for (let left = random.between(1, 200); left > 0; left--, done++) {
      const name = random.pick(names);
      OPERATIONS_BY_NAME[name]!(list, model, random);
      assertEquals(list.length, model.length, name);
      const index = random.between(-2, model.length + 1);
      assertEquals(list.at(index), model[index], name);
    }
    assertEquals([...list], model);
    assertEquals(list.memory - empty(list), bytesOf(model));
  }
}, { runs: 100 });

property("a list equals an array whatever the size of its ring", (random) => {
  const size = random.pick([7, 8, 9, 63, 64, 65, 1_000]);
  for (let offset = 0; offset < 10; offset++) {
    const list = new List();
    const model: string[] = [];
    // The head stands somewhere in the ring, so that every range may wrap around its end.
    for (let i = 0; i < offset; i++) list.pushHead("x");
    for (let i = 0; i < offset; i++) list.popTail();
    for (let i = 0; i < size; i++) {
      const element = random.pick(ELEMENTS);
      list.pushTail(element);
      model.push(element);
    }
    for (let i = 0; i < 30; i++) {
      const name = random.pick(Object.keys(OPERATIONS_BY_NAME));
      OPERATIONS_BY_NAME[name]!(list, model, random);
      assertEquals([...list], model, `${name} of ${size} from ${offset}`);
    }
  }
}, { runs: 20 });

Deno.test("a list that loses its elements one by one gives memory back", () => {
  const list = new List();
  for (let i = 0; i < 10_000; i++) list.pushTail("e");
  const full = list.memory;
  for (let i = 0; i < 9_990; i++) list.popHead();
  assert(list.memory < full / 100, `${list.memory} of ${full} bytes remain`);
});

Deno.test("a list that is trimmed to nothing takes as much memory as a new one", () => {
  const list = List.from(Array<string>(1_000).fill("element"));
  list.trim(1, 0);
  assertEquals(list.memory, new List().memory);
});

function removeFrom(
  model: string[],
  element: string,
  limit: number,
  from: "head" | "tail",
): number {
  let removed = 0;
  while (removed < limit) {
    const index = from === "head"
      ? model.indexOf(element)
      : model.lastIndexOf(element);
    if (index < 0) break;
    model.splice(index, 1);
    removed++;
  }
  return removed;
}

/** The memory of a list with a ring as large, and empty elements. */
function empty(list: List): number {
  const blank = list.copy();
  for (let i = 0; i < blank.length; i++) blank.set(i, "");
  return blank.memory;
}

function bytesOf(model: readonly string[]): number {
  return model.reduce((sum, element) => sum + element.length, 0);
}
