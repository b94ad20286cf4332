import { Buffer } from "node:buffer";
import { assertEquals } from "@std/assert";
import {
  ByteBlock,
  type ByteRange,
  sameBytes,
} from "../../src/protocol/byte_block.ts";
import { MOST_KEYS } from "../../src/store/key_prefetch.ts";
import { Keyspace } from "../../src/store/keyspace.ts";
import { List } from "../../src/store/values/list.ts";
import { memoryOf, type Value } from "../../src/store/values/value.ts";
import { property, type TestRandom } from "../helpers/seeded.ts";

/** What a naive keyspace knows of a key. */
interface Entry {
  value: string;
  expiresAt: number;
}

function shown(value: Value): string {
  return typeof value === "string" ? value : [...value as List].join(",");
}

function rangeOf(text: string): ByteRange {
  const block = new ByteBlock(Buffer.from(`<${text}>`, "latin1"));
  return { block, start: 1, end: text.length + 1 };
}

function textIn({ block, start, end }: ByteRange): string {
  return block.bytes.latin1Slice(start, end);
}

function randomValue(random: TestRandom): Value {
  return random.chance()
    ? random.text(3).repeat(random.below(random.pick([7, 7, 100, 2000])))
    : List.from(random.list(random.between(1, 5), () => random.text(3)));
}

/** Changes a keyspace and its model alike, in some way. */
function change(
  keyspace: Keyspace,
  model: Map<string, Entry>,
  random: TestRandom,
  names: number,
): void {
  const key = `k${random.below(names)}`;
  const name = rangeOf(key);
  const slot = keyspace.find(key);
  assertEquals(keyspace.findBytes(name.block, name.start, name.end), slot);
  if (slot < 0) {
    const value = randomValue(random);
    const added = typeof value === "string" && random.chance()
      ? keyspace.addBytes(name, rangeOf(value))
      : keyspace.add(key, value);
    assertEquals(added, model.size);
    model.set(key, { value: shown(value), expiresAt: Infinity });
    return;
  }
  const entry = model.get(key)!;
  keyspace.willChange(slot);
  const action = random.below(7);
  if (action < 2) {
    keyspace.remove(slot);
    model.delete(key);
  } else if (action === 2) {
    const value = randomValue(random);
    if (typeof value === "string" && random.chance()) {
      keyspace.replaceBytes(slot, rangeOf(value));
    } else keyspace.replace(slot, value);
    entry.value = shown(value);
  } else if (action === 3) {
    entry.expiresAt = random.between(1, 1_000_000);
    keyspace.expiries.set(slot, entry.expiresAt);
  } else if (action === 4) {
    keyspace.expiries.delete(slot);
    entry.expiresAt = Infinity;
  } else if (action === 5) {
    const range = keyspace.stringAt(slot);
    if (range === undefined) return;
    assertEquals(textIn(range), entry.value, key);
    const n = random.below(2 ** 32) - 2 ** 31;
    keyspace.setInteger(slot, n);
    assertEquals(keyspace.integerAt(slot), n);
    assertEquals(textIn(keyspace.stringAt(slot)!), String(n));
    entry.value = String(n);
  } else {
    const value = keyspace.edit(slot);
    if (typeof value === "string" || value.type !== "list") return;
    value.pushTail("more");
    keyspace.recount(slot);
    entry.value = shown(value);
  }
}

function check(keyspace: Keyspace, model: Map<string, Entry>): void {
  assertEquals(keyspace.size, model.size);
  let expiring = 0;
  let memory = 0;
  for (const [key, { value, expiresAt }] of model) {
    const slot = keyspace.find(key);
    assertEquals(keyspace.key(slot), key);
    assertEquals(shown(keyspace.value(slot)), value, key);
    assertEquals(keyspace.expiries.at(slot), expiresAt, key);
    if (expiresAt !== Infinity) expiring++;
    memory += keyspace.memoryAt(slot);
  }
  assertEquals(keyspace.expiries.size, expiring);
  assertEquals(keyspace.memory, memory);
}

