import { assertEquals, assertMatch } from "@std/assert";
import { rawExchange } from "../helpers/raw_exchange.ts";
import { realRedis, startTestServer } from "../helpers/server.ts";
import {
  any,
  between,
  blocked,
  capture,
  disconnected,
  error,
  map,
  matching,
  nil,
  nilArray,
  noReply,
  OK,
  on,
  QUEUED,
  received,
  sent,
  set,
  status,
  transcript,
  verbatim,
} from "../helpers/transcript.ts";

const SYNTAX_ERROR = error("ERR syntax error");
const BAD_NAME = error(
  "ERR Client names cannot contain spaces, newlines or special characters.",
);
const BAD_ID = error("ERR client-id should be greater than 0");
const NO_SUCH_CLIENT = error("ERR No such client");

function wrongArity(name: string) {
  return error(`ERR wrong number of arguments for '${name}' command`);
}

function help(subcommand: string) {
  return error(
    `ERR unknown subcommand or wrong number of arguments for '${subcommand}'. Try CLIENT HELP.`,
  );
}

transcript("CLIENT without, or with an unknown, subcommand is an error", [
  ["CLIENT", wrongArity("client")],
  ["client foo", error("ERR unknown subcommand 'foo'. Try CLIENT HELP.")],
  ["CLIENT ID x", wrongArity("client|id")],
  ["CLIENT INFO x", wrongArity("client|info")],
  ["CLIENT GETNAME x", wrongArity("client|getname")],
  ["CLIENT SETNAME", wrongArity("client|setname")],
  ["CLIENT KILL", wrongArity("client|kill")],
  ["CLIENT UNPAUSE x", wrongArity("client|unpause")],
  ["CLIENT PAUSE", wrongArity("client|pause")],
  ["CLIENT REPLY", wrongArity("client|reply")],
  ["CLIENT UNBLOCK", wrongArity("client|unblock")],
  ["CLIENT HELP x", wrongArity("client|help")],
  ["CLIENT PAUSE 1 WRITE x", help("PAUSE")],
  ["CLIENT unblock 1 ERROR x", help("unblock")],
]);

transcript("CLIENT HELP begins and ends as every HELP does", [
  [
    "CLIENT HELP",
    {
      matches: (reply) =>
        reply.type === "array" &&
        reply.items.every((line) => line.type === "status") &&
        reply.items.at(0)?.type === "status" &&
        (reply.items.at(0) as { text: string }).text ===
          "CLIENT <subcommand> [<arg> [value] [opt] ...]. Subcommands are:" &&
        (reply.items.at(-1) as { text: string }).text ===
          "    Prints this help.",
      describe: () => "(the lines of HELP)",
    },
  ],
]);

transcript("CLIENT SETNAME gives a name that GETNAME, LIST and INFO show", [
  ["CLIENT GETNAME", nil],
  ["CLIENT SETNAME me", OK],
  ["CLIENT GETNAME", "me"],
  ["CLIENT INFO", verbatim(/^id=\d+ .* name=me age=.*\n$/)],
  ["CLIENT SETNAME 'a b'", BAD_NAME],
  [["CLIENT", "SETNAME", "a\nb"], BAD_NAME],
  [["CLIENT", "SETNAME", "caf\xe9"], BAD_NAME],
  [["CLIENT", "SETNAME", "!~#x"], OK],
  ["CLIENT GETNAME", "!~#x"],
  ["CLIENT SETNAME ''", OK],
  ["CLIENT GETNAME", nil],
  ["CLIENT INFO", verbatim(/ name= age=/)],
]);

transcript("CLIENT ID counts upwards", [
  ["CLIENT ID", capture("first", between(1, 1e9))],
  [
    ({ first }) => ["CLIENT", "LIST", "ID", first!],
    matching(/^id=\d+ addr=127\.0\.0\.1:\d+ laddr=127\.0\.0\.1:\d+ fd=/),
  ],
]);

