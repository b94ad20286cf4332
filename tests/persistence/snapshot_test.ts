import {
  assertEquals,
  assertStrictEquals,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import { EntryLoader } from "../../src/persistence/entry_loader.ts";
import { SnapshotError } from "../../src/persistence/snapshot_error.ts";
import { codecs } from "../../src/persistence/value_codec.ts";
import { INT64_MAX } from "../../src/protocol/integer.ts";
import type { LoadOptions } from "../../src/persistence/entry_loader.ts";
import { Frequencies } from "../../src/store/frequencies.ts";
import { defaultThresholds } from "../../src/store/values/thresholds.ts";
import { property, TestRandom } from "../helpers/seeded.ts";
import {
  contents,
  type Data,
  jsonOf,
  keyspacesOf,
  NOW,
  OPTIONS,
  randomData,
  read,
  snapshotOf,
} from "./data.ts";

const HEADER =
  `{"format":"redis-lite snapshot","version":1,"savedAt":"2026-01-01T00:00:00.000Z","entries":[`;

function text(data: Data, checksum = true): string {
  return new TextDecoder("utf-8", { fatal: true })
    .decode(snapshotOf(data, checksum));
}

function refused(content: string | Uint8Array): string {
  return assertThrows(() => read(content), SnapshotError).message;
}

Deno.test("a snapshot is one JSON document with one key per line", () => {
  const snapshot = text([{
    greeting: "hello",
    queue: { value: ["a", "\xff"], at: 1_790_000_000_000 },
  }, { "caf\xc3\xa9": "\xe2\x82\xac" }]);
  assertEquals(
    snapshot,
    `${HEADER}
{"db":0,"key":"greeting","type":"string","value":"hello"},
{"db":0,"key":"queue","type":"list","value":["a",{"base64":"/w=="}],"expiresAt":1790000000000},
{"db":1,"key":"café","type":"string","value":"€"}
],"count":3,"checksum":"crc32:${snapshot.slice(-11, -3)}"}
`,
  );
  assertEquals(JSON.parse(snapshot).entries.length, 3);
});

Deno.test("a snapshot of nothing is a document and loads", () => {
  assertEquals(text([], false), `${HEADER}\n],"count":0}\n`);
  assertEquals(read(snapshotOf([])).keys, 0);
});

Deno.test("every key of a snapshot was just accessed, once where accesses are counted", () => {
  const content = snapshotOf([{ k: "v", l: ["a"] }]);
  const frequencies = new Frequencies(new TestRandom(1), {
    logFactor: 10,
    decayMinutes: 1,
  });
  const accesses = (options: Partial<LoadOptions>) => {
    const keyspace = read(content, options).keyspaces[0]!;
    return [0, 1].map((slot) => keyspace.access(slot));
  };
  assertEquals(accesses({}), [NOW / 1000, NOW / 1000]);
  assertEquals(
    accesses({ frequencies })
      .map((access) => frequencies.frequency(access, NOW)),
    [5, 5],
  );
});

Deno.test("a snapshot without a checksum loads", () => {
  const data = [{ a: "1" }];
  assertEquals(
    contents(read(snapshotOf(data, false)).keyspaces),
    contents(keyspacesOf(data)),
  );
});

property("what is saved is loaded, whatever its bytes", (random) => {
  const data = randomData(random);
  const snapshot = snapshotOf(data);
  JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(snapshot));
  const loaded = read(snapshot);
  assertEquals(contents(loaded.keyspaces), contents(keyspacesOf(data)));
});

Deno.test("every byte, extreme numbers and times survive", () => {
  const all = String.fromCharCode(...Array(256).keys());
  const data: Data = [{
    "": "",
    [all]: all,
    big: "9223372036854775807",
    far: { value: "x", at: INT64_MAX },
    soon: { value: ["", all], at: NOW + 1 },
    __proto: "x",
  }];
  assertEquals(
    contents(read(snapshotOf(data)).keyspaces),
    contents(keyspacesOf(data)),
  );
});

