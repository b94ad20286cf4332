/** The client libraries that most programs use, at their defaults. */
import { assertEquals, assertRejects } from "@std/assert";
import { freePort } from "../../helpers/real_redis.ts";
import { type SpawnedServer, spawnServer } from "../../helpers/server.ts";

/** What both libraries can do, in one form. */
interface Library {
  set(key: string, value: string): Promise<unknown>;
  get(key: string): Promise<string | null>;
  /** An error reply, rejected. */
  fail(): Promise<unknown>;
  pipeline(): Promise<unknown[]>;
  transaction(): Promise<unknown[]>;
  push(key: string, value: string): Promise<unknown>;
  /** Element, or null when nothing comes in time. */
  blockingPop(key: string, seconds: number): Promise<string | null>;
  /** The same library, connected once more. */
  another(): Promise<Library>;
  /** Settles when the connection is there again. */
  reconnected(): Promise<void>;
  quit(): Promise<unknown>;
}

/** What the tests use of ioredis. */
interface Ioredis {
  on(event: "error", listener: () => void): void;
  ping(): Promise<unknown>;
  set(key: string, value: string): Promise<unknown>;
  get(key: string): Promise<string | null>;
  lpush(key: string, value: string): Promise<number>;
  rpush(key: string, value: string): Promise<number>;
  blpop(key: string, seconds: number): Promise<[string, string] | null>;
  pipeline(): IoredisBatch;
  multi(): IoredisBatch;
  quit(): Promise<unknown>;
}

interface IoredisBatch {
  set(key: string, value: string): IoredisBatch;
  get(key: string): IoredisBatch;
  append(key: string, value: string): IoredisBatch;
  incr(key: string): IoredisBatch;
  exec(): Promise<[Error | null, unknown][] | null>;
}

/** What the tests use of node-redis. */
interface NodeRedis {
  on(event: "error", listener: () => void): void;
  connect(): Promise<unknown>;
  ping(): Promise<unknown>;
  set(key: string, value: string): Promise<unknown>;
  get(key: string): Promise<string | null>;
  append(key: string, value: string): Promise<number>;
  lPush(key: string, value: string): Promise<number>;
  rPush(key: string, value: string): Promise<number>;
  blPop(key: string, seconds: number): Promise<{ element: string } | null>;
  multi(): NodeRedisBatch;
  close(): Promise<unknown>;
}

interface NodeRedisBatch {
  set(key: string, value: string): NodeRedisBatch;
  get(key: string): NodeRedisBatch;
  incr(key: string): NodeRedisBatch;
  exec(): Promise<unknown[]>;
}

for (
  const { name, connect } of [
    { name: "ioredis 5", connect: useIoredis("5.11.1") },
    { name: "ioredis 6", connect: useIoredis("6.0.0") },
    { name: "node-redis 5", connect: useNodeRedis("5.12.1") },
    { name: "node-redis 6", connect: useNodeRedis("6.3.1") },
  ]
) {
  Deno.test(`${name} at its defaults sets, gets, pipelines, blocks and quits`, async () => {
    await using server = await spawnServer(["--save", ""]);
    const redis = await connect(server.port);
    await redis.set("key", "välue");
    assertEquals(await redis.get("key"), "välue");
    assertEquals(await redis.get("nothing"), null);
    await assertRejects(() => redis.fail(), Error, "WRONGTYPE");
    assertEquals(await redis.pipeline(), ["OK", "1", 2]);
    assertEquals(await redis.transaction(), ["OK", 6, "6"]);
    const other = await redis.another();
    const popped = redis.blockingPop("queue", 0);
    await other.push("queue", "element");
    assertEquals(await popped, "element");
    assertEquals(await redis.blockingPop("queue", 0.01), null);
    await other.quit();
    await redis.quit();
  });

  Deno.test(`${name} at its defaults comes back after the server has been away`, async () => {
    const port = freePort();
    let server: SpawnedServer = await spawnServer(["--save", ""], { port });
    try {
      const redis = await connect(port);
      await redis.set("key", "value");
      await server.kill();
      server = await spawnServer(["--save", ""], { port });
      await redis.reconnected();
      await redis.set("key", "again");
      assertEquals(await redis.get("key"), "again");
      await redis.quit();
    } finally {
      await server[Symbol.asyncDispose]();
    }
  });
}

/** Returns what connects with a version of ioredis. */
function useIoredis(version: string): (port: number) => Promise<Library> {
  return async function connect(port) {
    const { Redis } = await import(`npm:ioredis@${version}`);
    const redis: Ioredis = new Redis(port, "127.0.0.1");
    // Without a listener, the library prints every attempt to connect that fails.
    redis.on("error", () => {});
    await redis.ping();
    return {
      set: (key, value) => redis.set(key, value),
      get: (key) => redis.get(key),
      fail: async () => {
        await redis.set("text", "x");
        return await redis.lpush("text", "x");
      },
      pipeline: () =>
        resultsOf(redis.pipeline().set("n", "1").get("n").append("n", "2")),
      transaction: () =>
        resultsOf(redis.multi().set("n", "5").incr("n").get("n")),
      push: (key, value) => redis.rpush(key, value),
      blockingPop: async (key, seconds) =>
        (await redis.blpop(key, seconds))?.[1] ?? null,
      another: () => connect(port),
      reconnected: async () => {
        await redis.ping();
      },
      quit: () => redis.quit(),
    };
  };
}

async function resultsOf(batch: IoredisBatch): Promise<unknown[]> {
  return (await batch.exec() ?? []).map(([error, result]) => error ?? result);
}

/** Returns what connects with a version of node-redis. */
function useNodeRedis(version: string): (port: number) => Promise<Library> {
  return async function connect(port) {
    const { createClient } = await import(`npm:redis@${version}`);
    const client: NodeRedis = createClient({
      url: `redis://127.0.0.1:${port}`,
    });
    client.on("error", () => {});
    await client.connect();
    return {
      set: (key, value) => client.set(key, value),
      get: (key) => client.get(key),
      fail: async () => {
        await client.set("text", "x");
        return await client.lPush("text", "x");
      },
      // Commands of one turn of the event loop leave together.
      pipeline: () =>
        Promise.all([
          client.set("n", "1"),
          client.get("n"),
          client.append("n", "2"),
        ]),
      transaction: () => client.multi().set("n", "5").incr("n").get("n").exec(),
      push: (key, value) => client.rPush(key, value),
      blockingPop: async (key, seconds) =>
        (await client.blPop(key, seconds))?.element ?? null,
      another: () => connect(port),
      reconnected: async () => {
        await client.ping();
      },
      quit: () => client.close(),
    };
  };
}
