import { assertEquals, assertMatch } from "@std/assert";
import { engineFile } from "../../src/scripting/engine_file.ts";
import { until } from "../helpers/event_loop.ts";
import { formatReply } from "../helpers/reply.ts";
import type { RespClient } from "../helpers/resp_client.ts";
import { startTestServer } from "../helpers/server.ts";

const NO_ENGINE =
  "-ERR The script engine could not be loaded, check the server log.";

/** Holds the engine's file back until it is told what reading it is to come to. */
class HeldFile implements Disposable {
  /** How often it has been asked for. */
  reads = 0;
  readonly #readFile = Deno.readFile;
  readonly #readFileSync = Deno.readFileSync;
  readonly #held = Promise.withResolvers<Uint8Array<ArrayBuffer>>();

  constructor() {
    Deno.readFile = () => {
      this.reads++;
      return this.#held.promise;
    };
  }

  give(): void {
    this.#held.resolve(engineFile());
  }

  /** Has the file be away, for whoever asks. */
  lose(): void {
    Deno.readFileSync = () => {
      throw new Deno.errors.NotFound("no such file: redis_lua.wasm");
    };
    this.#held.reject(new Deno.errors.NotFound("no such file"));
  }

  [Symbol.dispose](): void {
    Deno.readFile = this.#readFile;
    Deno.readFileSync = this.#readFileSync;
  }
}

async function send(client: RespClient, ...words: string[]): Promise<string> {
  return formatReply(await client.send(...words));
}

async function blockedClients(client: RespClient): Promise<string> {
  const info = await send(client, "INFO", "clients");
  return /blocked_clients:(\d+)/.exec(info)![1]!;
}

Deno.test("while the first script waits for the engine, others are served", async () => {
  using file = new HeldFile();
  await using server = await startTestServer();
  const first = await server.client();
  const second = await server.client();
  const other = await server.client();
  const replies = Promise.all([
    ...[send(first, "SET", "k", "1"), send(first, "EVAL", "return 'a'", "0")],
    ...[send(first, "INCR", "k"), send(second, "SCRIPT", "LOAD", "return 1")],
  ]);
  await until(
    "both wait",
    async () => await blockedClients(other) === "2",
  );
  assertEquals(await send(other, "GET", "k"), '"1"');
  assertEquals(file.reads, 1);
  file.give();
  assertEquals(await replies, [
    ...["+OK", '"a"', ":2"],
    '"e0e1f9fabfc9d4800c877a703b823ac0578ff8db"',
  ]);
  assertEquals(await blockedClients(other), "0");
});

Deno.test("a transaction waits for the engine as a whole, not while it is queued", async () => {
  using file = new HeldFile();
  await using server = await startTestServer();
  const client = await server.client();
  const other = await server.client();
  assertEquals(await send(client, "MULTI"), "+OK");
  assertEquals(await send(client, "SET", "k", "v"), "+QUEUED");
  assertEquals(await send(client, "EVAL", "return 7", "0"), "+QUEUED");
  const reply = send(client, "EXEC");
  await until("it waits", async () => await blockedClients(other) === "1");
  assertEquals(await send(other, "GET", "k"), "$-1");
  file.give();
  assertEquals(await reply, "[+OK, :7]");
});

Deno.test("what needs no engine does not load it", async () => {
  using file = new HeldFile();
  await using server = await startTestServer();
  const client = await server.client();
  const hash = "0".repeat(40);
  assertMatch(await send(client, "EVALSHA", hash, "0"), /^-NOSCRIPT/);
  assertMatch(await send(client, "FCALL", "f", "0"), /^-ERR Function not/);
  assertEquals(await send(client, "SCRIPT", "EXISTS", hash), "[:0]");
  assertMatch(await send(client, "EVAL", "return 1"), /^-ERR wrong number/);
  assertEquals(file.reads, 0);
});

Deno.test("who says nothing more while the engine is loaded is served still", async () => {
  using file = new HeldFile();
  await using server = await startTestServer();
  const client = await server.client();
  const other = await server.client();
  await client.post("EVAL", "return redis.call('set', 'k', 'v')", "0");
  await until("it waits", async () => await blockedClients(other) === "1");
  await client.closeWrite();
  file.give();
  assertEquals((await client.readToEnd()).map(formatReply), ["+OK"]);
  assertEquals(await send(other, "GET", "k"), '"v"');
  assertEquals(await blockedClients(other), "0");
});

Deno.test("without its file a script hears why, and the server goes on", async () => {
  using file = new HeldFile();
  const logged: string[] = [];
  await using server = await startTestServer({
    log: (line) => logged.push(line),
  });
  const client = await server.client();
  const reply = send(client, "EVAL", "return 1", "0");
  await until("it is asked for", () => file.reads === 1);
  file.lose();
  assertEquals(await reply, NO_ENGINE);
  assertEquals(await send(client, "SCRIPT", "LOAD", "return 1"), NO_ENGINE);
  const why = "Could not load the script engine: no such file: redis_lua.wasm";
  assertEquals(logged.filter((line) => line.endsWith(why)).length, 2);
  assertEquals(await send(client, "PING"), "+PONG");
});
