import { assertEquals } from "@std/assert";
import { createServer } from "../../src/mod.ts";
import type { Client } from "../../src/server/client.ts";
import { Args } from "../../src/protocol/args.ts";
import { until } from "../helpers/event_loop.ts";
import { startTestServer } from "../helpers/server.ts";

/** Runs a command of a client without a socket; returns all that it was sent. */
function run(client: Client, ...words: string[]): string {
  client.args = Args.from(words);
  client.server.executor.execute(client);
  return taken(client);
}

function taken({ reply }: Client): string {
  return new TextDecoder("latin1").decode(reply.take());
}

Deno.test("A message has the form of each subscriber's protocol", () => {
  const server = createServer({ strict: true });
  const [two, three] = [server.createClient(), server.createClient()];
  three.reply.protocol = 3;
  run(two, "SUBSCRIBE", "x");
  run(three, "SUBSCRIBE", "x");
  assertEquals(server.pubsub.publish("x", "m"), 2);
  const rest = "3\r\n$7\r\nmessage\r\n$1\r\nx\r\n$1\r\nm\r\n";
  assertEquals(taken(two), `*${rest}`);
  assertEquals(taken(three), `>${rest}`);
});

Deno.test("A message survives the error that replaces the reply it stands in", () => {
  const server = createServer();
  const client = server.createClient();
  client.reply.protocol = 3;
  run(client, "SUBSCRIBE", "x");
  const { reply } = client;
  reply.ok();
  const mark = reply.length;
  reply.bulk("half of a reply");
  server.pubsub.publish("x", "1");
  reply.bulk("the other half");
  server.pubsub.publish("x", "2");
  reply.rewind(mark);
  reply.integer(7);
  const message = (text: string) =>
    `>3\r\n$7\r\nmessage\r\n$1\r\nx\r\n$1\r\n${text}\r\n`;
  assertEquals(taken(client), `+OK\r\n${message("1")}${message("2")}:7\r\n`);
});

Deno.test("Subscriptions end with the client, and with them what is kept of a channel", () => {
  const server = createServer();
  const { pubsub } = server;
  const client = server.createClient();
  run(client, "SUBSCRIBE", "x", "y");
  run(client, "PSUBSCRIBE", "p*");
  run(client, "SSUBSCRIBE", "s");
  assertEquals(pubsub.count(client), 3);
  assertEquals(client.type, "pubsub");
  server.clients.remove(client);
  const sizes = [pubsub.channels, pubsub.patterns, pubsub.shardChannels]
    .map(({ size }) => size);
  assertEquals(sizes, [0, 0, 0]);
  assertEquals(pubsub.publish("x", "m"), 0);
});

Deno.test("A client that is on its way out is sent no more messages", () => {
  const server = createServer();
  const client = server.createClient();
  run(client, "SUBSCRIBE", "x");
  run(client, "QUIT");
  assertEquals(server.pubsub.publish("x", "m"), 1);
  assertEquals(taken(client), "");
});

Deno.test("A subscriber that takes no messages is sent away at the limit of its class", async () => {
  await using server = await startTestServer({
    config: {
      "client-output-buffer-limit": {
        normal: { hard: 0, soft: 0, seconds: 0 },
        replica: { hard: 0, soft: 0, seconds: 0 },
        pubsub: { hard: 1_000_000, soft: 0, seconds: 0 },
      },
    },
  });
  const publisher = await server.client();
  const slow = await Deno.connect({ hostname: "127.0.0.1", port: server.port });
  try {
    await slow.write(new TextEncoder().encode("SUBSCRIBE x\r\n"));
    await until(
      "the slow client has subscribed",
      async () => String(await publisher.call("PUBSUB", "CHANNELS")) === "x",
    );
    const message = "m".repeat(500_000);
    await until(
      "the slow client is gone",
      async () => await publisher.call("PUBLISH", "x", message) === 0,
    );
  } finally {
    slow.close();
  }
});

Deno.test("A hundred subscribers get every message of a pipeline, in order", async () => {
  await using server = await startTestServer({ strict: false });
  const subscribers = await Promise.all(
    Array.from({ length: 100 }, () => server.client({ protocol: 3 })),
  );
  for (const each of subscribers) await each.call("SUBSCRIBE", "x");
  const publisher = await server.client();
  const texts = Array.from({ length: 50 }, (_, i) => String(i));
  const replies = await publisher.pipeline(
    texts.map((text) => ["PUBLISH", "x", text]),
  );
  for (const reply of replies) {
    assertEquals(reply, { type: "integer", value: 100 });
  }
  for (const each of subscribers) {
    const got: unknown[] = [];
    for (const _ of texts) {
      const reply = await each.readReply();
      got.push(
        "items" in reply &&
          reply.items.map((item) => "text" in item && item.text),
      );
    }
    assertEquals(got, texts.map((text) => ["message", "x", text]));
  }
});
