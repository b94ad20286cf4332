/** Bull at its defaults. `E2E_JOBS=10000` makes its crowd of jobs larger. */
import { assert, assertEquals } from "@std/assert";
import { testOnBoth } from "../../helpers/both_servers.ts";
import { until } from "../../helpers/event_loop.ts";
import { collect, type Emitter, load } from "../../helpers/library.ts";

/** What the tests use of a queue of Bull, which is its worker too. */
interface Queue extends Emitter<[Job, unknown]> {
  process(processor: (job: Job) => Promise<unknown>): Promise<void>;
  add(data: object, options?: object): Promise<Job>;
  addBulk(jobs: { data: object; opts?: object }[]): Promise<Job[]>;
  getJob(id: string): Promise<Job | null>;
  getJobCounts(): Promise<Record<string, number>>;
  getRepeatableJobs(): Promise<{ key: string }[]>;
  removeRepeatableByKey(key: string): Promise<void>;
  pause(): Promise<void>;
  resume(): Promise<void>;
  clean(graceMs: number, status: string): Promise<string[]>;
  obliterate(): Promise<void>;
  isReady(): Promise<unknown>;
  close(): Promise<void>;
}

interface Job {
  readonly id: string;
  readonly data: { readonly n: number };
  readonly returnvalue: unknown;
  readonly attemptsMade: number;
  readonly timestamp: number;
  readonly processedOn: number;
  readonly failedReason: string;
  finished(): Promise<unknown>;
  progress(percent: number): Promise<void>;
  getState(): Promise<string>;
  promote(): Promise<void>;
  remove(): Promise<void>;
}

/** Jobs of the crowd. */
const JOBS = Number(Deno.env.get("E2E_JOBS") ?? 1000);

/** Opens the same queue once more, until the test ends. */
type Open = (options?: object) => Promise<Queue>;

function test(behaviour: string, run: (open: Open) => Promise<void>): void {
  testOnBoth(`Bull ${behaviour}`, async (port, stack) => {
    const { default: Bull } = await load<
      { default: new (name: string, options: object) => Queue }
    >("npm:bull@4.16.5");
    const queues: Queue[] = [];
    // Each takes half a second.
    stack.defer(async () => {
      await Promise.all(queues.map((queue) => queue.close()));
    });
    await run(async (options) => {
      const redis = { host: "127.0.0.1", port };
      const queue = new Bull("work", { redis, ...options });
      queues.push(queue);
      await queue.isReady();
      return queue;
    });
  });
}

test("finishes a job, and tells of its progress and result", async (open) => {
  const [queue, worker] = [await open(), await open()];
  const progress = collect(queue, "global:progress", 1);
  worker.process(async (job) => {
    await job.progress(50);
    return { doubled: 2 * job.data.n };
  });
  const job = await queue.add({ n: 21 });
  assertEquals(await job.finished(), { doubled: 42 });
  assertEquals((await progress)[0]?.[1], 50);
  const done = await queue.getJob(job.id);
  assertEquals(done?.returnvalue, { doubled: 42 });
  assertEquals(await done?.getState(), "completed");
});

test("takes urgent jobs first, and others in their order", async (open) => {
  const queue = await open();
  await queue.addBulk([
    { data: { n: 3 }, opts: { priority: 10 } },
    { data: { n: 2 }, opts: { priority: 1 } },
    { data: { n: 0 } },
    { data: { n: 1 } },
    { data: { n: -1 }, opts: { lifo: true } },
  ]);
  const order: number[] = [];
  const done = collect(queue, "completed", 5);
  queue.process((job) => Promise.resolve(order.push(job.data.n)));
  await done;
  assertEquals(order, [-1, 2, 3, 0, 1]);
});

test("delays a job, and promotes one that waits", async (open) => {
  const queue = await open();
  queue.process(() => Promise.resolve());
  const done = collect(queue, "completed", 2);
  const short = await queue.add({ n: 1 }, { delay: 50 });
  const long = await queue.add({ n: 2 }, { delay: 3_600_000 });
  assertEquals(await long.getState(), "delayed");
  await long.promote();
  for (const [job] of await done) {
    if (job.id !== short.id) continue;
    assert(job.processedOn - job.timestamp >= 50, "too early");
  }
});

