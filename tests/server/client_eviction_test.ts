import { assert, assertEquals, assertRejects } from "@std/assert";
import type { Settings } from "../../src/config/parameters.ts";
import type { Client } from "../../src/server/client.ts";
import { until } from "../helpers/event_loop.ts";
import { encodeLatin1, type RespClient } from "../helpers/resp_client.ts";
import { NetworkServer } from "./network_server.ts";

const KB = 1024, MB = 1024 * KB;
/** What the buffers of the client that looks on may grow by. */
const SLACK = 16 * KB;

/** A server with a client that is never evicted, to look at the others. */
class Evicting implements AsyncDisposable {
  private constructor(
    readonly net: NetworkServer,
    readonly control: RespClient,
  ) {}

  static async start(config: Partial<Settings>): Promise<Evicting> {
    const net = await NetworkServer.start(config);
    const control = await net.client();
    await control.call("CLIENT", "SETNAME", "control");
    await control.call("CLIENT", "NO-EVICT", "ON");
    return new Evicting(net, control);
  }

  get evicted(): number {
    return this.net.server.clientEviction.evicted;
  }

  async client(name: string): Promise<RespClient> {
    const client = await this.net.client();
    await client.call("CLIENT", "SETNAME", name);
    return client;
  }

  /** Connects a client of this name and sends so many bytes of a request that does not end. */
  async withRequest(name: string, bytes: number): Promise<RespClient> {
    const client = await this.client(name);
    client.write(encodeLatin1(`*2\r\n$${bytes}\r\n${"v".repeat(bytes)}`))
      .catch(() => {});
    return client;
  }

  count(name: string): number {
    return this.#named(name).length;
  }

  /** Bytes that the client of this name takes. */
  async memory(name: string): Promise<number> {
    const list = String(await this.control.call("CLIENT", "LIST"));
    return Number(
      new RegExp(`name=${name} .*tot-mem=(\\d+)`).exec(list)?.[1] ?? NaN,
    );
  }

  async received(name: string, bytes: number): Promise<void> {
    await until(
      `${name} has sent ${bytes} bytes`,
      () =>
        this.#named(name).every(({ decoder }) => decoder.undecoded === bytes),
    );
  }

  set(parameter: string, value: string | number): Promise<unknown> {
    return this.control.call("CONFIG", "SET", parameter, value);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.net[Symbol.asyncDispose]();
  }

  #named(name: string): Client[] {
    return [...this.net.server.clients].filter((each) => each.name === name);
  }
}

Deno.test("A client is evicted for a request that is larger than maxmemory-clients, one that fits is served", async () => {
  await using server = await Evicting.start({ "maxmemory-clients": 3 * MB });
  const client = await server.client("large");
  await client.call("MSET", "k", "v", "k2", "v".repeat(MB));
  assertEquals(await client.call("GET", "k"), "v");
  await assertRejects(() =>
    client.call("MSET", "k", "v", "k2", "v".repeat(3 * MB))
  );
  assertEquals(server.evicted, 1);
  assert(server.net.log.includes("* Evicting client: id=2 "));
  const info = String(await server.control.call("INFO", "stats"));
  assert(info.includes("\r\nevicted_clients:1\r\n"));
});

Deno.test("A percentage of maxmemory-clients is one of maxmemory", async () => {
  await using server = await Evicting.start({
    maxmemory: 6 * MB,
    "maxmemory-clients": -7,
  });
  assertEquals(
    await server.control.call("CONFIG", "GET", "maxmemory-clients"),
    ["maxmemory-clients", "7%"],
  );
  await server.set("maxmemory", 60 * MB);
  await server.withRequest("small", 2 * MB);
  await server.received("small", 2 * MB);
  assertEquals(server.count("small"), 1);
  const large = await server.withRequest("large", 4 * MB);
  await large.closed;
  assertEquals([server.count("small"), server.count("large")], [1, 0]);
});

Deno.test("What a client has the server keep for it counts against maxmemory-clients", async () => {
  await using server = await Evicting.start({ "maxmemory-clients": 3 * MB });
  const multi = await server.client("multi");
  const value = "v".repeat(750_000);
  await multi.call("MULTI");
  await multi.call("SET", "k", value);
  await multi.call("SET", "k", value);
  assertEquals(await multi.call("EXEC"), ["OK", "OK"]);
  await multi.call("MULTI");
  await assertRejects(async () => {
    for (let i = 0; i < 5; i++) await multi.call("SET", "k", value);
  });
  await server.set("maxmemory-clients", 200_000);
  const perName: readonly (readonly [...string[]])[] = [
    ["WATCH"],
    ["SUBSCRIBE"],
    ["PSUBSCRIBE"],
    ["SSUBSCRIBE"],
    ["CLIENT", "TRACKING", "ON", "BCAST", "PREFIX"],
  ];
  for (const words of perName) {
    const before = server.evicted;
    const client = await server.client("many");
    await assertRejects(async () => {
      for (let i = 0; i < 2000; i++) {
        await client.call(...words, String(i).padStart(12, "0"));
      }
    });
    assertEquals(server.evicted, before + 1, words.join(" "));
  }
});

