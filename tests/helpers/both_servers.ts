import { assertEquals } from "@std/assert";
import { patiently } from "./event_loop.ts";
import { findRealRedis, RealRedis } from "./real_redis.ts";
import { RespClient } from "./resp_client.ts";
import { type SpawnedServer, spawnServer } from "./server.ts";

/** Libraries retry and back off at their own pace, on machines that are busy with other tests. */
const PATIENCE_MS = 30_000;

/** A test that knows where a server listens, and a stack for what it opens. */
export type ServerTest = (
  port: number,
  stack: AsyncDisposableStack,
) => Promise<void>;

const realPath = findRealRedis();
/** The servers that the tests of a file share, each of which finds them empty. */
let ours: SpawnedServer | undefined;
let real: RealRedis | undefined;
let willStart = false;

/**
 * Defines the test twice: against this server as users start it, in a process of its own, and against
 * redis-server, which is skipped where none is installed. What the stack holds is closed while the server
 * still runs. `lacking` names what the machine does not have: then both are skipped, and say why.
 */
export function testOnBoth(
  name: string,
  test: ServerTest,
  lacking?: string,
): void {
  const reason = lacking === undefined ? "" : ` (needs ${lacking})`;
  Deno.test({
    name: `${name}${reason}`,
    ignore: lacking !== undefined,
    fn: () => run(test, ours!.port),
  });
  Deno.test({
    name: `${name} (redis-server)${reason}`,
    ignore: lacking !== undefined || realPath === undefined,
    fn: () => run(test, real!.port),
  });
  if (willStart || lacking !== undefined) return;
  willStart = true;
  Deno.test.beforeAll(start);
  Deno.test.afterAll(stop);
}

async function start(): Promise<void> {
  ours = await spawnServer(["--save", ""]);
  if (realPath !== undefined) real = await RealRedis.start(realPath);
}

async function stop(): Promise<void> {
  await ours?.[Symbol.asyncDispose]();
  await real?.[Symbol.asyncDispose]();
  assertEquals(ours?.stderr, "");
}

/** Fails instead of waiting for ever; whoever fails first is the one to tell. */
async function run(test: ServerTest, port: number): Promise<void> {
  {
    await using client = await RespClient.connect(port);
    await client.call("FLUSHALL");
    await client.call("SCRIPT", "FLUSH");
    await client.call("CONFIG", "RESETSTAT");
  }
  const stack = new AsyncDisposableStack();
  const close = () =>
    patiently("what was opened to close", stack.disposeAsync(), PATIENCE_MS);
  try {
    await patiently("the test to end", test(port, stack), 2 * PATIENCE_MS);
  } catch (error) {
    await close().catch(() => {});
    throw error;
  }
  await close();
}
