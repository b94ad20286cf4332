import { assertEquals } from "@std/assert";
import { Buffer } from "node:buffer";
import { sha256Hex } from "../../src/store/sha256.ts";

Deno.test("SHA-256 equals the runtime's for data of every length around the blocks", async () => {
  for (let length = 0; length < 200; length++) {
    const data = Buffer.from(
      Array.from({ length }, (_, i) => (i * 151 + length * 7) & 255),
    );
    const expected = await crypto.subtle.digest("SHA-256", data);
    assertEquals(
      sha256Hex(data.toString("latin1")),
      Buffer.from(expected).toString("hex"),
      `${length} bytes`,
    );
  }
});

Deno.test("SHA-256 of data that is published with its hash", () => {
  assertEquals(
    sha256Hex("abc"),
    "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
  );
  assertEquals(
    sha256Hex(""),
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
  );
});
