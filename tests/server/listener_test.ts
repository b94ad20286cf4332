import { assert, assertEquals, assertRejects } from "@std/assert";
import { join } from "@std/path";
import { networkInterfaces } from "node:os";
import { startServer } from "../../src/mod.ts";
import { ListenError } from "../../src/server/listener.ts";
import { until } from "../helpers/event_loop.ts";
import { freePort } from "../helpers/real_redis.ts";
import { RespClient } from "../helpers/resp_client.ts";
import { NetworkServer } from "./network_server.ts";

const unix = Deno.build.os !== "windows";

async function ping(address: number | string): Promise<unknown> {
  await using client = await RespClient.connect(address);
  return await client.call("PING");
}

async function refuses(port: number): Promise<boolean> {
  try {
    await ping(port);
    return false;
  } catch {
    return true;
  }
}

async function inFolder(run: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "redis-lite-" });
  try {
    await run(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("Port 0 picks a port, one for all addresses", async () => {
  await using net = await NetworkServer.start({ bind: ["127.0.0.1", "-::1"] });
  const { listeners, port } = net.server;
  assert(port > 0);
  assert(listeners.places.every((place) => place.endsWith(`:${port}`)));
  assertEquals(await ping(port), "PONG");
});

Deno.test("An address marked as optional may be missing, another may not", async () => {
  await using net = await NetworkServer.start({
    bind: ["127.0.0.1", "-192.0.2.1"],
  });
  assertEquals(net.server.listeners.places.length, 1);
  await assertRejects(
    () => NetworkServer.start({ bind: ["127.0.0.1", "192.0.2.1"] }),
    ListenError,
    "Could not listen on 192.0.2.1:",
  );
});

Deno.test("All addresses of both families can be had together", async () => {
  await using net = await NetworkServer.start({ bind: ["*", "-::*"] });
  assertEquals(await ping(net.server.port), "PONG");
});

Deno.test("A port in use is refused with what to do", async () => {
  await using net = await NetworkServer.start();
  await assertRejects(
    () => NetworkServer.start({ port: net.server.port }),
    ListenError,
    `Port ${net.server.port} of 127.0.0.1 is in use: stop the program that has it, or choose another with --port`,
  );
});

Deno.test("Nothing to listen on is refused", async () => {
  await assertRejects(
    () => NetworkServer.start({ bind: [] }),
    ListenError,
    "Nothing to listen on",
  );
});

Deno.test({
  name: "A unix socket has its permissions, serves, and goes with the server",
  ignore: !unix,
  fn: () =>
    inFolder(async (folder) => {
      const path = join(folder, "lite.sock") as string;
      {
        await using net = await NetworkServer.start({
          unixsocket: path,
          unixsocketperm: 0o700,
        });
        assertEquals(net.server.port, 0);
        assertEquals(Deno.statSync(path).mode! & 0o777, 0o700);
        assertEquals(await ping(path), "PONG");
      }
      assertEquals([...Deno.readDirSync(folder)], []);
    }),
});

Deno.test({
  name:
    "A unix socket that was left behind is replaced, one in use and a file are not",
  ignore: !unix,
  fn: () =>
    inFolder(async (folder) => {
      const path = join(folder, "lite.sock") as string;
      // A socket's file stays when its name is changed before it is closed.
      const first = Deno.listen({ transport: "unix", path: `${path}.old` });
      Deno.renameSync(`${path}.old`, path);
      first.close();
      {
        await using net = await NetworkServer.start({ unixsocket: path });
        assertEquals(await ping(path), "PONG");
        await assertRejects(
          () => NetworkServer.start({ unixsocket: path }),
          ListenError,
          "is in use",
        );
        assertEquals(await ping(path), "PONG");
        assertEquals(net.server.port, 0);
      }
      Deno.writeTextFileSync(path, "mine");
      await assertRejects(
        () => NetworkServer.start({ unixsocket: path }),
        ListenError,
        "check unixsocket",
      );
      assertEquals(Deno.readTextFileSync(path), "mine");
    }),
});

Deno.test("CONFIG SET port moves the server, and clients stay", async () => {
  await using net = await NetworkServer.start();
  const client = await net.client();
  const before = net.server.port, after = freePort();
  assertEquals(await client.call("CONFIG", "SET", "port", after), "OK");
  assertEquals(await ping(after), "PONG");
  await assertRejects(() => ping(before));
  assertEquals(await client.call("PING"), "PONG");
});

Deno.test("CONFIG SET port to one in use is refused, and the server stays where it is", async () => {
  await using other = await NetworkServer.start();
  await using net = await NetworkServer.start();
  const client = await net.client();
  assertEquals(
    await client.send("CONFIG", "SET", "port", other.server.port),
    {
      type: "error",
      text:
        "ERR CONFIG SET failed (possibly related to argument 'port') - Unable to listen on this port. Check server logs.",
    },
  );
  assertEquals(await ping(net.server.port), "PONG");
});

Deno.test("CONFIG SET bind exchanges the addresses, or refuses one that is not there", async () => {
  await using net = await NetworkServer.start();
  const client = await net.client();
  const { port } = net.server;
  assertEquals(await client.call("CONFIG", "SET", "bind", "*"), "OK");
  await until(
    "it listens everywhere",
    () => net.server.listeners.places.join() === `0.0.0.0:${port}`,
  );
  assertEquals(await ping(port), "PONG");
  assertEquals(await client.send("CONFIG", "SET", "bind", "192.0.2.1"), {
    type: "error",
    text:
      "ERR CONFIG SET failed (possibly related to argument 'bind') - Failed to bind to specified addresses.",
  });
  assertEquals(await ping(port), "PONG");
});

Deno.test("CONFIG SET bind may name no address for a while", async () => {
  await using net = await NetworkServer.start();
  const client = await net.client();
  const { port } = net.server;
  assertEquals(await client.call("CONFIG", "SET", "bind", ""), "OK");
  await until("nobody listens", () => refuses(port));
  assertEquals(net.server.port, port);
  assertEquals(await client.call("CONFIG", "SET", "bind", "127.0.0.1"), "OK");
  await until("it listens", () => net.server.listeners.places.length === 1);
  assertEquals(await ping(port), "PONG");
});

Deno.test({
  name: "CONFIG SET bind opens no TCP port while port says that there is none",
  ignore: !unix,
  fn: () =>
    inFolder(async (folder) => {
      const path = join(folder, "lite.sock") as string;
      await using _ = await NetworkServer.start({ unixsocket: path });
      await using client = await RespClient.connect(path);
      const set = (...args: string[]) => client.call("CONFIG", "SET", ...args);
      assertEquals(await set("bind", "127.0.0.1 -::1"), "OK");
      const port = freePort();
      assertEquals(await set("port", String(port)), "OK");
      assertEquals(await ping(port), "PONG");
      assertEquals(await set("port", "0"), "OK");
      assertEquals(await set("bind", "127.0.0.1"), "OK");
      await until("nobody listens", () => refuses(port));
    }),
});

Deno.test({
  name:
    "CONFIG SET bind with an address whose port somebody else has is refused, and changes nothing",
  // Elsewhere there is no 127.0.0.2 unless it is set up.
  ignore: Deno.build.os !== "linux",
  fn: async () => {
    await using net = await NetworkServer.start();
    const client = await net.client();
    const { port } = net.server;
    const bind = (value: string) => client.send("CONFIG", "SET", "bind", value);
    {
      using _ = Deno.listen({ hostname: "127.0.0.2", port });
      for (const addresses of ["127.0.0.1 127.0.0.2", "127.0.0.2"]) {
        assertEquals(await bind(addresses), {
          type: "error",
          text:
            "ERR CONFIG SET failed (possibly related to argument 'bind') - Failed to bind to specified addresses.",
        });
      }
      assertEquals(await client.call("CONFIG", "GET", "bind"), [
        "bind",
        "127.0.0.1",
      ]);
      assertEquals(net.server.listeners.places, [`127.0.0.1:${port}`]);
      assertEquals(await ping(port), "PONG");
    }
    await bind("127.0.0.1 127.0.0.2");
    assertEquals(net.server.listeners.places, [
      `127.0.0.1:${port}`,
      `127.0.0.2:${port}`,
    ]);
  },
});

Deno.test("Addresses that change again before they could be opened are those of the last change", async () => {
  await using net = await NetworkServer.start();
  const client = await net.client();
  const { port, listeners } = net.server;
  const change = (...settings: (string | number)[]) =>
    client.send("CONFIG", "SET", ...settings);
  const OK = { type: "status", text: "OK" };
  assertEquals(
    await Promise.all([change("bind", "*"), change("bind", "127.0.0.1")]),
    [OK, OK],
  );
  await until(
    "it listens",
    () => listeners.places.join() === `127.0.0.1:${port}`,
  );
  assertEquals(await ping(port), "PONG");
  const after = freePort();
  assertEquals(
    await Promise.all([change("bind", "*"), change("port", after)]),
    [OK, OK],
  );
  await until("nobody listens", () => refuses(port));
  assertEquals(listeners.places, [`0.0.0.0:${after}`]);
});

const outside = Object.values(networkInterfaces()).flat().find((each) =>
  each?.family === "IPv4" && !each.internal
)?.address;

Deno.test({
  name:
    "Protected mode tells clients from elsewhere what to do, until there is a password",
  ignore: outside === undefined,
  fn: async () => {
    await using server = await startServer({
      config: { bind: ["*"], save: [] },
    });
    const first = async () => {
      using conn = await Deno.connect({
        hostname: outside!,
        port: server.port,
      });
      await conn.write(new TextEncoder().encode("PING\r\n"));
      const portion = new Uint8Array(2048);
      const n = await conn.read(portion) ?? 0;
      return new TextDecoder().decode(portion.subarray(0, n));
    };
    const refusal = await first();
    assert(
      refusal.startsWith(
        "-DENIED Redis is running in protected mode because protected mode is enabled and no password is set for the default user. In this mode",
      ),
      refusal,
    );
    assert(refusal.endsWith("accepting connections from the outside.\r\n"));
    assertEquals(server.statistics.rejectedConnections, 1);
    server.config.set([["protected-mode", "no"]]);
    assertEquals(await first(), "+PONG\r\n");
    server.config.set([["protected-mode", "yes"], ["requirepass", "secret"]]);
    assertEquals(await first(), "-NOAUTH Authentication required.\r\n");
  },
});
