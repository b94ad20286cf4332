import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";
import { LoadError } from "../../src/server/snapshot_loader.ts";
import { patiently, until } from "../helpers/event_loop.ts";
import { RespClient } from "../helpers/resp_client.ts";
import { NOW, read } from "./data.ts";
import { MemoryFiles } from "./memory_files.ts";
import { Session } from "./session.ts";

const MISCONF = /^MISCONF Redis is configured to save RDB snapshots/;

const BROKEN = () => new Error("broken");

Deno.test("SAVE writes all databases, and a server started with the file has them", async () => {
  const files = new MemoryFiles();
  {
    await using session = await Session.start({}, files);
    await session.call("SET a 1 PX 5000");
    await session.call("SELECT 3");
    await session.call("RPUSH q x y");
    assertEquals(await session.call("SAVE"), "OK");
    assertEquals(session.saved, ["0 a=1", "3 q=x,y"]);
    assertEquals(session.server.saver.changesSinceLastSave, 0);
    await session.call("SET b 2");
    assertEquals(session.server.saver.changesSinceLastSave, 1);
  }
  await using session = await Session.start({}, files);
  assertEquals(await session.call("PTTL a"), 5000);
  assertEquals(await session.call("EXISTS b"), 0);
  const { saver, snapshotLoader } = session.server;
  assertEquals([snapshotLoader.lastKeys, snapshotLoader.lastExpired], [2, 0]);
  assertEquals(saver.changesSinceLastSave, 0);
  assertMatch(session.lines.join("\n"), /DB loaded from disk: 0\.000 seconds/);
});

Deno.test("SAVE that fails replies ERR alone, and the old file stays", async () => {
  await using session = await Session.start();
  await session.call("SET a 1");
  await session.call("SAVE");
  await session.call("SET a 2");
  session.files.fails = (step) => step === "sync" ? BROKEN() : undefined;
  assertMatch(String(await session.call("SAVE")), /^ERR ?$/);
  assertEquals(session.saved, ["0 a=1"]);
  assertEquals(session.server.saver.lastStatus, "ok");
  assertEquals(session.server.saver.changesSinceLastSave, 1);
  assertMatch(session.lines.join("\n"), /Error saving the snapshot: broken/);
});

Deno.test("BGSAVE saves the moment at which it began and counts the changes since", async () => {
  await using session = await Session.start();
  await session.call("SET a 1");
  let go: () => void = () => {};
  session.files.mayWrite = new Promise((resolve) => go = resolve);
  assertEquals(await session.call("BGSAVE"), "Background saving started");
  await session.call("SET a 2");
  await session.call("SET b 2");
  const { saver } = session.server;
  assertEquals([saver.saving, saver.currentDurationSeconds], [true, 0]);
  await session.clock.advance(3000);
  assertEquals(saver.currentDurationSeconds, 3);
  go();
  await session.backgroundSaved();
  assertEquals(session.saved, ["0 a=1"]);
  assertEquals(saver.changesSinceLastSave, 2);
  assertEquals(saver.lastDurationSeconds, 3);
  assertEquals(saver.currentDurationSeconds, -1);
  assertEquals(await session.call("LASTSAVE"), NOW / 1000 + 3);
});

Deno.test("save points begin a background save once time and changes are there", async () => {
  await using session = await Session.start({
    save: [{ seconds: 10, changes: 2 }, { seconds: 100, changes: 1 }],
  });
  await session.call("SET a 1");
  await session.clock.advance(20_000);
  await session.backgroundSaved();
  assertEquals(session.saved, ["no file"]);
  await session.call("SET a 2");
  await session.clock.advance(200);
  await until("saved", () => session.server.saver.changesSinceLastSave === 0);
  assertEquals(session.saved, ["0 a=2"]);
  await session.call("SET a 3");
  await session.clock.advance(100_000);
  assertEquals(session.saved, ["0 a=2"]);
  await session.clock.advance(1100);
  await until("saved", () => session.server.saver.changesSinceLastSave === 0);
  assertEquals(session.saved, ["0 a=3"]);
  assertMatch(
    session.lines.join("\n"),
    /2 changes in 10 seconds\. Saving\.\.\./,
  );
});

