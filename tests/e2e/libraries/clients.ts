/** The client libraries that most programs use, at their defaults. */
import { assertEquals, assertMatch, assertRejects } from "@std/assert";
import { testOnBoth } from "../../helpers/both_servers.ts";
import { until } from "../../helpers/event_loop.ts";
import { load } from "../../helpers/library.ts";
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
  /** By a script, which the library runs by its hash. */
  multiply(key: string, by: number): Promise<number>;
  flushScripts(): Promise<unknown>;
  listen(channel: string, heard: (message: string) => void): Promise<unknown>;
  publish(channel: string, message: string): Promise<number>;
  /** The same library, connected once more. */
  another(): Promise<Library>;
  /** Settles when the connection is there again. */
  reconnected(): Promise<void>;
  quit(): Promise<unknown>;
}

/** What the tests use of ioredis. */
interface Ioredis {
  on(event: "error", listener: () => void): void;
  on(
    event: "message",
    listener: (channel: string, message: string) => void,
  ): void;
  ping(): Promise<unknown>;
  set(key: string, value: string): Promise<unknown>;
  get(key: string): Promise<string | null>;
  lpush(key: string, value: string): Promise<number>;
  rpush(key: string, value: string): Promise<number>;
  blpop(key: string, seconds: number): Promise<[string, string] | null>;
  pipeline(): IoredisBatch;
  multi(): IoredisBatch;
  defineCommand(name: string, definition: object): void;
  multiply(key: string, by: number): Promise<number>;
  script(subcommand: string): Promise<unknown>;
  subscribe(channel: string): Promise<unknown>;
  publish(channel: string, message: string): Promise<number>;
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
  multiply(key: string, by: number): Promise<number>;
  scriptFlush(): Promise<unknown>;
  subscribe(
    channel: string,
    listener: (message: string) => void,
  ): Promise<unknown>;
  publish(channel: string, message: string): Promise<number>;
  sendCommand(words: string[]): Promise<string>;
  close(): Promise<unknown>;
}

/** What node-redis has a script's call written to. */
interface Words {
  pushKey(key: string): void;
  push(word: string): void;
}

interface NodeRedisBatch {
  set(key: string, value: string): NodeRedisBatch;
  get(key: string): NodeRedisBatch;
  incr(key: string): NodeRedisBatch;
  exec(): Promise<unknown[]>;
}

const MULTIPLY = "return redis.call('GET', KEYS[1]) * ARGV[1]";

for (
  const { name, connect } of [
    { name: "ioredis 5", connect: useIoredis("5.11.1") },
    { name: "ioredis 6", connect: useIoredis("6.0.0") },
    { name: "node-redis 5", connect: useNodeRedis("5.12.1") },
    { name: "node-redis 6", connect: useNodeRedis("6.3.1") },
  ]
) {
  testOnBoth(
    `${name} at its defaults sets, gets, pipelines, blocks, runs scripts, listens and quits`,
    async (port) => {
      const redis = await connect(port);
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

      await redis.set("six", "6");
      assertEquals(await redis.multiply("six", 7), 42);
      await redis.flushScripts();
      assertEquals(await redis.multiply("six", 8), 48);

      const { promise: message, resolve } = Promise.withResolvers<string>();
      await other.listen("news", resolve);
      assertEquals(await redis.publish("news", "välue"), 1);
      assertEquals(await message, "välue");
      await other.quit();
      await redis.quit();
    },
  );

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

for (const version of ["5.12.1", "6.3.1"]) {
  testOnBoth(
    `node-redis ${
      version[0]
    } keeps values at the client until somebody changes them`,
    async (port, stack) => {
      const { createClient } = await load<
        { createClient(options: object): NodeRedis }
      >(`npm:redis@${version}`);
      const open = async (options: object) => {
        const client = createClient({
          url: `redis://127.0.0.1:${port}`,
          ...options,
        });
        await client.connect();
        return stack.adopt(client, async () => void await client.close());
      };
      const client = await open({
        RESP: 3,
        clientSideCache: { ttl: 0, maxEntries: 0, evictPolicy: "LRU" },
      });
      const other = await open({});
      await other.set("key", "1");
      for (let i = 0; i < 10; i++) assertEquals(await client.get("key"), "1");
      const info = await other.sendCommand(["INFO", "commandstats"]);
      assertMatch(info, /cmdstat_get:calls=1,/);
      await other.set("key", "2");
      await until("it has heard", async () => await client.get("key") === "2");
    },
  );
}

/** Returns what connects with a version of ioredis. */
function useIoredis(version: string): (port: number) => Promise<Library> {
  return async function connect(port) {
    const { Redis } = await import(`npm:ioredis@${version}`);
    const redis: Ioredis = new Redis(port, "127.0.0.1");
    // Without a listener, the library prints every attempt to connect that fails.
    redis.on("error", () => {});
    redis.defineCommand("multiply", { numberOfKeys: 1, lua: MULTIPLY });
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
      multiply: (key, by) => redis.multiply(key, by),
      flushScripts: () => redis.script("FLUSH"),
      listen: (channel, heard) => {
        redis.on("message", (_, message) => heard(message));
        return redis.subscribe(channel);
      },
      publish: (channel, message) => redis.publish(channel, message),
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
    const { createClient, defineScript } = await import(
      `npm:redis@${version}`
    );
    const client: NodeRedis = createClient({
      url: `redis://127.0.0.1:${port}`,
      scripts: {
        multiply: defineScript({
          SCRIPT: MULTIPLY,
          NUMBER_OF_KEYS: 1,
          parseCommand: (words: Words, key: string, by: number) => {
            words.pushKey(key);
            words.push(String(by));
          },
          transformReply: (product: number) => product,
        }),
      },
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
      multiply: (key, by) => client.multiply(key, by),
      flushScripts: () => client.scriptFlush(),
      listen: (channel, heard) => client.subscribe(channel, heard),
      publish: (channel, message) => client.publish(channel, message),
      another: () => connect(port),
      reconnected: async () => {
        await client.ping();
      },
      quit: () => client.close(),
    };
  };
}
