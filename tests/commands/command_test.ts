import { assertEquals } from "@std/assert";
import { commandFamilies } from "../../src/commands/mod.ts";
import type { CommandDefinition } from "../../src/server/command.ts";
import { realRedis } from "../helpers/real_redis.ts";
import {
  formatReply,
  type Protocol,
  type Reply,
  type ReplyEntry,
} from "../helpers/reply.ts";
import { RespClient } from "../helpers/resp_client.ts";
import { TestRandom } from "../helpers/seeded.ts";
import { startTestServer } from "../helpers/server.ts";
import {
  error,
  map,
  matching,
  nil,
  set,
  status,
  transcript,
  unordered,
} from "../helpers/transcript.ts";

const definitions: readonly CommandDefinition[] = commandFamilies.flatMap(
  ({ commands }) => commands,
);

/** Every command by the name that COMMAND INFO takes; subcommands too. */
const allNames = definitions.flatMap(({ name, subcommands = [] }) => [
  name,
  ...subcommands.map((each) => `${name}|${each.name}`),
]);

/** What is served although Redis 7.0 does not know it. */
const OF_LATER_VERSIONS = new Set(["client|setinfo"]);

/** Every command that a real server is to know as well. */
const names = allNames.filter((name) => !OF_LATER_VERSIONS.has(name));

/** Runs `compare` with a client of this server and one of redis-server, over both protocols; not at all where none is installed. */
function besideRedis(
  name: string,
  compare: (
    ours: RespClient,
    theirs: RespClient,
    protocol: Protocol,
  ) => Promise<void>,
): void {
  Deno.test({
    name,
    sanitizeOps: false,
    sanitizeResources: false,
    async fn() {
      const port = await realRedis();
      if (port === undefined) return;
      await using server = await startTestServer();
      for (const protocol of [2, 3] as const) {
        const ours = await server.client({ protocol });
        await using theirs = await RespClient.connect(port, { protocol });
        await compare(ours, theirs, protocol);
      }
    },
  });
}

besideRedis(
  "COMMAND INFO tells of every command what redis-server tells",
  async (ours, theirs) => {
    const request = ["COMMAND", "INFO", ...names];
    const actual = items(await ours.send(...request));
    const expected = items(await theirs.send(...request));
    for (const [i, name] of names.entries()) {
      const theirInfo = formatReply(sortedInfo(expected[i]!));
      assertEquals(formatReply(sortedInfo(actual[i]!)), theirInfo, name);
    }
  },
);

besideRedis(
  "COMMAND DOCS tells of every command what redis-server tells, but in other words",
  async (ours, theirs, protocol) => {
    const request = ["COMMAND", "DOCS", ...names];
    const actual = entries(await ours.send(...request), protocol);
    const expected = entries(await theirs.send(...request), protocol);
    assertEquals(actual.map(([name]) => textOf(name)), names);
    for (const [i, name] of names.entries()) {
      const summary = summaryOf(actual[i]![1], protocol);
      assertEquals(/^[A-Z].*\.$/.test(summary), true, `${name}: ${summary}`);
      const theirDocs = formatDocs(expected[i]![1], protocol);
      assertEquals(formatDocs(actual[i]![1], protocol), theirDocs, name);
    }
  },
);

besideRedis(
  "COMMAND LIST names the commands that redis-server names, all or those of a pattern",
  async (ours, theirs) => {
    const known = new Set(names);
    const patterns = [
      "*",
      "*get*",
      "CONFIG|*",
      "cluster|?[!a-m]*",
      "[xz]*",
      "x",
    ];
    const requests = [
      ["COMMAND", "LIST"],
      ...patterns.map((pattern) => [
        ...["COMMAND", "LIST", "FILTERBY", "PATTERN"],
        pattern,
      ]),
      ["COMMAND", "LIST", "FILTERBY", "MODULE", "nope"],
    ];
    const sorted = (reply: Reply) =>
      items(reply).map(textOf).filter((name) => known.has(name)).sort();
    for (const request of requests) {
      assertEquals(
        sorted(await ours.send(...request)),
        sorted(await theirs.send(...request)),
        request.join(" "),
      );
    }
  },
);

besideRedis(
  "COMMAND GETKEYS finds in random command lines what redis-server finds",
  async (ours, theirs) => {
    const random = new TestRandom(1);
    for (const name of names) {
      const words = name.split("|");
      const requests = random.list(60, () => [
        "COMMAND",
        random.pick(["GETKEYS", "GETKEYSANDFLAGS"]),
        ...words,
        ...randomArguments(random, name),
      ]);
      const actual = await ours.pipeline(requests);
      const expected = await theirs.pipeline(requests);
      for (const [i, request] of requests.entries()) {
        const theirKeys = formatReply(expected[i]!);
        assertEquals(formatReply(actual[i]!), theirKeys, request.join(" "));
      }
    }
  },
);