Deno.test("save points follow CONFIG SET, and so do the folder and the name", async () => {
  await using session = await Session.start();
  await session.call("SET a 1");
  await session.clock.advance(10_000);
  await session.backgroundSaved();
  assertEquals(session.saved, ["no file"]);
  await session.client.call("CONFIG", "SET", "save", "5 1");
  await session.call("CONFIG SET dbfilename other.json");
  await session.clock.advance(100);
  await until("saved", () => session.server.saver.changesSinceLastSave === 0);
  assertMatch(session.files.paths.join(), /other\.json$/);
});

Deno.test("while the last background save has failed, writes and PING are refused; it is tried again after 5 seconds", async () => {
  await using session = await Session.start({
    save: [{ seconds: 1, changes: 1 }],
  });
  await session.call("SET a 1");
  session.files.fails = (step) => step === "rename" ? BROKEN() : undefined;
  await session.call("BGSAVE");
  await session.backgroundSaved();
  await until("known", () => session.server.saver.lastStatus === "err");
  assertMatch(String(await session.call("SET a 2")), MISCONF);
  assertMatch(String(await session.call("PING")), MISCONF);
  assertEquals(await session.call("GET a"), "1");
  const { saves } = session.server.saver;
  await session.clock.advance(5000);
  assertEquals(session.server.saver.saves, saves);
  session.files.fails = () => undefined;
  await session.clock.advance(1100);
  await until("saved", () => session.server.saver.lastStatus === "ok");
  assertEquals(await session.call("SET a 2"), "OK");
});

Deno.test("refused writes are let in by a good SAVE, by stop-writes-on-bgsave-error and by no save points", async () => {
  await using session = await Session.start({
    save: [{ seconds: 3600, changes: 1 }],
  });
  const fail = async () => {
    session.files.fails = (step) => step === "create" ? BROKEN() : undefined;
    await session.call("BGSAVE");
    await until("known", () => session.server.saver.lastStatus === "err");
    session.files.fails = () => undefined;
    assertMatch(String(await session.call("SET a 2")), MISCONF);
  };
  await fail();
  assertEquals(await session.call("SAVE"), "OK");
  assertEquals(await session.call("SET a 1"), "OK");
  await fail();
  await session.call("CONFIG SET stop-writes-on-bgsave-error no");
  assertEquals(await session.call("SET a 1"), "OK");
  await session.call("CONFIG SET stop-writes-on-bgsave-error yes");
  assertMatch(String(await session.call("SET a 2")), MISCONF);
  await session.client.call("CONFIG", "SET", "save", "");
  assertEquals(await session.call("SET a 1"), "OK");
});

Deno.test("BGSAVE in a transaction begins after it", async () => {
  await using session = await Session.start();
  for (const line of ["MULTI", "BGSAVE", "SET a 1", "EXEC"]) {
    await session.call(line);
  }
  assertEquals(session.server.saver.saving, false);
  await session.clock.advance(100);
  await until("saved", () => session.files.get(session.path) !== undefined);
  assertEquals(session.saved, ["0 a=1"]);
});

Deno.test("FLUSHALL ends the background save, and saves nothing in its place if there are save points", async () => {
  for (const configured of [true, false]) {
    await using session = await Session.start({
      save: configured ? [{ seconds: 3600, changes: 1 }] : [],
    });
    await session.call("SET a 1");
    await session.call("SAVE");
    await session.call("SET b 1");
    let go: () => void = () => {};
    session.files.mayWrite = new Promise((resolve) => go = resolve);
    await session.call("BGSAVE");
    assertEquals(await session.call("FLUSHALL"), "OK");
    go();
    await session.backgroundSaved();
    assertEquals(session.saved, configured ? [] : ["0 a=1"]);
    assertEquals(session.server.saver.lastStatus, "ok");
    assertEquals(session.files.paths, [session.path]);
  }
});

Deno.test("FLUSHDB and SWAPDB do not touch what is being saved", async () => {
  await using session = await Session.start();
  await session.call("SET a 1");
  await session.call("BGSAVE");
  await session.call("SWAPDB 0 1");
  await session.call("SET b 1");
  await session.call("FLUSHDB");
  await session.backgroundSaved();
  assertEquals(session.saved, ["0 a=1"]);
});

