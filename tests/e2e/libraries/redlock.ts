/** Redlock, in the version that is released and in the one that is in beta for years, which many use. */
import { assert, assertEquals, assertRejects } from "@std/assert";
import { testOnBoth } from "../../helpers/both_servers.ts";
import { connectIoredis, load } from "../../helpers/library.ts";

/** Both versions in one form. */
interface Locks {
  acquire(resources: string[], ttlMs: number): Promise<Lock>;
}

interface Lock {
  extend(ttlMs: number): Promise<Lock>;
  release(): Promise<unknown>;
}

interface Redlock4 {
  lock(resources: string[], ttlMs: number): Promise<Lock4>;
}

interface Lock4 {
  extend(ttlMs: number): Promise<Lock4>;
  unlock(): Promise<unknown>;
}

interface Client {
  get(key: string): Promise<string | null>;
  pttl(key: string): Promise<number>;
}

type Open = (clients: Client[], options: object) => Promise<Locks>;

const open4: Open = async (clients, options) => {
  const { default: Redlock } = await load<
    { default: new (clients: Client[], options: object) => Redlock4 }
  >("npm:redlock@4.2.0");
  const redlock = new Redlock(clients, options);
  const wrap = (lock: Lock4): Lock => ({
    extend: async (ttlMs) => wrap(await lock.extend(ttlMs)),
    release: () => lock.unlock(),
  });
  return {
    acquire: async (resources, ttlMs) =>
      wrap(await redlock.lock(resources, ttlMs)),
  };
};

const open5: Open = async (clients, options) => {
  const { default: Redlock } = await load<
    { default: new (clients: Client[], options: object) => Locks }
  >("npm:redlock@5.0.0-beta.2");
  return new Redlock(clients, options);
};

const PATIENT = { retryCount: 50, retryDelay: 10, retryJitter: 0 };
const IMPATIENT = { retryCount: 0 };

for (
  const [name, open] of [["Redlock 4", open4], ["Redlock 5", open5]] as const
) {
  testOnBoth(`${name} locks, extends and unlocks`, async (port, stack) => {
    const client = await connectIoredis<Client>("5.11.1", port, stack);
    const [patient, impatient] = [
      await open([client], PATIENT),
      await open([client], IMPATIENT),
    ];
    let lock = await patient.acquire(["a", "b"], 10_000);
    await assertRejects(() => impatient.acquire(["b", "c"], 10_000));
    assertEquals(await client.get("c"), null);
    lock = await lock.extend(60_000);
    assert(await client.pttl("a") > 50_000);
    const next = patient.acquire(["b"], 10_000);
    await lock.release();
    await (await next).release();
    assertEquals([await client.get("a"), await client.get("b")], [null, null]);
    await assertRejects(() => lock.release());
  });

  testOnBoth(`${name} gets a lock that has run out`, async (port, stack) => {
    const client = await connectIoredis<Client>("5.11.1", port, stack);
    const locks = await open([client], PATIENT);
    const lost = await locks.acquire(["a"], 50);
    const lock = await locks.acquire(["a"], 10_000);
    await assertRejects(() => lost.release());
    await lock.release();
  });

  testOnBoth(`${name} needs most of its servers`, async (port, stack) => {
    const clients = await Promise.all(
      [0, 1, 2].map((db) =>
        connectIoredis<Client>("5.11.1", port, stack, { db })
      ),
    );
    const [one, ...two] = clients as [Client, ...Client[]];
    const held = await (await open([one], IMPATIENT)).acquire(["a"], 10_000);
    const lock = await (await open(clients, IMPATIENT)).acquire(["a"], 10_000);
    await lock.release();
    const most = await (await open(two, IMPATIENT)).acquire(["a"], 10_000);
    await assertRejects(async () =>
      (await open(clients, IMPATIENT)).acquire(["a"], 10_000)
    );
    await Promise.all([held.release(), most.release()]);
  });
}
