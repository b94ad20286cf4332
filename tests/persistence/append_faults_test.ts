import { assert, assertEquals, assertMatch } from "@std/assert";
import { checkFile, repairLog } from "../../src/persistence/append_repair.ts";
import { LoadError } from "../../src/server/snapshot_loader.ts";
import { until } from "../helpers/event_loop.ts";
import { defaultThresholds } from "../../src/store/values/thresholds.ts";
import { NOW } from "./data.ts";
import { MemoryFiles } from "./memory_files.ts";
import { Session } from "./session.ts";

const FOLDER = `${Deno.cwd()}/appendonlydir`;
const MANIFEST = `${FOLDER}/appendonly.aof.manifest`;
const BASE = `${FOLDER}/appendonly.aof.1.base.json`;
const INCREMENT = `${FOLDER}/appendonly.aof.1.incr.aof`;
const OPTIONS = {
  databases: 16,
  now: NOW,
  keepsExpired: true,
  checksum: true,
  thresholds: defaultThresholds(),
};
const SCRIPT = [
  "SET a 1",
  "RPUSH l x y",
  "MULTI",
  "INCR a",
  "LPOP l",
  "EXEC",
  "SELECT 2",
  "HSET h f v",
];

/** A small log, and the digests of the data after each of its commands. */
interface Sample {
  readonly files: MemoryFiles;
  readonly digests: readonly unknown[];
}

async function sample(preamble = true): Promise<Sample> {
  const files = new MemoryFiles();
  {
    await using session = await Session.start({}, files);
    await session.call("SET old data");
    await session.call("SAVE");
  }
  const digests: unknown[] = [];
  await using session = await start(files, preamble);
  digests.push(await session.call("DEBUG DIGEST"));
  let inTransaction = false;
  for (const line of SCRIPT) {
    await session.call(line);
    inTransaction = line === "MULTI" || inTransaction && line !== "EXEC";
    if (!inTransaction) digests.push(await session.call("DEBUG DIGEST"));
  }
  return { files: copyOf(files), digests };
}

function start(files: MemoryFiles, preamble = true): Promise<Session> {
  return Session.start({
    appendonly: true,
    "aof-use-rdb-preamble": preamble,
  }, files);
}

function copyOf(files: MemoryFiles): MemoryFiles {
  const copy = new MemoryFiles();
  for (const path of files.paths) copy.put(path, files.get(path)!.slice());
  return copy;
}

/** What becomes of a start: the digest of the data, or why there was none. */
async function outcome(files: MemoryFiles): Promise<unknown> {
  try {
    await using session = await start(files);
    return await session.call("DEBUG DIGEST");
  } catch (error) {
    if (!(error instanceof LoadError)) throw error;
    return error;
  }
}

/** That a refusal says which file it is about and what to do, and has left everything as it is. */
function assertRefused(error: unknown, path: string): void {
  if (!(error instanceof LoadError)) throw new Error(`Loaded: ${error}`);
  assert(error.message.includes(path), error.message);
  assertMatch(error.message, /Copy the folder|Put a copy|Put the file back/);
}

Deno.test("a log that is cut at any byte loads up to its last whole command or transaction", async () => {
  const { digests, files } = await sample();
  const whole = files.get(INCREMENT)!;
  let reached = 0;
  for (let length = 0; length <= whole.length; length++) {
    const cut = copyOf(files);
    cut.put(INCREMENT, whole.slice(0, length));
    const state = digests.indexOf(await outcome(cut));
    assert(state >= reached, `cut at ${length}`);
    reached = state;
    // What was cut off is gone; the log goes on from there.
    assertEquals(digests.indexOf(await outcome(cut)), state);
  }
  assertEquals(reached, digests.length - 1);
});

