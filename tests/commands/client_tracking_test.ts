import {
  advance,
  any,
  blocked,
  capture,
  disconnect,
  error,
  frames,
  map,
  matching,
  nil,
  OK,
  on,
  push,
  QUEUED,
  received,
  resp,
  sent,
  set,
  transcript,
  unordered,
} from "../helpers/transcript.ts";

const invalidate = (...keys: string[]) => push(["invalidate", keys]);
const invalidateAll = push(["invalidate", nil]);
const info = (flags: string[], redirect: number, prefixes: string[]) =>
  map({ flags: set(flags), redirect, prefixes });
const RESP3 = { protocols: [3] as const };
const RESP2 = { protocols: [2] as const };

transcript("CLIENT TRACKING tells once when a key that was read changes", [
  ["CLIENT TRACKING ON", OK],
  ["GET k", nil],
  ["MGET k j", [nil, nil]],
  [on("b", "SET k 1"), OK],
  [received("a", invalidate("k"))],
  [on("b", "SET k 2"), OK],
  ["GET k", "2"],
  [on("b", "DEL k"), 1],
  [received("a", invalidate("k"))],
  [on("b", "SET j 1"), OK],
  [received("a", invalidate("j"))],
  // The name alone counts, whatever the database.
  ["GET k", nil],
  [on("b", "SELECT 3"), OK],
  [on("b", "SET k 1"), OK],
  [received("a", invalidate("k"))],
  ["CLIENT TRACKING OFF", OK],
  ["GET k", nil],
  [on("b", "SET k 3"), OK],
], RESP3);

transcript(
  "A client hears after its reply of what it has changed itself, unless NOLOOP",
  [
    ["CLIENT TRACKING ON", OK],
    ["GET k", nil],
    ["SET k 1", frames(OK, invalidate("k"))],
    ["GET k", "1"],
    ["MULTI", OK],
    ["SET k 2", QUEUED],
    ["GET k", QUEUED],
    ["SET k 3", QUEUED],
    ["EXEC", frames([OK, "2", OK], invalidate("k"), invalidate("k"))],
    ["CLIENT TRACKING ON NOLOOP", OK],
    ["GET k", "3"],
    ["SET k 4", OK],
    ["GET k", "4"],
    [on("b", "SET k 5"), OK],
    [received("a", invalidate("k"))],
  ],
  RESP3,
);

transcript("Commands that write or fail are tracked as in Redis", [
  ["CLIENT TRACKING ON", OK],
  // Only commands that read are remembered, even where they fail.
  ["INCR n", 1],
  [on("b", "INCR n"), 2],
  [
    "LLEN n",
    error("WRONGTYPE Operation against a key holding the wrong kind of value"),
  ],
  [on("b", "INCR n"), 3],
  [received("a", invalidate("n"))],
  ["GET", error("ERR wrong number of arguments for 'get' command")],
  ["OBJECT ENCODING n", "int"],
  [on("b", "INCR n"), 4],
  [received("a", invalidate("n"))],
], RESP3);

transcript("Tracking hears of keys that expire and of flushes", [
  ["SET k v PX 10", OK],
  ["CLIENT TRACKING ON", OK],
  ["GET k", "v"],
  [on("b", "GET other"), nil],
  [advance(20)],
  [on("b", "EXISTS k"), 0],
  [received("a", invalidate("k"))],
  [on("b", "FLUSHDB"), OK],
  [received("a", invalidateAll)],
  [on("b", "FLUSHALL"), OK],
  [received("a", invalidateAll)],
  ["FLUSHALL", frames(OK, invalidateAll)],
  ["SET j v", OK],
  ["GET j", "v"],
  [on("b", "SWAPDB 0 1"), OK],
  [on("b", "SET j v"), OK],
  [received("a", invalidate("j"))],
], RESP3);

transcript(
  "A key that expires while its reader asks is told of after the reply",
  [
    ["DEBUG SET-ACTIVE-EXPIRE 0", OK],
    ["MSET x 1 y 2", OK],
    ["PEXPIRE x 10", 1],
    ["CLIENT TRACKING ON", OK],
    ["MGET x y", ["1", "2"]],
    [advance(20)],
    ["MGET x y", frames([nil, "2"], invalidate("x"))],
  ],
  RESP3,
);

