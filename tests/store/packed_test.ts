import { assert, assertEquals } from "@std/assert";
import { Args } from "../../src/protocol/args.ts";
import type { ByteRange } from "../../src/protocol/byte_block.ts";
import { Keyspace } from "../../src/store/keyspace.ts";
import {
  hasRoom,
  MOST_PACKED,
  MOST_PACKED_BYTES,
  type PackedType,
  type PackedValue,
  SCORE_BYTES,
} from "../../src/store/packed.ts";
import {
  addMember,
  deleteField,
  deleteMember,
  deleteScored,
  hasField,
  hasMember,
  memberAt,
  packedBytes,
  packedField,
  packedScore,
  scoreAt,
  setField,
  setScore,
} from "../../src/store/packed_edits.ts";
import { keepElements, pushElement } from "../../src/store/packed_list.ts";
import type { Packable } from "../../src/store/packing.ts";
import { Hash } from "../../src/store/values/hash.ts";
import { List } from "../../src/store/values/list.ts";
import { MemberSet } from "../../src/store/values/set.ts";
import { SortedSet } from "../../src/store/values/sorted_set.ts";
import { defaultThresholds } from "../../src/store/values/thresholds.ts";
import { property, type TestRandom } from "../helpers/seeded.ts";

const CHANGES = 3_000;
const SCORES = [0, -0, 1, -1, 0.1, 1e300, -1e-300, Infinity, -Infinity];
const TYPES: readonly PackedType[] = ["hash", "set", "zset", "list"];

const MAKE = {
  hash: () => new Hash(),
  set: () => new MemberSet(),
  zset: () => new SortedSet(),
  list: () => new List(),
} as const;

function thresholdsFor(random: TestRandom) {
  return {
    ...defaultThresholds(),
    hashEntries: random.pick([0, 4, 30, 512]),
    hashBytes: random.pick([5, 64]),
    setIntegers: random.pick([0, 4, 30, 512]),
    sortedSetEntries: random.pick([0, 4, 30, 128]),
    sortedSetBytes: random.pick([5, 64]),
  };
}

function word(random: TestRandom): string {
  if (random.chance(0.6)) return String(random.between(-40, 40));
  if (random.chance(0.02)) return random.bytes(random.between(0, 900));
  return random.pick(["", "m", "\xff", "\x00", "9223372036854775807", "-0"]) +
    random.pick(["", "1", "22", "x"]);
}

/** What a value holds, in its order if it has one, and what OBJECT ENCODING calls it. */
function contents(value: Packable): unknown {
  const elements: unknown[] = [...value];
  if (value.type === "list") return elements;
  const isOrdered = value.type === "zset" || value.encoding !== "hashtable";
  return [value.encoding, isOrdered ? elements : elements.map(String).sort()];
}

/** Changes a packed list and an object in the same way. */
function changePackedList(
  packed: PackedValue,
  expected: List,
  args: Args,
  random: TestRandom,
): void {
  const element = args.string(1);
  const { length } = expected;
  if (length === 0 || random.chance(0.6)) {
    if (random.chance()) {
      pushElement(packed, args, 1, "head");
      expected.pushHead(element);
    } else {
      pushElement(packed, args, 1, "tail");
      expected.pushTail(element);
    }
  } else if (random.chance(0.9)) {
    const isHead = random.chance();
    const at = packed.place(isHead ? 0 : length - 1);
    assertEquals(
      textIn(packed.element(at)),
      isHead ? expected.popHead() : expected.popTail(),
    );
    packed.remove(at, 1);
  } else {
    const start = random.below(length);
    const end = random.between(start, length);
    keepElements(packed, start, end);
    expected.trim(start, end - 1);
  }
}

/** Changes two lists in the same way. */
function changeList(
  list: List,
  expected: List,
  element: string,
  random: TestRandom,
): void {
  const index = random.between(0, list.length);
  const removes = random.chance(0.4);
  for (const each of [list, expected]) {
    if (removes) each.removeMatching(element, 1, "head");
    else each.insert(index, element);
  }
}

