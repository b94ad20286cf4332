import { assertEquals } from "@std/assert";
import { createServer } from "../../src/mod.ts";
import { Args } from "../../src/protocol/args.ts";
import type { Client } from "../../src/server/client.ts";
import { ManualClock } from "../helpers/manual_clock.ts";

function run(client: Client, line: string): string {
  client.args = Args.from(line.split(" "));
  client.server.executor.turn(() => client.server.executor.execute(client));
  return new TextDecoder("latin1").decode(client.reply.take());
}

Deno.test("A client that goes leaves no watch behind", async () => {
  await using server = createServer({ clock: new ManualClock(), strict: true });
  const one = server.createClient();
  const two = server.createClient();
  run(one, "WATCH a b a");
  assertEquals(one.watched.map(({ key }) => key), ["a", "b"]);
  server.clients.kill(one);
  assertEquals(one.watched, []);
  run(two, "SET a 1");
  assertEquals(one.watchBroken, false);
});

Deno.test("A transaction that cannot succeed keeps no more commands", async () => {
  await using server = createServer({ clock: new ManualClock(), strict: true });
  const client = server.createClient();
  run(client, "WATCH k");
  run(client, "MULTI");
  run(client, "PING");
  assertEquals(client.transaction?.queue.length, 1);
  run(server.createClient(), "SET k 1");
  assertEquals(run(client, "PING"), "+QUEUED\r\n");
  assertEquals(client.transaction?.queue.length, 1);
  assertEquals(run(client, "EXEC"), "*-1\r\n");
  assertEquals([client.transaction, client.watched], [undefined, []]);
});

Deno.test("A watch on a key that had expired, and is removed later, stays whole", async () => {
  const clock = new ManualClock();
  await using server = createServer({ clock, strict: true });
  const [one, two] = [server.createClient(), server.createClient()];
  run(two, "SET k v PX 10");
  run(two, "SELECT 1");
  run(two, "SET other v PX 10");
  server.pause.begin("write", clock.now() + 1000);
  await clock.advance(20);
  run(one, "WATCH k");
  server.pause.end();
  run(one, "MULTI");
  run(one, "GET k");
  assertEquals(run(one, "EXEC"), "*1\r\n$-1\r\n");
});

Deno.test("A watched key that expires during a pause breaks the watch", async () => {
  const clock = new ManualClock();
  await using server = createServer({ clock, strict: true });
  const client = server.createClient();
  run(client, "SET k v PX 10");
  run(client, "WATCH k");
  server.pause.begin("write", clock.now() + 1000);
  await clock.advance(20);
  run(client, "MULTI");
  assertEquals(run(client, "EXEC"), "*-1\r\n");
});

/** A clock that moves on by a millisecond whenever it is asked for the time. */
class TickingClock extends ManualClock {
  #ticks = 0;

  override monotonic(): number {
    return super.monotonic() + this.#ticks++;
  }
}

Deno.test("Commands in EXEC share its time: each takes up to its end from the end of the one before", async () => {
  await using server = createServer({ clock: new TickingClock() });
  const client = server.createClient();
  const { table } = server;
  const usec = (name: string) => table.named(name)!.usec;
  for (let round = 1; round <= 2; round++) {
    run(client, "SET other 1");
    table.named("set")!.usec = 0;
    for (const line of ["MULTI", "SET k 1", "INCR k", "GET k"]) {
      run(client, line);
    }
    assertEquals(run(client, "EXEC"), "*3\r\n+OK\r\n:2\r\n$1\r\n2\r\n");
    assertEquals(usec("set"), 1000);
    assertEquals(usec("incr"), round * 1000);
    assertEquals(usec("get"), round * 1000);
    assertEquals(usec("exec"), round * 4000);
  }
});
