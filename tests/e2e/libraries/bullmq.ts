/** BullMQ at its defaults, over the clients that it knows. `E2E_JOBS=10000` makes its crowd of jobs larger. */
import { assert, assertEquals } from "@std/assert";
import { testOnBoth } from "../../helpers/both_servers.ts";
import { until } from "../../helpers/event_loop.ts";
import {
  collect,
  connectIoredis,
  connectNodeRedis,
  type Emitter,
  load,
} from "../../helpers/library.ts";

/** What the tests use of BullMQ. */
interface Bullmq {
  Queue: new (name: string, options: object) => Queue;
  Worker: new (
    name: string,
    processor: (job: Job) => Promise<unknown>,
    options: object,
  ) => Worker;
  QueueEvents: new (name: string, options: object) => QueueEvents;
  FlowProducer: new (options: object) => FlowProducer;
}

interface Queue {
  add(name: string, data: unknown, options?: object): Promise<Job>;
  addBulk(
    jobs: { name: string; data: unknown; opts?: object }[],
  ): Promise<Job[]>;
  getJob(id: string): Promise<Job | undefined>;
  getJobLogs(id: string): Promise<{ logs: string[]; count: number }>;
  getJobCountByTypes(...types: string[]): Promise<number>;
  upsertJobScheduler(id: string, repeat: object, job: object): Promise<Job>;
  getJobSchedulers(): Promise<{ key: string }[]>;
  removeJobScheduler(id: string): Promise<boolean>;
  pause(): Promise<void>;
  resume(): Promise<void>;
  clean(graceMs: number, limit: number, type: string): Promise<string[]>;
  obliterate(): Promise<void>;
  close(): Promise<void>;
}

interface Worker extends Emitter<[Job, unknown]> {
  waitUntilReady(): Promise<unknown>;
  getNextJob(token: string): Promise<Job | undefined>;
  close(): Promise<void>;
}

interface QueueEvents extends Emitter<[{ jobId: string; data?: unknown }]> {
  waitUntilReady(): Promise<unknown>;
  close(): Promise<void>;
}

interface FlowProducer {
  add(flow: object): Promise<{ job: Job }>;
  close(): Promise<void>;
}

interface Job {
  readonly id: string;
  readonly name: string;
  readonly data: { readonly n: number };
  readonly returnvalue: unknown;
  readonly attemptsMade: number;
  readonly timestamp: number;
  readonly processedOn: number;
  readonly failedReason: string;
  waitUntilFinished(events: QueueEvents): Promise<unknown>;
  updateProgress(progress: number): Promise<void>;
  log(row: string): Promise<number>;
  getChildrenValues(): Promise<Record<string, unknown>>;
  getState(): Promise<string>;
  promote(): Promise<void>;
  retry(): Promise<void>;
  remove(): Promise<void>;
}

/** One queue from all its sides; what it opens is closed when the test ends. */
interface Bench {
  readonly queue: Queue;
  readonly events: QueueEvents;
  readonly flow: FlowProducer;
  work(
    processor: (job: Job) => Promise<unknown>,
    options?: object,
  ): Promise<Worker>;
}

interface Variant {
  readonly name: string;
  readonly bullmq: string;
  /** What the library takes as its connection. */
  connect(port: number, stack: AsyncDisposableStack): Promise<object>;
}

const VARIANTS: readonly Variant[] = [
  {
    name: "BullMQ 5",
    bullmq: "npm:bullmq@5.81.5",
    connect: (port) => Promise.resolve({ host: "127.0.0.1", port }),
  },
  {
    name: "BullMQ 6 on ioredis",
    bullmq: "npm:bullmq@6.7.0",
    connect: (port, stack) =>
      connectIoredis("6.0.0", port, stack, { maxRetriesPerRequest: null }),
  },
  {
    name: "BullMQ 6 on node-redis",
    bullmq: "npm:bullmq@6.7.0",
    connect: (port, stack) => connectNodeRedis("6.3.1", port, stack),
  },
];

/** Jobs of the crowd. */
const JOBS = Number(Deno.env.get("E2E_JOBS") ?? 1000);

