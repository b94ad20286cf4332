import { assertEquals, assertMatch, assertRejects } from "@std/assert";
import { commandFamilies } from "../../src/commands/mod.ts";
import { Config } from "../../src/config/config.ts";
import { Args } from "../../src/protocol/args.ts";
import { commandError } from "../../src/protocol/command_error.ts";
import type { Client } from "../../src/server/client.ts";
import { commandGroup } from "../../src/server/command.ts";
import { DISK_ERROR } from "../../src/server/gate.ts";
import { Log } from "../../src/server/log.ts";
import { Server } from "../../src/server/server.ts";
import { SeededRandom } from "../../src/store/random.ts";
import { List } from "../../src/store/values/list.ts";
import { ManualClock } from "../helpers/manual_clock.ts";
import { startTestServer } from "../helpers/server.ts";
import {
  error,
  OK,
  QUEUED,
  transcript,
  verbatim,
} from "../helpers/transcript.ts";

const ODD_COMMANDS = commandGroup("generic", [
  {
    name: "crash",
    arity: 1,
    flags: ["fast"],
    since: "1.0.0",
    complexity: "O(1)",
    summary: "Throws what no command should throw.",
    syntax: "",
    handler: ({ reply }) => {
      reply.array(7);
      throw new TypeError("a bug");
    },
  },
  {
    name: "halfway",
    arity: 1,
    flags: [],
    since: "1.0.0",
    complexity: "O(1)",
    summary: "Fails when it has begun to reply.",
    syntax: "",
    handler: ({ reply }) => {
      reply.bulk("x".repeat(100));
      throw commandError("changed my mind");
    },
  },
  {
    name: "undecided",
    arity: 1,
    flags: [],
    since: "1.0.0",
    complexity: "O(1)",
    summary: "Fails when it has begun to wait.",
    syntax: "",
    handler: ({ client, reply, server }) => {
      server.blocking.block(client, {
        keys: ["k"],
        type: "string",
        deadline: server.clock.now() + 10,
        serve: () => false,
        timedOut: () => reply.ok(),
      });
      throw commandError("changed my mind");
    },
  },
  {
    name: "silent",
    arity: 1,
    flags: ["write"],
    since: "1.0.0",
    complexity: "O(1)",
    summary: "Changes data and tells nobody.",
    syntax: "",
    handler: ({ db, reply }) => {
      db.put("key", "changed");
      reply.ok();
    },
  },
  {
    name: "hollow",
    arity: 1,
    flags: ["write"],
    since: "1.0.0",
    complexity: "O(1)",
    summary: "Leaves an empty list behind.",
    syntax: "",
    handler: ({ db, reply }) => {
      db.put("key", new List());
      reply.ok();
    },
  },
]);

/** A server without sockets, with commands that do what none should. */
function oddServer(strict: boolean): { server: Server; log: string[] } {
  const clock = new ManualClock();
  const log: string[] = [];
  const server = new Server({
    config: new Config({ save: [] }),
    clock,
    random: new SeededRandom(1),
    log: new Log(clock, "notice", (line) => log.push(line)),
    families: [...commandFamilies, ODD_COMMANDS],
    strict,
  });
  return { server, log };
}

function execute(client: Client, line: string): string {
  client.args = Args.from(line.split(" "));
  client.server.executor.turn(() => client.server.executor.execute(client));
  return new TextDecoder("latin1").decode(client.reply.take());
}

