import { assertEquals, assertThrows } from "@std/assert";
import { BackgroundSave } from "../../src/persistence/background_save.ts";
import { disk, removeLeftovers } from "../../src/persistence/files.ts";
import {
  loadSnapshot,
  loadSnapshotSync,
  saveSnapshotSync,
} from "../../src/persistence/snapshot.ts";
import type { Keyspace } from "../../src/store/keyspace.ts";
import { List } from "../../src/store/values/list.ts";
import { ManualClock } from "../helpers/manual_clock.ts";
import { property } from "../helpers/seeded.ts";
import {
  contents,
  type Data,
  FACTS,
  keyspacesOf,
  NOW,
  OPTIONS,
  PATH,
  randomData,
} from "./data.ts";
import { type FileStep, MemoryFiles } from "./memory_files.ts";

const OLD: Data = [{ old: "data" }];
const NEW: Data = [{ new: "data", list: ["a", "b"] }];
const STEPS: readonly FileStep[] = [
  "create",
  "write",
  "sync",
  "rename",
  "syncFolder",
];

/** A number that no process has. */
const NO_PROCESS = 2 ** 31 - 1;

function filesWithOld(): MemoryFiles {
  const files = new MemoryFiles();
  saveSnapshotSync(files, PATH, keyspacesOf(OLD), FACTS);
  return files;
}

function loaded(files: MemoryFiles): string[] {
  return contents(loadSnapshotSync(files, PATH, OPTIONS)!.keyspaces);
}

function inBackground(files: MemoryFiles, keyspaces: readonly Keyspace[]) {
  return new BackgroundSave(
    files,
    PATH,
    new ManualClock(),
    keyspaces,
    FACTS,
    "1-1",
  );
}

Deno.test("a save is written beside the old file, flushed, renamed, and its name flushed", () => {
  const files = filesWithOld();
  files.steps.length = 0;
  saveSnapshotSync(files, PATH, keyspacesOf(NEW), FACTS);
  assertEquals(files.steps, STEPS);
  assertEquals(files.paths, [PATH]);
});

for (const step of STEPS) {
  Deno.test(`a save that fails at ${step} leaves the old file, or the new one once it has its name, and nothing else`, async () => {
    for (const way of ["sync", "background"]) {
      const files = filesWithOld();
      files.fails = (each) => each === step ? new Error("broken") : undefined;
      const keyspaces = keyspacesOf(NEW);
      if (way === "sync") {
        assertThrows(
          () => saveSnapshotSync(files, PATH, keyspaces, FACTS),
          Error,
          "broken",
        );
      } else {
        const outcome = await inBackground(files, keyspaces).done;
        assertEquals(
          String((outcome as { error: unknown }).error),
          "Error: broken",
        );
      }
      files.fails = () => undefined;
      assertEquals(files.paths, [PATH]);
      assertEquals(
        loaded(files),
        contents(keyspacesOf(step === "syncFolder" ? NEW : OLD)),
      );
      // The keyspaces can be walked again.
      assertEquals(await inBackground(files, keyspaces).done, "saved");
      assertEquals(loaded(files), contents(keyspacesOf(NEW)));
    }
  });

  Deno.test(`when the power goes at ${step}, the old or the new file is whole`, async () => {
    for (const way of ["sync", "background"]) {
      const files = filesWithOld();
      let left: MemoryFiles | undefined;
      files.fails = (each) => {
        if (each === step) left ??= files.afterPowerLoss();
        return undefined;
      };
      const keyspaces = keyspacesOf(NEW);
      if (way === "sync") saveSnapshotSync(files, PATH, keyspaces, FACTS);
      else await inBackground(files, keyspaces).done;
      assertEquals(loaded(left!), contents(keyspacesOf(OLD)));
      assertEquals(
        loaded(files.afterPowerLoss()),
        contents(keyspacesOf(NEW)),
      );
    }
  });
}

Deno.test("a disk that is full at any byte leaves the old file and nothing else", async () => {
  for (let room = 0; room < 240; room += 7) {
    const files = filesWithOld();
    files.capacity = files.get(PATH)!.length + room;
    assertThrows(
      () => saveSnapshotSync(files, PATH, keyspacesOf(NEW), FACTS),
      Error,
      "No space left",
    );
    assertEquals(
      typeof await inBackground(files, keyspacesOf(NEW)).done,
      "object",
    );
    assertEquals(files.paths, [PATH]);
    assertEquals(loaded(files), contents(keyspacesOf(OLD)));
  }
});

property(
  "a background save holds the moment at which it began, whatever changes meanwhile",
  async (random) => {
    const files = new MemoryFiles();
    const keyspaces = keyspacesOf([
      ...randomData(random).slice(0, 2),
      {
        text: "x".repeat(600_000),
        list: random.list(30_000, (i) => `element ${i}`),
        ...Object.fromEntries(random.list(3000, (i) => [`key ${i}`, `${i}`])),
      },
    ]);
    const expected = contents(keyspaces);
    const save = inBackground(files, keyspaces);
    let ended = false;
    save.done.then(() => ended = true);
    while (!ended) {
      for (let n = 0; n < 50; n++) {
        const keyspace = random.pick(keyspaces);
        if (keyspace.size === 0 || random.chance(0.3)) {
          const key = `new ${random.below(1e9)}`;
          if (keyspace.find(key) < 0) keyspace.add(key, "new");
          continue;
        }
        const slot = random.below(keyspace.size);
        keyspace.willChange(slot);
        const value = keyspace.value(slot);
        const change = random.pick(["remove", "expire", "edit"]);
        if (change === "remove") keyspace.remove(slot);
        else if (change === "expire") keyspace.expiries.set(slot, NOW + 5);
        else if (value instanceof List) value.pushTail("changed");
        else keyspace.replace(slot, "changed");
      }
      await new Promise((resolve) => setTimeout(resolve, 0));
    }
    assertEquals(loaded(files), expected);
  },
  { runs: 10 },
);

