import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";
import type { Settings } from "../../src/config/parameters.ts";
import { LoadError } from "../../src/server/snapshot_loader.ts";
import { patiently, turn, until } from "../helpers/event_loop.ts";
import { RespClient } from "../helpers/resp_client.ts";
import { type FileStep, MemoryFiles } from "./memory_files.ts";
import { Session } from "./session.ts";

/** The folder of all data; nothing is written there, the files are in memory. */
const DATA = Deno.cwd();
const ON: Partial<Settings> = { appendonly: true };
const FOLDER = `${DATA}/appendonlydir`;
const MANIFEST = `${FOLDER}/appendonly.aof.manifest`;
const INCREMENT = `${FOLDER}/appendonly.aof.1.incr.aof`;
const BROKEN = () => new Error("broken");

/** A session with an append log. */
function start(
  settings: Partial<Settings> = {},
  files = new MemoryFiles(),
): Promise<Session> {
  return Session.start({ ...ON, ...settings }, files);
}

/** The names of the files of the log, in order. */
function names(files: MemoryFiles): string[] {
  return files.names(FOLDER).sort();
}

/** The files that the manifest names: `1.base.json b`, … */
function listed(files: MemoryFiles): string[] {
  return files.text(MANIFEST)!.trimEnd().split("\n")
    .filter((line) => !line.startsWith("#"))
    .map((line) => line.replace(/^file \S*?aof\.(\S+) seq \d+ type/, "$1"));
}

