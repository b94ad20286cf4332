import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { saveSnapshotSync } from "../../src/persistence/snapshot.ts";
import { SnapshotError } from "../../src/persistence/snapshot_error.ts";
import { Keyspace } from "../../src/store/keyspace.ts";
import { Hash } from "../../src/store/values/hash.ts";
import { MemberSet } from "../../src/store/values/set.ts";
import { defaultThresholds } from "../../src/store/values/thresholds.ts";
import { property, type TestRandom } from "../helpers/seeded.ts";
import { NOW, PATH, read } from "./data.ts";
import { MemoryFiles } from "./memory_files.ts";

type Values = Readonly<Record<string, Hash | MemberSet>>;
type Shown = readonly [key: string, encoding: string, elements: unknown];

/** Long enough for several lines. */
const LONG = "\xe2\x82\xac".repeat(300_000);

function hash(...entries: readonly (readonly [string, string])[]): Hash {
  const hash = new Hash();
  for (const [field, value] of entries) {
    hash.set(field, value, defaultThresholds());
  }
  return hash;
}

function members(...elements: readonly string[]): MemberSet {
  const set = new MemberSet();
  for (const element of elements) set.add(element, defaultThresholds());
  return set;
}

function snapshotOf(values: Values): string {
  const keyspace = new Keyspace();
  for (const [key, value] of Object.entries(values)) keyspace.add(key, value);
  const files = new MemoryFiles();
  saveSnapshotSync(files, PATH, [keyspace], { savedAt: NOW, checksum: true });
  return new TextDecoder("utf-8", { fatal: true }).decode(files.get(PATH)!);
}

function lineOf(value: Hash | MemberSet): string {
  return snapshotOf({ k: value }).split("\n")[1]!;
}

/** What a file holds; elements without an order sorted. */
function loaded(file: string, thresholds = defaultThresholds()): Shown[] {
  const keyspace = read(file, { thresholds }).keyspaces[0]!;
  const found: Shown[] = [];
  for (let slot = 0; slot < keyspace.size; slot++) {
    const value = keyspace.value(slot) as Hash | MemberSet;
    found.push(shown(keyspace.key(slot), value));
  }
  return found;
}

function shown(key: string, value: Hash | MemberSet): Shown {
  const elements = [...value].map((element) => JSON.stringify(element));
  const { encoding } = value;
  return [key, encoding, encoding === "hashtable" ? elements.sort() : elements];
}

function survives(values: Values): string {
  const file = snapshotOf(values);
  const expected = Object.entries(values).map(([key, value]) =>
    shown(key, value)
  );
  assertEquals(loaded(file), expected);
  return file;
}

Deno.test("a set is an array of its members", () => {
  assertEquals(
    lineOf(members("b", "\xff", "")),
    '{"db":0,"key":"k","type":"set","value":["b",{"base64":"/w=="},""]}',
  );
  assertEquals(
    lineOf(members("10", "9")),
    '{"db":0,"key":"k","type":"set","value":["9","10"]}',
  );
});

Deno.test("a hash is an object if that can have its fields in their order, else pairs", () => {
  const valueOf = (...entries: [string, string][]) =>
    /"type":"hash","value":(.*)}$/.exec(lineOf(hash(...entries)))![1];
  assertEquals(
    valueOf(["name", "caf\xc3\xa9"], ["", "\xff"]),
    '{"name":"café","":{"base64":"/w=="}}',
  );
  assertEquals(
    valueOf(["\xff", "1"], ["a", "2"]),
    '[[{"base64":"/w=="},"1"],["a","2"]]',
  );
  assertEquals(valueOf(["2", "b"], ["1", "a"]), '[["2","b"],["1","a"]]');
  assertEquals(valueOf(["a", "b"], ["1", "a"]), '[["a","b"],["1","a"]]');
  assertEquals(
    valueOf(["1", "a"], ["2", "b"], ["a", "c"]),
    '{"1":"a","2":"b","a":"c"}',
  );
  assertEquals(valueOf(["base64", "YQ=="]), '{"base64":"YQ=="}');
});

Deno.test("hashes and sets survive, with names that mean something elsewhere", () => {
  survives({
    a: hash(["__proto__", "x"], ["base64", "y"], ["toString", ""]),
    b: hash(["base64", "YQ=="]),
    c: hash(["10", "a"], ["9", "b"], ["4294967295", "c"], ["x", "d"], [
      "01",
      "e",
    ]),
    d: members("__proto__", "", "\0\n"),
    e: members("-9223372036854775808", "9223372036854775807", "0"),
  });
});

property("random hashes and sets survive", (random) => {
  const size = random.pick([1, 10, 600]);
  const texts = () => random.list(size, () => bytes(random));
  survives({
    set: members("x", ...texts()),
    integers: members(...random.list(size, () => String(random.below(2000)))),
    hash: hash(["x", ""], ...texts().map((text, i) => [text, `${i}`] as const)),
  });
});

function bytes(random: TestRandom): string {
  const unit = random.pick(["a", "\xff", "\xe2\x82\xac", "1", '"', "\\"]);
  return unit.repeat(random.between(0, 70)) + random.below(50);
}