transcript(
  "CLIENT TRACKING ON BCAST tells of prefixes, sorted, nobody having read",
  [
    ["CLIENT TRACKING ON BCAST PREFIX b PREFIX a", OK],
    [on("b", "MSET b2 1 a1 1 c1 1 b1 1"), OK],
    [received("a", frames(invalidate("a1"), invalidate("b1", "b2")))],
    ["GET c1", "1"],
    [on("b", "SET c1 2"), OK],
    [on("b", "SET b1 2"), OK],
    [received("a", invalidate("b1"))],
    ["SET a1 own", frames(OK, invalidate("a1"))],
    [on("b", "FLUSHALL"), OK],
    [received("a", invalidateAll)],
    ["CLIENT TRACKINGINFO", info(["on", "bcast"], 0, ["a", "b"])],
    ["CLIENT TRACKING ON BCAST PREFIX c NOLOOP", OK],
    [
      "CLIENT TRACKINGINFO",
      info(["on", "bcast", "noloop"], 0, ["a", "b", "c"]),
    ],
    ["SET c1 own", OK],
    [on("b", "SET c2 1"), OK],
    [received("a", invalidate("c2"))],
    ["CLIENT TRACKING OFF", OK],
    [on("b", "SET c2 2"), OK],
    ["CLIENT TRACKING ON BCAST", OK],
    ["CLIENT TRACKINGINFO", info(["on", "bcast"], 0, [""])],
    [on("b", "SET anything 2"), OK],
    [received("a", invalidate("anything"))],
  ],
  RESP3,
);

transcript(
  "CLIENT CACHING says what is tracked in the modes OPTIN and OPTOUT",
  [
    ["CLIENT TRACKING ON OPTIN", OK],
    ["GET k", nil],
    [on("b", "SET k 1"), OK],
    ["CLIENT CACHING YES", OK],
    ["CLIENT TRACKINGINFO", info(["on", "optin", "caching-yes"], 0, [])],
    ["GET k", "1"],
    ["GET j", nil],
    ["CLIENT TRACKINGINFO", info(["on", "optin"], 0, [])],
    [on("b", "MSET j 1 k 2"), OK],
    [received("a", invalidate("k"))],
    ["CLIENT CACHING YES", OK],
    ["MULTI", OK],
    ["GET k", QUEUED],
    ["GET j", QUEUED],
    ["EXEC", ["2", "1"]],
    ["GET l", nil],
    [on("b", "MSET j 1 k 2 l 3"), OK],
    [received("a", frames(invalidate("j"), invalidate("k")))],
    // A request that is refused counts as well.
    ["CLIENT CACHING YES", OK],
    ["GET", error("ERR wrong number of arguments for 'get' command")],
    ["GET k", "2"],
    [on("b", "SET k 1"), OK],
    ["CLIENT TRACKING OFF", OK],
    ["CLIENT TRACKING ON OPTOUT", OK],
    ["GET k", "1"],
    ["CLIENT CACHING NO", OK],
    ["CLIENT TRACKINGINFO", info(["on", "optout", "caching-no"], 0, [])],
    ["GET j", "1"],
    [on("b", "MSET j 1 k 2"), OK],
    [received("a", invalidate("k"))],
  ],
  RESP3,
);

