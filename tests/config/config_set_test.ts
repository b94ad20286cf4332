import { assertEquals } from "@std/assert";
import { Config, ConfigError } from "../../src/config/config.ts";
import { findRealRedis, RealRedis } from "../helpers/real_redis.ts";
import { RespClient } from "../helpers/resp_client.ts";

const INTEGER = "argument couldn't be parsed into an integer";
const MEMORY = "argument must be a memory value";
const YES_NO = "argument must be 'yes' or 'no'";
const SAVE = "Invalid save parameters";
const BUFFER_VALUE =
  "Error in hard, soft or soft_seconds setting in buffer limit configuration.";

/** What CONFIG SET says to name and value pairs: `OK` and what CONFIG GET then shows, or the reason. */
const CASES: readonly (readonly [pairs: string[], expected: string])[] = [
  // Integers
  [["timeout", "7"], "7"],
  [["timeout", "0"], "0"],
  [["timeout", "abc"], failed("timeout", INTEGER)],
  [["timeout", ""], failed("timeout", INTEGER)],
  [["timeout", "07"], failed("timeout", INTEGER)],
  [["timeout", "+7"], failed("timeout", INTEGER)],
  [["timeout", " 7"], failed("timeout", INTEGER)],
  [["timeout", "1.5"], failed("timeout", INTEGER)],
  [["timeout", "-0"], failed("timeout", INTEGER)],
  [["timeout", "99999999999999999999"], failed("timeout", INTEGER)],
  [["timeout", "-1"], failed("timeout", between(0, "2147483647"))],
  [["TIMEOUT", "x"], failed("timeout", INTEGER)],
  [["port", "abc"], failed("port", INTEGER)],
  [["port", "65536"], failed("port", between(0, "65535"))],
  [["maxclients", "0"], failed("maxclients", between(1, "4294967295"))],
  [["maxclients", "-1"], failed("maxclients", between(1, "4294967295"))],
  [["hz", "10000"], "500"],
  [["hz", "0"], "1"],
  [["hz", "-1"], failed("hz", between(0, "2147483647"))],
  [["lua-time-limit", "x"], failed("lua-time-limit", INTEGER)],
  [[
    "slowlog-log-slower-than",
    "-2",
  ], failed("slowlog-log-slower-than", between(-1, "9223372036854775807"))],
  [["list-max-ziplist-size", "-5"], "-5"],
  [["list-compress-depth", "3"], "3"],
  // Memory
  [["maxmemory", "1gb"], "1073741824"],
  [["maxmemory", "1G"], "1000000000"],
  [["maxmemory", "5mB"], "5242880"],
  [["maxmemory", "1m"], "1000000"],
  [["maxmemory", "9b"], "9"],
  [["maxmemory", "kb"], "0"],
  [["maxmemory", "-1"], failed("maxmemory", MEMORY)],
  [["maxmemory", "1tb"], failed("maxmemory", MEMORY)],
  [["maxmemory", "1 kb"], failed("maxmemory", MEMORY)],
  [["maxmemory", "1.5gb"], failed("maxmemory", MEMORY)],
  [["maxmemory", "18446744073709551615"], "18446744073709551615"],
  [["maxmemory", "99999999999999999999999"], "18446744073709551615"],
  [["maxmemory", ""], "0"],
  [["maxmemory", "0"], "0"],
  [[
    "proto-max-bulk-len",
    "1",
  ], failed("proto-max-bulk-len", between(1048576, "9223372036854775807"))],
  [["proto-max-bulk-len", "2mb"], "2097152"],
  [
    ["maxmemory-clients", "x"],
    failed("maxmemory-clients", "argument must be a memory or percent value"),
  ],
  [
    ["maxmemory-clients", "101%"],
    failed(
      "maxmemory-clients",
      "percentage argument must be less or equal to 100",
    ),
  ],
  // Yes or no
  [["stop-writes-on-bgsave-error", "NO"], "no"],
  [["latency-tracking", "no"], "no"],
  [["latency-tracking", "1"], failed("latency-tracking", YES_NO)],
  [["appendonly", "maybe"], failed("appendonly", YES_NO)],
  // Words
  [["loglevel", "DEBUG"], "debug"],
  [
    ["loglevel", "loud"],
    failed(
      "loglevel",
      "argument(s) must be one of the following: debug, verbose, notice, warning",
    ),
  ],
  [
    ["maxmemory-policy", "lru"],
    failed(
      "maxmemory-policy",
      "argument(s) must be one of the following: volatile-lru, volatile-lfu, volatile-random, volatile-ttl, allkeys-lru, allkeys-lfu, allkeys-random, noeviction",
    ),
  ],
  [["shutdown-on-sigterm", "force SAVE"], "save force"],
  [["shutdown-on-sigterm", "default"], "default"],
  [["shutdown-on-sigterm", "now default"], "now"],
  [
    ["shutdown-on-sigterm", "save nosave"],
    failed(
      "shutdown-on-sigterm",
      "shutdown options SAVE and NOSAVE can't be used simultaneously",
    ),
  ],
  [
    ["shutdown-on-sigterm", ""],
    failed(
      "shutdown-on-sigterm",
      "argument(s) must be one of the following: default, save, nosave, now, force",
    ),
  ],
  // Save points
  [["save", "60 5 30 100"], "60 5 30 100"],
  [["save", ""], ""],
  [["save", '""'], failed("save", SAVE)],
  [["save", "60"], failed("save", SAVE)],
  [["save", "0 1"], failed("save", SAVE)],
  [["save", "60 -1"], failed("save", SAVE)],
  [["save", "60 x"], failed("save", SAVE)],
  [["save", "60  5"], failed("save", SAVE)],
  [["save", "60 0"], "60 0"],
  // Buffer limits
  [
    ["client-output-buffer-limit", "replica 2mb 1mb 9 Pubsub 1k 0 0"],
    "normal 0 0 0 slave 2097152 1048576 9 pubsub 1000 0 0",
  ],
  [
    ["client-output-buffer-limit", ""],
    "normal 0 0 0 slave 2097152 1048576 9 pubsub 1000 0 0",
  ],
  [
    ["client-output-buffer-limit", "normal 1 2"],
    failed(
      "client-output-buffer-limit",
      "Wrong number of arguments in buffer limit configuration.",
    ),
  ],
  [
    ["client-output-buffer-limit", "master 1 2 3"],
    failed(
      "client-output-buffer-limit",
      "Invalid client class specified in buffer limit configuration.",
    ),
  ],
  [
    ["client-output-buffer-limit", "normal 1 2 -3"],
    failed("client-output-buffer-limit", BUFFER_VALUE),
  ],
  [
    ["client-output-buffer-limit", "normal 1x 2 3"],
    failed("client-output-buffer-limit", BUFFER_VALUE),
  ],
  // Others
  [["latency-tracking-info-percentiles", "50 99.950 100"], "50 99.95 100"],
  [["latency-tracking-info-percentiles", "0.0001234"], "0.000123"],
  [["latency-tracking-info-percentiles", "0"], "0"],
  [["latency-tracking-info-percentiles", ""], ""],
  [
    ["latency-tracking-info-percentiles", "x"],
    failed(
      "latency-tracking-info-percentiles",
      "Invalid latency-tracking-info-percentiles parameters",
    ),
  ],
  [
    ["latency-tracking-info-percentiles", "101"],
    failed(
      "latency-tracking-info-percentiles",
      "latency-tracking-info-percentiles parameters should sit between [0.0,100.0]",
    ),
  ],
  [
    ["notify-keyspace-events", "KEq"],
    failed(
      "notify-keyspace-events",
      "Invalid event class character. Use 'Ag$lshzxeKEtmdn'.",
    ),
  ],
  [
    ["oom-score-adj-values", "1 2"],
    failed("oom-score-adj-values", "wrong number of arguments"),
  ],
  [
    ["oom-score-adj-values", "1 2 3000"],
    failed(
      "oom-score-adj-values",
      "Invalid oom-score-adj-values, elements must be between -2000 and 2000.",
    ),
  ],
  [
    ["cluster-announce-hostname", "a_b"],
    failed(
      "cluster-announce-hostname",
      "Hostnames may only contain alphanumeric characters, hyphens or dots",
    ),
  ],
  [["proc-title-template", "{port} x"], "{port} x"],
  ...["{nope}", "{title}", "{port", "", "  "].map((template) =>
    [
      ["proc-title-template", template],
      failed(
        "proc-title-template",
        "template format is invalid or contains unknown variables",
      ),
    ] as const satisfies [string[], string]
  ),
  [["proc-title-template", "{{"], "{{"],
  [
    ["bind", "a b c d e f g h i j k l m n o p q"],
    failed("bind", "Too many bind addresses specified."),
  ],
  // Which parameter
  [["nope", "1"], unknown("nope")],
  [["Nope", "1", "port", "abc"], unknown("Nope")],
  [["databases", "1"], failed("databases", "can't set immutable config")],
  [["DataBases", "1"], failed("DataBases", "can't set immutable config")],
  [["replicaof", "a 1"], failed("replicaof", "can't set immutable config")],
  [["dir", "/"], failed("dir", "can't set protected config")],
  [["DIR", "/"], failed("DIR", "can't set protected config")],
  [["dbfilename", "a/b"], failed("dbfilename", "can't set protected config")],
  [["timeout", "1", "timeout", "2"], failed("timeout", "duplicate parameter")],
  [["timeout", "1", "TimeOut", "2"], failed("TimeOut", "duplicate parameter")],
  [
    ["databases", "1", "nope", "2"],
    failed("databases", "can't set immutable config"),
  ],
  [["nope", "1", "databases", "2"], unknown("nope")],
  [["timeout", "x", "nope", "2"], unknown("nope")],
  [["list-max-ziplist-size", "4", "list-max-listpack-size", "5"], "5"],
];

