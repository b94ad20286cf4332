import type { RespClient } from "../../helpers/resp_client.ts";
import { TestRandom } from "../../helpers/seeded.ts";
import { samples } from "./samples.ts";

/** Gives a server a key for each kind of value, in two databases, some with an expiry; returns how many. */
export async function fill(client: RespClient): Promise<number> {
  const random = new TestRandom(1);
  let keys = 0;
  for (const db of [0, 9]) {
    await client.call("SELECT", db);
    for (const { name, script } of samples) {
      await client.call("DEL", "k");
      await client.pipeline(script(random));
      const key = `${name} ${db}`;
      await client.call("RENAME", "k", key);
      if (random.chance()) {
        await client.call("PEXPIREAT", key, 33_000_000_000_000 + keys);
      }
      keys++;
    }
  }
  await client.call("SELECT", 0);
  return keys;
}

/** Returns what two servers with the same data agree on: the digest, and when keys expire. */
export async function summaryOf(client: RespClient): Promise<unknown> {
  const expiries: unknown[] = [];
  for (const db of [0, 9]) {
    await client.call("SELECT", db);
    const keys = (await client.call("KEYS", "*") as string[]).sort();
    for (const key of keys) {
      expiries.push([
        key,
        await client.call("PEXPIRETIME", key),
        await client.call("OBJECT", "ENCODING", key),
      ]);
    }
  }
  await client.call("SELECT", 0);
  return [await client.call("DEBUG", "DIGEST"), expiries];
}
