import { assertEquals } from "@std/assert";
import { rawExchange } from "../helpers/raw_exchange.ts";
import { realRedis, startTestServer } from "../helpers/server.ts";
import { RespClient } from "../helpers/resp_client.ts";
import { requestStreams } from "./request_streams.ts";

const PASSWORD = "secret";

for (const { name, bytes, error, unauthenticated } of requestStreams) {
  Deno.test({
    name: `Sending ${name} gets to the byte what redis-server replies`,
    sanitizeOps: false,
    sanitizeResources: false,
    fn: async () => {
      const settings = unauthenticated ? { requirepass: PASSWORD } : {};
      await using server = await startTestServer({ config: settings });
      const received = await rawExchange(server.port, bytes);
      assertEquals(
        /-ERR Protocol error: .*\r\n$/.test(received),
        error !== undefined,
      );
      const real = await realRedis();
      if (real === undefined) return;
      await using admin = await RespClient.connect(real);
      if (unauthenticated) {
        await admin.call("CONFIG", "SET", "requirepass", PASSWORD);
      }
      const expected = await rawExchange(real, bytes);
      if (unauthenticated) await admin.call("CONFIG", "SET", "requirepass", "");
      assertEquals(received, expected);
    },
  });
}
