import { assertEquals, assertMatch } from "@std/assert";
import { until } from "../helpers/event_loop.ts";
import { ManualClock } from "../helpers/manual_clock.ts";
import { formatReply } from "../helpers/reply.ts";
import type { RespClient } from "../helpers/resp_client.ts";
import { startTestServer, type TestServer } from "../helpers/server.ts";

/** A clock that goes on by itself, whenever somebody asks for the time. */
class PassingClock extends ManualClock {
  override monotonic(): number {
    this.sleepSync(1);
    return super.monotonic();
  }
}

const BUSY_SCRIPT =
  "-BUSY Redis is busy running a script. You can only call SCRIPT KILL or SHUTDOWN NOSAVE.";
const BUSY_FUNCTION =
  "-BUSY Redis is busy running a script. You can only call FUNCTION KILL or SHUTDOWN NOSAVE.";
const ENDLESS =
  "#!lua name=lib\nredis.register_function('loop', function() while true do end end)";
const KILLED =
  /^-ERR Script killed by user with SCRIPT KILL\.\.\. script: [0-9a-f]{40}, on @user_script:1\.$/;

function startServer(): Promise<TestServer> {
  return startTestServer({
    clock: new PassingClock(),
    config: { "busy-reply-threshold": 10 },
    // Nothing but the script may look at the data.
    strict: false,
  });
}

async function send(client: RespClient, ...words: string[]): Promise<string> {
  return formatReply(await client.send(...words));
}

/** Begins a script that does not end, and waits until the server says so. */
async function begin(
  server: TestServer,
  ...command: string[]
): Promise<{ reply: Promise<string>; other: RespClient; caller: RespClient }> {
  const caller = await server.client();
  const other = await server.client();
  const reply = send(caller, ...command);
  await until(
    "the script is busy",
    async () => (await send(other, "GET", "k")).startsWith("-BUSY"),
  );
  return { reply, other, caller };
}

Deno.test("past the threshold others hear BUSY, and SCRIPT KILL ends the script", async () => {
  await using server = await startServer();
  const { reply, other } = await begin(
    server,
    "EVAL",
    "while true do end",
    "0",
  );
  for (const command of ["GET k", "PING", "EVAL x 0", "DEBUG JMAP", "EXEC"]) {
    assertMatch(await send(other, ...command.split(" ")), /BUSY|EXEC without/);
  }
  assertEquals(await send(other, "SET", "k", "v"), BUSY_SCRIPT);
  assertEquals(await send(other, "FUNCTION", "KILL"), BUSY_SCRIPT);
  assertEquals(await send(other, "FUNCTION", "STATS"), BUSY_SCRIPT);
  assertEquals(await send(other, "SHUTDOWN"), BUSY_SCRIPT);
  assertEquals(await send(other, "SCRIPT", "KILL"), "+OK");
  assertMatch(await reply, KILLED);
  assertEquals(await send(other, "GET", "k"), "$-1");
  assertEquals(
    await send(other, "SCRIPT", "KILL"),
    "-NOTBUSY No scripts in execution right now.",
  );
});

for (
  const [where, script] of [
    ["pcall", "while true do pcall(function() while true do end end) end"],
    ["pcall of commands", "while true do redis.pcall('get', 'k') end"],
    ["a coroutine", "coroutine.wrap(function() while true do end end)()"],
    [
      "coroutines in pcall",
      "while true do pcall(coroutine.wrap(function() while true do end end)) end",
    ],
    [
      "a callback of gsub",
      "string.gsub('a', 'a', function() while true do end end)",
    ],
    [
      "a comparison of sort",
      "table.sort({1, 2, 3}, function() while true do end end)",
    ],
    [
      "a metamethod",
      "return setmetatable({}, {__index = function() while true do end end}).x",
    ],
    [
      "a handler of xpcall",
      "xpcall(function() error('x') end, function() while true do end end)",
    ],
    ["load", "load(function() while true do end end)"],
  ] as const
) {
  Deno.test(`an endless loop in ${where} is suspended, and ends when killed`, async () => {
    await using server = await startServer();
    const { reply, other } = await begin(server, "EVAL", script, "0");
    assertEquals(await send(other, "SCRIPT", "KILL"), "+OK");
    assertMatch(await reply, KILLED);
    assertEquals(await send(other, "EVAL", "return 1", "0"), ":1");
  });
}

Deno.test("a script that has written is not killed, but does not keep the server from ending", async () => {
  await using server = await startServer();
  const { reply, other } = await begin(
    server,
    "EVAL",
    "redis.call('set', 'k', 1) while true do end",
    "0",
  );
  assertMatch(await send(other, "SCRIPT", "KILL"), /^-UNKILLABLE Sorry/);
  assertEquals(await send(other, "GET", "k"), BUSY_SCRIPT);
  reply.catch(() => {});
});