function failed(name: string, reason: string): string {
  return `CONFIG SET failed (possibly related to argument '${name}') - ${reason}`;
}

function between(min: number, max: string): string {
  return `argument must be between ${min} and ${max} inclusive`;
}

function unknown(name: string): string {
  return `Unknown option or number of arguments for CONFIG SET - '${name}'`;
}

function pairsOf(words: readonly string[]): [string, string][] {
  return Array.from(
    { length: words.length / 2 },
    (_, i) => [words[2 * i]!, words[2 * i + 1]!],
  );
}

function message(action: () => void): string {
  try {
    action();
  } catch (error) {
    if (error instanceof ConfigError) return error.message;
    throw error;
  }
  return "OK";
}

Deno.test("CONFIG SET takes or refuses each value as the table says", () => {
  const config = new Config();
  for (const [words, expected] of CASES) {
    const said = message(() => config.set(pairsOf(words)));
    const shown = config.get(words.at(-2)!)[0]?.[1];
    assertEquals(said === "OK" ? shown : said, expected, words.join(" "));
  }
});

Deno.test({
  name: "redis-server takes or refuses each value as the table says",
  ignore: findRealRedis() === undefined,
  async fn() {
    await using real = await RealRedis.start(findRealRedis()!, {
      "enable-protected-configs": "no",
    });
    await using client = await RespClient.connect(real.port);
    for (const [words, expected] of CASES) {
      const reply = await client.send("CONFIG", "SET", ...words);
      const shown = await client.call("CONFIG", "GET", words.at(-2)!);
      const said = reply.type === "error"
        ? reply.text.replace(/^ERR /, "")
        : (shown as string[])[1];
      assertEquals(said, expected, words.join(" "));
    }
  },
});