property(
  "a Keyspace holds what a Map would after any changes, and no memory when it is empty",
  (random) => {
    const keyspace = new Keyspace();
    const model = new Map<string, Entry>();
    const names = random.pick([5, 50, 500]);
    for (let round = 0; round < 10; round++) {
      for (let i = 0; i < 2000; i++) change(keyspace, model, random, names);
      check(keyspace, model);
    }
    while (keyspace.size > 0) keyspace.remove(random.below(keyspace.size));
    assertEquals(keyspace.memory, 0);
    assertEquals(keyspace.expiries.size, 0);
    assertEquals(keyspace.find("k0"), -1);
  },
  { runs: 50 },
);

property(
  "keys that were prepared for are found as others are, whatever changes meanwhile",
  (random) => {
    const keyspace = new Keyspace();
    const model = new Map<string, Entry>();
    const names = random.pick([5, 20, 300]);
    for (let i = random.below(600); i > 0; i--) {
      change(keyspace, model, random, names);
    }
    const keys = random.list(MOST_KEYS, () => `k${random.below(names)}`);
    const ranges = keys.map(rangeOf);
    for (const { block, start, end } of ranges) {
      if (random.chance(0.8)) keyspace.prefetch.add(block, start, end);
    }
    keyspace.prefetch.run();
    for (const [i, key] of keys.entries()) {
      if (random.chance()) change(keyspace, model, random, names);
      const { block, start, end } = ranges[i]!;
      const slot = keyspace.findBytes(block, start, end);
      assertEquals(slot, keyspace.find(key));
      assertEquals(slot >= 0, model.has(key));
    }
  },
);

property(
  "a walk visits every key once, as it was when the walk began, whatever changes meanwhile",
  (random) => {
    const keyspace = new Keyspace();
    const model = new Map<string, Entry>();
    const names = random.pick([3, 40, 300]);
    for (let i = random.below(1000); i > 0; i--) {
      change(keyspace, model, random, names);
    }
    const before = new Map(
      [...model].map(([key, entry]) => [key, { ...entry }]),
    );
    const visited = new Map<string, Entry>();
    keyspace.startWalk((slot) => {
      const key = keyspace.key(slot);
      assertEquals(visited.has(key), false, `${key} is visited twice`);
      visited.set(key, {
        value: shown(keyspace.value(slot)),
        expiresAt: keyspace.expiries.at(slot),
      });
    });
    let steps = 0;
    do {
      for (let i = random.below(20); i > 0; i--) {
        change(keyspace, model, random, names);
      }
      steps++;
    } while (!keyspace.continueWalk(random.between(1, 10)));
    assertEquals(steps <= before.size + 1, true);
    assertEquals(
      [...visited].sort(),
      [...before].sort(),
    );
    for (let i = 0; i < 20; i++) change(keyspace, model, random, names);
    assertEquals(keyspace.continueWalk(1), true);
    assertEquals(visited.size, before.size);
  },
  { runs: 300 },
);

Deno.test("a walk that is cancelled visits nothing more, and another may begin", () => {
  const keyspace = new Keyspace();
  keyspace.add("a", "1");
  keyspace.add("b", "2");
  const visited: string[] = [];
  keyspace.startWalk((slot) => visited.push(keyspace.key(slot)));
  keyspace.continueWalk(1);
  keyspace.cancelWalk();
  keyspace.willChange(0);
  assertEquals(keyspace.continueWalk(10), true);
  assertEquals(visited, ["b"]);
  keyspace.startWalk((slot) => visited.push(keyspace.key(slot)));
  assertEquals(keyspace.continueWalk(10), true);
  assertEquals(visited, ["b", "b", "a"]);
});