Deno.test("DEBUG RELOAD saves and loads; options keep, merge and refuse", async () => {
  await using session = await Session.start();
  await session.call("SET a 1 PX 5000");
  await session.call("RPUSH q x");
  assertEquals(await session.call("DEBUG RELOAD"), "OK");
  assertEquals(await session.call("PTTL a"), 5000);
  await session.call("SET a 2");
  await session.call("SET b 2");
  assertEquals(
    await session.call("DEBUG RELOAD NOSAVE NOFLUSH"),
    "ERR Error trying to load the RDB dump",
  );
  assertEquals(await session.call("GET a"), "2");
  assertEquals(
    await session.call("DEBUG RELOAD NOSAVE NOFLUSH MERGE"),
    "OK",
  );
  assertEquals(await session.call("GET a"), "1");
  assertEquals(await session.call("GET b"), "2");
  assertEquals(await session.call("DEBUG RELOAD NOSAVE"), "OK");
  assertEquals(await session.call("DBSIZE"), 2);
  session.files.put(session.path, "broken");
  assertEquals(
    await session.call("DEBUG RELOAD NOSAVE"),
    "ERR Error trying to load the RDB dump",
  );
  assertEquals(await session.call("DBSIZE"), 2);
  session.files.fails = (step) => step === "write" ? BROKEN() : undefined;
  assertMatch(String(await session.call("DEBUG RELOAD")), /^ERR ?$/);
});

Deno.test("DEBUG RELOAD breaks the watch on keys that are there", async () => {
  await using session = await Session.start();
  await session.call("SET a 1");
  await session.call("WATCH a");
  await session.call("DEBUG RELOAD");
  await session.call("MULTI");
  assertEquals(await session.call("EXEC"), null);
});

Deno.test("a server does not start with a damaged file, says where, and leaves it alone", async () => {
  const files = new MemoryFiles();
  {
    await using session = await Session.start({}, files);
    files.put(session.path, `{"a":"1",\n"b":2}`);
  }
  const error = await assertRejects(
    () => Session.start({ save: [{ seconds: 1, changes: 1 }] }, files),
    LoadError,
  );
  assertMatch(
    error.message,
    /^Could not load the snapshot .*dump\.json, line 2: value is a number .*; mend the file, or move it away to start without its data$/,
  );
  assertEquals(files.text(files.paths[0]!), `{"a":"1",\n"b":2}`);
});

Deno.test("a library of functions that cannot be loaded is refused with its line, in a snapshot and in a log", async () => {
  const good =
    `{"library":"#!lua name=a\\nredis.register_function('f', function() end)"}`;
  for (
    const [bad, reason] of [
      ['{"library":"#!lua name=b\\nerr("}', "Error compiling function"],
      ['{"library":"#!lua name=b\\nerr()"}', "Error registering functions"],
      [good.replace("=a", "=b"), "Function f already exists"],
      [good, "Library 'a' already exists"],
      ['{"library":"x"}', "Missing library metadata"],
    ] as const
  ) {
    const files = new MemoryFiles();
    const path = `${Deno.cwd()}/dump.json`;
    files.put(path, `{"entries":[\n${good},\n${bad}\n]}`);
    const snapshot = await assertRejects(() => Session.start({}, files));
    const message = (snapshot as Error).message;
    assert(message.includes(`dump.json, line 3: ${reason}`), message);
    assertMatch(message, /; mend the file/);
    const folder = `${Deno.cwd()}/appendonlydir/`;
    files.put(`${folder}appendonly.aof.1.base.json`, files.get(path)!);
    files.put(
      `${folder}appendonly.aof.manifest`,
      "file appendonly.aof.1.base.json seq 1 type b\n",
    );
    const log = await assertRejects(() =>
      Session.start({ appendonly: true }, files)
    );
    const told = (log as Error).message;
    assert(told.includes(`.base.json: line 3: ${reason}`), told);
    assertMatch(told, /Put a copy of the file in its place$/);
  }
});

Deno.test("what a save that did not finish left behind is removed at the start", async () => {
  const files = new MemoryFiles();
  {
    await using session = await Session.start({}, files);
    files.put(`${session.path}.4711.tmp`, "torn");
  }
  await using session = await Session.start({}, files);
  assertEquals(files.paths, []);
  assertMatch(session.lines.join("\n"), /Removed dump\.json\.4711\.tmp/);
});

Deno.test("what another process is saving in the same folder stays at the start", async () => {
  const files = new MemoryFiles();
  files.processes.add(4711);
  {
    await using session = await Session.start({}, files);
    files.put(`${session.path}.4711.tmp`, "half");
  }
  await using session = await Session.start({}, files);
  assertEquals(files.paths, [`${session.path}.4711.tmp`]);
});

