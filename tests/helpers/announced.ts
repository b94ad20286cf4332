import { assertEquals } from "@std/assert";
import { createServer } from "../../src/mod.ts";
import { Args } from "../../src/protocol/args.ts";
import type { Database } from "../../src/store/database.ts";
import type { KeyEvent } from "../../src/store/events.ts";
import { findRealRedis, sharedRealRedis } from "./real_redis.ts";
import { RespClient } from "./resp_client.ts";

/** Command lines, separated by `|` (and `''` for an empty word), and the events that the last of them announces. */
export type Announcements = readonly (readonly [
  script: string,
  expected: readonly string[],
])[];

/** Tests what commands announce, here and, to check the table itself, by a real redis-server. */
export function announcements(what: string, table: Announcements): void {
  for (const [script, expected] of table) {
    Deno.test(
      `${script.replaceAll("|", ", then ")} announces ${
        expected.join(", ") || "nothing"
      }`,
      () => assertEquals(announcedHere(linesOf(script)), expected),
    );
  }

  Deno.test({
    name: `${what} announce what redis-server announces`,
    ignore: findRealRedis() === undefined,
    sanitizeOps: false,
    sanitizeResources: false,
    fn: async () => {
      for (const [script, expected] of table) {
        const lines = [["FLUSHALL"], ...linesOf(script)];
        assertEquals(await announcedThere(lines), expected, script);
      }
    },
  });
}

function linesOf(script: string): string[][] {
  return script.split("|").map((line) =>
    line.split(" ").map((word) => word === "''" ? "" : word)
  );
}

/** Returns the keyspace events that the last of these command lines announces, as `event database key`. */
export function announcedHere(
  lines: readonly (readonly string[])[],
): string[] {
  const server = createServer({ strict: true });
  const { store } = server;
  const client = server.createClient();
  let announced: string[] = [];
  const named = { ignoresNames: { value: false } };
  store.observer = Object.assign(Object.create(store.observer, named), {
    keyChanged: (db: Database, key: string, event: KeyEvent) => {
      if (event.eventClass === "") return;
      announced.push(`${event.name} ${db.index} ${key}`);
    },
  });
  for (const line of lines) {
    announced = [];
    client.args = Args.from(line);
    server.executor.execute(client);
  }
  return announced;
}

/** The same of a real redis-server, but for the events of keys that are new. */
export async function announcedThere(
  lines: readonly (readonly string[])[],
): Promise<string[]> {
  const server = (await sharedRealRedis())!;
  await using client = await RespClient.connect(server.port);
  await using listener = await RespClient.connect(server.port);
  await client.pipeline(lines.slice(0, -1));
  await client.call("CONFIG", "SET", "notify-keyspace-events", "Eg$lshztxe");
  await listener.call("PSUBSCRIBE", "__keyevent@*");
  await client.pipeline([
    ...lines.slice(-1),
    ["PUBLISH", "__keyevent@end", ""],
  ]);
  const announced: string[] = [];
  for (;;) {
    const push = await listener.readReply();
    const [, , channel = "", key] = "items" in push
      ? push.items.map((item) => "text" in item ? item.text : "")
      : [];
    if (channel === "__keyevent@end") return announced;
    const [, index, event] = /^__keyevent@(\d+)__:(.*)$/.exec(channel) ?? [];
    announced.push(`${event} ${index} ${key}`);
  }
}
