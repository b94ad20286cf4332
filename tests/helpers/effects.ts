import { assertEquals } from "@std/assert";
import type { Settings } from "../../src/config/parameters.ts";
import { createServer } from "../../src/mod.ts";
import { Args } from "../../src/protocol/args.ts";
import type { Client } from "../../src/server/client.ts";
import { CommandStream } from "./command_stream.ts";
import { splitCommandLine } from "./command_line.ts";
import { until } from "./event_loop.ts";
import { ManualClock } from "./manual_clock.ts";
import { findRealRedis, RealRedis } from "./real_redis.ts";
import { RespClient } from "./resp_client.ts";

/**
 * Command lines, and the command lines that are propagated for them. `b: …` is what a client sends that
 * will wait, `wait 5` lets five milliseconds pass. In what is expected, `<ms>` stands for a time of the
 * day and `?` for any word.
 */
export type Effects = readonly (readonly [
  script: readonly string[],
  expected: readonly string[],
])[];

/** Settings that both servers are started with. */
const SETTINGS: Partial<Settings> = { "enable-debug-command": "yes" };

/** Tests what is propagated, here and, to check the table itself, by a real redis-server to its replicas. */
export function effects(
  what: string,
  table: Effects,
  settings: Partial<Settings> = SETTINGS,
): void {
  for (const [script, expected] of table) {
    Deno.test(`${script.join(", ")}: ${what}`, async () => {
      assertEquals(
        masked(await effectsHere(script, settings), expected),
        expected,
      );
    });
  }

  Deno.test({
    name: `redis-server: ${what}`,
    ignore: findRealRedis() === undefined,
    fn: async () => {
      const path = findRealRedis()!;
      await using server = await RealRedis.start(path, {
        ...SETTINGS,
        ...settings,
        "repl-diskless-sync": false,
      });
      await using stream = await CommandStream.ofReplica(server.port);
      await using admin = await RespClient.connect(server.port);
      await admin.call("DEBUG", "SET-ACTIVE-EXPIRE", 0);
      for (const [script, expected] of table) {
        const found = await effectsThere(script, server.port, admin, stream);
        assertEquals(masked(found, expected), expected, script.join(", "));
      }
    },
  });
}

/** Returns what a server in this process propagates for a script. */
export async function effectsHere(
  script: readonly string[],
  settings: Partial<Settings> = SETTINGS,
): Promise<string[]> {
  const clock = new ManualClock();
  const server = createServer({ clock, config: settings, strict: true });
  const clients = new Map<string, Client>();
  const stream = new CommandStream();
  server.propagation.addReader({
    kind: "replicas",
    selectedDatabase: 0,
    write: (bytes, start, end) => stream.take(bytes.slice(start, end)),
  });
  for (const line of script) {
    const step = stepOf(line);
    if (typeof step === "number") await clock.advance(step);
    else {
      const client = clients.get(step.client) ?? server.createClient();
      clients.set(step.client, client);
      server.executor.turn(() => {
        client.args = Args.from(step.words);
        server.executor.execute(client);
      });
    }
  }
  for (const violation of server.strict!.violations) throw violation;
  return stream.lines();
}

/** Returns what a real server propagates for a script, which begins without data. */
async function effectsThere(
  script: readonly string[],
  port: number,
  admin: RespClient,
  stream: CommandStream,
): Promise<string[]> {
  await using client = await RespClient.connect(port);
  await using waiting = await RespClient.connect(port);
  await admin.call("FLUSHALL");
  await admin.call("PUBLISH", "begin", "script");
  for (const line of script) {
    const step = stepOf(line);
    if (typeof step === "number") {
      await new Promise((resolve) => setTimeout(resolve, step));
    } else if (step.client === "b") {
      waiting.send(...step.words).catch(() => {});
      await until("the client waits", async () => {
        const info = await admin.call("INFO", "clients") as string;
        return /blocked_clients:[1-9]/.test(info);
      });
    } else await client.send(...step.words);
  }
  await admin.call("PUBLISH", "end", "script");
  const lines = await stream.linesUntil("PUBLISH end script");
  const found = lines.slice(lines.indexOf("PUBLISH begin script") + 1);
  // To tell of the end, the first database was selected again.
  return found.at(-1) === "SELECT 0" ? found.slice(0, -1) : found;
}

function stepOf(
  line: string,
): number | { readonly client: string; readonly words: string[] } {
  const wait = /^wait (\d+)$/.exec(line);
  if (wait !== null) return Number(wait[1]);
  const [, client = "a", command = line] = /^([ab]): (.*)$/.exec(line) ?? [];
  return { client, words: splitCommandLine(command) };
}

/** Puts `<ms>` and `?` where they are expected. */
function masked(
  found: readonly string[],
  expected: readonly string[],
): string[] {
  return found.map((line, n) => {
    const wanted = expected[n]?.split(" ") ?? [];
    return line.split(" ").map((word, i) =>
      wanted[i] === "?" ? "?" : word.replace(/^\d{13}(?=$|-)/, "<ms>")
    ).join(" ");
  });
}