/** Words that a command line of this command may hold, in any order. */
function randomArguments(random: TestRandom, name: string): string[] {
  const [first, second] = name.split("|");
  const command = definitions.find((each) => each.name === first);
  const definition = second === undefined
    ? command
    : command?.subcommands?.find((each) => each.name === second);
  const tokens = definition?.syntax.match(/[A-Z0-9]{2,}/g) ?? [];
  const words = [...tokens, "key", "k2", "", "0", "1", "2", "3", "-1", "1x"];
  return random.list(random.below(9), () => random.pick(words));
}

function items(reply: Reply): readonly Reply[] {
  return "items" in reply ? reply.items : [];
}

function entries(reply: Reply, protocol: Protocol): readonly ReplyEntry[] {
  if (protocol === 3) return reply.type === "map" ? reply.entries : [];
  const flat = items(reply);
  return Array.from(
    { length: flat.length / 2 },
    (_, i) => [flat[2 * i]!, flat[2 * i + 1]!],
  );
}

function textOf(reply: Reply): string {
  return "text" in reply ? reply.text : "";
}

/** The reply with those of its subcommands that both serve, in alphabetical order: Redis's is that of a hash table. */
function sortedInfo(reply: Reply): Reply {
  if (reply.type !== "array") return reply;
  return {
    type: "array",
    items: reply.items.map((item, i) => {
      if (i !== 9 || item.type !== "array") return item;
      const served = item.items.filter((each) =>
        names.includes(textOf(items(each)[0]!))
      );
      const sorted = served.toSorted((a, b) =>
        formatReply(a) < formatReply(b) ? -1 : 1
      );
      return { type: "array", items: sorted };
    }),
  };
}

function summaryOf(docs: Reply, protocol: Protocol): string {
  const [name, summary] = entries(docs, protocol)[0]!;
  assertEquals(textOf(name), "summary");
  return textOf(summary);
}

/** The reply without its summary, and of subcommands, which are compared by themselves, the names alone of those that both serve. */
function formatDocs(docs: Reply, protocol: Protocol): string {
  return entries(docs, protocol).slice(1).map(([name, value]) => {
    if (textOf(name) !== "subcommands") {
      return `${textOf(name)}: ${formatReply(value)}`;
    }
    const subcommands = entries(value, protocol)
      .map(([each]) => textOf(each))
      .filter((each) => names.includes(each));
    return `${value.type} of subcommands: ${subcommands.sort()}`;
  }).join("\n");
}

Deno.test("COMMAND COUNT, COMMAND and COMMAND LIST agree", async () => {
  await using server = await startTestServer();
  const client = await server.client();
  assertEquals(await client.call("COMMAND", "COUNT"), definitions.length);
  const all = await client.call("COMMAND") as string[][];
  assertEquals(
    all.map(([name]) => name),
    definitions.map(({ name }) => name),
  );
  assertEquals(
    await client.send("COMMAND", "INFO"),
    await client.send("COMMAND"),
  );
  assertEquals(await client.call("COMMAND", "LIST"), allNames);
});

transcript("COMMAND INFO leaves out what it does not know", [
  ["COMMAND INFO nope get|key config|get|key ''", [nil, nil, nil, nil]],
  ["COMMAND INFO get|", [nil]],
  ["COMMAND INFO GET CONFIG|RESETSTAT", [
    [
      "get",
      2,
      set([status("readonly"), status("fast")]),
      1,
      1,
      1,
      set([status("@read"), status("@string"), status("@fast")]),
      set([]),
      set([
        map({
          flags: set([status("RO"), status("access")]),
          begin_search: map({ type: "index", spec: map({ index: 1 }) }),
          find_keys: map({
            type: "range",
            spec: map({ lastkey: 0, keystep: 1, limit: 0 }),
          }),
        }),
      ]),
      set([]),
    ],
    [
      "config|resetstat",
      2,
      set(["admin", "noscript", "loading", "stale"].map(status)),
      0,
      0,
      0,
      set(["@admin", "@slow", "@dangerous"].map(status)),
      set([]),
      set([]),
      set([]),
    ],
  ]],
]);

transcript("COMMAND DOCS leaves out what it does not know", [
  ["COMMAND DOCS nope config|get|key", map({})],
  [
    "COMMAND DOCS Echo nope",
    map({
      echo: map({
        summary: matching(/./),
        since: "1.0.0",
        group: "connection",
        complexity: "O(1)",
        arguments: [map({ name: "message", type: "string" })],
      }),
    }),
  ],
]);

