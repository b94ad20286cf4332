import {
  CommandError,
  commandError,
  SYNTAX_ERROR,
} from "../protocol/command_error.ts";
import { type Call, commandGroup } from "../server/command.ts";

const SAVE_IN_PROGRESS = commandError("Background save already in progress");
const LOG_IN_PROGRESS = commandError(
  "Another child process is active (AOF?): can't BGSAVE right now. Use BGSAVE SCHEDULE in order to " +
    "schedule a BGSAVE whenever possible.",
);
const REWRITE_IN_PROGRESS = commandError(
  "Background append only file rewriting already in progress",
);
const REWRITE_FAILED = commandError(
  "Can't execute an AOF background rewriting. Please check the server logs for more information.",
);
const SAVE_FAILED = new CommandError("ERR", "");
const NO_SHUTDOWN = commandError("No shutdown in progress.");
const SHUTDOWN_FAILED = commandError("Errors trying to SHUTDOWN. Check logs.");

export const persistenceCommands = commandGroup("server", [
  {
    name: "save",
    arity: 1,
    flags: ["admin", "noscript", "no_async_loading", "no_multi"],
    since: "1.0.0",
    complexity: "O(N) where N is the total number of keys in all databases",
    summary: "Writes all data into the snapshot, and serves nobody meanwhile.",
    syntax: "",
    handler: save,
  },
  {
    name: "bgsave",
    arity: -1,
    flags: ["admin", "noscript", "no_async_loading"],
    since: "1.0.0",
    complexity: "O(1)",
    summary: "Writes all data into the snapshot in the background.",
    syntax: "[SCHEDULE]",
    docs: { since: { SCHEDULE: "3.2.2" } },
    history: [["3.2.2", "Added the `SCHEDULE` option."]],
    handler: saveInBackground,
  },
  {
    name: "bgrewriteaof",
    arity: 1,
    flags: ["admin", "noscript", "no_async_loading"],
    since: "1.0.0",
    complexity: "O(1)",
    summary: "Rewrites the append log in the background, to make it short.",
    syntax: "",
    handler: rewriteLog,
  },
  {
    name: "lastsave",
    arity: 1,
    flags: ["loading", "stale", "fast"],
    categories: ["admin", "dangerous"],
    tips: ["nondeterministic_output"],
    since: "1.0.0",
    complexity: "O(1)",
    summary: "Returns the time of the last save that went well.",
    syntax: "",
    handler: ({ reply, server }) => reply.integer(server.saver.lastSaveAt),
  },
  {
    name: "shutdown",
    arity: -1,
    flags: [
      "admin",
      "noscript",
      "loading",
      "stale",
      "no_multi",
      "allow_busy",
    ],
    since: "1.0.0",
    complexity:
      "O(N) when saving, where N is the total number of keys in all databases when saving data, otherwise O(1)",
    summary: "Ends the server, after it has saved if it is to.",
    syntax: "[NOSAVE | SAVE] [NOW] [FORCE] [ABORT]",
    docs: { since: { NOW: "7.0.0", FORCE: "7.0.0", ABORT: "7.0.0" } },
    history: [["7.0.0", "Added the `NOW`, `FORCE` and `ABORT` modifiers."]],
    handler: shutdown,
  },
]);

function save({ reply, server }: Call): void {
  const { saver } = server;
  if (saver.saving) throw SAVE_IN_PROGRESS;
  saver.saves++;
  if (!saver.save()) throw SAVE_FAILED;
  reply.ok();
}

function saveInBackground({ args, client, reply, server }: Call): void {
  const { saver } = server;
  if (args.length > 2 || args.length === 2 && !args.is(1, "SCHEDULE")) {
    throw SYNTAX_ERROR;
  }
  if (saver.saving) throw SAVE_IN_PROGRESS;
  const { rewrite } = server.appendLog;
  if (rewrite.running && client.mayBlock && args.length === 1) {
    throw LOG_IN_PROGRESS;
  }
  // Inside a transaction it would keep a state that no client was meant to see.
  if (!client.mayBlock || rewrite.running) {
    saver.schedule();
    return reply.status("Background saving scheduled");
  }
  saver.saveInBackground();
  reply.status("Background saving started");
}

function rewriteLog({ client, reply, server }: Call): void {
  const { rewrite } = server.appendLog;
  if (rewrite.running) throw REWRITE_IN_PROGRESS;
  if (rewrite.busy || !client.mayBlock) {
    rewrite.scheduled = true;
    rewrite.failuresInARow = 0;
    return reply.status("Background append only file rewriting scheduled");
  }
  if (!rewrite.begin()) throw REWRITE_FAILED;
  reply.status("Background append only file rewriting started");
}

function shutdown({ args, server }: Call): void {
  let save: "if configured" | "yes" | "no" = "if configured";
  let force = false, now = false, abort = false;
  for (let i = 1; i < args.length; i++) {
    if (args.is(i, "NOSAVE") && save !== "yes") save = "no";
    else if (args.is(i, "SAVE") && save !== "no") save = "yes";
    else if (args.is(i, "NOW")) now = true;
    else if (args.is(i, "FORCE")) force = true;
    else if (args.is(i, "ABORT")) abort = true;
    else throw SYNTAX_ERROR;
  }
  if (abort) {
    if (save !== "if configured" || force || now) throw SYNTAX_ERROR;
    // Differs from Redis: SHUTDOWN does not wait for replicas that lag, so that there is never one that SHUTDOWN ABORT could stop; there it waits for up to `shutdown-timeout` seconds, and serves reads meanwhile.
    throw NO_SHUTDOWN;
  }
  if (server.scripts.suspended && save !== "no") throw server.scripts.busyError;
  // There is no reply but the end of the connection.
  if (!server.beginShutdown({ save, force, now })) throw SHUTDOWN_FAILED;
}