Deno.test("large hashes and sets go over several lines", () => {
  const numbers = Array.from({ length: 50_000 }, (_, i) => `element ${i}`);
  const file = survives({
    set: members(...numbers),
    hash: hash(...numbers.map((field) => [field, field] as const)),
    longMembers: members("a", LONG, "b", LONG + "c", "\xff".repeat(600_000)),
    longValues: hash(["a", LONG], ["b", "\xff".repeat(600_000)], ["c", ""]),
    longFields: hash(["a", "1"], [LONG, LONG], ["b", "2"], [LONG + "c", ""]),
  });
  const lines = file.split("\n");
  assertEquals(lines.every((line) => line.length < 1_000_000), true);
  assertStringIncludes(file, '\n{"append":["element ');
  assertStringIncludes(file, '\n{"append":{"element ');
  assertStringIncludes(file, '\n{"continue":["€');
});

Deno.test("no long name is cut where another one ends", () => {
  const beginnings = [262_144, 262_143, 262_142, 524_288].map((length) =>
    "x".repeat(length)
  );
  const names = [...beginnings, "x".repeat(600_000)];
  survives({
    set: members(...names),
    reverse: members(...names.toReversed()),
    hash: hash(...names.map((name) => [name, "v"] as const)),
  });
});

Deno.test("the thresholds of the server decide the encoding of what is loaded", () => {
  const file = snapshotOf({
    h: hash(["a", "1"], ["b", "22"]),
    s: members("1", "2"),
  });
  const encodings = (thresholds: object) =>
    loaded(file, { ...defaultThresholds(), ...thresholds })
      .map(([, encoding]) => encoding);
  assertEquals(encodings({}), ["listpack", "intset"]);
  assertEquals(encodings({ hashEntries: 1 }), ["hashtable", "intset"]);
  assertEquals(encodings({ hashBytes: 1 }), ["hashtable", "intset"]);
  assertEquals(encodings({ setIntegers: 1 }), ["listpack", "hashtable"]);
});

const BY_HAND: readonly (readonly [file: string, ...Shown[]])[] = [
  [
    '{"user":{"name":"Ada","1":{"base64":"/w=="}}}',
    ["user", "listpack", ['["1","\xff"]', '["name","Ada"]']],
  ],
  [
    '{"entries":[{"key":"k","type":"set","value":["2","1"]}]}',
    ["k", "intset", ['"1"', '"2"']],
  ],
  [
    '{"entries":[{"key":"k","type":"hash","value":[["b","1"],["a","2"]]}]}',
    ["k", "listpack", ['["b","1"]', '["a","2"]']],
  ],
  [
    '{"entries":[{"key":"k","type":"hash","value":{"base64":"YQ=="}}]}',
    ["k", "listpack", ['["base64","YQ=="]']],
  ],
  [
    '{"entries":[\n{"key":"k","value":{"a":"1"}},\n{"append":{"b":"2"}},\n{"append":[["c","3"]]},\n{"continue":["d","4"]},\n{"continue":"5"}\n]}',
    ["k", "listpack", ['["a","1"]', '["b","2"]', '["cd","45"]']],
  ],
  [
    '{"entries":[\n{"key":"k","type":"set","value":["a"]},\n{"append":["b"]},\n{"continue":"c"}\n]}',
    ["k", "hashtable", ['"a"', '"bc"']],
  ],
];

for (const [file, ...expected] of BY_HAND) {
  Deno.test(`a file written by hand loads: ${file.replaceAll("\n", "⏎")}`, () => {
    assertEquals(loaded(file), expected);
  });
}

const REFUSED: readonly (readonly [entry: string, reason: string])[] = [
  ['"type":"set","value":"a"', "value is no array of elements"],
  ['"type":"set","value":{"a":"b"}', "value is no array of elements"],
  ['"type":"set","value":[]', "value is an empty array"],
  [
    '"type":"set","value":["a","a"]',
    "value is an array with the same member twice",
  ],
  [
    '"type":"set","value":["a",{"base64":"YQ=="}]',
    "value is an array with the same member twice",
  ],
  [
    '"type":"set","value":[1]',
    'value is a number where text should be: write "1"',
  ],
  ['"value":{}', "value is an empty object"],
  ['"value":{"a":1}', 'value is a number where text should be: write "1"'],
  ['"type":"hash","value":"a"', "value is no object of fields and values"],
  ['"type":"hash","value":[]', "value is an empty array"],
  ['"type":"hash","value":["a","b"]', "value is no pair of field and value"],
  ['"type":"hash","value":[["a"]]', "value is no pair of field and value"],
  [
    '"type":"hash","value":[["a","b"],["a","c"]]',
    "value is a hash with the same field twice",
  ],
  [
    '"type":"string","value":{"a":"b"}',
    'value is neither text nor {"base64":"…"}',
  ],
];

for (const [entry, reason] of REFUSED) {
  Deno.test(`a snapshot with ${entry} is refused`, () => {
    const file = `{"entries":[{"key":"k",${entry}}]}`;
    const { message } = assertThrows(() => read(file), SnapshotError);
    assertStringIncludes(message, reason);
  });
}

Deno.test("the snapshot of version 1 with hashes and sets loads and is saved again byte by byte", () => {
  const golden = Deno.readTextFileSync(
    new URL("../golden/snapshot_v1_hashes_and_sets.json", import.meta.url),
  );
  const values = {
    user: hash(["name", "Ada"], ["", "\xff"], ["caf\xc3\xa9", ""]),
    ordered: hash(["2", "b"], ["1", "a"]),
    binary: hash(["\xff\0", "x"]),
    integers: members("10", "-9223372036854775808", "9"),
    tags: members("", "red", "\xfe", "\xe2\x82\xac"),
  };
  assertEquals(
    loaded(golden),
    Object.entries(values).map(([key, value]) => shown(key, value)),
  );
  assertEquals(snapshotOf(values), golden);
});
