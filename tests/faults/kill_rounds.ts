import { assertEquals } from "@std/assert";
import { until } from "../helpers/event_loop.ts";
import { findRealRedis, RealRedis } from "../helpers/real_redis.ts";
import { RespClient } from "../helpers/resp_client.ts";
import { SeededRandom } from "../../src/store/random.ts";
import { spawnServer } from "../helpers/server.ts";

const WRITERS = 5;
/** When a server is killed, in milliseconds after the writers have begun: at any moment up to this. */
const LONGEST_LIFE_MS = 150;
const ARGS = [
  "--bind",
  "127.0.0.1",
  "--save",
  "",
  "--appendonly",
  "yes",
  "--appendfsync",
  "always",
  // The base is then something that redis-server can load as well.
  "--aof-use-rdb-preamble",
  "no",
  "--enable-debug-command",
  "yes",
];

/** How the server is killed how often. */
export interface KillOptions {
  readonly rounds: number;
  readonly seed?: number;
  /** Hears of each round. */
  readonly report?: (line: string) => void;
}

/** What came of it: writes that were acknowledged, and how many of the others were there all the same. */
export interface KillOutcome {
  readonly rounds: number;
  readonly acknowledged: number;
  readonly unanswered: number;
}

/** One client that writes, and what it knows of that. */
class Writer {
  /** What it has been told is there. */
  acknowledged = 0;
  /** What it has asked for. */
  sent = 0;
  readonly #number: number;

  constructor(number: number) {
    this.#number = number;
  }

  /** Writes until the server is gone: numbers to a list, and to two counters in one transaction. */
  async write(port: number): Promise<void> {
    const i = this.#number;
    try {
      await using client = await RespClient.connect(port);
      for (;;) {
        this.sent++;
        const replies = await client.pipeline([
          ["MULTI"],
          ["RPUSH", `list ${i}`, this.sent],
          ["INCR", `a ${i}`],
          ["INCR", `b ${i}`],
          ["EXEC"],
        ]);
        if (replies.some((reply) => "error" in reply)) {
          throw new Error(`refused: ${JSON.stringify(replies)}`);
        }
        this.acknowledged = this.sent;
      }
    } catch (error) {
      if (error instanceof Error && error.message.startsWith("refused")) {
        throw error;
      }
      // Killed.
    }
  }

  /** Compares what is there with what it knows; returns how much more there is than was acknowledged. */
  async check(client: RespClient): Promise<number> {
    const i = this.#number;
    const list = await client.call("LRANGE", `list ${i}`, 0, -1) as string[];
    const counters = await client.call("MGET", `a ${i}`, `b ${i}`) as string[];
    const found = list.length;
    assertEquals(list, Array.from({ length: found }, (_, n) => String(n + 1)));
    assertEquals(counters.map(Number), [found, found]);
    if (found < this.acknowledged || found > this.sent) {
      throw new Error(
        `Writer ${i}: ${found} are there; ${this.acknowledged} were acknowledged and ${this.sent} sent`,
      );
    }
    const more = found - this.acknowledged;
    this.acknowledged = this.sent = found;
    return more;
  }
}

/** Kills a server again and again while clients write, and checks after each start that nothing is lost that was acknowledged, and nothing is there that was not sent. Throws when that fails. */
export async function killRounds(
  { report = () => {}, rounds, seed }: KillOptions,
): Promise<KillOutcome> {
  const random = seed === undefined
    ? SeededRandom.fromEntropy()
    : new SeededRandom(seed);
  const folder = await Deno.makeTempDir({ prefix: "redis-lite-kill-" });
  const writers = Array.from({ length: WRITERS }, (_, i) => new Writer(i));
  let unanswered = 0;
  try {
    const real = findRealRedis();
    await using other = real === undefined
      ? undefined
      : await RealRedis.start(real);
    for (let round = 0; round <= rounds; round++) {
      await using server = await spawnServer(ARGS, { folder });
      await using client = await server.client();
      let more = 0;
      for (const writer of writers) more += await writer.check(client);
      unanswered += more;
      if (other !== undefined) await compareLog(client, folder, other);
      report(
        `round ${round}: ${
          writers.reduce((sum, { acknowledged }) => sum + acknowledged, 0)
        } there, ${more} of them not acknowledged`,
      );
      if (round === rounds) break;
      const writing = writers.map((writer) => writer.write(server.port));
      if (random.below(3) === 0) client.post("BGREWRITEAOF").catch(() => {});
      const life = random.below(LONGEST_LIFE_MS);
      const begin = performance.now();
      await until("it is time", () => performance.now() - begin >= life);
      await server.kill("SIGKILL");
      await Promise.all(writing);
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
  const acknowledged = writers.reduce(
    (sum, each) => sum + each.acknowledged,
    0,
  );
  return { rounds, acknowledged, unanswered };
}

/** Has redis-server load the log in a folder, which must give the same data. */
export async function compareLog(
  client: RespClient,
  folder: string,
  real: RealRedis,
): Promise<void> {
  const from = `${folder}/appendonlydir`, to = `${real.folder}/appendonlydir`;
  await Deno.mkdir(to, { recursive: true });
  for await (const { name } of Deno.readDir(to)) {
    await Deno.remove(`${to}/${name}`);
  }
  for await (const { name } of Deno.readDir(from)) {
    await Deno.copyFile(`${from}/${name}`, `${to}/${name}`);
  }
  await using other = await RespClient.connect(real.port);
  assertEquals(await other.call("DEBUG", "LOADAOF"), "OK");
  assertEquals(
    await client.call("DEBUG", "DIGEST"),
    await other.call("DEBUG", "DIGEST"),
  );
}
