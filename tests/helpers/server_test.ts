import { assert, assertEquals, assertRejects } from "@std/assert";
import { spawnServer, spawnUnready, startTestServer } from "./server.ts";

Deno.test("a server of a test serves clients in both protocols and leaves no folder behind", async () => {
  let folder: string;
  {
    await using server = await startTestServer();
    folder = server.folder;
    const two = await server.client();
    const three = await server.client({ protocol: 3 });
    assertEquals(await two.call("SET", "k", "v"), "OK");
    assertEquals(await three.call("GET", "k"), "v");
    assertEquals(await three.send("GET", "none"), { type: "null" });
  }
  await assertRejects(() => Deno.stat(folder), Deno.errors.NotFound);
});

Deno.test("a server of a test follows its clock", async () => {
  await using server = await startTestServer();
  const client = await server.client();
  await client.call("SET", "k", "v", "PX", 1000);
  assertEquals(await client.call("PTTL", "k"), 1000);
  await server.clock.advance(999);
  assertEquals(await client.call("PTTL", "k"), 1);
  await server.clock.advance(1);
  assertEquals(await client.call("GET", "k"), null);
  assertEquals(await client.call("TIME"), [
    String(server.clock.now() / 1000 | 0),
    "0",
  ]);
});

Deno.test("a spawned server says that it is ready, serves, and ends on SIGTERM", async () => {
  await using server = await spawnServer();
  await using client = await server.client();
  assertEquals(await client.call("PING"), "PONG");
  const status = await server.kill();
  assertEquals(status.code, 0, server.stdout + server.stderr);
  await client.closed;
});

Deno.test("a server that does not start ends with what it wrote", async () => {
  await assertRejects(
    () => spawnServer(["--no-such-parameter", "1"]),
    Error,
    "The server did not start:",
  );
  await using server = await spawnUnready(["--no-such-parameter", "1"]);
  assertEquals((await server.exited).success, false);
  assert((server.stdout + server.stderr).includes("no-such-parameter"));
});
