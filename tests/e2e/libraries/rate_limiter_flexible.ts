/** Rate-limiter-flexible over both clients that it knows. */
import { assert, assertEquals, assertRejects } from "@std/assert";
import { testOnBoth } from "../../helpers/both_servers.ts";
import { until } from "../../helpers/event_loop.ts";
import {
  connectIoredis,
  connectNodeRedis,
  load,
} from "../../helpers/library.ts";

/** What the tests use of the library. */
interface Module {
  RateLimiterRedis: new (options: object) => Limiter;
}

interface Limiter {
  consume(key: string, points?: number): Promise<Result>;
  penalty(key: string, points?: number): Promise<Result>;
  reward(key: string, points?: number): Promise<Result>;
  block(key: string, seconds: number): Promise<Result>;
  get(key: string): Promise<Result | null>;
  set(key: string, points: number, seconds: number): Promise<Result>;
  delete(key: string): Promise<boolean>;
}

interface Result {
  readonly consumedPoints: number;
  readonly remainingPoints: number;
  readonly msBeforeNext: number;
  readonly isFirstInDuration: boolean;
}

type Connect = (port: number, stack: AsyncDisposableStack) => Promise<object>;

const CLIENTS: Record<string, Connect> = {
  ioredis: (port, stack) => connectIoredis("6.0.0", port, stack),
  "node-redis": (port, stack) => connectNodeRedis("6.3.1", port, stack),
};

for (const [name, connect] of Object.entries(CLIENTS)) {
  /** Defines a test, which is given what makes a limiter. */
  const test = (
    behaviour: string,
    run: (limit: (options: object) => Limiter) => Promise<void>,
  ): void =>
    testOnBoth(
      `rate-limiter-flexible on ${name} ${behaviour}`,
      async (port, stack) => {
        const { RateLimiterRedis } = await load<Module>(
          "npm:rate-limiter-flexible@11.4.0",
        );
        const storeClient = await connect(port, stack);
        const useRedisPackage = name === "node-redis";
        await run((options) =>
          new RateLimiterRedis({ storeClient, useRedisPackage, ...options })
        );
      },
    );

  test("lets through what it should", async (limit) => {
    const limiter = limit({ points: 5, duration: 3600 });

    const all = await Promise.allSettled(
      Array.from({ length: 20 }, () => limiter.consume("crowd")),
    );
    assertEquals(
      all.map(({ status }) => status === "fulfilled"),
      all.map((_, i) => i < 5),
    );
    const refused: Result = (all[19] as PromiseRejectedResult).reason;
    assertEquals([refused.consumedPoints, refused.remainingPoints], [20, 0]);
    assert(refused.msBeforeNext > 3_500_000);

    const first = await limiter.consume("one", 2);
    assertEquals([first.remainingPoints, first.isFirstInDuration], [3, true]);
    assertEquals((await limiter.penalty("one")).consumedPoints, 3);
    assertEquals((await limiter.reward("one", 2)).consumedPoints, 1);
    assertEquals((await limiter.get("one"))?.remainingPoints, 4);
    await limiter.block("one", 60);
    await assertRejects(() => limiter.consume("one"), Object);
    assertEquals(await limiter.delete("one"), true);
    assertEquals(await limiter.get("one"), null);
    await limiter.set("one", 4, 60);
    assertEquals((await limiter.consume("one")).remainingPoints, 0);
  });

  test("starts anew after its time", async (limit) => {
    const limiter = limit({ points: 1, duration: 1 });
    await limiter.consume("one");
    const refused = await limiter.consume("one").catch((result) => result);
    assert(refused.msBeforeNext <= 1000);
    await until(
      "its time is up",
      async () => await limiter.get("one") === null,
    );
    assertEquals((await limiter.consume("one")).isFirstInDuration, true);
  });
}
