import { assertEquals } from "@std/assert";
import { rawExchange } from "../helpers/raw_exchange.ts";
import { findRealRedis } from "../helpers/real_redis.ts";
import { checkProperty } from "../helpers/seeded.ts";
import { realRedis, startTestServer } from "../helpers/server.ts";

const LINES = [
  "MULTI",
  "MULTI x",
  "EXEC",
  "EXEC x",
  "DISCARD",
  "DISCARD x",
  "WATCH k",
  "WATCH k l m",
  "UNWATCH",
  "SET k 1",
  "SET k",
  "GET k",
  "GET l",
  "INCR k",
  "DEL k",
  "LPUSH l x",
  "RPUSH q a b",
  "BLPOP q 0",
  "SWAPDB 0 1",
  "FLUSHDB",
  "NOPE a b",
  "PING",
  'PING "a b"',
  "ECHO 'x y'",
  "SELECT 0",
  "SELECT 1",
  "SELECT 99",
  "HELLO 2",
  "HELLO 3",
  "HELLO 9",
  "HELLO 3 AUTH default x SETNAME me",
  "HELLO 3 SETNAME a b",
  "AUTH x",
  "AUTH default x",
  "RESET",
  "CLIENT",
  "CLIENT NOPE",
  "CLIENT REPLY ON",
  "CLIENT REPLY OFF",
  "CLIENT REPLY SKIP",
  "CLIENT REPLY x",
  "CLIENT SETNAME me",
  'CLIENT SETNAME "a b"',
  "CLIENT GETNAME",
  "CLIENT KILL ID 0",
  "CLIENT KILL ID 987654321",
  "CLIENT LIST TYPE x",
  "CLIENT NO-EVICT ON",
  "CLIENT PAUSE x",
  "CLIENT TRACKINGINFO",
  "CLIENT UNBLOCK 987654321",
];

Deno.test({
  name: "Conversations about the connection go as with redis-server",
  ignore: findRealRedis() === undefined,
  // The real server is started by whichever test needs it first and stays.
  sanitizeOps: false,
  sanitizeResources: false,
  fn: async () => {
    const real = await realRedis() as number;
    await using server = await startTestServer();
    await checkProperty(async (random) => {
      const lines = [
        "FLUSHALL",
        ...random.list(random.between(3, 15), () => random.pick(LINES)),
        "QUIT",
      ];
      const request = lines.map((line) => `${line}\r\n`).join("");
      const [ours, theirs] = await Promise.all(
        [server.port, real].map((port) => rawExchange(port, request)),
      );
      assertEquals(withoutIds(ours!), withoutIds(theirs!), lines.join("\n"));
    }, { runs: 150 });
  },
});

/** The replies without the ids that HELLO tells. */
function withoutIds(replies: string): string {
  return replies.replaceAll(/(\$2\r\nid\r\n):\d+/g, "$1");
}
