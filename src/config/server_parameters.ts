import {
  boolean,
  choice,
  entry,
  type Facts,
  FIXED,
  integer,
  memory,
  noneHere,
  notYet,
  optional,
  string,
} from "./entry.ts";
import { eventClassesKind } from "./event_classes.ts";
import { INT64_MAX } from "../protocol/integer.ts";
import { INT_MAX, integerKind, octalKind, UINT_MAX } from "./kinds.ts";
import {
  bindKind,
  bufferLimitsKind,
  flagsKind,
  oomScoresKind,
  percentilesKind,
} from "./list_kinds.ts";

const MB = 1024 * 1024;

const YES_NO_LOCAL = ["no", "yes", "local"] as const;

/** How clients reach the server, and what they may take up. */
export const networkParameters = {
  bind: entry(
    bindKind,
    ["127.0.0.1", "-::1"],
    "Addresses to listen on; one that starts with - may be missing on the machine",
    { difference: "the default there is * -::*" },
  ),
  port: integer(
    6379,
    [0, 65535],
    "TCP port; 0 picks a free one, or with a unix socket turns TCP off",
  ),
  unixsocket: optional("Unix socket to listen on", FIXED),
  unixsocketperm: entry(
    octalKind(0, 0o777),
    0,
    "Permissions of the unix socket; 0 leaves the system's default",
    FIXED,
  ),
  "protected-mode": boolean(
    true,
    "While there is no password, serve only clients of this machine",
  ),
  timeout: integer(
    0,
    [0, INT_MAX],
    "Seconds after which an idle client is disconnected; 0 never",
  ),
  "tcp-keepalive": integer(
    300,
    [0, INT_MAX],
    "Whether connections are probed while idle: 0 off, more on",
    { difference: "any number but 0 probes at the system's interval" },
  ),
  maxclients: integer(
    1000,
    [1, UINT_MAX],
    "Most clients connected at a time",
    { difference: "the default there is 10000" },
  ),
  "proto-max-bulk-len": memory(
    512 * MB,
    [MB, INT64_MAX],
    "Longest string that a request may carry",
  ),
  "client-query-buffer-limit": memory(
    1024 * MB,
    [MB, INT64_MAX],
    "Most bytes of an unfinished request that a client may have waiting",
  ),
  "client-output-buffer-limit": entry(
    bufferLimitsKind,
    {
      normal: { hard: 0, soft: 0, seconds: 0 },
      replica: { hard: 256 * MB, soft: 64 * MB, seconds: 60 },
      pubsub: { hard: 32 * MB, soft: 8 * MB, seconds: 60 },
    },
    "Replies that may wait for a client of each class before it is disconnected",
  ),
  ...noneHere("Deno gives no access to it", {
    "tcp-backlog": integer(
      511,
      [0, INT_MAX],
      "Connections that the system queues before they are accepted",
      FIXED,
    ),
    "socket-mark-id": integer(
      0,
      [0, UINT_MAX],
      "Mark for the firewall on listening sockets",
      FIXED,
    ),
  }),
} as const;

