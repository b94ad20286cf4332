import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { saveSnapshotSync } from "../../src/persistence/snapshot.ts";
import { SnapshotError } from "../../src/persistence/snapshot_error.ts";
import { Keyspace } from "../../src/store/keyspace.ts";
import {
  type ScoredMember,
  SortedSet,
} from "../../src/store/values/sorted_set.ts";
import { defaultThresholds } from "../../src/store/values/thresholds.ts";
import { property } from "../helpers/seeded.ts";
import { NOW, PATH, read } from "./data.ts";
import { MemoryFiles } from "./memory_files.ts";

type Values = Readonly<Record<string, SortedSet>>;
type Shown = readonly [
  key: string,
  encoding: string,
  entries: readonly ScoredMember[],
];

/** Long enough for several lines. */
const LONG = "\xe2\x82\xac".repeat(300_000);

function sortedSet(...entries: readonly ScoredMember[]): SortedSet {
  return SortedSet.from(entries, defaultThresholds());
}

function snapshotOf(values: Values): string {
  const keyspace = new Keyspace();
  for (const [key, value] of Object.entries(values)) keyspace.add(key, value);
  const files = new MemoryFiles();
  saveSnapshotSync(files, PATH, [keyspace], { savedAt: NOW, checksum: true });
  return new TextDecoder("utf-8", { fatal: true }).decode(files.get(PATH)!);
}

function loaded(file: string, thresholds = defaultThresholds()): Shown[] {
  const keyspace = read(file, { thresholds }).keyspaces[0]!;
  return Array.from(
    { length: keyspace.size },
    (_, slot) => shown(keyspace.key(slot), keyspace.value(slot) as SortedSet),
  );
}

function shown(key: string, set: SortedSet): Shown {
  return [key, set.encoding, [...set]];
}

function survives(values: Values): string {
  const file = snapshotOf(values);
  assertEquals(
    loaded(file),
    Object.entries(values).map(([key, value]) => shown(key, value)),
  );
  return file;
}

Deno.test("a sorted set is an object of members and scores if that can have them, else pairs", () => {
  const valueOf = (...entries: ScoredMember[]) =>
    /"type":"zset","value":(.*)}$/.exec(
      snapshotOf({ k: sortedSet(...entries) }).split("\n")[1]!,
    )![1];
  assertEquals(
    valueOf(["member", 1.5], ["caf\xc3\xa9", Infinity], ["", -Infinity]),
    '{"":"-inf","member":1.5,"café":"inf"}',
  );
  assertEquals(
    valueOf(["\xff", 0.1], ["a", -1e300]),
    '[["a",-1e+300],[{"base64":"/w=="},0.1]]',
  );
});

Deno.test("sorted sets survive, with members that mean something elsewhere and every kind of score", () => {
  survives({
    a: sortedSet(["__proto__", 1], ["base64", 2], ["toString", 3]),
    b: sortedSet(["base64", 1]),
    c: sortedSet(["10", 5], ["9", 1], ["4294967295", 3]),
    d: sortedSet(
      ["a", Number.MIN_VALUE],
      ["b", -Number.MAX_VALUE],
      ["c", 2 ** 53 + 2],
      ["d", 4e18],
      ["e", 1e21],
      ["f", 0.1 + 0.2],
    ),
    e: sortedSet(["x".repeat(65), -0], ["y", 0]),
  });
});

property("random sorted sets survive", (random) => {
  const units = ["a", "\xff", "\xe2\x82\xac", "1", '"', "\\"];
  const entries = random.list(random.pick([1, 10, 300]), (i) =>
    [
      random.pick(units).repeat(random.between(0, 70)) + i,
      random.pick([
        random.between(-5, 5),
        random.below(2 ** 40) / random.between(1, 1000),
        Infinity,
        -Infinity,
      ]),
    ] as const);
  survives({ set: sortedSet(...entries) });
});

