import { assert, assertEquals, assertMatch } from "@std/assert";
import { patiently, until } from "../helpers/event_loop.ts";
import { freePort } from "../helpers/real_redis.ts";
import { RespClient } from "../helpers/resp_client.ts";
import { spawnServer, spawnUnready } from "../helpers/server.ts";

const ARGS = ["--bind", "127.0.0.1", "--save", "", "--appendonly", "yes"];
/** The largest file that the server may write, in units of 512 bytes. */
const LIMIT = 40;

/** Runs the server in a shell that does not let it write large files, and calls `use` with its port. */
async function withLimit(
  folder: string,
  args: readonly string[],
  use: (port: number) => Promise<void>,
): Promise<void> {
  const port = freePort();
  const main = new URL("../../main.ts", import.meta.url).pathname;
  const process = new Deno.Command("/bin/sh", {
    args: [
      "-c",
      `trap '' XFSZ; ulimit -f ${LIMIT}; exec "$@"`,
      "limited",
      Deno.execPath(),
      "run",
      "--quiet",
      "--allow-all",
      main,
      ...ARGS,
      ...args,
      "--port",
      String(port),
    ],
    cwd: folder,
    stdout: "null",
    stderr: "null",
  }).spawn();
  try {
    await until("the server accepts connections", async () => {
      try {
        (await RespClient.connect(port)).close();
        return true;
      } catch {
        return false;
      }
    }, 20_000);
    await use(port);
  } finally {
    process.kill("SIGKILL");
    await patiently("the server to end", process.status);
  }
}

for (const policy of ["everysec", "always"]) {
  Deno.test({
    name:
      `with a full disk and appendfsync ${policy} writes are refused, and none is lost that was acknowledged`,
    ignore: Deno.build.os === "windows",
    fn: async () => {
      const folder = await Deno.makeTempDir({ prefix: "redis-lite-" });
      try {
        let acknowledged = 0;
        await withLimit(folder, ["--appendfsync", policy], async (port) => {
          await using client = await RespClient.connect(port);
          for (let refused = false; !refused;) {
            assert(acknowledged < 1000, "the disk is never full");
            try {
              const value = "x".repeat(1000);
              await client.call("RPUSH", "l", `${acknowledged} ${value}`);
              acknowledged++;
            } catch (error) {
              refused = true;
              // With `always` there is no telling whether the write will last.
              const { message } = error as Error;
              if (policy === "everysec") {
                assertMatch(
                  message,
                  /^MISCONF Errors writing to the AOF file: /,
                );
              } else assertMatch(message, /^MISCONF|closed/);
            }
          }
          await using other = await RespClient.connect(port);
          assertMatch(
            String(await other.call("INFO", "persistence")),
            /aof_last_write_status:err/,
          );
          assert(Number(await other.call("LLEN", "l")) >= acknowledged);
        });
        await using server = await spawnServer(ARGS, { folder });
        await using client = await server.client();
        const length = Number(await client.call("LLEN", "l"));
        // The last one that everysec has acknowledged was still in memory.
        assert(
          length >= (policy === "always" ? acknowledged : acknowledged - 1),
          `${length} of ${acknowledged}`,
        );
        assertEquals(await client.call("RPUSH", "l", "more"), length + 1);
      } finally {
        await Deno.remove(folder, { recursive: true });
      }
    },
  });
}

Deno.test("a server that cannot make its log does not start, and says what to look at", async () => {
  const folder = await Deno.makeTempDir({ prefix: "redis-lite-" });
  try {
    await Deno.writeTextFile(`${folder}/appendonlydir`, "no folder");
    await using server = await spawnUnready(ARGS, { folder });
    assertEquals((await server.exited).code, 1);
    await until("it has said why", () => server.stderr.endsWith("\n"));
    assertMatch(
      server.stderr,
      /^redis-lite: Could not load the append log .*appendonlydir.*: Not a directory.*\. Check dir/,
    );
    assertEquals(
      await Deno.readTextFile(`${folder}/appendonlydir`),
      "no folder",
    );
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
