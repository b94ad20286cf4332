import { assertEquals } from "@std/assert";
import { Buffer } from "node:buffer";
import { JsonWriter } from "../../src/persistence/json_writer.ts";
import { ByteBlock } from "../../src/protocol/byte_block.ts";
import { property, type TestRandom } from "../helpers/seeded.ts";

/** What the writer is to write: text as JSON.stringify does, with bytes beyond ASCII as they are. */
function expected(bytes: string): string {
  const json = JSON.stringify(bytes);
  const isUtf8 = Buffer.from(Buffer.from(bytes, "latin1").toString(), "utf8")
    .latin1Slice() === bytes;
  return isUtf8 ? json : inBase64(bytes);
}

function inBase64(bytes: string): string {
  return `{"base64":"${Buffer.from(bytes, "latin1").toString("base64")}"}`;
}

function taken(json: JsonWriter): string {
  return Buffer.from(json.take()).latin1Slice();
}

/** A byte string of plain text, with anything at all among it. */
function mixed(random: TestRandom, length: number): string {
  const odd = random.pick([
    "",
    '"',
    "\\",
    "\n",
    "\x1f",
    "\x7f",
    "\xc3\xa9",
    "\xf0\x9f\x98\x80",
    "\xff",
    "\xe2\x82",
  ]);
  const at = random.below(length + 1);
  const text = "The quick brown fox jumps over the lazy dog. ".repeat(
    Math.ceil(length / 45),
  );
  return text.slice(0, at) + odd + text.slice(at, length);
}

property("byte strings are written as JSON.stringify would", (random) => {
  const json = new JsonWriter();
  for (let i = 0; i < 50; i++) {
    const length = random.pick([3, 20, 60, 1022, 1024, 3000]);
    const bytes = random.chance(0.2)
      ? random.bytes(random.below(length))
      : mixed(random, random.below(length));
    json.text(bytes);
    assertEquals(taken(json), expected(bytes));
    const block = new ByteBlock(Buffer.from(`..${bytes}"`, "latin1"));
    json.textAt({ block, start: 2, end: bytes.length + 2 });
    assertEquals(taken(json), expected(bytes));
  }
});

Deno.test("every byte is written as JSON.stringify would, wherever it stands", () => {
  const json = new JsonWriter();
  for (let byte = 0; byte < 256; byte++) {
    for (let before = 0; before < 9; before++) {
      const bytes = "x".repeat(before) + String.fromCharCode(byte) + "yz";
      json.text(bytes);
      assertEquals(taken(json), expected(bytes));
    }
  }
});

Deno.test("what would mostly have to be escaped is in base64 where that is asked for", () => {
  const json = new JsonWriter();
  for (const escaped of ["\0".repeat(30), "\0".repeat(2000)]) {
    json.text(escaped);
    assertEquals(taken(json), JSON.stringify(escaped));
    json.textOrBytes(escaped);
    assertEquals(taken(json), inBase64(escaped));
  }
  // A long one is judged by its beginning.
  for (const text of ["\0\0\0", "\n".repeat(100), "x".repeat(1024) + "\0"]) {
    json.textOrBytes(text);
    assertEquals(taken(json), JSON.stringify(text));
  }
});

Deno.test("what was taken stays as it is until more is taken, however much is written", () => {
  const json = new JsonWriter();
  json.raw("[1]");
  const first = json.take();
  const long = "x".repeat(3_000_000);
  json.text(long);
  assertEquals(Buffer.from(first).latin1Slice(), "[1]");
  assertEquals(json.length, long.length + 2);
  assertEquals(taken(json), `"${long}"`);
  json.raw("2");
  assertEquals(taken(json), "2");
  assertEquals(json.position, long.length + 6);
});

property(
  "what comes to more than the writer has room for is written whole",
  (random) => {
    const json = new JsonWriter();
    const parts: string[] = [];
    // The room is 512 KiB at first; each kind is to be the one that fills it.
    for (let written = 0; written < 1_200_000;) {
      const length = random.pick([1, 100, 5000, 200_000]);
      const bytes = random.pick([
        () => "x".repeat(length),
        () => "\xff".repeat(length),
        () => "\n\xc3\xa9".repeat(length / 2),
        () => mixed(random, length),
      ])();
      json.text(bytes);
      parts.push(expected(bytes));
      written += parts.at(-1)!.length;
    }
    // Not assertEquals, which would show both.
    assertEquals(taken(json) === parts.join(""), true);
  },
  { runs: 10 },
);
