import { assert, assertEquals } from "@std/assert";
import {
  asciiLower,
  compareBytes,
  fromText,
  isAscii,
  toText,
  toTextExactly,
} from "../../src/protocol/byte_string.ts";

Deno.test("Text crosses into byte strings and back as UTF-8", () => {
  for (const text of ["", "plain", "\0", "é", "日本", "😀"]) {
    const bytes = fromText(text);
    assert([...bytes].every((char) => char <= "\xff"));
    assertEquals(bytes.length, new TextEncoder().encode(text).length);
    assertEquals(toText(bytes), text);
    assertEquals(toTextExactly(bytes), text);
  }
});

Deno.test("Bytes that are no UTF-8 are told apart, and shown with a replacement", () => {
  for (const bytes of ["\xff", "a\x80b", "\xc3", "\xed\xa0\x80", "\xc0\x80"]) {
    assertEquals(toTextExactly(bytes), undefined);
    assert(toText(bytes).includes("\ufffd"));
  }
});

Deno.test("Only ASCII letters have a lower case", () => {
  assertEquals(asciiLower("GeT-1\xc9[Z]"), "get-1\xc9[z]");
  assertEquals(isAscii("\x7f"), true);
  assertEquals(isAscii("\x80"), false);
});

Deno.test("Byte strings are ordered as memcmp orders bytes", () => {
  const ordered = ["", "\0", "A", "a", "aa", "ab", "b", "\x7f", "\x80", "\xff"];
  for (const [i, a] of ordered.entries()) {
    for (const [j, b] of ordered.entries()) {
      assertEquals(Math.sign(compareBytes(a, b)), Math.sign(i - j));
    }
  }
});
