/** Two servers of Socket.IO that reach each other's clients through @socket.io/redis-adapter. */
import { assertEquals } from "@std/assert";
import { createServer, type Server as HttpServer } from "node:http";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { testOnBoth } from "../../helpers/both_servers.ts";
import { until } from "../../helpers/event_loop.ts";
import {
  collect,
  connectIoredis,
  connectNodeRedis,
  type Emitter,
  load,
} from "../../helpers/library.ts";

/** What the tests use of a server. */
interface Server extends Emitter<[...unknown[]]> {
  emit(event: string, ...args: unknown[]): boolean;
  to(room: string): { emit(event: string, ...args: unknown[]): boolean };
  timeout(ms: number): {
    emitWithAck(event: string, ...args: unknown[]): Promise<unknown[]>;
  };
  fetchSockets(): Promise<{ id: string; rooms: Set<string> }[]>;
  socketsJoin(room: string): void;
  disconnectSockets(): void;
  serverSideEmit(event: string, ...args: unknown[]): boolean;
  serverSideEmitWithAck(event: string, ...args: unknown[]): Promise<unknown[]>;
  of(namespace: string): { adapter: { serverCount(): Promise<number> } };
  close(): Promise<void>;
}

interface ClientSocket extends Emitter<[...unknown[]]> {
  readonly id: string;
  readonly connected: boolean;
  close(): void;
}

/** How an adapter is made of a client that publishes and one that subscribes. */
type CreateAdapter = (publisher: object, subscriber: object) => unknown;

interface Adapters {
  createAdapter: CreateAdapter;
  createShardedAdapter: CreateAdapter;
}

type Connect = (port: number, stack: AsyncDisposableStack) => Promise<object>;

const ioredis: Connect = (port, stack) => connectIoredis("5.11.1", port, stack);
const nodeRedis: Connect = (port, stack) =>
  connectNodeRedis("5.12.1", port, stack);

/** A server with one client of its own. */
async function open(
  adapter: unknown,
  stack: AsyncDisposableStack,
): Promise<{ server: Server; client: ClientSocket }> {
  const { Server } = await load<
    { Server: new (http: HttpServer, options: object) => Server }
  >("npm:socket.io@4.8.4");
  const { io: connect } = await load<
    { io(url: string, options: object): ClientSocket }
  >("npm:socket.io-client@4.8.4");
  const http = createServer().listen(0, "127.0.0.1");
  await once(http, "listening");
  const server = stack.adopt(
    new Server(http, { adapter }),
    (server) => server.close(),
  );
  const { port } = http.address() as AddressInfo;
  const client = stack.adopt(
    connect(`http://127.0.0.1:${port}`, { reconnection: false }),
    (client) => client.close(),
  );
  if (!client.connected) await collect(client, "connect", 1);
  return { server, client };
}

for (
  const [name, connect, create] of [
    ["over ioredis", ioredis, "createAdapter"],
    ["over node-redis", nodeRedis, "createAdapter"],
    ["over sharded channels of ioredis", ioredis, "createShardedAdapter"],
    ["over sharded channels of node-redis", nodeRedis, "createShardedAdapter"],
  ] as const
) {
  testOnBoth(
    `Servers of Socket.IO reach each other's clients ${name}`,
    async (port, stack) => {
      const adapters = await load<Adapters>(
        "npm:@socket.io/redis-adapter@8.3.0",
      );
      const adapter = async () =>
        adapters[create](
          await connect(port, stack),
          await connect(port, stack),
        );
      const left = await open(await adapter(), stack);
      const right = await open(await adapter(), stack);
      for (const { server } of [left, right]) {
        await until(
          "the servers know each other",
          async () => await server.of("/").adapter.serverCount() === 2,
        );
      }
      const sides = [left, right];
      const heard = (event: string) =>
        Promise.all(sides.map(({ client }) => collect(client, event, 1)));

      const news = heard("news");
      left.server.emit("news", { text: "välue" }, new Uint8Array([0, 255]));
      for (const [[text, bytes]] of await news as [[object, Uint8Array]][]) {
        assertEquals(text, { text: "välue" });
        assertEquals([...new Uint8Array(bytes)], [0, 255]);
      }

      right.server.socketsJoin("room");
      await until("both have joined", async () => {
        const sockets = await left.server.fetchSockets();
        assertEquals(
          sockets.map(({ id }) => id).toSorted(),
          sides.map(({ client }) => client.id).toSorted(),
        );
        return sockets.every(({ rooms }) => rooms.has("room"));
      });
      const whisper = heard("whisper");
      right.server.to("nobody").emit("whisper", "lost");
      right.server.to("room").emit("whisper", "found");
      assertEquals(await whisper, [[["found"]], [["found"]]]);

      for (const { client } of sides) {
        client.on(
          "question",
          (n, answer) => (answer as (n: number) => void)(Number(n) + 1),
        );
      }
      const answers = await left.server.timeout(10_000).emitWithAck(
        "question",
        1,
      );
      assertEquals(answers, [2, 2]);

      right.server.on("ask", (answer) => (answer as (n: number) => void)(42));
      assertEquals(await left.server.serverSideEmitWithAck("ask"), [42]);

      const gone = heard("disconnect");
      left.server.disconnectSockets();
      await gone;
    },
  );
}
