/** Bee-Queue at its defaults; it brings node-redis 3 with it. */
import { assert, assertEquals } from "@std/assert";
import { testOnBoth } from "../../helpers/both_servers.ts";
import {
  collect,
  connectIoredis,
  type Emitter,
  load,
} from "../../helpers/library.ts";

/** What the tests use of Bee-Queue. */
interface Queue extends Emitter<[...unknown[]]> {
  createJob(data: object): Job;
  process(handler: (job: Job) => Promise<unknown>): void;
  getJob(id: string): Promise<Job | null>;
  checkHealth(): Promise<Record<string, number>>;
  checkStalledJobs(intervalMs: number): Promise<number>;
  removeJob(id: string): Promise<unknown>;
  destroy(): Promise<void>;
  ready(): Promise<unknown>;
  close(): Promise<void>;
}

interface Job extends Emitter<[unknown]> {
  readonly id: string;
  readonly data: { readonly n: number };
  readonly status: string;
  delayUntil(time: number): Job;
  retries(count: number): Job;
  backoff(strategy: string, delayMs: number): Job;
  reportProgress(progress: number): void;
  save(): Promise<Job>;
}

/** Opens the same queue once more, until the test ends. */
type Open = (settings?: object) => Promise<Queue>;

function test(
  behaviour: string,
  run: (open: Open, port: number, stack: AsyncDisposableStack) => Promise<void>,
): void {
  testOnBoth(`Bee-Queue ${behaviour}`, async (port, stack) => {
    const { default: BeeQueue } = await load<
      { default: new (name: string, settings: object) => Queue }
    >("npm:bee-queue@2.0.0");
    await run(
      async (settings) => {
        const redis = { host: "127.0.0.1", port };
        const queue = new BeeQueue("work", { redis, ...settings });
        await stack.adopt(queue, () => queue.close()).ready();
        return queue;
      },
      port,
      stack,
    );
  });
}

test("finishes jobs, and tells of progress and results", async (open) => {
  const [queue, worker] = [await open({ isWorker: false }), await open()];
  worker.process((job) => {
    job.reportProgress(50);
    return Promise.resolve({ doubled: 2 * job.data.n });
  });
  const job = queue.createJob({ n: 21 });
  const progress = collect(job, "progress", 1);
  const result = collect(job, "succeeded", 1);
  await job.save();
  assertEquals(await result, [[{ doubled: 42 }]]);
  assertEquals(await progress, [[50]]);
  assertEquals((await queue.getJob(job.id))?.status, "succeeded");
  await queue.removeJob(job.id);
  assertEquals(await queue.getJob(job.id), null);
});

test("retries a job that fails, and gives up in the end", async (open) => {
  const queue = await open({ activateDelayedJobs: true, delayedDebounce: 1 });
  let attempts = 0;
  queue.process((job) =>
    ++attempts > job.data.n
      ? Promise.resolve(attempts)
      : Promise.reject(new Error("not yet"))
  );
  const done = collect(queue, "succeeded", 1);
  const retried = collect(queue, "retrying", 2);
  await queue.createJob({ n: 2 }).retries(2).backoff("fixed", 20).save();
  assertEquals((await done)[0]?.[1], 3);
  await retried;
  attempts = 0;
  // It tells of failures that are retried under both names.
  const failed = collect(queue, "failed", 2);
  await queue.createJob({ n: 5 }).retries(1).save();
  await failed;
  const { succeeded, failed: hopeless } = await queue.checkHealth();
  assertEquals([succeeded, hopeless], [1, 1]);
});

test("delays a job", async (open) => {
  const queue = await open({ activateDelayedJobs: true, delayedDebounce: 1 });
  let startedAt = 0;
  queue.process(() => Promise.resolve(startedAt = Date.now()));
  const done = collect(queue, "succeeded", 1);
  const due = Date.now() + 50;
  await queue.createJob({ n: 1 }).delayUntil(due).save();
  assertEquals((await queue.checkHealth()).delayed, 1);
  await done;
  assert(startedAt >= due, "too early");
});

test(
  "takes over the job of a worker that is gone",
  async (open, port, stack) => {
    const queue = await open({ stallInterval: 50 });
    const { id } = await queue.createJob({ n: 1 }).save();
    // The worker has fetched it, and was heard of no more.
    const redis = await connectIoredis<
      { rpoplpush(from: string, to: string): Promise<string> }
    >("5.11.1", port, stack);
    assertEquals(
      await redis.rpoplpush("bq:work:waiting", "bq:work:active"),
      id,
    );
    const done = collect(queue, "succeeded", 1);
    const stalled = collect(queue, "stalled", 1);
    queue.process(() => Promise.resolve("taken over"));
    await queue.checkStalledJobs(10);
    assertEquals(await stalled, [[id]]);
    assertEquals((await done)[0]?.[1], "taken over");
  },
);

test("finishes 500 jobs with 8 workers, each job once", async (open) => {
  const seen = new Uint8Array(500);
  const queue = await open({ isWorker: false });
  const workers = await Promise.all(Array.from({ length: 8 }, () => open()));
  let left = seen.length;
  const { promise: all, resolve } = Promise.withResolvers<void>();
  for (const worker of workers) {
    worker.on("succeeded", () => {
      if (--left === 0) resolve();
    });
    worker.process((job) => Promise.resolve(++seen[job.data.n]!));
  }
  await Promise.all(
    Array.from(seen, (_, n) => queue.createJob({ n }).save()),
  );
  await all;
  assert(seen.every((times) => times === 1), "not each once");
  assertEquals((await queue.checkHealth()).succeeded, seen.length);
  await queue.destroy();
});