for (const variant of VARIANTS) {
  /** Defines a test with a queue of its own. */
  const test = (
    behaviour: string,
    run: (bench: Bench) => Promise<void>,
  ): void =>
    testOnBoth(`${variant.name} ${behaviour}`, async (port, stack) => {
      const connection = await variant.connect(port, stack);
      const { Queue, Worker, QueueEvents, FlowProducer } = await load<Bullmq>(
        variant.bullmq,
      );
      const own = <T extends { close(): Promise<void> }>(closable: T): T =>
        stack.adopt(closable, () => closable.close());
      const events = own(new QueueEvents("work", { connection }));
      await events.waitUntilReady();
      await run({
        queue: own(new Queue("work", { connection })),
        events,
        flow: own(new FlowProducer({ connection })),
        work: async (processor, options) => {
          const worker = new Worker("work", processor, {
            connection,
            ...options,
          });
          await own(worker).waitUntilReady();
          return worker;
        },
      });
    });

  test("finishes a job, and tells of its progress and result", async ({ queue, events, work }) => {
    const progress = collect(events, "progress", 1);
    await work(async (job) => {
      await job.updateProgress(50);
      await job.log("half of it");
      return { doubled: 2 * job.data.n };
    });
    const job = await queue.add("double", { n: 21 });
    assertEquals(await job.waitUntilFinished(events), { doubled: 42 });
    assertEquals((await progress)[0]?.[0].data, 50);
    const done = await queue.getJob(job.id);
    assertEquals(done?.returnvalue, { doubled: 42 });
    assertEquals(await done?.getState(), "completed");
    assertEquals(await queue.getJobLogs(job.id), {
      logs: ["half of it"],
      count: 1,
    });
  });

  test("takes urgent jobs first, and others in their order", async ({ queue, work }) => {
    await queue.addBulk([
      { name: "late", data: { n: 3 }, opts: { priority: 10 } },
      { name: "soon", data: { n: 2 }, opts: { priority: 1 } },
      { name: "first", data: { n: 0 } },
      { name: "second", data: { n: 1 } },
      { name: "pushed in", data: { n: -1 }, opts: { lifo: true } },
    ]);
    const order: number[] = [];
    const worker = await work((job) => Promise.resolve(order.push(job.data.n)));
    await collect(worker, "completed", 5);
    assertEquals(order, [-1, 0, 1, 2, 3]);
  });

  test("delays a job, and promotes one that waits", async ({ queue, work }) => {
    const worker = await work(() => Promise.resolve());
    const done = collect(worker, "completed", 2);
    const short = await queue.add("short", { n: 1 }, { delay: 50 });
    const long = await queue.add("long", { n: 2 }, { delay: 3_600_000 });
    assertEquals(await long.getState(), "delayed");
    await long.promote();
    for (const [job] of await done) {
      if (job.id !== short.id) continue;
      assert(job.processedOn - job.timestamp >= 50, "too early");
    }
  });

  test("retries a job that fails, backs off, and gives up in the end", async ({ queue, work }) => {
    const times: number[] = [];
    const worker = await work((job) => {
      times.push(Date.now());
      return job.data.n < times.length
        ? Promise.resolve("at last")
        : Promise.reject(new Error(`attempt ${times.length}`));
    });
    const options = {
      attempts: 3,
      backoff: { type: "exponential", delay: 40 },
    };
    const done = collect(worker, "completed", 1);
    const failed = collect(worker, "failed", 2);
    await queue.add("flaky", { n: 2 }, options);
    const [job] = (await done)[0]!;
    await failed;
    assertEquals(job.returnvalue, "at last");
    assertEquals(job.attemptsMade, 3);
    const [first, second, third] = times as [number, number, number];
    assert(second - first >= 40, "too early");
    assert(third - second >= 80, "too early");

    times.length = 0;
    const hopeless = collect(worker, "failed", 3);
    const { id } = await queue.add("hopeless", { n: 5 }, options);
    await hopeless;
    const last = await queue.getJob(id);
    assertEquals(await last?.getState(), "failed");
    assertEquals(last?.failedReason, "attempt 3");
    const again = collect(worker, "failed", 1);
    await last?.retry();
    await again;
    assertEquals(await last?.getState(), "failed");
  });

  test("keeps to a limit of its rate", async ({ queue, work }) => {
    await queue.addBulk(numbered(6));
    const worker = await work(() => Promise.resolve(), {
      limiter: { max: 2, duration: 100 },
    });
    const done = await collect(worker, "completed", 6);
    const starts = done.map(([job]) => job.processedOn).toSorted();
    // The counter starts with the first job, so the fifth begins after two periods.
    assert(starts[4]! - starts[0]! >= 190, `too fast: ${starts}`);
  });

  test("repeats a job", async ({ queue, work }) => {
    const worker = await work((job) => Promise.resolve(job.data.n));
    const done = collect(worker, "completed", 3);
    await queue.upsertJobScheduler("tick", { every: 40 }, {
      name: "ticked",
      data: { n: 7 },
    });
    for (const [job] of await done) {
      assertEquals([job.name, job.data], ["ticked", { n: 7 }]);
    }
    assertEquals((await queue.getJobSchedulers()).map(({ key }) => key), [
      "tick",
    ]);
    assertEquals(await queue.removeJobScheduler("tick"), true);
    assertEquals(await queue.getJobSchedulers(), []);
  });

  test("runs a flow, children before their parent", async ({ flow, work }) => {
    const part = (n: number) => ({
      name: "part",
      queueName: "work",
      data: { n },
    });
    const { job } = await flow.add({
      ...part(100),
      name: "whole",
      children: [part(1), { ...part(2), children: [part(3)] }],
    });
    assertEquals(await job.getState(), "waiting-children");
    const worker = await work(async (job) => {
      const values = Object.values(await job.getChildrenValues());
      return values.reduce<number>((a, b) => a + Number(b), job.data.n);
    });
    const done = await collect(worker, "completed", 4);
    assertEquals(done[3]?.[0].name, "whole");
    assertEquals(done[3]?.[1], 106);
  });

  test("takes over the job of a worker that is gone", async ({ queue, work }) => {
    await queue.add("left alone", { n: 1 });
    const gone = await work(() => Promise.resolve(), {
      autorun: false,
      lockDuration: 50,
      skipLockRenewal: true,
    });
    assertEquals((await gone.getNextJob("token"))?.name, "left alone");
    const worker = await work(() => Promise.resolve("taken over"), {
      stalledInterval: 50,
    });
    const done = await collect(worker, "completed", 1);
    assertEquals(done[0]?.[1], "taken over");
  });

  test("pauses, counts, removes, cleans and clears a queue", async ({ queue, work }) => {
    await queue.pause();
    await queue.addBulk(numbered(5));
    const worker = await work((job) =>
      job.data.n === 0 ? Promise.reject(new Error("no")) : Promise.resolve()
    );
    const last = await queue.add("removed", { n: 9 }, { jobId: "mine" });
    assertEquals(
      (await queue.add("same", { n: 9 }, { jobId: "mine" })).id,
      last.id,
    );
    const waiting = ["waiting", "paused"];
    assertEquals(await queue.getJobCountByTypes(...waiting), 6);
    await last.remove();
    assertEquals(await queue.getJob(last.id), undefined);
    const done = collect(worker, "completed", 4);
    const failed = collect(worker, "failed", 1);
    await queue.resume();
    await Promise.all([done, failed]);
    assertEquals(await queue.getJobCountByTypes(...waiting), 0);
    assertEquals(await queue.getJobCountByTypes("failed"), 1);
    let cleaned = 0;
    // What was finished in this millisecond stays.
    await until("all are cleaned", async () => {
      cleaned += (await queue.clean(0, 3, "completed")).length;
      return cleaned === 4;
    });
    await worker.close();
    await queue.obliterate();
    assertEquals(await queue.getJobCountByTypes("completed", "failed"), 0);
  });

  test(`finishes ${JOBS} jobs with 8 workers, each job once`, async ({ queue, work }) => {
    const seen = new Uint8Array(JOBS);
    const workers = await Promise.all(
      Array.from(
        { length: 8 },
        () => work((job) => Promise.resolve(++seen[job.data.n]!)),
      ),
    );
    let left = JOBS;
    const all = new Promise<void>((resolve) => {
      for (const worker of workers) {
        worker.on("completed", () => {
          if (--left === 0) resolve();
        });
      }
    });
    await queue.addBulk(numbered(JOBS));
    await all;
    assert(seen.every((times) => times === 1), "not each once");
    assertEquals(await queue.getJobCountByTypes("completed"), JOBS);
    const others = ["failed", "active", "waiting", "delayed"];
    assertEquals(await queue.getJobCountByTypes(...others), 0);
  });
}

function numbered(count: number): { name: string; data: { n: number } }[] {
  return Array.from(
    { length: count },
    (_, n) => ({ name: "job", data: { n } }),
  );
}
