import {
  any,
  disconnect,
  error,
  frames,
  matching,
  nil,
  OK,
  on,
  push,
  QUEUED,
  received,
  resp,
  status,
  transcript,
  unordered,
} from "../helpers/transcript.ts";

const subscribed = (name: string, count: number) =>
  push(["subscribe", name, count]);
const unsubscribed = (name: string, count: number) =>
  push(["unsubscribe", name, count]);
const message = (channel: string, text: string) =>
  push(["message", channel, text]);
const pmessage = (pattern: string, channel: string, text: string) =>
  push(["pmessage", pattern, channel, text]);
const refused = (name: string) =>
  error(
    `ERR Can't execute '${name}': only (P|S)SUBSCRIBE / (P|S)UNSUBSCRIBE / PING / QUIT / RESET are allowed in this context`,
  );
const wrongArity = (name: string) =>
  error(`ERR wrong number of arguments for '${name}' command`);

transcript(
  "SUBSCRIBE confirms each channel with the count, and PUBLISH reaches it",
  [
    [
      on("s", "SUBSCRIBE x y x"),
      frames(
        subscribed("x", 1),
        subscribed("y", 2),
        subscribed("x", 2),
      ),
    ],
    ["PUBLISH x hello", 1],
    [received("s", message("x", "hello"))],
    ["PUBLISH nobody hello", 0],
    [["PUBLISH", "x", "\x00\r\n\xff"], 1],
    [received("s", message("x", "\x00\r\n\xff"))],
    ["PUBLISH x ''", 1],
    [received("s", message("x", ""))],
    [on("s", "UNSUBSCRIBE x"), unsubscribed("x", 1)],
    ["PUBLISH x hello", 0],
    ["PUBLISH y last", 1],
    [received("s", message("y", "last"))],
  ],
);

transcript(
  "PSUBSCRIBE has messages to channels that match, the plain ones first",
  [
    [
      on("s", "PSUBSCRIBE n* ne?s"),
      frames(
        push(["psubscribe", "n*", 1]),
        push(["psubscribe", "ne?s", 2]),
      ),
    ],
    [on("s", "SUBSCRIBE news"), subscribed("news", 3)],
    ["PUBSUB NUMPAT", 2],
    ["PUBLISH nothing m", 1],
    [received("s", pmessage("n*", "nothing", "m"))],
    [on("s", "PUNSUBSCRIBE n*"), push(["punsubscribe", "n*", 2])],
    ["PUBLISH news m", 2],
    [received(
      "s",
      frames(message("news", "m"), pmessage("ne?s", "news", "m")),
    )],
    [on("s", "PUNSUBSCRIBE"), push(["punsubscribe", "ne?s", 1])],
    [on("s", "UNSUBSCRIBE"), unsubscribed("news", 0)],
    ["PUBSUB NUMPAT", 0],
  ],
);

transcript("UNSUBSCRIBE and PUNSUBSCRIBE always reply", [
  ["UNSUBSCRIBE", push(["unsubscribe", nil, 0])],
  ["PUNSUBSCRIBE", push(["punsubscribe", nil, 0])],
  ["SUNSUBSCRIBE", push(["sunsubscribe", nil, 0])],
  ["UNSUBSCRIBE a b", frames(unsubscribed("a", 0), unsubscribed("b", 0))],
  ["PUNSUBSCRIBE a*", push(["punsubscribe", "a*", 0])],
  ["SUNSUBSCRIBE a", push(["sunsubscribe", "a", 0])],
  ["SUBSCRIBE c", subscribed("c", 1)],
  ["PUNSUBSCRIBE", push(["punsubscribe", nil, 1])],
  ["UNSUBSCRIBE", unsubscribed("c", 0)],
]);

transcript("Shard channels are counted apart and know no patterns", [
  [on("s", "SUBSCRIBE x"), subscribed("x", 1)],
  [
    on("s", "SSUBSCRIBE x y"),
    frames(
      push(["ssubscribe", "x", 1]),
      push(["ssubscribe", "y", 2]),
    ),
  ],
  [on("s", "PSUBSCRIBE *"), push(["psubscribe", "*", 2])],
  ["SPUBLISH x m", 1],
  [received("s", push(["smessage", "x", "m"]))],
  ["PUBLISH y m", 1],
  [received("s", pmessage("*", "y", "m"))],
  ["PUBSUB SHARDNUMSUB x z", ["x", 1, "z", 0]],
  ["PUBSUB SHARDCHANNELS", unordered(["x", "y"])],
  ["PUBSUB SHARDCHANNELS y*", ["y"]],
  [on("s", "SUNSUBSCRIBE x"), push(["sunsubscribe", "x", 1])],
  [on("s", "SUNSUBSCRIBE"), push(["sunsubscribe", "y", 0])],
  ["SPUBLISH x m", 0],
]);

