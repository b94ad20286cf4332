import { commandError, SYNTAX_ERROR } from "../protocol/command_error.ts";
import { type Call, commandGroup } from "../server/command.ts";

const NOT_IN_PROGRESS = commandError("No failover in progress.");
const BAD_TIMEOUT = commandError("FAILOVER timeout must be greater than 0");
const NO_REPLICAS = commandError("FAILOVER requires connected replicas.");

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

/** FAILOVER of a server that has no replicas. */
function failOver({ args }: Call): never {
  if (args.length === 2 && args.is(1, "ABORT")) throw NOT_IN_PROGRESS;
  let timeout = 0, target = false, force = false;
  for (let i = 1; i < args.length; i++) {
    const left = args.length - 1 - i;
    if (args.is(i, "TIMEOUT") && left >= 1 && timeout === 0) {
      timeout = args.integer(++i);
      if (timeout <= 0) throw BAD_TIMEOUT;
    } else if (args.is(i, "TO") && left >= 2 && !target) {
      args.integer(i += 2);
      target = true;
    } else if (args.is(i, "FORCE") && !force) force = true;
    else throw SYNTAX_ERROR;
  }
  throw NO_REPLICAS;
}