transcript("CLIENT INFO has all fields in Redis's order", [
  [
    "CLIENT INFO",
    verbatim(
      /^id=\d+ addr=\S+:\d+ laddr=\S+:\d+ fd=-?\d+ name= age=\d+ idle=\d+ flags=N db=0 sub=0 psub=0 ssub=0 multi=-1 qbuf=26 qbuf-free=\d+ argv-mem=10 multi-mem=0 rbs=\d+ rbp=\d+ obl=0 oll=0 omem=0 tot-mem=\d+ events=r cmd=client\|info user=default redir=-1 resp=[23]\n$/,
    ),
  ],
  ["SELECT 3", OK],
  ["MULTI", OK],
  ["SET k 12345", QUEUED],
  [
    on("b", "CLIENT LIST"),
    matching(/ flags=x db=3 .* multi=1 .* multi-mem=33 .* cmd=set user=/),
  ],
  ["CLIENT INFO", QUEUED],
  [
    "EXEC",
    [OK, verbatim(/ flags=x db=3 .* multi=2 .* cmd=exec user=/)],
  ],
  ["SELECT 0", OK],
  ["NOSUCH", error(/^ERR unknown command/)],
  [on("b", "CLIENT LIST"), matching(/ flags=N db=0 .* cmd=NULL user=/)],
  ["WATCH w", OK],
  ["MULTI", OK],
  [on("b", "SET w 1"), OK],
  [on("b", "CLIENT LIST"), matching(/ flags=xd db=0 .* cmd=multi user=/)],
  ["DISCARD", OK],
  ["CLIENT NO-EVICT ON", OK],
  ["CLIENT INFO", verbatim(/ flags=e /)],
  ["CLIENT NO-EVICT off", OK],
  ["CLIENT INFO", verbatim(/ flags=N /)],
  ["CLIENT NO-EVICT maybe", SYNTAX_ERROR],
]);

transcript("CLIENT LIST takes a type or ids", [
  ["CLIENT ID", capture("me")],
  [on("b", "CLIENT ID"), capture("other")],
  [
    ({ me, other }) => ["CLIENT", "LIST", "ID", me!, other!, "987654321"],
    matching(/^id=\d+ .*\nid=\d+ .*\n$/),
  ],
  ["CLIENT LIST ID 987654321", verbatim("")],
  [
    ({ me }) => ["CLIENT", "LIST", "ID", me!, me!],
    matching(/^id=.*\nid=.*\n$/),
  ],
  ["CLIENT LIST TYPE NORMAL", matching(/ cmd=client\|list /)],
  ["CLIENT LIST TYPE master", verbatim("")],
  ["CLIENT LIST TYPE replica", verbatim("")],
  ["CLIENT LIST TYPE slave", verbatim("")],
  ["CLIENT LIST TYPE pubsub", verbatim("")],
  ["CLIENT LIST TYPE foo", error("ERR Unknown client type 'foo'")],
  [
    "CLIENT LIST TYPE constructor",
    error("ERR Unknown client type 'constructor'"),
  ],
  ["CLIENT LIST ID x", error("ERR Invalid client ID")],
  ["CLIENT LIST ID", SYNTAX_ERROR],
  ["CLIENT LIST TYPE", SYNTAX_ERROR],
  ["CLIENT LIST FOO", SYNTAX_ERROR],
  ["CLIENT LIST TYPE normal ID 1", SYNTAX_ERROR],
]);

