import { commandError, SYNTAX_ERROR } from "../protocol/command_error.ts";
import { asciiLower } from "../protocol/byte_string.ts";
import { type Call, commandGroup } from "../server/command.ts";

const NOT_IN_PROGRESS = commandError("No failover in progress.");
const BAD_TIMEOUT = commandError("FAILOVER timeout must be greater than 0");
const NO_REPLICAS = commandError("FAILOVER requires connected replicas.");

const IS_REPLICA = commandError(
  "FAILOVER is not valid when server is a replica.",
);
const NO_FAILOVER = commandError(
  "FAILOVER is not available: use REPLICAOF NO ONE there, and REPLICAOF here",
);
const FORCE_WITHOUT_TARGET = commandError(
  "FAILOVER with force option requires both a timeout and target HOST and IP.",
);
const NOT_A_REPLICA = commandError(
  "FAILOVER target HOST and PORT is not a replica.",
);
const NOT_ONLINE = commandError("FAILOVER target replica is not online.");

export const failoverCommands = commandGroup("server", [
  {
    name: "failover",
    arity: -1,
    flags: ["admin", "noscript", "stale"],
    since: "6.2.0",
    complexity: "O(1)",
    summary: "Would have a replica take this server's place.",
    syntax: "[TO host port [FORCE]] [ABORT] [TIMEOUT milliseconds]",
    docs: { groups: ["target"] },
    handler: failOver,
  },
]);

// Differs from Redis: FAILOVER to a replica that could take over is refused.
function failOver({ args, server }: Call): never {
  if (args.length === 2 && args.is(1, "ABORT")) throw NOT_IN_PROGRESS;
  let timeout = 0, force = false;
  let target: { host: string; port: number } | undefined;
  for (let i = 1; i < args.length; i++) {
    const left = args.length - 1 - i;
    if (args.is(i, "TIMEOUT") && left >= 1 && timeout === 0) {
      timeout = args.integer(++i);
      if (timeout <= 0) throw BAD_TIMEOUT;
    } else if (args.is(i, "TO") && left >= 2 && target === undefined) {
      const port = args.integer(i + 2);
      target = { host: args.string(i + 1), port };
      i += 2;
    } else if (args.is(i, "FORCE") && !force) force = true;
    else throw SYNTAX_ERROR;
  }
  if (server.follower.master !== undefined) throw IS_REPLICA;
  const { replicas } = server.replication;
  if (replicas.length === 0) throw NO_REPLICAS;
  if (target === undefined) throw force ? FORCE_WITHOUT_TARGET : NO_FAILOVER;
  if (force && timeout === 0) throw FORCE_WITHOUT_TARGET;
  const { host, port } = target;
  const replica = replicas.find((each) =>
    asciiLower(each.shownAddress) === asciiLower(host) && each.port === port
  );
  if (replica === undefined) throw NOT_A_REPLICA;
  throw replica.state === "online" ? NO_FAILOVER : NOT_ONLINE;
}
