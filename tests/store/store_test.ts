import { assertEquals } from "@std/assert";
import { Events } from "../../src/store/events.ts";
import { Store } from "../../src/store/store.ts";

const NOW = 1_700_000_000_000;

/** A store of three databases that notes what its observer hears. */
function observed(): { store: Store; heard: string[] } {
  const store = new Store(3);
  store.setTime(NOW);
  const heard: string[] = [];
  store.observer = {
    keyChanged: (db, key, event) => {
      heard.push(`${event.name} ${db.index} ${key}`);
    },
    databasesCleared: () => {},
    databaseWillClear: (db) => {
      heard.push(`will clear ${db.index} of ${db.size}`);
    },
    databasesWillSwap: (a, b) => {
      heard.push(`will swap ${a.index} ${b.index}: ${a.size} ${b.size}`);
    },
    databasesSwapped: (a, b) => {
      heard.push(`swapped ${a.index} ${b.index}: ${a.size} ${b.size}`);
    },
  };
  return { store, heard };
}

function fill(
  store: Store,
  index: number,
  count: number,
  expiresAt = Infinity,
) {
  const db = store.databases[index]!;
  for (let i = 0; i < count; i++) {
    db.put(`k${i}`, "v");
    if (expiresAt !== Infinity) db.setExpiry(`k${i}`, expiresAt);
  }
}

Deno.test("flushing tells before the keys go, and counts them as changes", () => {
  const { store, heard } = observed();
  fill(store, 0, 5);
  fill(store, 2, 7);
  assertEquals(store.flush([store.databases[0]!, store.databases[2]!]), 12);
  assertEquals(heard, ["will clear 0 of 5", "will clear 2 of 7"]);
  assertEquals(store.dirty, 12);
  assertEquals(store.memory, 0);
  assertEquals(store.databases.map((db) => db.size), [0, 0, 0]);
});

Deno.test("flushing a million keys takes no longer than flushing one", () => {
  const { store } = observed();
  fill(store, 0, 1_000_000, NOW + 1000);
  const begin = performance.now();
  store.flush(store.databases);
  assertEquals(performance.now() - begin < 50, true);
  assertEquals(store.databases[0]!.size, 0);
  assertEquals(store.databases[0]!.has("k7"), false);
});

Deno.test("a walk that is under way goes on over the keys that a flush took away", () => {
  const { store } = observed();
  fill(store, 0, 3);
  const { keyspace } = store.databases[0]!;
  const visited: string[] = [];
  keyspace.startWalk((slot) => visited.push(keyspace.key(slot)));
  keyspace.continueWalk(1);
  store.flush(store.databases);
  fill(store, 0, 1);
  assertEquals(keyspace.continueWalk(10), true);
  assertEquals(visited, ["k2", "k1", "k0"]);
});

Deno.test("swapping tells before and after, and takes expiries along", () => {
  const { store, heard } = observed();
  fill(store, 0, 2, NOW + 50);
  fill(store, 1, 3);
  const [a, b] = store.databases;
  store.swap(a!, b!);
  assertEquals(heard, ["will swap 0 1: 2 3", "swapped 0 1: 3 2"]);
  assertEquals(a!.expiresAt("k0"), Infinity);
  assertEquals(b!.expiresAt("k0"), NOW + 50);
  assertEquals(store.dirty, 1);
});

Deno.test("swapping a database with itself changes nothing but the count of changes", () => {
  const { store, heard } = observed();
  fill(store, 0, 2);
  store.swap(store.databases[0]!, store.databases[0]!);
  assertEquals(heard, []);
  assertEquals(store.dirty, 1);
  assertEquals(store.databases[0]!.size, 2);
});

Deno.test("expireDue removes what has fallen due, the earliest first, in all databases", () => {
  const { store, heard } = observed();
  const [a, b] = store.databases;
  for (const [key, at] of [["x", 30], ["y", 10], ["z", 20]] as const) {
    a!.put(key, "v");
    a!.setExpiry(key, NOW + at);
  }
  b!.put("w", "v");
  b!.setExpiry("w", NOW + 5);
  store.setTime(NOW + 20);
  assertEquals(store.expireDue(() => true), true);
  assertEquals(heard, ["expired 0 y", "expired 0 z", "expired 1 w"]);
  assertEquals(store.statistics.expired, 3);
  assertEquals(store.dirty, 0);
  assertEquals(a!.size, 1);
});

Deno.test("expireDue asks every 16 keys, across databases, whether it may go on, and stops when not", () => {
  const { store } = observed();
  fill(store, 0, 10, NOW + 1);
  fill(store, 1, 100, NOW + 1);
  store.setTime(NOW + 1);
  let asked = 0;
  assertEquals(store.expireDue(() => ++asked < 2), false);
  assertEquals(asked, 2);
  assertEquals(store.statistics.expired, 32);
  assertEquals(store.expireDue(() => true), true);
  assertEquals(store.statistics.expired, 110);
});

Deno.test("the observer hears of an expired key when it is gone already", () => {
  const { store } = observed();
  const db = store.databases[0]!;
  let there: boolean | undefined;
  store.observer.keyChanged = (_, key, event) => {
    if (event === Events.expired) there = db.has(key);
  };
  fill(store, 0, 1, NOW + 1);
  store.setTime(NOW + 1);
  assertEquals(db.has("k0"), false);
  assertEquals(there, false);
});
