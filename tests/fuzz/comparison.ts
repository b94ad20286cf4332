import { findRealRedis, sharedRealRedis } from "../helpers/real_redis.ts";
import {
  checkProperty,
  type PropertyOptions,
  type TestRandom,
} from "../helpers/seeded.ts";
import { Arena, type Scenario } from "./arena.ts";
import { describe, shortened } from "./fuzz.ts";

/** A command line as a test makes it: numbers are sent in decimal. */
export type Words = readonly (string | number | bigint)[];

/** What a scenario is, as far as a test cares. */
export type Script =
  & Partial<Omit<Scenario, "lines">>
  & { readonly lines: readonly Words[] };

/** Registers a test that uses an arena, skipped where no redis-server is installed. */
export function arenaTest(
  name: string,
  fn: (port: number) => Promise<void>,
): void {
  Deno.test({
    name,
    ignore: findRealRedis() === undefined,
    // The real server is started by whichever test needs it first and stays.
    sanitizeOps: false,
    sanitizeResources: false,
    fn: async () => await fn((await sharedRealRedis())!.port),
  });
}

/** Registers a test that runs random commands on redis-server and here; a difference is shrunk, and shown with its seed. */
export function comparison(
  name: string,
  script: (random: TestRandom) => Script,
  options: PropertyOptions = { runs: 4 },
): void {
  arenaTest(name, async (port) => {
    const arena = new Arena(port, true);
    await checkProperty(
      async (random) => {
        const scenario: Scenario = {
          protocol: random.pick([2, 3]),
          settings: {},
          counted: false,
          ...toLines(script(random)),
        };
        const difference = await arena.run(scenario);
        if (difference === undefined) return;
        const short = await shortened(arena, scenario, difference);
        throw new Error(describe(short, await arena.run(short) ?? difference));
      },
      options,
      Deno.env.get("REDIS_LITE_SEED"),
    );
  });
}

function toLines({ lines, ...rest }: Script) {
  return { ...rest, lines: lines.map((line) => line.map(String)) };
}