transcript("COMMAND LIST filters by pattern, category and module", [
  ["COMMAND LIST FILTERBY PATTERN GET", ["get"]],
  [
    "COMMAND LIST filterby pattern config|re*",
    unordered([
      "config|resetstat",
      "config|rewrite",
    ]),
  ],
  ["COMMAND LIST FILTERBY PATTERN nope*", []],
  [
    "COMMAND LIST FILTERBY ACLCAT transaction",
    unordered([
      "multi",
      "exec",
      "discard",
      "watch",
      "unwatch",
    ]),
  ],
  [
    "COMMAND LIST FILTERBY aclcat TRANSACTION",
    unordered([
      "multi",
      "exec",
      "discard",
      "watch",
      "unwatch",
    ]),
  ],
  ["COMMAND LIST FILTERBY ACLCAT nope", []],
  ["COMMAND LIST FILTERBY MODULE nope", []],
  ["COMMAND LIST nope", error("ERR syntax error")],
  ["COMMAND LIST FILTERBY nope", error("ERR syntax error")],
  ["COMMAND LIST FILTERBY nope nope", error("ERR syntax error")],
  ["COMMAND LIST FILTERBY PATTERN get get", error("ERR syntax error")],
  [
    "COMMAND LIST FILTERBY PATTERN get FILTERBY PATTERN set",
    error("ERR syntax error"),
  ],
]);

transcript("COMMAND GETKEYS finds keys, or says why not", [
  ["COMMAND GETKEYS GET key", ["key"]],
  ["COMMAND GETKEYS get key|get", ["key|get"]],
  ["COMMAND GETKEYS MSET a 1 b 2", ["a", "b"]],
  ['COMMAND GETKEYS DEL "\\xff\\x00" ""', ["\xff\0", ""]],
  ["COMMAND GETKEYS nope key", error("ERR Invalid command specified")],
  ["COMMAND GETKEYS config|get key", error("ERR Invalid command specified")],
  ["COMMAND GETKEYS CONFIG nope", error("ERR Invalid command specified")],
  [
    "COMMAND GETKEYS CONFIG GET *",
    error("ERR The command has no key arguments"),
  ],
  ["COMMAND GETKEYS PING x", error("ERR The command has no key arguments")],
  [
    "COMMAND GETKEYS GET a b",
    error("ERR Invalid number of arguments specified for command"),
  ],
  [
    "COMMAND GETKEYS LMPOP 0 a LEFT",
    error("ERR Invalid arguments specified for command"),
  ],
  ["COMMAND GETKEYS MSET a 1 b", ["a", "b"]],
  [
    "COMMAND GETKEYS GET",
    error("ERR wrong number of arguments for 'command|getkeys' command"),
  ],
  [
    "COMMAND GETKEYSANDFLAGS GET",
    error(
      "ERR wrong number of arguments for 'command|getkeysandflags' command",
    ),
  ],
]);

transcript("COMMAND GETKEYSANDFLAGS tells what happens to the keys", [
  ["COMMAND GETKEYSANDFLAGS SET k v", [[
    "k",
    set(["OW", "update"].map(status)),
  ]]],
  ["COMMAND GETKEYSANDFLAGS SET k v gEt", [[
    "k",
    set(["RW", "access", "update"].map(status)),
  ]]],
  ["COMMAND GETKEYSANDFLAGS LMOVE a b LEFT RIGHT", [
    ["a", set(["RW", "access", "delete"].map(status))],
    ["b", set(["RW", "insert"].map(status))],
  ]],
]);

transcript("COMMAND checks its subcommands and their arguments", [
  ["COMMAND nope", error("ERR unknown subcommand 'nope'. Try COMMAND HELP.")],
  [
    "COMMAND COUNT 1",
    error("ERR wrong number of arguments for 'command|count' command"),
  ],
  [
    "COMMAND HELP",
    [
      "COMMAND <subcommand> [<arg> [value] [opt] ...]. Subcommands are:",
      "(no subcommand)",
      "    Return details about all Redis commands.",
      "COUNT",
      "    Return the total number of commands in this Redis server.",
      "LIST",
      "    Return a list of all commands in this Redis server.",
      "INFO [<command-name> ...]",
      "    Return details about multiple Redis commands.",
      "    If no command names are given, documentation details for all",
      "    commands are returned.",
      "DOCS [<command-name> ...]",
      "    Return documentation details about multiple Redis commands.",
      "    If no command names are given, documentation details for all",
      "    commands are returned.",
      "GETKEYS <full-command>",
      "    Return the keys from a full Redis command.",
      "GETKEYSANDFLAGS <full-command>",
      "    Return the keys and the access flags from a full Redis command.",
      "HELP",
      "    Prints this help.",
    ].map(status),
  ],
  ["MULTI", status("OK")],
  ["COMMAND GETKEYS GET a", status("QUEUED")],
  ["COMMAND INFO nope", status("QUEUED")],
  ["EXEC", [["a"], [nil]]],
]);
