import { assertEquals } from "@std/assert";
import { crc32 as native } from "node:zlib";
import { crc32, loadCrc32 } from "../../src/persistence/crc32.ts";
import { property } from "../helpers/seeded.ts";

/** As many bytes as are summed by the server's own code before it loads the runtime's. */
const UNTIL_LOADED = 8 * 1024 * 1024;

Deno.test("the CRC-32 of the digits is the one of the standard", () => {
  assertEquals(crc32(new TextEncoder().encode("123456789")), 0xcbf4_3926);
  assertEquals(crc32(new Uint8Array()), 0);
});

property("a CRC-32 is zlib's, however the bytes are cut", (random) => {
  const bytes = new TextEncoder().encode(random.bytes(random.below(300)));
  const cut = random.below(bytes.length + 1);
  const first = crc32(bytes.subarray(0, cut));
  assertEquals(crc32(bytes.subarray(cut), first), native(bytes));
});

Deno.test("a CRC-32 goes on where the runtime's own takes over", async () => {
  const bytes = new Uint8Array(UNTIL_LOADED / 4 + 1).map((_, i) => i * 7);
  let ours = 0, theirs = 0, rests = 0;
  for (let i = 0; i < 6; i++) {
    ours = crc32(bytes, ours);
    theirs = native(bytes, theirs);
    await loadCrc32(() => {
      rests++;
      return Promise.resolve();
    });
    assertEquals(ours, theirs);
  }
  assertEquals(rests, 8);
});
