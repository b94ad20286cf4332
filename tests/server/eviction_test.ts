import { assert, assertEquals, assertLess } from "@std/assert";
import { ManualClock } from "../helpers/manual_clock.ts";
import type { RespClient } from "../helpers/resp_client.ts";
import { startTestServer } from "../helpers/server.ts";

const MB = 1024 * 1024;
/** Room for about 1,600 values of a kilobyte, beside what the server takes empty. */
const LIMIT = 8 * MB;
const KILOBYTE = "x".repeat(1000);
const POLICIES = [
  "volatile-lru",
  "volatile-lfu",
  "volatile-random",
  "volatile-ttl",
  "allkeys-lru",
  "allkeys-lfu",
  "allkeys-random",
] as const;

type Policy = typeof POLICIES[number];

/** A server that is not strict: to digest all keys around each of many commands takes long. */
function startFull(policy: Policy | "noeviction", clock = new ManualClock()) {
  return startTestServer({
    strict: false,
    clock,
    config: { "maxmemory-policy": policy, maxmemory: LIMIT },
  });
}

async function infoOf(client: RespClient, field: string): Promise<number> {
  const text = await client.call("INFO", "everything") as string;
  return Number(new RegExp(`^${field}:(\\d+)`, "m").exec(text)![1]);
}

/** Sets keys of a kilobyte; returns how many of them were refused. */
async function fill(
  client: RespClient,
  prefix: string,
  count: number,
  ...options: string[]
): Promise<number> {
  let refused = 0;
  for (let i = 0; i < count; i += 200) {
    const replies = await client.pipeline(
      Array.from(
        { length: Math.min(200, count - i) },
        (_, j) => ["SET", `${prefix}:${i + j}`, KILOBYTE, ...options],
      ),
    );
    refused += replies.filter((each) => JSON.stringify(each).includes("OOM"))
      .length;
  }
  return refused;
}

/** Returns how many of `count` keys are still there. */
async function left(
  client: RespClient,
  prefix: string,
  count: number,
): Promise<number> {
  const keys = Array.from({ length: count }, (_, i) => `${prefix}:${i}`);
  return await client.call("EXISTS", ...keys) as number;
}

for (const policy of POLICIES) {
  Deno.test(`With ${policy} a writer of ten times the limit is never refused and memory stays within it`, async () => {
    await using server = await startFull(policy);
    const client = await server.client();
    let highest = 0;
    for (let round = 0; round < 16; round++) {
      assertEquals(await fill(client, `k${round}`, 1000, "EX", "1000"), 0);
      highest = Math.max(highest, await infoOf(client, "used_memory"));
    }
    assertLess(highest, LIMIT + 1);
    const evicted = await infoOf(client, "evicted_keys");
    assertEquals(evicted + (await client.call("DBSIZE") as number), 16_000);
  });
}

Deno.test("With noeviction a full server refuses what needs memory and keeps all keys", async () => {
  await using server = await startFull("noeviction");
  const client = await server.client();
  const refused = await fill(client, "k", 3000);
  assert(refused > 500);
  assertEquals(await client.call("DBSIZE"), 3000 - refused);
  assertEquals(await infoOf(client, "evicted_keys"), 0);
});

for (const policy of ["volatile-lru", "volatile-random"] as const) {
  Deno.test(`With ${policy} keys without an expiry stay, and writes are refused once only they are left`, async () => {
    await using server = await startFull(policy);
    const client = await server.client();
    await fill(client, "volatile", 300, "EX", "1000");
    const refused = await fill(client, "lasting", 3000);
    assert(refused > 500);
    assertEquals(await left(client, "volatile", 300), 0);
    assertEquals(await left(client, "lasting", 3000), 3000 - refused);
    // Asking for so many keys at once has made the client's buffer larger.
    for (let i = 0; i < 200; i++) await client.call("DEL", `lasting:${i}`);
    assertEquals(await client.call("SET", "k", "v"), "OK");
  });
}

Deno.test("With allkeys-lru the keys accessed last survive", async () => {
  await using server = await startFull("allkeys-lru");
  const client = await server.client();
  await fill(client, "old", 600);
  await fill(client, "used", 600);
  for (let round = 0; round < 10; round++) {
    await server.clock.advance(5000);
    for (let i = 0; i < 600; i++) await client.call("TOUCH", `used:${i}`);
    await fill(client, `new${round}`, 70);
  }
  const old = await left(client, "old", 600);
  const used = await left(client, "used", 600);
  assertLess(old, 500);
  assert(
    used > 590,
    `${used} of the keys in use are left, ${old} of the others`,
  );
});

