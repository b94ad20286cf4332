import { assert, assertEquals } from "@std/assert";
import { Buffer } from "node:buffer";
import { until } from "../helpers/event_loop.ts";
import { encodeCommand } from "../helpers/resp_client.ts";
import { type SpawnedServer, spawnServer } from "../helpers/server.ts";

const MB = 1024 * 1024;

function connect({ port }: SpawnedServer): Promise<Deno.TcpConn> {
  return Deno.connect({ hostname: "127.0.0.1", port });
}

/** Writes it all; false when the server closes before. */
async function writeAll(conn: Deno.Conn, bytes: Uint8Array): Promise<boolean> {
  try {
    for (let at = 0; at < bytes.length;) {
      at += await conn.write(bytes.subarray(at));
    }
    return true;
  } catch {
    return false;
  }
}

async function readExactly(conn: Deno.Conn, length: number): Promise<void> {
  const portion = new Uint8Array(64 * 1024);
  for (let left = length; left > 0;) {
    const n = await conn.read(
      portion.subarray(0, Math.min(left, portion.length)),
    );
    if (n === null) throw new Error(`The end came ${left} bytes early`);
    left -= n;
  }
}

async function field(server: SpawnedServer, name: string): Promise<number> {
  await using client = await server.client();
  const info = String(await client.call("INFO", "everything"));
  return Number(new RegExp(`^${name}:(\\d+)`, "m").exec(info)?.[1]);
}

Deno.test("A client may send 20 MB of requests before it reads the first reply", async () => {
  await using server = await spawnServer(["--save", ""]);
  using conn = await connect(server);
  const value = "x".repeat(10_000);
  const requests = 2000;
  const request = encodeCommand(["ECHO", value]);
  const all = Buffer.concat(Array<Uint8Array>(requests).fill(request));
  assert(await writeAll(conn, all));
  await readExactly(conn, requests * `$10000\r\n${value}\r\n`.length);
});

Deno.test("A client that never reads is sent away by the limit, and others are served meanwhile", async () => {
  await using server = await spawnServer([
    ...[
      "--save",
      "",
      "--client-output-buffer-limit",
      "normal",
      "8mb",
      "0",
      "0",
    ],
  ]);
  await using other = await server.client();
  await other.call("SET", "k", "x".repeat(MB));
  const before = await field(server, "used_memory_rss");
  using conn = await connect(server);
  const sending = writeAll(conn, Buffer.from("GET k\r\n".repeat(100_000)));
  await until("it was sent away", async () => {
    assertEquals(await other.call("PING"), "PONG");
    return server.stdout.includes("hard limit of normal clients");
  });
  await sending;
  assert(await field(server, "used_memory_rss") - before < 150 * MB);
});

Deno.test("A request may come byte by byte", async () => {
  await using server = await spawnServer(["--save", ""]);
  using conn = await connect(server);
  conn.setNoDelay(true);
  const request = encodeCommand(["SET", "k\r\n", "a value"]);
  for (const byte of request) await conn.write(Uint8Array.of(byte));
  await readExactly(conn, "+OK\r\n".length);
  await using client = await server.client();
  assertEquals(await client.call("GET", "k\r\n"), "a value");
});

Deno.test("Five hundred clients come, are served, and leave nothing behind", async () => {
  await using server = await spawnServer(["--save", ""]);
  const conns = await Promise.all(
    Array.from({ length: 500 }, () => connect(server)),
  );
  await Promise.all(conns.map(async (conn) => {
    await conn.write(encodeCommand(["INCR", "n"]));
    const n = await conn.read(new Uint8Array(16));
    assert(n !== null && n > 3);
  }));
  await using client = await server.client();
  assertEquals(await client.call("GET", "n"), "500");
  for (const conn of conns) conn.close();
  await until("they have gone", async () => {
    const info = String(await client.call("INFO", "clients"));
    return info.includes("connected_clients:1\r\n");
  });
});

Deno.test("A value of 100 MB goes in and comes out", async () => {
  await using server = await spawnServer(["--save", ""]);
  using conn = await connect(server);
  const value = Buffer.alloc(100 * MB, "0123456789");
  assert(await writeAll(conn, encodeCommand(["SET", "k", value])));
  await readExactly(conn, "+OK\r\n".length);
  await writeAll(conn, encodeCommand(["GET", "k"]));
  await readExactly(conn, `$${value.length}\r\n\r\n`.length + value.length);
});