Deno.test("a log is cut at its end, too, when a file that was never written to follows", async () => {
  const { digests, files } = await sample();
  const next = INCREMENT.replace(".1.incr", ".2.incr");
  const line = "file appendonly.aof.2.incr.aof seq 2 type i\n";
  // The checksum is left out.
  const manifest = files.text(MANIFEST)!.replace(/#.*\n$/, "") + line;
  for (const [content, isCut] of [["", true], ["*", false]] as const) {
    const cut = copyOf(files);
    cut.put(MANIFEST, manifest);
    cut.put(INCREMENT, files.get(INCREMENT)!.slice(0, -30));
    cut.put(next, content);
    const result = await outcome(cut);
    if (isCut) assertEquals(result, digests.at(-2));
    else assertRefused(result, INCREMENT);
  }
});

Deno.test("a log that ends in zero bytes, as after a loss of power, loads without them", async () => {
  const { digests, files } = await sample();
  const whole = files.get(INCREMENT)!;
  const padded = new Uint8Array(whole.length + 5000);
  padded.set(whole);
  files.put(INCREMENT, padded);
  assertEquals(await outcome(files), digests.at(-1));
  assertEquals(files.get(INCREMENT)!.length, whole.length);
});

for (const path of [MANIFEST, BASE, INCREMENT]) {
  for (const bits of [0x01, 0x20, 0x80]) {
    Deno.test(`${path.slice(FOLDER.length + 1)} with bits ${bits} of any byte flipped is refused, or loads as it was`, async () => {
      const { digests, files } = await sample();
      const before = files.get(path)!;
      let refused = 0;
      for (let at = 0; at < before.length; at++) {
        const bad = copyOf(files);
        const bytes = before.slice();
        bytes[at]! ^= bits;
        bad.put(path, bytes);
        const result = await outcome(bad);
        if (result === digests.at(-1)) continue;
        assertRefused(result, FOLDER);
        assertEquals(bad.get(path), bytes, `byte ${at}`);
        refused++;
      }
      assert(refused > before.length / 2, `${refused} of ${before.length}`);
    });
  }
}

for (const path of [MANIFEST, BASE]) {
  Deno.test(`${path.slice(FOLDER.length + 1)} that is cut at any byte is refused`, async () => {
    const { files } = await sample();
    const whole = files.get(path)!;
    // The last byte of a snapshot is a line break, which may be lacking.
    const end = path === BASE ? whole.length - 1 : whole.length;
    for (let length = 0; length < end; length++) {
      const bad = copyOf(files);
      const bytes = whole.slice(0, length);
      bad.put(path, bytes);
      const result = await outcome(bad);
      const isUnsummed = path === MANIFEST &&
        new TextDecoder().decode(bytes).split("\n").length === 3;
      // A manifest that names all files does not need its checksum.
      if (isUnsummed && !(result instanceof LoadError)) continue;
      assertRefused(result, FOLDER);
      assertEquals(bad.get(path), bytes, `byte ${length}`);
    }
  });
}

Deno.test("a log with any byte flipped is repaired up to what is certain", async () => {
  const { digests, files } = await sample();
  const before = files.get(INCREMENT)!;
  for (let at = 0; at < before.length; at++) {
    const bad = copyOf(files);
    const bytes = before.slice();
    bytes[at]! ^= 0x04;
    bad.put(INCREMENT, bytes);
    const lines = repairLog(bad, MANIFEST, OPTIONS);
    const state = digests.indexOf(await outcome(bad));
    assert(state >= 0, `byte ${at}: ${lines.join("\n")}`);
    const kept = bad.paths.find((path) => path.includes(".cut-at-"));
    if (kept === undefined) continue;
    const cutAt = Number(/\d+$/.exec(kept)![0]);
    assert(cutAt <= at, `byte ${at} cut at ${cutAt}`);
    assertEquals(bad.get(kept), bytes.slice(cutAt));
  }
});

Deno.test("a repair in the middle takes the files that follow out of the manifest", async () => {
  const { digests, files } = await sample();
  files.put(
    MANIFEST,
    "file appendonly.aof.1.base.json seq 1 type b\n" +
      "file appendonly.aof.1.incr.aof seq 1 type i\n" +
      "file appendonly.aof.2.incr.aof seq 2 type i\n",
  );
  files.put(
    `${FOLDER}/appendonly.aof.2.incr.aof`,
    "*3\r\n$3\r\nSET\r\n$1\r\nz\r\n$1\r\n1\r\n",
  );
  const bytes = files.get(INCREMENT)!.slice();
  bytes[bytes.length - 20]! ^= 1;
  files.put(INCREMENT, bytes);
  assertRefused(await outcome(copyOf(files)), INCREMENT);
  const lines = repairLog(files, INCREMENT, OPTIONS);
  assertMatch(lines.at(-1)!, /Took appendonly.aof.2.incr.aof, which follows/);
  assert(digests.includes(await outcome(files)));
});

Deno.test("a file that the manifest names and that is not there is refused by name", async () => {
  const { files } = await sample();
  files.remove(INCREMENT);
  assertRefused(await outcome(files), INCREMENT);
});

Deno.test("a log whose manifest is lost is not loaded, not written over, and whole again with its manifest", async () => {
  const { digests, files } = await sample();
  const manifest = files.get(MANIFEST)!;
  const before = [files.get(BASE)!, files.get(INCREMENT)!];
  files.remove(MANIFEST);
  {
    await using session = await start(files);
    // What is there is the snapshot that the log had begun with.
    assertEquals(await session.call("DEBUG DIGEST"), digests[0]);
    assertMatch(
      session.lines.join("\n"),
      /manifest does not name, or is not there to name, files of a log that are there; they are not loaded, and left as they are: appendonly.aof.1.base.json, appendonly.aof.1.incr.aof/,
    );
    await session.call("SET new 1");
  }
  assertEquals([files.get(BASE)!, files.get(INCREMENT)!], before);
  assertMatch(files.text(MANIFEST)!, /\.2\.base\.json.*\n.*\.2\.incr\.aof/);
  files.put(MANIFEST, manifest);
  assertEquals(await outcome(files), digests.at(-1));
});

Deno.test("a base of a rewrite that did not end is written over, what was logged while a log was turned on is not", async () => {
  const { files } = await sample();
  const base = BASE.replace(".1.", ".2.");
  files.put(base, "{");
  {
    await using session = await start(files);
    assertEquals(session.lines.filter((line) => /left as/.test(line)), []);
    await session.call("BGREWRITEAOF");
    await until("it is done", () => !session.server.appendLog.rewrite.running);
    assert(files.get(base)!.length > 1);
  }
  const third = INCREMENT.replace(".1.", ".3.");
  const logged = new TextEncoder().encode("*1\r\n$4\r\nPING\r\n");
  files.put(third, logged);
  await using session = await start(files);
  assert(session.lines.some((line) => /left as .*: \S+3.incr.aof/.test(line)));
  await session.call("BGREWRITEAOF");
  await until("it is done", () => !session.server.appendLog.rewrite.running);
  assertEquals(files.get(third), logged);
});

Deno.test("a command that fails, is unknown or cannot be in a log is damage", async () => {
  for (
    const [command, reason] of [
      ["*2\r\n$4\r\nINCR\r\n$1\r\nh\r\n", /"INCR" fails: WRONGTYPE/],
      ["*1\r\n$3\r\nXXX\r\n", /unknown command "XXX"/],
      ["*1\r\n$8\r\nSHUTDOWN\r\n", /"SHUTDOWN" cannot be in a log/],
      ["*1\r\n$3\r\nGET\r\n", /too few or too many words for "GET"/],
      ["*1\r\n$4\r\nEXEC\r\n", /EXEC without MULTI/],
      ["SET a 1\r\n", /not a command/],
    ] as const
  ) {
    const { files } = await sample();
    const size = files.get(INCREMENT)!.length;
    files.put(INCREMENT, files.text(INCREMENT) + command);
    const error = await outcome(files);
    assertRefused(error, INCREMENT);
    assertMatch((error as LoadError).message, reason);
    assertMatch((error as LoadError).message, new RegExp(`byte ${size}:`));
    const at = /--repair-aof \S+ (\d+),/.exec((error as LoadError).message);
    repairLog(
      files,
      INCREMENT,
      OPTIONS,
      at === null ? undefined : Number(at[1]),
    );
    assertEquals(files.get(INCREMENT)!.length, size);
  }
});

Deno.test("in a log without checksums, as redis-server writes it, a command that fails is left out", async () => {
  const resp = (line: string) => {
    const words = line.split(" ");
    return [
      `*${words.length}`,
      ...words.flatMap((word) => [`$${word.length}`, word]),
    ].map((each) => `${each}\r\n`).join("");
  };
  const files = new MemoryFiles();
  const log = [
    "SELECT 0",
    "SET a b",
    "INCR a",
    "MULTI",
    "LPUSH a 1",
    "SET c d",
    "EXEC",
  ].map(resp).join("");
  const manifest = "file appendonly.aof.1.incr.aof seq 1 type i\n";
  files.put(INCREMENT, log);
  files.put(MANIFEST, manifest);
  for (const value of ["1", "2"]) {
    await using session = await start(files);
    assertMatch(
      session.lines.join("\n"),
      /incr\.aof: 2 commands failed and were left out, as redis-server does; the first at byte 50: "INCR" fails: ERR value/,
    );
    assertEquals(await session.call("MGET a c"), ["b", "d"]);
    await session.call(`SET e ${value}`);
  }
  assertEquals(files.text(INCREMENT), log);
  {
    await using session = await start(files);
    assertEquals(await session.call("GET e"), "2");
  }
  const { files: own } = await sample();
  const [, checksum] = /(#CRC:.*\r\n)/.exec(own.text(INCREMENT)!)!;
  files.put(INCREMENT, log + checksum);
  assertRefused(await outcome(files), INCREMENT);
});

Deno.test("a check says what is in each file of a log, and what is wrong", async () => {
  const { files } = await sample();
  const { lines, isGood } = checkFile(files, MANIFEST, OPTIONS);
  assertEquals(isGood, true);
  assertEquals(lines, [
    `${BASE}: snapshot of 1 keys, ${files.get(BASE)!.length} bytes`,
    `${INCREMENT}: 9 commands, ${files.get(INCREMENT)!.length} bytes`,
    "All of it can be loaded",
  ]);
  const bytes = files.get(INCREMENT)!;
  files.put(INCREMENT, bytes.slice(0, 20));
  files.put(`${FOLDER}/appendonly.aof.2.incr.aof`, bytes);
  files.put(
    MANIFEST,
    files.text(MANIFEST)!.split("\n").slice(0, 2).join("\n") +
      "\nfile appendonly.aof.2.incr.aof seq 2 type i\n",
  );
  const bad = checkFile(files, INCREMENT, OPTIONS);
  assertEquals(bad.isGood, false);
  assertMatch(
    bad.lines[1]!,
    /good up to byte 0 of 20: it ends in the middle/,
  );
  assertEquals(bad.lines.at(-1), "It cannot be loaded");
  files.put("/data/dump.json", "");
  assertEquals(checkFile(files, "/data/dump.json", OPTIONS).lines, [
    "/data/dump.json: snapshot of 0 keys, good up to byte 0 of 0: the file is empty: remove it to start without data",
    "It cannot be loaded",
  ]);
});

Deno.test("a check says where a start will cut a log whose end is missing", async () => {
  const { files } = await sample();
  const bytes = files.get(INCREMENT)!;
  const text = new TextDecoder().decode(bytes);
  const multi = text.indexOf("*1\r\n$5\r\nMULTI");
  const last = text.lastIndexOf("*4\r\n");
  for (
    const [torn, at] of [
      [bytes.slice(0, last + 9), last],
      [bytes.slice(0, multi + 25), multi],
      [Uint8Array.of(...bytes, 0, 0, 0), bytes.length],
    ] as const
  ) {
    files.put(INCREMENT, torn);
    const { lines, isGood } = checkFile(files, MANIFEST, OPTIONS);
    assertEquals(isGood, true);
    assertEquals(
      lines.at(-1),
      `It can be loaded: unless aof-load-truncated is no, a start cuts ${INCREMENT} at byte ${at}`,
    );
    const copy = copyOf(files);
    assert(!(await outcome(copy) instanceof LoadError));
    assertEquals(copy.get(INCREMENT)!.length, at);
  }
});

Deno.test("a check of a snapshot says what a start does", async () => {
  const path = `${Deno.cwd()}/dump.json`;
  const utf16 = [..."\ufeff{}"].flatMap((each) => {
    const code = each.charCodeAt(0);
    return [code & 255, code >> 8];
  });
  for (
    const content of [
      '\ufeff{"a":"1"}',
      ' \n{"a":"1"}',
      "{}",
      "",
      " \n",
      "[]",
      '"a"',
      "// mine\n{}",
      "RESP",
      Uint8Array.from(utf16),
      new Uint8Array(3),
    ]
  ) {
    const files = new MemoryFiles();
    files.put(path, content);
    const { lines, isGood } = checkFile(files, path, OPTIONS);
    let refusal = "";
    try {
      await using _ = await Session.start({}, files);
    } catch (error) {
      refusal = (error as Error).message;
    }
    assertEquals(isGood, refusal === "", `${content}`);
    const [, problem = ""] =
      /good up to byte \d+ of \d+: (.*)/.exec(lines[0]!) ??
        [];
    assert(refusal.includes(problem), `${problem} is not in ${refusal}`);
    assertEquals(problem === "", isGood);
  }
});

Deno.test("a check goes on behind the RDB file that a log begins with", async () => {
  const files = new MemoryFiles();
  const path = `${Deno.cwd()}/appendonly.aof`;
  {
    await using session = await Session.start(
      { dbfilename: "dump.rdb" },
      files,
    );
    await session.call("SET a 1");
    await session.call("SAVE");
  }
  const snapshot = `${Deno.cwd()}/dump.rdb`;
  const rdb = files.get(snapshot)!;
  const command = new TextEncoder().encode("*2\r\n$4\r\nINCR\r\n$1\r\na\r\n");
  files.put(path, Uint8Array.of(...rdb, ...command));
  assertEquals(checkFile(files, path, OPTIONS).lines, [
    `${path}: 1 commands behind an RDB file of 1 keys, ${
      rdb.length + command.length
    } bytes`,
    "All of it can be loaded",
  ]);
  files.put(path, Uint8Array.of(...rdb, ...command.slice(0, 9)));
  assertEquals(
    checkFile(files, path, OPTIONS).lines.at(-1),
    `It can be loaded: unless aof-load-truncated is no, a start cuts ${path} at byte ${rdb.length}`,
  );
  // In a snapshot nobody reads what is behind it, as in Redis.
  files.put(snapshot, Uint8Array.of(...rdb, ...command));
  assertEquals(checkFile(files, snapshot, OPTIONS).lines, [
    `${snapshot}: RDB file of 1 keys, ${rdb.length} of ${
      rdb.length + command.length
    } bytes; a start does not read the rest`,
    "All of it can be loaded",
  ]);
});

Deno.test("a check does not promise that libraries of functions compile", () => {
  const files = new MemoryFiles();
  files.put(
    "/data/dump.json",
    '{"entries":[\n{"library":"#!lua name=x\\nerr("}\n]}',
  );
  assertEquals(checkFile(files, "/data/dump.json", OPTIONS).lines.slice(1), [
    "All of it can be loaded, provided that the libraries of functions in it can be, which a check does not try",
  ]);
});
