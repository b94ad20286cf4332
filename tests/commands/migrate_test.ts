import { assertEquals, assertMatch } from "@std/assert";
import { until } from "../helpers/event_loop.ts";
import { findRealRedis, freePort, RealRedis } from "../helpers/real_redis.ts";
import { RespClient } from "../helpers/resp_client.ts";
import { startTestServer, type TestServer } from "../helpers/server.ts";
import {
  error,
  OK,
  QUEUED,
  status,
  transcript,
} from "../helpers/transcript.ts";

const SYNTAX = error("ERR syntax error");
const NO_INTEGER = error("ERR value is not an integer or out of range");
const NOKEY = status("NOKEY");
const CANNOT_CONNECT = error(
  "IOERR error or timeout connecting to the client",
);
const CANNOT_WRITE = error("IOERR error or timeout writing to target instance");

transcript("MIGRATE refuses what it does not understand", [
  [
    "MIGRATE h 1 k 0",
    error("ERR wrong number of arguments for 'migrate' command"),
  ],
  ["MIGRATE h 1 k 0 10 OTHER", SYNTAX],
  ["MIGRATE h 1 k 0 10 AUTH", SYNTAX],
  ["MIGRATE h 1 k 0 10 AUTH2 user", SYNTAX],
  ["MIGRATE h 1 k x 10", NO_INTEGER],
  ["MIGRATE h 1 k 0 x", NO_INTEGER],
  [
    "MIGRATE h 1 k 0 10 KEYS a b",
    error(
      "ERR When using MIGRATE KEYS option, the key argument must be set to the empty string",
    ),
  ],
  ["MIGRATE h 1 k 0 10", NOKEY],
  ["MIGRATE h 1 '' 0 10 COPY REPLACE AUTH x KEYS a b", NOKEY],
  ["MIGRATE h 1 '' 0 10 KEYS", NOKEY],
  ["SET k v", OK],
  ["MIGRATE 127.0.0.1 1 k 0 1000", CANNOT_WRITE],
  ["MIGRATE 127.0.0.1 none k 0 1000", CANNOT_WRITE],
  ["MIGRATE 256.0.0.1 1 k 0 1000", CANNOT_CONNECT],
  ["GET k", "v"],
]);

transcript("COMMAND GETKEYS finds the keys of MIGRATE", [
  ["COMMAND GETKEYS MIGRATE h 1 k 0 10", ["k"]],
  ["COMMAND GETKEYS MIGRATE h 1 k 0 10 COPY", ["k"]],
  ["COMMAND GETKEYS MIGRATE h 1 '' 0 10 REPLACE KEYS a b", ["a", "b"]],
  ["COMMAND GETKEYS MIGRATE h 1 '' 0 10 AUTH keys KEYS a", ["a"]],
  [
    "COMMAND GETKEYS MIGRATE h 1 k 0 10 KEYS a",
    error("ERR Invalid arguments specified for command"),
  ],
]);

transcript("MIGRATE is refused in a transaction", [
  ["SET k v", OK],
  ["MULTI", OK],
  ["MIGRATE 127.0.0.1 1 k 0 1000", QUEUED],
  ["EXEC", [
    error("ERR MIGRATE is not allowed in transactions and scripts here"),
  ]],
  ["EXEC", error("ERR EXEC without MULTI")],
], { oursOnly: "there it stops the server" });

/** Who sends, who receives, and a client of each. */
interface Pair extends AsyncDisposable {
  readonly source: RespClient;
  readonly target: RespClient;
  readonly sender: TestServer | RealRedis;
  /** The words that name the target. */
  readonly address: readonly [host: string, port: number];
}

const DIRECTIONS = [
  "to redis-server",
  "from redis-server",
  "among us",
] as const;