/** Databases, process and log. */
export const generalParameters = {
  databases: integer(16, [1, INT_MAX], "Number of databases", FIXED),
  loglevel: choice(
    "notice",
    ["debug", "verbose", "notice", "warning"],
    "Least important messages that are logged",
  ),
  logfile: string("", "File for the log; empty is standard output", FIXED),
  pidfile: optional("File for the process id", FIXED),
  hz: entry(
    integerKind(0, INT_MAX, [1, 500]),
    10,
    "Rounds of background work per second, from 1 to 500",
  ),
  "latency-tracking": boolean(
    true,
    "Keep the distribution of each command's time for INFO and LATENCY",
  ),
  "latency-tracking-info-percentiles": entry(
    percentilesKind,
    [50, 99, 99.9],
    "Percentiles that INFO latencystats shows",
  ),
  "shutdown-timeout": integer(
    10,
    [0, INT_MAX],
    "Seconds that a shutdown waits for what is under way",
  ),
  "shutdown-on-sigint": shutdownFlags("SIGINT"),
  "shutdown-on-sigterm": shutdownFlags("SIGTERM"),
  ...noneHere("the server runs in the foreground of whatever starts it", {
    daemonize: boolean(false, "Go on in the background", FIXED),
    supervised: choice(
      "no",
      ["upstart", "systemd", "auto", "no"],
      "Tell a process supervisor when the server is ready",
      FIXED,
    ),
  }),
  ...noneHere("there is no logo", {
    "always-show-logo": boolean(false, "Start the log with a logo", FIXED),
  }),
  ...noneHere("Deno cannot change the title of its process", {
    "set-proc-title": boolean(
      true,
      "Describe the server in the process title",
      FIXED,
    ),
    "proc-title-template": string(
      "{title} {listen-addr} {server-mode}",
      "What the process title says",
      {},
      { check: checkTitleTemplate },
    ),
  }),
  ...noneHere("commands run on one thread, and so does their I/O", {
    "io-threads": integer(1, [1, 128], "Threads for I/O", FIXED),
    "io-threads-do-reads": boolean(false, "Read in threads too", FIXED),
  }),
  ...noneHere("background work adapts by itself", {
    "dynamic-hz": boolean(true, "Raise hz while many clients are connected"),
    activerehashing: boolean(true, "Resize hash tables in the background"),
    "active-expire-effort": integer(
      1,
      [1, 10],
      "How eagerly expired keys are looked for; see active-expire-interval",
    ),
  }),
  ...noneHere("the runtime decides", {
    "server_cpulist": optional("CPUs for the server", FIXED),
    "bio_cpulist": optional("CPUs for background work", FIXED),
    "aof_rewrite_cpulist": optional("CPUs for rewriting the AOF", FIXED),
    "bgsave_cpulist": optional("CPUs for background saves", FIXED),
    "disable-thp": boolean(true, "Turn off transparent huge pages", FIXED),
    "oom-score-adj": choice(
      "no",
      ["no", "yes", "relative", "absolute"],
      "Tell the kernel what to end first when memory runs out",
    ),
    "oom-score-adj-values": entry(
      oomScoresKind,
      [0, 200, 800],
      "Scores for oom-score-adj",
    ),
    "crash-log-enabled": boolean(true, "Log a report after a crash"),
    "crash-memcheck-enabled": boolean(true, "Test memory after a crash"),
    "use-exit-on-panic": boolean(false, "Exit instead of aborting", {
      hidden: true,
    }),
    "watchdog-period": integer(0, [0, INT_MAX], "Milliseconds of a watchdog", {
      hidden: true,
    }),
    "ignore-warnings": string("", "System warnings that do not stop the start"),
  }),
  ...notYet("logging to syslog is not available", {
    "syslog-enabled": boolean(false, "Log to syslog", FIXED),
    "syslog-ident": string("redis", "Name of the server in syslog", FIXED),
    "syslog-facility": choice(
      "local0",
      [
        "user",
        "local0",
        "local1",
        "local2",
        "local3",
        "local4",
        "local5",
        "local6",
        "local7",
      ],
      "Facility in syslog",
      FIXED,
    ),
  }),
} as const;

const SECRET: Facts = { sensitive: true };

/** Who may do what. */
export const securityParameters = {
  requirepass: optional("Password that clients must give", SECRET),
  "enable-debug-command": choice(
    "no",
    YES_NO_LOCAL,
    "Who may use DEBUG: nobody, everybody, clients of this machine",
    FIXED,
  ),
  "enable-protected-configs": choice(
    "no",
    YES_NO_LOCAL,
    "Who may change dir and dbfilename with CONFIG SET",
    FIXED,
  ),
  ...notYet("modules are not supported", {
    "enable-module-command": choice(
      "no",
      YES_NO_LOCAL,
      "Who may use MODULE",
      FIXED,
    ),
  }),
  aclfile: string("", "File with the users", FIXED),
  "acllog-max-len": integer(
    128,
    [0, INT64_MAX],
    "Refusals that ACL LOG keeps",
  ),
  "acl-pubsub-default": choice(
    "resetchannels",
    ["allchannels", "resetchannels"],
    "Channels that a user without channel rules may use",
  ),
} as const;

