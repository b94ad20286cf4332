import { commandError } from "../protocol/command_error.ts";
import { type Call, commandGroup } from "../server/command.ts";

const NOT_IN_EXEC = commandError(
  "MONITOR isn't allowed for DENY BLOCKING client",
);

export const monitorCommands = commandGroup("server", [
  {
    name: "monitor",
    arity: 1,
    flags: ["admin", "noscript", "loading", "stale"],
    since: "1.0.0",
    complexity: "",
    summary: "Shows this connection what all connections run, as they do.",
    syntax: "",
    handler: monitor,
  },
]);

/** Whoever monitors already gets no reply: it would be one line among many. */
function monitor({ client, reply, server }: Call): void {
  if (!client.mayBlock) throw NOT_IN_EXEC;
  if (server.monitors.has(client)) return;
  server.monitors.add(client);
  reply.ok();
}