test("retries a job that fails, backs off, and gives up in the end", async (open) => {
  const queue = await open();
  const times: number[] = [];
  queue.process((job) => {
    times.push(Date.now());
    return job.data.n < times.length
      ? Promise.resolve("at last")
      : Promise.reject(new Error(`attempt ${times.length}`));
  });
  const options = { attempts: 3, backoff: { type: "fixed", delay: 40 } };
  const done = collect(queue, "completed", 1);
  const flaky = await queue.add({ n: 2 }, options);
  assertEquals((await done)[0]?.[0].id, flaky.id);
  assertEquals((await queue.getJob(flaky.id))?.attemptsMade, 2);
  const [first, second, third] = times as [number, number, number];
  assert(second - first >= 40, "too early");
  assert(third - second >= 40, "too early");

  times.length = 0;
  const failed = collect(queue, "failed", 3);
  const { id } = await queue.add({ n: 5 }, options);
  await failed;
  const hopeless = await queue.getJob(id);
  assertEquals(await hopeless?.getState(), "failed");
  assertEquals(hopeless?.failedReason, "attempt 3");
});

test("keeps to a limit of its rate", async (open) => {
  const queue = await open({ limiter: { max: 2, duration: 100 } });
  await queue.addBulk(numbered(6));
  const done = collect(queue, "completed", 6);
  queue.process(() => Promise.resolve());
  const starts = (await done).map(([job]) => job.processedOn).toSorted();
  // The counter starts with the first job, so the fifth begins after two periods.
  assert(starts[4]! - starts[0]! >= 190, `too fast: ${starts}`);
});

test("repeats a job", async (open) => {
  const queue = await open();
  const done = collect(queue, "completed", 3);
  queue.process((job) => Promise.resolve(job.data.n));
  await queue.add({ n: 7 }, { repeat: { every: 40 } });
  for (const [job] of await done) assertEquals(job.data, { n: 7 });
  const [repeated] = await queue.getRepeatableJobs();
  await queue.removeRepeatableByKey(repeated!.key);
  assertEquals(await queue.getRepeatableJobs(), []);
});

test("pauses, counts, removes, cleans and clears a queue", async (open) => {
  const queue = await open();
  await queue.pause();
  await queue.addBulk(numbered(5));
  const last = await queue.add({ n: 9 }, { jobId: "mine" });
  assertEquals((await queue.add({ n: 9 }, { jobId: "mine" })).id, last.id);
  assertEquals((await queue.getJobCounts()).paused, 6);
  await last.remove();
  assertEquals(await queue.getJob(last.id), null);
  const done = collect(queue, "completed", 4);
  const failed = collect(queue, "failed", 1);
  queue.process((job) =>
    job.data.n === 0 ? Promise.reject(new Error("no")) : Promise.resolve()
  );
  await queue.resume();
  await Promise.all([done, failed]);
  const counts = await queue.getJobCounts();
  assertEquals([counts.completed, counts.failed, counts.waiting], [4, 1, 0]);
  let cleaned = 0;
  // What was finished in this millisecond stays.
  await until("all are cleaned", async () => {
    cleaned += (await queue.clean(0, "completed")).length;
    return cleaned === 4;
  });
  await queue.pause();
  await queue.obliterate();
  assertEquals((await queue.getJobCounts()).failed, 0);
});

test(`finishes ${JOBS} jobs with 8 workers, each job once`, async (open) => {
  const seen = new Uint8Array(JOBS);
  let left = JOBS;
  const { promise: all, resolve } = Promise.withResolvers<void>();
  for (let i = 0; i < 8; i++) {
    const worker = await open();
    worker.on("completed", () => {
      if (--left === 0) resolve();
    });
    worker.process((job) => Promise.resolve(++seen[job.data.n]!));
  }
  const queue = await open();
  await queue.addBulk(numbered(JOBS));
  await all;
  assert(seen.every((times) => times === 1), "not each once");
  const counts = await queue.getJobCounts();
  assertEquals([counts.completed, counts.failed, counts.active], [JOBS, 0, 0]);
});

function numbered(count: number): { data: { n: number } }[] {
  return Array.from({ length: count }, (_, n) => ({ data: { n } }));
}
