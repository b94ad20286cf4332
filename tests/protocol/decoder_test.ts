import { assert, assertEquals, assertThrows } from "@std/assert";
import { Buffer } from "node:buffer";
import { ProtocolError } from "../../src/protocol/command_error.ts";
import type { RequestDecoder } from "../../src/protocol/decoder.ts";
import { decodeInPieces, newDecoder } from "./decoded.ts";
import { requestStreams } from "./request_streams.ts";

const KB = 1024;
const bytes = (text: string) => Buffer.from(text, "latin1");

for (
  const { name, bytes, requests, error, unauthenticated } of requestStreams
) {
  Deno.test(`Decoding ${name} gives ${error ?? "its requests"}`, () => {
    const options = { unauthenticated: unauthenticated ?? false };
    const decoded = decodeInPieces(bytes, [], options);
    const shown = error?.replace(/[\r\n]/g, " ");
    assertEquals(decoded.requests, requests as string[][]);
    assertEquals(decoded.error?.replace(/[\r\n]/g, " "), shown);
    assertEquals(decoded.rest, 0);
  });
}

Deno.test("A request of which the last byte is missing waits for it", () => {
  const decoder = newDecoder();
  decoder.push(bytes("*2\r\n$4\r\nECHO\r\n$2\r\nhi\r"));
  assertEquals(decoder.next(), false);
  assertEquals(decoder.buffered, 21);
  decoder.push(bytes("\n"));
  assertEquals(decoder.next(), true);
  assertEquals(decoder.args.strings(0), ["ECHO", "hi"]);
  assertEquals(decoder.buffered, 0);
});

Deno.test("Bytes of an earlier request beyond those received are never taken for new ones", () => {
  const decoder = newDecoder();
  decoder.push(bytes("*1\r\n$4\r\nPING\r\n"));
  assertEquals(decoder.next(), true);
  decoder.push(bytes("*"));
  assertEquals(decoder.next(), false);
  for (const part of ["1", "\r", "\n", "$", "4", "\r", "\n", "QUI"]) {
    decoder.push(bytes(part));
    assertEquals(decoder.next(), false);
  }
  decoder.push(bytes("T\r\n"));
  assertEquals(decoder.next(), true);
  assertEquals(decoder.args.strings(0), ["QUIT"]);
});

for (
  const form of ["*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$1\r\nv\r\n", 'SET "k" v\r\n']
) {
  Deno.test(`A request that was taken back comes again, whatever arrived meanwhile: ${JSON.stringify(form)}`, () => {
    const decoder = newDecoder();
    decoder.push(bytes(`PING\r\n${form}PING\r\n`));
    assert(decoder.next());
    assert(decoder.next());
    decoder.unread();
    decoder.push(bytes(`ECHO ${"x".repeat(9 * KB)}\r\n`));
    assert(decoder.next());
    assertEquals(decoder.args.strings(0), ["SET", "k", "v"]);
    decoder.unread();
    assert(decoder.next());
    assertEquals(decoder.args.strings(0), ["SET", "k", "v"]);
    assert(decoder.next());
    assertEquals(decoder.args.strings(0), ["PING"]);
    assert(decoder.next());
    assertEquals(decoder.args.size(1), 9 * KB);
    assertEquals(decoder.next(), false);
  });
}

Deno.test("An argument beyond the limit is refused at its header, before there is memory for it", () => {
  const decoder = newDecoder({ maxBulkLength: 1024 * KB });
  decoder.push(bytes(`*2\r\n$4\r\nECHO\r\n$${1024 * KB + 1}\r\n`));
  assertThrows(() => decoder.next(), ProtocolError, "invalid bulk length");
  assertEquals(decoder.capacity, KB);
});

Deno.test("Memory for a long argument follows the bytes that come", () => {
  const decoder = newDecoder();
  const length = 64 * 1024 * KB;
  decoder.push(bytes(`*2\r\n$4\r\nECHO\r\n$${length}\r\n`));
  decoder.next();
  decoder.space();
  assertEquals(decoder.capacity, KB);
  const portion = Buffer.alloc(64 * KB, "x");
  for (let sent = 0; sent < length; sent += portion.length) {
    assert(decoder.capacity <= Math.max(2 * sent + 64 * KB, 64 * KB));
    decoder.push(portion);
    assertEquals(decoder.next(), false);
  }
  decoder.push(bytes("\r\n"));
  assert(decoder.next());
  assertEquals(decoder.args.size(1), length);
  decoder.space();
  assertEquals(decoder.next(), false);
  assertEquals(decoder.capacity, 64 * KB);
});

Deno.test("An announced number of arguments costs nothing before they come", () => {
  const decoder = newDecoder();
  decoder.push(bytes("*2147483647\r\n$1\r\na\r\n"));
  assertEquals(decoder.next(), false);
  assertEquals(decoder.capacity, KB);
  assert(decoder.args.starts.length <= 8);
});

function fill(decoder: RequestDecoder, size: number): void {
  const space = decoder.space();
  const pings = bytes("PING\r\n".repeat(size / 6 | 0)).subarray(
    0,
    space.length,
  );
  space.set(pings);
  decoder.received(pings.length);
  while (decoder.next());
}

Deno.test("The read buffer grows while reads fill it and shrinks when they no longer do", () => {
  const decoder = newDecoder();
  fill(decoder, 60);
  decoder.space();
  assertEquals(decoder.capacity, KB);
  for (let i = 0; i < 10; i++) fill(decoder, 100 * KB);
  assertEquals(decoder.capacity, 64 * KB);
  decoder.relax();
  fill(decoder, 60);
  assertEquals(decoder.capacity, 64 * KB);
  for (let i = 0; i < 3; i++) {
    decoder.relax();
    fill(decoder, 60);
  }
  assertEquals(decoder.capacity, 4 * KB);
  decoder.relax();
  fill(decoder, 60);
  assertEquals(decoder.capacity, KB);
});

Deno.test("A buffer that has grown since it was found roomy stays", () => {
  const decoder = newDecoder();
  fill(decoder, 60);
  decoder.relax();
  decoder.relax();
  for (let i = 0; i < 10; i++) fill(decoder, 100 * KB);
  fill(decoder, 60);
  decoder.space();
  assertEquals(decoder.capacity, 64 * KB);
});

Deno.test("The space for a read under way stays when the buffer may shrink", () => {
  const decoder = newDecoder();
  for (let i = 0; i < 10; i++) fill(decoder, 100 * KB);
  fill(decoder, 60);
  const space = decoder.space();
  decoder.relax();
  decoder.relax();
  space.set(bytes("PING\r\n"));
  decoder.received(6);
  assert(decoder.next());
  assertEquals(decoder.args.strings(0), ["PING"]);
});

Deno.test("Room for the offsets of many arguments is given back", () => {
  const decoder = newDecoder();
  decoder.push(bytes(`*5000\r\n${"$0\r\n\r\n".repeat(5000)}`));
  assert(decoder.next());
  assertEquals(decoder.args.length, 5000);
  assert(decoder.args.starts.length >= 5000);
  decoder.relax();
  assertEquals(decoder.args.starts.length, 8);
  decoder.push(bytes("PING\r\n"));
  assert(decoder.next());
  assertEquals(decoder.args.strings(0), ["PING"]);
});
