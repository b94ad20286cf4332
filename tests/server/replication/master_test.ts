/** The server as a master: of a real redis-server, of redis-cli, and of clients that speak as one. */
import { assert, assertEquals, assertMatch } from "@std/assert";
import type { Settings } from "../../../src/config/parameters.ts";
import type { Server } from "../../../src/server/server.ts";
import { CommandStream } from "../../helpers/command_stream.ts";
import { until } from "../../helpers/event_loop.ts";
import { findRealRedis, RealRedis } from "../../helpers/real_redis.ts";
import { RespClient } from "../../helpers/resp_client.ts";
import { TestRandom } from "../../helpers/seeded.ts";
import { fill, summaryOf } from "../../persistence/rdb/dataset.ts";
import { startNode } from "./node.ts";

async function field(client: RespClient, name: string): Promise<string> {
  const info = String(await client.call("INFO", "everything"));
  return new RegExp(`^${name}:(.*)\r$`, "m").exec(info)?.[1] ?? "";
}

/** Waits until a replica has all that its master has written, and returns what both have. */
async function caughtUp(
  master: RespClient,
  replica: RespClient,
  has: (client: RespClient) => Promise<unknown> = summaryOf,
): Promise<[unknown, unknown]> {
  await until(
    "the replica has everything",
    async () =>
      await field(replica, "master_link_status") === "up" &&
      await field(master, "master_repl_offset") ===
        await field(replica, "slave_repl_offset"),
    20_000,
  );
  return [await has(replica), await has(master)];
}

interface Pair extends AsyncDisposable {
  readonly server: Server;
  readonly master: RespClient;
  readonly replica: RespClient;
}

async function startPair(config: Partial<Settings> = {}): Promise<Pair> {
  const real = await RealRedis.start(findRealRedis()!);
  const server = await startNode(config);
  const master = await RespClient.connect(server.port);
  const replica = await RespClient.connect(real.port);
  return {
    server,
    master,
    replica,
    async [Symbol.asyncDispose]() {
      for (const each of [replica, master, real, server]) {
        await each[Symbol.asyncDispose]();
      }
    },
  };
}

function realTest(name: string, fn: () => Promise<void>): void {
  Deno.test({ name, ignore: findRealRedis() === undefined, fn });
}

for (const diskless of [true, false]) {
  realTest(
    `redis-server becomes a replica, and follows (repl-diskless-sync ${diskless})`,
    async () => {
      await using pair = await startPair({ "repl-diskless-sync": diskless });
      const { master, replica, server } = pair;
      await fill(master);
      await replica.call("REPLICAOF", "127.0.0.1", server.port);
      const [there, here] = await caughtUp(master, replica);
      assertEquals(there, here);
      const random = new TestRandom(7);
      for (let i = 0; i < 300; i++) await change(master, random);
      assertEquals(await master.call("WAIT", 1, 5000), 1);
      const [after, expected] = await caughtUp(master, replica);
      assertEquals(after, expected);
      const role = await master.call("ROLE") as unknown[];
      assertEquals(role.slice(0, 2), ["master", server.replication.offset]);
      assertMatch(String(role[2]), /^127\.0\.0\.1,\d+,\d+$/);
      assertMatch(
        await field(master, "slave0"),
        /^ip=127\.0\.0\.1,port=\d+,state=online,offset=\d+,lag=[01]$/,
      );
      assertMatch(
        String(await master.call("CLIENT", "LIST", "TYPE", "replica")),
        /flags=S /,
      );
    },
  );
}

/** Changes something, at random: what depends on the moment, on chance, or takes several commands. */
async function change(client: RespClient, random: TestRandom): Promise<void> {
  const key = `key${random.below(20)}`;
  const line = random.pick([
    ["SET", key, random.below(1000), "PX", 1_000_000],
    ["DEL", key],
    [
      "SADD",
      `set${random.below(3)}`,
      ...random.list(5, () => random.below(50)),
    ],
    ["SPOP", `set${random.below(3)}`, 2],
    ["XADD", "stream", "MAXLEN", "~", 20, "*", "f", random.below(9)],
    ["INCRBYFLOAT", "float", "0.1"],
    [
      "EVAL",
      "redis.call('incr', KEYS[1]); return redis.call('lpush', KEYS[2], ARGV[1])",
      2,
      "n",
      "list",
      random.below(9),
    ],
    ["ZADD", "zset", random.below(100), random.below(20)],
    ["HSET", "hash", random.below(700), random.bytes(10)],
    ["SELECT", random.pick([0, 9])],
    ["EXPIRE", key, 1000],
    ["SETRANGE", "text", random.below(100), "abc"],
  ]);
  await client.send(...line);
}

