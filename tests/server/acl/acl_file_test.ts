import { assertEquals, assertRejects } from "@std/assert";
import { join } from "@std/path";
import { parseCommandLine } from "../../../src/config/command_line.ts";
import { Config } from "../../../src/config/config.ts";
import { type ServerOptions, startServer } from "../../../src/mod.ts";
import { until } from "../../helpers/event_loop.ts";
import { findRealRedis, RealRedis } from "../../helpers/real_redis.ts";
import { formatReply } from "../../helpers/reply.ts";
import { RespClient } from "../../helpers/resp_client.ts";
import { startTestServer } from "../../helpers/server.ts";

const USERS = [
  "user alice on allcommands allkeys &* >alice",
  "",
  "\tuser bob on -@all +@set +acl ~set* &* >bob (+get ~x)\r",
  "user default on nopass ~* &* +@all",
].join("\n");

const DESCRIBED = [
  "user alice on #2bd806c97f0e00af1a1fc3328fa763a9269723c8db8fac4f93af71db186d6e90 ~* &* +@all",
  "user bob on #81b637d8fcd2c6da6359e6963113a1170de795e4b725b84d1e0b4cfd9ec58ce9 ~set* &* -@all +@set +acl (~x resetchannels -@all +get)",
  "user default on nopass ~* &* +@all",
];

const UNCHANGED =
  "WARNING: ACL errors detected, no change to the previously active ACL rules was performed";

