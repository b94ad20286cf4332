import { assertEquals } from "@std/assert";
import { Config } from "../../src/config/config.ts";
import { startServer } from "../../src/mod.ts";
import { RespClient } from "../helpers/resp_client.ts";
import {
  error,
  map,
  nil,
  OK,
  on,
  QUEUED,
  status,
  transcript,
  unordered,
  verbatim,
} from "../helpers/transcript.ts";

const SYNTAX = error("ERR syntax error");
const failed = (name: string, reason: string) =>
  error(
    `ERR CONFIG SET failed (possibly related to argument '${name}') - ${reason}`,
  );

transcript("CONFIG refuses command lines of the wrong length", [
  ["CONFIG", error("ERR wrong number of arguments for 'config' command")],
  ["CONFIG NOPE", error("ERR unknown subcommand 'NOPE'. Try CONFIG HELP.")],
  [
    "CONFIG GET",
    error("ERR wrong number of arguments for 'config|get' command"),
  ],
  [
    "CONFIG SET a",
    error("ERR wrong number of arguments for 'config|set' command"),
  ],
  ["CONFIG SET a b c", SYNTAX],
  [
    "CONFIG RESETSTAT x",
    error("ERR wrong number of arguments for 'config|resetstat' command"),
  ],
  [
    "CONFIG REWRITE x",
    error("ERR wrong number of arguments for 'config|rewrite' command"),
  ],
  [
    "CONFIG HELP x",
    error("ERR wrong number of arguments for 'config|help' command"),
  ],
]);

transcript(
  "CONFIG GET takes names and globs, in any case, each parameter once",
  [
    ["CONFIG GET timeout", map({ timeout: "0" })],
    ["CONFIG GET TimeOut", map({ TimeOut: "0" })],
    ["CONFIG GET nope", map({})],
    ["CONFIG GET nope*", map({})],
    ["CONFIG GET maxmemory", map({ maxmemory: "0" })],
    [
      "CONFIG GET tcp-keep* timeo?t timeout",
      unordered(map({ "tcp-keepalive": "300", timeout: "0" })),
    ],
    [
      "CONFIG GET list-max-ziplist-size",
      map({ "list-max-ziplist-size": "-2" }),
    ],
  ],
);

transcript("CONFIG SET takes all values or none", [
  ["CONFIG SET timeout 7 tcp-keepalive 60", OK],
  [
    "CONFIG GET timeout tcp-keepalive",
    unordered(map({ timeout: "7", "tcp-keepalive": "60" })),
  ],
  [
    "CONFIG SET timeout 8 tcp-keepalive x",
    failed("tcp-keepalive", "argument couldn't be parsed into an integer"),
  ],
  ["CONFIG GET timeout", map({ timeout: "7" })],
  ["CONFIG SET timeout 8 TIMEOUT 9", failed("TIMEOUT", "duplicate parameter")],
  ["CONFIG SET databases 3", failed("databases", "can't set immutable config")],
  [
    "CONFIG SET nope 1",
    error("ERR Unknown option or number of arguments for CONFIG SET - 'nope'"),
  ],
  ["CONFIG SET timeout 0 tcp-keepalive 300", OK],
]);

transcript("CONFIG SET within a transaction acts at EXEC", [
  ["MULTI", OK],
  ["CONFIG SET timeout 9", QUEUED],
  ["CONFIG GET timeout", QUEUED],
  ["EXEC", [OK, map({ timeout: "9" })]],
  ["CONFIG SET timeout 0", OK],
]);

transcript("enable-debug-command cannot be changed while the server runs", [
  [
    "CONFIG SET enable-debug-command yes",
    failed("enable-debug-command", "can't set immutable config"),
  ],
]);

transcript(
  "enable-protected-configs no refuses to change where files are",
  [["CONFIG SET dir /", failed("dir", "can't set protected config")]],
  { config: { "enable-protected-configs": "no" } },
);

transcript("CONFIG SET requirepass asks new clients for it", [
  ["CONFIG SET requirepass secret", OK],
  [on("b", "PING"), error("NOAUTH Authentication required.")],
  ["PING", status("PONG")],
  ["CONFIG SET requirepass ''", OK],
], { protocols: [2] });

transcript("CONFIG REWRITE without a config file is refused", [
  ["CONFIG REWRITE", error("ERR The server is running without a config file")],
]);

transcript("CONFIG RESETSTAT begins to count anew, with its own call", [
  ["NOPE", error(/^ERR unknown command/)],
  ["PING", status("PONG")],
  ["GET nothing", nil],
  ["CONFIG RESETSTAT", OK],
  ["INFO errorstats", verbatim("# Errorstats\r\n")],
  [
    "INFO commandstats",
    verbatim(
      /^# Commandstats\r\n(?=[^]*cmdstat_info:calls=1,)(?=[^]*cmdstat_config\|resetstat:calls=1,usec=\d+,usec_per_call=[\d.]+,rejected_calls=0,failed_calls=0\r\n)(.*\r\n){2}$/,
    ),
  ],
  [
    "INFO stats",
    verbatim(
      /\r\ntotal_commands_processed:3\r\n[^]*\r\nkeyspace_hits:0\r\nkeyspace_misses:0\r\n/,
    ),
  ],
]);

transcript("CONFIG HELP lists the subcommands", [
  [
    "CONFIG HELP",
    [
      "CONFIG <subcommand> [<arg> [value] [opt] ...]. Subcommands are:",
      "GET <pattern>",
      "    Return parameters matching the glob-like <pattern> and their values.",
      "SET <directive> <value>",
      "    Set the configuration <directive> to <value>.",
      "RESETSTAT",
      "    Reset statistics reported by the INFO command.",
      "REWRITE",
      "    Rewrite the configuration file.",
      "HELP",
      "    Prints this help.",
    ].map(status),
  ],
]);

Deno.test("CONFIG REWRITE writes the values into the config file, and says so in the log", async () => {
  const folder = await Deno.makeTempDir({ prefix: "redis-lite-" });
  try {
    const path = `${folder}/redis.conf`;
    await Deno.writeTextFile(path, "# Mine\ntimeout 5\n");
    const lines: string[] = [];
    const config = new Config({ bind: ["127.0.0.1"], port: 0, save: [] });
    config.file = path;
    await using server = await startServer({
      config,
      log: (line) => lines.push(line),
    });
    await using client = await RespClient.connect(server.port);
    assertEquals(await client.call("CONFIG", "SET", "timeout", 9), "OK");
    assertEquals(await client.call("CONFIG", "REWRITE"), "OK");
    const text = await Deno.readTextFile(path);
    assertEquals(text.includes("# Mine\ntimeout 9\n"), true);
    assertEquals(
      lines.some((line) =>
        line.endsWith("CONFIG REWRITE executed with success.")
      ),
      true,
    );
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
