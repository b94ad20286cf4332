import { createHash } from "node:crypto";
import { assertEquals } from "@std/assert";
import { Sha1 } from "../../src/store/sha1.ts";

function hex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join(
    "",
  );
}

Deno.test("Sha1 hashes data of every length as the runtime does", () => {
  const sha1 = new Sha1();
  const out = new Uint8Array(20);
  for (let length = 0; length < 700; length++) {
    const bytes = Uint8Array.from({ length }, (_, i) => i * 7 + length);
    const expected = createHash("sha1").update(bytes).digest("hex");
    sha1.hash(bytes, out);
    assertEquals(hex(out), expected, `${length} bytes`);
    sha1.hash(String.fromCharCode(...bytes), out);
    assertEquals(hex(out), expected, `a byte string of ${length}`);
  }
});

Deno.test("Sha1 writes a hash over the data itself", () => {
  const sha1 = new Sha1();
  const bytes = new Uint8Array(20).fill(9);
  const expected = createHash("sha1").update(bytes).digest("hex");
  sha1.hash(bytes, bytes);
  assertEquals(hex(bytes), expected);
});