/** Changes a value as a command does: its bytes if it is packed and has room, else the object. */
function change(
  keyspace: Keyspace,
  model: Map<string, Packable>,
  key: string,
  random: TestRandom,
  thresholds = defaultThresholds(),
): void {
  const word1 = word(random), word2 = word(random);
  const score = random.chance(0.3)
    ? random.pick(SCORES)
    : random.between(-9, 9);
  let expected = model.get(key);
  let slot = keyspace.find(key);
  const type = expected?.type ?? random.pick(TYPES);
  const args = Args.from([key, word1, word2]);
  const bytes = packedBytes(args, 1) + SCORE_BYTES;
  if (expected === undefined) {
    model.set(key, expected = MAKE[type]());
    slot = random.chance() && hasRoom(0, 1, bytes)
      ? keyspace.addPacked(args.key(0), type, random.below(2) * bytes)
      : keyspace.add(key, MAKE[type]());
  }
  keyspace.willChange(slot);
  const packed = keyspace.packedAt(slot, type);
  const value = packed !== undefined && random.chance(0.9) &&
      hasRoom(packed.length, 1, packed.end - packed.start + bytes)
    ? packed
    : keyspace.edit(slot) as Packable;
  const removes = value.length > 0 && random.chance(0.4);
  if (expected.type === "hash") {
    if (removes) {
      const isDeleted = "block" in value
        ? deleteField(value, args, 1)
        : (value as Hash).delete(word1);
      assertEquals(isDeleted, expected.delete(word1));
    } else {
      const isNew = "block" in value
        ? setField(value, args, 1, args.range(2), thresholds)
        : (value as Hash).set(word1, word2, thresholds);
      assertEquals(isNew, expected.set(word1, word2, thresholds));
    }
  } else if (expected.type === "set") {
    if (removes && "block" in value && random.chance()) {
      assert(expected.delete(value.take(random.below(value.length))));
    } else if (removes) {
      const isDeleted = "block" in value
        ? deleteMember(value, args, 1)
        : (value as MemberSet).delete(word1);
      assertEquals(isDeleted, expected.delete(word1));
    } else {
      const isNew = "block" in value
        ? addMember(value, args, 1, thresholds)
        : (value as MemberSet).add(word1, thresholds);
      assertEquals(isNew, expected.add(word1, thresholds));
    }
  } else if (expected.type === "list") {
    if ("block" in value) changePackedList(value, expected, args, random);
    else changeList(value as List, expected, word1, random);
  } else if (removes) {
    const isDeleted = "block" in value
      ? deleteScored(value, args, 1)
      : (value as SortedSet).delete(word1);
    assertEquals(isDeleted, expected.delete(word1));
  } else {
    const outcome = "block" in value
      ? setScore(value, args, 1, score, thresholds)
      : (value as SortedSet).add(word1, score, thresholds);
    assertEquals(outcome, expected.add(word1, score, thresholds));
  }
  keyspace.recount(slot);
  if (expected.length === 0) {
    keyspace.remove(slot);
    model.delete(key);
  }
}

function checkKey(
  keyspace: Keyspace,
  key: string,
  expected: Packable,
  random: TestRandom,
): void {
  const slot = keyspace.find(key);
  assertEquals(keyspace.type(slot), expected.type);
  assertEquals(contents(keyspace.value(slot) as Packable), contents(expected));
  const packed = keyspace.packedAt(slot, expected.type);
  if (packed === undefined) return;
  assertEquals(packed.length, expected.length);
  const name = word(random);
  const args = Args.from([name]);
  if (expected.type === "hash") {
    const found = packedField(packed, args, 0);
    assertEquals(textIn(found), expected.get(name));
    assertEquals(hasField(packed, args, 0), expected.has(name));
    const elements: unknown[] = [];
    packed.visit((element) => elements.push(textIn(element)));
    assertEquals(elements, [...keyspace.value(slot) as Hash].flat());
  } else if (expected.type === "set") {
    assertEquals(hasMember(packed, args, 0), expected.has(name));
  } else if (expected.type === "list") {
    const index = random.below(expected.length);
    const element = packed.element(packed.place(index));
    assertEquals(textIn(element), expected.at(index));
  } else {
    assertEquals(packedScore(packed, args, 0), expected.score(name));
    const rank = random.below(expected.length);
    const at = packed.place(rank);
    assertEquals(textIn(memberAt(packed, at)), expected.at(rank));
    assertEquals(scoreAt(packed, at), expected.score(expected.at(rank)));
  }
}

function textIn(range: ByteRange | undefined): string | undefined {
  return range?.block.bytes.latin1Slice(range.start, range.end);
}

function checkAll(
  keyspace: Keyspace,
  model: ReadonlyMap<string, Packable>,
  random: TestRandom,
): void {
  assertEquals(keyspace.size, model.size);
  let memory = 0;
  for (const [key, expected] of model) {
    checkKey(keyspace, key, expected, random);
    memory += keyspace.memoryAt(keyspace.find(key));
  }
  assertEquals(keyspace.memory, memory);
}

property(
  "values hold the same whether they are packed or not, whatever changes them",
  (random) => {
    const keyspace = new Keyspace();
    const model = new Map<string, Packable>();
    const thresholds = thresholdsFor(random);
    const keys = random.pick([3, 100, 400]);
    for (let i = 0; i < CHANGES; i++) {
      const key = `k${random.below(keys)}`;
      change(keyspace, model, key, random, thresholds);
      if (random.chance(0.05) && keyspace.size > 0) {
        const slot = random.below(keyspace.size);
        model.delete(keyspace.key(slot));
        keyspace.remove(slot);
      }
      const expected = model.get(key);
      if (expected !== undefined) checkKey(keyspace, key, expected, random);
    }
    checkAll(keyspace, model, random);
    while (keyspace.size > 0) keyspace.remove(random.below(keyspace.size));
    assertEquals(keyspace.memory, 0);
  },
  { runs: 40 },
);

