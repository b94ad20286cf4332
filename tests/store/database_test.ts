import { Args } from "../../src/protocol/args.ts";
import { assertEquals } from "@std/assert";
import { Database } from "../../src/store/database.ts";
import { Events } from "../../src/store/events.ts";
import { Store } from "../../src/store/store.ts";
import { List } from "../../src/store/values/list.ts";
import { property, TestRandom } from "../helpers/seeded.ts";

const NOW = 1_700_000_000_000;

function newStore(): Store {
  const store = new Store(2);
  store.setTime(NOW);
  return store;
}

function put(db: Database, key: string, value: string | List): void {
  db.put(key, value);
  db.changed(key, Events.set);
}

/** Databases beside maps that do the same naively. */
class Model {
  readonly store = newStore();
  readonly naive = [
    new Map<string, { value: string; expiresAt: number }>(),
    new Map<string, { value: string; expiresAt: number }>(),
  ];
  readonly #random: TestRandom;
  readonly #names: number;

  constructor(random: TestRandom, names: number) {
    this.#random = random;
    this.#names = names;
  }

  step(): void {
    const random = this.#random;
    const which = random.below(2);
    const db = this.store.databases[which]!;
    const naive = this.naive[which]!;
    const key = `key:${random.below(this.#names)}`;
    const entry = this.#entry(naive, key);
    switch (random.below(10)) {
      case 0:
      case 1:
      case 2: {
        const value = random.text(random.below(8));
        const kept = random.chance() ? "keep" : "forget";
        db.put(key, value, kept);
        db.changed(key, Events.set);
        const expiresAt = kept === "keep" ? entry?.expiresAt : undefined;
        naive.set(key, { value, expiresAt: expiresAt ?? Infinity });
        break;
      }
      case 3:
      case 4: {
        if (entry === undefined) break;
        const expiresAt = random.chance(0.2)
          ? Infinity
          : this.store.now + random.below(2000);
        db.setExpiry(key, expiresAt);
        db.changed(key, Events.expire);
        entry.expiresAt = expiresAt;
        break;
      }
      case 5:
      case 6: {
        const removed = db.take(key)?.value;
        if (removed !== undefined) db.changed(key, Events.del);
        if (removed !== entry?.value) {
          assertEquals(removed, entry?.value, key);
        }
        naive.delete(key);
        break;
      }
      case 7: {
        const value = db.readAny(key);
        if (value !== entry?.value) assertEquals(value, entry?.value, key);
        if (db.expiresAt(key) !== entry?.expiresAt) {
          assertEquals(db.expiresAt(key), entry?.expiresAt, key);
        }
        break;
      }
      case 8: {
        if (random.chance(0.9)) return this.#move(which, key);
        this.store.setTime(this.store.now + random.below(20));
        break;
      }
      case 9: {
        if (random.chance(0.001)) this.#rareStep(which);
        else if (random.chance()) db.expireNext();
      }
    }
  }

  /** Moves a key over another, in the same database or not. */
  #move(which: number, from: string): void {
    const to = `key:${this.#random.below(this.#names)}`;
    const other = this.#random.below(2);
    const entry = this.#entry(this.naive[which]!, from);
    const taken = this.store.databases[which]!.take(from);
    if (taken?.value !== entry?.value) assertEquals(taken?.value, entry?.value);
    if (taken === undefined || entry === undefined) return;
    const target = this.store.databases[other]!;
    target.putEntry(to, taken);
    this.store.databases[which]!.changed(from, Events.renameFrom);
    target.changed(to, Events.renameTo);
    this.naive[which]!.delete(from);
    this.naive[other]!.set(to, entry);
  }

  check(): void {
    for (const [i, naive] of this.naive.entries()) {
      const db = this.store.databases[i]!;
      for (const key of [...naive.keys()]) this.#entry(naive, key);
      assertEquals([...db.keys()].sort(), [...naive.keys()].sort());
      for (const [key, { value, expiresAt }] of naive) {
        assertEquals(db.peek(key), value);
        assertEquals(db.expiresAt(key), expiresAt);
      }
      this.store.expireDue(() => true);
      assertEquals(db.size, naive.size);
    }
  }

  #rareStep(which: number): void {
    const { store, naive } = this;
    if (this.#random.chance()) {
      store.swap(store.databases[0]!, store.databases[1]!);
      naive.reverse();
    } else {
      store.flush([store.databases[which]!]);
      naive[which]!.clear();
    }
  }

  #entry(naive: Model["naive"][0], key: string) {
    const entry = naive.get(key);
    if (entry === undefined || entry.expiresAt > this.store.now) return entry;
    naive.delete(key);
    return undefined;
  }
}

