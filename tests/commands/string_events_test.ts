import { assertEquals } from "@std/assert";
import { createServer } from "../../src/mod.ts";
import { Args } from "../../src/protocol/args.ts";
import { findRealRedis, sharedRealRedis } from "../helpers/real_redis.ts";
import { RespClient } from "../helpers/resp_client.ts";

/** Commands, the last of which announces the events. */
const ANNOUNCED: readonly (readonly [string, readonly string[]])[] = [
  ["SET k v", ["set k"]],
  ["SET k v EX 100", ["set k", "expire k"]],
  ["SET k v|SET k w KEEPTTL", ["set k"]],
  ["SET k v|SET k w NX", []],
  ["SET k v XX GET", []],
  ["SETNX k v", ["set k"]],
  ["SETEX k 100 v", ["set k", "expire k"]],
  ["PSETEX k 100000 v", ["set k", "expire k"]],
  ["GETSET k v", ["set k"]],
  ["SET k v|GETDEL k", ["del k"]],
  ["GETDEL k", []],
  ["SET k v|GETEX k", []],
  ["SET k v|GETEX k EX 100", ["expire k"]],
  ["SET k v|GETEX k PXAT 1", ["del k"]],
  ["SET k v|GETEX k PERSIST", []],
  ["SET k v EX 100|GETEX k PERSIST", ["persist k"]],
  ["MSET a 1 b 2", ["set a", "set b"]],
  ["MSETNX a 1 a 2", ["set a", "set a"]],
  ["INCR k", ["incrby k"]],
  ["DECR k", ["incrby k"]],
  ["DECRBY k 5", ["incrby k"]],
  ["INCRBYFLOAT k 5", ["incrbyfloat k"]],
  ["APPEND k v", ["append k"]],
  ["SETRANGE k 1 v", ["setrange k"]],
  ["SET k v|SETRANGE k 1 ''", []],
  ["SETBIT k 1 0", ["setbit k"]],
  ["SETBIT k 1 1|SETBIT k 1 1", []],
  ["SETBIT k 1 1|SETBIT k 8 0", ["setbit k"]],
];

for (const [script, expected] of ANNOUNCED) {
  Deno.test(
    `${script.replaceAll("|", ", then ")} announces ${
      expected.join(", ") || "nothing"
    }`,
    () => assertEquals(announcedHere(linesOf(script)), expected),
  );
}

Deno.test({
  name: "string commands announce what redis-server announces",
  ignore: findRealRedis() === undefined,
  sanitizeOps: false,
  sanitizeResources: false,
  fn: async () => {
    for (const [script, expected] of ANNOUNCED) {
      assertEquals(await announcedThere(linesOf(script)), expected, script);
    }
  },
});

function linesOf(script: string): string[][] {
  return script.split("|").map((line) =>
    line.split(" ").map((word) => word === "''" ? "" : word)
  );
}

function announcedHere(lines: readonly (readonly string[])[]): string[] {
  const server = createServer({ strict: true });
  const { store } = server;
  const client = server.createClient();
  let announced: string[] = [];
  store.observer = Object.assign(Object.create(store.observer), {
    keyChanged: (_db: unknown, key: string, event: { name: string }) =>
      announced.push(`${event.name} ${key}`),
  });
  for (const line of lines) {
    announced = [];
    client.args = Args.from(line);
    server.executor.execute(client);
  }
  return announced;
}

async function announcedThere(
  lines: readonly (readonly string[])[],
): Promise<string[]> {
  const server = (await sharedRealRedis())!;
  await using client = await RespClient.connect(server.port);
  await using listener = await RespClient.connect(server.port);
  await client.pipeline(lines.slice(0, -1));
  // The class of keys that are new is left out: it is announced apart.
  await client.call("CONFIG", "SET", "notify-keyspace-events", "Eg$");
  await listener.call("PSUBSCRIBE", "__keyevent@0__:*");
  await client.pipeline([...lines.slice(-1), [
    "PUBLISH",
    "__keyevent@0__:",
    "",
  ]]);
  const announced: string[] = [];
  for (;;) {
    const push = await listener.readReply();
    const [, , channel = "", key] = "items" in push
      ? push.items.map((item) => "text" in item ? item.text : "")
      : [];
    const event = channel.slice("__keyevent@0__:".length);
    if (event === "") return announced;
    announced.push(`${event} ${key}`);
  }
}