Deno.test("a Keyspace counts the memory of a value again when it is edited, and when it is put in its own place", () => {
  const keyspace = new Keyspace();
  const list = List.from(["a"]);
  const slot = keyspace.add("k", list);
  list.pushTail("x".repeat(1000));
  keyspace.replace(slot, list);
  assertEquals(keyspace.memory, keyspace.memoryAt(slot));
  list.pushTail("y".repeat(1000));
  keyspace.recount(slot);
  assertEquals(keyspace.memory, keyspace.memoryAt(slot));
  assertEquals(keyspace.memory > memoryOf("x".repeat(2000)), true);
  keyspace.remove(slot);
  assertEquals(keyspace.memory, 0);
});

Deno.test("a Keyspace remembers accesses by key, and forgets them with the key", () => {
  const keyspace = new Keyspace();
  for (let i = 0; i < 100; i++) {
    keyspace.setAccess(keyspace.add(`k${i}`, ""), 1000 + i);
  }
  keyspace.remove(keyspace.find("k5"));
  assertEquals(keyspace.access(keyspace.find("k99")), 1099);
  assertEquals(keyspace.access(keyspace.add("k5", "")), 0);
});

Deno.test("a Keyspace holds strings and keys of any length, and what it holds of them is its own", () => {
  const keyspace = new Keyspace();
  const lengths = [0, 1, 16, 65_536, 65_537, 300_000, 2_000_000];
  for (const length of lengths) {
    const text = String.fromCharCode(length & 0xff).repeat(length);
    const value = rangeOf(text);
    keyspace.addBytes(rangeOf(`short:${length}`), value);
    keyspace.add(`long:${text}`, text);
    value.block.bytes.fill(0);
  }
  for (const length of lengths) {
    const text = String.fromCharCode(length & 0xff).repeat(length);
    const slot = keyspace.find(`short:${length}`);
    assertEquals(textIn(keyspace.stringAt(slot)!) === text, true);
    assertEquals(String(keyspace.value(slot)) === text, true);
    const long = keyspace.find(`long:${text}`);
    assertEquals(keyspace.key(long) === `long:${text}`, true);
    assertEquals(String(keyspace.value(long)) === text, true);
  }
  while (keyspace.size > 0) keyspace.remove(0);
  assertEquals(keyspace.memory, 0);
});

Deno.test("a Keyspace finds and removes many keys, and gives their memory back", () => {
  const keyspace = new Keyspace();
  const key = rangeOf("key:000000000000");
  const name = (n: number) => {
    key.block.bytes.latin1Write(String(n).padStart(12, "0"), 5);
    return key;
  };
  for (let i = 0; i < 300_000; i++) keyspace.addBytes(name(i), name(i));
  const find = (n: number) => {
    const { block, start, end } = name(n);
    return keyspace.findBytes(block, start, end);
  };
  for (let i = 0; i < 300_000; i += 7) {
    if (find(i) !== i) assertEquals(find(i), i);
  }
  assertEquals(find(300_000), -1);
  for (let i = 0; i < 300_000; i += 2) keyspace.remove(find(i));
  for (let i = 1; i < 300_000; i += 2) {
    const value = keyspace.stringAt(find(i))!;
    const { block, start, end } = name(i);
    if (!sameBytes(value.block, value.start, block, start, end - start)) {
      assertEquals(textIn(value), textIn(key));
    }
  }
  assertEquals(keyspace.size, 150_000);
  for (let i = 1; i < 300_000; i += 2) keyspace.remove(find(i));
  assertEquals(keyspace.memory, 0);
});

Deno.test("a long string takes the memory of the one before it, and leaves nothing of it", () => {
  const keyspace = new Keyspace();
  const slot = keyspace.addBytes(rangeOf("k"), rangeOf("a".repeat(100_000)));
  const before = keyspace.value(slot);
  for (const length of [100_000, 90_000, 95_000, 200_000, 70_000]) {
    const text = String.fromCharCode(97 + length % 7).repeat(length);
    keyspace.replaceBytes(slot, rangeOf(text));
    assertEquals(textIn(keyspace.stringAt(slot)!) === text, true);
    assertEquals(
      keyspace.value(slot) === before,
      length <= 100_000 && length >= 90_000,
    );
    assertEquals(keyspace.memory, keyspace.memoryAt(slot));
  }
});