property(
  "databases hold what maps would through a million changes, expiries, deletions, flushes and swaps",
  (random) => {
    const model = new Model(random, random.pick([20, 500, 20_000]));
    for (let round = 0; round < 10; round++) {
      for (let i = 0; i < 100_000; i++) model.step();
      model.check();
    }
    for (const db of model.store.databases) {
      for (const key of [...db.keys()]) db.delete(key);
    }
    model.store.expireDue(() => true);
    assertEquals(model.store.memory, 0);
  },
  { runs: 1 },
);

property(
  "a scan returns at least once what is there all along, in a bounded number of calls, whatever changes meanwhile",
  (random) => {
    const store = newStore();
    const db = store.databases[0]!;
    const stay = new Set<string>();
    const names = random.between(1, 300);
    for (let i = 0; i < names; i++) {
      const key = `k${i}`;
      put(db, key, "");
      if (random.chance(0.3)) db.setExpiry(key, NOW + random.between(1, 100));
      else if (random.chance()) stay.add(key);
    }
    const seen = new Set<string>();
    const count = random.between(1, 20);
    const calls = Math.ceil(names / count) + 1;
    let cursor = 0;
    for (let call = 1;; call++) {
      assertEquals(call <= calls, true);
      let visits = 0;
      cursor = db.scan(cursor, count, (key) => {
        visits++;
        seen.add(key);
      });
      assertEquals(visits <= count, true);
      if (cursor === 0) break;
      for (let i = random.below(30); i > 0; i--) {
        const key = `k${random.below(names * 2)}`;
        const gone = `k${random.below(names * 2)}`;
        const entry = stay.has(gone) ? undefined : db.take(gone);
        if (entry !== undefined) {
          const expiresAt = Infinity;
          db.putEntry(key, { ...entry, expiresAt });
          db.changed(gone, Events.renameFrom);
          db.changed(key, Events.renameTo);
        } else if (stay.has(key)) put(db, key, "again");
        else if (random.chance()) put(db, key, "");
        else if (db.delete(key)) db.changed(key, Events.del);
      }
      store.setTime(store.now + random.below(10));
    }
    for (const key of stay) assertEquals(seen.has(key), true, key);
  },
  { runs: 300 },
);

Deno.test("a scan of a database that does not change returns every key exactly once", () => {
  const db = newStore().databases[0]!;
  for (let i = 0; i < 1000; i++) put(db, `k${i}`, "");
  const seen: string[] = [];
  let cursor = 0;
  do cursor = db.scan(cursor, 7, (key) => seen.push(key)); while (cursor !== 0);
  assertEquals(seen.length, 1000);
  assertEquals(new Set(seen).size, 1000);
});

Deno.test("a walk visits what was there before entries were put in its place", () => {
  const db = newStore().databases[0]!;
  for (const key of ["a", "b", "c"]) put(db, key, `old ${key}`);
  db.setExpiry("b", NOW + 10);
  const visited: unknown[] = [];
  const { keyspace } = db;
  keyspace.startWalk((slot) =>
    visited.push([keyspace.value(slot), keyspace.expiries.at(slot)])
  );
  db.putEntry("b", db.take("a")!);
  db.putEntry("new", db.take("c")!);
  assertEquals(keyspace.continueWalk(10), true);
  assertEquals(visited.sort(), [
    ["old a", Infinity],
    ["old b", NOW + 10],
    ["old c", Infinity],
  ]);
});

/** Bytes that no packed value has room for. */
const MUCH = 100_000;

