/** The server as a replica: of a real redis-server, and of another like it. */
import { assertEquals, assertMatch } from "@std/assert";
import { join } from "@std/path";
import { Config } from "../../../src/config/config.ts";
import { loadFile } from "../../../src/config/file.ts";
import type { Settings } from "../../../src/config/parameters.ts";
import { createServer } from "../../../src/mod.ts";
import type { Server } from "../../../src/server/server.ts";
import { until } from "../../helpers/event_loop.ts";
import { findRealRedis, RealRedis } from "../../helpers/real_redis.ts";
import { RespClient } from "../../helpers/resp_client.ts";
import { fill, summaryOf } from "../../persistence/rdb/dataset.ts";
import { startNode } from "./node.ts";

interface Pair extends AsyncDisposable {
  readonly server: Server;
  readonly replica: RespClient;
  readonly master: RespClient;
  readonly port: number;
}

async function pair(
  kind: "redis-server" | "Redis-Lite",
  config: Partial<Settings> = {},
): Promise<Pair> {
  const other = kind === "redis-server"
    ? await RealRedis.start(findRealRedis()!, { "repl-diskless-sync-delay": 0 })
    : await startNode();
  const server = await startNode(config);
  const replica = await RespClient.connect(server.port);
  const master = await RespClient.connect(other.port);
  return {
    server,
    replica,
    master,
    port: other.port,
    async [Symbol.asyncDispose]() {
      for (const each of [replica, master, server, other]) {
        await each[Symbol.asyncDispose]();
      }
    },
  };
}

/** Waits until the replica has all that the master has, and compares. */
async function assertSame(
  { master, replica, server }: Pick<Pair, "master" | "replica" | "server">,
): Promise<void> {
  await until("the replica has everything", async () => {
    const info = String(await master.call("INFO", "replication"));
    const offset = /master_repl_offset:(\d+)/.exec(info)?.[1];
    return server.follower.state === "connected" &&
      server.follower.offset === Number(offset);
  }, 20_000);
  assertEquals(await summaryOf(replica), await summaryOf(master));
}

for (const kind of ["redis-server", "Redis-Lite"] as const) {
  Deno.test({
    name:
      `a replica takes all from a ${kind}, follows, and goes on where it was`,
    ignore: kind === "redis-server" && findRealRedis() === undefined,
    fn: async () => {
      await using servers = await pair(kind);
      const { master, port, replica, server } = servers;
      await fill(master);
      await replica.call("SET", "mine", "1");
      assertEquals(await replica.call("REPLICAOF", "127.0.0.1", port), "OK");
      await assertSame(servers);
      await master.call("SELECT", 9);
      await master.call("SET", "timed", "v", "EX", 1000);
      await master.pipeline([
        ["MULTI"],
        ["INCR", "n"],
        ["SADD", "set", "a", "b", "c"],
        ["SPOP", "set"],
        ["EXEC"],
        [
          "EVAL",
          "redis.call('incr', KEYS[1]); redis.call('incr', KEYS[1])",
          1,
          "n",
        ],
        ["XADD", "events", "*", "f", "v"],
      ]);
      assertEquals(await master.call("WAIT", 1, 5000), 1);
      await assertSame(servers);
      // Database 9 stays selected, whoever cuts the connection.
      await master.call("SELECT", 9);
      await replica.call("CLIENT", "KILL", "TYPE", "master");
      await master.call("SET", "k", "v");
      await assertSame(servers);
      const info = String(await master.call("INFO", "stats"));
      assertMatch(info, /sync_full:1\r\nsync_partial_ok:1\r\n/);
      assertMatch(String(await replica.call("CLIENT", "LIST")), /flags=M /);
      assertEquals((await replica.call("ROLE") as unknown[]).slice(0, 4), [
        "slave",
        "127.0.0.1",
        port,
        "connected",
      ]);
      assertEquals(await replica.call("REPLICAOF", "NO", "ONE"), "OK");
      assertEquals(await replica.call("SET", "mine", "2"), "OK");
      assertEquals(server.follower.master, undefined);
    },
  });
}

Deno.test("a replica leaves it to its master to say that a key has expired", async () => {
  await using servers = await pair("Redis-Lite");
  const { master, port, replica, server } = servers;
  await replica.call("REPLICAOF", "127.0.0.1", port);
  await assertSame(servers);
  await master.call("DEBUG", "SET-ACTIVE-EXPIRE", 0);
  await master.call("SET", "k", "v", "PX", 1);
  await master.call("WAIT", 1, 5000);
  await until(
    "it is over",
    async () => await replica.call("GET", "k") === null,
  );
  assertEquals(server.store.databases[0]!.size, 1);
  assertEquals(await master.call("GET", "k"), null);
  await until("it is gone", () => server.store.databases[0]!.size === 0);
});

