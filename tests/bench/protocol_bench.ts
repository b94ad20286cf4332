import { Buffer } from "node:buffer";
import { RequestDecoder } from "../../src/protocol/decoder.ts";
import { ReplyWriter } from "../../src/protocol/reply.ts";
import { encodeCommand } from "../helpers/resp_client.ts";

/** Requests or replies of one iteration: a full read buffer of small requests. */
const BATCH = 1000;
const LIMITS = { maxBulkLength: 512 * 1024 * 1024 };

function decoding(name: string, request: Uint8Array): void {
  const decoder = new RequestDecoder(LIMITS);
  const batch = Buffer.concat(Array<Uint8Array>(BATCH).fill(request));
  Deno.bench({
    name: `${BATCH} of ${name}`,
    group: "decode",
    fn: () => {
      decoder.push(batch);
      while (decoder.next());
    },
  });
}

decoding("PING, inline", Buffer.from("PING\r\n"));
decoding("PING", encodeCommand(["PING"]));
decoding("GET", encodeCommand(["GET", "key:000000000001"]));
decoding("SET of 3 bytes", encodeCommand(["SET", "key:000000000001", "xxx"]));
decoding(
  "SET of 1 KB",
  encodeCommand(["SET", "key:000000000001", "x".repeat(1024)]),
);

function replying(name: string, write: (reply: ReplyWriter) => void): void {
  const reply = new ReplyWriter();
  Deno.bench({
    name: `${BATCH} of ${name}`,
    group: "reply",
    fn: () => {
      for (let i = 0; i < BATCH; i++) write(reply);
      reply.take();
    },
  });
}

const short = "x".repeat(16), long = "x".repeat(1024);
const binary = Buffer.alloc(1024, "\xff", "latin1").latin1Slice();

replying("OK", (reply) => reply.ok());
replying("a small integer", (reply) => reply.integer(42));
replying("a large integer", (reply) => reply.integer(1234567890));
replying("16 bytes", (reply) => reply.bulk(short));
replying("1 KB of ASCII", (reply) => reply.bulk(long));
replying("1 KB of other bytes", (reply) => reply.bulk(binary));
