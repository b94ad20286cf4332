import { assertEquals, assertStrictEquals, assertThrows } from "@std/assert";
import { Buffer } from "node:buffer";
import { Args } from "../../src/protocol/args.ts";
import type { ByteRange } from "../../src/protocol/byte_block.ts";
import { CommandError } from "../../src/protocol/command_error.ts";
import { property } from "../helpers/seeded.ts";

const allBytes = String.fromCharCode(
  ...Array.from({ length: 256 }, (_, i) => i),
);

Deno.test("Arguments come out as byte strings, sizes and views", () => {
  const args = Args.from(["SET", allBytes, ""]);
  assertEquals(args.length, 3);
  assertEquals(args.string(1), allBytes);
  assertEquals(args.string(2), "");
  assertEquals(args.strings(1), [allBytes, ""]);
  assertEquals(args.strings(0, 0), ["SET"]);
  assertEquals(args.size(1), 256);
  assertEquals(args.view(1).toString("latin1"), allBytes);
  assertStrictEquals(args.view(1).buffer, args.bytes.buffer);
});

property("Byte strings of any length come out as they are", (random) => {
  const words = random.list(
    random.between(1, 60),
    () => random.bytes(random.below(80)),
  );
  assertEquals(Args.from(words).strings(0), words);
});

Deno.test("A keyword is compared in any case, and only as a whole", () => {
  const args = Args.from(["set", "WithScores", "match{", "x\xe9"]);
  assertEquals(args.is(0, "SET"), true);
  assertEquals(args.is(1, "WITHSCORES"), true);
  assertEquals(args.is(1, "WITHSCORE"), false);
  assertEquals(args.is(1, "WITHSCORESX"), false);
  // "[" and "{" differ by the bit that letters differ by in case.
  assertEquals(args.is(2, "MATCH["), false);
  assertEquals(args.is(3, "X\xc9"), false);
  assertEquals(args.is(4, ""), false);
});

Deno.test("A zero byte ends a keyword, and what is printed of an argument", () => {
  const args = Args.from(["set\0x", "ex\0", "\0", "exat"]);
  assertEquals(args.is(0, "SET"), true);
  assertEquals(args.is(1, "EX"), true);
  assertEquals(args.is(1, "EXAT"), false);
  assertEquals(args.is(2, "EX"), false);
  assertEquals(args.is(3, "EX"), false);
  assertEquals([0, 1, 2, 3].map((i) => args.printed(i)), [
    "set",
    "ex",
    "",
    "exat",
  ]);
});

const integers: [text: string, value: number | bigint | undefined][] = [
  ["0", 0],
  ["7", 7],
  ["-7", -7],
  ["999999999999999", 999999999999999],
  ["-999999999999999", -999999999999999],
  ["9007199254740991", 9007199254740991],
  ["9007199254740993", 9007199254740993n],
  ["9223372036854775807", 9223372036854775807n],
  ["-9223372036854775808", -9223372036854775808n],
  ...[
    "",
    "-",
    "-0",
    "00",
    "01",
    "-01",
    "+1",
    " 1",
    "1 ",
    "1.0",
    "1e3",
    "0x1",
    "9223372036854775808",
    "-9223372036854775809",
    "99999999999999999999999",
    "\xb2",
  ].map((text): [string, undefined] => [text, undefined]),
];

for (const [text, value] of integers) {
  Deno.test(`The argument "${text}" is ${value ?? "not an integer"}`, () => {
    const args = Args.from(["x", text]);
    if (value === undefined) {
      assertThrows(() => args.integer(1), CommandError, "not an integer");
      assertThrows(() => args.int64(1), CommandError, "not an integer");
    } else {
      assertStrictEquals(args.integer(1), Number(value));
      assertStrictEquals(args.int64(1), value);
    }
  });
}

Deno.test("An empty argument is no number, whatever lies behind it", () => {
  const args = Args.from(["", "-1", "", "0"]);
  for (const i of [0, 2]) {
    assertThrows(() => args.double(i), CommandError);
    assertThrows(() => args.integer(i), CommandError);
    assertThrows(() => args.int64(i), CommandError);
  }
});

Deno.test("A double is read as C reads it, or refused", () => {
  const args = Args.from(["12", "-0", "007", "1.5", "+3", "1e3", "-inf"]);
  const doubles = Array.from({ length: args.length }, (_, i) => args.double(i));
  assertEquals(doubles, [12, -0, 7, 1.5, 3, 1000, -Infinity]);
  for (const text of ["", "-", "1x", " 1", "nan", "1e400", "1".repeat(400)]) {
    assertThrows(
      () => Args.from([text]).double(0),
      CommandError,
      "value is not a valid float",
    );
  }
});

Deno.test("A copy stays when the buffer is written over", () => {
  const args = new Args(Buffer.from("--SETkv--"));
  args.push(2, 5);
  args.push(5, 6);
  args.push(6, 7);
  const copy = args.copy();
  args.bytes.fill(0);
  assertEquals(copy.strings(0), ["SET", "k", "v"]);
  assertEquals(copy.bytes.length, 5);
});

Deno.test("Offsets follow bytes that were moved", () => {
  const args = new Args(Buffer.from("---ab"));
  args.push(3, 4);
  args.push(4, 5);
  args.bytes.copyWithin(0, 3);
  args.shift(3);
  assertEquals(args.strings(0), ["a", "b"]);
});

Deno.test("Keys and ranges lie where the arguments lie, in another buffer too", () => {
  const args = new Args(Buffer.from("--key-value"));
  args.push(2, 5);
  args.push(6, 11);
  const shown = ({ block, start, end }: ByteRange) =>
    block.bytes.toString("latin1", start, end);
  assertEquals([shown(args.key(0)), shown(args.range(1))], ["key", "value"]);
  args.use(Buffer.from("..KEY.VALUE"));
  assertEquals([shown(args.key(0)), shown(args.range(1))], ["KEY", "VALUE"]);
});