realTest(
  "a full copy is of one moment, while clients go on writing",
  async () => {
    await using pair = await startPair();
    const { master, replica, server } = pair;
    await master.call("DEBUG", "POPULATE", 100_000, "bulk", 20);
    let writing = true;
    const writer = (async () => {
      await using client = await RespClient.connect(server.port);
      const random = new TestRandom(3);
      while (writing) {
        await client.pipeline(random.list(50, () => [
          random.pick(["INCR", "DEL", "LPUSH"]),
          `bulk:${random.below(100_000)}`,
          ...random.chance(0.5) ? [] : ["x"],
        ]));
      }
    })();
    await replica.call("REPLICAOF", "127.0.0.1", server.port);
    await until(
      "the copy has been taken",
      async () => await field(replica, "master_link_status") === "up",
      20_000,
    );
    writing = false;
    await writer;
    const [there, here] = await caughtUp(
      master,
      replica,
      (client) => client.call("DEBUG", "DIGEST"),
    );
    assertEquals(there, here);
  },
);

realTest(
  "a replica that was away goes on where it was, or from the beginning when it missed too much",
  async () => {
    await using pair = await startPair({ "repl-backlog-size": 20_000 });
    const { master, replica, server } = pair;
    await replica.call("REPLICAOF", "127.0.0.1", server.port);
    await master.call("SET", "k", "v");
    await caughtUp(master, replica);
    for (
      const [size, partial, full] of [[1000, "1", "1"], [60_000, "1", "2"]]
    ) {
      await replica.call("DEBUG", "SLEEP", 0);
      for (const client of server.clients) {
        if (client.type === "replica") server.clients.kill(client);
      }
      await master.call("SET", "k", "x".repeat(Number(size)));
      const [there, here] = await caughtUp(master, replica);
      assertEquals(there, here);
      assertEquals(await field(master, "sync_partial_ok"), partial);
      assertEquals(await field(master, "sync_full"), full);
    }
  },
);

