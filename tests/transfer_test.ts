import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { createServer, startServer } from "../src/mod.ts";
import {
  exportData,
  importData,
  type Moved,
  TransferError,
} from "../src/transfer.ts";
import type { LogSink } from "../src/server/log.ts";
import { findRealRedis, RealRedis } from "./helpers/real_redis.ts";
import { RespClient } from "./helpers/resp_client.ts";
import { spawnUnready, startTestServer } from "./helpers/server.ts";
import { fill, summaryOf } from "./persistence/rdb/dataset.ts";

async function inFolder(test: (dir: string) => Promise<void>): Promise<void> {
  const dir = await Deno.makeTempDir({ prefix: "redis-lite-" });
  try {
    await test(dir);
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
}

function offline(
  dir: string,
  dbfilename = "dump.json",
  log: LogSink = () => {},
) {
  return createServer({ config: { dir, dbfilename, save: [] }, log });
}

function moved(keys: number, libraries = 0): Moved {
  return { keys, libraries };
}

/** Starts a server with the snapshot in `dir`, and returns what is in it. */
async function contentsOf(dir: string): Promise<unknown> {
  await using server = await startServer({
    config: {
      dir,
      save: [],
      bind: ["127.0.0.1"],
      "enable-debug-command": "yes",
    },
  });
  await using client = await RespClient.connect(server.port);
  return await summaryOf(client);
}

function start(kind: "redis-server" | "Redis-Lite") {
  return kind === "redis-server"
    ? RealRedis.start(findRealRedis()!)
    : startTestServer({ strict: false });
}

function sorted(list: unknown): string[] {
  return (list as unknown[]).map((each) => JSON.stringify(each)).toSorted();
}

for (const kind of ["redis-server", "Redis-Lite"] as const) {
  Deno.test({
    name: `all data comes from a running ${kind}, and goes back to it`,
    ignore: kind === "redis-server" && findRealRedis() === undefined,
    fn: () =>
      inFolder(async (dir) => {
        await using server = await start(kind);
        await using client = await RespClient.connect(server.port);
        const keys = await fill(client);
        const summary = await summaryOf(client);
        await client.call("CONFIG", "SET", "requirepass", "a/b");
        const address = `redis://default:a%2Fb@127.0.0.1:${server.port}`;
        const fractions: number[] = [];
        const count = await importData(
          offline(dir),
          address,
          (fraction) => fractions.push(fraction),
        );
        assertEquals(count, moved(keys));
        assertEquals(fractions.at(-1), 1);
        assertEquals(await contentsOf(dir), summary);
        await client.call("FLUSHALL");
        assertEquals(await exportData(offline(dir), address), moved(keys));
        assertEquals(await summaryOf(client), summary);
        assertEquals(
          await exportData(offline(dir), `${address}/3`),
          moved(keys),
        );
        await client.call("SELECT", 3);
        // The keys of both databases have different names.
        assertEquals(await client.call("DBSIZE"), keys);
      }),
  });
}

Deno.test("wrong addresses are refused in one line that does not show the password, and nothing of another server is replaced", () =>
  inFolder(async (dir) => {
    await using server = await startTestServer({ strict: false });
    const client = await server.client();
    await client.call("CONFIG", "SET", "requirepass", "se@cret");
    await client.call("AUTH", "se@cret");
    const address = (password: string, db = "") =>
      `redis://${password}127.0.0.1:${server.port}${db}`;
    const good = ":se%40cret@";
    const refused = async (
      move: typeof importData,
      place: string,
      reason: string,
    ) => {
      const error = await assertRejects(
        () => move(offline(dir), place),
        TransferError,
      );
      assertStringIncludes(error.message, reason);
      assertEquals(/cret|\n/.test(error.message), false);
    };
    await refused(importData, address(""), "NOAUTH Authentication required.");
    await refused(importData, address(":cret@"), "WRONGPASS");
    await refused(importData, address(good), "There are no keys in redis://");
    await Deno.writeTextFile(`${dir}/dump.json`, '{"a":"1","b":"2"}\n');
    await refused(exportData, address(":cret@"), "WRONGPASS");
    await refused(
      exportData,
      address(good, "/99"),
      "database 99: ERR DB index is out of range",
    );
    await client.call("SET", "a", "theirs");
    await refused(
      exportData,
      address(good),
      "there are 1 keys in its database 0 already",
    );
    assertEquals(await client.call("GET", "a"), "theirs");
    assertEquals(await exportData(offline(dir), address(good, "/1")), moved(2));
  }));

/** A library of functions, whose one function returns a word. */
function library(name: string, word: string): string {
  return `#!lua name=${name}\nredis.register_function('${name}', function() return '${word}' end)`;
}

for (const kind of ["redis-server", "Redis-Lite"] as const) {
  Deno.test({
    name:
      `libraries of functions come from a running ${kind}, and go back to it`,
    ignore: kind === "redis-server" && findRealRedis() === undefined,
    fn: () =>
      inFolder(async (dir) => {
        await using server = await start(kind);
        await using client = await RespClient.connect(server.port);
        const codes = () => client.call("FUNCTION", "LIST", "WITHCODE");
        await client.call("FUNCTION", "LOAD", library("one", "\xff"));
        await client.call("FUNCTION", "LOAD", library("two", "2"));
        const before = await codes();
        const address = `redis://127.0.0.1:${server.port}`;
        assertEquals(await importData(offline(dir), address), moved(0, 2));
        const sending = () => exportData(offline(dir), address);
        // They are there, and the same.
        assertEquals(await sending(), moved(0, 2));
        await client.call("FUNCTION", "DELETE", "one");
        assertEquals(await sending(), moved(0, 2));
        assertEquals(sorted(await codes()), sorted(before));
        await client.call(
          "FUNCTION",
          "LOAD",
          "REPLACE",
          library("one", "theirs"),
        );
        await assertRejects(
          sending,
          TransferError,
          "libraries of functions: ERR Library one already exists",
        );
        assertEquals(await client.call("FCALL", "one", 0), "theirs");
      }),
  });

  Deno.test({
    name:
      `a ${kind} that does not let functions be read or restored gets and gives its keys, with a warning`,
    ignore: kind === "redis-server" && findRealRedis() === undefined,
    fn: () =>
      inFolder(async (dir) => {
        await using server = await start(kind);
        await using client = await RespClient.connect(server.port);
        const call = (line: string) => client.call(...line.split(" "));
        await client.call("FUNCTION", "LOAD", library("one", "1"));
        await call("SET k v");
        await call("ACL SETUSER joe on >x ~* +@all -function");
        const address = `redis://joe:x@127.0.0.1:${server.port}`;
        const lines: string[] = [];
        const log = (line: string) => lines.push(line);
        const warned = (what: string) =>
          assertStringIncludes(
            lines.join("\n"),
            `# Libraries of functions ${what}: NOPERM `,
          );
        const json = offline(dir, "keys.json", log);
        assertEquals(await importData(json, address), moved(1));
        warned("are not imported");

        const file = `${dir}/both.json`;
        const code = JSON.stringify(library("one", "1"));
        const entries = (key: string) =>
          Deno.writeTextFile(file, `{"entries":[{"library":${code}}${key}]}`);
        await call("FLUSHALL");
        await entries(',{"key":"k","value":"v"}');
        const sending = () =>
          exportData(offline(dir, "both.json", log), address);
        assertEquals(await sending(), moved(1));
        warned("are not exported");
        await entries("");
        await assertRejects(sending, TransferError, "functions: NOPERM ");
      }),
  });
}

Deno.test("an RDB file with libraries alone is imported, and exported again", () =>
  inFolder(async (dir) => {
    const code = JSON.stringify(library("one", "1"));
    await Deno.writeTextFile(
      `${dir}/dump.json`,
      `{"entries":[{"library":${code}}]}`,
    );
    const file = `${dir}/functions.rdb`;
    assertEquals(await exportData(offline(dir), file), moved(0, 1));
    assertEquals(
      await importData(offline(dir, "new.json"), file),
      moved(0, 1),
    );
    assertStringIncludes(await Deno.readTextFile(`${dir}/new.json`), code);
  }));

Deno.test("an RDB file is imported, and exported again", () =>
  inFolder(async (dir) => {
    await using server = await startTestServer({
      config: { dbfilename: "dump.rdb" },
      strict: false,
    });
    const client = await server.client();
    const keys = await fill(client);
    await client.call("SAVE");
    const file = `${server.folder}/dump.rdb`;
    assertEquals(await importData(offline(dir), file), moved(keys));
    const summary = await summaryOf(client);
    assertEquals(await contentsOf(dir), summary);
    const copy = `${dir}/copy.rdb`;
    assertEquals(await exportData(offline(dir), copy), moved(keys));
    assertEquals(
      await importData(offline(dir, "other.json"), copy),
      moved(keys),
    );
  }));

Deno.test("nothing is imported over a snapshot, nor from what is none", () =>
  inFolder(async (dir) => {
    const refused = async (source: string, reason: string) => {
      const importing = () => importData(offline(dir, "other.json"), source);
      const error = await assertRejects(importing, TransferError);
      assertStringIncludes(error.message, reason);
    };
    await refused(`${dir}/none.rdb`, "none.rdb: there is no such file");
    await refused("rediss://localhost", "TLS is not available");
    await refused("http://localhost", "http: is not possible: use redis://");
    for (
      const address of [
        "redis://",
        "redis:///0",
        "redis://:secret@localhost:99999",
        "redis://:%zz@localhost",
      ]
    ) await refused(address, "this is no address like redis://");
    await refused("redis://u:se@cret@127.0.0.1:1", "redis://u:***@127.0.0.1:1");
    await refused("redis://localhost/x", "x is not the number of a database");
    await refused("redis://:secret@127.0.0.1:1", "redis://:***@127.0.0.1:1: ");
    await Deno.writeTextFile(`${dir}/bad.rdb`, "REDIS0010\xff");
    await refused(`${dir}/bad.rdb`, "byte 9: ");
    await Deno.writeTextFile(`${dir}/empty.json`, '{"entries":[]}\n');
    await refused(`${dir}/empty.json`, "empty.json: nothing was imported");
    await Deno.mkdir(`${dir}/appendonlydir`);
    await Deno.writeTextFile(
      `${dir}/appendonlydir/appendonly.aof.manifest`,
      "file appendonly.aof.1.incr.aof seq 1 type i\n",
    );
    await refused(`${dir}/bad.rdb`, "There is an append log already");
    await Deno.writeTextFile(`${dir}/other.json`, '{"k":"v"}\n');
    await refused(`${dir}/bad.rdb`, "There is a snapshot already");
    await assertRejects(
      () => exportData(offline(dir), `${dir}/out.rdb`),
      TransferError,
      "There are no keys",
    );
  }));

Deno.test("--import and --export are done on the command line, which then ends", () =>
  inFolder(async (dir) => {
    await Deno.writeTextFile(`${dir}/dump.json`, '{"a":"1","b":"2"}\n');
    const run = async (...args: string[]) => {
      await using process = await spawnUnready(args, { folder: dir });
      const { code } = await process.exited;
      return `${code} ${process.stdout}${process.stderr}`.trim();
    };
    assertEquals(await run("--export", "out.rdb"), "0 2 keys exported");
    const code = JSON.stringify(library("one", "1"));
    await Deno.writeTextFile(
      `${dir}/functions.json`,
      `{"entries":[{"library":${code}}]}`,
    );
    assertEquals(
      await run("--dbfilename", "functions.json", "--export", "functions.rdb"),
      "0 0 keys and 1 libraries exported",
    );
    assertEquals(
      await run("--dbfilename", "new.json", "--import", "out.rdb"),
      "0 2 keys imported",
    );
    assertStringIncludes(
      await run("--import", "out.rdb"),
      "1 redis-lite: There is a snapshot already",
    );
    assertStringIncludes(
      await run("--import", "out.rdb", "--export", "x"),
      "--import takes one file or redis:// address",
    );
  }));
