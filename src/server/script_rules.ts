import type { Args } from "../protocol/args.ts";
import { CommandError, commandError } from "../protocol/command_error.ts";
import type { Client } from "./client.ts";
import { type Command, CommandBits } from "./command_table.ts";
import { DISK_ERROR, MASTER_DOWN, OUT_OF_MEMORY } from "./gate.ts";
import { ScriptFlags } from "./script_flags.ts";
import type { Server } from "./server.ts";

const UNKNOWN_COMMAND = commandError(
  "Unknown Redis command called from script",
);
const WRONG_LENGTH = commandError(
  "Wrong number of args calling Redis command from script",
);
const NOT_FROM_SCRIPTS = commandError(
  "This Redis command is not allowed from script",
);
const READ_ONLY = commandError(
  "Write commands are not allowed from read-only scripts.",
);
const RO_COMMAND = commandError(
  "Can not execute a script with write flag using *_ro command.",
);
const OOM_NOT_ALLOWED = new CommandError(
  "OOM",
  "allow-oom flag is not set on the script, can not run it when used memory > 'maxmemory'",
);
const NOT_WHILE_STALE = commandError(
  "Can not execute the command on a stale replica",
);
const DENIED = {
  command: denied("can't run this command or subcommand"),
  key: denied(
    "can't access at least one of the keys mentioned in the command arguments",
  ),
  channel: denied("can't publish to the channel mentioned in the command"),
} as const;

/** What of a script decides which commands it may run. */
export interface ScriptState {
  readonly caller: Client;
  readonly readOnly: boolean;
  readonly outOfMemory: boolean;
  readonly wrote: boolean;
}

/** Throws when a script with such flags may not run now. `readsOnly` is whether the command that runs it only reads. */
export function checkStart(
  server: Server,
  flags: number,
  readsOnly: boolean,
): void {
  if ((flags & ScriptFlags.undeclared) !== 0) {
    // What others declare, the gate has looked at.
    if (server.executor.isGated(CommandBits.deniedWhileStale)) {
      throw MASTER_DOWN;
    }
    return;
  }
  if ((flags & ScriptFlags["no-writes"]) !== 0) return;
  const { diskError, writeError } = server.executor;
  if (diskError !== undefined) throw writesBlocked(diskError);
  if (writeError !== undefined) throw writeError;
  if (readsOnly) throw RO_COMMAND;
  if ((flags & ScriptFlags["allow-oom"]) === 0 && isOutOfMemory(server)) {
    throw OOM_NOT_ALLOWED;
  }
}

/** Returns whether commands that may need memory are refused. */
export function isOutOfMemory({ executor, memory }: Server): boolean {
  return executor.isGated(CommandBits.denyoom) && !memory.makeRoom();
}

/** Returns why a script may not run a command, if it may not. */
export function refusal(
  server: Server,
  script: ScriptState,
  command: Command | undefined,
  args: Args,
): CommandError | undefined {
  if (command === undefined) return UNKNOWN_COMMAND;
  if (command.refusesLength(args.length)) return WRONG_LENGTH;
  const { bits } = command;
  if (
    (bits & CommandBits.noScript) !== 0 && !server.scripts.runner.mayRunAll
  ) return NOT_FROM_SCRIPTS;
  if (
    (bits & CommandBits.deniedWhileStale) !== 0 &&
    server.executor.isGated(CommandBits.deniedWhileStale)
  ) return NOT_WHILE_STALE;
  const denied = denial(server, script.caller, command, args);
  if (denied !== undefined) return denied;
  const changes = CommandBits.write | CommandBits.mayReplicate;
  if (script.readOnly && (bits & changes) !== 0) return READ_ONLY;
  // What it has begun, it may bring to an end.
  if (script.wrote) return undefined;
  const { diskError, writeError } = server.executor;
  if ((bits & CommandBits.write) !== 0 && !script.caller.mustObey) {
    const refused = diskError ?? writeError;
    if (refused !== undefined) return refused;
  }
  return script.outOfMemory && (bits & CommandBits.denyoom) !== 0
    ? OUT_OF_MEMORY
    : undefined;
}

/** Returns why the user of the caller may not run a command, if it may not. */
function denial(
  { acl }: Server,
  caller: Client,
  command: Command,
  args: Args,
): CommandError | undefined {
  if (!caller.isLimited) return undefined;
  const found = caller.user?.denial(command, args);
  if (found === undefined) return undefined;
  acl.noteDenial(caller, command, found, "lua", args);
  return DENIED[found.reason];
}

function denied(what: string): CommandError {
  return commandError(`The user executing the script ${what}`);
}

/** Returns what a script is refused with that may write, while a snapshot or the log cannot be written. */
function writesBlocked(diskError: CommandError): CommandError {
  const blocked = "but it's currently unable to persist to disk. " +
    "Writable scripts are blocked. Use 'no-writes' flag for read only scripts.";
  if (diskError === DISK_ERROR) {
    return new CommandError(
      diskError.code,
      `Redis is configured to save RDB snapshots, ${blocked}`,
    );
  }
  const reason = diskError.message.replace(/^[^:]*: /, "");
  return new CommandError(
    diskError.code,
    `Redis is configured to persist data to AOF, ${blocked} AOF error: ${reason}`,
  );
}