transcript(
  "CLIENT TRACKING and CLIENT CACHING refuse what does not go together",
  [
    [
      "CLIENT CACHING YES",
      error(
        "ERR CLIENT CACHING can be called only when the client is in tracking mode with OPTIN or OPTOUT mode enabled",
      ),
    ],
    [
      "CLIENT TRACKING",
      error("ERR wrong number of arguments for 'client|tracking' command"),
    ],
    [
      "CLIENT CACHING",
      error("ERR wrong number of arguments for 'client|caching' command"),
    ],
    ["CLIENT TRACKING MAYBE", error("ERR syntax error")],
    ["CLIENT TRACKING ON NOPE", error("ERR syntax error")],
    ["CLIENT TRACKING ON REDIRECT", error("ERR syntax error")],
    [
      "CLIENT TRACKING ON REDIRECT x",
      error("ERR value is not an integer or out of range"),
    ],
    [
      "CLIENT TRACKING ON REDIRECT 0",
      error("ERR The client ID you want redirect to does not exist"),
    ],
    [
      "CLIENT TRACKING ON REDIRECT 999999",
      error("ERR The client ID you want redirect to does not exist"),
    ],
    ["CLIENT ID", capture("id")],
    [
      ({ id }) => `CLIENT TRACKING ON REDIRECT ${id} REDIRECT ${id}`,
      error("ERR A client can only redirect to a single other client"),
    ],
    [
      "CLIENT TRACKING ON PREFIX a",
      error("ERR PREFIX option requires BCAST mode to be enabled"),
    ],
    [
      "CLIENT TRACKING ON BCAST OPTIN",
      error("ERR OPTIN and OPTOUT are not compatible with BCAST"),
    ],
    [
      "CLIENT TRACKING ON BCAST OPTOUT",
      error("ERR OPTIN and OPTOUT are not compatible with BCAST"),
    ],
    [
      "CLIENT TRACKING ON OPTIN OPTOUT",
      error("ERR You can't specify both OPTIN mode and OPTOUT mode"),
    ],
    [
      "CLIENT TRACKING ON BCAST PREFIX ab PREFIX a",
      error(
        "ERR Prefix 'ab' overlaps with another provided prefix 'a'. Prefixes for a single client must not overlap.",
      ),
    ],
    ["CLIENT TRACKING ON", OK],
    [
      "CLIENT TRACKING ON BCAST",
      error(
        "ERR You can't switch BCAST mode on/off before disabling tracking for this client, and then re-enabling it with a different mode.",
      ),
    ],
    [
      "CLIENT CACHING YES",
      error(
        "ERR CLIENT CACHING YES is only valid when tracking is enabled in OPTIN mode.",
      ),
    ],
    [
      "CLIENT CACHING NO",
      error(
        "ERR CLIENT CACHING NO is only valid when tracking is enabled in OPTOUT mode.",
      ),
    ],
    ["CLIENT CACHING MAYBE", error("ERR syntax error")],
    ["CLIENT TRACKING ON OPTIN", OK],
    [
      "CLIENT TRACKING ON OPTOUT",
      error(
        "ERR You can't switch OPTIN/OPTOUT mode before disabling tracking for this client, and then re-enabling it with a different mode.",
      ),
    ],
    ["CLIENT TRACKING ON", OK],
    ["CLIENT TRACKING ON OPTOUT", OK],
    ["CLIENT TRACKING OFF", OK],
    ["CLIENT TRACKING OFF", OK],
    ["CLIENT TRACKING ON BCAST PREFIX foo", OK],
    [
      "CLIENT TRACKING ON BCAST PREFIX foobar",
      error(
        "ERR Prefix 'foobar' overlaps with an existing prefix 'foo'. Prefixes for a single client must not overlap.",
      ),
    ],
    [
      "CLIENT TRACKING ON",
      error(
        "ERR You can't switch BCAST mode on/off before disabling tracking for this client, and then re-enabling it with a different mode.",
      ),
    ],
  ],
);

transcript("CLIENT GETREDIR, TRACKINGINFO and LIST tell how a client tracks", [
  ["CLIENT GETREDIR", -1],
  ["CLIENT TRACKINGINFO", info(["off"], -1, [])],
  [on("r", "CLIENT ID"), capture("id")],
  ["CLIENT INFO", matching(/ flags=N .* redir=-1 /)],
  ["CLIENT TRACKING ON", OK],
  ["CLIENT GETREDIR", 0],
  ["CLIENT INFO", matching(/ flags=t .* redir=0 /)],
  [({ id }) => `CLIENT TRACKING ON REDIRECT ${id}`, OK],
  ["CLIENT GETREDIR", any],
  ["CLIENT TRACKING ON", OK],
  ["CLIENT TRACKING OFF", OK],
  ["CLIENT TRACKING ON BCAST", OK],
  ["CLIENT INFO", matching(/ flags=tB .* redir=0 /)],
  ["INFO clients", matching(/tracking_clients:1\r\n/)],
  [
    "INFO stats",
    matching(
      /tracking_total_keys:0\r\ntracking_total_items:0\r\ntracking_total_prefixes:1\r\n/,
    ),
  ],
  ["RESET", any],
  ["CLIENT TRACKINGINFO", resp(info(["off"], -1, []), any)],
  ["INFO clients", matching(/tracking_clients:0\r\n/)],
]);

transcript("REDIRECT has a subscriber of RESP2 hear of changes as messages", [
  [on("r", "CLIENT ID"), capture("id")],
  [({ id }) => `CLIENT TRACKING ON REDIRECT ${id}`, OK],
  ["GET k", nil],
  // Who has not subscribed to anything is not told.
  [on("b", "SET k 1"), OK],
  ["GET k", "1"],
  [on("r", "SUBSCRIBE __redis__:invalidate"), any],
  [on("b", "SET k 2"), OK],
  [received("r", ["message", "__redis__:invalidate", ["k"]])],
  ["GET k", "2"],
  ["SET k 3", OK],
  [received("r", ["message", "__redis__:invalidate", ["k"]])],
  [on("b", "FLUSHALL"), OK],
  [received("r", ["message", "__redis__:invalidate", nil])],
  [disconnect("r")],
  ["GET k", nil],
  [on("b", "SET k 2"), OK],
  [
    "CLIENT TRACKINGINFO",
    map({
      flags: set(["on", "broken_redirect"]),
      redirect: any,
      prefixes: [],
    }),
  ],
  ["CLIENT INFO", matching(/ flags=tR /)],
], RESP2);