transcript("PUBSUB tells of channels, patterns and their subscribers", [
  ["PUBSUB CHANNELS", []],
  ["PUBSUB NUMPAT", 0],
  ["PUBSUB NUMSUB", []],
  [on("s", "SUBSCRIBE abc abd"), frames(any, any)],
  [on("t", "SUBSCRIBE abc"), any],
  [on("t", "PSUBSCRIBE p*"), any],
  [on("s", "PSUBSCRIBE p*"), any],
  ["PUBSUB CHANNELS", unordered(["abc", "abd"])],
  ["PUBSUB CHANNELS *d", ["abd"]],
  ["PUBSUB NUMSUB abc abd abe", ["abc", 2, "abd", 1, "abe", 0]],
  ["PUBSUB NUMPAT", 1],
  ["PUBLISH abc m", 2],
  [received("s", message("abc", "m"))],
  [received("t", message("abc", "m"))],
  [
    "INFO stats",
    matching(
      /pubsub_channels:2\r\npubsub_patterns:1\r\npubsubshard_channels:0/,
    ),
  ],
  [disconnect("s")],
  ["PUBSUB CHANNELS", ["abc"]],
  ["PUBSUB NUMSUB abc", ["abc", 1]],
  [disconnect("t")],
  ["PUBSUB CHANNELS", []],
  ["PUBSUB NUMPAT", 0],
]);

transcript(
  "The commands of publish and subscribe refuse a wrong command line",
  [
    ["SUBSCRIBE", wrongArity("subscribe")],
    ["PSUBSCRIBE", wrongArity("psubscribe")],
    ["SSUBSCRIBE", wrongArity("ssubscribe")],
    ["PUBLISH x", wrongArity("publish")],
    ["PUBLISH x y z", wrongArity("publish")],
    ["SPUBLISH x", wrongArity("spublish")],
    ["PUBSUB", wrongArity("pubsub")],
    ["PUBSUB NOPE", error("ERR unknown subcommand 'NOPE'. Try PUBSUB HELP.")],
    ["PUBSUB NUMPAT x", wrongArity("pubsub|numpat")],
    [
      "PUBSUB channels a b",
      error(
        "ERR unknown subcommand or wrong number of arguments for 'channels'. Try PUBSUB HELP.",
      ),
    ],
    [
      "PUBSUB SHARDCHANNELS a b",
      error(
        "ERR unknown subcommand or wrong number of arguments for 'SHARDCHANNELS'. Try PUBSUB HELP.",
      ),
    ],
    [
      "PUBSUB HELP",
      [
        "PUBSUB <subcommand> [<arg> [value] [opt] ...]. Subcommands are:",
        "CHANNELS [<pattern>]",
        "    Return the currently active channels matching a <pattern> (default: '*').",
        "NUMPAT",
        "    Return number of subscriptions to patterns.",
        "NUMSUB [<channel> ...]",
        "    Return the number of subscribers for the specified channels, excluding",
        "    pattern subscriptions(default: no channels).",
        "SHARDCHANNELS [<pattern>]",
        "    Return the currently active shard level channels matching a <pattern> (default: '*').",
        "SHARDNUMSUB [<shardchannel> ...]",
        "    Return the number of subscribers for the specified shard level channel(s)",
        "HELP",
        "    Prints this help.",
      ].map(status),
    ],
  ],
);