Deno.test("CONFIG SET changes nothing when one of several values is refused", () => {
  const config = new Config();
  const before = config.get("*");
  message(() =>
    config.set([["timeout", "5"], ["hz", "20"], ["maxmemory", "x"]])
  );
  assertEquals(config.get("*"), before);
});

Deno.test("CONFIG SET refuses what is not available yet, by name and with the reason", () => {
  const config = new Config();
  assertEquals(
    message(() => config.set([["activedefrag", "yes"]])),
    failed(
      "activedefrag",
      "only 'no' is possible: memory is not defragmented here",
    ),
  );
  assertEquals(message(() => config.set([["activedefrag", "no"]])), "OK");
});

Deno.test("CONFIG SET tells listeners the values that changed, once all are valid", () => {
  const config = new Config();
  const heard: unknown[] = [];
  config.onChange("timeout", (value) => void heard.push(["timeout", value]));
  config.onChange("loglevel", (value) => void heard.push(["loglevel", value]));
  message(() => config.set([["timeout", "5"], ["hz", "x"]]));
  config.set([["timeout", "9"], ["loglevel", "notice"]]);
  assertEquals(heard, [["timeout", 9]]);
});

Deno.test("CONFIG SET goes back to the old values when a listener refuses or throws", () => {
  const config = new Config();
  const heard: number[] = [];
  config.onChange("timeout", (value) => void heard.push(value));
  config.onChange("port", () => "Unable to listen on this port.");
  config.onChange("hz", () => {
    throw new Error("No more hertz");
  });
  assertEquals(
    message(() => config.set([["timeout", "5"], ["port", "1"]])),
    failed("port", "Unable to listen on this port."),
  );
  assertEquals(heard, [5, 0]);
  assertEquals(config.values.timeout, 0);
  assertEquals(config.get("port"), [["port", "6379"]]);
  assertEquals(
    message(() => config.set([["hz", "20"]])),
    failed("hz", "No more hertz"),
  );
});

Deno.test("enable-protected-configs decides who may set dir and dbfilename", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const local = new Config({ "enable-protected-configs": "local" });
    const refused = failed("dir", "can't set protected config");
    assertEquals(message(() => local.set([["dir", folder]])), refused);
    local.set([["dir", folder]], "this machine");
    assertEquals(local.values.dir, folder);

    const open = new Config({ "enable-protected-configs": "yes" });
    open.set([["dir", folder]]);
    assertEquals(open.path("dbfilename"), `${folder}/dump.json`);
    assertEquals(
      message(() => open.set([["dir", "missing"]])),
      failed("dir", "No such file or directory"),
    );
    assertEquals(
      message(() => open.set([["dbfilename", "a/b"]])),
      failed("dbfilename", "dbfilename can't be a path, just a filename"),
    );
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
