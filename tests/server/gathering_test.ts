import { assertEquals } from "@std/assert";
import type { Client } from "../../src/server/client.ts";
import { type Gathered, Gathering } from "../../src/server/gathering.ts";
import type { Server } from "../../src/server/server.ts";

/** What happened, by turn: the connections that were served in it; with a mark, those that failed. */
class Record {
  readonly turns: string[][] = [];
  suspended = false;
  readonly gathering: Gathering;

  /** `drain` stands for what the executor does with a client's requests. */
  constructor(drain: (name: string, record: Record) => number = () => 5) {
    const scripts = {};
    Object.defineProperty(scripts, "suspended", { get: () => this.suspended });
    const executor = {
      turn: (work: () => void) => work(),
      drain: (client: { name: string; reply: { length: number } }) => {
        client.reply.length = drain(client.name, this);
      },
    };
    this.gathering = new Gathering({ executor, scripts } as unknown as Server);
  }

  /** Has connections with these names come in one tick, and waits until it is over. */
  async come(names: readonly string[]): Promise<void> {
    let turn: string[] = [];
    const note = (what: string) => {
      if (turn.length === 0) this.turns.push(turn);
      turn.push(what);
    };
    const db = { large: false, prefetch: { clear: () => turn = [] } };
    for (const name of names) {
      const client = { name, db, reply: { length: 0 } } as unknown as Client;
      const connection: Gathered = {
        client,
        served: () => note(name),
        failed: () => note(`${name}!`),
      };
      this.gathering.add(connection);
    }
    await Promise.resolve();
  }
}

const names = Array.from({ length: 20 }, (_, i) => String(i));

Deno.test("Sixteen clients whose requests have come together share a turn", async () => {
  const record = new Record();
  await record.come(names);
  assertEquals(record.turns, [names.slice(0, 16), names.slice(16)]);
});

Deno.test("Clients who come later are served later", async () => {
  const record = new Record();
  await record.come(["a", "b"]);
  await record.come(["c"]);
  assertEquals(record.turns, [["a", "b"], ["c"]]);
});

Deno.test("A long reply does not wait for more clients", async () => {
  const record = new Record((name) => name === "b" ? 10_000 : 5);
  await record.come(["a", "b", "c", "d"]);
  assertEquals(record.turns, [["a", "b"], ["c", "d"]]);
});

Deno.test("While a script is suspended others have turns of their own", async () => {
  const record = new Record((name, record) => {
    if (name === "b") record.suspended = true;
    return 5;
  });
  await record.come(["a", "b", "c", "d"]);
  assertEquals(record.turns, [["a", "b"], ["c"], ["d"]]);
});

Deno.test("An error ends the connection that it comes from, and no other", async () => {
  const record = new Record((name) => {
    if (name === "b") throw new TypeError("a bug");
    return 5;
  });
  await record.come(["a", "b", "c"]);
  assertEquals(record.turns, [["b!"], ["a", "b", "c"]]);
});