Deno.test("a background save that waits for the disk keeps what changes meanwhile", async () => {
  const files = new MemoryFiles();
  let go: () => void = () => {};
  files.mayWrite = new Promise((resolve) => go = resolve);
  const entries = Object.fromEntries(
    Array.from({ length: 20_000 }, (_, i) => [`key ${i}`, "x".repeat(100)]),
  );
  const keyspaces = keyspacesOf([entries]);
  const expected = contents(keyspaces);
  const save = inBackground(files, keyspaces);
  for (let i = 0; i < 50; i++) await new Promise((r) => setTimeout(r, 0));
  const [keyspace] = keyspaces;
  while (keyspace!.size > 0) {
    keyspace!.willChange(0);
    keyspace!.remove(0);
  }
  assertEquals(files.steps, ["create"]);
  go();
  assertEquals(await save.done, "saved");
  assertEquals(loaded(files), expected);
});

Deno.test("a background save that is cancelled leaves the old file, at whatever moment", async () => {
  for (let turns = 0; turns < 6; turns++) {
    const files = filesWithOld();
    let go: () => void = () => {};
    files.mayWrite = new Promise((resolve) => go = resolve);
    const keyspaces = keyspacesOf(NEW);
    const save = inBackground(files, keyspaces);
    for (let i = 0; i < turns; i++) await new Promise((r) => setTimeout(r, 0));
    save.cancel();
    go();
    assertEquals(await save.done, "cancelled");
    assertEquals(files.paths, [PATH]);
    assertEquals(loaded(files), contents(keyspacesOf(OLD)));
    keyspaces[0]!.willChange(0);
  }
});

Deno.test("the files of the machine are written, read, replaced and cleaned up", async () => {
  const folder = await Deno.makeTempDir({ prefix: "redis-lite-" });
  try {
    const path = `${folder}/dump.json`;
    assertEquals(await loadSnapshot(disk, path, OPTIONS), undefined);
    saveSnapshotSync(disk, path, keyspacesOf(OLD), FACTS);
    const save = new BackgroundSave(
      disk,
      path,
      new ManualClock(),
      keyspacesOf(NEW),
      FACTS,
      "1-1",
    );
    assertEquals(await save.done, "saved");
    const { size } = disk.open(path)!;
    const steps: number[][] = [];
    const read = await loadSnapshot(disk, path, OPTIONS, {
      bytes: size - 1,
      done: (...step) => void steps.push(step),
    });
    assertEquals(contents(read!.keyspaces), contents(keyspacesOf(NEW)));
    const { keys } = read!;
    assertEquals(steps, [[size - 1, size, keys], [size, size, keys]]);
    const names = [
      `dump.json.${NO_PROCESS}.tmp`,
      `dump.json.${NO_PROCESS}-3.tmp`,
      `dump.json.${Deno.pid}-3.tmp`,
      `dump.json.${Deno.ppid}-3.tmp`,
      "dump.json.x.tmp",
      `other.${NO_PROCESS}.tmp`,
    ];
    for (const name of names) Deno.writeTextFileSync(`${folder}/${name}`, "");
    assertEquals(
      removeLeftovers(disk, path).sort(),
      [names[2]!, names[1]!, names[0]!].sort(),
    );
    assertEquals(
      disk.names(folder).sort(),
      ["dump.json", ...names.slice(3)].sort(),
    );
    assertEquals(removeLeftovers(disk, `${folder}/none/dump.json`), []);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("a large file of the machine that is replaced or removed is gone at once, and leaves nothing behind", async () => {
  const folder = await Deno.makeTempDir({ prefix: "redis-lite-" });
  const names = () => disk.names(folder).sort();
  const write = (name: string, text: string) =>
    Deno.writeTextFileSync(`${folder}/${name}`, text);
  const until = async (expected: string[]) => {
    while (names().join() !== expected.join()) {
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
  };
  try {
    write("large", "x".repeat(2_000_000));
    write("small", "new");
    disk.rename(`${folder}/small`, `${folder}/large`);
    assertEquals(Deno.readTextFileSync(`${folder}/large`), "new");
    await until(["large"]);
    write("large", "x".repeat(2_000_000));
    disk.remove(`${folder}/large`);
    assertEquals(names().includes("large"), false);
    await until([]);
    // It has been left by a process that has ended since.
    write(`dump.json.1.${NO_PROCESS}-0.tmp`, "");
    assertEquals(
      removeLeftovers(disk, `${folder}/dump.json`),
      [`dump.json.1.${NO_PROCESS}-0.tmp`],
    );
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test({
  name:
    "without the permission to ask for processes what was written to lately is no leftover",
  permissions: { read: true, write: true, sys: false },
  fn() {
    const folder = Deno.makeTempDirSync({ prefix: "redis-lite-" });
    try {
      const old = `${folder}/dump.json.${NO_PROCESS}-1.tmp`;
      Deno.writeTextFileSync(old, "");
      Deno.utimeSync(old, 0, 0);
      Deno.writeTextFileSync(`${folder}/dump.json.${NO_PROCESS}-2.tmp`, "");
      removeLeftovers(disk, `${folder}/dump.json`);
      assertEquals(disk.names(folder), [`dump.json.${NO_PROCESS}-2.tmp`]);
    } finally {
      Deno.removeSync(folder, { recursive: true });
    }
  },
});
