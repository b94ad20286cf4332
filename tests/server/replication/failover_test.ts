/** What FAILOVER says while there is a replica: a client that has asked for a copy, and not got it yet. */
import { assertEquals } from "@std/assert";
import { until } from "../../helpers/event_loop.ts";
import { findRealRedis, RealRedis } from "../../helpers/real_redis.ts";
import { formatReply } from "../../helpers/reply.ts";
import { RespClient } from "../../helpers/resp_client.ts";
import { startTestServer } from "../../helpers/server.ts";

/** Long enough for all that is asked meanwhile. */
const DELAY = { "repl-diskless-sync-delay": 100 };

async function check(port: number): Promise<void> {
  await using client = await RespClient.connect(port);
  const replica = await Deno.connect({ hostname: "127.0.0.1", port });
  try {
    const encoder = new TextEncoder();
    await replica.write(
      encoder.encode("REPLCONF listening-port 1234 capa eof\r\n"),
    );
    // With a reply that has not left PSYNC would fail.
    await replica.read(new Uint8Array(5));
    await replica.write(encoder.encode("PSYNC ? -1\r\n"));
    await until(
      "the replica is known",
      async () =>
        String(await client.call("INFO", "replication"))
          .includes("connected_slaves:1"),
    );
    const cases: [line: string, reply: string][] = [
      ["FAILOVER TO 127.0.0.1 1234", "target replica is not online."],
      [
        "FAILOVER TO 127.0.0.1 1235",
        "target HOST and PORT is not a replica.",
      ],
      [
        "FAILOVER TO ::1 1234 TIMEOUT 5",
        "target HOST and PORT is not a replica.",
      ],
      [
        "FAILOVER FORCE",
        "with force option requires both a timeout and target HOST and IP.",
      ],
      [
        "FAILOVER TO 127.0.0.1 1234 FORCE",
        "with force option requires both a timeout and target HOST and IP.",
      ],
      [
        "FAILOVER TIMEOUT 5 FORCE",
        "with force option requires both a timeout and target HOST and IP.",
      ],
      [
        "FAILOVER TO 127.0.0.1 1234 FORCE TIMEOUT 5",
        "target replica is not online.",
      ],
    ];
    for (const [line, reply] of cases) {
      assertEquals(
        formatReply(await client.send(...line.split(" "))),
        `-ERR FAILOVER ${reply}`,
        line,
      );
    }
  } finally {
    replica.close();
  }
}

Deno.test("FAILOVER looks at the replica that is to take over", async () => {
  await using server = await startTestServer({ config: DELAY });
  await check(server.port);
  const client = await server.client();
  await until(
    "the replica is gone",
    async () =>
      String(await client.call("INFO", "replication"))
        .includes("connected_slaves:0"),
  );
});

Deno.test({
  name: "FAILOVER looks at the replica that is to take over (redis-server)",
  ignore: findRealRedis() === undefined,
  async fn() {
    await using server = await RealRedis.start(findRealRedis()!, DELAY);
    await check(server.port);
  },
});
