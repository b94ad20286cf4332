/** Snapshots that are compressed. */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { gunzipSync, gzipSync } from "node:zlib";
import { checkFile } from "../../src/persistence/append_repair.ts";
import { BackgroundSave } from "../../src/persistence/background_save.ts";
import { compressing } from "../../src/persistence/gzip.ts";
import {
  loadSnapshot,
  loadSnapshotSync,
  saveSnapshotSync,
} from "../../src/persistence/snapshot.ts";
import { SnapshotError } from "../../src/persistence/snapshot_error.ts";
import { LoadError } from "../../src/server/snapshot_loader.ts";
import { patiently, until } from "../helpers/event_loop.ts";
import { ManualClock } from "../helpers/manual_clock.ts";
import { property } from "../helpers/seeded.ts";
import {
  contents,
  type Data,
  DATABASES,
  FACTS,
  keyspacesOf,
  OPTIONS,
  PATH,
  randomData,
  snapshotOf,
} from "./data.ts";
import { type FileStep, MemoryFiles } from "./memory_files.ts";
import { Session } from "./session.ts";

const SMALL: Data = [{ greeting: "hello", queue: ["a", "\xff"] }];
const ON = { "snapshot-compression": "gzip" } as const;
const DAMAGED =
  "it is compressed with gzip, and damaged or cut off; zcat shows what can still be read of it";

function compressed(data: Data): Uint8Array {
  const files = new MemoryFiles();
  saveSnapshotSync(compressing(files), PATH, keyspacesOf(data), FACTS);
  return files.get(PATH)!;
}

/** What a file holds, or its SnapshotError, as it is loaded while requests are served, and before one returns. */
async function bothLoads(bytes: Uint8Array): Promise<string[][]> {
  const files = new MemoryFiles();
  files.put(PATH, bytes);
  const steps = { bytes: Math.max(100, bytes.length >> 4), done: () => {} };
  const loads = [
    () => loadSnapshot(files, PATH, OPTIONS, steps),
    () => loadSnapshotSync(files, PATH, OPTIONS),
  ];
  const results: string[][] = [];
  for (const load of loads) {
    try {
      results.push(contents((await load())!.keyspaces));
    } catch (error) {
      if (!(error instanceof SnapshotError)) throw error;
      results.push([error.message]);
    }
  }
  return results;
}

property(
  "what is compressed is the snapshot, however it is saved and loaded",
  async (random) => {
    const data = randomData(random);
    // More than is compressed at a time, and than is read at a time.
    const long = random.chance(0.3)
      ? [...data, { long: random.bytes(random.below(70_000)) }].slice(
        -DATABASES,
      )
      : data;
    const bytes = compressed(long);
    assert(gunzipSync(bytes).equals(snapshotOf(long)));
    const expected = contents(keyspacesOf(long));
    assertEquals(await bothLoads(bytes), [expected, expected]);
    const files = new MemoryFiles();
    const background = new BackgroundSave(
      compressing(files),
      PATH,
      new ManualClock(),
      keyspacesOf(long),
      FACTS,
      "1-1",
    );
    assertEquals(await background.done, "saved");
    assertEquals(await bothLoads(files.get(PATH)!), [expected, expected]);
  },
);

Deno.test("what others have compressed is loaded: JSON by hand, an RDB file", async () => {
  const byHand = gzipSync('{\n  "greeting": "hello",\n  "queue": ["a"]\n}\n');
  const expected = contents(keyspacesOf([{ greeting: "hello", queue: ["a"] }]));
  assertEquals(await bothLoads(byHand), [expected, expected]);
  const files = new MemoryFiles();
  await using session = await Session.start({ dbfilename: "dump.rdb" }, files);
  await session.call("SET greeting hello");
  await session.call("SAVE");
  const rdb = gzipSync(files.get(session.path)!);
  const greeting = contents(keyspacesOf([{ greeting: "hello" }]));
  assertEquals(await bothLoads(rdb), [greeting, greeting]);
});

Deno.test("a compressed snapshot cut or damaged at any byte is refused, or loads the same data", async () => {
  const good = compressed(SMALL);
  const expected = contents(keyspacesOf(SMALL));
  const tryOne = async (bytes: Uint8Array, what: string) => {
    for (const result of await bothLoads(bytes)) {
      const isRefused = result.length === 1;
      if (!isRefused) assertEquals(result, expected, what);
    }
  };
  for (let at = 0; at < good.length; at++) {
    await tryOne(good.slice(0, at), `cut at ${at}`);
    for (let bit = 0; bit < 8; bit++) {
      const bytes = good.slice();
      bytes[at]! ^= 1 << bit;
      await tryOne(bytes, `bit ${bit} of byte ${at}`);
    }
  }
  for (const bytes of [good.slice(0, -1), good.slice(0, 3), [...good, 0]]) {
    assertEquals(
      await bothLoads(Uint8Array.from(bytes)),
      [[DAMAGED], [DAMAGED]],
    );
  }
});