Deno.test("a save whose file was removed before it was in place says so", async () => {
  await using session = await Session.start();
  await session.call("SET a 1");
  const { files } = session;
  files.fails = (step) => {
    if (step === "sync") files.remove(`${session.path}.${Deno.pid}.tmp`);
    return undefined;
  };
  assertMatch(String(await session.call("SAVE")), /^ERR ?$/);
  assertMatch(
    session.lines.join("\n"),
    /Error saving the snapshot: .*\. Check the folder: somebody has removed it, or the file while it was written/,
  );
});

Deno.test("SHUTDOWN saves if there are save points, or is told to; NOSAVE prevents it", async () => {
  const cases = [
    ["SHUTDOWN", [], false],
    ["SHUTDOWN", [{ seconds: 3600, changes: 9 }], true],
    ["SHUTDOWN SAVE", [], true],
    ["SHUTDOWN NOSAVE", [{ seconds: 3600, changes: 9 }], false],
    ["SHUTDOWN NOW FORCE SAVE", [], true],
  ] as const;
  for (const [line, save, saves] of cases) {
    await using session = await Session.start({ save });
    await session.call("SET a 1");
    const { server } = session;
    await session.client.post(...line.split(" "));
    await patiently("the end", server.stopped);
    assertEquals(await session.client.readToEnd(), []);
    assertEquals(session.saved, saves ? ["0 a=1"] : ["no file"], line);
  }
});

Deno.test("SHUTDOWN that cannot save replies so and the server goes on; FORCE ends it anyway", async () => {
  await using session = await Session.start();
  await session.call("SET a 1");
  session.files.fails = (step) => step === "create" ? BROKEN() : undefined;
  assertEquals(
    await session.call("SHUTDOWN SAVE"),
    "ERR Errors trying to SHUTDOWN. Check logs.",
  );
  assertEquals(await session.call("GET a"), "1");
  assertEquals(await session.server.shutdown({ save: "yes" }), false);
  await session.client.post("SHUTDOWN", "SAVE", "FORCE");
  await patiently("the end", session.server.stopped);
});

Deno.test("SHUTDOWN ends a background save, the wait of clients, and sends what was replied", async () => {
  await using session = await Session.start();
  await using other = await RespClient.connect(session.server.port);
  let go: () => void = () => {};
  session.files.mayWrite = new Promise((resolve) => go = resolve);
  await session.call("SET a 1");
  await session.call("BGSAVE");
  await other.post("BLPOP", "q", "0");
  await until("blocked", () => session.server.blocking.size === 1);
  await session.client.write("GET a\r\nSHUTDOWN NOSAVE\r\nGET a\r\n");
  const replies = await patiently("the replies", session.client.readToEnd());
  assertEquals(replies.length, 1);
  assertEquals(await other.readToEnd(), []);
  go();
  await patiently("the end", session.server.stopped);
  assertEquals(session.saved, ["no file"]);
  assertEquals(session.files.paths, []);
});

Deno.test("a server that is disposed of saves if there are save points", async () => {
  const files = new MemoryFiles();
  let path: string;
  {
    await using session = await Session.start(
      { save: [{ seconds: 3600, changes: 9 }] },
      files,
    );
    await session.call("SET a 1");
    path = session.path;
    assert(files.get(path) === undefined);
  }
  assertEquals(read(files.get(path)!, { databases: 16 }).keys, 1);
});

Deno.test("backup-count keeps earlier snapshots, the last one as .1", async () => {
  const files = new MemoryFiles();
  await using session = await Session.start({ "backup-count": 2 }, files);
  const { path } = session;
  const kept = () =>
    [path, `${path}.1`, `${path}.2`, `${path}.3`].map((each) =>
      /"value":"(\d)"/.exec(files.text(each) ?? "")?.[1]
    );
  for (const n of [1, 2, 3]) {
    await session.call(`SET a ${n}`);
    await session.call("SAVE");
  }
  assertEquals(kept(), ["3", "2", "1", undefined]);
  await session.call("SET a 4");
  await session.call("BGSAVE");
  await session.backgroundSaved();
  assertEquals(kept(), ["4", "3", "2", undefined]);
  // Whatever goes wrong, the last snapshot is there.
  for (const step of ["rename", "link", "remove"]) {
    files.fails = (each) => each === step ? BROKEN() : undefined;
    await session.call("SET a 5");
    await session.call("SAVE");
    files.fails = () => undefined;
    assertEquals(kept()[0], "4");
  }
  await session.call("CONFIG SET backup-count 0");
  await session.call("SAVE");
  assertEquals(kept()[0], "5");
});
