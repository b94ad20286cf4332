import { assert, assertEquals, assertMatch } from "@std/assert";
import { fromFileUrl, join } from "@std/path";
import { until } from "../helpers/event_loop.ts";
import { freePort } from "../helpers/real_redis.ts";
import { RespClient } from "../helpers/resp_client.ts";
import {
  type SpawnedServer,
  spawnServer,
  spawnUnready,
} from "../helpers/server.ts";

const unix = Deno.build.os !== "windows";

/** How a start that fails ended: its exit code and what it said. */
async function failedStart(
  args: readonly string[],
  port?: number,
): Promise<{ code: number; said: string[] }> {
  await using server = await spawnUnready(
    args,
    port === undefined ? {} : { port },
  );
  const { code } = await server.exited;
  await until("it has said why", () => server.stderr.endsWith("\n"));
  return { code, said: server.stderr.trim().split("\n") };
}

async function filesOf(server: SpawnedServer): Promise<string[]> {
  const names: string[] = [];
  for await (const { name } of Deno.readDir(server.folder)) names.push(name);
  return names.toSorted();
}

Deno.test("A start tells version, process, places and readiness", async () => {
  await using server = await spawnServer(["--bind", "127.0.0.1"]);
  assertMatch(
    server.stdout,
    /^\d+:M \d\d \w{3} \d{4} \d\d:\d\d:\d\d\.\d{3} \* Redis-Lite \d+\.\d+\.\d+/,
  );
  assert(server.stdout.includes(`pid ${server.pid}`));
  assert(server.stdout.includes(`* Listening on 127.0.0.1:${server.port}\n`));
  assert(server.stdout.includes("* Ready to accept connections\n"));
  assertEquals(server.stderr, "");
});

for (const signal of ["SIGTERM", "SIGINT"] as const) {
  Deno.test({
    name:
      `${signal} ends the server with what was written sent, and exit code 0`,
    ignore: !unix,
    fn: async () => {
      await using server = await spawnServer(["--save", ""]);
      await using client = await server.client();
      await client.call("SET", "k", "x".repeat(1_000_000));
      const replies = client.pipeline(Array(20).fill(["GET", "k"]));
      await client.send("PING");
      const { code } = await server.kill(signal);
      assertEquals(code, 0);
      assertEquals((await replies).length, 20);
      assert(
        server.stdout.includes(`Received ${signal} scheduling shutdown...`),
      );
      assertEquals(server.stderr, "");
    },
  });
}

Deno.test({
  name: "A second signal ends the server at once, with exit code 1",
  ignore: !unix,
  fn: async () => {
    await using server = await spawnServer(["--save", ""]);
    await using client = await server.client();
    await client.call("SET", "k", "x".repeat(1_000_000));
    // Replies that nobody takes hold the first one up.
    const conn = await Deno.connect({
      hostname: "127.0.0.1",
      port: server.port,
    });
    await conn.write(new TextEncoder().encode("GET k\r\n".repeat(50)));
    await until("replies are stuck", async () => {
      const clients = String(await client.call("CLIENT", "LIST"));
      return /(obl|omem)=[1-9]\d{6}/.test(clients);
    });
    server.signal("SIGINT");
    await until(
      "the first was heard",
      () => server.stdout.includes("Received SIGINT"),
    );
    const { code } = await server.kill("SIGINT");
    conn.close();
    assertEquals(code, 1);
    assert(server.stdout.includes("You insist... exiting now."));
  },
});

Deno.test("SHUTDOWN ends the process with exit code 0", async () => {
  await using server = await spawnServer(["--save", ""]);
  await using client = await server.client();
  await client.post("SHUTDOWN", "NOSAVE");
  assertEquals(await client.readToEnd(), []);
  assertEquals((await server.exited).code, 0);
});

Deno.test({
  name: "A hang-up of the terminal does not end the server",
  ignore: !unix,
  fn: async () => {
    await using server = await spawnServer(["--save", ""]);
    server.signal("SIGHUP");
    await using client = await server.client();
    assertEquals(await client.call("PING"), "PONG");
  },
});

Deno.test("The pid file is there while the server is", async () => {
  await using server = await spawnServer([
    "--save",
    "",
    "--pidfile",
    "lite.pid",
  ]);
  const text = await Deno.readTextFile(
    join(server.folder, "lite.pid") as string,
  );
  assertEquals(text, `${server.pid}\n`);
  await using client = await server.client();
  await client.post("SHUTDOWN", "NOSAVE");
  await server.exited;
  assertEquals(await filesOf(server), []);
});

