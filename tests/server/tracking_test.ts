import { assertEquals } from "@std/assert";
import { createServer } from "../../src/mod.ts";
import { Args } from "../../src/protocol/args.ts";
import type { Client } from "../../src/server/client.ts";
import { startTestServer } from "../helpers/server.ts";

/** Runs a command of a client without a socket, in a turn of its own; returns all that it was sent. */
function run(client: Client, ...words: string[]): string {
  const { executor } = client.server;
  client.args = Args.from(words);
  executor.turn(() => executor.execute(client));
  return taken(client);
}

function taken({ reply }: Client): string {
  return new TextDecoder("latin1").decode(reply.take());
}

function tracker(server: ReturnType<typeof createServer>): Client {
  const client = server.createClient();
  client.reply.protocol = 3;
  return client;
}

const invalidate = (key: string) =>
  `>2\r\n$10\r\ninvalidate\r\n*1\r\n$${key.length}\r\n${key}\r\n`;

Deno.test("Nothing is remembered, and no change looked at, while nobody tracks", () => {
  const server = createServer();
  const { tracking } = server;
  const client = tracker(server);
  run(client, "GET", "k");
  run(client, "SET", "k", "v");
  assertEquals(tracking.active, false);
  assertEquals(tracking.keyCount, 0);
});

Deno.test("A key counts once for each of its readers, until it changes", () => {
  const server = createServer({ strict: true });
  const { tracking } = server;
  const [a, b] = [tracker(server), tracker(server)];
  for (const client of [a, b]) {
    run(client, "CLIENT", "TRACKING", "ON");
    run(client, "GET", "k");
    run(client, "GET", "k");
  }
  assertEquals([tracking.keyCount, tracking.itemCount], [1, 2]);
  assertEquals(run(a, "SET", "k", "v"), `+OK\r\n${invalidate("k")}`);
  assertEquals(taken(b), invalidate("k"));
  assertEquals([tracking.keyCount, tracking.itemCount], [0, 0]);
});

Deno.test("A client that has gone leaves no prefix behind, and what it read until that changes", () => {
  const server = createServer();
  const { tracking } = server;
  const [a, b] = [tracker(server), tracker(server)];
  run(a, "CLIENT", "TRACKING", "ON", "BCAST", "PREFIX", "p");
  run(b, "CLIENT", "TRACKING", "ON");
  run(b, "GET", "k");
  assertEquals([tracking.clientCount, tracking.prefixCount], [2, 1]);
  server.clients.remove(a);
  server.clients.remove(b);
  assertEquals([tracking.clientCount, tracking.prefixCount], [0, 0]);
  assertEquals(tracking.keyCount, 1);
  run(tracker(server), "SET", "k", "v");
  assertEquals([tracking.keyCount, tracking.itemCount], [0, 0]);
});

Deno.test("Prefixes are told of once, at the end of the turn", () => {
  const server = createServer();
  const [a, b] = [tracker(server), tracker(server)];
  run(a, "CLIENT", "TRACKING", "ON", "BCAST");
  const { executor } = server;
  executor.turn(() => {
    for (const key of ["y", "x", "y"]) {
      b.args = Args.from(["SET", key, "v"]);
      executor.execute(b);
    }
    assertEquals(a.reply.length, 0);
  });
  assertEquals(
    taken(a),
    ">2\r\n$10\r\ninvalidate\r\n*2\r\n$1\r\nx\r\n$1\r\ny\r\n",
  );
});

Deno.test("CLIENT TRACKING ON within MULTI holds what follows back until after the reply", () => {
  const server = createServer();
  const client = tracker(server);
  run(client, "MULTI");
  run(client, "CLIENT", "TRACKING", "ON");
  run(client, "GET", "k");
  run(client, "SET", "k", "v");
  assertEquals(
    run(client, "EXEC"),
    `*3\r\n+OK\r\n_\r\n+OK\r\n${invalidate("k")}`,
  );
});

Deno.test("Keys beyond tracking-table-max-keys are forgotten without a command, too", async () => {
  await using server = await startTestServer();
  const client = await server.client({ protocol: 3 });
  await client.call("CLIENT", "TRACKING", "ON");
  const keys = Array.from({ length: 250 }, (_, i) => `k${i}`);
  await client.call("MGET", ...keys);
  await client.call("CONFIG", "SET", "tracking-table-max-keys", "1");
  for (let told = 0; told < 249; told++) {
    if (client.unread === 0) await server.clock.advance(100);
    const reply = await client.readReply();
    assertEquals(reply.type, "push");
  }
});
