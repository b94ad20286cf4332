import { assertEquals } from "@std/assert";
import { createServer } from "../../src/mod.ts";
import type { Client } from "../../src/server/client.ts";
import type { Server } from "../../src/server/server.ts";
import { ManualClock } from "../helpers/manual_clock.ts";
import { encodeCommand } from "../helpers/resp_client.ts";

const decoder = new TextDecoder("latin1");

/** A server without sockets, whose clients are moved by hand. */
class Bench {
  readonly clock = new ManualClock();
  readonly server: Server = createServer({ clock: this.clock, strict: true });
  readonly #outputs = new Map<Client, string>();
  /** Timers of the server's own. */
  readonly #ownTimers = this.clock.pending;

  connect(): Client {
    const client = this.server.createClient();
    this.#outputs.set(client, "");
    client.transport = {
      outputMark: 0,
      release() {},
      address: "127.0.0.1:1",
      localAddress: "127.0.0.1:2",
      kind: "tcp",
      pendingBytes: 0,
      stalledSince: 0,
      whenSent: () => Promise.resolve(),
      noteOutput() {},
      flush: () => this.#collect(client),
      resume: () => queueMicrotask(() => this.#drain(client)),
      close: () => this.server.clients.remove(client),
    };
    return client;
  }

  /** Has a client send command lines in one piece; returns what it is replied at once. */
  send(client: Client, ...lines: string[]): string {
    for (const line of lines) {
      const bytes = encodeCommand(line.split(" "));
      client.decoder.space().set(bytes);
      client.decoder.received(bytes.length);
    }
    this.#drain(client);
    return this.received(client);
  }

  /** Returns what a client was replied since it was last asked. */
  received(client: Client): string {
    const output = this.#outputs.get(client)!;
    this.#outputs.set(client, "");
    return output;
  }

  /** What blocked clients have left behind: all zero once they were served. */
  get leftovers() {
    const { blocking } = this.server;
    return {
      clients: blocking.size,
      keys: blocking.keyCount,
      ready: blocking.hasReady,
      timers: this.clock.pending - this.#ownTimers,
    };
  }

  #drain(client: Client): void {
    this.server.executor.drain(client);
    this.#collect(client);
  }

  #collect(client: Client): void {
    const text = decoder.decode(client.reply.take());
    this.#outputs.set(client, this.#outputs.get(client)! + text);
  }
}

const NOTHING = { clients: 0, keys: 0, ready: false, timers: 0 };

function latencySamples(server: Server, name: string): number {
  return server.table.named(name)!.latencies?.count ?? 0;
}

Deno.test("A client that is served leaves nothing behind and goes on", async () => {
  const bench = new Bench();
  const [a, b] = [bench.connect(), bench.connect()];
  assertEquals(bench.send(b, "BLPOP k l k 5", "ECHO on"), "");
  assertEquals(bench.leftovers, {
    clients: 1,
    keys: 2,
    ready: false,
    timers: 1,
  });
  assertEquals(bench.send(a, "RPUSH l x"), ":1\r\n");
  assertEquals(bench.received(b), "*2\r\n$1\r\nl\r\n$1\r\nx\r\n");
  assertEquals(bench.leftovers, NOTHING);
  await Promise.resolve();
  assertEquals(bench.received(b), "$2\r\non\r\n");
});

Deno.test("A client whose time is up leaves nothing behind and goes on", async () => {
  const bench = new Bench();
  const b = bench.connect();
  bench.send(b, "BLMOVE k l LEFT LEFT 1.5", "ECHO on");
  await bench.clock.advance(1499);
  assertEquals(bench.received(b), "");
  await bench.clock.advance(1);
  assertEquals(bench.received(b), "*-1\r\n$2\r\non\r\n");
  assertEquals(bench.leftovers, NOTHING);
});

Deno.test("A client that goes away while it is blocked leaves nothing behind", () => {
  const bench = new Bench();
  const [a, b, c] = [bench.connect(), bench.connect(), bench.connect()];
  bench.send(b, "BLPOP k l 5");
  bench.send(c, "BRPOP k 0");
  b.transport!.close();
  assertEquals(bench.leftovers, {
    clients: 1,
    keys: 1,
    ready: false,
    timers: 0,
  });
  bench.send(a, "RPUSH k x");
  assertEquals(bench.received(c), "*2\r\n$1\r\nk\r\n$1\r\nx\r\n");
  assertEquals(bench.leftovers, NOTHING);
});

