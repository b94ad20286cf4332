import { assert, assertEquals, assertMatch } from "@std/assert";
import { until } from "../helpers/event_loop.ts";
import { findRealRedis, RealRedis } from "../helpers/real_redis.ts";
import type { RespClient } from "../helpers/resp_client.ts";
import { RespClient as Client } from "../helpers/resp_client.ts";
import {
  spawnServer,
  spawnUnready,
  startTestServer,
} from "../helpers/server.ts";
import { killRounds } from "../faults/kill_rounds.ts";

const FOLDER = "appendonlydir";

/** Commands of every family, whose effects are not all what they say. */
const BEFORE = [
  "SET s 1 EX 1000",
  "INCRBYFLOAT f 1.5",
  "APPEND s xyz",
  "SETRANGE bytes 5 abc",
  "RPUSH l a b c d",
  "LMOVE l m LEFT RIGHT",
  "SADD set a b c d e f g h",
  "SPOP set 3",
  "SADD ints 1 2 3",
  "HSET h f v g w",
  "HINCRBYFLOAT h n 2.25",
  "ZADD z 1 a 2.5 b -inf c",
  "ZPOPMIN z",
  "GEOADD geo 13.361389 38.115556 Palermo",
  "PFADD hll a b c",
  "XADD x * f v",
  "XADD x MAXLEN ~ 100 * f v g w",
  "XGROUP CREATE x g 0",
  "XREADGROUP GROUP g c COUNT 1 STREAMS x >",
  "EVAL return{redis.call('INCR','n'),redis.call('SADD','set','z')} 0",
];
const AFTER = [
  "SELECT 3",
  "MULTI",
  "SET k v",
  "SPOP k2",
  "EXPIRE k 500",
  "EXEC",
  "SELECT 0",
  "XREADGROUP GROUP g d NOACK STREAMS x >",
  "SPOP set",
  "GETEX s PERSIST",
  "RESTORE copy 0 \x00\x01a\x0a\x00\xc2\xe0\xa1\x1d\x5d\xc6\x9b\x1c",
];

async function run(
  client: RespClient,
  lines: readonly string[],
): Promise<void> {
  for (const line of lines) await client.send(...line.split(" "));
}

/** The digests of all data, and what a stream's groups have, which is no part of them. */
async function contents(client: RespClient): Promise<unknown> {
  const groups = await client.call("XINFO", "GROUPS", "x");
  return [await client.call("DEBUG", "DIGEST"), groups];
}

async function rewrite(client: RespClient): Promise<void> {
  await client.call("BGREWRITEAOF");
  await until("the log is rewritten", async () => {
    const info = String(await client.call("INFO", "persistence"));
    return info.includes("aof_rewrite_in_progress:0");
  });
}

async function copyFolder(from: string, to: string): Promise<void> {
  await Deno.mkdir(to, { recursive: true });
  for await (const { name } of Deno.readDir(from)) {
    await Deno.copyFile(`${from}/${name}`, `${to}/${name}`);
  }
}

for (const preamble of [true, false]) {
  Deno.test({
    name: `a log of redis-server ${
      preamble ? "with" : "without"
    } an RDB file as its base loads here, and gives the same data`,
    ignore: findRealRedis() === undefined,
    fn: async () => {
      const folder = await Deno.makeTempDir({ prefix: "redis-lite-" });
      let expected: unknown;
      {
        await using real = await RealRedis.start(findRealRedis()!, {
          appendonly: true,
          // Otherwise what it has answered may still be on its way to the file that is copied.
          appendfsync: "always",
          "aof-use-rdb-preamble": preamble,
        });
        await using client = await Client.connect(real.port);
        await run(client, BEFORE);
        await rewrite(client);
        await run(client, AFTER);
        expected = await contents(client);
        await copyFolder(`${real.folder}/${FOLDER}`, `${folder}/${FOLDER}`);
      }
      try {
        await using server = await startTestServer({
          config: { dir: folder, appendonly: true },
        });
        const client = await server.client();
        assertEquals(await contents(client), expected);
      } finally {
        await Deno.remove(folder, { recursive: true });
      }
    },
  });
}

