import { assertEquals } from "@std/assert";
import { createServer } from "../../src/mod.ts";
import type { Server } from "../../src/server/server.ts";
import { CommandBits } from "../../src/server/command_table.ts";
import { ManualClock } from "../helpers/manual_clock.ts";

function pausable(): { server: Server; clock: ManualClock } {
  const clock = new ManualClock();
  return { server: createServer({ clock, strict: true }), clock };
}

Deno.test("A pause lasts until its time and ends by itself", async () => {
  const { server, clock } = pausable();
  await using _ = server;
  const { pause, store } = server;
  pause.begin("write", clock.now() + 100);
  assertEquals([pause.mode, store.keepExpired], ["write", true]);
  await clock.advance(99);
  assertEquals(pause.mode, "write");
  await clock.advance(1);
  assertEquals([pause.mode, store.keepExpired], [undefined, false]);
});

Deno.test("A pause that has ended already does not begin", async () => {
  const { server, clock } = pausable();
  await using _ = server;
  server.pause.begin("all", clock.now());
  assertEquals(server.pause.mode, undefined);
  server.pause.begin("all", 0);
  assertEquals([server.pause.mode, clock.pending], [undefined, 0]);
});

Deno.test("A pause grows longer and stricter, never shorter or milder", async () => {
  const { server, clock } = pausable();
  await using _ = server;
  const { pause } = server;
  const begin = clock.now();
  pause.begin("write", begin + 100);
  pause.begin("all", begin + 50);
  assertEquals(pause.mode, "all");
  pause.begin("write", begin + 200);
  assertEquals(pause.mode, "all");
  await clock.advance(199);
  assertEquals(pause.mode, "all");
  await clock.advance(1);
  assertEquals(pause.mode, undefined);
  // The next one starts afresh.
  pause.begin("write", clock.now() + 10);
  assertEquals(pause.mode, "write");
});

Deno.test("A pause of writes holds what may write or replicate, one of all everything", async () => {
  const { server, clock } = pausable();
  await using _ = server;
  const { pause } = server;
  const { any, mayReplicate, write } = CommandBits;
  const held = () =>
    [any, any | write, any | mayReplicate].map((bits) => pause.mustWait(bits));
  assertEquals(held(), [false, false, false]);
  pause.begin("write", clock.now() + 10);
  assertEquals(held(), [false, true, true]);
  pause.begin("all", clock.now() + 10);
  assertEquals(held(), [true, true, true]);
  pause.end();
  assertEquals(held(), [false, false, false]);
});

Deno.test("A client that goes during a pause waits no more, and a server that ends leaves no timer", () => {
  const { server, clock } = pausable();
  const client = server.createClient();
  server.pause.begin("all", clock.now() + 10);
  server.pause.postpone(client);
  assertEquals([server.pause.size, client.runnable], [1, false]);
  server.clients.kill(client);
  assertEquals(server.pause.size, 0);
  server.stop();
  assertEquals(clock.pending, 0);
});
