import { assert, assertEquals } from "@std/assert";
import { SortedSet } from "../../src/store/values/sorted_set.ts";
import { defaultThresholds } from "../../src/store/values/thresholds.ts";
import { property, type TestRandom } from "../helpers/seeded.ts";

const THRESHOLDS = defaultThresholds();
const SCORES = [0, 1, -1, 0.5, 1e300, -1e-300, Infinity, -Infinity];

/** Number of random operations per seed; the seeds together make some hundred thousand. */
const OPERATIONS = 4_000;

type Entry = readonly [member: string, score: number];

/** A sorted array beside a map: slow, and plain to see right. */
class Model {
  readonly scores = new Map<string, number>();
  entries: Entry[] = [];

  add(member: string, score: number): void {
    this.delete(member);
    this.scores.set(member, score);
    const at = this.entries.findIndex((each) =>
      isBefore([member, score], each)
    );
    this.entries.splice(at < 0 ? this.entries.length : at, 0, [member, score]);
  }

  delete(member: string): boolean {
    if (!this.scores.delete(member)) return false;
    this.entries = this.entries.filter(([each]) => each !== member);
    return true;
  }
}

function isBefore([member, score]: Entry, [other, otherScore]: Entry): boolean {
  return score < otherScore || (score === otherScore && member < other);
}

/** What each operation does to a sorted set and to the model of it. */
const OPERATIONS_BY_NAME: Record<
  string,
  (set: SortedSet, model: Model, random: TestRandom) => void
> = {
  add(set, model, random) {
    const member = memberOf(random);
    const score = scoreOf(random);
    const previous = model.scores.get(member);
    const expected = previous === undefined
      ? "added"
      : previous === score
      ? "unchanged"
      : "updated";
    assertEquals(set.add(member, score, THRESHOLDS), expected);
    if (expected !== "unchanged") model.add(member, score);
  },
  move(set, model, random) {
    if (model.entries.length === 0) return;
    const [member, score] = random.pick(model.entries);
    const next = score + random.between(-2, 2);
    set.add(member, next, THRESHOLDS);
    if (next !== score) model.add(member, next);
  },
  delete(set, model, random) {
    const member = memberOf(random);
    assertEquals(set.delete(member), model.delete(member));
  },
  deleteRange(set, model, random) {
    const rank = random.between(0, model.entries.length);
    const count = Math.min(random.between(0, 9), model.entries.length - rank);
    set.deleteRange(rank, count);
    for (const [member] of model.entries.slice(rank, rank + count)) {
      model.delete(member);
    }
  },
  rank(set, model, random) {
    const member = memberOf(random);
    const rank = model.entries.findIndex(([each]) => each === member);
    assertEquals(set.rank(member), rank);
    assertEquals(set.score(member), model.scores.get(member));
    if (rank >= 0) assertEquals(set.at(rank), member);
  },
  partition(set, model, random) {
    const bound = scoreOf(random);
    const below = model.entries.filter(([, score]) => score < bound).length;
    const upTo = model.entries.filter(([, score]) => score <= bound).length;
    assertEquals(set.partition((score) => score < bound), below);
    assertEquals(set.partition((score) => score <= bound), upTo);
  },
  visit(set, model, random) {
    const { length } = model.entries;
    const rank = random.between(0, length);
    const count = Math.min(random.between(0, 200), length - rank);
    const up: Entry[] = [], down: Entry[] = [];
    set.visit(rank, count, (member, score) => up.push([member, score]));
    set.visitBack(rank + count - 1, count, (member, score) => {
      down.push([member, score]);
    });
    const expected = model.entries.slice(rank, rank + count);
    assertEquals(up, expected);
    assertEquals(down, expected.toReversed());
  },
};

function memberOf(random: TestRandom): string {
  return random.pick(["", "\xff", "\x00", "m"]) + random.between(0, 900);
}

function scoreOf(random: TestRandom): number {
  return random.chance(0.2)
    ? random.pick(SCORES)
    : random.between(-50, 50) / random.pick([1, 2]);
}

property("a sorted set does what a sorted array does", (random) => {
  const set = new SortedSet();
  const model = new Model();
  // Some sets mostly grow, some mostly shrink once they are large.
  const grows = random.pick([0.3, 0.5, 0.8]);
  for (let i = 0; i < OPERATIONS; i++) {
    const name = random.chance(grows)
      ? "add"
      : random.pick(Object.keys(OPERATIONS_BY_NAME));
    OPERATIONS_BY_NAME[name]!(set, model, random);
    assertEquals(set.length, model.entries.length);
  }
  assertEquals([...set], model.entries);
  const copy = set.copy();
  for (const [member] of model.entries) set.delete(member);
  assertEquals([set.length, copy.length], [0, model.entries.length]);
  assertEquals([...copy], model.entries);
}, { runs: 60 });