Deno.test("A pid file that cannot be written is a warning", async () => {
  await using server = await spawnServer(["--pidfile", "missing/lite.pid"]);
  assertMatch(
    server.stdout,
    /# Could not write the pid file .*lite\.pid: No such file/,
  );
});

Deno.test("The log goes to the log file, and goes on when that was moved away", async () => {
  const folder = await Deno.makeTempDir({ prefix: "redis-lite-" });
  try {
    await using server = await spawnUnready(
      ["--logfile", "lite.log", "--loglevel", "verbose"],
      { folder },
    );
    const path = join(folder, "lite.log") as string;
    const log = () => {
      try {
        return Deno.readTextFileSync(path);
      } catch {
        return "";
      }
    };
    await until("it is ready", () => log().includes("Ready to accept"), 20_000);
    await Deno.rename(path, `${path}.1`);
    await using client = await RespClient.connect(server.port);
    await client.write("*1\r\nnonsense\r\n");
    await client.closed;
    await until(
      "the next line is there",
      () => log().includes("Protocol error"),
    );
    assertEquals(server.stdout, "");
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("What has no effect here is a warning at the start", async () => {
  await using server = await spawnServer(["--tcp-backlog", "100"]);
  assert(server.stdout.includes("# tcp-backlog 100 has no effect here: "));
});

Deno.test("A start that fails says why in one line and ends with exit code 1", async () => {
  await using running = await spawnServer(["--bind", "127.0.0.1"]);
  const cases: [args: string[], said: RegExp][] = [
    [
      ["--bind", "127.0.0.1"],
      /^redis-lite: Port \d+ of 127\.0\.0\.1 is in use: stop/,
    ],
    [
      ["--no-such", "1"],
      /^redis-lite: Command line: no-such 1: unknown parameter/,
    ],
    [
      ["--rename-command", "FLUSHAL", "x"],
      /^redis-lite: Command line: rename-command FLUSHAL x: No such command/,
    ],
    [["--maxclients", "many"], /^redis-lite: Command line: maxclients many: /],
    [
      ["/nowhere/redis.conf"],
      /^redis-lite: Cannot read the config file \/nowhere\/redis\.conf: No such file/,
    ],
    [
      ["--logfile", "/nowhere/lite.log"],
      /^redis-lite: Could not open the log file \/nowhere\/lite\.log \(No such file/,
    ],
    [
      ["--unixsocket", "/nowhere/lite.sock"],
      /^redis-lite: Could not listen on the unix socket/,
    ],
  ];
  await Promise.all(cases.map(async ([args, expected]) => {
    const inUse = args[0] === "--bind";
    const { code, said } = await failedStart(
      args,
      inUse ? running.port : undefined,
    );
    assertEquals(code, 1);
    assertEquals(said.length, 1, said.join("\n"));
    assertMatch(said[0]!, expected);
  }));
});

Deno.test({
  name: "Running out of descriptors does not end the server",
  ignore: Deno.build.os !== "linux",
  fn: async () => {
    // The hard limit, because Deno raises the other one.
    const limited = 'ulimit -n 100; exec "$0" "$@"';
    const root = fromFileUrl(new URL("../../", import.meta.url)) as string;
    const port = freePort();
    const server = new Deno.Command("/bin/sh", {
      args: [
        ...["-c", limited, Deno.execPath(), "run", "--quiet", "--allow-all"],
        ...[`--config=${root}deno.json`, `${root}main.ts`],
        ...["--save", "", "--bind", "127.0.0.1", "--port", String(port)],
      ],
      stdout: "piped",
    }).spawn();
    let said = "";
    const reading = (async () => {
      const parts = server.stdout.pipeThrough(new TextDecoderStream());
      for await (const part of parts) said += part;
    })();
    await until("it is ready", () => said.includes("Ready to accept"), 20_000);
    const conns: Deno.Conn[] = [];
    for (let i = 0; i < 120; i++) {
      conns.push(await Deno.connect({ hostname: "127.0.0.1", port }));
    }
    await until(
      "it has run out",
      () => said.includes("Accepting client connection: Too many open files"),
    );
    for (const conn of conns) conn.close();
    {
      await using client = await RespClient.connect(port);
      assertEquals(await client.call("PING"), "PONG");
    }
    server.kill("SIGTERM");
    assertEquals((await server.status).code, 0);
    await reading;
  },
});