transcript("CLIENT KILL refuses filters that say nothing", [
  ["CLIENT KILL 1.2.3.4:5", NO_SUCH_CLIENT],
  ["CLIENT KILL addr", NO_SUCH_CLIENT],
  ["CLIENT KILL ID x", BAD_ID],
  ["CLIENT KILL ID 0", BAD_ID],
  ["CLIENT KILL ID -1", BAD_ID],
  ["CLIENT KILL ID 1 2", SYNTAX_ERROR],
  ["CLIENT KILL ID 1 SKIPME", SYNTAX_ERROR],
  ["CLIENT KILL SKIPME maybe", SYNTAX_ERROR],
  ["CLIENT KILL FOO bar", SYNTAX_ERROR],
  ["CLIENT KILL TYPE foo", error("ERR Unknown client type 'foo'")],
  ["CLIENT KILL USER foo", error("ERR No such user 'foo'")],
  ["CLIENT KILL ID 987654321 SKIPME no", 0],
  ["CLIENT KILL TYPE pubsub", 0],
  ["CLIENT KILL ADDR 1.2.3.4:5", 0],
]);

transcript("CLIENT KILL closes those who have all that is asked for", [
  [on("b", "CLIENT ID"), capture("id")],
  [({ id }) => ["CLIENT", "KILL", "ID", id!, "TYPE", "master"], 0],
  [({ id }) => ["CLIENT", "KILL", "ID", id!, "LADDR", "1.2.3.4:5"], 0],
  [
    (
      { id },
    ) => ["CLIENT", "KILL", "ID", id!, "TYPE", "NORMAL", "USER", "default"],
    1,
  ],
  [disconnected("b")],
  [on("b", "PING"), status("PONG")],
  ["CLIENT KILL USER default", between(1, 9)],
  [disconnected("b")],
  [on("b", "PING"), status("PONG")],
  ["CLIENT KILL SKIPME yes", any],
  [disconnected("b")],
  [on("b", "CLIENT ID"), capture("mine")],
  [on("b", ({ mine }) => ["CLIENT", "KILL", "ID", mine!]), 0],
  [on("b", ({ mine }) => ["CLIENT", "KILL", "ID", mine!, "SKIPME", "no"]), 1],
  [disconnected("b")],
]);

transcript("CLIENT KILL ends a client that waits, and one in a transaction", [
  [on("b", "CLIENT ID"), capture("id")],
  [sent("b", "BLPOP q 0")],
  [blocked("b")],
  [({ id }) => ["CLIENT", "KILL", "ID", id!], 1],
  [disconnected("b")],
  ["RPUSH q x", 1],
  ["LLEN q", 1],
  [on("c", "CLIENT ID"), capture("id")],
  [on("c", "MULTI"), OK],
  [on("c", "CLIENT KILL ID 987654321 SKIPME no"), QUEUED],
  [({ id }) => ["CLIENT", "KILL", "ID", id!], 1],
  [disconnected("c")],
]);

Deno.test("CLIENT KILL with an address closes that connection, its own after the reply", async () => {
  await using server = await startTestServer();
  const one = await server.client();
  const two = await server.client();
  const addressOf = async (client: typeof one) =>
    / addr=(\S+) laddr=(\S+) /.exec(
      String(await client.call("CLIENT", "INFO")),
    )!;
  const [, first, local] = await addressOf(one);
  assertEquals(local, `127.0.0.1:${server.port}`);
  assertEquals(await two.call("CLIENT", "KILL", first!), "OK");
  await one.closed;
  const [, second] = await addressOf(two);
  const three = await server.client();
  assertEquals(await three.call("CLIENT", "KILL", "ADDR", second!), 1);
  await two.closed;
  const four = await server.client();
  assertEquals(
    await three.call("CLIENT", "KILL", "LADDR", local!, "SKIPME", "no"),
    2,
  );
  await three.closed;
  await four.closed;
});

transcript("CLIENT REPLY OFF silences all, ON says OK", [
  ["CLIENT REPLY OFF", noReply],
  ["PING", noReply],
  ["NOSUCH", noReply],
  ["SET k 1", noReply],
  ["CLIENT REPLY SKIP", noReply],
  ["CLIENT REPLY foo", noReply],
  ["CLIENT REPLY ON", OK],
  ["GET k", "1"],
  ["CLIENT REPLY ON", OK],
  ["CLIENT REPLY foo", SYNTAX_ERROR],
]);