Deno.test("a replica that was given a password by mistake, or none, tries on", async () => {
  await using servers = await pair("Redis-Lite", { masterauth: "secret" });
  const { master, port, replica, server } = servers;
  await replica.call("REPLICAOF", "127.0.0.1", port);
  await until("it has tried", () => server.follower.downSince > 0);
  assertEquals(server.follower.state === "connected", false);
  await master.call("SET", "k", "v");
  await master.call("CONFIG", "SET", "requirepass", "secret");
  await master.call("AUTH", "secret");
  await assertSame(servers);
});

Deno.test("a replica logs what it follows", async () => {
  const dir = await Deno.makeTempDir({ prefix: "redis-lite-" });
  try {
    const config = { dir, appendonly: true };
    let summary: unknown;
    {
      await using servers = await pair("Redis-Lite", config);
      const { master, port, replica, server } = servers;
      await master.call("SET", "before", "1");
      await replica.call("REPLICAOF", "127.0.0.1", port);
      await assertSame(servers);
      await master.call("SET", "after", "2");
      await assertSame(servers);
      await until("the log begins", () => server.appendLog.state === "on");
      summary = await summaryOf(replica);
    }
    await using server = await startNode(config);
    await using client = await RespClient.connect(server.port);
    assertEquals(await summaryOf(client), summary);
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
});

Deno.test("a server is a replica from the start on if its config says so, and CONFIG REWRITE keeps it one", async () => {
  const dir = await Deno.makeTempDir({ prefix: "redis-lite-" });
  const file = join(dir, "redis.conf");
  const rewritten = async (client: RespClient) => {
    await client.call("CONFIG", "REWRITE");
    return /^replicaof .*$/m.exec(await Deno.readTextFile(file))?.[0];
  };
  try {
    const snapshot = { over: { value: "1", expiresAt: 1 }, mine: "2" };
    await Deno.writeTextFile(
      join(dir, "dump.json"),
      JSON.stringify({
        entries: Object.entries(snapshot).map(([key, each]) =>
          typeof each === "string" ? { key, value: each } : { key, ...each }
        ),
      }),
    );
    await using master = await startNode();
    await using toMaster = await RespClient.connect(master.port);
    await toMaster.call("DEBUG", "SET-ACTIVE-EXPIRE", 0);
    const where = `127.0.0.1 ${master.port}`;
    await Deno.writeTextFile(
      file,
      `dir ${dir}\nport 0\nsave ""\nenable-debug-command yes\nslaveof ${where}\nreplica-serve-stale-data no\n`,
    );
    const config = new Config();
    config.file = file;
    loadFile(config, file);
    const server = createServer({ config });
    await server.load();
    // What has expired is there for the master to remove.
    assertEquals(server.store.databases[0]!.size, 2);
    await server.listen();
    server.start();
    await using replica = await RespClient.connect(server.port);
    await toMaster.call("SET", "theirs", "3");
    await assertSame({ master: toMaster, replica, server });
    assertEquals(await replica.call("CONFIG", "GET", "replicaof"), [
      "replicaof",
      where,
    ]);
    assertEquals(await rewritten(replica), `replicaof ${where}`);
    await replica.call("REPLICAOF", "NO", "ONE");
    assertEquals(await rewritten(replica), undefined);
    await server[Symbol.asyncDispose]();
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
});

Deno.test("a replica that waits for its master has what its log holds", async () => {
  const dir = await Deno.makeTempDir({ prefix: "redis-lite-" });
  const config: Partial<Settings> = { dir, appendonly: true };
  try {
    {
      await using server = await startNode(config);
      await using client = await RespClient.connect(server.port);
      await client.pipeline([
        ["MULTI"],
        ["SET", "k", "v"],
        ["EVAL", "return redis.call('incr', KEYS[1])", 1, "n"],
        ["EXEC"],
      ]);
    }
    await using server = await startNode({
      ...config,
      replicaof: "127.0.0.1 0",
      "replica-serve-stale-data": false,
    });
    await using client = await RespClient.connect(server.port);
    await client.call("CONFIG", "SET", "replica-serve-stale-data", "yes");
    assertEquals(await client.call("MGET", "k", "n"), ["v", "1"]);
    assertEquals(server.executor.writeError?.code, "READONLY");
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
});

Deno.test("a replica evicts by itself when replica-ignore-maxmemory is no", async () => {
  await using servers = await pair("Redis-Lite", {
    "maxmemory-policy": "allkeys-lru",
  });
  const { master, port, replica, server } = servers;
  for (let i = 0; i < 20; i++) {
    await master.call("SET", `k${i}`, "v".repeat(100_000));
  }
  await replica.call("REPLICAOF", "127.0.0.1", port);
  await assertSame(servers);
  const size = () => server.store.databases[0]!.size;
  const line = String(server.memory.used - 1_000_000);
  await replica.call("CONFIG", "SET", "maxmemory", line);
  await replica.call("PING");
  assertEquals(size(), 20);
  await replica.call("CONFIG", "SET", "replica-ignore-maxmemory", "no");
  await until("keys are gone", () => size() < 20);
});