for (
  const [name, rankOf] of [
    ["rising", (i: number) => i],
    ["falling", (i: number) => -i],
    ["scattered", (i: number) => (i * 7919) % 20_011],
  ] as const
) {
  Deno.test(`a sorted set of ${name} scores finds every rank while it grows and is emptied from either end`, () => {
    const count = 20_000;
    const set = new SortedSet();
    for (let i = 0; i < count; i++) set.add(`m${i}`, rankOf(i), THRESHOLDS);
    const sorted = Array.from({ length: count }, (_, i) => i)
      .sort((a, b) => rankOf(a) - rankOf(b));
    for (let rank = 0; rank < count; rank += 97) {
      const member = `m${sorted[rank]}`;
      assertEquals(set.rank(member), rank);
      assertEquals(set.at(rank), member);
    }
    for (let i = 0; i < count / 2; i++) {
      assertEquals(set.at(0), `m${sorted[i]}`);
      set.deleteRange(0, 1);
      assertEquals(set.at(set.length - 1), `m${sorted[count - 1 - i]}`);
      set.deleteRange(set.length - 1, 1);
    }
    assertEquals(set.length, 0);
  });
}

property(
  "a scan visits what is there all along, whatever comes and goes",
  (random) => {
    const set = new SortedSet();
    const stays = random.list(random.between(129, 400), (i) => `stays ${i}`);
    for (const member of stays) set.add(member, random.below(9), THRESHOLDS);
    for (let i = 0; i < 100; i++) set.add(`goes ${i}`, 1, THRESHOLDS);
    const seen = new Set<string>();
    let cursor = 0;
    do {
      cursor = set.scan(cursor, random.between(1, 20), (member) => {
        seen.add(member);
      });
      set.delete(`goes ${random.below(100)}`);
      set.add(`comes ${random.below(100)}`, 2, THRESHOLDS);
      set.add(random.pick(stays), random.below(9), THRESHOLDS);
    } while (cursor !== 0);
    for (const member of stays) assert(seen.has(member), member);
  },
  { runs: 20 },
);

Deno.test("a sorted set is a listpack until it has too many members or a long one", () => {
  const many = new SortedSet();
  for (let i = 0; i < 128; i++) many.add(`${i}`, i, THRESHOLDS);
  assertEquals(many.encoding, "listpack");
  many.add("1", 7, THRESHOLDS);
  assertEquals(many.encoding, "listpack");
  many.add("128", 0, THRESHOLDS);
  assertEquals(many.encoding, "skiplist");
  const long = new SortedSet();
  long.add("x".repeat(64), 0, THRESHOLDS);
  assertEquals(long.encoding, "listpack");
  long.add("x".repeat(65), 0, THRESHOLDS);
  assertEquals(long.encoding, "skiplist");
  long.delete("x".repeat(65));
  assertEquals(long.copy().encoding, "skiplist");
});

Deno.test("a listpack has no negative zero, a skiplist has", () => {
  const set = new SortedSet();
  set.add("a", -0, THRESHOLDS);
  set.add("x".repeat(65), -0, THRESHOLDS);
  assert(Object.is(set.score("a"), 0));
  assert(Object.is(set.score("x".repeat(65)), -0));
});

property(
  "a sorted set and its copies change apart",
  (random) => {
    const size = random.pick([100, 6000]);
    const sets = [new SortedSet()];
    const models = [new Map<string, number>()];
    const add = (i: number) => {
      const member = `m${random.below(size)}`;
      const score = random.below(size);
      sets[i]!.add(member, score, THRESHOLDS);
      models[i]!.set(member, score);
    };
    for (let n = 0; n < size; n++) add(0);
    for (let step = 0; step < 3000; step++) {
      const i = random.below(sets.length);
      const set = sets[i]!;
      if (step % 500 === 0 && sets.length < 4) {
        sets.push(set.copy());
        models.push(new Map(models[i]));
      } else if (random.chance(0.5)) add(i);
      else if (set.length > 50 && random.chance(0.02)) {
        const rank = random.below(set.length - 40);
        for (let n = 0; n < 40; n++) models[i]!.delete(set.at(rank + n));
        set.deleteRange(rank, 40);
      } else {
        const member = `m${random.below(size)}`;
        assertEquals(set.delete(member), models[i]!.delete(member));
      }
    }
    for (const [i, set] of sets.entries()) {
      const sorted = [...models[i]!].sort(([a, x], [b, y]) =>
        x - y || (a < b ? -1 : 1)
      );
      assertEquals([...set].join(), sorted.join());
      assertEquals(set.length, sorted.length);
      for (const rank of [0, set.length >> 1, set.length - 1]) {
        assertEquals(set.rank(set.at(rank)), rank);
      }
    }
  },
  { runs: 20 },
);
