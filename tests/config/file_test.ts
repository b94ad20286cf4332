import { assertEquals, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { Config } from "../../src/config/config.ts";
import { loadFile, loadText } from "../../src/config/file.ts";

/** The directives that a Debian system and Redis's source state in their redis.conf, but for dir. */
const STOCK = `
# Redis configuration file example.
bind 127.0.0.1 -::1
protected-mode yes
port 6379
tcp-backlog 511
timeout 0
tcp-keepalive 300
daemonize yes
pidfile /run/redis/redis-server.pid
loglevel notice
logfile /var/log/redis/redis-server.log
databases 16
always-show-logo no
set-proc-title yes
proc-title-template "{title} {listen-addr} {server-mode}"
stop-writes-on-bgsave-error yes
rdbcompression yes
rdbchecksum yes
dbfilename dump.rdb
rdb-del-sync-files no
replica-serve-stale-data yes
replica-read-only yes
repl-diskless-sync yes
repl-diskless-sync-delay 5
repl-diskless-sync-max-replicas 0
repl-diskless-load disabled
repl-disable-tcp-nodelay no
replica-priority 100
acllog-max-len 128
lazyfree-lazy-eviction no
lazyfree-lazy-expire no
lazyfree-lazy-server-del no
replica-lazy-flush no
lazyfree-lazy-user-del no
lazyfree-lazy-user-flush no
oom-score-adj no
oom-score-adj-values 0 200 800
disable-thp yes
appendonly no
appendfilename "appendonly.aof"
appenddirname "appendonlydir"
appendfsync everysec
no-appendfsync-on-rewrite no
auto-aof-rewrite-percentage 100
auto-aof-rewrite-min-size 64mb
aof-load-truncated yes
aof-use-rdb-preamble yes
aof-timestamp-enabled no
slowlog-log-slower-than 10000
slowlog-max-len 128
latency-monitor-threshold 0
notify-keyspace-events ""
hash-max-listpack-entries 512
hash-max-listpack-value 64
list-max-listpack-size -2
list-compress-depth 0
set-max-intset-entries 512
zset-max-listpack-entries 128
zset-max-listpack-value 64
hll-sparse-max-bytes 3000
stream-node-max-bytes 4096
stream-node-max-entries 100
activerehashing yes
client-output-buffer-limit normal 0 0 0
client-output-buffer-limit replica 256mb 64mb 60
client-output-buffer-limit pubsub 32mb 8mb 60
hz 10
dynamic-hz yes
aof-rewrite-incremental-fsync yes
rdb-save-incremental-fsync yes
jemalloc-bg-thread yes
`;

function load(text: string): Config {
  const config = new Config();
  loadText(config, text, "test.conf");
  return config;
}

function refusal(action: () => unknown): string {
  try {
    action();
  } catch (error) {
    return (error as Error).message;
  }
  return "accepted";
}

Deno.test("a stock redis.conf loads, with a warning for the line that means something else here", () => {
  const config = load(STOCK);
  assertEquals(config.warnings, [
    "daemonize yes has no effect here: the server runs in the foreground of whatever starts it",
  ]);
  assertEquals(config.values.bind, ["127.0.0.1", "-::1"]);
  assertEquals(config.path("logfile"), "/var/log/redis/redis-server.log");
});

Deno.test("a file may quote, escape, indent, comment, end lines in CRLF and write names in capitals", () => {
  const config = load(
    [
      '  TIMEOUT 5\t\r\n\t# comment "unbalanced',
      'requirepass "a\\"b\\x41\\n c"',
      "logfile 'it\\'s'",
      "",
      "   ",
      '""',
    ].slice(0, 5).join("\n"),
  );
  assertEquals(config.values.timeout, 5);
  assertEquals(config.values.requirepass, 'a"bA\n c');
  assertEquals(config.values.logfile, "it's");
});

Deno.test("repeated save directives add up after the defaults are gone, and save '' clears them", () => {
  const text = (lines: string) => load(lines).get("save")[0]![1];
  assertEquals(text("port 1"), "3600 1 300 100 60 10000");
  assertEquals(text("save 900 1\nsave 300 10 60 5"), "900 1 300 10 60 5");
  assertEquals(text("save '900 1 60 5'"), "900 1 60 5");
  assertEquals(text('save ""'), "");
  assertEquals(text('save 900 1\nsave ""\nsave 5 6'), "5 6");
});

Deno.test("of other repeated directives the last counts; buffer limits change only the class they name", () => {
  const config = load(
    "bind a b\nbind c\ntimeout 1\ntimeout 2\n" +
      "client-output-buffer-limit pubsub 1mb 0 0\nclient-output-buffer-limit normal 5 4 3\n",
  );
  assertEquals(config.values.bind, ["c"]);
  assertEquals(config.values.timeout, 2);
  assertEquals(
    config.get("client-output-buffer-limit")[0]![1],
    "normal 5 4 3 slave 268435456 67108864 60 pubsub 1048576 0 0",
  );
});

Deno.test("a bad line is refused in one line with its place, directive, reason and remedy", () => {
  const cases: [string, string][] = [
    [
      "port abc",
      "port abc: argument couldn't be parsed into an integer (give <integer 0 to 65535>)",
    ],
    [
      "port 1 2",
      "port 1 2: wrong number of arguments (give <integer 0 to 65535>)",
    ],
    [
      "activedefrag yes",
      "activedefrag yes: only 'no' is possible: memory is not defragmented here (give yes|no)",
    ],
    [
      "maxmemroy 1",
      "maxmemroy 1: unknown parameter; did you mean maxmemory?",
    ],
    [
      "completely-different 1",
      "completely-different 1: unknown parameter; --help lists those there are",
    ],
    ['requirepass "a', 'requirepass "a: unbalanced quotes'],
    ["requirepass a b", "requirepass ...: wrong number of arguments"],
    [
      "loadmodule x.so",
      "loadmodule x.so: not possible: modules are not supported",
    ],
    ["graph.size 1", "graph.size 1: not possible: modules are not supported"],
    ["user", "user: wrong number of arguments"],
    ["rename-command x", "rename-command x: wrong number of arguments"],
    ["include", "include: wrong number of arguments"],
    ["dir /does/not/exist", "dir /does/not/exist: No such file or directory"],
  ];
  for (const [line, expected] of cases) {
    const message = refusal(() => load(`# first\n${line}\n`));
    assertEquals(message.split("\n").length, 1);
    assertStringIncludes(message, `test.conf:2: ${expected}`);
  }
});

Deno.test("users are kept for the server; one of the same name is refused, and what may be a password not shown", () => {
  const config = load('user joe on >"a b" ~x\nuser ann\n');
  assertEquals(config.users, [
    { name: "joe", rules: ["on", ">a b", "~x"], place: "test.conf:1" },
    { name: "ann", rules: [], place: "test.conf:2" },
  ]);
  assertEquals(
    refusal(() => load("user joe on\nuser joe >secret\n")),
    "test.conf:2: user joe: Duplicate user found. A user can only be defined once in config files",
  );
});

Deno.test("rename-command is kept for the server, retired directives are ignored by name", () => {
  const config = load(
    'rename-command FLUSHALL ""\nrename-command get fetch\nlua-replicate-commands yes\n',
  );
  assertEquals(config.renamedCommands, [
    { command: "FLUSHALL", name: "", place: "test.conf:1" },
    { command: "get", name: "fetch", place: "test.conf:2" },
  ]);
  assertEquals(config.warnings, [
    "lua-replicate-commands has no effect here: it is retired, in Redis too",
  ]);
});

Deno.test("parameters without effect warn when they ask for more than the default", () => {
  assertEquals(load("io-threads 1\nlist-compress-depth 0").warnings, []);
  assertEquals(load("io-threads 4").warnings, [
    "io-threads 4 has no effect here: commands run on one thread, and so does their I/O",
  ]);
});

Deno.test("include reads files, sorted matches of a pattern, and nothing where a pattern matches nothing", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const write = (name: string, text: string) =>
      Deno.writeTextFileSync(join(folder, name), text);
    Deno.mkdirSync(join(folder, "conf.d"));
    write("conf.d/2.conf", "timeout 2\nhz 20\n");
    write("conf.d/1.conf", "timeout 1\nloglevel debug\n");
    write("conf.d/.hidden.conf", "timeout 9\n");
    write("conf.d/other", "timeout 8\n");
    write(
      "main.conf",
      `dir ${folder}\nhz 30\ninclude conf.[d]/*.conf\ninclude none/*.conf\ninclude one\n`,
    );
    write("one", "port 7\n");
    const config = new Config();
    loadFile(config, join(folder, "main.conf"));
    assertEquals(config.get("timeout", "hz", "loglevel", "port"), [
      ["timeout", "2"],
      ["hz", "20"],
      ["loglevel", "debug"],
      ["port", "7"],
    ]);

    write("bad.conf", "\ninclude missing.conf\n");
    write("conf.d/3.conf", "timeout x\n");
    write("loop", `include ${folder}/loop\n`);
    const main = (name: string) =>
      refusal(() => loadFile(new Config(), join(folder, name)));
    assertStringIncludes(
      main("main.conf"),
      `${folder}/conf.d/3.conf:1: timeout x: `,
    );
    assertStringIncludes(main("bad.conf"), "No such file or directory");
    assertEquals(
      main("loop"),
      `${folder}/loop:1: include ${folder}/loop: the file includes itself`,
    );
    assertEquals(
      main("nothing"),
      `Cannot read the config file ${folder}/nothing: No such file or directory`,
    );
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