for (
  const [option, wantsKeys] of [
    ["--rdb", true],
    ["--functions-rdb", false],
  ] as const
) {
  realTest(`redis-cli ${option} takes what it wants as a file`, async () => {
    await using server = await startNode({ "repl-diskless-sync": false });
    await using client = await RespClient.connect(server.port);
    const keys = wantsKeys ? await fill(client) : 0;
    if (!wantsKeys) await client.call("SET", "k", "v");
    const library =
      "#!lua name=lib\nredis.register_function('f', function() end)";
    await client.call("FUNCTION", "LOAD", library);
    const folder = await Deno.makeTempDir({ prefix: "redis-lite-" });
    try {
      const file = `${folder}/copy.rdb`;
      const cli = await new Deno.Command("redis-cli", {
        args: ["-p", String(server.port), option, file],
        stdout: "null",
        stderr: "null",
      }).output();
      assertEquals(cli.code, 0);
      const check = await new Deno.Command("redis-check-rdb", { args: [file] })
        .output();
      const said = new TextDecoder().decode(check.stdout);
      assertMatch(said, new RegExp(`${keys} keys read`));
      const copy = new TextDecoder("latin1").decode(Deno.readFileSync(file));
      assertMatch(copy, /#!lua name=lib/);
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  });
}

Deno.test("SYNC and PSYNC without further ado give the copy with its length, then the stream", async () => {
  await using server = await startNode();
  await using client = await RespClient.connect(server.port);
  await client.call("SET", "before", "1");
  {
    await using stream = await CommandStream.ofReplica(server.port);
    await client.call("SET", "after", "2");
    await client.call("PUBLISH", "channel", "message");
    await client.call("SET", "end", "3");
    assertEquals(await stream.linesUntil("SET end 3"), [
      "SELECT 0",
      "SET after 2",
      "PUBLISH channel message",
    ]);
  }
  await until("it has gone", () => server.replication.replicas.length === 0);
  assert(server.replication.backlog !== undefined);
});

/** Becomes a replica that says and takes nothing by itself. */
async function silentReplica(server: Server): Promise<Deno.Conn> {
  const { port } = server;
  const conn = await Deno.connect({ hostname: "127.0.0.1", port });
  await conn.write(new TextEncoder().encode("PSYNC ? -1\r\n"));
  await until(
    "it follows",
    () => server.replication.replicas[0]?.state === "online",
  );
  return conn;
}

Deno.test("a replica that wants a reply to a command is let go, and the command does not run", async () => {
  await using server = await startNode();
  await using client = await RespClient.connect(server.port);
  for (const command of ["SET k v", "GET k", "PING", "RESET"]) {
    using replica = await silentReplica(server);
    await replica.write(new TextEncoder().encode(`${command}\r\n`));
    await until("it has gone", () => server.replication.replicas.length === 0);
  }
  assertEquals(await client.call("EXISTS", "k"), 0);
});

Deno.test("WAIT answers once enough replicas have what was written", async () => {
  await using server = await startNode();
  await using client = await RespClient.connect(server.port);
  using replica = await silentReplica(server);
  await client.call("SET", "k", "v");
  const { offset } = server.replication;
  const waiting = client.send("WAIT", 1, 0);
  await until("it waits", () => server.blocking.size === 1);
  const lines = [offset - 1, "x", offset].map((ack) => `REPLCONF ACK ${ack}`);
  await replica.write(new TextEncoder().encode(`${lines.join("\r\n")}\r\n`));
  assertEquals(await waiting, { type: "integer", value: 1 });
  assertEquals(await client.call("WAIT", 1, 0), 1);
  assertEquals(await client.call("WAIT", 2, 10), 1);
});

Deno.test("a replica that takes nothing is dropped at the limit of its output", async () => {
  await using server = await startNode({
    "client-output-buffer-limit": {
      normal: { hard: 0, soft: 0, seconds: 0 },
      pubsub: { hard: 0, soft: 0, seconds: 0 },
      replica: { hard: 1_000_000, soft: 0, seconds: 0 },
    },
  });
  await using client = await RespClient.connect(server.port);
  const conn = await Deno.connect({ hostname: "127.0.0.1", port: server.port });
  await conn.write(new TextEncoder().encode("PSYNC ? -1\r\n"));
  await until(
    "it follows",
    () => server.replication.replicas[0]?.state === "online",
  );
  await until("it is dropped", async () => {
    await client.call("SET", "k", "x".repeat(200_000));
    return server.replication.replicas.length === 0;
  });
});

Deno.test("writes are refused while fewer replicas than wanted follow closely", async () => {
  await using server = await startNode({ "min-replicas-to-write": 1 });
  await using client = await RespClient.connect(server.port);
  const refused = {
    type: "error",
    text: "NOREPLICAS Not enough good replicas to write.",
  };
  assertEquals(await client.send("SET", "k", "v"), refused);
  assertEquals(await client.call("EVAL", "return 1", 0), 1);
  assertMatch(
    JSON.stringify(
      await client.send("EVAL", "return redis.call('set', 'k', 'v')", 0),
    ),
    /NOREPLICAS/,
  );
  assertEquals(await client.call("PING"), "PONG");
  assertEquals(await client.call("GET", "k"), null);
  using replica = await silentReplica(server);
  await replica.write(new TextEncoder().encode("REPLCONF ACK 0\r\n"));
  await until("it counts", async () => {
    const { type } = await client.send("SET", "k", "v");
    return type === "status";
  });
});

Deno.test("the log says why a full copy was given up, and the replica is let go", async () => {
  const lines: string[] = [];
  await using server = await startNode({}, (line) => lines.push(line));
  await using client = await RespClient.connect(server.port);
  await client.call("SET", "k", "v");
  server.store.databases[0]!.keyspace.key = () => {
    throw new Error("no such luck");
  };
  using conn = await Deno.connect({
    hostname: "127.0.0.1",
    port: server.port,
  });
  await conn.write(new TextEncoder().encode("SYNC\r\n"));
  while (await conn.read(new Uint8Array(1024)) !== null);
  const line = lines.find((each) => each.includes("was given up"));
  assertMatch(String(line), /given up: Error: no such luck\n +at /);
});