Deno.test("values of several lines survive: long strings, long lists, long elements", () => {
  const long = "é€😀".repeat(100_000).replace(
    /./gu,
    (char) => String.fromCharCode(...new TextEncoder().encode(char)),
  );
  const binary = "\xff\x00".repeat(400_000);
  const data: Data = [{
    text: long,
    binary,
    list: Array.from({ length: 100_000 }, (_, i) => `element ${i}`),
    longElements: ["a", long, "b", binary, "c"],
    expired: { value: binary, at: NOW - 1 },
    last: "z",
  }];
  const snapshot = snapshotOf(data);
  const lines = new TextDecoder().decode(snapshot).split("\n");
  assertEquals(lines.every((line) => line.length < 1_000_000), true);
  assertStringIncludes(lines.join("\n"), '\n{"continue":"');
  assertStringIncludes(lines.join("\n"), '\n{"append":["');
  const loaded = read(snapshot);
  const { expired: _, ...rest } = data[0]!;
  assertEquals(contents(loaded.keyspaces), contents(keyspacesOf([rest])));
  assertEquals([loaded.keys, loaded.expired], [5, 1]);
});

for (const [name, json] of [["text", "x"], ["bytes", { base64: "/w==" }]]) {
  Deno.test(`a string of ${name} in parts is joined where it lies, and not copied with each of them`, () => {
    const loader = new EntryLoader(OPTIONS);
    loader.add({ key: "k", value: json! }, 1);
    loader.add({ continue: json! }, 2);
    const [keyspace] = loader.loaded.keyspaces;
    const value = keyspace!.value(0);
    for (let i = 0; i < 1000; i++) loader.add({ continue: json! }, 3);
    assertStrictEquals(keyspace!.value(0), value);
    assertEquals(String(value), (name === "text" ? "x" : "\xff").repeat(1002));
    assertEquals(keyspace!.memory, keyspace!.memoryAt(0));
  });
}

Deno.test("keys that expired meanwhile are left out and counted", () => {
  const loaded = read(snapshotOf([{
    gone: { value: "x", at: NOW },
    stays: { value: "x", at: NOW + 1 },
  }]));
  assertEquals([loaded.keys, loaded.expired], [1, 1]);
  assertEquals(loaded.keyspaces[0]!.find("gone"), -1);
});

const BY_HAND: readonly (readonly [name: string, file: string, data: Data])[] =
  [
    ["a plain object", `{"greeting":"hello","queue":["a","b"]}`, [{
      greeting: "hello",
      queue: ["a", "b"],
    }]],
    ["an empty object", `{}`, []],
    ["a key named entries", `{"entries":["a"]}`, [{ entries: ["a"] }]],
    ["bytes in a plain object", `{"k":{"base64":"/w=="}}`, [{ k: "\xff" }]],
    [
      "entries with key and value only",
      `{"entries":[\n{"key":"a","value":"1"},\n\n{"key":"b","value":["x"]}\n]}`,
      [{ a: "1", b: ["x"] }],
    ],
    [
      "entries over several lines",
      `\ufeff{\r\n  "entries": [\r\n    {\r\n      "db": 1,\r\n      "key": "a",\r\n      "value": "\\u00e9\\ud83d\\ude00"\r\n    }\r\n  ]\r\n}`,
      [{}, { a: "\xc3\xa9\xf0\x9f\x98\x80" }],
    ],
    [
      "everything on one line",
      `{"entries":[{"key":"a","value":"1"},{"key":{"base64":"YQ=="},"db":1,"value":"2"}]}`,
      [{ a: "1" }, { a: "2" }],
    ],
    ["no entries", `{"entries":[]}`, []],
    [
      "line breaks of Windows, and blanks",
      `{"entries":[\r\n {"key":"a","value":"é"} ,\r\n{"key":"b","value":"\\u00e9"}\r\n]}\r\n\r\n`,
      [{ a: "\xc3\xa9", b: "\xc3\xa9" }],
    ],
    [
      "parts",
      `{"entries":[\n{"key":"a","value":["x"]},\n{"append":["y"]},\n{"continue":"z"},\n{"key":"b","value":"1"},\n{"continue":"2"}\n]}`,
      [{ a: ["x", "yz"], b: "12" }],
    ],
  ];

