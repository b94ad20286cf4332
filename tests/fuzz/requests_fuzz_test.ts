import { assert, assertEquals } from "@std/assert";
import { Buffer } from "node:buffer";
import { createServer } from "../../src/mod.ts";
import type { Server } from "../../src/server/server.ts";
import { RespClient } from "../helpers/resp_client.ts";
import { TestRandom } from "../helpers/seeded.ts";
import { SpawnedServer, spawnServer } from "../helpers/server.ts";
import { InsideClient } from "./inside_client.ts";

/** Requests thrown at a server in this process, and at one in a process of its own. */
const INSIDE = 250_000;
const OUTSIDE = 20_000;

/** Commands that would end the run, or take their time by design. */
const LEFT_OUT = new Set([
  "SHUTDOWN",
  "DEBUG",
  "SAVE",
  "BGSAVE",
  "CLIENT",
  "PFSELFTEST",
]);

function seed(): number {
  const chosen = Deno.env.get("REDIS_LITE_SEED");
  return chosen === undefined
    ? crypto.getRandomValues(new Uint32Array(1))[0]!
    : Number(chosen);
}

const words = [
  "",
  "0",
  "1",
  "-1",
  "3",
  "100",
  "9223372036854775807",
  "-9223372036854775808",
  "9223372036854775808",
  "1.5",
  "1e400",
  "nan",
  "inf",
  "(1",
  "[a",
  "-",
  "+",
  "*",
  "k",
  "list",
  "text",
  "number",
  "\0",
  "\xff\xfe",
  "EX",
  "PX",
  "NX",
  "XX",
  "GET",
  "MATCH",
  "COUNT",
  "LIMIT",
  "WITHSCORES",
  "LEFT",
  "RIGHT",
  "BEFORE",
  "KEYS",
  "x".repeat(100),
  "*[[[",
  "\\",
];

/** A command with the number of words that it wants at least. */
interface Shape {
  readonly name: string;
  readonly words: number;
}

function request(random: TestRandom, shapes: readonly Shape[]): string {
  const shape = random.pick(shapes);
  const name = random.chance(0.97) ? shape.name.split("|") : [random.bytes(5)];
  const wanted = Math.max(shape.words - name.length, 0) + random.below(3);
  const args = random.list(
    random.chance(0.9) ? wanted : random.below(40),
    () =>
      random.chance(0.9) ? random.pick(words) : random.bytes(random.below(40)),
  );
  const all = [...name, ...args];
  if (random.chance(0.1)) {
    return all.map((word) => word.replace(/[\0\r\n]/g, "_")).join(" ") + "\r\n";
  }
  return `*${all.length}\r\n` +
    all.map((word) => `$${word.length}\r\n${word}\r\n`).join("");
}

/** A request as somebody with bad intentions, or a bad cable, sends it. */
function mutated(random: TestRandom, good: string): string {
  const at = random.below(good.length);
  switch (random.below(7)) {
    case 0:
      return good.slice(0, at) + random.bytes(1) + good.slice(at + 1);
    case 1:
      return good.slice(0, at) + good.slice(at + random.between(1, 8));
    case 2:
      return good.slice(0, at) + random.bytes(random.below(20)) +
        good.slice(at);
    case 3:
      return good.slice(0, at);
    case 4:
      return good.replace(/\d+/, random.pick(words));
    case 5:
      return good.replace(/\$\d+/, `$${random.pick(words)}`);
    default:
      return random.bytes(random.between(1, 200));
  }
}

function stream(
  random: TestRandom,
  shapes: readonly Shape[],
  count: number,
): string {
  // Damage mostly ends a connection: some go on for longer than others.
  const damage = random.pick([0.5, 0.1, 0.01, 0.01]);
  return random.list(count, () => {
    const good = request(random, shapes);
    return random.chance(damage) ? mutated(random, good) : good;
  }).join("");
}

function shapesOf(server: Server): Shape[] {
  return server.table.commands
    .map(({ fullName, arity }) => ({
      name: fullName.toUpperCase(),
      words: Math.abs(arity),
    }))
    .filter(({ name }) => !LEFT_OUT.has(name.split("|")[0]!));
}

Deno.test("Malformed and mutated requests do no harm to a server in this process", async () => {
  const chosen = seed();
  const random = new TestRandom(chosen);
  const lines: string[] = [];
  const server = createServer({
    log: (line) => lines.push(line),
    config: { save: [], "proto-max-bulk-len": 1024 * 1024 },
    strict: true,
  });
  await server.scripts.loadEngine();
  const shapes = shapesOf(server);
  try {
    for (let sent = 0; sent < INSIDE;) {
      const client = new InsideClient(server, false);
      const count = random.between(1, 60);
      const bytes = Buffer.from(stream(random, shapes, count), "latin1");
      for (let at = 0; at < bytes.length && !client.closed;) {
        const end = at + random.between(1, 4000);
        client.send(bytes.subarray(at, end));
        at = end;
      }
      client.close();
      sent += count;
    }
    assertEquals(server.statistics.unexpectedErrors, 0, lines.join("\n"));
    assert(server.statistics.commands > INSIDE / 10);
    assertEquals(server.clients.size, 0);
    assertEquals(server.blocking.size, 0);
  } catch (error) {
    throw new Error(`REDIS_LITE_SEED=${chosen} fails`, { cause: error });
  } finally {
    server.stop();
  }
});

async function throwAt(
  server: SpawnedServer,
  bytes: Uint8Array,
): Promise<void> {
  const conn = await Deno.connect({ hostname: "127.0.0.1", port: server.port });
  const portion = new Uint8Array(64 * 1024);
  const read = (async () => {
    while (await conn.read(portion) !== null);
  })();
  try {
    for (let at = 0; at < bytes.length;) {
      at += await conn.write(bytes.subarray(at));
    }
    await conn.closeWrite();
    await read;
  } catch {
    // It has been sent away, as it deserved.
  }
  await read.catch(() => {});
  conn.close();
}

Deno.test("Malformed and mutated requests over sockets leave the server as able as before", async () => {
  const chosen = seed();
  const random = new TestRandom(chosen);
  const inside = createServer({ config: { save: [] } });
  const shapes = shapesOf(inside);
  inside.stop();
  await using server = await spawnServer(["--save", ""]);
  for (let sent = 0; sent < OUTSIDE;) {
    const count = random.between(1, 200);
    const streams = random.list(
      8,
      () => Buffer.from(stream(random, shapes, count), "latin1"),
    );
    await Promise.all(streams.map((bytes) => throwAt(server, bytes)));
    sent += 8 * count;
  }
  const hint = `REDIS_LITE_SEED=${chosen} fails`;
  await using client = await RespClient.connect(server.port);
  assertEquals(await client.call("PING"), "PONG", hint);
  const clients = String(await client.call("INFO", "clients"));
  assert(clients.includes("connected_clients:1\r\n"), `${hint}: ${clients}`);
  assert(
    !server.stdout.includes("Unexpected error"),
    `${hint}: ${server.stdout}`,
  );
});
