/** The commands that random scenarios leave out, each with the reason: a container's name stands for all its subcommands. */

const CONNECTION =
  "changes the connection: tests/property/connection_commands_test.ts";
const SEVERAL =
  "has as many replies as channels: tests/commands/pubsub_test.ts";
const PROCESS = "tells of the process, which differs";
const DISK = "writes files, or ends the process";
const SCRIPT = "needs a script that fits its keys: tests/commands";

export const EXCLUSIONS: Readonly<Record<string, string>> = {
  auth: CONNECTION,
  hello: CONNECTION,
  quit: CONNECTION,
  reset: CONNECTION,
  client: CONNECTION,
  monitor: CONNECTION,
  subscribe: SEVERAL,
  unsubscribe: SEVERAL,
  psubscribe: SEVERAL,
  punsubscribe: SEVERAL,
  ssubscribe: SEVERAL,
  sunsubscribe: SEVERAL,
  info: PROCESS,
  memory: PROCESS,
  slowlog: PROCESS,
  latency: PROCESS,
  time: PROCESS,
  role: PROCESS,
  lastsave: PROCESS,
  lolwut: PROCESS,
  module: PROCESS,
  cluster: PROCESS,
  config: "changes what the other commands do: the scenario says it",
  command: "tests/commands/command_test.ts compares it whole",
  debug: DISK,
  save: DISK,
  bgsave: DISK,
  bgrewriteaof: DISK,
  shutdown: DISK,
  replicaof: DISK,
  slaveof: DISK,
  failover: DISK,
  psync: DISK,
  sync: DISK,
  replconf: DISK,
  migrate: DISK,
  dump: "shows how tables and long lists lie: tests/commands/dump_test.ts",
  restore: "needs what DUMP made: tests/commands/dump_test.ts",
  eval: SCRIPT,
  eval_ro: SCRIPT,
  evalsha: SCRIPT,
  evalsha_ro: SCRIPT,
  fcall: SCRIPT,
  fcall_ro: SCRIPT,
  function: SCRIPT,
  script: SCRIPT,
  "restore-asking": "needs what DUMP made: tests/commands/dump_test.ts",
  wait: "waits for replicas",
  acl: "changes who may run the other commands: tests/commands/acl_test.ts",
  pfselftest: "takes a second by design",
  randomkey: "removes a key that is over, or does not, by chance",
  "object|freq": "counts accesses with a random part",
  "pubsub|help": "is a text: tests/commands/pubsub_test.ts",
};

/** Commands that wait when there is nothing for them: only between MULTI and EXEC, where nothing waits. */
export const BLOCKING: ReadonlySet<string> = new Set([
  ...["blpop", "brpop", "blmpop", "blmove", "brpoplpush"],
  ...["bzpopmin", "bzpopmax", "bzmpop", "xread", "xreadgroup"],
]);

/** Commands whose choice among members the two servers make apart: never between MULTI and EXEC. */
export const CHOOSING: ReadonlySet<string> = new Set(["spop"]);
