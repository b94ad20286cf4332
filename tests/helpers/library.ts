/** For the tests of npm's libraries, which `tests/e2e/libraries_test.ts` runs. */
import { patiently } from "./event_loop.ts";

/** Libraries retry and back off at their own pace, on machines that are busy with other tests. */
const PATIENCE_MS = 30_000;

/**
 * Imports a module of npm, typed as what a test uses of it. Because the name is not a literal, neither
 * `deno check` nor the project's lock file meets it.
 */
export async function load<T>(specifier: string): Promise<T> {
  return await import(specifier);
}

/** Imports ioredis and connects it, until the stack is closed. */
export async function connectIoredis<T extends object>(
  version: string,
  port: number,
  stack: AsyncDisposableStack,
  options: object = {},
): Promise<T> {
  const { Redis } = await load<
    { Redis: new (options: object) => T & { quit(): Promise<void> } }
  >(`npm:ioredis@${version}`);
  const redis = new Redis({ port, ...options });
  return stack.adopt(redis, () => redis.quit());
}

/** Imports node-redis and connects it, until the stack is closed. */
export async function connectNodeRedis<T extends object>(
  version: string,
  port: number,
  stack: AsyncDisposableStack,
): Promise<T> {
  const { createClient } = await load<
    {
      createClient(options: object): T & {
        connect(): Promise<unknown>;
        close?(): Promise<void>;
        quit(): Promise<void>;
      };
    }
  >(`npm:redis@${version}`);
  const client = createClient({ url: `redis://127.0.0.1:${port}` });
  await client.connect();
  // Version 4 knows only the old name.
  return stack.adopt(client, () => client.close?.() ?? client.quit());
}

/** What tells of events in Node's way. */
export interface Emitter<Args extends readonly unknown[]> {
  on(event: string, listener: (...args: Args) => void): unknown;
}

/** Resolves with what the first `count` events said, each as the array of its arguments. */
export function collect<Args extends readonly unknown[]>(
  emitter: Emitter<Args>,
  event: string,
  count: number,
): Promise<Args[]> {
  const seen: Args[] = [];
  const all = new Promise<Args[]>((resolve) => {
    emitter.on(event, (...args) => {
      seen.push(args);
      if (seen.length === count) resolve(seen);
    });
  });
  return patiently(`"${event}" ${count} times`, all, PATIENCE_MS);
}
