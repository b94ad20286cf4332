import {
  assert,
  assertEquals,
  assertRejects,
  assertStringIncludes,
} from "@std/assert";
import { bigScript } from "../../scripts/bench/big_script.ts";
import {
  bulkLength,
  generate,
  lines,
  request,
} from "../../scripts/bench/generate.ts";
import { byFigure } from "../../scripts/bench/setting.ts";
import { inTurns } from "../../scripts/bench/throughput.ts";
import { startTestServer } from "../helpers/server.ts";

const LINUX = Deno.build.os === "linux";

Deno.test("request and bulkLength agree with the protocol", () => {
  assertEquals(request("GET", "key"), "*2\r\n$3\r\nGET\r\n$3\r\nkey\r\n");
  assertEquals(bulkLength("key"), "$3\r\nkey\r\n".length);
});

Deno.test("inTurns lets now one server begin, now the other", async () => {
  const order: string[] = [];
  const turns = await inTurns(["a", "b"], 2, (server) => {
    order.push(server);
    return Promise.resolve(order.length);
  });
  assertEquals(order, ["a", "b", "b", "a"]);
  assertEquals(turns, [[1, 4], [2, 3]]);
});

Deno.test("byFigure turns the rounds of each server into a row per figure", () => {
  const rounds = [[[1, 10], [3, 30]], [[5, 50], [7, 70]]];
  assertEquals(byFigure(rounds, (all) => Math.max(...all)), [[3, 7], [30, 70]]);
});

Deno.test("bigScript is of the size that it is for", () => {
  assert(Math.abs(bigScript().length - 25_000) < 1000);
});

Deno.test({
  name: "the load generator counts what each group of lines got answered",
  ignore: !LINUX,
  fn: async () => {
    await using server = await startTestServer();
    const talks = [{
      request: request("SET", "key:000000000000", "x"),
      replyLength: 5,
    }];
    const { steady } = await generate({
      ...{ port: server.port, keys: 3, seconds: 0.2 },
      lines: lines(2, (number) => ({ group: `group ${number}`, talks })),
    });
    const groups = Object.entries(steady.groups);
    assertEquals(groups.map(([name]) => name), ["group 0", "group 1"]);
    for (const [, { operations, p50, p999, longest }] of groups) {
      assert(operations > 0 && p50 > 0 && p50 <= p999 && longest > 0);
    }
    const client = await server.client();
    assertEquals(await client.call("DBSIZE"), 3);
  },
});

Deno.test({
  name:
    "the load generator fails on a reply that was not expected, and shows it",
  ignore: !LINUX,
  fn: async () => {
    await using server = await startTestServer();
    const talks = [{ request: request("GOT", "key"), replyLength: 5 }];
    const error = await assertRejects(
      () =>
        generate({
          ...{ port: server.port, seconds: 1 },
          lines: [{ group: "all", talks }],
        }),
      Error,
    );
    assertStringIncludes(error.message, "-ERR unknown command 'GOT'");
  },
});
