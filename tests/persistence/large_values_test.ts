import { assert, assertEquals } from "@std/assert";
import { Buffer } from "node:buffer";
import { AppendEncoder } from "../../src/persistence/append_encoder.ts";
import { BackgroundSave } from "../../src/persistence/background_save.ts";
import type { EntryEncoder } from "../../src/persistence/entry_encoder.ts";
import { RdbEncoder } from "../../src/persistence/rdb/rdb_encoder.ts";
import { SnapshotEncoder } from "../../src/persistence/snapshot_encoder.ts";
import { Keyspace } from "../../src/store/keyspace.ts";
import { Hash } from "../../src/store/values/hash.ts";
import { List } from "../../src/store/values/list.ts";
import { MemberSet } from "../../src/store/values/set.ts";
import { SortedSet } from "../../src/store/values/sorted_set.ts";
import { Stream } from "../../src/store/values/stream.ts";
import { defaultThresholds } from "../../src/store/values/thresholds.ts";
import type { Value } from "../../src/store/values/value.ts";
import type { Timer } from "../../src/store/clock.ts";
import { ManualClock } from "../helpers/manual_clock.ts";
import { FACTS, NOW, PATH } from "./data.ts";
import { MemoryFiles } from "./memory_files.ts";

const THRESHOLDS = defaultThresholds();
const SIZE = 8000;

/** By type: makes a large value, and what edits it in several places. */
const TYPES: Readonly<Record<string, () => [Value, edit: () => void]>> = {
  hash() {
    const hash = new Hash();
    const set = (i: number, value: string) =>
      hash.set(`field ${i}`, value, THRESHOLDS);
    for (let i = 0; i < SIZE; i++) set(i, `value ${i}`);
    return [hash, () => {
      set(SIZE - 9, "changed");
      set(hash.length, "new");
      hash.delete("field 5000");
    }];
  },
  set() {
    const set = new MemberSet();
    for (let i = 0; i < SIZE; i++) set.add(`member ${i}`, THRESHOLDS);
    return [set, () => {
      set.add(`member ${set.length}`, THRESHOLDS);
      set.delete("member 5000");
    }];
  },
  zset() {
    const set = new SortedSet();
    const add = (i: number, score: number) =>
      set.add(`member ${i}`, score, THRESHOLDS);
    for (let i = 0; i < SIZE; i++) add(i, (i * 7919) % SIZE);
    return [set, () => {
      add(set.length, 9.5);
      add(SIZE - 9, set.length);
      set.delete("member 5000");
    }];
  },
  list() {
    const list = new List();
    for (let i = 0; i < SIZE; i++) list.pushTail(`element ${i}`);
    return [list, () => {
      list.pushTail("new");
      list.set(SIZE - 9, "changed");
      list.popHead();
    }];
  },
  stream() {
    const stream = new Stream();
    const add = (ms: number) => {
      const id = { ms, seq: 0 };
      stream.restore(id, ["field", `value ${ms}`], THRESHOLDS);
      stream.lastId = id;
    };
    for (let i = 1; i <= SIZE; i++) add(i);
    const group = stream.addGroup("group", { ms: 0, seq: 0 }, 0);
    const consumer = group.addConsumer("consumer", NOW);
    return [stream, () => {
      add(Number(stream.lastId.ms) + 1);
      stream.delete({ ms: 5000, seq: 0 });
      group.addPending(stream.lastId, consumer, NOW, 1);
    }];
  },
};

const ENCODERS: Readonly<Record<string, () => EntryEncoder>> = {
  snapshot: () => new SnapshotEncoder(FACTS),
  "RDB file": () =>
    new RdbEncoder({
      settings: { compress: false, listNodeSize: -2 },
      checksum: true,
      fields: [],
      sizes: [[1, 0]],
    }),
  "append log": () => new AppendEncoder(),
};

/** A clock by which time passes whenever it is looked at: every few steps are a slice. */
class SlowClock extends ManualClock {
  #looks = 0;
  readonly #looksPerMs: number;

  constructor(looksPerMs: number) {
    super();
    this.#looksPerMs = looksPerMs;
  }

  override monotonic(): number {
    return super.monotonic() + this.#looks++ / this.#looksPerMs;
  }

  override after(_ms: number, run: () => void): Timer {
    return super.after(0, run);
  }
}

/** What happens to the key at slot 0 while it is saved. */
const CHANGES: Readonly<
  Record<string, (keyspace: Keyspace, value: Value) => void>
> = {
  edited: () => {},
  removed: (keyspace) => keyspace.remove(0),
  overwritten: (keyspace) => keyspace.replace(0, "another"),
  renamed(keyspace, value) {
    keyspace.remove(0);
    keyspace.add("new name", value);
  },
};

for (const [format, encoder] of Object.entries(ENCODERS)) {
  for (const [type, make] of Object.entries(TYPES)) {
    Deno.test(`a large ${type} is in the ${format} as it was when the save began, whatever becomes of it at whatever moment`, async () => {
      const expected = await saved(make()[0], encoder());
      for (const change of Object.values(CHANGES)) {
        for (const turns of [0, 1, 3]) {
          const [value, edit] = make();
          const bytes = await saved(value, encoder(), turns, (keyspace) => {
            keyspace.willChange(0);
            change(keyspace, value);
            edit();
          });
          // The bytes are too many to be shown as a difference.
          assert(bytes.equals(expected));
        }
      }
    });
  }
}

/** Returns the file of a save during which the key changes after some turns. */
async function saved(
  value: Value,
  encoder: EntryEncoder,
  turns = 0,
  change?: (keyspace: Keyspace) => void,
): Promise<Buffer> {
  const files = new MemoryFiles();
  const keyspace = new Keyspace();
  keyspace.add("key", value);
  const save = new BackgroundSave(
    files,
    PATH,
    // A step of a log is a single command.
    new SlowClock(encoder instanceof AppendEncoder ? 32 : 1),
    [keyspace],
    FACTS,
    "1-1",
    encoder,
  );
  for (let i = 0; i < turns; i++) await new Promise((r) => setTimeout(r, 0));
  change?.(keyspace);
  assertEquals(await save.done, "saved");
  return Buffer.from(files.get(PATH)!);
}
