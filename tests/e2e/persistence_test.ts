import { assert, assertEquals, assertMatch } from "@std/assert";
import { until } from "../helpers/event_loop.ts";
import type { RespClient } from "../helpers/resp_client.ts";
import { TestRandom } from "../helpers/seeded.ts";
import { spawnServer, spawnUnready } from "../helpers/server.ts";

const ARGS = ["--bind", "127.0.0.1", "--save", ""];
const SAVING = ["--bind", "127.0.0.1", "--save", "3600", "1"];

async function inFolder(
  test: (folder: string) => Promise<void>,
): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "redis-lite-" });
  try {
    await test(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** Gives many keys a value each. */
async function fill(client: RespClient, value: string): Promise<void> {
  const words = ["MSET"];
  for (let i = 0; i < 20_000; i++) {
    words.push(`key ${i}`, `${value} ${"x".repeat(50)}`);
  }
  await client.call(...words);
}

Deno.test("a server killed while it saves starts with the old file or the new one, whole", () =>
  inFolder(async (folder) => {
    const random = TestRandom.fromEntropy();
    for (let round = 1; round <= 4; round++) {
      {
        await using server = await spawnServer(ARGS, { folder });
        await using client = await server.client();
        if (round === 1) {
          await fill(client, "generation 0");
          await client.call("SAVE");
        }
        await fill(client, `generation ${round}`);
        await client.call("BGSAVE");
        const delay = random.below(60);
        const begin = performance.now();
        await until("it is time", () => performance.now() - begin >= delay);
        await server.kill("SIGKILL");
      }
      await using server = await spawnServer(ARGS, { folder });
      await using client = await server.client();
      assertEquals(await client.call("DBSIZE"), 20_000);
      const first = String(await client.call("GET", "key 0"));
      assertMatch(first, /^generation \d /);
      for (const i of [1, 777, 19_999]) {
        assertEquals(await client.call("GET", `key ${i}`), first);
      }
      const names = [...Deno.readDirSync(folder)].map(({ name }) => name);
      assertEquals(names, ["dump.json"]);
    }
  }));

Deno.test("SIGTERM and SHUTDOWN save, end with exit code 0, and the data is there at the next start", () =>
  inFolder(async (folder) => {
    {
      await using server = await spawnServer(SAVING, { folder });
      await using client = await server.client();
      await client.call("SET", "a", "1", "PX", "10000000");
      assertEquals((await server.kill("SIGTERM")).code, 0);
    }
    {
      await using server = await spawnServer(SAVING, { folder });
      await using client = await server.client();
      assert(Number(await client.call("PTTL", "a")) > 9_000_000);
      await client.call("RPUSH", "q", "\xff", "é");
      await client.post("SHUTDOWN");
      assertEquals((await server.exited).code, 0);
    }
    await using server = await spawnServer(SAVING, { folder });
    await using client = await server.client();
    assertEquals(await client.call("LLEN", "q"), 2);
    await client.call("SET", "a", "2");
    await client.post("SHUTDOWN", "NOSAVE");
    assertEquals((await server.exited).code, 0);
    const saved = JSON.parse(Deno.readTextFileSync(`${folder}/dump.json`));
    assertEquals(
      saved.entries.map(({ key }: { key: string }) => key),
      ["a", "q"],
    );
    assertEquals(saved.entries[0].value, "1");
  }));

Deno.test("a server does not start with a file that is not whole, says why on one line, and leaves it", () =>
  inFolder(async (folder) => {
    const path = `${folder}/dump.json`;
    for (
      const [content, reason] of [
        ['{"a":"1",\n"b', /dump\.json, line 2: the file ends inside a text/],
        ["REDIS0010\xfa\x09", /dump\.json: byte 9: no length where/],
        ["", /dump\.json: the file is empty/],
      ] as const
    ) {
      Deno.writeTextFileSync(path, content);
      await using server = await spawnUnready(SAVING, { folder });
      assertEquals((await server.exited).code, 1);
      await until("it has said why", () => server.stderr.endsWith("\n"));
      assertMatch(server.stderr, reason);
      assertEquals(server.stderr.trim().split("\n").length, 1);
      assertEquals(Deno.readTextFileSync(path), content);
    }
  }));

Deno.test("a server whose snapshot cannot be replaced says so, goes on, and ends when forced", () =>
  inFolder(async (folder) => {
    await using server = await spawnServer(SAVING, { folder });
    await using client = await server.client();
    // Not even root can put a file in the place of a folder.
    Deno.mkdirSync(`${folder}/dump.json`);
    await client.call("SET", "a", "1");
    assertEquals((await client.send("SAVE")).type, "error");
    await client.call("BGSAVE");
    await until(
      "the failure is known",
      () => /Background saving error/.test(server.stdout),
    );
    assertEquals((await client.send("SET", "a", "2")).type, "error");
    assertEquals((await client.send("SHUTDOWN")).type, "error");
    server.signal("SIGTERM");
    await until(
      "it has refused",
      () => /SIGTERM[^]*can't exit/.test(server.stdout),
    );
    assertEquals(await client.call("GET", "a"), "1");
    Deno.removeSync(`${folder}/dump.json`);
    assertEquals(await client.call("SAVE"), "OK");
    assertEquals(await client.call("SET", "a", "2"), "OK");
    Deno.removeSync(`${folder}/dump.json`);
    Deno.mkdirSync(`${folder}/dump.json`);
    await client.post("SHUTDOWN", "FORCE");
    assertEquals((await server.exited).code, 0);
  }));