transcript("CLIENT REPLY SKIP silences the next command alone", [
  ["CLIENT REPLY SKIP", noReply],
  ["PING first", noReply],
  ["PING second", "second"],
  ["CLIENT REPLY SKIP", noReply],
  ["NOSUCH", noReply],
  ["PING third", "third"],
  ["CLIENT REPLY SKIP", noReply],
  ["CLIENT REPLY SKIP", noReply],
  ["PING", noReply],
  ["PING fourth", "fourth"],
  ["CLIENT REPLY SKIP", noReply],
  ["CLIENT REPLY ON", OK],
  ["PING fifth", "fifth"],
  ["CLIENT REPLY SKIP", noReply],
  ["GET", noReply],
  ["PING sixth", "sixth"],
]);

transcript("CLIENT REPLY around a transaction silences its parts", [
  ["CLIENT REPLY OFF", noReply],
  ["MULTI", noReply],
  ["PING", noReply],
  ["EXEC", noReply],
  ["CLIENT REPLY ON", OK],
  ["CLIENT REPLY SKIP", noReply],
  ["MULTI", noReply],
  ["PING one", QUEUED],
  ["CLIENT REPLY SKIP", QUEUED],
  ["PING two", QUEUED],
  ["CLIENT REPLY ON", QUEUED],
  ["DISCARD", OK],
  ["MULTI", OK],
  ["CLIENT REPLY SKIP", QUEUED],
  ["DISCARD", OK],
  ["CLIENT REPLY SKIP", noReply],
  ["EXEC", noReply],
  ["MULTI", OK],
  ["EXEC", []],
  ["WATCH k", OK],
  [on("b", "SET k 1"), OK],
  ["MULTI", OK],
  ["CLIENT REPLY SKIP", QUEUED],
  ["EXEC", nilArray],
]);

for (
  const { condition, request, expected } of [
    {
      condition: "OFF is queued, ends the replies of that EXEC",
      request: "MULTI|PING a|CLIENT REPLY OFF|PING b|EXEC|PING c|QUIT",
      expected: "+OK|+QUEUED|+QUEUED|+QUEUED|*3|$1|a|",
    },
    {
      condition: "ON is queued after OFF, has the rest of that EXEC heard",
      request: "MULTI|CLIENT REPLY OFF|PING a|CLIENT REPLY ON|PING b|EXEC|QUIT",
      expected: "+OK|+QUEUED|+QUEUED|+QUEUED|+QUEUED|*4|+OK|$1|b|+OK|",
    },
    {
      condition: "SKIP is queued, silences the command after EXEC",
      request: "MULTI|CLIENT REPLY SKIP|PING a|EXEC|PING b|PING c|QUIT",
      expected: "+OK|+QUEUED|+QUEUED|*2|$1|a|$1|c|+OK|",
    },
    {
      condition: "OFF precedes QUIT, closes without a word",
      request: "PING|CLIENT REPLY OFF|QUIT",
      expected: "+PONG|",
    },
    {
      condition: "OFF precedes RESET, is undone by it",
      request: "CLIENT REPLY OFF|PING|RESET|PING|QUIT",
      expected: "+RESET|+PONG|+OK|",
    },
    {
      condition: "SKIP precedes RESET, silences it",
      request: "CLIENT REPLY SKIP|RESET|PING|QUIT",
      expected: "+PONG|+OK|",
    },
    {
      condition: "OFF precedes a protocol error, silences it",
      request: "CLIENT REPLY OFF|*x",
      expected: "",
    },
  ]
) {
  const lines = (text: string) => text.replaceAll("|", "\r\n");
  Deno.test(`CLIENT REPLY, when ${condition}`, async () => {
    await using server = await startTestServer();
    const real = await realRedis();
    for (const port of [server.port, ...real === undefined ? [] : [real]]) {
      const received = await rawExchange(port, lines(`${request}|`));
      assertEquals(received, lines(expected));
    }
  });
}