transcript("A subscriber over RESP2 may run a few commands only", [
  ["SUBSCRIBE x", subscribed("x", 1)],
  ["GET k", refused("get")],
  ["CONFIG GET save", refused("config|get")],
  ["PUBLISH x m", refused("publish")],
  ["MULTI", refused("multi")],
  ["HELLO 3", refused("hello")],
  ["GET", wrongArity("get")],
  ["NOPE", error("ERR unknown command 'NOPE', with args beginning with: ")],
  ["PING", ["pong", ""]],
  ["PING hi", ["pong", "hi"]],
  ["PING a b", wrongArity("ping")],
  ["PSUBSCRIBE p", push(["psubscribe", "p", 2])],
  ["SSUBSCRIBE s", push(["ssubscribe", "s", 1])],
  ["UNSUBSCRIBE", unsubscribed("x", 1)],
  ["PUNSUBSCRIBE", push(["punsubscribe", "p", 0])],
  ["GET k", refused("get")],
  ["SUNSUBSCRIBE", push(["sunsubscribe", "s", 0])],
  ["PING", status("PONG")],
  ["GET k", nil],
  ["SUBSCRIBE x", subscribed("x", 1)],
  ["QUIT", OK],
], { protocols: [2] });

transcript("A subscriber over RESP3 runs every command", [
  ["SUBSCRIBE x", subscribed("x", 1)],
  ["SET k v", OK],
  ["PING", status("PONG")],
  ["PING hi", "hi"],
  // The message comes before the reply.
  ["PUBLISH x m", frames(message("x", "m"), 1)],
  ["MULTI", OK],
  ["PUBLISH x m", QUEUED],
  ["HELLO 2", QUEUED],
  ["DISCARD", OK],
  ["HELLO 2", any],
  ["GET k", refused("get")],
  ["UNSUBSCRIBE", ["unsubscribe", "x", 0]],
  ["GET k", "v"],
], { protocols: [3] });

transcript("RESET ends all subscriptions without a word", [
  [on("s", "SUBSCRIBE x"), any],
  [on("s", "PSUBSCRIBE x"), any],
  [on("s", "SSUBSCRIBE x"), any],
  [on("s", "RESET"), status("RESET")],
  ["PUBLISH x m", 0],
  ["SPUBLISH x m", 0],
  ["PUBSUB NUMPAT", 0],
  [on("s", "PING"), status("PONG")],
]);

transcript(
  "SUBSCRIBE within MULTI is confirmed by EXEC; SSUBSCRIBE is refused",
  [
    ["MULTI", OK],
    ["SUBSCRIBE x", QUEUED],
    ["SSUBSCRIBE x", QUEUED],
    ["PUNSUBSCRIBE", QUEUED],
    [
      "EXEC",
      resp(
        [
          ["subscribe", "x", 1],
          error("ERR SSUBSCRIBE isn't allowed for a DENY BLOCKING client"),
          ["punsubscribe", nil, 1],
        ],
        [
          subscribed("x", 1),
          error("ERR SSUBSCRIBE isn't allowed for a DENY BLOCKING client"),
          push(["punsubscribe", nil, 1]),
        ],
      ),
    ],
    ["UNSUBSCRIBE", unsubscribed("x", 0)],
  ],
);

transcript("PUBLISH within MULTI is heard at once", [
  [on("s", "SUBSCRIBE x"), any],
  ["MULTI", OK],
  ["PUBLISH x 1", QUEUED],
  ["PUBLISH x 2", QUEUED],
  ["EXEC", [1, 1]],
  [received("s", frames(message("x", "1"), message("x", "2")))],
]);

transcript("CLIENT LIST shows subscribers, and CLIENT KILL finds them", [
  ["CLIENT LIST TYPE pubsub", resp("", any)],
  [on("s", "SUBSCRIBE x y"), frames(any, any)],
  [on("s", "PSUBSCRIBE p"), any],
  [on("s", "SSUBSCRIBE z"), any],
  ["CLIENT LIST TYPE pubsub", matching(/ flags=P db=0 sub=2 psub=1 ssub=1 /)],
  ["CLIENT KILL TYPE normal", 0],
  ["CLIENT KILL TYPE pubsub", 1],
  ["PUBLISH x m", 0],
]);

transcript("CLIENT REPLY OFF lets messages and confirmations through", [
  ["CLIENT REPLY OFF", frames()],
  ["PING", frames()],
  ["SUBSCRIBE x", subscribed("x", 1)],
  [on("b", "PUBLISH x m"), 1],
  [received("a", message("x", "m"))],
  ["PUBLISH x own", message("x", "own")],
  ["UNSUBSCRIBE", unsubscribed("x", 0)],
  ["CLIENT REPLY ON", OK],
], { protocols: [3] });