for (const [name, file, data] of BY_HAND) {
  Deno.test(`a file written by hand loads: ${name}`, () => {
    assertEquals(contents(read(file).keyspaces), contents(keyspacesOf(data)));
  });
}

Deno.test("a string is written in base64 where escaping it would take more", () => {
  const encode = (value: string) => jsonOf(codecs.string, value);
  assertEquals(encode("tab\t, bell\x07"), JSON.stringify("tab\t, bell\x07"));
  const zeros = "\0".repeat(30);
  assertEquals(encode(zeros), `{"base64":"${"AAAA".repeat(10)}"}`);
  assertEquals(
    codecs.string.decode({ base64: "AAAA".repeat(10) }, defaultThresholds()),
    zeros,
  );
});

/** A snapshot's lines with the entries, without count and checksum. */
function entries(...lines: string[]): string {
  return `${HEADER}\n${lines.join(",\n")}\n]}\n`;
}

const GOOD = `{"key":"a","value":"1"}`;
const REFUSED: readonly (readonly [file: string, reason: string])[] = [
  ["", "the file is empty"],
  ["REDIS0010", "byte 9: it ends in the middle"],
  ["REDIS0012", "byte 0: version 12 of RDB, of which 1 to 11 are known"],
  ["REDIS is", "byte 0: it ends in the middle"],
  ["REDIS is not JSON", "byte 0: no RDB file"],
  ["hello", 'line 1: "h" where a value should be'],
  ["\x01", "line 1: byte 0x01 where a value should be"],
  ["[]", "line 1: a snapshot is an object"],
  [`{"a":5}`, 'line 1: value is a number where text should be: write "5"'],
  [`{"a":null}`, "line 1: value is neither text nor"],
  [`{\n"a":"1",\n"a":"2"}`, 'line 3: "a" is there twice'],
  [`{"a":[]}`, "line 1: value is an empty array"],
  [`{"a":"\\ud800"}`, "line 1: half a character"],
  [entries(GOOD, GOOD), 'line 3: the key "a" is there twice in database 0'],
  [entries(`{"key":"a"}`), 'line 2: no "value"'],
  [entries(`{"value":"a"}`), 'line 2: no "key"'],
  [entries(GOOD, "5"), "an entry is no object"],
  [
    entries(`{"key":"a","type":"tree","value":"1"}`),
    'line 2: unknown type "tree"',
  ],
  [
    entries(`{"key":"a","type":"toString","value":"1"}`),
    'line 2: unknown type "toString"',
  ],
  [
    entries(`{"key":"a","type":"list","value":"1"}`),
    "line 2: value is no array of elements",
  ],
  [
    entries(`{"key":"a","type":"string","value":["1"]}`),
    "line 2: value is neither text nor",
  ],
  [
    entries(`{"key":"a","value":["1",2]}`),
    "line 2: value is a number where text should be",
  ],
  [
    entries(`{"key":"a","value":{"base64":"/w"}}`),
    "line 2: value is not base64",
  ],
  [
    entries(`{"key":"a","value":"1","expireAt":5}`),
    'line 2: unknown field "expireAt"',
  ],
  [
    entries(`{"key":"a","value":"1","expiresAt":"5"}`),
    "line 2: expiresAt is not a time",
  ],
  [
    entries(`{"key":"a","value":"1","expiresAt":1.5}`),
    "line 2: expiresAt is not a time",
  ],
  [
    entries(`{"key":"a","value":"1","expiresAt":null}`),
    "line 2: expiresAt is not a time",
  ],
  ...["1e300", "1e400", "9223372036854775808", "-9223372036854775809"].map((
    time,
  ): [string, string] => [
    entries(`{"key":"a","value":"1","expiresAt":${time}}`),
    "line 2: expiresAt is not a time in whole milliseconds since 1970, of 64 bits",
  ]),
  [entries(`{"key":"a","value":"1","expiresAt":NaN}`), "line 2: "],
  [
    entries(`{"key":"a","value":"1","db":4}`),
    "line 2: database 4, but the server has 4: start it with --databases 5",
  ],
  [
    entries(`{"key":"a","value":"1","db":-1}`),
    "line 2: db is not the number of a database",
  ],
  [
    entries(GOOD, `{"key":"user","value":{"name":"Ada","name":"Bob"}}`),
    'line 3: "name" is there twice',
  ],
  [
    entries(`{"key":"user","value":"Ada","key":"other"}`),
    'line 2: "key" is there twice',
  ],
  [entries(`{"append":["a"]}`), 'line 2: "append" without an entry before it'],
  [
    entries(GOOD, `{"append":["a"]}`),
    "line 3: append is not for a string",
  ],
  [`${HEADER}\n${GOOD}\n${GOOD}\n]}`, 'line 3: "{" instead of a comma'],
  [`${HEADER}\n${GOOD},\n]}`, 'line 3: "]" where a value should be'],
  [`${HEADER}\n${GOOD}\n]}\n{}`, 'line 4: "{" after the end'],
  [`${HEADER}\n${GOOD},\n`, "line 2: the file ends here"],
  [`${HEADER}\n{"key":"a","val`, "line 2: the file ends inside a text"],
  [
    `${HEADER}\n${GOOD}\n],"count":2}`,
    "line 3: count says 2, but there are 1;",
  ],
  [
    `${HEADER}\n${GOOD}\n],"count":1,"checksum":"crc32:00000000"}`,
    'line 3: the checksum does not fit: the file is damaged, or was edited; delete the field "checksum"',
  ],
  [
    `{"format":"redis-lite snapshot","version":2,"entries":[\n]}`,
    "line 1: version 2 of the format",
  ],
  [
    `{"format":"redis-lite snapshot","version":"1","entries":[\n]}`,
    "line 1: version is not a number",
  ],
  [`{"format":"other","entries":[\n${GOOD}\n]}`, "line 1: format is not"],
  [`{"format":"redis-lite snapshot"}`, 'line 1: no "entries"'],
  [
    `{"savedAt":"yesterday","entries":[\n]}`,
    "line 1: savedAt is not a time",
  ],
  [`{"colour":"red","entries":[\n]}`, 'line 1: unknown field "colour"'],
];

