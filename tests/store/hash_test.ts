import { assert, assertEquals } from "@std/assert";
import { Hash } from "../../src/store/values/hash.ts";
import { defaultThresholds } from "../../src/store/values/thresholds.ts";
import { property } from "../helpers/seeded.ts";

const THRESHOLDS = defaultThresholds();
const STEPS = 2_000;

property(
  "a hash holds what a map holds, in its order while it is a listpack",
  (random) => {
    const thresholds = {
      ...THRESHOLDS,
      hashEntries: random.pick([0, 5, 40, 1000]),
      hashBytes: random.pick([8, 64]),
    };
    let hash = new Hash();
    const model = new Map<string, string>();
    let compact = true;
    const fields = random.between(1, 80);
    for (let step = 0; step < STEPS; step++) {
      const field = `f${random.below(fields)}`;
      const choice = random.below(10);
      if (choice < 5) {
        const value = random.below(500) === 0 ? "long ".repeat(20) : `${step}`;
        assertEquals(hash.set(field, value, thresholds), !model.has(field));
        model.set(field, value);
        if (model.size > thresholds.hashEntries) compact = false;
        if (value.length > thresholds.hashBytes) compact = false;
      } else if (choice < 9) {
        assertEquals(hash.delete(field), model.delete(field));
      } else if (random.below(20) === 0) {
        const copy = hash.copy();
        hash.set("only in the original", "x", THRESHOLDS);
        assertEquals(copy.has("only in the original"), false);
        hash = copy;
      }
      assertEquals(hash.encoding, compact ? "listpack" : "hashtable");
      assertEquals(hash.length, model.size);
      assertEquals(hash.get(field), model.get(field));
    }
    const entries = [...hash];
    const expected = [...model];
    if (!compact) {
      entries.sort(byField);
      expected.sort(byField);
    }
    assertEquals(entries, expected);
  },
);

function byField(
  [a]: readonly [string, string],
  [b]: readonly [string, string],
): number {
  return a < b ? -1 : 1;
}

Deno.test("a hash that shrinks stays a hashtable", () => {
  const hash = new Hash();
  for (let i = 0; i < 513; i++) hash.set(`f${i}`, "v", THRESHOLDS);
  for (let i = 1; i < 513; i++) hash.delete(`f${i}`);
  assertEquals(hash.encoding, "hashtable");
  assertEquals(hash.copy().encoding, "hashtable");
});

Deno.test("a scan of a listpack gives all fields at once, one of a hashtable goes by count", () => {
  const hash = new Hash();
  for (let i = 0; i < 20; i++) hash.set(`f${i}`, `${i}`, THRESHOLDS);
  const seen: string[] = [];
  assertEquals(hash.scan(0, 3, (field) => seen.push(field)), 0);
  assertEquals(seen.length, 20);
  hash.set("f0", "x".repeat(65), THRESHOLDS);
  assertEquals(hash.scan(0, 3, () => {}), 17);
});

Deno.test("the memory of a hash follows its fields and values", () => {
  const hash = new Hash();
  const empty = hash.memory;
  hash.set("field", "v", THRESHOLDS);
  const one = hash.memory;
  hash.set("field", "v".repeat(1000), THRESHOLDS);
  assert(one > empty);
  assertEquals(hash.memory, one + 999);
  assertEquals(hash.copy().memory, hash.memory);
  hash.delete("field");
  assertEquals(hash.memory, empty);
});