Deno.test("A wait that is ended from outside ends once", async () => {
  const bench = new Bench();
  const b = bench.connect();
  bench.send(b, "BLPOP k 5");
  const { blocking } = bench.server;
  blocking.unblock(b, ({ reply }) => reply.status("ENOUGH"));
  blocking.unblock(b, ({ reply }) => reply.status("AGAIN"));
  assertEquals(bench.received(b), "+ENOUGH\r\n");
  assertEquals(bench.leftovers, NOTHING);
  await bench.clock.advance(10_000);
  assertEquals(bench.received(b), "");
});

Deno.test("A wait longer than any timer lasts its full time", async () => {
  const bench = new Bench();
  const b = bench.connect();
  const { clock } = bench;
  // A timer that fires early, as one of the system does after 24.8 days.
  const { after } = ManualClock.prototype;
  clock.after = (ms, run) => after.call(clock, Math.min(ms, 1000), run);
  bench.send(b, "BLPOP k 2.5");
  await clock.advance(2499);
  assertEquals(bench.received(b), "");
  await clock.advance(1);
  assertEquals(bench.received(b), "*-1\r\n");
  assertEquals(bench.leftovers, NOTHING);
});

Deno.test("A key that changes while nobody waits for it is not noted", () => {
  const bench = new Bench();
  const [a, b] = [bench.connect(), bench.connect()];
  const [db] = bench.server.store.databases;
  bench.send(a, "RPUSH list x", "SET text x");
  bench.send(b, "BLPOP k text2 0");
  for (const key of ["list", "text", "missing", "k"]) {
    bench.server.blocking.keyChanged(db!, key);
  }
  assertEquals(bench.leftovers.ready, false);
});

Deno.test("A blocked call counts once, and for latency when it was served", async () => {
  const bench = new Bench();
  const [a, b] = [bench.connect(), bench.connect()];
  const command = bench.server.table.named("blpop")!;
  bench.send(b, "BLPOP k 1");
  assertEquals([command.calls, latencySamples(bench.server, "blpop")], [1, 0]);
  await bench.clock.advance(1000);
  assertEquals([command.calls, latencySamples(bench.server, "blpop")], [1, 0]);
  bench.send(b, "BLPOP k 0");
  bench.send(a, "RPUSH k x");
  assertEquals([command.calls, latencySamples(bench.server, "blpop")], [2, 1]);
  assertEquals(command.failedCalls, 0);
});

Deno.test("A blocked call that ends in an error counts as failed", () => {
  const bench = new Bench();
  const [a, b] = [bench.connect(), bench.connect()];
  bench.send(b, "BLMOVE k l LEFT LEFT 0");
  bench.send(a, "SET l text", "RPUSH k x");
  const command = bench.server.table.named("blmove")!;
  assertEquals([command.calls, command.failedCalls], [1, 1]);
});

Deno.test("What a served client takes does not count as one more change", () => {
  const bench = new Bench();
  const [a, b] = [bench.connect(), bench.connect()];
  const { store } = bench.server;
  const changes = (blocking: string, ...lines: string[]) => {
    const before = store.dirty;
    bench.send(b, blocking);
    bench.send(a, ...lines);
    return store.dirty - before;
  };
  assertEquals(changes("BLPOP k 0", "RPUSH k x y"), 2);
  assertEquals(changes("BLMOVE l m LEFT LEFT 0", "RPUSH l x y"), 2);
  assertEquals(changes("BLMPOP 0 1 n LEFT COUNT 2", "RPUSH n x y z"), 5);
});

Deno.test("A thousand clients on one key are served in turn", () => {
  const bench = new Bench();
  const a = bench.connect();
  const waiting = Array.from({ length: 1000 }, () => bench.connect());
  for (const client of waiting) bench.send(client, "BRPOP k other 60");
  for (const [i, client] of waiting.entries()) {
    bench.send(a, `LPUSH k ${i}`);
    const digits = String(i);
    assertEquals(
      bench.received(client),
      `*2\r\n$1\r\nk\r\n$${digits.length}\r\n${digits}\r\n`,
    );
  }
  assertEquals(bench.leftovers, NOTHING);
});