for (const [file, reason] of REFUSED) {
  Deno.test(`a snapshot is refused: ${reason} (${file.slice(-40).replaceAll("\n", "⏎")})`, () => {
    assertStringIncludes(refused(file), reason);
  });
}

Deno.test("text that is not UTF-8 is refused with its line", () => {
  const bytes = new TextEncoder().encode(
    entries(GOOD, `{"key":"b","value":"?"}`),
  );
  bytes[bytes.lastIndexOf(0x3f)] = 0xe9;
  assertStringIncludes(refused(bytes), "line 3: text that is not UTF-8");
});

Deno.test("an edited snapshot loads without its checksum, and is refused with it", () => {
  const edited = text([{ a: "1" }]).replace('"1"', '"2"');
  assertStringIncludes(refused(edited), "the checksum does not fit");
  const accepted = edited.replace(/,"checksum":"[^"]*"/, "");
  assertEquals(
    contents(read(accepted).keyspaces),
    contents(keyspacesOf([{ a: "2" }])),
  );
  assertEquals(read(edited, { checksum: false }).keys, 1);
});

Deno.test("a snapshot that an editor has formatted loads once its checksum is deleted", () => {
  const data = [{ a: "1", b: ["x", "\xff"] }];
  const pretty = JSON.stringify(JSON.parse(text(data)), null, 2);
  assertStringIncludes(refused(pretty), "the checksum does not fit");
  assertEquals(
    contents(
      read(pretty.replace(/,\s*"checksum": "[^"]*"/, "")).keyspaces,
    ),
    contents(keyspacesOf(data)),
  );
});

Deno.test("a snapshot damaged or cut at any byte is refused, or loads the same data", () => {
  const data = [{
    greeting: "hello",
    queue: { value: ["a", "\xff", "é"], at: 1_790_000_000_000 },
  }, { "caf\xc3\xa9": "\n" }];
  const good = snapshotOf(data);
  const expected = contents(keyspacesOf(data));
  const tryOne = (bytes: Uint8Array, what: string) => {
    let loaded;
    try {
      loaded = read(bytes);
    } catch (error) {
      if (error instanceof SnapshotError) return;
      throw new Error(`${what}: ${error}`, { cause: error });
    }
    assertEquals(contents(loaded.keyspaces), expected, what);
  };
  for (let at = 0; at < good.length; at++) {
    tryOne(good.slice(0, at), `cut at ${at}`);
    for (let bit = 0; bit < 8; bit++) {
      const bytes = good.slice();
      bytes[at]! ^= 1 << bit;
      tryOne(bytes, `bit ${bit} of byte ${at}`);
    }
  }
});

Deno.test("the snapshot of version 1 loads and is saved again byte by byte", () => {
  const golden = Deno.readFileSync(
    new URL("../golden/snapshot_v1.json", import.meta.url),
  );
  const { keyspaces } = read(golden);
  assertEquals(
    contents(keyspaces),
    contents(keyspacesOf(GOLDEN)),
  );
  assertEquals(text(GOLDEN), new TextDecoder().decode(golden));
});

/** What the golden file holds. */
const GOLDEN: Data = [
  {
    greeting: "hello",
    counter: "9223372036854775807",
    empty: "",
    "caf\xc3\xa9": 'quotes " and \\ and \xe2\x82\xac',
    "\xff\x00": "\x00\x01\xfe\xff",
    "line\nbreak": "tab\tnull\x00",
    queue: ["first", "", "\xff", "\xf0\x9f\x98\x80"],
    session: { value: "token", at: 4_102_444_800_000 },
    forever: { value: ["x"], at: INT64_MAX },
  },
  {},
  { greeting: "another database" },
];

Deno.test("a string is read alike, whether its line is as the server writes it or not", () => {
  const file = (...lines: string[]) =>
    `${HEADER}\n${lines.join(",\n")}\n],"count":${lines.length}}\n`;
  const values = [
    "",
    "x",
    "plain text of any length",
    "café €",
    'a \\" quote',
    "tab\\t",
    "\\u00e9",
    "ends in \\\\",
  ];
  const ends = ["", `,"expiresAt":${NOW + 1}`, `,"expiresAt":${INT64_MAX}`];
  for (const value of values) {
    for (const end of ends) {
      const lines = [
        `{"db":3,"key":"${value} 1","type":"string","value":"${value}"${end}}`,
        `{"db":0,"key":"2","type":"string","value":"${value}"${end}}`,
      ];
      const spaced = lines.map((line) => line.replace("{", "{ "));
      assertEquals(
        contents(read(file(...lines)).keyspaces),
        contents(read(file(...spaced)).keyspaces),
      );
    }
  }
  const string = '{"db":0,"key":"a","type":"string","value":"x"}';
  assertEquals(
    contents(read(entries(string, '{"continue":"y"}')).keyspaces),
    contents(keyspacesOf([{ a: "xy" }])),
  );
  for (
    const line of [
      string,
      string.replace('"db":0', '"db":4'),
      string.replace('"db":0', '"db":00'),
      string.replace('"x"', '"x\x01"'),
      string.replace('"x"', '"x'),
      string.replace('"x"', '"x" "y"'),
      string.replace("}", ',"expiresAt":1.5}'),
      string.replace("}", ',"expiresAt":}'),
      string.replace("}", "}}"),
    ]
  ) {
    const other = line.replace("{", "{ ");
    assertEquals(
      refused(entries(string, line)),
      refused(entries(string, other)),
    );
  }
});
