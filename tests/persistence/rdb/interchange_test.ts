import { assertEquals } from "@std/assert";
import { findRealRedis, sharedRealRedis } from "../../helpers/real_redis.ts";
import { RespClient } from "../../helpers/resp_client.ts";
import { checkProperty } from "../../helpers/seeded.ts";
import { startTestServer } from "../../helpers/server.ts";
import { type Sample, samples, type Script } from "./samples.ts";

/** How often each sample is made; most differ each time. */
const RUNS = 3;

for (const sample of samples) {
  Deno.test({
    name: `DUMP and RESTORE take ${sample.name} to redis-server and back`,
    ignore: findRealRedis() === undefined,
    sanitizeOps: false,
    sanitizeResources: false,
    fn: () => exchange(sample),
  });
}

async function exchange(sample: Sample): Promise<void> {
  await using server = await startTestServer();
  const ours = await server.client();
  const real = await sharedRealRedis();
  await using theirs = await RespClient.connect(real!.port);
  await checkProperty(
    async (random) => {
      const script = sample.script(random);
      const made = await make(theirs, script);
      const here = await make(ours, script);
      if (sample.sameBytes) assertEquals(here.payload, made.payload);
      assertEquals(await restored(ours, made.payload), made.facts);
      assertEquals(await restored(theirs, here.payload), here.facts);
      assertEquals(here.facts, made.facts);
    },
    { runs: RUNS },
  );
}

interface Made {
  readonly payload: string;
  readonly facts: readonly unknown[];
}

async function make(client: RespClient, script: Script): Promise<Made> {
  await client.call("DEL", "k");
  await client.pipeline(script);
  const payload = await client.call("DUMP", "k") as string;
  return { payload, facts: await factsOf(client) };
}

async function restored(
  client: RespClient,
  payload: string,
): Promise<readonly unknown[]> {
  assertEquals(await client.call("RESTORE", "k", 0, payload, "REPLACE"), "OK");
  return await factsOf(client);
}

/** What both must agree on: the data, how it is held, and what is counted of a stream. */
async function factsOf(client: RespClient): Promise<readonly unknown[]> {
  const facts = [
    await client.call("DEBUG", "DIGEST-VALUE", "k"),
    await client.call("OBJECT", "ENCODING", "k"),
  ];
  if (await client.call("TYPE", "k") !== "stream") return facts;
  const info = await client.call("XINFO", "STREAM", "k") as unknown[];
  // How many nodes there are, and how they are found, is each server's own.
  const groups = await client.call("XINFO", "GROUPS", "k") as unknown[][];
  const pending: unknown[] = [];
  for (const [, name] of groups) {
    const line = ["XPENDING", "k", name as string, "-", "+", 99] as const;
    for (const entry of await client.call(...line) as unknown[][]) {
      const [id, consumer, , deliveries] = entry;
      pending.push([id, consumer, deliveries]);
    }
  }
  return [...facts, info.slice(0, 2), info.slice(6), groups, pending];
}