Deno.test("a function that takes long is FUNCTION KILL's, and FUNCTION STATS tells of it", async () => {
  await using server = await startServer();
  const client = await server.client();
  assertEquals(await send(client, "FUNCTION", "LOAD", ENDLESS), '"lib"');
  const { reply, other } = await begin(server, "FCALL", "loop", "1", "k");
  assertEquals(await send(other, "GET", "k"), BUSY_FUNCTION);
  assertEquals(await send(other, "SCRIPT", "KILL"), BUSY_FUNCTION);
  assertMatch(
    await send(other, "FUNCTION", "STATS"),
    /^\["running_script", \["name", "loop", "command", \["FCALL", "loop", "1", "k"\], "duration_ms", :\d+\]/,
  );
  assertEquals(await send(other, "FUNCTION", "KILL"), "+OK");
  assertEquals(
    await reply,
    "-ERR Script killed by user with SCRIPT KILL... script: loop, on @user_function:2.",
  );
  assertEquals(
    await send(other, "FCALL", "nope", "0"),
    "-ERR Function not found",
  );
});

Deno.test("the rest of a transaction runs once a script in it has ended", async () => {
  await using server = await startServer();
  const caller = await server.client(), other = await server.client();
  await caller.call("MULTI");
  await caller.call("INCR", "n");
  await caller.call("EVAL", "while true do end", "0");
  await caller.call("EVAL", "for i = 1, 1e6 do end return 'two'", "0");
  await caller.call("INCR", "n");
  const reply = send(caller, "EXEC");
  await until(
    "the script is busy",
    async () => (await send(other, "PING")).startsWith("-BUSY"),
  );
  assertEquals(await send(other, "SCRIPT", "KILL"), "+OK");
  assertMatch(
    await reply,
    /^\[:1, -ERR Script killed .*, "two", :2\]$/,
  );
  assertEquals(await send(other, "GET", "n"), '"2"');
});

Deno.test("a script that is slow and not killed ends as if nothing had been", async () => {
  await using server = await startServer();
  const client = await server.client();
  const script =
    "for i = 1, 3e6 do end return {redis.call('time')[1] == ARGV[1], redis.call('incr', 'n')}";
  const [seconds] = await client.call("TIME") as string[];
  const replies = client.pipeline([
    ["EVAL", script, "0", seconds!],
    ["GET", "n"],
  ]);
  const [first, second] = await replies;
  assertEquals(formatReply(first!), "[:1, :1]");
  assertEquals(formatReply(second!), '"1"');
  assertMatch(
    await send(client, "INFO", "commandstats"),
    /cmdstat_eval:calls=1,.*failed_calls=0/,
  );
});

Deno.test("a script goes on when its client has gone", async () => {
  await using server = await startServer();
  const { reply, caller, other } = await begin(
    server,
    "EVAL",
    "while true do end",
    "0",
  );
  reply.catch(() => {});
  await caller[Symbol.asyncDispose]();
  assertEquals(await send(other, "GET", "k"), BUSY_SCRIPT);
  assertEquals(await send(other, "SCRIPT", "KILL"), "+OK");
  await until(
    "the script has ended",
    async () => !(await send(other, "GET", "k")).startsWith("-BUSY"),
  );
});

Deno.test("who says nothing more while its script runs gets all replies", async () => {
  await using server = await startServer();
  const caller = await server.client(), other = await server.client();
  await caller.post("EVAL", "while true do end", "0");
  await caller.post("INCR", "n");
  await caller.post("EVAL", "while true do end", "0");
  await caller.post("GET", "n");
  await caller.closeWrite();
  for (const before of [[], [":1"]]) {
    await until(
      "the script is busy",
      async () => (await send(other, "PING")).startsWith("-BUSY"),
    );
    await server.clock.advance(5000);
    assertEquals(await send(other, "GET", "n"), BUSY_SCRIPT);
    assertEquals(await send(other, "SCRIPT", "KILL"), "+OK");
    for (const reply of before) {
      assertEquals(formatReply(await caller.readReply()), reply);
    }
    assertMatch(formatReply(await caller.readReply()), KILLED);
  }
  assertEquals((await caller.readToEnd()).map(formatReply), ['"1"']);
});

Deno.test("clients that wait are served after a slow script, not inside it", async () => {
  await using server = await startServer();
  const waiting = await server.client(), other = await server.client();
  const popped = send(waiting, "BLPOP", "list", "0");
  await until(
    "BLPOP waits",
    async () => /blocked_clients:1/.test(await send(other, "INFO", "clients")),
  );
  const client = await server.client();
  assertEquals(
    await send(
      client,
      "EVAL",
      "redis.call('rpush', 'list', 1) for i = 1, 3e6 do end return redis.call('llen', 'list')",
      "0",
    ),
    ":1",
  );
  assertEquals(await popped, '["list", "1"]');
});

Deno.test("FUNCTION LOAD gives a library half a second", async () => {
  await using server = await startServer();
  const client = await server.client();
  assertEquals(
    await send(
      client,
      "FUNCTION",
      "LOAD",
      "#!lua name=slow\nwhile true do end",
    ),
    "-ERR Error registering functions: ERR FUNCTION LOAD timeout",
  );
  assertEquals(await send(client, "FUNCTION", "LIST"), "[]");
});