transcript("REDIRECT to a client that has gone is told to one of RESP3", [
  [on("r", "CLIENT ID"), capture("id")],
  [({ id }) => `CLIENT TRACKING ON REDIRECT ${id}`, OK],
  ["GET k", nil],
  [on("b", "SET k 1"), OK],
  [received("r", invalidate("k"))],
  ["GET k", "1"],
  [disconnect("r")],
  ["SET k 2", frames(OK, push(["tracking-redir-broken", any]))],
], RESP3);

transcript("A client that waits for a key hears of it after the reply", [
  ["CLIENT TRACKING ON", OK],
  ["LLEN l", 0],
  [sent("a", "BLPOP l 0")],
  [blocked("a")],
  [on("b", "RPUSH l x"), 1],
  [received("a", frames(invalidate("l"), ["l", "x"]))],
  ["LLEN l", 0],
  ["RPUSH l y", frames(1, invalidate("l"))],
], RESP3);

transcript("CLIENT REPLY OFF lets invalidations through", [
  ["CLIENT TRACKING ON", OK],
  ["GET k", nil],
  ["CLIENT REPLY OFF", frames()],
  [on("b", "SET k 1"), OK],
  [received("a", invalidate("k"))],
  ["GET k", frames()],
  ["SET k 2", invalidate("k")],
  ["CLIENT REPLY ON", OK],
], RESP3);

transcript("tracking-table-max-keys bounds the keys that are remembered", [
  ["CONFIG SET tracking-table-max-keys 1", OK],
  ["CLIENT TRACKING ON", OK],
  ["GET x", nil],
  [
    "INFO stats",
    matching(/tracking_total_keys:1\r\ntracking_total_items:1\r\n/),
  ],
  ["MGET x y z", [nil, nil, nil]],
  // Before the next command, whosever it is, two of the three are forgotten.
  [on("b", "PING"), any],
  [received("a", frames(push(["invalidate", any]), push(["invalidate", any])))],
  [
    "INFO stats",
    matching(/tracking_total_keys:1\r\ntracking_total_items:1\r\n/),
  ],
  ["CONFIG SET tracking-table-max-keys 0", OK],
  ["MGET x y z", [nil, nil, nil]],
  ["INFO stats", matching(/tracking_total_keys:3\r\n/)],
  ["CLIENT TRACKING OFF", OK],
  // What was remembered stays until it changes.
  ["INFO stats", matching(/tracking_total_keys:3\r\n/)],
  ["MSET x 1 y 1 z 1", OK],
  ["INFO stats", matching(/tracking_total_keys:0\r\n/)],
], RESP3);

transcript("Several readers of a key are all told", [
  ["CLIENT TRACKING ON", OK],
  [on("b", "CLIENT TRACKING ON"), OK],
  ["GET k", nil],
  [on("b", "GET k"), nil],
  [
    "INFO stats",
    matching(/tracking_total_keys:1\r\ntracking_total_items:2\r\n/),
  ],
  [on("c", "SET k 1"), OK],
  [received("a", invalidate("k"))],
  [received("b", invalidate("k"))],
  ["CLIENT LIST", any],
  ["PUBSUB CHANNELS", unordered([])],
], RESP3);

transcript(
  "A key that is evicted is told of before the reply to the next command",
  [
    ["SET k v", OK],
    ["CLIENT TRACKING ON", OK],
    ["GET k", "v"],
    ["CONFIG SET maxmemory-policy allkeys-lru", OK],
    ["CONFIG SET maxmemory 1", OK],
    ["ECHO x", frames(invalidate("k"), "x")],
    ["CONFIG SET maxmemory 0", OK],
  ],
  RESP3,
);

transcript(
  "A reading command that is wrong is tracked by the keys that its own rules find",
  [
    ["CLIENT TRACKING ON", OK],
    ["XREAD STREAMS k 1 2", error(/^ERR Unbalanced XREAD list of streams/)],
    [on("b", "SET k 1"), OK],
    ["ECHO x", "x"],
    ["SINTERCARD 1 k LIMIT", error("ERR syntax error")],
    [on("b", "SET k 1"), OK],
    [received("a", invalidate("k"))],
    // Of 2^53 + 1, the number of keys, 32 bits are looked at.
    ["ZINTER 9007199254740993 k", error("ERR syntax error")],
    [on("b", "SET k 1"), OK],
    [received("a", invalidate("k"))],
  ],
  RESP3,
);