Deno.test({
  name:
    "redis-server loads a log of ours without a snapshot as its base, and gives the same data",
  ignore: findRealRedis() === undefined,
  fn: async () => {
    await using real = await RealRedis.start(findRealRedis()!);
    let expected: unknown;
    const config = { appendonly: true, "aof-use-rdb-preamble": false };
    {
      await using server = await startTestServer({ config });
      const client = await server.client();
      await run(client, BEFORE);
      await rewrite(client);
      await run(client, AFTER);
      expected = await contents(client);
      await copyFolder(
        `${server.folder}/${FOLDER}`,
        `${real.folder}/${FOLDER}`,
      );
    }
    await using client = await Client.connect(real.port);
    assertEquals(await client.call("DEBUG", "LOADAOF"), "OK");
    assertEquals(await contents(client), expected);
  },
});

Deno.test({
  name: "redis-check-aof finds nothing wrong with a log of ours",
  ignore: !hasCheckAof(),
  fn: async () => {
    await using server = await startTestServer({
      config: { appendonly: true, "aof-timestamp-enabled": true },
    });
    const client = await server.client();
    await run(client, [...BEFORE, ...AFTER]);
    const path = `${server.folder}/${FOLDER}/appendonly.aof.1.incr.aof`;
    const { code, stdout } = new Deno.Command("redis-check-aof", {
      args: [path],
    }).outputSync();
    assertMatch(new TextDecoder().decode(stdout), /is valid/);
    assertEquals(code, 0);
  },
});

function hasCheckAof(): boolean {
  try {
    new Deno.Command("redis-check-aof").outputSync();
    return true;
  } catch {
    return false;
  }
}

/** Runs the program as a tool. */
function tool(...args: string[]): { code: number; text: string } {
  const main = new URL("../../main.ts", import.meta.url).href;
  const { code, stdout, stderr } = new Deno.Command(Deno.execPath(), {
    args: ["run", "--quiet", "--allow-all", main, ...args],
  }).outputSync();
  const decoder = new TextDecoder();
  return { code, text: decoder.decode(stdout) + decoder.decode(stderr) };
}

Deno.test("whatever was acknowledged survives kill -9 with appendfsync always", async () => {
  const { acknowledged, rounds } = await killRounds({ rounds: 8 });
  assertEquals(rounds, 8);
  assert(acknowledged > 0);
});

Deno.test("a damaged log is refused at the start in one line, and --check and --repair-aof help", async () => {
  const folder = await Deno.makeTempDir({ prefix: "redis-lite-" });
  const args = ["--bind", "127.0.0.1", "--save", "", "--appendonly", "yes"];
  try {
    {
      await using server = await spawnServer(args, { folder });
      await using client = await server.client();
      await client.call("SET", "a", "1");
      await client.call("SET", "b", "2");
      await server.kill("SIGTERM");
    }
    const path = `${folder}/${FOLDER}/appendonly.aof.1.incr.aof`;
    const bytes = await Deno.readFile(path);
    bytes[bytes.length - 25]! ^= 1;
    await Deno.writeFile(path, bytes);
    {
      await using server = await spawnUnready(args, { folder });
      assertEquals((await server.exited).code, 1);
      await until("it has said why", () => server.stderr.endsWith("\n"));
      assertMatch(
        server.stderr,
        /at byte \d+: .* --repair-aof \S+, which cuts/,
      );
      assertEquals(server.stderr.trimEnd().split("\n").length, 1);
    }
    const manifest = `${folder}/${FOLDER}/appendonly.aof.manifest`;
    const bad = tool("--check", manifest);
    assertEquals(bad.code, 1);
    assertMatch(bad.text, /checksum .*\nIt cannot be loaded\n$/);
    const repaired = tool("--repair-aof", manifest);
    assertEquals(repaired.code, 0);
    assertMatch(repaired.text, /Cut \S+ at byte \d+; the \d+ bytes behind it/);
    assertEquals(tool("--check", manifest).code, 0);
    await using server = await spawnServer(args, { folder });
    await using client = await server.client();
    assertEquals(await client.call("MGET", "a", "b"), ["1", null]);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