/** The commands in a file of the log, without checksums. */
function logged(files: MemoryFiles, path = INCREMENT): string[] {
  const text = files.text(path) ?? "";
  return text.replace(/#CRC:\w{8}\r\n/g, "").split(/^\*\d+\r\n/m).slice(1)
    .map((command) =>
      command.replace(/\$\d+\r\n/g, "").trimEnd().split("\r\n").join(" ")
    );
}

async function rewritten({ server }: Session): Promise<void> {
  const { rewrite } = server.appendLog;
  await patiently("the rewrite", rewrite.settled());
  await until("it has been put in place", () => !rewrite.running);
}

/** What a server has that is started with these files. */
async function digestAfter(
  files: MemoryFiles,
  settings: Partial<Settings> = {},
): Promise<unknown> {
  await using session = await start(settings, files);
  return await session.call("DEBUG DIGEST");
}

for (const policy of ["always", "everysec", "no"] as const) {
  Deno.test(`what was run is there after a start, with appendfsync ${policy}`, async () => {
    const files = new MemoryFiles();
    let digest: unknown;
    {
      await using session = await start({ appendfsync: policy }, files);
      for (
        const line of [
          "SET a 1",
          "INCR a",
          "SELECT 3",
          "RPUSH l x y z",
          "LPOP l",
          "SADD s a b c d",
          "SPOP s 2",
          "SET e v EX 100",
          "MULTI",
          "SET m 1",
          "XADD x * f v",
          "EXEC",
          "INCR l",
        ]
      ) await session.call(line);
      digest = await session.call("DEBUG DIGEST");
    }
    assertEquals(await digestAfter(files), digest);
    assertEquals(names(files), [
      "appendonly.aof.1.base.json",
      "appendonly.aof.1.incr.aof",
      "appendonly.aof.manifest",
    ]);
  });
}

Deno.test("with appendfsync always whatever was answered survives a loss of power", async () => {
  const files = new MemoryFiles();
  await using session = await start({ appendfsync: "always" }, files);
  for (let i = 0; i < 20; i++) {
    await session.call(`RPUSH l ${i}`);
    const left = logged(files.afterPowerLoss());
    assertEquals(left.at(-1), `RPUSH l ${i}`);
  }
});

Deno.test("with appendfsync always replies wait for the disk, and clients share one flush", async () => {
  const files = new MemoryFiles();
  await using session = await start({ appendfsync: "always" }, files);
  await session.call("SET first 1");
  let flushed: () => void = () => {};
  files.mayWrite = new Promise((resolve) => flushed = resolve);
  const clients = await Promise.all(
    Array.from({ length: 5 }, () => RespClient.connect(session.server.port)),
  );
  files.steps.length = 0;
  // All but the first come while the disk is busy.
  const replies = clients.map((client, i) => client.call("SET", "k", i));
  const reader = session.call("GET k");
  await until("all have run", () => logged(files).length >= 3);
  for (let i = 0; i < 20; i++) await turn();
  const answered: unknown[] = [];
  for (const reply of replies) reply.then((text) => answered.push(text));
  await turn();
  assertEquals(answered, []);
  flushed();
  assertEquals(await Promise.all(replies), new Array(5).fill("OK"));
  await reader;
  const flushes = files.steps.filter((step) => step === "syncData").length;
  assert(flushes <= 3, `${flushes} flushes for 5 clients`);
  for (const client of clients) client.close();
});

Deno.test("with appendfsync everysec what was written is on the disk a second later", async () => {
  const files = new MemoryFiles();
  await using session = await start({}, files);
  await session.call("SET a 1");
  assertEquals(logged(files), ["SELECT 0", "SET a 1"]);
  await session.clock.advance(1100);
  assertEquals(logged(files.afterPowerLoss()), ["SELECT 0", "SET a 1"]);
});

Deno.test("with appendfsync everysec writes wait two seconds for a flush under way, replies do not", async () => {
  const files = new MemoryFiles();
  await using session = await start({}, files);
  const { clock, server: { appendLog: { writer } } } = session;
  await session.call("SET a 1");
  const flush = Promise.withResolvers<void>();
  files.mayWrite = flush.promise;
  // Between two times at which the log is looked after.
  await clock.advance(1150);
  assert(writer.isSyncing);
  assertEquals(await session.call("SET b 2"), "OK");
  assertEquals(logged(files), ["SELECT 0", "SET a 1"]);
  await clock.advance(2000);
  assertEquals(logged(files), ["SELECT 0", "SET a 1"]);
  // As two clients do that are served in the same round.
  writer.turnEnded();
  writer.turnEnded();
  await until("it is written", () => logged(files).includes("SET b 2"));
  assertEquals(writer.delayedSyncs, 1);
  const notices = session.lines.filter((line) => /fsync is taking/.test(line));
  assertEquals(notices.length, 1);
  flush.resolve();
});

Deno.test("a server that turns the log on starts with its snapshot, and logs from there", async () => {
  const files = new MemoryFiles();
  {
    await using session = await Session.start({}, files);
    await session.call("SET old 1");
    await session.call("SAVE");
  }
  {
    await using session = await start({}, files);
    assertEquals(await session.call("GET old"), "1");
    await session.call("SET new 2");
  }
  await using session = await start({}, files);
  assertEquals(await session.call("MGET old new"), ["1", "2"]);
});

Deno.test("BGREWRITEAOF makes the log short, and what changes meanwhile follows", async () => {
  const files = new MemoryFiles();
  let digest: unknown;
  {
    await using session = await start({}, files);
    for (let i = 0; i < 100; i++) await session.call("INCR n");
    await session.call("SET e v PX 100000");
    let mayEnd = () => {};
    files.mayWrite = new Promise((resolve) => mayEnd = resolve);
    assertEquals(
      await session.call("BGREWRITEAOF"),
      "Background append only file rewriting started",
    );
    assertEquals(
      await session.call("BGREWRITEAOF"),
      "ERR Background append only file rewriting already in progress",
    );
    assertMatch(String(await session.call("BGSAVE")), /^ERR Another child/);
    await session.call("INCR n");
    mayEnd();
    await rewritten(session);
    await session.call("INCR n");
    assertEquals(await session.call("GET n"), "102");
    digest = await session.call("DEBUG DIGEST");
    assertEquals(names(files), [
      "appendonly.aof.2.base.json",
      "appendonly.aof.2.incr.aof",
      "appendonly.aof.manifest",
    ]);
    const info = String(await session.call("INFO persistence"));
    assertMatch(info, /aof_rewrites:1\r\n/);
    assertMatch(info, /aof_last_bgrewrite_status:ok\r\n/);
  }
  assertEquals(await digestAfter(files), digest);
  assertEquals(listed(files), ["2.base.json b", "2.incr.aof i"]);
});

Deno.test("without a snapshot as preamble the base consists of commands, for every type", async () => {
  const files = new MemoryFiles();
  const settings = { "aof-use-rdb-preamble": false };
  let digest: unknown, groups: unknown;
  {
    await using session = await start(settings, files);
    for (
      const line of [
        "SET s 1",
        "APPEND s xyz",
        "SET e v PX 100000",
        "RPUSH l a b c",
        "SADD set a b c",
        "SADD ints 1 2 3",
        "HSET h f v g w",
        "ZADD z 1 a 2.5 b -inf c",
        "XADD x 1-1 f v",
        "XADD x 2-1 f v g w",
        "XGROUP CREATE x g 0",
        "XREADGROUP GROUP g c COUNT 1 STREAMS x >",
        "XGROUP CREATECONSUMER x g idle",
        "XDEL x 2-1",
        "XGROUP CREATE empty g $ MKSTREAM",
        "SELECT 9",
        "SET k v",
        "BGREWRITEAOF",
      ]
    ) await session.call(line);
    await rewritten(session);
    digest = await session.call("DEBUG DIGEST");
    await session.call("SELECT 0");
    groups = await session.call("XINFO STREAM x FULL");
  }
  const base = `${FOLDER}/appendonly.aof.2.base.aof`;
  assertMatch(files.text(base)!, /^\*2\r\n\$6\r\nSELECT\r\n/);
  await using session = await start(settings, files);
  assertEquals(await session.call("DEBUG DIGEST"), digest);
  assertEquals(await session.call("XINFO STREAM x FULL"), groups);
});

Deno.test("a base of commands keeps a last id that XSETID has set below a deleted entry", async () => {
  const files = new MemoryFiles();
  const settings = { "aof-use-rdb-preamble": false };
  const keys = ["empty", "filled", "pending"];
  const states = async (session: Session) => {
    const all = [];
    for (const key of keys) {
      all.push(await session.call(`XINFO STREAM ${key} FULL`));
    }
    return all;
  };
  let before: unknown;
  {
    await using session = await start(settings, files);
    for (
      const line of [
        "XADD empty 5-1 f v",
        "XDEL empty 5-1",
        "XSETID empty 1-1",
        "XADD filled 1-1 f v",
        "XADD filled 5-1 f v",
        "XDEL filled 5-1",
        "XSETID filled 2-0",
        "XADD pending 5-1 f v",
        "XGROUP CREATE pending g 0",
        "XREADGROUP GROUP g c STREAMS pending >",
        "XDEL pending 5-1",
        "XSETID pending 1-1",
        "BGREWRITEAOF",
      ]
    ) await session.call(line);
    await rewritten(session);
    before = await states(session);
  }
  await using session = await start(settings, files);
  assertEquals(await states(session), before);
});

Deno.test("the log is rewritten when it has grown enough", async () => {
  const files = new MemoryFiles();
  await using session = await start(
    { "auto-aof-rewrite-min-size": 1000 },
    files,
  );
  for (let i = 0; i < 50; i++) await session.call(`SET k ${i}`);
  await session.clock.advance(200);
  await rewritten(session);
  assertEquals(listed(files), ["2.base.json b", "2.incr.aof i"]);
  await session.clock.advance(1000);
  assertEquals(listed(files), ["2.base.json b", "2.incr.aof i"]);
});

Deno.test("CONFIG SET appendonly begins and ends a log while the server runs", async () => {
  const files = new MemoryFiles();
  {
    await using session = await start({ appendonly: false }, files);
    await session.call("SET a 1");
    assertEquals(await session.call("CONFIG SET appendonly yes"), "OK");
    await session.call("SET b 2");
    await rewritten(session);
    await session.call("SET c 3");
    assertEquals(listed(files), ["1.base.json b", "1.incr.aof i"]);
    await session.call("CONFIG SET appendonly no");
    await session.call("SET d 4");
    assertEquals(logged(files), ["SELECT 0", "SET b 2", "SET c 3"]);
    assertMatch(
      String(await session.call("INFO persistence")),
      /aof_enabled:0/,
    );
    assertEquals(await session.call("CONFIG SET appendonly yes"), "OK");
    await rewritten(session);
  }
  await using session = await start({}, files);
  assertEquals(await session.call("MGET a b c d"), ["1", "2", "3", "4"]);
});

Deno.test("a transaction that turns the log on is in it once", async () => {
  const files = new MemoryFiles();
  {
    await using session = await start({ appendonly: false }, files);
    for (
      const line of [
        "MULTI",
        "INCR n",
        "CONFIG SET appendonly yes",
        "INCR n",
        "EXEC",
      ]
    ) await session.call(line);
    await rewritten(session);
    await session.call("INCR n");
  }
  await using session = await start({}, files);
  assertEquals(await session.call("GET n"), "3");
});

Deno.test("keys that have expired since are there for the commands that found them", async () => {
  const files = new MemoryFiles();
  {
    await using session = await start({}, files);
    await session.call("SET n 5 PX 1000");
    await session.call("INCR n");
    await session.call("SET gone v PX 1000");
    await session.call("PEXPIREAT gone 1");
    await session.call("SET stays v");
  }
  {
    await using session = await start({}, files);
    await session.clock.advance(5000);
    assertEquals(await session.call("DBSIZE"), 1);
    assertEquals(await session.call("GET n"), null);
  }
  assertEquals(logged(files).slice(-1), ["DEL n"]);
});

Deno.test("DEBUG LOADAOF loads the log again, and a bad one changes nothing", async () => {
  const files = new MemoryFiles();
  await using session = await start({}, files);
  await session.call("SET a 1");
  await session.call("DEBUG POPULATE 10");
  assertEquals(await session.call("DEBUG LOADAOF"), "OK");
  assertEquals(await session.call("DBSIZE"), 1);
  await session.call("SET b 2");
  files.put(INCREMENT, "*1\r\n$3\r\nXXX\r\n");
  assertMatch(String(await session.call("DEBUG LOADAOF")), /^ERR Error/);
  assertEquals(await session.call("DBSIZE"), 2);
});

Deno.test("timestamps are remarks in the log", async () => {
  const files = new MemoryFiles();
  {
    await using session = await start({ "aof-timestamp-enabled": true }, files);
    await session.call("SET a 1");
    await session.call("SET b 2");
    await session.clock.advance(2000);
    await session.call("SET c 3");
    const stamps = files.text(INCREMENT)!.match(/^#TS:\d+\r$/gm);
    assertEquals(stamps, ["#TS:1767225600\r", "#TS:1767225602\r"]);
  }
  await using session = await start({}, files);
  assertEquals(await session.call("DBSIZE"), 3);
});

Deno.test("the log of a Redis before 7 becomes the base", async () => {
  const files = new MemoryFiles();
  files.put(
    `${DATA}/appendonly.aof`,
    "*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$1\r\nv\r\n",
  );
  await using session = await start({}, files);
  assertEquals(await session.call("GET k"), "v");
  await session.call("SET j w");
  assertEquals(listed(files), [
    "file appendonly.aof seq 1 type b",
    "1.incr.aof i",
  ]);
});

Deno.test("SHUTDOWN has the log on the disk, and waits for the first base unless forced", async () => {
  const files = new MemoryFiles();
  await using session = await start({ appendonly: false }, files);
  let go: () => void = () => {};
  files.mayWrite = new Promise((resolve) => go = resolve);
  await session.call("CONFIG SET appendonly yes");
  await session.call("SET a 1");
  assertMatch(
    String(await session.call("SHUTDOWN")),
    /^ERR Errors trying to SHUTDOWN/,
  );
  go();
  await rewritten(session);
  await session.call("SET b 2");
  await session.client.post("SHUTDOWN");
  await patiently("the end", session.server.stopped);
  assertEquals(logged(files.afterPowerLoss()).slice(-1), ["SET b 2"]);
});

Deno.test("while the log cannot be written writes are refused, and go on when it can", async () => {
  for (const policy of ["everysec", "always"] as const) {
    const files = new MemoryFiles();
    {
      await using session = await start({ appendfsync: policy }, files);
      await session.call("SET a 1");
      files.fails = (step) =>
        step === "appendWrite"
          ? new Error("No space left on device")
          : undefined;
      const refused =
        "MISCONF Errors writing to the AOF file: No space left on device";
      if (policy === "everysec") {
        assertEquals(await session.call("SET b 2"), "OK");
        assertEquals(await session.call("SET c 3"), refused);
        assertEquals(await session.call("PING"), refused);
        assertEquals(await session.call("GET a"), "1");
      } else {
        // Nobody can tell whether this will last: no reply.
        assertMatch(String(await session.call("SET b 2")), /closed/);
      }
      await using client = await RespClient.connect(session.server.port);
      await assertRejects(() => client.call("SET", "c", "3"), Error, refused);
      files.fails = () => undefined;
      await session.clock.advance(1100);
      assertEquals(await client.call("SET", "d", "4"), "OK");
      assertMatch(session.lines.join("\n"), /AOF write error looks solved/);
    }
    await using session = await start({}, files);
    assertEquals(await session.call("MGET a b c d"), ["1", "2", null, "4"]);
  }
});

Deno.test("what a full disk has taken of a write is cut off again", async () => {
  const files = new MemoryFiles();
  await using session = await start({}, files);
  await session.call("SET a 1");
  const size = files.get(INCREMENT)!.length;
  files.capacity = files.paths.reduce(
    (sum, path) => sum + files.get(path)!.length,
    10,
  );
  await session.call("SET b 2");
  assertEquals(files.get(INCREMENT)!.length, size);
  assertMatch(String(await session.call("SET c 3")), /^MISCONF/);
  files.capacity = Infinity;
  await session.clock.advance(1100);
  assertEquals(logged(files), ["SELECT 0", "SET a 1", "SET b 2"]);
});

Deno.test("after an fsync that failed the log is rewritten before any write is taken", async () => {
  for (const policy of ["everysec", "always"] as const) {
    const files = new MemoryFiles();
    {
      await using session = await start({ appendfsync: policy }, files);
      await session.call("SET a 1");
      files.fails = (step) => /^sync/.test(step) ? BROKEN() : undefined;
      const reply = String(await session.call("SET b 2"));
      await session.clock.advance(1100);
      assertMatch(reply, policy === "always" ? /closed/ : /OK/);
      await using client = await RespClient.connect(session.server.port);
      const refused = "MISCONF Errors writing to the AOF file: broken";
      await assertRejects(() => client.call("SET", "c", "3"), Error, refused);
      files.fails = () => undefined;
      await session.clock.advance(1100);
      await rewritten(session);
      assertEquals(await client.call("SET", "d", "4"), "OK");
      assertEquals(listed(files).length, 2);
      assertMatch(listed(files)[0]!, /^2.base.json b$/);
    }
    await using session = await start({}, files);
    assertEquals(await session.call("MGET a b d"), ["1", "2", "4"]);
  }
});

for (
  const step of ["append", "create", "write", "sync", "rename"] as const
) {
  Deno.test(`a rewrite that fails at ${step} leaves a log that loads, and the next one succeeds`, async () => {
    const files = new MemoryFiles();
    {
      await using session = await start({}, files);
      await session.call("SET a 1");
      files.fails = (each) => each === step ? BROKEN() : undefined;
      const reply = String(await session.call("BGREWRITEAOF"));
      if (!reply.startsWith("ERR")) await rewritten(session);
      files.fails = () => undefined;
      assertEquals(await session.call("SET b 2"), "OK");
      assertMatch(
        String(await session.call("INFO persistence")),
        /aof_last_bgrewrite_status:err/,
      );
      {
        await using other = await start({}, copyOf(files));
        assertEquals(await other.call("MGET a b"), ["1", "2"]);
      }
      await session.call("BGREWRITEAOF");
      await rewritten(session);
      await session.call("SET c 3");
    }
    await using session = await start({}, files);
    assertEquals(await session.call("MGET a b c"), ["1", "2", "3"]);
  });
}

for (const how of ["once", "from then on"]) {
  Deno.test(`a rewrite of which any step fails ${how} leaves a log that loads, and the next one succeeds`, async () => {
    for (let failing = 1, hasFailed = true; hasFailed; failing++) {
      const files = new MemoryFiles();
      const what = `step ${failing}`;
      {
        await using session = await start({ appendfsync: "always" }, files);
        await session.call("SET a 1");
        let steps = 0;
        files.fails = (step) => {
          // What is logged meanwhile, and how large files are, is another matter.
          if (step === "open" || step.startsWith("append")) return undefined;
          steps++;
          const fails = how === "once" ? steps === failing : steps >= failing;
          return fails ? BROKEN() : undefined;
        };
        const reply = String(await session.call("BGREWRITEAOF"));
        if (!reply.startsWith("ERR")) await rewritten(session);
        files.fails = () => undefined;
        hasFailed = steps >= failing;
        assertEquals(await session.call("SET b 2"), "OK", what);
        for (const left of [copyOf(files), files.afterPowerLoss()]) {
          await using other = await start({}, left);
          assertEquals(await other.call("MGET a b"), ["1", "2"], what);
        }
        assertEquals(
          session.lines.filter((line) => /Unexpected/.test(line)),
          [],
        );
        await session.call("BGREWRITEAOF");
        await rewritten(session);
        await session.call("SET c 3");
      }
      await using session = await start({}, files);
      assertEquals(await session.call("MGET a b c"), ["1", "2", "3"], what);
    }
  });
}

function copyOf(files: MemoryFiles): MemoryFiles {
  const copy = new MemoryFiles();
  for (const path of files.paths) copy.put(path, files.get(path)!.slice());
  return copy;
}

Deno.test("a start that cannot write its log fails and says what to look at", async () => {
  const files = new MemoryFiles();
  files.fails = (step) => step === "makeFolder" ? BROKEN() : undefined;
  await assertRejects(
    () => start({}, files),
    LoadError,
    `Could not create the append log in ${FOLDER}: broken. Check dir`,
  );
});

Deno.test("the latency monitor hears of a disk that is slow, by the names of Redis", async () => {
  await using session = await start({ "latency-monitor-threshold": 20 });
  const { clock, files } = session;
  const events = async () => {
    const latest = await session.call("LATENCY LATEST") as unknown[][];
    await session.call("LATENCY RESET");
    return latest.map(([name, , last]) => `${name} ${last}`).sort();
  };
  const slow = (step: FileStep, ms: number) =>
    files.fails = (each) => {
      if (each === step) clock.sleepSync(ms);
      return undefined;
    };
  slow("appendWrite", 30);
  await session.call("SET a 1");
  assertEquals(await events(), ["aof-write 30", "aof-write-alone 30"]);
  slow("rename", 40);
  await session.call("BGREWRITEAOF");
  await rewritten(session);
  assert((await events()).includes("aof-rename 40"));
  slow("open", 50);
  await session.call("BGREWRITEAOF");
  await rewritten(session);
  assert((await events()).includes("aof-fstat 50"));
  slow("remove", 60);
  session.server.saver.saveInBackground();
  session.server.saver.cancel();
  await session.backgroundSaved();
  assertEquals(await events(), ["rdb-unlink-temp-file 60"]);
  slow("syncData", 70);
  await session.call("CONFIG SET appendfsync always");
  await session.call("SET a 2");
  assertMatch(
    String(await session.call("LATENCY DOCTOR")),
    /aof-fsync-always: 1 latency spikes[^]*The disk was slow/,
  );
  assertEquals(await events(), ["aof-fsync-always 70"]);
});

Deno.test("a log that could not be turned on is not begun later", async () => {
  const files = new MemoryFiles();
  await using session = await start({ appendonly: false }, files);
  await session.call("SET a 1");
  files.fails = (step) => step === "makeFolder" ? BROKEN() : undefined;
  assertMatch(
    String(await session.call("CONFIG SET appendonly yes")),
    /Unable to turn on AOF/,
  );
  files.fails = () => undefined;
  await session.clock.advance(5000);
  const { appendLog } = session.server;
  assertEquals(appendLog.state, "off");
  assertEquals(appendLog.rewrite.scheduled, false);
  assertEquals(files.text(MANIFEST), undefined);
  assertEquals(await session.call("SET a 2"), "OK");
});

Deno.test("a log that cannot be begun anew has writes refused until it is", async () => {
  const files = new MemoryFiles();
  {
    await using session = await start({}, files);
    const { appendLog, executor } = session.server;
    await session.call("SET a 1");
    files.fails = (step) => step === "makeFolder" ? BROKEN() : undefined;
    executor.turn(() => appendLog.restart());
    assertEquals(
      await session.call("SET b 2"),
      "MISCONF Errors writing to the AOF file: it cannot be created",
    );
    assertEquals(await session.call("GET a"), "1");
    await session.clock.advance(1100);
    assertMatch(String(await session.call("SET c 3")), /^MISCONF/);
    files.fails = () => undefined;
    await session.clock.advance(1100);
    await rewritten(session);
    assertEquals(appendLog.state, "on");
    assertEquals(await session.call("SET d 4"), "OK");
  }
  await using session = await start({}, files);
  assertEquals(await session.call("MGET a b c d"), ["1", null, null, "4"]);
});
