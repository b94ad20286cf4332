import { assertEquals } from "@std/assert";
import { createServer } from "../../src/mod.ts";
import { ManualClock } from "../helpers/manual_clock.ts";
import { startTestServer } from "../helpers/server.ts";

/** A clock on which every look at the time takes a while, as the work in between would. */
class TiringClock extends ManualClock {
  msPerLook = 0;
  #elapsed = 0;

  override monotonic(): number {
    this.#elapsed += this.msPerLook;
    return super.monotonic() + this.#elapsed;
  }
}

Deno.test("keys that have fallen due go without being touched, within one interval", async () => {
  await using server = await startTestServer({
    config: { "active-expire-interval": 20 },
  });
  const client = await server.client();
  await client.call("SET", "a", "v", "PX", 10);
  await client.call("SET", "b", "v", "PX", 1000);
  await client.call("SELECT", 1);
  await client.call("SET", "c", "v", "PX", 10);
  await server.clock.advance(9);
  assertEquals(await client.call("DBSIZE"), 1);
  await server.clock.advance(21);
  assertEquals(await client.call("DBSIZE"), 0);
  await client.call("SELECT", 0);
  assertEquals(await client.call("DBSIZE"), 1);
  await server.clock.advance(1000);
  assertEquals(await client.call("DBSIZE"), 0);
});

Deno.test("many keys that fall due at once go in slices of a millisecond, until none is left", async () => {
  const clock = new TiringClock();
  const server = createServer({
    clock,
    config: { "active-expire-interval": 50, port: 0 },
  });
  try {
    const db = server.store.databases[0]!;
    for (let i = 0; i < 10_000; i++) {
      db.put(`k${i}`, "v");
      db.setExpiry(`k${i}`, clock.now() + 10);
    }
    server.start();
    clock.msPerLook = 0.1;
    let slices = 0;
    let before = db.size;
    await clock.advance(50);
    while (db.size > 0) {
      // Sixteen keys between two looks at the time, ten looks to a millisecond.
      assertEquals(before - db.size <= 11 * 16, true);
      assertEquals(before - db.size > 0, true);
      before = db.size;
      slices++;
      await clock.advance(1);
    }
    assertEquals(slices >= 10_000 / (11 * 16) - 1, true);
    assertEquals(server.store.statistics.expired, 10_000);
    assertEquals(server.statistics.expireTimeCaps, slices);
    assertEquals(server.store.memory, 0);
  } finally {
    server.stop();
  }
});

Deno.test("nothing expires while the server is told not to look, but nobody sees what is due", async () => {
  await using server = await startTestServer();
  const client = await server.client();
  await client.call("DEBUG", "SET-ACTIVE-EXPIRE", 0);
  await client.call("SET", "a", "v", "PX", 10);
  await server.clock.advance(5000);
  assertEquals(await client.call("DBSIZE"), 1);
  assertEquals(await client.call("GET", "a"), null);
  assertEquals(await client.call("DBSIZE"), 0);
});

Deno.test("nothing expires while clients are paused, but nobody sees what is due", async () => {
  await using server = await startTestServer();
  const client = await server.client();
  await client.call("SET", "a", "v", "PX", 10);
  await client.call("SET", "b", "v");
  await client.call("CLIENT", "PAUSE", 10_000, "WRITE");
  await server.clock.advance(5000);
  assertEquals(await client.call("GET", "a"), null);
  assertEquals(await client.call("RANDOMKEY"), "b");
  assertEquals(await client.call("KEYS", "*"), ["b"]);
  assertEquals(await client.call("SCAN", 0), ["0", ["b"]]);
  assertEquals(await client.call("DBSIZE"), 2);
  await client.call("CLIENT", "UNPAUSE");
  await server.clock.advance(1000);
  assertEquals(await client.call("DBSIZE"), 1);
});
