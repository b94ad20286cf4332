import { assertEquals } from "@std/assert";
import { Frequencies } from "../../src/store/frequencies.ts";
import { Store } from "../../src/store/store.ts";
import { TestRandom } from "../helpers/seeded.ts";

const NOW = 1_700_000_000_000;
const MINUTE = 60_000;

function counted(accesses: number, logFactor: number): number {
  const frequencies = new Frequencies(new TestRandom(1), {
    logFactor,
    decayMinutes: 1,
  });
  let access = 0;
  for (let i = 0; i < accesses; i++) access = frequencies.accessed(access, NOW);
  return frequencies.frequency(access, NOW);
}

Deno.test("an access count starts at 5 and grows with the logarithm, as redis.conf tabulates it", () => {
  assertEquals(counted(1, 10), 5);
  assertEquals(counted(2, 10), 6);
  assertEquals(counted(1000, 0), 255);
  const near = (count: number, expected: number) =>
    assertEquals(Math.abs(count - expected) <= expected * 0.4, true);
  near(counted(100, 10), 10);
  near(counted(1000, 10), 18);
  near(counted(100_000, 10), 142);
  near(counted(1000, 100), 11);
  assertEquals(counted(3_000_000, 10), 255);
});

Deno.test("an access count decays with the minutes, to zero and no further, or never", () => {
  const settings = { logFactor: 0, decayMinutes: 2 };
  const frequencies = new Frequencies(new TestRandom(1), settings);
  let access = 0;
  for (let i = 0; i < 6; i++) access = frequencies.accessed(access, NOW);
  assertEquals(frequencies.frequency(access, NOW), 10);
  assertEquals(frequencies.frequency(access, NOW + 7 * MINUTE), 7);
  assertEquals(frequencies.frequency(access, NOW + 1000 * MINUTE), 0);
  settings.decayMinutes = 0;
  assertEquals(frequencies.frequency(access, NOW + 1000 * MINUTE), 10);
});

Deno.test("a database counts accesses while the store is told to", () => {
  const store = new Store(1);
  store.setTime(NOW);
  const db = store.databases[0]!;
  db.put("k", "v");
  assertEquals(db.frequency("k"), undefined);
  store.countAccesses(
    new Frequencies(new TestRandom(1), { logFactor: 0, decayMinutes: 1 }),
  );
  db.delete("k");
  db.put("k", "v");
  assertEquals(db.frequency("k"), 5);
  db.readAny("k");
  db.put("k", "w");
  assertEquals(db.frequency("k"), 7);
  db.peek("k");
  db.look("k");
  assertEquals(db.frequency("k"), 7);
  assertEquals(db.frequency("none"), undefined);
});

Deno.test("what is remembered of accesses is converted when they are counted, or no more", () => {
  const store = new Store(1);
  const db = store.databases[0]!;
  const frequencies = new Frequencies(new TestRandom(1), {
    logFactor: 0,
    decayMinutes: 1,
  });
  store.setTime(NOW);
  db.put("old", "v");
  store.setTime(NOW + 3 * MINUTE);
  db.put("new", "v");
  store.countAccesses(frequencies);
  assertEquals(db.frequency("old"), 2);
  assertEquals(db.frequency("new"), 5);
  db.readAny("old");
  store.countAccesses(frequencies);
  assertEquals(db.frequency("old"), 3);
  store.setTime(NOW + 5 * MINUTE);
  db.readAny("new");
  store.countAccesses(undefined);
  assertEquals(db.idleSeconds("old"), 120);
  assertEquals(db.idleSeconds("new"), 0);
});
