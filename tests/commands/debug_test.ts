import { assertEquals } from "@std/assert";
import { startTestServer } from "../helpers/server.ts";
import {
  advance,
  any,
  between,
  bigNumber,
  bool,
  double,
  error,
  frames,
  map,
  matching,
  nil,
  nilArray,
  OK,
  on,
  push,
  QUEUED,
  set,
  status,
  transcript,
  verbatim,
} from "../helpers/transcript.ts";

const unknown = (name: string) =>
  error(
    `ERR unknown subcommand or wrong number of arguments for '${name}'. Try DEBUG HELP.`,
  );
const NOT_ALLOWED = error(
  'ERR DEBUG command not allowed. If the enable-debug-command option is set to "local", ' +
    "you can run it from a local connection, otherwise you need to set this option in the " +
    "configuration file, and then restart the server.",
);
const ZEROS = "0".repeat(40);

transcript(
  "DEBUG refuses what it does not know, and command lines of the wrong length",
  [
    ["DEBUG", error("ERR wrong number of arguments for 'debug' command")],
    ["DEBUG nope", unknown("nope")],
    ["DEBUG HELP x", unknown("HELP")],
    ["DEBUG DIGEST x", unknown("DIGEST")],
    ["DEBUG ERROR", unknown("ERROR")],
    ["DEBUG LOG", unknown("LOG")],
    ["DEBUG OBJECT", unknown("OBJECT")],
    ["DEBUG POPULATE", unknown("POPULATE")],
    ["DEBUG POPULATE 1 2 3 4", unknown("POPULATE")],
    ["DEBUG PROTOCOL", unknown("PROTOCOL")],
    ["DEBUG QUICKLIST-PACKED-THRESHOLD", unknown("QUICKLIST-PACKED-THRESHOLD")],
    ["DEBUG REPLYBUFFER RESIZING", unknown("REPLYBUFFER")],
    ["DEBUG REPLYBUFFER nope 1", unknown("REPLYBUFFER")],
    [
      "DEBUG REPLYBUFFER PEAK-RESET-TIME 1x",
      error("ERR value is not an integer or out of range"),
    ],
    ["DEBUG SET-ACTIVE-EXPIRE", unknown("SET-ACTIVE-EXPIRE")],
    ["DEBUG SLEEP", unknown("SLEEP")],
    ["DEBUG CHANGE-REPL-ID x", unknown("CHANGE-REPL-ID")],
    [["DEBUG", "x".repeat(200)], unknown("x".repeat(128))],
  ],
);

transcript("DEBUG is refused unless enable-debug-command allows it", [
  ["DEBUG", error("ERR wrong number of arguments for 'debug' command")],
  ["DEBUG HELP", NOT_ALLOWED],
  ["DEBUG SLEEP 0", NOT_ALLOWED],
  ["MULTI", OK],
  ["DEBUG SLEEP 0", NOT_ALLOWED],
  [
    "EXEC",
    error("EXECABORT Transaction discarded because of previous errors."),
  ],
], { config: { "enable-debug-command": "no" } });

transcript(
  "enable-debug-command local allows DEBUG to clients of this machine",
  [
    ["DEBUG SLEEP 0", OK],
  ],
  { config: { "enable-debug-command": "local" } },
);

transcript("DEBUG that is not allowed says so before it asks for a password", [
  ["DEBUG HELP", NOT_ALLOWED],
  ["PING", error("NOAUTH Authentication required.")],
], {
  config: { "enable-debug-command": "no", requirepass: "secret" },
  protocols: [2],
});

transcript("DEBUG DIGEST is that of Redis", [
  ["DEBUG DIGEST", status(ZEROS)],
  ["DEBUG DIGEST-VALUE", []],
  ["DEBUG DIGEST-VALUE nothing", [status(ZEROS)]],
  ["SET s hello", OK],
  ["SET i 12", OK],
  ["RPUSH l a b 3", 3],
  [["SET", "\xff\0", "\r\n\x80"], OK],
  [
    "SET long 0123456789012345678901234567890123456789012345678901234567890123456789",
    OK,
  ],
  ["APPEND i 3", 3],
  ["DEBUG DIGEST-VALUE s i l nothing", [
    status("36b23a1456b2dce2c3ed252c456761301dba8060"),
    status("89f7f51b707418f666d5b45e053bd5bbbf82ac2b"),
    status("09eb1fc9381ee92790d59930ab462945f8cd948b"),
    status(ZEROS),
  ]],
  ["DEBUG DIGEST", status("09db0d53909b91d521ad5e98b4827d3ee3405784")],
  ["EXPIRE s 100", 1],
  ["DEBUG DIGEST-VALUE s", [
    status("d037c4eb8a8b36b602fbced4000daeab0714c1e3"),
  ]],
  ["SELECT 3", OK],
  ["RPUSH l a b", 2],
  ["DEBUG DIGEST", status("e137f7f250ef60b0671750bc262d88117be0066e")],
]);

