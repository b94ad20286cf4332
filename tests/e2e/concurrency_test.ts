import { assert, assertEquals } from "@std/assert";
import { testOnBoth } from "../helpers/both_servers.ts";
import { toPlain } from "../helpers/reply.ts";
import { RespClient } from "../helpers/resp_client.ts";

/** Clients of each kind; all of them are at work at the same time. */
const CLIENTS = 100;

testOnBoth(
  "Hundreds of clients at work at once lose nothing and see it in order",
  async (port, stack) => {
    const connect = async (protocol: 2 | 3 = 2) =>
      stack.use(await RespClient.connect(port, { protocol }));
    const crowd = <T>(work: (index: number) => Promise<T>): Promise<T[]> =>
      Promise.all(Array.from({ length: CLIENTS }, (_, index) => work(index)));

    // Each counts in one of 25 counters, which it reads before it writes.
    const counting = crowd(async (index) => {
      const client = await connect();
      const key = `counter ${index % 25}`;
      for (let left = 10; left > 0;) {
        await client.call("WATCH", key);
        const next = Number(await client.call("GET", key)) + 1;
        await client.call("MULTI");
        await client.call("SET", key, next);
        if (await client.call("EXEC") !== null) left--;
      }
    });

    // Each takes from one queue what it finds until it finds the end.
    const taken: string[][] = Array.from({ length: CLIENTS }, () => []);
    const taking = crowd(async (index) => {
      const client = await connect();
      for (;;) {
        const [, element] = await client.call("BLPOP", "queue", 0) as string[];
        if (element === "end") return;
        taken[index]!.push(element!);
      }
    });
    const publisher = await connect();
    const giving = crowd(async (index) => {
      const client = await connect();
      for (let n = 0; n < 20; n++) {
        await client.call("RPUSH", "queue", `${index} ${n}`);
      }
    }).then(() =>
      publisher.call("RPUSH", "queue", ...Array(CLIENTS).fill("end"))
    );

    // Each hears of everything.
    const subscribed = Promise.withResolvers<void>();
    let subscribers = 0;
    const hearing = crowd(async () => {
      const client = await connect(3);
      await client.call("SUBSCRIBE", "news");
      if (++subscribers === CLIENTS) subscribed.resolve();
      const heard: string[] = [];
      while (heard.length < 30) {
        const [, , text] = toPlain(await client.readReply()) as string[];
        heard.push(text!);
      }
      return heard;
    });
    const news = Array.from({ length: 30 }, (_, n) => `news ${n}`);
    await subscribed.promise;
    for (const text of news) {
      assertEquals(await publisher.call("PUBLISH", "news", text), CLIENTS);
    }

    await Promise.all([counting, giving, taking]);
    for (const heard of await hearing) assertEquals(heard, news);
    for (let n = 0; n < 25; n++) {
      assertEquals(await publisher.call("GET", `counter ${n}`), "40");
    }
    const all = taken.flat();
    assertEquals(all.length, CLIENTS * 20);
    assertEquals(new Set(all).size, all.length, "an element came twice");
    for (const elements of taken) assertInOrder(elements);
  },
);

/** What one client was given by another comes in the order in which that gave it. */
function assertInOrder(elements: readonly string[]): void {
  const last = new Map<string, number>();
  for (const element of elements) {
    const [giver, n] = element.split(" ") as [string, string];
    assert(Number(n) > (last.get(giver) ?? -1), `${element} came late`);
    last.set(giver, Number(n));
  }
}