Deno.test("An unexpected error is answered, logged and counted, and nothing else of the reply stays", async () => {
  const { server, log } = oddServer(false);
  await using _ = server;
  const client = server.createClient();
  assertEquals(
    execute(client, "CRASH"),
    "-ERR internal error, see the log of the server\r\n",
  );
  assertEquals(server.statistics.unexpectedErrors, 1);
  assertMatch(log.at(-1)!, /# Unexpected error in 'crash': TypeError: a bug/);
  assertEquals(execute(client, "HALFWAY"), "-ERR changed my mind\r\n");
  assertEquals(execute(client, "PING"), "+PONG\r\n");
  const { calls, failedCalls, rejectedCalls } = server.table.named("crash")!;
  assertEquals([calls, failedCalls, rejectedCalls], [1, 1, 0]);
});

Deno.test("A command that fails when it has begun to wait is answered once, and waits for nothing", async () => {
  const { server } = oddServer(true);
  await using _ = server;
  const client = server.createClient();
  assertEquals(execute(client, "UNDECIDED"), "-ERR changed my mind\r\n");
  assertEquals(server.blocking.size, 0);
  await (server.clock as ManualClock).advance(10);
  assertEquals(execute(client, "PING"), "+PONG\r\n");
});

for (
  const { command, message } of [
    { command: "CRASH", message: "a bug" },
    {
      command: "SILENT",
      message: "silent changed data and did not announce it",
    },
    { command: "HOLLOW", message: "hollow left an empty list at key" },
  ]
) {
  Deno.test(`Strict mode answers ${command} with what is wrong, and remembers it`, async () => {
    const { server } = oddServer(true);
    await using _ = server;
    const client = server.createClient();
    assertEquals(
      execute(client, command),
      `-ERR internal error: ${message}\r\n`,
    );
    assertEquals(
      server.strict!.violations.map((each) => each.message),
      [message],
    );
  });
}

Deno.test("A test server fails its test in the end when a command went wrong", async () => {
  class BrokenRandom extends SeededRandom {
    override below(): number {
      throw new Error("broken on purpose");
    }
  }
  await assertRejects(
    async () => {
      await using server = await startTestServer({
        random: new BrokenRandom(1),
      });
      const client = await server.client();
      await client.call("SET", "k", "v");
      assertEquals((await client.send("RANDOMKEY")).type, "error");
    },
    Error,
    "broken on purpose",
  );
});

Deno.test("Writes and PING are refused while the last save has failed, the transaction that has one too", async () => {
  const { server } = oddServer(true);
  await using _ = server;
  const client = server.createClient();
  execute(client, "MULTI");
  execute(client, "SET k v");
  server.executor.refuseWrites("snapshot", DISK_ERROR);
  assertMatch(
    execute(client, "EXEC"),
    /^-EXECABORT Transaction discarded because of: MISCONF Redis is configured/,
  );
  assertMatch(execute(client, "SET k v"), /^-MISCONF /);
  assertMatch(execute(client, "PING"), /^-MISCONF /);
  assertEquals(execute(client, "GET k"), "$-1\r\n");
  server.executor.refuseWrites("snapshot", undefined);
  assertEquals(execute(client, "PING"), "+PONG\r\n");
  assertEquals(execute(client, "SET k v"), "+OK\r\n");
});

Deno.test("The attack that comes over HTTP is logged once a minute", async () => {
  const { server, log } = oddServer(true);
  await using _ = server;
  const attacks = () =>
    log.filter((line) => line.includes("Possible SECURITY ATTACK")).length;
  const clock = server.clock as ManualClock;
  assertEquals(execute(server.createClient(), "POST / HTTP/1.1"), "");
  assertEquals(execute(server.createClient(), "host: localhost"), "");
  assertEquals(attacks(), 1);
  assertEquals(server.clients.size, 0);
  await clock.advance(60_000);
  execute(server.createClient(), "post /");
  assertEquals(attacks(), 2);
});

transcript(
  "Errors are counted by command as rejected or failed, and by their first word",
  [
    ["CONFIG RESETSTAT", OK],
    ["GET", error("ERR wrong number of arguments for 'get' command")],
    ["NOSUCH", error(/^ERR unknown command/)],
    ["LPUSH l x", 1],
    ["GET l", error(/^WRONGTYPE /)],
    ["MULTI", OK],
    ["GET l", QUEUED],
    ["EXEC", [error(/^WRONGTYPE /)]],
    ["MULTI", OK],
    ["GET", error(/^ERR wrong number/)],
    ["EXEC", error(/^EXECABORT /)],
    ["MULTI", OK],
    ["EXEC x", error(/^EXECABORT /)],
    ["EXEC", error("ERR EXEC without MULTI")],
    [
      "INFO commandstats",
      verbatim(
        /cmdstat_get:calls=2,usec=\d+,usec_per_call=[\d.]+,rejected_calls=2,failed_calls=2\r\n/,
      ),
    ],
    [
      "INFO commandstats",
      verbatim(
        /cmdstat_exec:calls=3,usec=\d+,usec_per_call=[\d.]+,rejected_calls=1,failed_calls=2\r\n/,
      ),
    ],
    ["INFO errorstats", verbatim(/errorstat_ERR:count=4\r\n/)],
    ["INFO errorstats", verbatim(/errorstat_EXECABORT:count=2\r\n/)],
    ["INFO errorstats", verbatim(/errorstat_WRONGTYPE:count=2\r\n/)],
    ["INFO stats", verbatim(/\r\ntotal_error_replies:8\r\n/)],
  ],
);

transcript(
  "Unknown commands are shown up to their first zero byte, and 128 bytes of them",
  [
    [
      ["no\0such", "a\0b", "c\r\nd"],
      error(
        "ERR unknown command 'no', with args beginning with: 'a' 'c  d' ",
      ),
    ],
    [
      ["x".repeat(200), "y".repeat(200), "z"],
      error(
        `ERR unknown command '${"x".repeat(128)}', with args beginning with: '${
          "y".repeat(128)
        }' `,
      ),
    ],
    [
      ["nosuch", "y".repeat(100), "z".repeat(100), "w"],
      error(
        `ERR unknown command 'nosuch', with args beginning with: '${
          "y".repeat(100)
        }' '${"z".repeat(25)}' `,
      ),
    ],
    [
      ["cLiEnT", "s".repeat(200)],
      error(`ERR unknown subcommand '${"s".repeat(128)}'. Try CLIENT HELP.`),
    ],
  ],
);

transcript("Out of memory, MULTI queues nothing, but can be ended", [
  ["SET k v", OK],
  ["MULTI", OK],
  ["GET k", QUEUED],
  ["CLIENT ID", QUEUED],
  ["DISCARD", OK],
  ["MULTI", OK],
  ["GET k", QUEUED],
  ["CONFIG SET maxmemory 1", QUEUED],
  ["EXEC", ["v", OK]],
  ["SET k w", error("OOM command not allowed when used memory > 'maxmemory'.")],
  ["GET k", "v"],
  ["MULTI", OK],
  ["GET k", error("OOM command not allowed when used memory > 'maxmemory'.")],
  [
    "EXEC",
    error("EXECABORT Transaction discarded because of previous errors."),
  ],
  ["MULTI", OK],
  ["DISCARD", OK],
  ["CONFIG SET maxmemory 0", OK],
], { config: { maxmemory: 0 } });
