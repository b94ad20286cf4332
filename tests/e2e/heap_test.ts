import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import type { RespClient } from "../helpers/resp_client.ts";
import { spawnServer } from "../helpers/server.ts";

const OUT_OF_MEMORY = "OOM command not allowed when used memory > 'maxmemory'.";
const BATCH = 500;
/** Far more than a heap this small has room for. */
const MOST_BATCHES = 5000;

/** What takes more of the heap than is counted, and what takes less. */
const FILLINGS: Readonly<Record<string, (n: number) => readonly string[]>> = {
  "sorted sets of a hundred members": (n) => [
    "ZADD",
    `zset:${n}`,
    ...Array.from({ length: 100 }, (_, i) => [String(i), `m${i}`]).flat(),
  ],
  "one list": (n) => ["RPUSH", "list", `element:${n}`, "x".repeat(1000)],
  "one hash of large fields": (n) => [
    ...["HSET", "hash", `field:${n}`, "x".repeat(20_000)],
  ],
};

/** Sends commands until one is refused; returns how it was. */
async function fill(
  client: RespClient,
  make: (n: number) => readonly string[],
): Promise<string> {
  for (let batch = 0; batch < MOST_BATCHES; batch++) {
    const replies = await client.pipeline(
      Array.from({ length: BATCH }, (_, i) => make(batch * BATCH + i)),
    );
    for (const reply of replies) if (reply.type === "error") return reply.text;
  }
  return "nothing was refused";
}

for (const [what, make] of Object.entries(FILLINGS)) {
  Deno.test(`A heap that ${what} fill refuses more, serves on, and takes more once there is less`, async () => {
    await using server = await spawnServer(["--save", ""], {
      env: {
        DENO_V8_FLAGS: "--max-old-space-size=100,--max-semi-space-size=4",
      },
    });
    await using client = await server.client();
    assertEquals(await fill(client, make), OUT_OF_MEMORY);
    assertStringIncludes(server.stdout + server.stderr, "nearly full");
    assertEquals(await client.call("PING"), "PONG");
    assert(Number(await client.call("DBSIZE")) > 0);
    assertEquals(await client.call("FLUSHALL"), "OK");
    const reply = await client.send("SET", "k", "v");
    assertEquals(reply, { type: "status", text: "OK" });
  });
}
