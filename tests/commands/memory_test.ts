import { assert, assertEquals } from "@std/assert";
import { startTestServer } from "../helpers/server.ts";
import type { RespClient } from "../helpers/resp_client.ts";
import {
  any,
  between,
  error,
  nil,
  OK,
  on,
  QUEUED,
  status,
  transcript,
  verbatim,
} from "../helpers/transcript.ts";

const SYNTAX = error("ERR syntax error");
const NOT_AN_INTEGER = error("ERR value is not an integer or out of range");
const OOM = error("OOM command not allowed when used memory > 'maxmemory'.");

transcript("MEMORY USAGE and DEBUG leave a key that is over where it is", [
  ["DEBUG SET-ACTIVE-EXPIRE 0", OK],
  ["SET k v PXAT 1", OK],
  ["MEMORY USAGE k", between(20, 200)],
  ["DEBUG OBJECT k", any],
  ["DEBUG DIGEST-VALUE k", [
    status("311b17018163335616e089f6b951c82c477335ac"),
  ]],
  ["DBSIZE", 1],
  ["EXISTS k", 0],
  ["MEMORY USAGE k", nil],
  ["DBSIZE", 0],
  ["DEBUG SET-ACTIVE-EXPIRE 1", OK],
]);

transcript("MEMORY refuses command lines of the wrong length", [
  ["MEMORY", error("ERR wrong number of arguments for 'memory' command")],
  ["MEMORY NOPE", error("ERR unknown subcommand 'NOPE'. Try MEMORY HELP.")],
  [
    "MEMORY USAGE",
    error("ERR wrong number of arguments for 'memory|usage' command"),
  ],
  [
    "MEMORY STATS x",
    error("ERR wrong number of arguments for 'memory|stats' command"),
  ],
  [
    "MEMORY DOCTOR x",
    error("ERR wrong number of arguments for 'memory|doctor' command"),
  ],
  [
    "MEMORY PURGE x",
    error("ERR wrong number of arguments for 'memory|purge' command"),
  ],
  [
    "MEMORY MALLOC-STATS x",
    error("ERR wrong number of arguments for 'memory|malloc-stats' command"),
  ],
]);

transcript("MEMORY USAGE reads its options before it looks for the key", [
  ["MEMORY USAGE nothing", nil],
  ["SET k v", OK],
  ["RPUSH l a b c", 3],
  ["MEMORY USAGE k", between(40, 200)],
  ["MEMORY USAGE l SAMPLES 0", between(40, 400)],
  ["MEMORY USAGE k SAMPLES 2 samples 3", between(40, 200)],
  ["MEMORY USAGE nothing nope", SYNTAX],
  ["MEMORY USAGE nothing SAMPLES", SYNTAX],
  ["MEMORY USAGE nothing SAMPLES -1", SYNTAX],
  ["MEMORY USAGE nothing SAMPLES x", NOT_AN_INTEGER],
  ["MEMORY USAGE nothing SAMPLES x nope", NOT_AN_INTEGER],
  ["MEMORY USAGE nothing SAMPLES 1 nope", SYNTAX],
  [["SET", "large", "x".repeat(10_000)], OK],
  ["MEMORY USAGE large", between(10_000, 11_000)],
]);

transcript("MEMORY PURGE, DOCTOR and HELP reply", [
  ["MEMORY PURGE", OK],
  ["MEMORY DOCTOR", verbatim(/./)],
  ["MEMORY MALLOC-STATS", verbatim(/./)],
  [
    "MEMORY HELP",
    [
      "MEMORY <subcommand> [<arg> [value] [opt] ...]. Subcommands are:",
      "DOCTOR",
      "    Return memory problems reports.",
      "MALLOC-STATS",
      "    Return internal statistics report from the memory allocator.",
      "PURGE",
      "    Attempt to purge dirty pages for reclamation by the allocator.",
      "STATS",
      "    Return information about the memory usage of the server.",
      "USAGE <key> [SAMPLES <count>]",
      "    Return memory in bytes used by <key> and its value. Nested values are",
      "    sampled up to <count> times (default: 5, 0 means sample all).",
      "HELP",
      "    Prints this help.",
    ].map(status),
  ],
]);

transcript("Beyond maxmemory, commands that may need memory are refused", [
  ["RPUSH l a b", 2],
  ["CONFIG SET maxmemory 1", OK],
  ["SET k v", OOM],
  ["RPUSH l c", OOM],
  ["GET l", error(/^WRONGTYPE/)],
  ["LRANGE l 0 -1", ["a", "b"]],
  ["DEL l", 1],
  ["CONFIG SET maxmemory 0", OK],
  ["SET k v", OK],
]);

