import { assert, assertEquals } from "@std/assert";
import { createServer } from "../../src/mod.ts";
import type { Server } from "../../src/server/server.ts";
import { until } from "../helpers/event_loop.ts";
import { ManualClock } from "../helpers/manual_clock.ts";
import { RespClient } from "../helpers/resp_client.ts";

const LOADING = {
  type: "error",
  text: "LOADING Redis is loading the dataset in memory",
};
const KEYS = 100;

/** A server that loads a key per second, about seven at a time. */
class LoadingServer implements AsyncDisposable {
  private constructor(
    readonly server: Server,
    readonly clock: ManualClock,
    readonly client: RespClient,
    readonly folder: string,
    readonly loaded: Promise<void>,
  ) {}

  static async start(): Promise<LoadingServer> {
    const folder = await Deno.makeTempDir({ prefix: "redis-lite-" });
    await writeSnapshot(folder);
    const clock = new ManualClock();
    const server = createServer({
      clock,
      config: {
        bind: ["127.0.0.1"],
        dir: folder,
        save: [{ seconds: 1, changes: 1 }],
        "key-load-delay": 1_000_000,
        "loading-process-events-interval-bytes": 1024,
      },
    });
    await server.listen();
    const loaded = server.load();
    const client = await RespClient.connect(server.port);
    return new LoadingServer(server, clock, client, folder, loaded);
  }

  /** Lets it load for so many seconds. */
  async pass(seconds: number): Promise<void> {
    for (let i = 0; i < seconds; i++) {
      await until("it waits", () => this.clock.pending > 0);
      await this.clock.advance(1000);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.client[Symbol.asyncDispose]();
    await this.server[Symbol.asyncDispose]();
    await Deno.remove(this.folder, { recursive: true });
  }
}

async function writeSnapshot(dir: string): Promise<void> {
  const server = createServer({ config: { dir, save: [] } });
  const client = server.createClient();
  for (let i = 0; i < KEYS; i++) client.db.put(`key:${i}`, "x".repeat(100));
  assert(server.saver.save());
  await server[Symbol.asyncDispose]();
}

Deno.test("While the data is loaded, commands that need it hear so, the others are served", async () => {
  await using loading = await LoadingServer.start();
  const { client } = loading;
  for (
    const line of [
      "PING",
      "GET key:1",
      "SET k v",
      "DBSIZE",
      "FLUSHALL",
      "SAVE",
      "OBJECT ENCODING key:1",
      "MEMORY DOCTOR",
      "SWAPDB 0 1",
    ]
  ) assertEquals(await client.send(...line.split(" ")), LOADING, line);
  assertEquals(await client.call("SELECT", 1), "OK");
  assertEquals(await client.call("ECHO", "x"), "x");
  assertEquals(await client.call("PUBLISH", "a", "b"), 0);
  assertEquals(await client.call("MULTI"), "OK");
  assertEquals(await client.send("GET", "key:1"), LOADING);
  assertEquals(await client.send("EXEC"), {
    type: "error",
    text: "EXECABORT Transaction discarded because of previous errors.",
  });
  const stats = String(await client.call("INFO", "errorstats"));
  assert(stats.includes("errorstat_LOADING:count=10\r\n"));
});

Deno.test("INFO tells how far the load is, and then no more of it", async () => {
  await using loading = await LoadingServer.start();
  const { client, server } = loading;
  const fields = async () => {
    const info = String(await client.call("INFO", "persistence"));
    return Object.fromEntries(
      [...info.matchAll(/^(\w*loading\w*):(.*)\r$/gm)].map((each) =>
        each.slice(1)
      ),
    );
  };
  const { size } = await Deno.stat(`${loading.folder}/dump.json`);
  await loading.pass(14);
  const {
    loading_loaded_bytes: bytes,
    loading_loaded_perc: percent,
    loading_eta_seconds: eta,
    ...rest
  } = await fields();
  assertEquals(rest, {
    loading: "1",
    async_loading: "0",
    loading_start_time: String(Math.floor(server.startedAt / 1000)),
    loading_total_bytes: String(size),
    loading_rdb_used_mem: "0",
  });
  assert(Number(bytes) > 1000 && Number(bytes) < size);
  assertEquals(percent, (Number(bytes) * 100 / size).toFixed(2));
  assertEquals(
    Number(eta),
    Math.floor(14 * (size - Number(bytes)) / (Number(bytes) + 1)),
  );
  let done = false;
  loading.loaded.then(() => done = true);
  while (!done) await loading.clock.advance(1000);
  server.start();
  assertEquals(await fields(), { loading: "0", async_loading: "0" });
  assertEquals(await client.call("DBSIZE"), KEYS);
  assertEquals(await client.call("GET", "key:1"), "x".repeat(100));
});

Deno.test("SHUTDOWN during the load ends the server and leaves the file as it was", async () => {
  await using loading = await LoadingServer.start();
  const { client, server } = loading;
  const path = `${loading.folder}/dump.json`;
  const before = await Deno.readTextFile(path);
  await loading.pass(7);
  await client.post("SHUTDOWN", "SAVE");
  await client.closed;
  await server.stopped;
  let done = false;
  loading.loaded.then(() => done = true);
  while (!done) await loading.clock.advance(1000);
  server.start();
  assertEquals(server.running, false);
  assertEquals(await Deno.readTextFile(path), before);
});
