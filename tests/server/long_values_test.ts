import { assert, assertEquals } from "@std/assert";
import { createServer } from "../../src/mod.ts";
import type { Client } from "../../src/server/client.ts";
import { property } from "../helpers/seeded.ts";
import { encodeCommand } from "../helpers/resp_client.ts";
import { NetworkServer } from "./network_server.ts";

const KB = 1024;

/** Sends bytes in pieces as a socket would, and runs what is complete; returns what was replied. */
function send(client: Client, bytes: Uint8Array, piece = 100 * KB): string {
  const { decoder, reply, server } = client;
  for (let at = 0; at < bytes.length;) {
    const space = decoder.space();
    const part = bytes.subarray(at, at + Math.min(space.length, piece));
    space.set(part);
    decoder.received(part.length);
    at += part.length;
    server.executor.drain(client);
  }
  return new TextDecoder("latin1").decode(reply.take());
}

function bulk(value: string): string {
  return `$${value.length}\r\n${value}\r\n`;
}

Deno.test("A long value keeps the memory that it came in, and leaves that of the one before", async () => {
  await using server = createServer({ strict: true });
  const client = server.createClient();
  const value = (char: string) => char.repeat(300 * KB);
  const kept: ArrayBufferLike[] = [];
  for (const char of "abc") {
    assertEquals(
      send(client, encodeCommand(["SET", "k", value(char)])),
      "+OK\r\n",
    );
    kept.push(client.args.bytes.buffer);
    assertEquals(send(client, encodeCommand(["GET", "k"])), bulk(value(char)));
  }
  assert(kept[0] !== kept[1] && kept[0] === kept[2]);
  // Not while another request lies behind it.
  const two = [
    ...encodeCommand(["SET", "k", value("d")]),
    ...bytes("GET k\r\n"),
  ];
  const reply = send(client, new Uint8Array(two), 400 * KB);
  assertEquals(reply, "+OK\r\n" + bulk(value("d")));
});

function bytes(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

property(
  "Long values are what clients set, however these take turns",
  async (random) => {
    await using net = await NetworkServer.start();
    const clients = [];
    for (let i = 0; i < 4; i++) clients.push(await net.client());
    const model = new Map<string, string>();
    for (let round = 0; round < 25; round++) {
      const sent = random.list(random.between(1, 4), () => {
        const key = random.pick(["a", "b"]);
        const length = random.pick([70, 200, 201, 220]) * KB;
        const value = String.fromCharCode(97 + random.below(26)).repeat(length);
        return random.chance(0.7)
          ? ["SET", key, value]
          : random.chance()
          ? ["APPEND", key, value.slice(0, 100)]
          : ["SETRANGE", key, "5", value.slice(0, 70 * KB)];
      });
      for (const [name, key, ...rest] of sent as [string, string, string][]) {
        const before = model.get(key) ?? "";
        const value = rest.at(-1)!;
        if (name === "SET") model.set(key, value);
        else if (name === "APPEND") model.set(key, before + value);
        else {
          const start = before.slice(0, 5).padEnd(5, "\0");
          model.set(key, start + value + before.slice(5 + value.length));
        }
      }
      await random.pick(clients).pipeline(sent);
      for (const [key, value] of model) {
        const reply = await random.pick(clients).call("GET", key);
        assert(reply === value, `${key} is not what it was set to`);
      }
    }
  },
  { runs: 3 },
);