Deno.test("With allkeys-lfu the keys accessed most survive", async () => {
  await using server = await startFull("allkeys-lfu");
  const client = await server.client();
  await fill(client, "often", 300);
  for (let round = 0; round < 30; round++) {
    await client.pipeline(
      Array.from({ length: 300 }, (_, i) => ["GET", `often:${i}`]),
    );
  }
  const counter = await client.call("OBJECT", "FREQ", "often:0") as number;
  assert(counter > 5);
  await fill(client, "seldom", 6000);
  const often = await left(client, "often", 300);
  assert(often > 290, `${often} of the keys in use are left`);
});

Deno.test("After a change from allkeys-lfu to allkeys-lru the keys accessed last survive", async () => {
  await using server = await startFull("allkeys-lfu");
  const client = await server.client();
  await fill(client, "old", 600);
  await server.clock.advance(120_000);
  await client.call("CONFIG", "SET", "maxmemory-policy", "allkeys-lru");
  assertEquals(await client.call("OBJECT", "IDLETIME", "old:0"), 120);
  for (let round = 0; round < 10; round++) {
    await fill(client, `new${round}`, 150);
    await server.clock.advance(2000);
  }
  const old = await left(client, "old", 600);
  const last = await left(client, "new9", 150);
  assertLess(old, 300);
  assert(last > 145, `${last} of the last keys are left, ${old} of the first`);
});

Deno.test("With volatile-ttl the keys that expire first go first", async () => {
  await using server = await startFull("volatile-ttl");
  const client = await server.client();
  await fill(client, "soon", 600, "EX", "1000");
  await fill(client, "late", 600, "EX", "9000");
  await fill(client, "later", 600, "EX", "99000");
  assert(await left(client, "soon", 600) < 520);
  assert(await left(client, "late", 600) > 590);
});

Deno.test("An evicted key is announced, breaks WATCH and is no change since the last save", async () => {
  await using server = await startTestServer({
    config: {
      "maxmemory-policy": "allkeys-random",
      "notify-keyspace-events": "Ke",
    },
  });
  const client = await server.client();
  const watcher = await server.client();
  const listener = await server.client();
  await listener.call("PSUBSCRIBE", "*");
  await client.call("SELECT", 3);
  await client.call("SET", "k", "v");
  await client.call("CONFIG", "RESETSTAT");
  const changes = await infoOf(client, "rdb_changes_since_last_save");
  await watcher.call("SELECT", 3);
  await watcher.call("WATCH", "k");
  await client.call("CONFIG", "SET", "maxmemory", 1);
  assertEquals(await client.call("EXISTS", "k"), 0);
  assertEquals(await infoOf(client, "evicted_keys"), 1);
  assertEquals(
    await infoOf(client, "rdb_changes_since_last_save"),
    changes,
  );
  const message = JSON.stringify(await listener.readReply());
  assert(message.includes("__keyspace@3__:k") && message.includes("evicted"));
  await client.call("CONFIG", "SET", "maxmemory", 0);
  await watcher.call("MULTI");
  await watcher.call("PING");
  assertEquals(await watcher.call("EXEC"), null);
});

Deno.test("Nothing is evicted while clients are paused", async () => {
  await using server = await startFull("allkeys-lru");
  const client = await server.client();
  await fill(client, "k", 100);
  await client.call("CLIENT", "PAUSE", 10_000, "WRITE");
  await client.call("CONFIG", "SET", "maxmemory", 1);
  await server.clock.advance(500);
  assertEquals(await client.call("DBSIZE"), 100);
  await client.call("CLIENT", "UNPAUSE");
  assertEquals(await client.call("DBSIZE"), 0);
});

/** A clock on which every look at the time takes a millisecond. */
class SlowClock extends ManualClock {
  override monotonic(): number {
    this.sleepSync(1);
    return super.monotonic();
  }
}

Deno.test("Eviction of many keys lets clients go on in between and writes in, as maxmemory-eviction-tenacity says", async () => {
  await using server = await startFull("allkeys-lru", new SlowClock());
  const client = await server.client();
  await fill(client, "k", 1000);
  await client.call("CONFIG", "SET", "latency-monitor-threshold", 1);
  await client.call("CONFIG", "SET", "maxmemory", 1);
  assertEquals(await client.call("SET", "k:0", "v"), "OK");
  const size = await client.call("DBSIZE") as number;
  assert(size > 900 && size < 1000, `${size} keys are left`);
  while (await client.call("DBSIZE") !== 0) await server.clock.advance(1);
  assert(await infoOf(client, "current_eviction_exceeded_time") > 0);
  const latest = JSON.stringify(await client.call("LATENCY", "LATEST"));
  assert(latest.includes("eviction-cycle") && latest.includes("eviction-del"));
  await client.call("CONFIG", "SET", "maxmemory", 0);
  assertEquals(await infoOf(client, "current_eviction_exceeded_time"), 0);
  assert(await infoOf(client, "total_eviction_exceeded_time") > 0);
});