transcript(
  "CLIENT UNBLOCK ends a wait as its timeout would, or with an error",
  [
    [on("b", "CLIENT ID"), capture("id")],
    [({ id }) => ["CLIENT", "UNBLOCK", id!], 0],
    [sent("b", "BLPOP q 0")],
    [blocked("b")],
    [({ id }) => ["CLIENT", "UNBLOCK", id!], 1],
    [received("b", nilArray)],
    [sent("b", "BLPOP q 0")],
    [blocked("b")],
    [({ id }) => ["CLIENT", "UNBLOCK", id!, "timeout"], 1],
    [received("b", nilArray)],
    [sent("b", "BLPOP q 0")],
    [blocked("b")],
    [({ id }) => ["CLIENT", "UNBLOCK", id!, "ERROR"], 1],
    [
      received("b", error("UNBLOCKED client unblocked via CLIENT UNBLOCK")),
    ],
    ["RPUSH q x", 1],
    [on("b", "PING"), status("PONG")],
    ["LLEN q", 1],
    ["CLIENT UNBLOCK x", error("ERR value is not an integer or out of range")],
    ["CLIENT UNBLOCK 987654321", 0],
    [
      "CLIENT UNBLOCK 1 foo",
      error("ERR CLIENT UNBLOCK reason should be TIMEOUT or ERROR"),
    ],
  ],
);

transcript("CLIENT UNBLOCK counts as a failed call of what waited", [
  ["CONFIG RESETSTAT", OK],
  [on("b", "CLIENT ID"), capture("id")],
  [sent("b", "BLPOP q 0")],
  [blocked("b")],
  [({ id }) => ["CLIENT", "UNBLOCK", id!], 1],
  [received("b", nilArray)],
  [sent("b", "BLPOP q 0")],
  [blocked("b")],
  [({ id }) => ["CLIENT", "UNBLOCK", id!, "ERROR"], 1],
  [received("b", error("UNBLOCKED client unblocked via CLIENT UNBLOCK"))],
  [
    "INFO commandstats",
    verbatim(
      /cmdstat_blpop:calls=2,usec=\d+,usec_per_call=[\d.]+,rejected_calls=0,failed_calls=2\r\n/,
    ),
  ],
  ["INFO errorstats", verbatim(/errorstat_UNBLOCKED:count=1\r\n/)],
]);

transcript(
  "CLIENT GETREDIR and TRACKINGINFO tell of a client that tracks nothing",
  [
    ["CLIENT GETREDIR", -1],
    [
      "CLIENT TRACKINGINFO",
      map({ flags: set(["off"]), redirect: -1, prefixes: [] }),
    ],
  ],
);

transcript("CLIENT SETINFO notes what library it is", [
  ["CLIENT SETINFO LIB-NAME redis-rs", OK],
  ["client setinfo lib-ver 1.2.3", OK],
  ["CLIENT SETINFO LIB-NAME", wrongArity("client|setinfo")],
  ["CLIENT SETINFO FOO bar", error("ERR Unrecognized option 'FOO'")],
  [
    "CLIENT SETINFO lib-name 'a b'",
    error(
      "ERR lib-name cannot contain spaces, newlines or special characters.",
    ),
  ],
], { oursOnly: "Redis has it from 7.2" });

Deno.test("CLIENT LIST tells age and idle time by the clock", async () => {
  await using server = await startTestServer();
  const one = await server.client();
  await one.call("PING");
  await server.clock.advance(10_000);
  const two = await server.client();
  const lines = String(await two.call("CLIENT", "LIST")).split("\n");
  assertMatch(lines[0]!, / age=10 idle=10 .* cmd=ping /);
  assertMatch(lines[1]!, / age=0 idle=0 .* cmd=client\|list /);
  await one.call("PING");
  const line = String(await two.call("CLIENT", "LIST", "ID", "1"));
  assertMatch(line, / age=10 idle=0 /);
});
