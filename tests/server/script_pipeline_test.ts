import { assertEquals, assertMatch } from "@std/assert";
import { until } from "../helpers/event_loop.ts";
import { ManualClock } from "../helpers/manual_clock.ts";
import { rawExchange } from "../helpers/raw_exchange.ts";
import { formatReply } from "../helpers/reply.ts";
import { encodeCommand } from "../helpers/resp_client.ts";
import { realRedis, startTestServer } from "../helpers/server.ts";

/** A clock that goes on by itself, whenever somebody asks for the time. */
class PassingClock extends ManualClock {
  override monotonic(): number {
    this.sleepSync(1);
    return super.monotonic();
  }
}

const LIBRARY = "#!lua name=lib\n" +
  "redis.register_function('add', function(keys, args) return redis.call('incrby', keys[1], args[1]) end)";
/** What the package's regular expressions do not survive: the engine fails. */
const FATAL =
  "return string.find(string.rep('a', 200000), string.rep('a?', 20000) .. 'b')";

function encode(commands: readonly (readonly string[])[]): string {
  return commands
    .map((words) => new TextDecoder().decode(encodeCommand(words)))
    .join("");
}

/** Requests that come in one read, scripts among others. */
const PIPELINES: Readonly<Record<string, readonly (readonly string[])[]>> = {
  "scripts between other commands": [
    ["SET", "k", "1"],
    ["EVAL", "return redis.call('incr', KEYS[1])", "1", "k"],
    ["GET", "k"],
    ["EVAL", "return {KEYS[1], ARGV[1], ARGV[2]}", "1", "k", "a", "b"],
    ["EVAL", "return {KEYS[1], ARGV[1], ARGV[2]}", "0", "c"],
    ["EVAL", "return {#KEYS, #ARGV}", "0"],
    ["ECHO", "x"],
    ["EVAL", "return 1", "0"],
  ],
  "keys and arguments are each script's own": [
    [
      "EVAL",
      "KEYS[1] = 'x' KEYS[2] = 'y' ARGV.z = 1 return #KEYS",
      "1",
      "k",
      "a",
    ],
    ["EVAL", "return {KEYS[1], KEYS[2], ARGV[1], ARGV.z}", "1", "k", "a"],
    [
      "EVAL",
      "setmetatable(KEYS, {__index = function() return 1 end}) return KEYS[9]",
      "1",
      "k",
    ],
    ["EVAL", "return {KEYS[9], getmetatable(KEYS)}", "1", "k"],
    ["EVAL", "KEYS[1] = nil ARGV[1] = nil return #KEYS", "1", "k", "a"],
    ["EVAL", "return {#KEYS, #ARGV, KEYS[1], ARGV[1]}", "1", "k", "a"],
    [
      "EVAL",
      "table.insert(ARGV, 'more') KEYS[100] = 1 return ARGV",
      "0",
    ],
    ["EVAL", "return {#KEYS, #ARGV, next(KEYS), next(ARGV)}", "0"],
    ["EVAL", "return {KEYS[1], KEYS[2]}", "2", "k1", "k2"],
    ["EVAL", "return {KEYS[1], KEYS[2]}", "1", "k1"],
    ["EVAL", "rawset(KEYS, 1, ARGV) return #KEYS[1]", "1", "k", "a", "b"],
    ["EVAL", "return {KEYS[1], ARGV[1]}", "1", "k", "a", "b"],
  ],
  "errors": [
    ["EVAL", "return redis.call('nope')", "0"],
    ["EVAL", "error('x')", "0"],
    ["EVAL", "return 1 +", "0"],
    ["EVALSHA", "nope", "0"],
    ["EVAL", "return 1", "2", "k"],
    ["EVAL_RO", "return redis.call('set', 'k', 1)", "0"],
    ["EVAL", "return redis.pcall('incr')", "0"],
    ["NOPE"],
    ["EVAL", "return 'after'", "0"],
  ],
  "transactions": [
    ["EVAL", "return 'before'", "0"],
    ["MULTI"],
    ["EVAL", "return redis.call('incr', 'n')", "0"],
    ["FCALL", "none", "0"],
    ["EVAL", "return redis.call('incr', 'n')", "0"],
    ["EXEC"],
    ["EVAL", "return redis.call('incr', 'n')", "0"],
    ["MULTI"],
    ["EVAL", "return 1", "0"],
    ["DISCARD"],
    ["EVAL", "return 'after'", "0"],
  ],
  "functions and scripts in turn": [
    ["FUNCTION", "LOAD", LIBRARY],
    ["FCALL", "add", "1", "k", "5"],
    ["EVAL", "return redis.call('incr', 'k')", "0"],
    ["FCALL", "add", "1", "k", "5"],
    ["FUNCTION", "FLUSH"],
    ["FCALL", "add", "1", "k", "5"],
    ["EVAL", "return redis.call('incr', 'k')", "0"],
    ["SCRIPT", "FLUSH"],
    ["EVALSHA", "e0e1f9fabfc9d4800c877a703b823ac0578ff8db", "0"],
    ["SCRIPT", "LOAD", "return 1"],
    ["EVALSHA", "e0e1f9fabfc9d4800c877a703b823ac0578ff8db", "0"],
  ],
  "clients that want no replies": [
    ["CLIENT", "REPLY", "SKIP"],
    ["EVAL", "return redis.call('incr', 'n')", "0"],
    ["EVAL", "return redis.call('incr', 'n')", "0"],
    ["CLIENT", "REPLY", "OFF"],
    ["EVAL", "return redis.call('incr', 'n')", "0"],
    ["CLIENT", "REPLY", "ON"],
    ["EVAL", "return redis.call('incr', 'n')", "0"],
  ],
  "RESP3 and databases": [
    ["HELLO", "3", "AUTH", "default", ""],
    ["EVAL", "redis.setresp(3) return true", "0"],
    ["EVAL", "return true", "0"],
    ["SELECT", "1"],
    ["EVAL", "redis.call('select', 2) return redis.call('set', 'k', 1)", "0"],
    ["EVAL", "return redis.call('exists', 'k')", "0"],
    ["SELECT", "2"],
    ["EVAL", "return redis.call('exists', 'k')", "0"],
  ],
  "the end of a connection": [
    ["EVAL", "return 1", "0"],
    ["QUIT"],
    ["EVAL", "return redis.call('set', 'late', 1)", "0"],
  ],
};