transcript("DEBUG DIGEST tells the order of a list", [
  ["RPUSH a x y", 2],
  ["RPUSH b y x", 2],
  ["DEBUG DIGEST-VALUE a b", [
    status("a3b14a34cfbd69f970cd30aff36fd797e07b4dbc"),
    status("c923e5b0f5c0057d74c169ef2459154dcd48fac9"),
  ]],
]);

transcript("DEBUG ERROR replies any error, and does not count it", [
  ["DEBUG ERROR 'FOO bar baz'", error("FOO bar baz")],
  ["DEBUG ERROR x", error("x")],
  [["DEBUG", "ERROR", "a\r\nb"], error("a  b")],
  ["CONFIG RESETSTAT", OK],
  ["DEBUG ERROR 'FOO bar'", error("FOO bar")],
  ["INFO errorstats", verbatim("# Errorstats\r\n")],
]);

transcript("DEBUG PROTOCOL replies each type", [
  ["DEBUG PROTOCOL string", "Hello World"],
  ["DEBUG PROTOCOL integer", 12345],
  ["DEBUG PROTOCOL double", double("3.141")],
  ["DEBUG PROTOCOL BIGNUM", bigNumber(1234567999999999999999999999999999999n)],
  ["DEBUG PROTOCOL null", nil],
  ["DEBUG PROTOCOL array", [0, 1, 2]],
  ["DEBUG PROTOCOL set", set([0, 1, 2])],
  [
    "DEBUG PROTOCOL map",
    map([[0, bool(false)], [1, bool(true)], [2, bool(false)]]),
  ],
  ["DEBUG PROTOCOL verbatim", verbatim("This is a verbatim\nstring")],
  ["DEBUG PROTOCOL true", bool(true)],
  ["DEBUG PROTOCOL false", bool(false)],
  [
    "DEBUG PROTOCOL nope",
    error(
      "ERR Wrong protocol type name. Please use one of the following: " +
        "string|integer|double|bignum|null|array|set|map|attrib|push|verbatim|true|false",
    ),
  ],
]);

transcript("DEBUG PROTOCOL has neither pushes nor attributes in RESP2", [
  ["DEBUG PROTOCOL push", error("ERR RESP2 is not supported by this command")],
  ["DEBUG PROTOCOL attrib", "Some real reply following the attribute"],
], { protocols: [2] });

transcript("DEBUG PROTOCOL push pushes before it replies in RESP3", [
  [
    "DEBUG PROTOCOL push",
    frames(
      push(["server-cpu-usage", 42]),
      "Some real reply following the push reply",
    ),
  ],
], { protocols: [3] });

transcript("DEBUG OBJECT tells how a value is held", [
  ["DEBUG OBJECT nothing", error("ERR no such key")],
  ["SET s hello", OK],
  ["RPUSH l a b", 2],
  [
    "DEBUG OBJECT s",
    matching(
      /^Value at:0x[0-9a-f]+ refcount:1 encoding:embstr serializedlength:\d+ lru:\d+ lru_seconds_idle:0$/,
    ),
  ],
  [
    "DEBUG OBJECT l",
    matching(
      /^Value at:0x[0-9a-f]+ refcount:1 encoding:quicklist serializedlength:\d+ lru:\d+ lru_seconds_idle:0/,
    ),
  ],
]);

transcript("DEBUG POPULATE creates strings and leaves what there is", [
  ["SET key:1 mine", OK],
  ["DEBUG POPULATE 3", OK],
  ["MGET key:0 key:1 key:2 key:3", ["value:0", "mine", "value:2", nil]],
  ["DEBUG POPULATE 2 p", OK],
  ["GET p:1", "value:1"],
  ["DEBUG POPULATE 2 q 10", OK],
  ["GET q:1", "value:1\0\0\0"],
  ["DEBUG POPULATE 2 r 3", OK],
  ["GET r:1", "val"],
  ["DEBUG POPULATE 2 t 0", OK],
  ["GET t:1", "value:1"],
  ["DEBUG POPULATE x", error("ERR value is out of range, must be positive")],
  ["DEBUG POPULATE -1", error("ERR value is out of range, must be positive")],
  [
    "DEBUG POPULATE 1 k -1",
    error("ERR value is out of range, must be positive"),
  ],
  [
    "DEBUG POPULATE 1 k x",
    error("ERR value is out of range, must be positive"),
  ],
  ["DBSIZE", 11],
]);

transcript("DEBUG SLEEP and SET-ACTIVE-EXPIRE read numbers as C does", [
  ["DEBUG SLEEP 0", OK],
  ["DEBUG SLEEP 0.001", OK],
  ["DEBUG SLEEP x", OK],
  ["DEBUG SLEEP -1", OK],
  ["DEBUG SET-ACTIVE-EXPIRE 0", OK],
  ["DEBUG SET-ACTIVE-EXPIRE x", OK],
  ["DEBUG SET-ACTIVE-EXPIRE 1", OK],
  ["MULTI", OK],
  ["DEBUG SLEEP 0", QUEUED],
  ["EXEC", [OK]],
]);

