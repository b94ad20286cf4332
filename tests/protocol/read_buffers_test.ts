import { assert, assertEquals } from "@std/assert";
import { RequestDecoder } from "../../src/protocol/decoder.ts";
import { ReadBuffers } from "../../src/protocol/read_buffers.ts";
import { encodeCommand } from "../helpers/resp_client.ts";

const KB = 1024;

Deno.test("A large buffer that was given back is the next one of about its size", () => {
  const buffers = new ReadBuffers();
  const bytes = buffers.take(100 * KB);
  assertEquals([bytes.length, buffers.capacity], [100 * KB, 0]);
  buffers.give(bytes);
  assertEquals(buffers.capacity, 100 * KB);
  assertEquals(buffers.has(100 * KB + 1), false);
  assertEquals(buffers.has(70 * KB), false);
  assert(buffers.has(90 * KB));
  assert(buffers.take(90 * KB) === bytes);
  assertEquals(buffers.capacity, 0);
});

Deno.test("Small buffers are not kept, and no more bytes than a limit", () => {
  const buffers = new ReadBuffers();
  buffers.give(buffers.take(4 * KB));
  assertEquals(buffers.capacity, 0);
  const many = Array.from({ length: 100 }, () => buffers.take(1024 * KB));
  for (const each of many) buffers.give(each);
  assertEquals(buffers.capacity >>> 20, 64);
});

Deno.test("A buffer that nobody has used for a while goes", () => {
  const buffers = new ReadBuffers();
  buffers.give(buffers.take(64 * KB));
  buffers.relax();
  assertEquals(buffers.capacity, 64 * KB);
  buffers.give(buffers.take(64 * KB));
  buffers.relax();
  assertEquals(buffers.capacity, 64 * KB);
  buffers.relax();
  assertEquals(buffers.capacity, 0);
});

Deno.test("A long request is received into what the one before it, of another connection, has left", () => {
  const buffers = new ReadBuffers();
  const long = encodeCommand(["ECHO", "x".repeat(1024 * KB)]);
  for (let connection = 0; connection < 3; connection++) {
    const decoder = new RequestDecoder({ maxBulkLength: 2 ** 29 }, buffers);
    for (let at = 0; at < long.length; at += 64 * KB) {
      decoder.push(long.subarray(at, at + 64 * KB));
      assertEquals(decoder.next(), at + 64 * KB >= long.length);
    }
    assertEquals(decoder.args.string(1), "x".repeat(1024 * KB));
    decoder.space();
    assertEquals(decoder.capacity, 64 * KB);
  }
  assert(buffers.capacity < 1300 * KB);
});