for (const [name, commands] of Object.entries(PIPELINES)) {
  Deno.test(`scripts that come in one read are answered as by redis-server: ${name}`, async () => {
    await using server = await startTestServer();
    const request = encode([["FLUSHALL"], ["CONFIG", "RESETSTAT"]]) +
      encode(commands);
    const reply = await rawExchange(server.port, request);
    const real = await realRedis();
    if (real === undefined) return;
    const flush = encode([["FUNCTION", "FLUSH"], ["SCRIPT", "FLUSH"]]);
    await rawExchange(real, flush);
    assertEquals(
      reply.replace(/"?id"?\r\n:\d+/, "id"),
      (await rawExchange(real, request)).replace(/"?id"?\r\n:\d+/, "id"),
    );
    await rawExchange(real, flush);
  });
}

Deno.test("what is no request ends a connection behind the reply of the script before it", async () => {
  await using server = await startTestServer();
  assertEquals(
    await rawExchange(
      server.port,
      encode([["EVAL", "return 1", "0"]]) + "*1\r\n!\r\n",
    ),
    ":1\r\n-ERR Protocol error: expected '$', got '!'\r\n",
  );
});

Deno.test("a script that is killed in the middle of a pipeline is answered in its place", async () => {
  await using server = await startTestServer({
    clock: new PassingClock(),
    config: { "busy-reply-threshold": 10 },
    strict: false,
  });
  const caller = await server.client(), other = await server.client();
  const replies = caller.pipeline([
    ["EVAL", "return redis.call('incr', 'n')", "0"],
    ["EVAL", "while true do pcall(function() end) end", "0"],
    ["EVAL", "return redis.call('incr', 'n')", "0"],
    ["EVAL", "for i = 1, 1e6 do end return 'slow'", "0"],
    ["EVAL", "return redis.call('incr', 'n')", "0"],
    ["GET", "n"],
  ]);
  await until(
    "the script is busy",
    async () => formatReply(await other.send("GET", "k")).startsWith("-BUSY"),
  );
  assertEquals(formatReply(await other.send("SCRIPT", "KILL")), "+OK");
  const [first, killed, ...rest] = (await replies).map(formatReply);
  assertEquals(first, ":1");
  assertMatch(killed!, /^-ERR Script killed by user with SCRIPT KILL/);
  assertEquals(rest, [":2", '"slow"', ":3", '"3"']);
  assertMatch(
    formatReply(await other.send("INFO", "commandstats")),
    /cmdstat_eval:calls=5,.*rejected_calls=0,failed_calls=1/,
  );
});

Deno.test("scripts behind one at which the engine fails run in another one", async () => {
  await using server = await startTestServer();
  const client = await server.client();
  const replies = await client.pipeline([
    ["EVAL", "return 1", "0"],
    ["EVAL", FATAL, "0"],
    ["EVAL", "return 2", "0"],
    ["EVAL", FATAL, "0"],
    ["EVAL", "return 1", "0"],
  ]);
  const shown = replies.map(formatReply);
  const failed =
    /^-ERR Error running script [0-9a-f]{40}, the script engine failed/;
  assertMatch(shown[1]!, failed);
  assertMatch(shown[3]!, failed);
  assertEquals([shown[0], shown[2], shown[4]], [":1", ":2", ":1"]);
});