Deno.test("a key is gone for every method in the millisecond in which it falls due", () => {
  const gone: ((db: Database) => unknown)[] = [
    (db) => db.has("k"),
    (db) => db.touch("k"),
    (db) => db.readAny("k") !== undefined,
    (db) => db.look("k") !== undefined,
    (db) => db.peek("k") !== undefined,
    (db) => db.read("k", "list") !== undefined,
    (db) => db.edit("k", "list") !== undefined,
    (db) => db.editToTake("k", "list") !== undefined,
    (db) =>
      db.editToAdd(Args.from(["k"]).key(0), "list", 1, MUCH) !== undefined,
    (db) => db.type("k") !== undefined,
    (db) => db.take("k") !== undefined,
    (db) => db.delete("k"),
    (db) => db.expiresAt("k") !== undefined,
    (db) => db.exactExpiresAt("k") !== undefined,
    (db) => db.idleSeconds("k") !== undefined,
    (db) => [...db.keys()].length > 0,
    (db) => db.randomKey(new TestRandom(1)) !== undefined,
    (db) => {
      let seen = false;
      db.scan(0, 10, () => seen = true);
      return seen;
    },
  ];
  for (const isThere of gone) {
    const store = newStore();
    const db = store.databases[0]!;
    put(db, "k", List.from(["x"]));
    db.setExpiry("k", NOW + 10);
    store.setTime(NOW + 9);
    assertEquals(isThere(db), true, String(isThere));
  }
  for (const keepExpired of [false, true]) {
    for (const isThere of gone) {
      const store = newStore();
      store.keepExpired = keepExpired;
      const db = store.databases[0]!;
      put(db, "k", List.from(["x"]));
      db.setExpiry("k", NOW + 10);
      store.setTime(NOW + 10);
      assertEquals(isThere(db), false, String(isThere));
      if (keepExpired) assertEquals(db.size, 1, String(isThere));
    }
  }
});

Deno.test("a key that expired while expired keys are kept is replaced by what is put in its place", () => {
  const store = newStore();
  const db = store.databases[0]!;
  put(db, "k", "old");
  db.setExpiry("k", NOW + 10);
  store.keepExpired = true;
  store.setTime(NOW + 10);
  assertEquals(db.expireNext(), false);
  db.put("k", "new", "keep");
  db.changed("k", Events.set);
  assertEquals(db.size, 1);
  assertEquals(db.peek("k"), "new");
  assertEquals(db.expiresAt("k"), Infinity);
  assertEquals(store.statistics.expired, 0);
});

Deno.test("RANDOMKEY's key comes at once even when nearly all keys have expired, and never is one of those", () => {
  const store = newStore();
  const db = store.databases[0]!;
  for (let i = 0; i < 10_000; i++) {
    put(db, `k${i}`, "");
    if (i !== 5000) db.setExpiry(`k${i}`, NOW + 1);
  }
  store.setTime(NOW + 1);
  assertEquals(db.randomKey(new TestRandom(7)), "k5000");
  assertEquals(db.size >= 9900, true);
  db.delete("k5000");
  assertEquals(db.randomKey(new TestRandom(7)), undefined);
});

Deno.test("RANDOMKEY's keys are spread over the database", () => {
  const db = newStore().databases[0]!;
  for (let i = 0; i < 10; i++) put(db, `k${i}`, "");
  const random = new TestRandom(3);
  const counts = new Map<string, number>();
  for (let i = 0; i < 10_000; i++) {
    const key = db.randomKey(random)!;
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  for (const count of counts.values()) {
    assertEquals(count > 800 && count < 1200, true);
  }
  assertEquals(counts.size, 10);
});

Deno.test("reading counts hits and misses and touches, looking counts only, peeking does nothing", () => {
  const store = newStore();
  const db = store.databases[0]!;
  put(db, "k", "v");
  store.setTime(NOW + 5000);
  const { statistics } = store;
  db.peek("k");
  db.has("k");
  db.peek("none");
  assertEquals([statistics.hits, statistics.misses], [0, 0]);
  db.look("k");
  db.look("none");
  assertEquals([statistics.hits, statistics.misses], [1, 1]);
  assertEquals(db.idleSeconds("k"), 5);
  db.readAny("k");
  db.readAny("none");
  assertEquals([statistics.hits, statistics.misses], [2, 2]);
  assertEquals(db.idleSeconds("k"), 0);
});

Deno.test("shrunk removes the key when nothing remains, and says so after the event itself", () => {
  const store = newStore();
  const db = store.databases[0]!;
  const events: string[] = [];
  store.observer.keyChanged = (_, key, event) =>
    events.push(`${event.name} ${key} ${db.has(key)}`);
  db.put("k", List.from(["a", "b"]));
  const list = db.edit("k", "list")!;
  list.popHead();
  db.shrunk("k", list, Events.lpop);
  list.popHead();
  db.shrunk("k", list, Events.lpop);
  assertEquals(events, ["lpop k true", "lpop k true", "del k false"]);
  assertEquals(store.dirty, 2);
  assertEquals(store.memory, 0);
});