transcript("DEBUG SLEEP lets the time pass", [
  ["SET k v PX 1000", OK],
  ["DEBUG SLEEP 1", OK],
  ["GET k", nil],
], { oursOnly: "the real server would sleep" });

transcript(
  "DEBUG SET-ACTIVE-EXPIRE 0 leaves expired keys until they are asked for",
  [
    ["DEBUG SET-ACTIVE-EXPIRE 0", OK],
    ["SET k v PX 10", OK],
    [advance(1000)],
    ["DBSIZE", 1],
    ["GET k", nil],
    ["DBSIZE", 0],
    ["SET k v PX 10", OK],
    ["DEBUG SET-ACTIVE-EXPIRE 1", OK],
    [advance(1000)],
    ["DBSIZE", 0],
  ],
  { oursOnly: "the real clock cannot be moved" },
);

transcript("DEBUG QUICKLIST-PACKED-THRESHOLD takes a size below 4gb", [
  ["DEBUG QUICKLIST-PACKED-THRESHOLD 200b", OK],
  ["DEBUG QUICKLIST-PACKED-THRESHOLD 0", OK],
  ...["5gb", "4gb", "x", "-1"].map((size) =>
    [
      `DEBUG QUICKLIST-PACKED-THRESHOLD ${size}`,
      error(
        "ERR argument must be a memory value bigger than 1 and smaller than 4gb",
      ),
    ] as const
  ),
]);

transcript("DEBUG LOADAOF changes nothing without an append log", [
  ["SET k v", OK],
  [
    "DEBUG LOADAOF",
    error("ERR Error trying to load the append log, check server logs."),
  ],
  ["GET k", "v"],
], { oursOnly: "the real server would end" });

transcript("DEBUG HELP lists the subcommands", [
  ["DEBUG HELP", any],
]);

Deno.test("DEBUG CHANGE-REPL-ID gives another replication id", async () => {
  await using server = await startTestServer();
  const client = await server.client();
  const id = async () => {
    const info = String(await client.call("INFO", "replication"));
    return /master_replid:(\w+)/.exec(info)?.[1];
  };
  const before = await id();
  await client.send("DEBUG", "CHANGE-REPL-ID");
  assertEquals(before?.length, 40);
  assertEquals(before === await id(), false);
});

Deno.test("DEBUG LOG writes to the log", async () => {
  const lines: string[] = [];
  await using server = await startTestServer({
    log: (line) => lines.push(line),
  });
  const client = await server.client();
  await client.send("DEBUG", "LOG", "hello there");
  assertEquals(lines.at(-1)?.endsWith(" # DEBUG LOG: hello there"), true);
});

transcript("DEBUG RELOAD saves and loads: nothing has changed", [
  ["SET s hello", OK],
  ["SET e 12 PX 1000000", OK],
  ["RPUSH l a b", 2],
  [["SET", "\xff\0\r\n", "\x80"], OK],
  ["SELECT 3", OK],
  ["SET s there", OK],
  ["DEBUG RELOAD", OK],
  ["GET s", "there"],
  ["SELECT 0", OK],
  ["GET s", "hello"],
  ["GET e", "12"],
  ["PTTL e", between(900_000, 1_000_000)],
  ["LRANGE l 0 -1", ["a", "b"]],
  [["GET", "\xff\0\r\n"], "\x80"],
  ["DBSIZE", 4],
]);

transcript("DEBUG RELOAD takes options, in any order", [
  ["SET k saved", OK],
  ["DEBUG RELOAD", OK],
  ["SET k other", OK],
  ["SET new v", OK],
  ["DEBUG RELOAD merge NOFLUSH nosave", OK],
  ["MGET k new", ["saved", "v"]],
  ["SET k other", OK],
  ["DEBUG RELOAD NOSAVE", OK],
  ["MGET k new", ["saved", nil]],
  [
    "DEBUG RELOAD nope",
    error(
      "ERR DEBUG RELOAD only supports the MERGE, NOFLUSH and NOSAVE options.",
    ),
  ],
]);

transcript("DEBUG RELOAD that cannot load leaves the data as it was", [
  ["SET k v", OK],
  ["DEBUG RELOAD NOSAVE", error("ERR Error trying to load the RDB dump")],
  ["GET k", "v"],
  ["DEBUG RELOAD", OK],
  [
    "DEBUG RELOAD NOSAVE NOFLUSH",
    error("ERR Error trying to load the RDB dump"),
  ],
  ["GET k", "v"],
], { oursOnly: "the real server loses the data, or ends" });

transcript("DEBUG RELOAD breaks WATCH and counts what it loaded", [
  ["SET k v", OK],
  ["WATCH k", OK],
  [on("b", "DEBUG RELOAD"), OK],
  ["MULTI", OK],
  ["GET k", QUEUED],
  ["EXEC", nilArray],
  ["INFO persistence", verbatim(/\r\nrdb_last_load_keys_loaded:1\r\n/)],
]);