/** Runs `check` against a server of each sort that has been started with a file of users. */
function withFile(
  name: string,
  check: (port: number, path: string) => Promise<void>,
): void {
  const run = async (start: (path: string) => Promise<Started>) => {
    const folder = await Deno.makeTempDir();
    try {
      const path = join(folder, "users.acl") as string;
      await Deno.writeTextFile(path, USERS);
      await using server = await start(path);
      await check(server.port, path);
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  };
  Deno.test(
    name,
    () => run((path) => startTestServer({ config: { aclfile: path } })),
  );
  Deno.test({
    name: `${name} (redis-server)`,
    ignore: findRealRedis() === undefined,
    sanitizeOps: false,
    sanitizeResources: false,
    fn: () =>
      run((path) => RealRedis.start(findRealRedis()!, { aclfile: path })),
  });
}

type Started = AsyncDisposable & { readonly port: number };

async function list(client: RespClient): Promise<string[]> {
  return await client.call("ACL", "LIST") as string[];
}

withFile(
  "users come from their file, and go back into it",
  async (port, path) => {
    await using client = await RespClient.connect(port);
    assertEquals(await list(client), DESCRIBED);
    await client.call("ACL", "SETUSER", "eve", "+get", "allkeys", "on", ">eve");
    await client.call("ACL", "DELUSER", "bob");
    assertEquals(await client.call("ACL", "SAVE"), "OK");
    const saved = await list(client);
    assertEquals(await Deno.readTextFile(path), `${saved.join("\n")}\n`);
    assertEquals((await Deno.stat(path)).mode! & 0o777, 0o644);
    await client.call("ACL", "SETUSER", "eve", "+set");
    await client.call("ACL", "SETUSER", "default", "-flushall");
    assertEquals(await client.call("ACL", "LOAD"), "OK");
    assertEquals(await list(client), saved);
  },
);

withFile(
  "ACL LOAD ends the connections of all users but the default one",
  async (port) => {
    await using admin = await RespClient.connect(port);
    await using alice = await RespClient.connect(port);
    await using caller = await RespClient.connect(port);
    await alice.call("AUTH", "alice", "alice");
    await caller.call("AUTH", "bob", "bob");
    assertEquals(await caller.call("ACL", "LOAD"), "OK");
    await until(
      "only one client is left",
      async () =>
        !/user=(alice|bob)|\n.*\n/.test(
          String(await admin.call("CLIENT", "LIST")),
        ),
    );
  },
);

withFile(
  "ACL LOAD tells all that is wrong with the file, and changes nothing",
  async (port, path) => {
    await using client = await RespClient.connect(port);
    const cases: [string, string][] = [
      [
        "user alice on\nuser alice off",
        "WARNING: Duplicate user 'alice' found on line 2. ",
      ],
      [
        "# comment\nuser",
        `${path}:1 should start with user keyword followed by the username. ` +
        `${path}:2 should start with user keyword followed by the username. `,
      ],
      [
        "user a +nope -@nope ~x\nuser b &* &x ~* ~x",
        `${path}:1: Error in applying operation '+nope': Unknown command or category name in ACL. ` +
        `${path}:1: Error in applying operation '-@nope': Unknown command or category name in ACL. ` +
        `${path}:2: Adding a pattern after the * pattern (or the 'allchannels' flag) is not valid and ` +
        "does not have any effect. Try 'resetchannels' to start with an empty list of channels. ",
      ],
      [
        "user a\tb on",
        `'${path}:1: username 'a\\tb' contains invalid characters. `,
      ],
    ];
    for (const [text, errors] of cases) {
      await Deno.writeTextFile(path, text);
      assertEquals(
        formatReply(await client.send("ACL", "LOAD")),
        `-ERR ${errors}${UNCHANGED}`,
      );
    }
    await Deno.remove(path);
    assertEquals(
      formatReply(await client.send("ACL", "LOAD")),
      `-ERR Error loading ACLs, opening file '${path}': No such file or directory`,
    );
    assertEquals(await list(client), DESCRIBED);
    await Deno.writeTextFile(path, "user carol on\n");
    assertEquals(await client.call("ACL", "LOAD"), "OK");
    assertEquals(await list(client), [
      "user carol on resetchannels -@all",
      "user default on nopass ~* &* +@all",
    ]);
  },
);

withFile(
  "ACL SAVE that cannot write says so and leaves nothing behind",
  async (port, path) => {
    await using client = await RespClient.connect(port);
    await Deno.remove(path);
    await Deno.mkdir(join(path, "in the way"), { recursive: true });
    assertEquals(
      formatReply(await client.send("ACL", "SAVE")),
      "-ERR There was an error trying to save the ACLs. Please check the server logs for more information",
    );
    const folder = join(path, "..") as string;
    const names = [...Deno.readDirSync(folder)].map(({ name }) => name);
    assertEquals(names, ["users.acl"]);
  },
);

async function refusal(options: ServerOptions): Promise<string> {
  const error = await assertRejects(() => startServer(options)) as Error;
  return error.message;
}

Deno.test("a server does not start with users that make no sense", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const path = join(folder, "users.acl") as string;
    const withUsers = (...users: string[]) => {
      const invocation = parseCommandLine(["--port", "0", ...users]);
      return invocation.kind === "run" ? invocation.config : new Config();
    };
    assertEquals(
      await refusal({ config: withUsers("--user", "joe", "on", "+nope") }),
      "Command line: user joe: +nope: Unknown command or category name in ACL",
    );
    assertEquals(
      await refusal({ config: withUsers("--user", "joe", "(+get") }),
      "Command line: user joe: (+get has no end",
    );
    assertEquals(
      await refusal({ config: withUsers("--user", "a b") }),
      "Command line: user a b: spaces are not possible in a name",
    );
    assertEquals(
      await refusal({ config: { aclfile: path } }),
      `The users cannot be loaded: Error loading ACLs, opening file '${path}': No such file or directory`,
    );
    await Deno.writeTextFile(path, "nonsense");
    assertEquals(
      await refusal({ config: { aclfile: path } }),
      `The users cannot be loaded: ${path}:1 should start with user keyword followed by the username. ${UNCHANGED}`,
    );
    assertEquals(
      await refusal({
        config: withUsers("--user", "joe", "--aclfile", path),
      }),
      "users are defined in the configuration and aclfile names a file of users: only one of both is possible",
    );
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

/** Starts a server with a config file, and returns ACL LIST before and after CONFIG REWRITE and a restart, and the file. */
async function rewritten(
  start: (path: string) => Promise<Started>,
): Promise<{ lists: string[][]; lines: string[] }> {
  const folder = await Deno.makeTempDir();
  const path = join(folder, "redis.conf") as string;
  try {
    await Deno.writeTextFile(
      path,
      `dir ${folder}\nuser gone on\nuser default on nopass ~* +@all -flushdb\nsave ""\nuser joe >pw "&x" (+get ~k)\n`,
    );
    const lists: string[][] = [];
    for (let i = 0; i < 2; i++) {
      await using server = await start(path);
      await using client = await RespClient.connect(server.port);
      assertEquals(
        formatReply(await client.send("FLUSHDB")),
        "-NOPERM this user has no permissions to run the 'flushdb' command",
      );
      await client.call("ACL", "DELUSER", "gone");
      lists.push(await list(client));
      await client.call("CONFIG", "REWRITE");
    }
    const text = await Deno.readTextFile(path);
    const lines = text.split("\n").filter((line) => line.startsWith("user "));
    return { lists, lines };
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("users of a config file are written back by CONFIG REWRITE", async () => {
  const { lists, lines } = await rewritten((path) => {
    const invocation = parseCommandLine([path, "--port", "0"]);
    if (invocation.kind !== "run") throw new Error(invocation.kind);
    return startServer({ config: invocation.config });
  });
  assertEquals(lists[0], [
    "user default on nopass sanitize-payload ~* resetchannels +@all -flushdb",
    "user joe off #30c952fab122c3f9759f02a6d95c3758b246b4fee239957b2d4fee46e26170c4 resetchannels &x -@all (~k resetchannels -@all +get)",
  ]);
  assertEquals(lists[1], lists[0]);
  assertEquals(lines, lists[0]);
});

Deno.test("rules go by the names from before rename-command", async () => {
  const invocation = parseCommandLine([
    ..."--port 0 --rename-command get fetch".split(" "),
    ..."--rename-command flushall".split(" "),
    "",
    ..."--user joe on nopass ~* +get -flushall".split(" "),
  ]);
  if (invocation.kind !== "run") throw new Error(invocation.kind);
  await using server = await startServer({ config: invocation.config });
  await using client = await RespClient.connect(server.port);
  const send = async (line: string) =>
    formatReply(await client.send(...line.split(" ")));
  assertEquals(
    (await list(client))[1],
    "user joe on nopass ~* resetchannels -@all +get",
  );
  assertEquals(await send("ACL DRYRUN joe FETCH k"), "+OK");
  assertEquals(
    await send("ACL DRYRUN joe GET k"),
    "-ERR Command 'GET' not found",
  );
  assertEquals(
    await send("ACL SETUSER joe +fetch"),
    "-ERR Error in ACL SETUSER modifier '+fetch': Unknown command or category name in ACL",
  );
  assertEquals(await send("ACL SETUSER joe +flushall"), "+OK");
  assertEquals(
    (await list(client))[1],
    "user joe on nopass ~* resetchannels -@all +flushall +get",
  );
  assertEquals(await send("AUTH joe x"), "+OK");
  assertEquals(await send("FETCH k"), "$-1");
  assertEquals(
    await send("STRLEN k"),
    "-NOPERM this user has no permissions to run the 'strlen' command",
  );
});
