/** Whole files, to redis-server and from it. */
import { assertEquals, assertMatch, assertRejects } from "@std/assert";
import { join } from "@std/path";
import { startServer } from "../../../src/mod.ts";
import { LoadError } from "../../../src/server/snapshot_loader.ts";
import { findRealRedis, RealRedis } from "../../helpers/real_redis.ts";
import { RespClient } from "../../helpers/resp_client.ts";
import { startTestServer } from "../../helpers/server.ts";
import { until } from "../../helpers/event_loop.ts";
import { fill, summaryOf } from "./dataset.ts";

const RDB = { dbfilename: "dump.rdb" };
const hasReal = findRealRedis() !== undefined;

function realTest(name: string, fn: () => Promise<void>): void {
  Deno.test({ name, ignore: !hasReal, fn });
}

/** Returns what redis-check-rdb says of a file. */
async function checkRdb(path: string): Promise<string> {
  const { code, stdout } = await new Deno.Command("redis-check-rdb", {
    args: [path],
  }).output();
  return `${code}: ${new TextDecoder().decode(stdout)}`;
}

for (const command of ["SAVE", "BGSAVE"]) {
  realTest(
    `redis-server loads the RDB file that ${command} writes`,
    async () => {
      await using server = await startTestServer({ config: RDB });
      const ours = await server.client();
      const keys = await fill(ours);
      await ours.call(command);
      const path = join(server.folder, "dump.rdb");
      if (command === "BGSAVE") {
        await until("the file is there", async () => {
          const info = String(await ours.call("INFO", "persistence"));
          await server.clock.advance(1);
          return info.includes("rdb_bgsave_in_progress:0");
        });
      }
      const verdict = await checkRdb(path);
      assertMatch(verdict, /^0: [^]*AUX FIELD redis-ver = '7\.0\.15'/);
      assertMatch(verdict, /Checksum OK[^]*RDB looks OK/);
      assertMatch(verdict, new RegExp(`\\b${keys} keys read`));
      await using real = await RealRedis.start(findRealRedis()!);
      await using theirs = await RespClient.connect(real.port);
      await theirs.call("CONFIG", "SET", "dir", server.folder);
      await theirs.call("DEBUG", "RELOAD", "NOSAVE");
      assertEquals(await summaryOf(theirs), await summaryOf(ours));
    },
  );
}

for (const compression of ["yes", "no"]) {
  realTest(
    `a server starts with the RDB file that redis-server writes (rdbcompression ${compression})`,
    async () => {
      await using real = await RealRedis.start(findRealRedis()!, {
        rdbcompression: compression === "yes",
      });
      await using theirs = await RespClient.connect(real.port);
      await fill(theirs);
      await theirs.call("SAVE");
      await using server = await startTestServer({
        config: { ...RDB, dir: real.folder },
      });
      const ours = await server.client();
      assertEquals(await summaryOf(ours), await summaryOf(theirs));
      await ours.call("DEBUG", "RELOAD");
      assertEquals(await summaryOf(ours), await summaryOf(theirs));
    },
  );
}

Deno.test("an RDB file called dump.rdb is loaded where there is no snapshot yet", async () => {
  await using server = await startTestServer({ config: RDB });
  const client = await server.client();
  await client.call("SET", "k", "v");
  await client.call("SAVE");
  const { folder } = server;
  const options = {
    config: { dir: folder, save: [], bind: ["127.0.0.1"] },
    log: (line: string) => lines.push(line),
  };
  const lines: string[] = [];
  {
    await using second = await startServer(options);
    await using other = await RespClient.connect(second.port);
    assertEquals(await other.call("GET", "k"), "v");
    assertMatch(
      lines.join("\n"),
      /Loaded .*dump\.rdb; saves go to .*dump\.json/,
    );
    await other.call("SET", "k", "w");
    await other.call("SAVE");
  }
  await using third = await startServer(options);
  await using other = await RespClient.connect(third.port);
  assertEquals(await other.call("GET", "k"), "w");
});

Deno.test("DEBUG RELOAD NOSAVE loads what a restart would: a dump.rdb where there is no snapshot yet", async () => {
  await using source = await startTestServer({ config: RDB });
  const client = await source.client();
  await client.call("SET", "k", "v");
  await client.call("SAVE");
  await using server = await startTestServer();
  const other = await server.client();
  await Deno.copyFile(
    join(source.folder, "dump.rdb"),
    join(server.folder, "dump.rdb"),
  );
  await other.call("SET", "k", "w");
  assertEquals(await other.call("DEBUG", "RELOAD", "NOSAVE"), "OK");
  assertEquals(await other.call("GET", "k"), "v");
});

Deno.test("an RDB file that is damaged anywhere is refused with the place, and left alone", async () => {
  await using server = await startTestServer({ config: RDB });
  const client = await server.client();
  await client.call("RPUSH", "list", "a", "b", "300");
  await client.call("SET", "k", "v", "PX", 100_000);
  await client.call("SAVE");
  const path = join(server.folder, "dump.rdb");
  const good = await Deno.readFile(path);
  const start = () =>
    startServer({
      config: { ...RDB, dir: server.folder, save: [], bind: ["127.0.0.1"] },
    });
  for (let i = 0; i < good.length; i++) {
    const bad = good.slice();
    bad[i]! ^= 1;
    await Deno.writeFile(path, bad);
    const error = await assertRejects(start, LoadError);
    assertMatch(error.message, /dump\.rdb(: byte \d+: .|, line 1: .)/);
    await Deno.writeFile(path, good.subarray(0, i));
    await assertRejects(start, LoadError);
    assertEquals((await Deno.readFile(path)).length, i);
  }
});

realTest(
  "a file tells how long keys were idle, and how often they are accessed",
  async () => {
    const facts = {
      "allkeys-lru": ["IDLETIME", "1234", /^12(3[4-9]|4\d)$/],
      "allkeys-lfu": ["FREQ", "77", /^7[67]$/],
    } as const;
    for (const policy of ["allkeys-lru", "allkeys-lfu"] as const) {
      const [option, given, expected] = facts[policy];
      await using server = await startTestServer({
        config: { ...RDB, "maxmemory-policy": policy },
      });
      const ours = await server.client();
      await ours.call("SET", "k", "v");
      const dump = await ours.call("DUMP", "k") as string;
      await ours.call("RESTORE", "k", 0, dump, option, given, "REPLACE");
      await using real = await RealRedis.start(findRealRedis()!, {
        "maxmemory-policy": policy,
      });
      await using theirs = await RespClient.connect(real.port);
      const asked = option === "FREQ" ? "FREQ" : "IDLETIME";
      const tell = async (client: RespClient) =>
        assertMatch(String(await client.call("OBJECT", asked, "k")), expected);
      await ours.call("SAVE");
      await theirs.call("CONFIG", "SET", "dir", server.folder);
      await theirs.call("DEBUG", "RELOAD", "NOSAVE");
      await tell(theirs);
      await theirs.call("SAVE");
      await ours.call("DEBUG", "RELOAD", "NOSAVE");
      await tell(ours);
    }
  },
);