transcript(
  "Beyond maxmemory nothing is queued, and what was queued is refused if it needs memory",
  [
    ["SET k v", OK],
    ["MULTI", OK],
    ["GET k", QUEUED],
    [on("b", "CONFIG SET maxmemory 1"), OK],
    ["EXEC", ["v"]],
    ["MULTI", OK],
    ["GET k", OOM],
    [
      "EXEC",
      error("EXECABORT Transaction discarded because of previous errors."),
    ],
    ["MULTI", OK],
    ["DISCARD", OK],
    [on("b", "CONFIG SET maxmemory 0"), OK],
    ["MULTI", OK],
    ["SET k w", QUEUED],
    [on("b", "CONFIG SET maxmemory 1"), OK],
    [
      "EXEC",
      error(
        /^EXECABORT Transaction discarded because of: OOM command not allowed when used memory > 'maxmemory'\.$/,
      ),
    ],
    ["GET k", "v"],
    [on("b", "CONFIG SET maxmemory 0"), OK],
  ],
);

transcript(
  "What a transaction may run, it runs to its end, although it lowers maxmemory",
  [
    ["MULTI", OK],
    ["SET k v", QUEUED],
    ["CONFIG SET maxmemory 1", QUEUED],
    ["SET k w", QUEUED],
    ["EXEC", [OK, OK, OK]],
    ["SET k x", OOM],
    ["GET k", "w"],
    ["CONFIG SET maxmemory 0", OK],
  ],
);

async function used(client: RespClient): Promise<number> {
  const info = String(await client.call("INFO", "memory"));
  return Number(/used_memory:(\d+)/.exec(info)![1]);
}

Deno.test("A fast writer is stopped within one value of maxmemory, and goes on when there is room", async () => {
  const lines: string[] = [];
  await using server = await startTestServer({
    log: (line) => lines.push(line),
    strict: false,
  });
  const client = await server.client();
  const limit = await used(client) + 500_000;
  await client.send("CONFIG", "SET", "maxmemory", limit);
  let refused = 0;
  for (let i = 0; i < 100; i++) {
    const reply = await client.send("SET", `k${i}`, "x".repeat(10_000));
    if (reply.type === "error") refused++;
  }
  assert(refused > 30, `${refused} refused`);
  const most = await used(client);
  assert(most > limit - 40_000 && most < limit + 40_000, `${most} of ${limit}`);
  assertEquals(
    lines.filter((line) => line.includes("is above 80% of maxmemory")).length,
    1,
  );
  await client.send("DEL", "k0", "k1", "k2");
  assertEquals((await client.send("SET", "k", "v")).type, "status");
  assert(await used(client) < most);
});

Deno.test("The warning about memory comes again only after memory has fallen", async () => {
  const lines: string[] = [];
  await using server = await startTestServer({
    log: (line) => lines.push(line),
    strict: false,
  });
  const client = await server.client();
  await client.send("CONFIG", "SET", "maxmemory", await used(client) * 2);
  const warnings = () =>
    lines.filter((line) => line.includes("of maxmemory")).length;
  const large = "x".repeat(5_000_000);
  await client.send("SET", "k", large);
  await client.send("SET", "k", large);
  assertEquals(warnings(), 1);
  await client.send("DEL", "k");
  await server.clock.advance(1000);
  await client.send("SET", "k", large);
  assertEquals(warnings(), 2);
});

Deno.test("MEMORY STATS adds up", async () => {
  await using server = await startTestServer();
  const client = await server.client({ protocol: 3 });
  await client.send("SET", "k", "v");
  await client.send("SET", "e", "v", "EX", 100);
  await client.send("SELECT", 3);
  await client.send("RPUSH", "l", "a", "b");
  const figures = await client.call("MEMORY", "STATS") as Map<string, unknown>;
  const number = (name: string) => Number(figures.get(name));
  assertEquals(figures.size, 29);
  assertEquals(number("keys.count"), 3);
  assertEquals(
    number("total.allocated"),
    number("overhead.total") + number("dataset.bytes"),
  );
  assertEquals(figures.get("db.3") instanceof Map, true);
});

Deno.test("A pipeline is stopped where it exceeds maxmemory, and goes on after a DEL within it", async () => {
  await using server = await startTestServer({ strict: false });
  const client = await server.client();
  await client.send("CONFIG", "SET", "maxmemory", await used(client) + 900_000);
  const value = "x".repeat(10_000);
  const keys = Array.from({ length: 150 }, (_, i) => `k${i}`);
  const replies = await client.pipeline([
    ...keys.map((key) => ["SET", key, value]),
    ["DEL", ...keys.slice(0, 50)],
    ["SET", "k", value],
  ]);
  const types = replies.map(({ type }) => type);
  const firstRefused = types.indexOf("error");
  assert(firstRefused > 50 && firstRefused < 100, `${firstRefused}`);
  assertEquals(new Set(types.slice(firstRefused, 150)), new Set(["error"]));
  assertEquals(types.slice(150), ["integer", "status"]);
});
