import { assertEquals } from "@std/assert";
import { createServer } from "../../src/mod.ts";
import { Args } from "../../src/protocol/args.ts";
import { CommandStream } from "../helpers/command_stream.ts";
import { effects } from "../helpers/effects.ts";
import { ManualClock } from "../helpers/manual_clock.ts";

/** EVAL of a script, as one types it. */
function run(script: string): string {
  return `EVAL "${script}" 0`;
}

effects("what is propagated for scripts is what they do", [
  [[run("return 1"), run("return redis.call('get', 'k')")], []],
  [[run("return redis.call('set', 'k', 1)")], ["set k 1"]],
  [[run("redis.call('set', 'k', 1) return redis.call('incr', 'k')")], [
    "MULTI",
    "set k 1",
    "incr k",
    "EXEC",
  ]],
  [[run("redis.call('set', 'k', 1) redis.call('get', 'k') error('x')")], [
    "set k 1",
  ]],
  [
    [run(
      "redis.call('set', 'k', 1, 'ex', 100) redis.call('incrbyfloat', 'n', 1.5)",
    )],
    [
      "MULTI",
      "SET k 1 PXAT <ms>",
      "SET n 1.5 KEEPTTL",
      "EXEC",
    ],
  ],
  [["SADD s a", run("return redis.call('spop', 's')")], [
    "SADD s a",
    "SREM s a",
  ]],
  [[run("redis.call('select', 3) redis.call('set', 'k', 1)"), "SET k 2"], [
    "SELECT 3",
    "set k 1",
    "SELECT 0",
    "SET k 2",
  ]],
  [[
    "MULTI",
    "SET a 1",
    run("redis.call('set', 'b', 2) redis.call('del', 'none')"),
    "EXEC",
  ], [
    "MULTI",
    "SET a 1",
    "set b 2",
    "EXEC",
  ]],
  [[run("return redis.call('publish', 'c', 'm')")], ["publish c m"]],
  [
    [run(
      "redis.set_repl(redis.REPL_NONE) redis.call('set', 'a', 1) redis.set_repl(redis.REPL_ALL) redis.call('set', 'b', 2)",
    )],
    [
      "set b 2",
    ],
  ],
  [[run("redis.set_repl(redis.REPL_AOF) redis.call('set', 'a', 1)")], []],
  [[run("redis.set_repl(redis.REPL_REPLICA) redis.call('set', 'a', 1)")], [
    "set a 1",
  ]],
]);

effects("libraries are propagated as they came", [
  [[
    `FUNCTION LOAD "#!lua name=x\\nredis.register_function('f', function() return redis.call('set', 'k', 1) end)"`,
    "FCALL f 0",
    "FUNCTION DELETE x",
    "FUNCTION DELETE x",
    "FUNCTION FLUSH",
  ], [
    "FUNCTION LOAD #!lua name=x\nredis.register_function('f', function() return redis.call('set', 'k', 1) end)",
    "set k 1",
    "FUNCTION DELETE x",
    "FUNCTION FLUSH",
  ]],
  [["SCRIPT LOAD 'return 1'", "SCRIPT FLUSH"], []],
]);

Deno.test("set_repl(REPL_AOF) reaches the log and not the replicas", () => {
  const server = createServer({ clock: new ManualClock(), strict: true });
  const streams = (["log", "replicas"] as const).map((kind) => {
    const stream = new CommandStream();
    server.propagation.addReader({
      kind,
      selectedDatabase: 0,
      write: (bytes, start, end) => stream.take(bytes.slice(start, end)),
    });
    return stream;
  });
  const client = server.createClient();
  client.args = Args.from([
    "EVAL",
    "redis.set_repl(redis.REPL_AOF) redis.call('set', 'a', 1) " +
    "redis.set_repl(redis.REPL_REPLICA) redis.call('set', 'b', 2) " +
    "redis.set_repl(redis.REPL_NONE) redis.call('set', 'c', 3)",
    "0",
  ]);
  server.executor.turn(() => server.executor.execute(client));
  assertEquals(streams.map((stream) => stream.lines()), [
    ["MULTI", "set a 1", "EXEC"],
    ["MULTI", "set b 2", "EXEC"],
  ]);
});
