import { assertEquals, assertMatch } from "@std/assert";
import { startTestServer } from "../helpers/server.ts";
import { error, map, transcript } from "../helpers/transcript.ts";

transcript(
  "LATENCY without events answers nothing and refuses what it does not know",
  [
    ["LATENCY", error("ERR wrong number of arguments for 'latency' command")],
    ["LATENCY nope", error("ERR unknown subcommand 'nope'. Try LATENCY HELP.")],
    ["LATENCY LATEST", []],
    ["LATENCY HISTORY command", []],
    [
      "LATENCY HISTORY",
      error("ERR wrong number of arguments for 'latency|history' command"),
    ],
    ["LATENCY GRAPH xy", error("ERR No samples available for event 'xy'")],
    ["LATENCY RESET", 0],
    ["LATENCY RESET command nope", 0],
    ["LATENCY HELP x", error(/^ERR wrong number/)],
    ["LATENCY HISTOGRAM nope zadd|nope", map({})],
  ],
);

Deno.test("LATENCY tells of slow commands: when, how long, the longest, and a picture", async () => {
  await using server = await startTestServer({
    config: { "latency-monitor-threshold": 100 },
  });
  const client = await server.client();
  const begin = Math.floor(server.clock.now() / 1000);
  await client.call("DEBUG", "SLEEP", "0.099");
  assertEquals(await client.call("LATENCY", "LATEST"), []);
  for (const seconds of ["0.1", "0.3", "0.25"]) {
    await client.call("DEBUG", "SLEEP", seconds);
    await server.clock.advance(2000);
  }
  const history = await client.call("LATENCY", "HISTORY", "command");
  assertEquals(history, [[begin, 100], [begin + 2, 300], [begin + 4, 250]]);
  assertEquals(await client.call("LATENCY", "LATEST"), [
    ["command", begin + 4, 250, 300],
  ]);
  assertEquals(
    await client.call("LATENCY", "GRAPH", "command"),
    [
      "command - high 300 ms, low 100 ms (all time high 300 ms)",
      "-".repeat(80),
      " #_",
      " ||",
      " ||",
      "_||",
      "   ",
      "642",
      "sss",
      "",
    ].join("\n"),
  );
  assertMatch(
    await client.call("LATENCY", "DOCTOR") as string,
    /1\. command: 3 latency spikes \(average 216ms, mean deviation 78ms, period 2\.00 sec\)\. Worst all time event 300ms\./,
  );
  assertEquals(await client.call("LATENCY", "RESET", "COMMAND", "x"), 1);
  assertEquals(await client.call("LATENCY", "LATEST"), []);
});

Deno.test("LATENCY keeps the longest delay of each second and the last 160 of an event", async () => {
  await using server = await startTestServer({
    config: { "latency-monitor-threshold": 1 },
  });
  const client = await server.client();
  for (const seconds of ["0.01", "0.03", "0.02"]) {
    await client.call("DEBUG", "SLEEP", seconds);
  }
  const begin = Math.floor(server.clock.now() / 1000);
  assertEquals(await client.call("LATENCY", "HISTORY", "command"), [[
    begin,
    30,
  ]]);
  for (let i = 0; i < 160; i++) await client.call("DEBUG", "SLEEP", "1");
  const history = await client.call("LATENCY", "HISTORY", "command");
  assertEquals((history as unknown[]).length, 160);
});

Deno.test("LATENCY HISTOGRAM counts calls up to powers of two", async () => {
  await using server = await startTestServer();
  const client = await server.client();
  for (const seconds of ["0.000005", "0.000003", "0.1", "2"]) {
    await client.call("DEBUG", "SLEEP", seconds);
  }
  assertEquals(await client.call("LATENCY", "HISTOGRAM", "debug"), [
    "debug",
    ["calls", 4, "histogram_usec", [4, 1, 8, 2, 135266, 3, 1073741, 4]],
  ]);
});
