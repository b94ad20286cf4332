import { assertEquals } from "@std/assert";
import { commandFamilies } from "../../../src/commands/mod.ts";
import { CATEGORIES } from "../../../src/server/command_categories.ts";
import { findRealRedis, RealRedis } from "../../helpers/real_redis.ts";
import { formatReply, type Reply, toPlain } from "../../helpers/reply.ts";
import { RespClient } from "../../helpers/resp_client.ts";
import { property, TestRandom } from "../../helpers/seeded.ts";
import { startTestServer } from "../../helpers/server.ts";

/** What is served although Redis 7.0 does not know it. */
const OF_LATER_VERSIONS = new Set(["client|setinfo"]);

/** Every command and subcommand that a real server knows as well. */
const names = commandFamilies.flatMap(({ commands }) =>
  commands.flatMap(({ name, subcommands = [] }) => [
    name,
    ...subcommands.map((each) => `${name}|${each.name}`),
  ])
).filter((name) => !OF_LATER_VERSIONS.has(name));

/** Command lines of which the key, the channel or the first argument matters. */
const LINES = [
  "GET a",
  "GET b1",
  "SET a v",
  "SET b1 v GET",
  "DEL a b1",
  "RENAME a b1",
  "COPY b1 a",
  "SORT a BY x STORE b1",
  "SORT_RO b1",
  "XREAD STREAMS a b1 0 0",
  "ZUNIONSTORE a 2 b1 b2",
  "SINTERCARD 9 a",
  "BITFIELD a GET u4 0",
  "GEORADIUS a 1 2 3 M STORE b1",
  "EXISTS a c",
  "SELECT 0",
  "SELECT 1",
  "DEBUG object a",
  "CONFIG GET x",
  "CONFIG SET x y",
  "CLIENT ID",
  "PUBLISH a m",
  "PUBLISH b1 m",
  "SUBSCRIBE a b1",
  "PSUBSCRIBE b*",
  "PSUBSCRIBE b1",
  "SPUBLISH b2 m",
  "UNSUBSCRIBE x",
  "PING",
  "AUTH x",
  "LPUSH b1 x",
  "LMPOP 2 a b1 LEFT",
];

function randomRule(random: TestRandom, depth = 0): string {
  switch (random.below(depth === 0 ? 12 : 9)) {
    case 0:
    case 1:
      return `${random.pick(["+", "-"])}@${
        random.pick([...CATEGORIES, "all"])
      }`;
    case 2:
    case 3:
      return `${random.pick(["+", "-"])}${random.pick(names)}`;
    case 4:
      return random.pick(["+select|0", "+debug|object", "+get|a", "+nope"]);
    case 5:
      return random.pick(["~a", "~b*", "%R~a", "%W~a", "%R~b*", "%W~b?", "~*"]);
    case 6:
      return random.pick(["&a", "&b*", "&b1", "&*", "resetchannels"]);
    case 7:
      return random.pick(["allcommands", "nocommands", "allkeys", "resetkeys"]);
    case 8:
      return random.pick(["+@read", "+@write", "+@pubsub", "+@connection"]);
    case 9:
      return random.pick(["reset", "clearselectors", "on", "off", "nopass"]);
    default:
      return `(${
        random.list(random.below(4), () => randomRule(random, 1)).join(" ")
      })`;
  }
}

property(
  "the rules that ACL LIST tells make the same user",
  async (random) => {
    await using server = await startTestServer({ strict: false });
    const client = await server.client();
    for (let i = 0; i < 20; i++) {
      await client.send("ACL", "SETUSER", "one", randomRule(random));
    }
    const list = async () => await client.call("ACL", "LIST") as string[];
    const [, line = ""] = await list();
    const [, , ...rules] = line.split(" ");
    assertEquals(await client.call("ACL", "SETUSER", "two", ...rules), "OK");
    const [, again, third] = await list();
    assertEquals(again, line);
    assertEquals(third, line.replace("user one", "user two"));
  },
  { runs: 20 },
);

Deno.test({
  name: "random rules allow what they allow in redis-server",
  ignore: findRealRedis() === undefined,
  sanitizeOps: false,
  sanitizeResources: false,
  async fn() {
    await using real = await RealRedis.start(findRealRedis()!);
    await using server = await startTestServer({ strict: false });
    const ours = await server.client();
    await using theirs = await RespClient.connect(real.port);
    const lines = [
      ...LINES.map((line) => line.split(" ")),
      ...names.map((name) => [...name.split("|"), ...Array(9).fill("a")]),
    ];
    for (let seed = 1; seed <= 40; seed++) {
      const random = new TestRandom(seed);
      const requests: string[][] = random.list(
        1 + random.below(8),
        () => ["ACL", "SETUSER", "u", randomRule(random)],
      );
      for (const line of lines) requests.push(["ACL", "DRYRUN", "u", ...line]);
      requests.push(["ACL", "DELUSER", "u"]);
      const actual = await ours.pipeline(requests);
      const expected = await theirs.pipeline(requests);
      for (const [i, request] of requests.entries()) {
        assertEquals(
          formatReply(actual[i]!),
          formatReply(expected[i]!),
          `seed ${seed}: ${requests.slice(0, 9).join("; ")}: ${
            request.join(" ")
          }`,
        );
      }
    }
  },
});

Deno.test({
  name: "every ACL category holds the commands that it holds in redis-server",
  ignore: findRealRedis() === undefined,
  sanitizeOps: false,
  sanitizeResources: false,
  async fn() {
    await using real = await RealRedis.start(findRealRedis()!);
    await using server = await startTestServer();
    const ours = await server.client();
    await using theirs = await RespClient.connect(real.port);
    const served = new Set(names);
    const sorted = (reply: Reply) =>
      (toPlain(reply) as string[]).filter((name) => served.has(name)).sort();
    for (const category of CATEGORIES) {
      for (
        const request of [
          ["ACL", "CAT", category],
          ["COMMAND", "LIST", "FILTERBY", "ACLCAT", category],
        ]
      ) {
        assertEquals(
          sorted(await ours.send(...request)),
          sorted(await theirs.send(...request)),
          category,
        );
      }
    }
  },
});