property(
  "a walk visits packed values as they were when it began",
  (random) => {
    const keyspace = new Keyspace();
    const model = new Map<string, Packable>();
    for (let i = 0; i < 500; i++) {
      change(keyspace, model, `k${random.below(200)}`, random);
    }
    const before = new Map(
      [...model].map(([key, value]) => [key, contents(value)]),
    );
    const visited = new Map<string, unknown>();
    keyspace.startWalk((slot) => {
      const key = keyspace.key(slot);
      const value = keyspace.value(slot);
      assert(!visited.has(key), key);
      visited.set(key, contents(value as Packable));
    });
    do {
      for (let i = random.below(20); i > 0; i--) {
        change(keyspace, model, `k${random.below(200)}`, random);
      }
    } while (!keyspace.continueWalk(random.between(1, 10)));
    assertEquals([...visited].sort(), [...before].sort());
  },
  { runs: 40 },
);

Deno.test("a value is packed once enough others were edited after it, if it is small", () => {
  const keyspace = new Keyspace();
  const thresholds = defaultThresholds();
  const small = new Hash(), long = new Hash(), wide = new Hash();
  small.set("f", "v", thresholds);
  long.set("f", "v".repeat(MOST_PACKED_BYTES), thresholds);
  for (let i = 0; i < MOST_PACKED; i++) wide.set(`${i}`, "", thresholds);
  keyspace.add("small", small);
  keyspace.add("long", long);
  keyspace.add("wide", wide);
  const packed = (key: string) =>
    keyspace.packedAt(keyspace.find(key), "hash") !== undefined;
  assertEquals(packed("small"), false);
  for (let i = 0; i < 100; i++) keyspace.add(`set ${i}`, new MemberSet());
  assertEquals(packed("small"), true);
  assertEquals(packed("long"), false);
  assertEquals(packed("wide"), false);
  assertEquals(
    [...keyspace.value(keyspace.find("small")) as Hash],
    [["f", "v"]],
  );
});

Deno.test("a value that is edited is an object, the same one until it is packed", () => {
  const keyspace = new Keyspace();
  const args = Args.from(["k", "f", "v"]);
  const slot = keyspace.addPacked(args.key(0), "hash", 0);
  setField(
    keyspace.packedAt(slot, "hash")!,
    args,
    1,
    args.range(2),
    defaultThresholds(),
  );
  const hash = keyspace.edit(slot);
  assertEquals(keyspace.packedAt(slot, "hash"), undefined);
  assert(keyspace.edit(slot) === hash);
  assert(keyspace.value(slot) === hash);
});

property(
  "values that are edited together are the ones that the keyspace holds, whatever came before",
  (random) => {
    const keyspace = new Keyspace();
    const model = new Map<string, Packable>();
    const any = () => random.below(keyspace.size);
    for (let i = 0; i < 300; i++) {
      change(keyspace, model, `k${random.below(100)}`, random);
      if (keyspace.size === 0) continue;
      if (random.chance(0.1)) {
        keyspace.replace(any(), random.chance() ? new Hash() : "");
      }
      if (random.chance(0.1)) keyspace.remove(any());
      if (keyspace.size === 0) continue;
      const slots = random.list(random.between(1, 10), any);
      const values = slots.map((slot) => keyspace.edit(slot));
      for (const [i, slot] of slots.entries()) {
        assert(keyspace.value(slot) === values[i]);
      }
      model.clear();
    }
  },
  { runs: 20 },
);

Deno.test("a value that is read again and again is an object from then on, one that is read now and then is not", () => {
  const keyspace = new Keyspace();
  const thresholds = defaultThresholds();
  for (let i = 0; i < 100; i++) {
    const args = Args.from([`k${i}`, "m", String(i)]);
    const slot = keyspace.addPacked(args.key(0), "hash", 0);
    setField(
      keyspace.packedAt(slot, "hash")!,
      args,
      1,
      args.range(2),
      thresholds,
    );
  }
  for (let round = 0; round < 3; round++) {
    for (let slot = 0; slot < 100; slot++) {
      assertEquals([...keyspace.read(slot) as Hash], [["m", String(slot)]]);
      assert(keyspace.packedAt(slot, "hash") !== undefined);
    }
  }
  const hash = keyspace.read(99);
  assertEquals(keyspace.packedAt(99, "hash"), undefined);
  assert(keyspace.read(99) === hash);
});