Deno.test("A client that others make the server write to is evicted, without a command of its own", async () => {
  await using server = await Evicting.start({ "maxmemory-clients": 3 * MB });
  const slow = await server.net.socket();
  await slow.write(encodeLatin1("CLIENT SETNAME slow\r\nSUBSCRIBE news\r\n"));
  await until("it has subscribed", () => server.count("slow") === 1);
  const message = "m".repeat(200 * KB);
  while (server.count("slow") === 1) {
    await server.control.call("PUBLISH", "news", message);
    assert(!(await server.memory("slow") >= 3 * MB));
  }
  assertEquals(server.evicted, 1);
});

Deno.test("A client that does not take its replies is evicted before they reach maxmemory-clients", async () => {
  await using server = await Evicting.start({ "maxmemory-clients": 3 * MB });
  await server.control.call("SETRANGE", "k", 200_000, "v");
  const slow = await server.net.socket();
  await slow.write(encodeLatin1("CLIENT SETNAME slow\r\n"));
  await until("it is known", () => server.count("slow") === 1);
  while (server.count("slow") === 1) {
    assert(!(await server.memory("slow") >= 3 * MB));
    await slow.write(encodeLatin1("GET k\r\n")).catch(() => {});
    await server.net.clock.advance(20);
  }
  assertEquals(server.evicted, 1);
});

Deno.test("A client is protected by CLIENT NO-EVICT as long as it is on", async () => {
  await using server = await Evicting.start({ "maxmemory-clients": 3 * MB });
  const client = await server.client("large");
  await client.call("CLIENT", "NO-EVICT", "ON");
  await client.write(
    encodeLatin1(`*1\r\n$${4 * MB}\r\n${"v".repeat(4 * MB - 1)}`),
  );
  await server.received("large", 4 * MB - 1);
  assert(await server.memory("large") > 3 * MB);
  assertEquals(server.evicted, 0);
  // It cannot say so itself before its request has ended.
  server.net.server.clients.get(2)!.noEvict = false;
  await server.net.clock.advance(100);
  await client.closed;
  assertEquals(server.evicted, 1);
});

Deno.test("A replica does not count", async () => {
  await using server = await Evicting.start({ "maxmemory-clients": 3 * MB });
  const client = await server.client("replica");
  const inside = server.net.server.clients.get(2)!;
  Object.defineProperty(inside, "type", { value: "replica" });
  await client.write(encodeLatin1(`*1\r\n$${4 * MB}\r\n${"v".repeat(MB * 4)}`));
  await server.received("replica", 4 * MB);
  assertEquals([server.count("replica"), server.evicted], [1, 0]);
});

Deno.test("One that output limits send away leaves room for the others", async () => {
  await using server = await Evicting.start({
    "maxmemory-clients": 10 * MB,
    "client-output-buffer-limit": {
      normal: { hard: 3 * MB, soft: 0, seconds: 0 },
      replica: { hard: 0, soft: 0, seconds: 0 },
      pubsub: { hard: 0, soft: 0, seconds: 0 },
    },
  });
  await server.control.call("SETRANGE", "k", 4 * MB, "v");
  await server.withRequest("input", 6 * MB);
  await server.received("input", 6 * MB);
  for (const name of ["output-1", "output-2"]) {
    const client = await server.client(name);
    await client.post("GET", "k");
    await client.closed;
  }
  assertEquals([server.count("input"), server.evicted], [1, 0]);
  assertEquals(server.net.server.statistics.outputLimitDisconnections, 2);
});

Deno.test("Lowering maxmemory-clients evicts, but no more clients than it takes", async () => {
  await using server = await Evicting.start({});
  for (let i = 0; i < 10; i++) await server.withRequest("each", MB);
  await server.received("each", MB);
  const each = await server.memory("each");
  const control = await server.memory("control");
  await server.set("maxmemory-clients", each * 5 + control + SLACK);
  await until("half are left", () => server.count("each") === 5);
  assertEquals(server.evicted, 5);
});

Deno.test("The largest clients are evicted first, by size classes", async () => {
  await using server = await Evicting.start({});
  const sizes = [128 * KB, MB, 3 * MB];
  const memory: number[] = [];
  for (const size of sizes) {
    for (let i = 0; i < 3; i++) await server.withRequest(`of-${size}`, size);
    await server.received(`of-${size}`, size);
    memory.push(await server.memory(`of-${size}`));
  }
  let total = memory.reduce((sum, each) => sum + 3 * each, 0);
  const control = await server.memory("control");
  for (let largest = 2; largest >= 0; largest--) {
    total -= 3 * memory[largest]!;
    await server.set("maxmemory-clients", total + control + SLACK);
    await until(
      "the largest are gone",
      () => server.count(`of-${sizes[largest]}`) === 0,
    );
    for (const size of sizes.slice(0, largest)) {
      assertEquals(server.count(`of-${size}`), 3);
    }
  }
});
