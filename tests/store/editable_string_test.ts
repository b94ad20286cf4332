import { Buffer } from "node:buffer";
import { assert, assertEquals } from "@std/assert";
import {
  editableFrom,
  EditableString,
} from "../../src/store/values/editable_string.ts";
import { stringEncoding } from "../../src/store/values/string_encoding.ts";
import { property } from "../helpers/seeded.ts";

property(
  "an edited string equals one that is built anew each time",
  (random) => {
    let model = random.bytes(random.below(50));
    const value = editableFrom(model, random.below(100));
    for (let i = 0; i < 50; i++) {
      const bytes = random.bytes(random.below(20));
      const offset = random.below(model.length + 30);
      switch (random.below(4)) {
        case 0:
          value.append(Buffer.from(bytes, "latin1"));
          model += bytes;
          break;
        case 1:
          value.write(offset, Buffer.from(bytes, "latin1"));
          model = model.padEnd(offset, "\0");
          model = model.slice(0, offset) + bytes +
            model.slice(offset + bytes.length);
          break;
        case 2:
          value.grow(offset);
          model = model.padEnd(offset, "\0");
          break;
        default: {
          if (offset >= model.length) break;
          const byte = random.below(256);
          value.setByte(offset, byte);
          model = model.slice(0, offset) + String.fromCharCode(byte) +
            model.slice(offset + 1);
        }
      }
      assertEquals(value.toString(), model);
      assertEquals(value.length, model.length);
      assertEquals(value.slice(1, 5), model.slice(1, 5));
      assertEquals(value.byteAt(offset), model.charCodeAt(offset) || 0);
      assertEquals(value.bytes.toString("latin1"), model);
    }
  },
);

Deno.test("a copy shares nothing with the string it was made of", () => {
  const value = new EditableString("abc");
  const copy = value.copy();
  copy.setByte(0, 120);
  value.append(Buffer.from("d"));
  assertEquals(value.toString(), "abcd");
  assertEquals(copy.toString(), "xbc");
});

Deno.test("appending byte by byte copies seldom", () => {
  const value = new EditableString("");
  const byte = new Uint8Array(1);
  let growths = 0;
  for (let i = 0, memory = 0; i < 100_000; i++) {
    value.append(byte);
    if (value.memory !== memory) growths++;
    memory = value.memory;
  }
  assert(growths < 20, `${growths} times`);
});

Deno.test("a long string gets a mebibyte to spare", () => {
  const value = editableFrom("", 5 * 1024 * 1024);
  assert(value.memory < 6.1 * 1024 * 1024);
});

Deno.test("an embedded string is raw once it was edited, and so is its copy not before", () => {
  const value = EditableString.embedded("12");
  assertEquals(stringEncoding(value), "embstr");
  assertEquals(stringEncoding(value.copy()), "embstr");
  value.append(new Uint8Array(0));
  assertEquals(stringEncoding(value), "raw");
  assertEquals(stringEncoding(value.copy()), "raw");
});

Deno.test("stringEncoding tells integers, short and long strings apart", () => {
  assertEquals(stringEncoding("-9223372036854775808"), "int");
  assertEquals(stringEncoding("9223372036854775808"), "embstr");
  assertEquals(stringEncoding(""), "embstr");
  assertEquals(stringEncoding("x".repeat(44)), "embstr");
  assertEquals(stringEncoding("x".repeat(45)), "raw");
});