Deno.test("a compressed save that fails at any step, or fills the disk, leaves the old file and nothing else", async () => {
  const steps: FileStep[] = ["create", "write", "sync", "rename"];
  const failures = [
    ...steps.map((step) => (files: MemoryFiles) => {
      files.fails = (each) => each === step ? new Error("broken") : undefined;
    }),
    ...[0, 5, 20, 80].map((room) => (files: MemoryFiles) => {
      files.capacity = files.get(PATH)!.length + room;
    }),
  ];
  for (const prepare of failures) {
    for (const way of ["sync", "background"]) {
      const files = new MemoryFiles();
      files.put(PATH, snapshotOf([{ old: "data" }]));
      prepare(files);
      const keyspaces = keyspacesOf(SMALL);
      if (way === "sync") {
        let error: unknown;
        try {
          saveSnapshotSync(compressing(files), PATH, keyspaces, FACTS);
        } catch (thrown) {
          error = thrown;
        }
        assert(error instanceof Error);
      } else {
        const clock = new ManualClock();
        const save = new BackgroundSave(
          compressing(files),
          PATH,
          clock,
          keyspaces,
          FACTS,
          "1-1",
        );
        assert(typeof await save.done === "object");
      }
      files.fails = () => undefined;
      assertEquals(files.paths, [PATH]);
      assertEquals(
        contents(loadSnapshotSync(files, PATH, OPTIONS)!.keyspaces),
        contents(keyspacesOf([{ old: "data" }])),
      );
    }
  }
});

Deno.test("snapshot-compression gzip holds for SAVE, BGSAVE and backups, and what is loaded need not be compressed", async () => {
  const files = new MemoryFiles();
  {
    await using session = await Session.start({ "backup-count": 1 }, files);
    const { path } = session;
    await session.call("SET a 1");
    await session.call("SAVE");
    assertStringIncludes(files.text(path)!, '"key":"a"');
    await session.call("CONFIG SET snapshot-compression gzip");
    await session.call("BGSAVE");
    await session.backgroundSaved();
    assertStringIncludes(gunzipSync(files.get(path)!).toString(), '"key":"a"');
    assertStringIncludes(files.text(`${path}.1`)!, '"key":"a"');
    await session.call("SET b 2");
    await session.call("SAVE");
    assertEquals(files.get(`${path}.1`)![0], 0x1f);
    assertEquals(await session.call("DEBUG RELOAD"), "OK");
    const bytes = files.get(path)!;
    assertEquals(checkFile(files, path, OPTIONS).lines, [
      `${path}: compressed snapshot of 2 keys, ${bytes.length} bytes`,
      "All of it can be loaded",
    ]);
    files.put(path, bytes.slice(0, -4));
    assertEquals(checkFile(files, path, OPTIONS), {
      lines: [
        `${path}: compressed snapshot of 0 keys, good up to byte 0 of ${
          bytes.length - 4
        }: ${DAMAGED}`,
        "It cannot be loaded",
      ],
      isGood: false,
    });
    let message = "";
    try {
      await using _ = await Session.start({}, files);
    } catch (error) {
      if (error instanceof LoadError) message = error.message;
    }
    assertEquals(
      message,
      `Could not load the snapshot ${path}: ${DAMAGED}; mend the file, or move it away to start without its data`,
    );
    files.put(path, bytes);
  }
  await using session = await Session.start({}, files);
  assertEquals(await session.call("MGET a b"), ["1", "2"]);
});

Deno.test("an RDB file is never compressed as a whole: redis-server could not read it", async () => {
  await using session = await Session.start({ ...ON, dbfilename: "dump.rdb" });
  await session.call("SAVE");
  assertEquals(session.files.text(session.path)!.slice(0, 5), "REDIS");
});

Deno.test("the base of the append log is compressed when it is JSON", async () => {
  const files = new MemoryFiles();
  const config = { ...ON, appendonly: true };
  const base = (n: number, format: string) =>
    files.get(
      `${Deno.cwd()}/appendonlydir/appendonly.aof.${n}.base.${format}`,
    )!;
  {
    await using session = await Session.start(config, files);
    await session.call("SET a 1");
    assertEquals(base(1, "json")[0], 0x1f);
    await session.call("BGREWRITEAOF");
    const { rewrite } = session.server.appendLog;
    await patiently("the rewrite", rewrite.settled());
    await until("it has been put in place", () => !rewrite.running);
    assertEquals(base(2, "json")[0], 0x1f);
    await session.call("SET b 2");
    assertEquals(await session.call("DEBUG LOADAOF"), "OK");
  }
  await using session = await Session.start(config, files);
  assertEquals(await session.call("MGET a b"), ["1", "2"]);
  await session.call("CONFIG SET aof-use-rdb-preamble no");
  await session.call("BGREWRITEAOF");
  const { rewrite } = session.server.appendLog;
  await patiently("the rewrite", rewrite.settled());
  await until("it has been put in place", () => !rewrite.running);
  assertEquals(base(3, "aof")[0], "*".charCodeAt(0));
});
