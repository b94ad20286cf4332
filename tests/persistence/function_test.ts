import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { saveSnapshotSync } from "../../src/persistence/snapshot.ts";
import { SnapshotError } from "../../src/persistence/snapshot_error.ts";
import { keyspacesOf, NOW, read } from "./data.ts";
import { MemoryFiles } from "./memory_files.ts";

const PATH = "/data/snapshot.json";
const LIBRARIES = [
  "#!lua name=counter\nlocal n = 0\nredis.register_function('count', function()\n  n = n + 1\n  return n\nend)\n",
  '#!lua name=bytes\nredis.register_function("f", function() return "caf\xc3\xa9" end)',
  '#!lua name=binary\nredis.register_function("g", function() return "\xff" end)',
];

function saved(functions: readonly string[], data = {}): string {
  const files = new MemoryFiles();
  saveSnapshotSync(files, PATH, keyspacesOf([data]), {
    savedAt: NOW,
    checksum: true,
    functions,
  });
  return new TextDecoder("utf-8", { fatal: true }).decode(files.get(PATH)!);
}

Deno.test("libraries of functions are lines of a snapshot, and are loaded", () => {
  const snapshot = saved(LIBRARIES, { key: "value" });
  const [, first] = snapshot.split("\n");
  assertEquals(first, `{"library":${JSON.stringify(LIBRARIES[0])}},`);
  assertStringIncludes(snapshot, '],"count":1,');
  const { functions, keys } = read(snapshot);
  assertEquals(functions, LIBRARIES);
  assertEquals(keys, 1);
});

Deno.test("a snapshot of libraries alone loads", () => {
  assertEquals(read(saved(LIBRARIES)).functions, LIBRARIES);
  assertEquals(read(saved([])).functions, []);
});

Deno.test("libraries may stand between keys, in a file that was written by hand", () => {
  const { functions, keys } = read(`{
    "entries": [
      {"key": "a", "value": "1"},
      {"library": "#!lua name=x\\n"},
      {"key": "b", "value": "2"}
    ]
  }`);
  assertEquals([functions, keys], [["#!lua name=x\n"], 2]);
});

Deno.test("a library that is none is refused with its line", () => {
  const refused = (entry: string) =>
    assertThrows(() => read(`{"entries":[\n${entry}\n]}`), SnapshotError)
      .message;
  assertStringIncludes(refused('{"library":1}'), "library is a number");
  assertStringIncludes(
    refused('{"library":"x","db":1}'),
    'a "library" with other fields',
  );
  assertStringIncludes(
    refused('{"library":"x"},\n{"append":["y"]}'),
    "without an entry before it",
  );
});

Deno.test("the golden file of functions loads, and is written as it was", () => {
  const golden = Deno.readTextFileSync(
    new URL("../golden/snapshot_v1_functions.json", import.meta.url),
  );
  const { functions } = read(golden);
  assertEquals(functions, LIBRARIES);
  assertEquals(saved(functions, { greeting: "hello" }), golden);
});
