import { assert, assertEquals, assertRejects } from "@std/assert";
import { Buffer } from "node:buffer";
import { until } from "../helpers/event_loop.ts";
import { encodeCommand } from "../helpers/resp_client.ts";
import { NetworkServer } from "./network_server.ts";

const MB = 1024 * 1024;
const big = "x".repeat(MB);
const noLimit = { hard: 0, soft: 0, seconds: 0 };

function outputLimit(normal: Partial<typeof noLimit>) {
  return {
    "client-output-buffer-limit": {
      normal: { ...noLimit, ...normal },
      replica: noLimit,
      pubsub: noLimit,
    },
  };
}

async function writeAll(conn: Deno.Conn, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.length;) {
    at += await conn.write(bytes.subarray(at));
  }
}

/** Reads to the end; how many bytes came. */
async function readAll(conn: Deno.Conn): Promise<number> {
  const portion = new Uint8Array(64 * 1024);
  let sum = 0;
  try {
    for (;;) {
      const n = await conn.read(portion);
      if (n === null) return sum;
      sum += n;
    }
  } catch {
    return sum;
  }
}

Deno.test("A client beyond maxclients hears why and is closed, until there is room", async () => {
  await using net = await NetworkServer.start({ maxclients: 2 });
  const { server } = net;
  const first = await net.client();
  const second = await net.client();
  assertEquals(await first.call("PING"), "PONG");
  assertEquals(await second.call("PING"), "PONG");
  const third = await net.client();
  assertEquals(await third.readToEnd(), [
    { type: "error", text: "ERR max number of clients reached" },
  ]);
  assertEquals(server.statistics.rejectedConnections, 1);
  assertEquals(server.statistics.connections, 2);
  server.config.set([["maxclients", "3"]]);
  assertEquals(await (await net.client()).call("PING"), "PONG");
});

Deno.test("A client beyond connection-rate-limit hears why and is closed, until the second is over", async () => {
  await using net = await NetworkServer.start({ "connection-rate-limit": 2 });
  for (let i = 0; i < 2; i++) await (await net.client()).call("PING");
  const late = await net.client();
  assertEquals(await late.readToEnd(), [{
    type: "error",
    text:
      "ERR too many new connections, see connection-rate-limit: try again in a second",
  }]);
  await net.clock.advance(1000);
  assertEquals(await (await net.client()).call("PING"), "PONG");
});

Deno.test("A client that idles is closed after timeout, one that waits for a key is not", async () => {
  await using net = await NetworkServer.start({ timeout: 10 });
  const idle = await net.client();
  const busy = await net.client();
  const blocked = await net.client();
  await idle.call("PING");
  await busy.call("PING");
  const popped = blocked.call("BLPOP", "k", 0);
  await until("it is blocked", () => net.server.blocking.size === 1);
  await net.clock.advance(6000);
  await busy.call("PING");
  await net.clock.advance(6000);
  await idle.closed;
  assertEquals(await busy.call("RPUSH", "k", "v"), 1);
  assertEquals(await popped, ["k", "v"]);
});

Deno.test("A reply above the hard limit closes the connection, and nothing of it is sent", async () => {
  await using net = await NetworkServer.start(outputLimit({ hard: 100_000 }));
  const client = await net.client();
  await client.call("SET", "k", "x".repeat(99_000));
  assertEquals(await client.call("GET", "k"), "x".repeat(99_000));
  await client.call("SET", "k", "x".repeat(100_000));
  await client.post("GET", "k");
  assertEquals(await client.readToEnd(), []);
  assertEquals(net.server.statistics.outputLimitDisconnections, 1);
  assert(net.log.includes("hard limit of normal clients"));
});

Deno.test("A single reply never takes more memory than the hard limit", async () => {
  await using net = await NetworkServer.start(outputLimit({ hard: MB }));
  const client = await net.client();
  await client.call("SADD", "s", "x".repeat(100));
  const inside = net.server.clients.get(1)!;
  await client.post("SRANDMEMBER", "s", -1_000_000);
  assertEquals(await client.readToEnd(), []);
  assert(inside.reply.overflowed);
  assert(inside.reply.capacity <= 2 * MB);
  assertEquals(net.server.statistics.outputLimitDisconnections, 1);
  assert(net.log.includes("hard limit of normal clients"));
});

Deno.test("Replies of one pipeline above the hard limit close the connection, and nothing of them is sent", async () => {
  await using net = await NetworkServer.start(outputLimit({ hard: 100_000 }));
  const client = await net.client();
  await client.call("SET", "k", "x".repeat(10_000));
  await client.write("GET k\r\nSET ran yes\r\n".repeat(15));
  assertEquals(await client.readToEnd(), []);
  assertEquals(await (await net.client()).call("GET", "ran"), "yes");
});

Deno.test("A client that reads too little is closed when it is above the soft limit for too long", async () => {
  await using net = await NetworkServer.start(
    outputLimit({ soft: 2 * MB, seconds: 5 }),
  );
  const { clients, statistics } = net.server;
  await (await net.client()).call("SET", "k", big);
  const conn = await net.socket();
  await writeAll(conn, Buffer.from("GET k\r\n".repeat(30)));
  await net.until(
    "much waits",
    () => [...clients].some((each) => each.overSoftLimitSince > 0),
  );
  await net.clock.advance(4000);
  assertEquals(statistics.outputLimitDisconnections, 0);
  await net.clock.advance(2000);
  assertEquals(statistics.outputLimitDisconnections, 1);
  assertEquals(clients.size, 1);
});