/** What is measured and announced. */
export const monitoringParameters = {
  "slowlog-log-slower-than": integer(
    10000,
    [-1, INT64_MAX],
    "Microseconds from which a command is logged as slow; -1 never",
  ),
  "slowlog-max-len": integer(
    128,
    [0, INT64_MAX],
    "Slow commands that are kept",
  ),
  "latency-monitor-threshold": integer(
    0,
    [0, INT64_MAX],
    "Milliseconds from which an event is recorded; 0 none",
  ),
  "notify-keyspace-events": entry(
    eventClassesKind,
    "",
    "Classes of events that are published",
  ),
  "tracking-table-max-keys": integer(
    1000000,
    [0, INT64_MAX],
    "Keys that are remembered for clients with a cache; 0 no limit",
  ),
  "busy-reply-threshold": integer(
    5000,
    [0, INT64_MAX],
    "Milliseconds after which a running script makes others hear BUSY; 0 never",
    { alias: "lua-time-limit" },
  ),
  ...notYet("the interpreter of scripts does not have it", {
    "lua-enable-deprecated-api": boolean(
      false,
      "Offer the deprecated part of the Lua API",
      { mutable: false, hidden: true },
    ),
  }),
} as const;

/** What Redis does not have. */
export const ownParameters = {
  "active-expire-interval": integer(
    100,
    [1, 60000],
    "Milliseconds between two rounds that remove expired keys nobody asked for",
  ),
  "write-timeout": integer(
    0,
    [0, INT_MAX],
    "Seconds that a client may leave its replies unread before it is disconnected; 0 no limit, as in Redis",
  ),
  "connection-rate-limit": integer(
    0,
    [0, INT_MAX],
    "New connections accepted per second; 0 no limit",
  ),
  "backup-count": integer(
    0,
    [0, 999],
    "Earlier snapshots that are kept beside the last one, as dump.json.1 and so on",
  ),
  "snapshot-compression": choice(
    "none",
    ["none", "gzip"],
    "How the snapshot, and the base of the append log, are compressed when they are JSON; what is loaded may always be compressed",
  ),
  "maxmemory-warning": integer(
    80,
    [0, 100],
    "Percent of maxmemory from which a warning is logged; 0 never",
  ),
} as const;

function shutdownFlags(signal: string) {
  return entry(
    flagsKind(
      "default",
      ["save", "nosave", "now", "force"],
      (flags) =>
        flags.includes("save") && flags.includes("nosave")
          ? "shutdown options SAVE and NOSAVE can't be used simultaneously"
          : undefined,
    ),
    [],
    `How ${signal} shuts down, in the words of SHUTDOWN`,
  );
}

const TITLE_VARIABLE =
  /^\{(title|listen-addr|server-mode|config-file|port|tls-port|unixsocket)\}/;

/** Redis refuses a title that has unknown variables or comes out empty. */
function checkTitleTemplate(template: string): string | undefined {
  const reason = "template format is invalid or contains unknown variables";
  let visible = false;
  for (let rest = template; rest !== "";) {
    if (rest.startsWith("{") && !rest.startsWith("{{")) {
      const variable = TITLE_VARIABLE.exec(rest);
      if (variable === null) return reason;
      if (/addr|file|port/.test(variable[1]!)) visible = true;
      rest = rest.slice(variable[0].length);
    } else {
      if (rest[0] !== " ") visible = true;
      rest = rest.slice(rest.startsWith("{{") ? 2 : 1);
    }
  }
  return visible ? undefined : reason;
}