async function pair(direction: typeof DIRECTIONS[number]): Promise<Pair> {
  const real = () => RealRedis.start(findRealRedis()!);
  const sender =
    await (direction === "from redis-server" ? real() : startTestServer());
  const receiver =
    await (direction === "to redis-server" ? real() : startTestServer());
  const source = await RespClient.connect(sender.port);
  const target = await RespClient.connect(receiver.port);
  return {
    source,
    target,
    sender,
    address: ["127.0.0.1", receiver.port],
    async [Symbol.asyncDispose]() {
      for (const each of [source, target, sender, receiver]) {
        await each[Symbol.asyncDispose]();
      }
    },
  };
}

function migrating(
  name: string,
  check: (pair: Pair) => Promise<void>,
): void {
  for (const direction of DIRECTIONS) {
    Deno.test({
      name: `MIGRATE ${name} (${direction})`,
      ignore: direction !== "among us" && findRealRedis() === undefined,
      fn: async () => {
        await using servers = await pair(direction);
        await check(servers);
      },
    });
  }
}

async function errorOf(reply: Promise<unknown>): Promise<string> {
  try {
    return `no error but ${await reply}`;
  } catch (thrown) {
    return (thrown as Error).message;
  }
}

migrating(
  "moves a key with its expiry",
  async ({ source, target, address }) => {
    await source.call("SET", "k", "v", "PX", 100_000);
    assertEquals(await source.call("MIGRATE", ...address, "k", 9, 5000), "OK");
    assertEquals(await source.call("EXISTS", "k"), 0);
    await target.call("SELECT", 9);
    assertEquals(await target.call("GET", "k"), "v");
    const ttl = Number(await target.call("PTTL", "k"));
    assertEquals(ttl > 90_000 && ttl <= 100_000, true);
    const info = String(await source.call("INFO", "stats"));
    assertEquals(info.includes("migrate_cached_sockets:1\r\n"), true);
  },
);

migrating("copies keys", async ({ source, target, address }) => {
  await source.call("MSET", "a", 1, "b", 2, "c", 3);
  const line = [...address, "", 0, 5000, "COPY", "KEYS", "a", "none", "b"];
  assertEquals(await source.call("MIGRATE", ...line), "OK");
  assertEquals(await source.call("DBSIZE"), 3);
  assertEquals(await target.call("MGET", "a", "b", "c"), ["1", "2", null]);
});

migrating("removes only what has arrived", async (servers) => {
  const { source, target, address } = servers;
  await source.call("MSET", "a", 1, "b", 2, "c", 3);
  await target.call("SET", "b", "old");
  const line = [...address, "", 0, 5000, "KEYS", "a", "b", "c"];
  assertEquals(
    await errorOf(source.call("MIGRATE", ...line)),
    "ERR Target instance replied with error: BUSYKEY Target key name already exists.",
  );
  assertEquals(await source.call("KEYS", "*"), ["b"]);
  const replacing = [...address, "b", 0, 5000, "REPLACE"];
  assertEquals(await source.call("MIGRATE", ...replacing), "OK");
  assertEquals(await target.call("MGET", "a", "b", "c"), ["1", "2", "3"]);
});

migrating("authenticates", async ({ source, target, address }) => {
  await target.call("CONFIG", "SET", "requirepass", "secret");
  await source.call("SET", "k", "v");
  assertEquals(
    await errorOf(source.call("MIGRATE", ...address, "k", 0, 5000)),
    "ERR Target instance replied with error: NOAUTH Authentication required.",
  );
  const wrong = [...address, "k", 0, 5000, "AUTH", "wrong"];
  assertEquals(
    await errorOf(source.call("MIGRATE", ...wrong)),
    "ERR Target instance replied with error: WRONGPASS invalid username-password pair or user is disabled.",
  );
  assertEquals(await source.call("EXISTS", "k"), 1);
  const right = [...address, "k", 0, 5000, "AUTH2", "default", "secret"];
  assertEquals(await source.call("MIGRATE", ...right), "OK");
  await target.call("AUTH", "secret");
  assertEquals(await target.call("GET", "k"), "v");
});