Deno.test("A client that takes nothing is closed after write-timeout", async () => {
  await using net = await NetworkServer.start({ "write-timeout": 5 });
  const { clients } = net.server;
  await (await net.client()).call("SET", "k", big);
  const conn = await net.socket();
  await writeAll(conn, Buffer.from("GET k\r\n".repeat(30)));
  await net.until("its output is stuck", () => {
    const pending = [...clients].map((each) => each.transport!.pendingBytes);
    return Math.max(...pending) > 20 * MB;
  });
  await net.clock.advance(4000);
  assertEquals(clients.size, 2);
  await net.clock.advance(2000);
  assertEquals(clients.size, 1);
  assert(net.log.includes("write-timeout"));
});

Deno.test("A request longer than client-query-buffer-limit closes the connection", async () => {
  await using net = await NetworkServer.start({
    "client-query-buffer-limit": MB,
  });
  const client = await net.client();
  assertEquals(await client.call("SET", "k", "x".repeat(MB - 100)), "OK");
  client.write(encodeCommand(["SET", "k", "x".repeat(2 * MB)])).catch(() => {});
  await client.closed;
  assertEquals(net.server.statistics.queryLimitDisconnections, 1);
  assert(net.log.includes("client-query-buffer-limit"));
});

Deno.test("A client that owes its password is closed when it does not read what it is told", async () => {
  await using net = await NetworkServer.start({ requirepass: "secret" });
  const conn = await net.socket();
  await writeAll(conn, Buffer.from("GET k\r\n".repeat(1000)));
  assertEquals(await readAll(conn), 0);
  assertEquals(net.server.statistics.outputLimitDisconnections, 1);
});

Deno.test("Requests of a client that reads slowly wait, and its memory stays small", async () => {
  await using net = await NetworkServer.start();
  const { clients } = net.server;
  await (await net.client()).call("SET", "k", "x".repeat(10_000));
  const conn = await net.socket();
  // The clock stands still: the server takes it for one that reads, but slowly.
  const requests = 20_000;
  const written = writeAll(conn, Buffer.from("GET k\r\n".repeat(requests)));
  await until(
    "it is made to wait",
    () => [...clients].some((each) => each.outputFull),
  );
  for (const { decoder, transport } of clients) {
    assert(transport!.pendingBytes < MB);
    assert(decoder.capacity <= 128 * 1024);
  }
  const one = `$10000\r\n${"x".repeat(10_000)}\r\n`.length;
  const portion = new Uint8Array(64 * 1024);
  for (let left = requests * one; left > 0;) {
    left -= await conn.read(portion) ?? 0;
  }
  await written;
});

Deno.test("A client that sends all it has before it reads is served to the end", async () => {
  await using net = await NetworkServer.start();
  const conn = await net.socket();
  const requests = 4000;
  const request = encodeCommand(["ECHO", "x".repeat(5000)]);
  const all = Buffer.concat(Array<Uint8Array>(requests).fill(request));
  let sent = false;
  const written = writeAll(conn, all).then(() => sent = true);
  await net.until("all is sent", () => sent);
  await written;
  await conn.closeWrite();
  assertEquals(
    await readAll(conn),
    requests * "$5000\r\n\r\n".length + requests * 5000,
  );
});

Deno.test("A peer that ends its direction gets all replies, and is given up when it takes none", async () => {
  await using net = await NetworkServer.start();
  await (await net.client()).call("SET", "k", big);
  const conn = await net.socket();
  await writeAll(conn, Buffer.from("GET k\r\n".repeat(30)));
  await conn.closeWrite();
  await net.until("it is given up", () => net.server.clients.size === 1);
});

Deno.test("Buffers of an idle client are small", async () => {
  await using net = await NetworkServer.start();
  const client = await net.client();
  await client.call("SET", "k", big);
  await client.call("GET", "k");
  await client.pipeline(Array(5000).fill(["GET", "missing"]));
  for (let i = 0; i < 5; i++) {
    await client.call("PING");
    await net.clock.advance(700);
  }
  await net.clock.advance(3000);
  const [inside] = [...net.server.clients];
  assertEquals(inside!.decoder.capacity, 1024);
  assertEquals(inside!.reply.capacity, 1024);
});

Deno.test("DEBUG REPLYBUFFER says when reply buffers shrink, and INFO counts it", async () => {
  await using net = await NetworkServer.start({
    "enable-debug-command": "yes",
  });
  const { server } = net;
  const client = await net.client();
  await client.call("PING");
  const { reply } = server.clients.get(1)!;
  const debug = (...words: string[]) =>
    client.call("DEBUG", "REPLYBUFFER", ...words);
  await debug("RESIZING", "0");
  await debug("PEAK-RESET-TIME", "100");
  await client.call("SET", "k", "x".repeat(32_768));
  await client.call("GET", "k");
  assert(reply.capacity >= 16_384 && reply.capacity < 32_768);
  await net.clock.advance(1000);
  assertEquals(server.statistics.replyBufferShrinks, 0);
  await debug("PEAK-RESET-TIME", "NEVER");
  await debug("RESIZING", "1");
  await client.call("GET", "k");
  await net.clock.advance(10_000);
  assert(reply.capacity >= 16_384);
  await debug("PEAK-RESET-TIME", "RESET");
  await net.clock.advance(2000);
  assertEquals(reply.capacity, 1024);
  const info = String(await client.call("INFO", "stats"));
  assert(/\r\nreply_buffer_shrinks:[1-9]/.test(info));
  assert(/\r\nreply_buffer_expands:[1-9]/.test(info));
});

Deno.test("QUIT is the last request that is run", async () => {
  await using net = await NetworkServer.start();
  const client = await net.client();
  await client.write("SET a 1\r\nQUIT\r\nSET a 2\r\n");
  assertEquals((await client.readToEnd()).length, 2);
  const other = await net.client();
  assertEquals(await other.call("GET", "a"), "1");
  await assertRejects(() => client.call("PING"));
});