Deno.test("large sorted sets go over several lines", () => {
  const many = Array.from(
    { length: 50_000 },
    (_, i) => [`element ${i}`, i / 3] as const,
  );
  const file = survives({
    many: sortedSet(...many),
    long: sortedSet(["a", 1], [LONG, 2], [LONG + "c", 3], ["b", 4]),
    bytes: sortedSet(["\xff".repeat(600_000), -Infinity], ["z", 1]),
    beginnings: sortedSet(
      ...[262_144, 262_143, 262_142, 524_288, 600_000]
        .map((length) => ["x".repeat(length), -length] as const),
    ),
  });
  const lines = file.split("\n");
  assertEquals(lines.every((line) => line.length < 1_000_000), true);
  assertStringIncludes(file, '\n{"append":{"element ');
  assertStringIncludes(file, '\n{"continue":["€');
});

Deno.test("the thresholds of the server decide whether a loaded sorted set is a listpack", () => {
  const file = snapshotOf({ k: sortedSet(["a", 1], ["bb", 2]) });
  const encoding = (thresholds: object) =>
    loaded(file, { ...defaultThresholds(), ...thresholds })[0]![1];
  assertEquals(encoding({}), "listpack");
  assertEquals(encoding({ sortedSetEntries: 1 }), "skiplist");
  assertEquals(encoding({ sortedSetBytes: 1 }), "skiplist");
});

const BY_HAND: readonly (readonly [file: string, ...ScoredMember[]])[] = [
  [
    '{"entries":[{"key":"k","type":"zset","value":{"b":2,"a":"inf","c":-0.5}}]}',
    ["c", -0.5],
    ["b", 2],
    ["a", Infinity],
  ],
  [
    '{"entries":[{"key":"k","type":"zset","value":[["b",9007199254740993],["a",1e2]]}]}',
    ["a", 100],
    ["b", 9007199254740992],
  ],
  [
    '{"entries":[\n{"key":"k","type":"zset","value":{"a":1}},\n{"append":[["c",0]]},\n{"continue":["d",0]}\n]}',
    ["cd", 0],
    ["a", 1],
  ],
];

for (const [file, ...expected] of BY_HAND) {
  Deno.test(`a file written by hand loads: ${file.replaceAll("\n", "⏎")}`, () => {
    assertEquals(loaded(file), [["k", "listpack", expected]]);
  });
}

const NO_SCORE = 'value is a score that is no number, "inf" or "-inf"';

const REFUSED: readonly (readonly [value: string, reason: string])[] = [
  ['"a"', "value is no object of members and scores"],
  ["{}", "value is an empty object"],
  ["[]", "value is an empty array"],
  ['["a",1]', "value is no pair of member and score"],
  ['[["a"]]', "value is no pair of member and score"],
  ['[["a",1],["a",2]]', "value is a sorted set with the same member twice"],
  ['{"a":"1"}', NO_SCORE],
  ['{"a":null}', NO_SCORE],
  ['{"a":1e400}', NO_SCORE],
];

for (const [value, reason] of REFUSED) {
  Deno.test(`a sorted set ${value} is refused`, () => {
    const file = `{"entries":[{"key":"k","type":"zset","value":${value}}]}`;
    const { message } = assertThrows(() => read(file), SnapshotError);
    assertStringIncludes(message, reason);
  });
}

Deno.test("the snapshot of version 1 with sorted sets loads and is saved again byte by byte", () => {
  const golden = Deno.readTextFileSync(
    new URL("../golden/snapshot_v1_sorted_sets.json", import.meta.url),
  );
  const values = {
    board: sortedSet(["ann", 1.5], ["bob", 10], ["caf\xc3\xa9", -3]),
    ends: sortedSet(["last", Infinity], ["first", -Infinity]),
    binary: sortedSet(["\xff\0", 0.1], ["text", 1e300]),
  };
  assertEquals(
    loaded(golden),
    Object.entries(values).map(([key, value]) => shown(key, value)),
  );
  assertEquals(snapshotOf(values), golden);
});
