/** Keyv with @keyv/redis. */
import { assert, assertEquals } from "@std/assert";
import { testOnBoth } from "../../helpers/both_servers.ts";
import { until } from "../../helpers/event_loop.ts";
import { load } from "../../helpers/library.ts";

/** What the tests use of Keyv. */
interface Keyv {
  set(key: string, value: unknown, ttlMs?: number): Promise<boolean>;
  get(key: string): Promise<unknown>;
  getMany(keys: string[]): Promise<unknown[]>;
  setMany(entries: { key: string; value: unknown }[]): Promise<unknown>;
  has(key: string): Promise<boolean>;
  delete(key: string): Promise<boolean>;
  clear(): Promise<void>;
  iterator(namespace?: string): AsyncIterable<[string, unknown]>;
  disconnect(): Promise<void>;
}

testOnBoth(
  "Keyv keeps values by namespace, lets them expire, and clears them",
  async (port, stack) => {
    const { createKeyv } = await load<
      { createKeyv(url: string, options: object): Keyv }
    >("npm:@keyv/redis@5.1.6");
    const open = (namespace: string): Keyv =>
      stack.adopt(
        createKeyv(`redis://127.0.0.1:${port}`, { namespace }),
        (keyv) => keyv.disconnect(),
      );
    const [keyv, other] = [open("ours"), open("theirs")];
    await other.set("a", "not ours");
    await keyv.set("a", { deep: ["välue", 1, null] });
    assertEquals(await keyv.get("a"), { deep: ["välue", 1, null] });
    assertEquals([await keyv.has("a"), await keyv.has("b")], [true, false]);
    await keyv.set("short", 1, 50);
    await until("it has expired", async () => !await keyv.has("short"));
    const entries = Array.from(
      { length: 300 },
      (_, n) => ({ key: `many ${n}`, value: n }),
    );
    await keyv.setMany(entries);
    assertEquals(await keyv.getMany(["many 7", "none", "many 8"]), [
      7,
      undefined,
      8,
    ]);
    let seen = 0;
    for await (const [key] of keyv.iterator()) {
      assert(key === "a" || key.startsWith("many "), key);
      seen++;
    }
    assertEquals(seen, 301);
    assertEquals(await keyv.delete("a"), true);
    assertEquals(await keyv.delete("a"), false);
    await keyv.clear();
    assertEquals(await keyv.get("many 1"), undefined);
    assertEquals(await other.get("a"), "not ours");
  },
);
