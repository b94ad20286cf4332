import { assertEquals } from "@std/assert";
import { until } from "../helpers/event_loop.ts";
import { findRealRedis, realRedis } from "../helpers/real_redis.ts";
import { formatReply } from "../helpers/reply.ts";
import { RespClient } from "../helpers/resp_client.ts";
import { checkProperty, type TestRandom } from "../helpers/seeded.ts";
import { startTestServer } from "../helpers/server.ts";

const CLIENTS = 4;
const STEPS = 120;
const KEYS = ["a", "b", "c", "s"];
const ELEMENTS = ["1", "2", "3", "x", ""];
const ENDS = ["LEFT", "RIGHT"];

/** A random command line; most of them touch a key that others wait for. */
function command(random: TestRandom): string[] {
  const key = () => random.pick(KEYS);
  const element = () => random.pick(ELEMENTS);
  const elements = () => random.list(random.between(1, 4), element);
  const keys = () => random.list(random.between(1, 3), key);
  const end = () => random.pick(ENDS);
  const index = () => String(random.between(-5, 5));
  const count = () => String(random.between(1, 3));
  const several = (keys: string[]) => [String(keys.length), ...keys];
  return random.pick<() => string[]>([
    () => ["RPUSH", key(), ...elements()],
    () => ["LPUSH", key(), ...elements()],
    () => ["RPUSHX", key(), ...elements()],
    () => ["LPOP", key()],
    () => ["RPOP", key(), count()],
    () => ["LMPOP", ...several(keys()), end(), "COUNT", count()],
    () => ["LMOVE", key(), key(), end(), end()],
    () => ["RPOPLPUSH", key(), key()],
    () => [
      "LINSERT",
      key(),
      random.pick(["BEFORE", "AFTER"]),
      element(),
      element(),
    ],
    () => ["LSET", key(), index(), element()],
    () => ["LREM", key(), index(), element()],
    () => ["LTRIM", key(), index(), index()],
    () => ["LRANGE", key(), index(), index()],
    () => ["LPOS", key(), element(), "RANK", count(), "COUNT", "0"],
    () => ["LINDEX", key(), index()],
    () => ["DEL", key()],
    () => ["SET", "s", "text"],
    () => ["RENAME", key(), key()],
    () => ["COPY", key(), key(), "REPLACE"],
    // Not SWAPDB: of several keys that come at once, Redis serves in the order of its hash table.
    () => ["BLPOP", ...keys(), "0"],
    () => ["BRPOP", ...keys(), "0"],
    () => ["BLMPOP", "0", ...several(keys()), end(), "COUNT", count()],
    () => ["BLMOVE", key(), key(), end(), end(), "0"],
    () => ["BRPOPLPUSH", key(), key(), "0"],
  ])();
}

/** A server under random commands, seen through its clients. */
class Subject implements AsyncDisposable {
  readonly #clients: RespClient[] = [];
  readonly #ids: number[] = [];
  /** Clients whose reply has not come. */
  readonly #waiting = new Set<number>();
  #observer!: RespClient;

  static async connect(port: number): Promise<Subject> {
    const subject = new Subject();
    for (let i = 0; i <= CLIENTS; i++) {
      const client = await RespClient.connect(port);
      if (i === CLIENTS) subject.#observer = client;
      else {
        subject.#clients.push(client);
        subject.#ids.push(Number(await client.call("CLIENT", "ID")));
      }
    }
    return subject;
  }

  isWaiting(i: number): boolean {
    return this.#waiting.has(i);
  }

  /** Sends one request, a transaction when there are several lines, and returns every reply that comes of it. */
  async step(i: number, lines: string[][]): Promise<string[]> {
    const requests = lines.length === 1
      ? lines
      : [["MULTI"], ...lines, ["EXEC"]];
    for (const line of requests.slice(0, -1)) {
      await this.#clients[i]!.send(...line);
    }
    await this.#clients[i]!.post(...requests.at(-1)!);
    this.#waiting.add(i);
    const blocked = await this.#settled(i);
    const replies: string[] = [];
    for (const waiting of [...this.#waiting].sort()) {
      if (blocked.has(waiting)) continue;
      const reply = await this.#clients[waiting]!.readReply();
      replies.push(`${waiting}: ${formatReply(reply)}`);
      this.#waiting.delete(waiting);
    }
    return replies;
  }

  /** Waits until the server has replied to client `i` or blocked it; returns the clients that are blocked then. */
  async #settled(i: number): Promise<ReadonlySet<number>> {
    await until(
      `client ${i} is served`,
      async () =>
        this.#clients[i]!.unread > 0 || (await this.#blocked()).has(i),
    );
    return await this.#blocked();
  }

  async #blocked(): Promise<ReadonlySet<number>> {
    const list = String(await this.#observer.call("CLIENT", "LIST"));
    const indexes = this.#ids.keys().filter((i) =>
      new RegExp(`^id=${this.#ids[i]} .* flags=b`, "m").test(list)
    );
    return new Set(indexes);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const client of this.#clients) await client[Symbol.asyncDispose]();
    await this.#observer[Symbol.asyncDispose]();
  }
}

async function compare(random: TestRandom): Promise<void> {
  await using server = await startTestServer();
  await using ours = await Subject.connect(server.port);
  await using theirs = await Subject.connect(await realRedis() as number);
  const log: string[] = [];
  for (let step = 0; step < STEPS; step++) {
    const free = Array.from({ length: CLIENTS }, (_, i) => i)
      .filter((i) => !theirs.isWaiting(i));
    // The last free client must be able to wake the others.
    const i = random.pick(free);
    const lines = random.list(
      random.chance(0.2) ? random.between(2, 4) : 1,
      () => command(random),
    );
    const blocks = lines.length === 1 && lines[0]![0]!.startsWith("B");
    if (free.length === 1 && blocks) continue;
    log.push(
      `${i}> ${lines.map((line) => JSON.stringify(line)).join(" ; ")}`,
    );
    const expected = await theirs.step(i, lines);
    const actual = await ours.step(i, lines);
    assertEquals(actual, expected, log.join("\n"));
  }
}

Deno.test({
  name: "random list commands of several clients get redis-server's replies",
  ignore: findRealRedis() === undefined,
  // The real server is started by whichever test needs it first and stays.
  sanitizeOps: false,
  sanitizeResources: false,
  fn: () =>
    checkProperty(compare, { runs: 8 }, Deno.env.get("REDIS_LITE_SEED")),
});
