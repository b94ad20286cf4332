import { assert, assertEquals } from "@std/assert";
import { MemberSet } from "../../src/store/values/set.ts";
import { defaultThresholds } from "../../src/store/values/thresholds.ts";
import { property } from "../helpers/seeded.ts";

const THRESHOLDS = defaultThresholds();
const STEPS = 2_000;
const EXTREMES = [
  "9223372036854775807",
  "-9223372036854775808",
  "9007199254740991",
  "9007199254740993",
  "-9007199254740993",
  "0",
  "-1",
];
const TEXTS = ["", "-0", "01", "+1", " 1", "9223372036854775808", "\xff\0"];

property(
  "a set holds what a set of strings holds, in the order of numbers while it is an intset",
  (random) => {
    const setIntegers = random.pick([0, 5, 40, 1000]);
    const thresholds = { ...THRESHOLDS, setIntegers };
    const range = random.between(1, 100);
    let set = new MemberSet();
    const model = new Set<string>();
    let compact = true;
    for (let step = 0; step < STEPS; step++) {
      const member = random.below(100) === 0
        ? random.pick(random.below(5) === 0 ? TEXTS : EXTREMES)
        : String(random.below(range));
      const choice = random.below(10);
      if (choice < 5) {
        const isNew = !model.has(member);
        assertEquals(set.add(member, thresholds), isNew);
        model.add(member);
        if (TEXTS.includes(member) || isNew && model.size > setIntegers) {
          compact = false;
        }
      } else if (choice < 8) {
        assertEquals(set.delete(member), model.delete(member));
      } else if (choice === 8 && model.size > 0) {
        const number = random.below(set.length);
        model.delete(set.at(number));
        set.deleteAt(number);
      } else if (random.below(20) === 0) {
        const copy = set.copy();
        set.add("only in the original", THRESHOLDS);
        assertEquals(copy.has("only in the original"), false);
        set = copy;
      }
      assertEquals(set.encoding, compact ? "intset" : "hashtable");
      assertEquals(set.length, model.size);
      assertEquals(set.has(member), model.has(member));
    }
    const byNumber = (a: string, b: string) => BigInt(a) < BigInt(b) ? -1 : 1;
    assertEquals(
      compact ? [...set] : [...set].sort(),
      compact ? [...model].sort(byNumber) : [...model].sort(),
    );
  },
);

Deno.test("a set that shrinks stays a hashtable", () => {
  const set = new MemberSet();
  for (let i = 0; i < 513; i++) set.add(String(i), THRESHOLDS);
  for (let i = 1; i < 513; i++) set.delete(String(i));
  assertEquals(set.encoding, "hashtable");
  assertEquals(set.copy().encoding, "hashtable");
});

Deno.test("a scan of an intset gives all members at once, one of a hashtable goes by count", () => {
  const set = new MemberSet();
  for (let i = 0; i < 20; i++) set.add(String(i), THRESHOLDS);
  const seen: string[] = [];
  assertEquals(set.scan(0, 3, (member) => seen.push(member)), 0);
  assertEquals(seen.length, 20);
  set.add("text", THRESHOLDS);
  assertEquals(set.scan(0, 3, () => {}), 18);
});

Deno.test("the memory of a set follows its members", () => {
  const set = new MemberSet();
  const empty = set.memory;
  set.add("12", THRESHOLDS);
  assert(set.memory > empty);
  set.add("m".repeat(1000), THRESHOLDS);
  const before = set.memory;
  assert(before > 1000);
  assertEquals(set.copy().memory, before);
  set.delete("m".repeat(1000));
  assert(set.memory < before - 1000);
});
