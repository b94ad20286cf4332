import { assert, assertEquals } from "@std/assert";
import { findRealRedis, RealRedis } from "../helpers/real_redis.ts";
import { startTestServer } from "../helpers/server.ts";
import { RespClient } from "../helpers/resp_client.ts";
import {
  blocked,
  OK,
  received,
  sent,
  transcript,
  verbatim,
} from "../helpers/transcript.ts";

const DEFAULT = [
  "Server",
  "Clients",
  "Memory",
  "Persistence",
  "Stats",
  "Replication",
  "CPU",
  "Modules",
  "Errorstats",
  "Cluster",
  "Keyspace",
];
const ALL = [
  ...DEFAULT.slice(0, 8),
  "Commandstats",
  "Errorstats",
  "Latencystats",
  "Cluster",
  "Keyspace",
];
const titles = (names: readonly string[]) =>
  verbatim(
    new RegExp(
      `^${
        names.map((name) => `# ${name}\\r\\n(?:[a-z][^\\r]*\\r\\n)*`).join(
          "\\r\\n",
        )
      }$`,
    ),
  );

transcript(
  "INFO shows the sections that are asked for, in its own order, each once",
  [
    ["INFO", titles(DEFAULT)],
    ["INFO default", titles(DEFAULT)],
    ["INFO all", titles(ALL)],
    ["INFO everything", titles(ALL)],
    [
      "INFO default commandstats",
      titles(ALL.filter((name) => name !== "Latencystats")),
    ],
    ["INFO cpu SERVER cpu", titles(["Server", "CPU"])],
    ["INFO nope", verbatim("")],
    ["INFO modules", verbatim("# Modules\r\n")],
    ["INFO module_list", verbatim("# Modules\r\n")],
    ["INFO cluster", verbatim("# Cluster\r\ncluster_enabled:0\r\n")],
    ["INFO keyspace", verbatim("# Keyspace\r\n")],
  ],
);

transcript("INFO keyspace counts keys and expiries by database", [
  ["SET a 1", OK],
  ["SET b 1 EX 100", OK],
  ["SELECT 2", OK],
  ["SET c 1", OK],
  [
    "INFO keyspace",
    verbatim(
      /^# Keyspace\r\ndb0:keys=2,expires=1,avg_ttl=\d+\r\ndb2:keys=1,expires=0,avg_ttl=0\r\n$/,
    ),
  ],
]);

transcript("INFO counts blocked clients", [
  [
    "INFO clients",
    verbatim(/\r\nblocked_clients:0\r\n[^]*clients_in_timeout_table:0\r\n/),
  ],
  [sent("b", "BLPOP q 0")],
  [blocked("b")],
  [sent("c", "BLPOP q 100")],
  [blocked("c")],
  [
    "INFO clients",
    verbatim(/\r\nblocked_clients:2\r\n[^]*clients_in_timeout_table:1\r\n/),
  ],
  ["RPUSH q x y", 2],
  [received("b", ["q", "x"])],
  [received("c", ["q", "y"])],
  ["INFO clients", verbatim(/\r\nblocked_clients:0\r\n/)],
]);

/** Returns the fields of INFO by name. */
async function fields(
  client: RespClient,
  ...sections: string[]
): Promise<Map<string, string>> {
  const text = String(await client.call("INFO", ...sections));
  return new Map(
    text.split("\r\n").filter((line) => line.includes(":")).map(
      (line) => {
        const colon = line.indexOf(":");
        return [line.slice(0, colon), line.slice(colon + 1)];
      },
    ),
  );
}

Deno.test("INFO server tells of the process, the clock and the port", async () => {
  await using server = await startTestServer();
  const client = await server.client();
  await server.clock.advance(90_061_000);
  const info = await fields(client, "server");
  assertEquals(info.get("redis_version"), "7.0.15");
  assertEquals(info.get("process_id"), String(Deno.pid));
  assertEquals(info.get("tcp_port"), String(server.port));
  assertEquals(info.get("uptime_in_seconds"), "90061");
  assertEquals(info.get("uptime_in_days"), "1");
  assertEquals(info.get("server_time_usec"), `${server.clock.now()}000`);
  assertEquals(info.get("run_id")?.length, 40);
});

Deno.test("INFO stats counts keyspace hits, misses, expired keys and traffic", async () => {
  await using server = await startTestServer();
  const client = await server.client();
  await client.send("SET", "k", "v", "PX", 10);
  await client.send("GET", "k");
  await client.send("GET", "nothing");
  await server.clock.advance(1000);
  const info = await fields(client, "stats");
  assertEquals(info.get("keyspace_hits"), "1");
  assertEquals(info.get("keyspace_misses"), "1");
  assertEquals(info.get("expired_keys"), "1");
  assertEquals(info.get("total_connections_received"), "1");
  assertEquals(info.get("total_commands_processed"), "3");
  assertEquals(info.get("total_reads_processed"), "4");
  assertEquals(info.get("total_writes_processed"), "3");
  assert(Number(info.get("total_net_input_bytes")) > 50);
  assert(Number(info.get("total_net_output_bytes")) > 10);
});

Deno.test("INFO stats tells the rate of commands of the last seconds", async () => {
  await using server = await startTestServer();
  const client = await server.client();
  await server.clock.advance(2000);
  const before = await fields(client, "stats");
  assertEquals(before.get("instantaneous_ops_per_sec"), "0");
  for (let i = 0; i < 16; i++) {
    for (let j = 0; j < 10; j++) await client.send("PING");
    await server.clock.advance(100);
  }
  const after = await fields(client, "stats");
  assertEquals(after.get("instantaneous_ops_per_sec"), "100");
});

Deno.test("INFO errorstats counts errors by code, in order", async () => {
  await using server = await startTestServer();
  const client = await server.client();
  await client.send("RPUSH", "l", "a");
  await client.send("GET", "l");
  await client.send("NOPE");
  await client.send("GET");
  const info = await fields(client, "errorstats");
  assertEquals([...info], [
    ["errorstat_ERR", "count=2"],
    ["errorstat_WRONGTYPE", "count=1"],
  ]);
  assertEquals(
    (await fields(client, "stats")).get("total_error_replies"),
    "3",
  );
});

Deno.test("INFO commandstats tells rejected calls from failed ones", async () => {
  await using server = await startTestServer();
  const client = await server.client();
  await client.send("RPUSH", "l", "a");
  await client.send("GET", "l");
  await client.send("GET", "k");
  await client.send("GET");
  await client.send("CONFIG", "GET");
  const info = await fields(client, "commandstats");
  const calls = (name: string) =>
    info.get(name)?.replace(/usec=.*?,usec_per_call=.*?,/, "");
  assertEquals(calls("cmdstat_get"), "calls=2,rejected_calls=1,failed_calls=1");
  assertEquals(
    calls("cmdstat_config|get"),
    "calls=0,rejected_calls=1,failed_calls=0",
  );
  assertEquals(info.has("cmdstat_set"), false);
});

Deno.test("INFO latencystats follows latency-tracking and its percentiles", async () => {
  await using server = await startTestServer();
  const client = await server.client();
  await client.send("SET", "k", "v");
  await client.send("DEBUG", "SLEEP", "0.05");
  const line = async (name: string) =>
    (await fields(client, "latencystats")).get(
      `latency_percentiles_usec_${name}`,
    );
  assert(/^p50=[\d.]+,p99=[\d.]+,p99\.9=[\d.]+$/.test((await line("set"))!));
  assertEquals(
    await line("debug"),
    "p50=50069.503,p99=50069.503,p99.9=50069.503",
  );
  await client.send(
    "CONFIG",
    "SET",
    "latency-tracking-info-percentiles",
    "0.0 100.0",
  );
  assertEquals(await line("debug"), "p0=49807.360,p100=50069.503");
  await client.send("CONFIG", "SET", "latency-tracking", "no");
  assertEquals(await line("set"), undefined);
});

Deno.test("INFO memory follows the data", async () => {
  await using server = await startTestServer({ strict: false });
  const client = await server.client();
  const before = Number((await fields(client, "memory")).get("used_memory"));
  await client.send("SET", "k", "x".repeat(1_000_000));
  const during = Number((await fields(client, "memory")).get("used_memory"));
  assert(during - before > 1_000_000, `${before} ${during}`);
  await client.send("DEL", "k");
  const info = await fields(client, "memory");
  assert(Number(info.get("used_memory_peak")) >= during);
  assert(Number(info.get("used_memory_rss")) > 1_000_000);
  assertEquals(info.get("maxmemory_human"), "0B");
});

Deno.test("INFO memory counts the large values that clients asked to be freed later", async () => {
  await using server = await startTestServer();
  const client = await server.client();
  const freed = async () =>
    (await fields(client, "memory")).get("lazyfreed_objects");
  const members = Array.from({ length: 65 }, (_, i) => `m${i}`);
  const fill = async () => {
    await client.send("SADD", "large", ...members);
    await client.send("SADD", "small", "a");
    await client.send("HSET", "compact", ...members, "v");
    await client.send("SET", "string", "x".repeat(1000));
  };
  await fill();
  await client.send("DEL", "large");
  assertEquals(await freed(), "0");
  await fill();
  await client.send("UNLINK", "large", "small", "compact", "string", "large");
  assertEquals(await freed(), "1");
  await fill();
  await client.send("FLUSHALL", "SYNC");
  assertEquals(await freed(), "1");
  await fill();
  await client.send("FLUSHALL", "ASYNC");
  assertEquals(await freed(), "5");
  await client.send("CONFIG", "RESETSTAT");
  assertEquals(await freed(), "0");
});

Deno.test({
  name: "INFO lacks of what redis-server tells only what README says",
  ignore: findRealRedis() === undefined,
  fn: async () => {
    await using server = await startTestServer();
    await using real = await RealRedis.start(findRealRedis()!);
    await using theirs = await RespClient.connect(real.port);
    const fields = async (client: RespClient) =>
      String(await client.call("INFO")).match(/^\w+(?=:)/gm)!;
    const ours = new Set(await fields(await server.client()));
    const lacking = (await fields(theirs)).filter((name) => !ours.has(name));
    assertEquals(
      lacking.filter((name) =>
        !/^(redis_git|redis_build|gcc|atomicvar)_|cow|fork_perc|_main_thread$/
          .test(name)
      ),
      [
        "monotonic_clock",
        "multiplexing_api",
        "current_save_keys_processed",
        "current_save_keys_total",
        "expired_stale_perc",
      ],
    );
  },
});