migrating(
  "connects again when the kept connection is gone",
  async (servers) => {
    const { source, target, address } = servers;
    await source.call("MSET", "a", 1, "b", 2);
    await source.call("MIGRATE", ...address, "a", 0, 5000);
    await target.call("CLIENT", "KILL", "SKIPME", "yes");
    assertEquals(await source.call("MIGRATE", ...address, "b", 0, 5000), "OK");
    assertEquals(await target.call("MGET", "a", "b"), ["1", "2"]);
  },
);

Deno.test("MIGRATE gives up on a server that does not answer, and writes wait for it", async () => {
  await using server = await startTestServer();
  using silent = Deno.listen({ hostname: "127.0.0.1", port: freePort() });
  const { port } = silent.addr as Deno.NetAddr;
  const accepted = silent.accept();
  const client = await server.client();
  const other = await server.client();
  await client.call("SET", "k", "v");
  const migrating = client.send("MIGRATE", "127.0.0.1", port, "k", 0, 500);
  const conn = await accepted;
  assertEquals(await other.call("GET", "k"), "v");
  const writing = other.send("SET", "k", "w");
  await until(
    "the write waits",
    async () => {
      const admin = await server.client();
      const info = String(await admin.call("INFO", "clients"));
      return info.includes("blocked_clients:2");
    },
  );
  await server.clock.advance(500);
  assertEquals(await migrating, {
    type: "error",
    text: "IOERR error or timeout reading to target instance",
  });
  assertEquals(await writing, { type: "status", text: "OK" });
  assertEquals(await client.call("GET", "k"), "w");
  conn.close();
});

Deno.test("MIGRATE reaches the slow log and the latency monitor with all of its time, and without its password", async () => {
  await using server = await startTestServer({
    config: { "latency-monitor-threshold": 100 },
  });
  using silent = Deno.listen({ hostname: "127.0.0.1", port: freePort() });
  const { port } = silent.addr as Deno.NetAddr;
  const accepted = silent.accept();
  const client = await server.client();
  await client.call("SET", "k", "v");
  const line = ["MIGRATE", "127.0.0.1", String(port), "k", "0", "500"];
  const migrating = client.send(...line, "AUTH", "secret");
  // It lies where the arguments of MIGRATE were, or behind them.
  const echo = client.call("ECHO", "x".repeat(100_000));
  using conn = await accepted;
  const portion = new Uint8Array(1024);
  let sent = "";
  while (!sent.includes("RESTORE")) {
    const n = await conn.read(portion);
    if (n === null) throw new Error("MIGRATE has hung up");
    sent += new TextDecoder("latin1").decode(portion.subarray(0, n));
  }
  // By now it waits for the reply.
  await (await server.client()).call("PING");
  await server.clock.advance(500);
  assertEquals((await migrating).type, "error");
  await echo;
  const [[, , microseconds, args]] = await client.call(
    "SLOWLOG",
    "GET",
  ) as [[number, number, number, string[]]];
  assertEquals([microseconds, args], [500_000, [
    ...line,
    "AUTH",
    "(redacted)",
  ]]);
  const [[event, , milliseconds]] = await client.call(
    "LATENCY",
    "LATEST",
  ) as [[string, number, number]];
  assertEquals([event, milliseconds], ["command", 500]);
  assertMatch(
    String(await client.call("INFO", "commandstats")),
    /cmdstat_migrate:calls=1,usec=500000,/,
  );
});

Deno.test("MIGRATE keeps a connection for ten seconds", async () => {
  await using server = await startTestServer();
  await using target = await startTestServer();
  const client = await server.client();
  await client.call("SET", "k", "v");
  await client.call("MIGRATE", "127.0.0.1", target.port, "k", 0, 500);
  const kept = async () =>
    /migrate_cached_sockets:(\d+)/.exec(
      String(await client.call("INFO", "stats")),
    )?.[1];
  await server.clock.advance(9000);
  assertEquals(await kept(), "1");
  await server.clock.advance(3000);
  assertEquals(await kept(), "0");
});
