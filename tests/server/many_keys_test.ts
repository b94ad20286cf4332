import { assertEquals } from "@std/assert";
import { type Plain, toPlain } from "../helpers/reply.ts";
import { TestRandom } from "../helpers/seeded.ts";
import { NetworkServer } from "./network_server.ts";

/** Enough for the executor to prepare for the keys of a pipeline. */
const KEYS = 20_000;
const BATCH = 500;

function name(key: number): string {
  return `key:${String(key).padStart(12, "0")}`;
}

/** A random command on one of the keys, and what a Map replies to it. */
function step(
  model: Map<string, string>,
  random: TestRandom,
): readonly [command: string[], reply: Plain] {
  const key = name(random.below(KEYS));
  const value = random.text(10);
  switch (random.below(5)) {
    case 0: {
      const was = model.delete(key);
      return [["DEL", key], was ? 1 : 0];
    }
    case 1:
      model.set(key, value);
      return [["SET", key, value], "OK"];
    case 2:
      model.set(key, (model.get(key) ?? "") + value);
      return [["APPEND", key, value], model.get(key)!.length];
    case 3:
      return [["PING"], "PONG"];
    default:
      return [["GET", key], model.get(key) ?? null];
  }
}

Deno.test("A pipeline on random keys out of many does what its commands would do one by one", async () => {
  await using server = await NetworkServer.start();
  const client = await server.client();
  const random = new TestRandom(1);
  const model = new Map<string, string>();
  for (let key = 0; key < KEYS; key++) model.set(name(key), String(key));
  await client.pipeline([...model].map(([key, value]) => ["SET", key, value]));
  for (let round = 0; round < 20; round++) {
    const steps = random.list(BATCH, () => step(model, random));
    const replies = await client.pipeline(steps.map(([command]) => command));
    assertEquals(replies.map(toPlain), steps.map(([, reply]) => reply));
  }
  assertEquals(toPlain(await client.send("DBSIZE")), model.size);
});
