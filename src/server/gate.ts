import { CommandError, commandError } from "../protocol/command_error.ts";
import { type Client, Restrictions } from "./client.ts";
import { type Command, CommandBits } from "./command_table.ts";
import type { Server } from "./server.ts";
import { queueCommand } from "./transaction.ts";

const NO_AUTH = new CommandError("NOAUTH", "Authentication required.");
/** What commands that may need memory are refused with while there is none. */
export const OUT_OF_MEMORY = new CommandError(
  "OOM",
  "command not allowed when used memory > 'maxmemory'.",
);
/** What writes are refused with while saves fail. */
export const DISK_ERROR = new CommandError(
  "MISCONF",
  "Redis is configured to save RDB snapshots, but it's currently unable to persist to disk. " +
    "Commands that may modify the data set are disabled, because this instance is configured to " +
    "report errors during writes if RDB snapshotting fails (stop-writes-on-bgsave-error option). " +
    "Please check the Redis logs for details about the RDB error.",
);
const LOADING = new CommandError(
  "LOADING",
  "Redis is loading the dataset in memory",
);
/** What a replica without its master says while `replica-serve-stale-data` is off. */
export const MASTER_DOWN = new CommandError(
  "MASTERDOWN",
  "Link with MASTER is down and replica-serve-stale-data is set to 'no'.",
);
/** What a client hears that shows what all others run: Redis counts it among the replicas. */
const NOT_FOR_MONITORS = commandError(
  "Replica can't interact with the keyspace",
);
const FOR_DATA = CommandBits.readonly | CommandBits.write |
  CommandBits.mayReplicate;
/** What a replica may say once it is sent the stream. */
const FOR_REPLICAS = new Set(["replconf", "sync", "psync"]);
const NOT_IN_TRANSACTION = commandError(
  "Command not allowed inside a transaction",
);
/** What a subscriber may run over RESP2, where replies and messages cannot be told apart. */
const FOR_SUBSCRIBERS = new Set([
  "ping",
  "subscribe",
  "ssubscribe",
  "unsubscribe",
  "sunsubscribe",
  "psubscribe",
  "punsubscribe",
  "quit",
  "reset",
]);
/** What runs between MULTI and EXEC even when there is no memory to queue anything more. */
const ENDS_TRANSACTION = new Set(["exec", "discard", "quit", "reset"]);

/**
 * Decides who may run what, and when: the rules that stand between a command and
 * its handler. The executor asks only when a bit says that there is something to
 * decide, so that a command that nothing stands against costs one test.
 */
export class Gate {
  /** Bits of the commands that need a closer look at the moment: out of memory, failed saves, a pause, no script engine yet; protected ones always do. */
  bits: number = CommandBits.protected | CommandBits.needsEngine;
  readonly #server: Server;
  /** What writes are refused with because of what the server is in replication. */
  #writeError: CommandError | undefined = undefined;
  /** Why writes are refused, by what cannot be written to the disk. */
  readonly #diskErrors = new Map<"snapshot" | "log", CommandError>();

  constructor(server: Server) {
    this.#server = server;
  }

  /** What writes are refused with at the moment, because a snapshot or the log cannot be written. */
  get diskError(): CommandError | undefined {
    return this.#diskErrors.get("snapshot") ?? this.#diskErrors.get("log");
  }

  /** Has writes refused from now on, because a snapshot or the log cannot be written, or no more. */
  refuseWrites(
    because: "snapshot" | "log",
    error: CommandError | undefined,
  ): void {
    if (error === undefined) this.#diskErrors.delete(because);
    else this.#diskErrors.set(because, error);
    this.#setWrites();
  }

  /** What writes are refused with because of replication. */
  get writeError(): CommandError | undefined {
    return this.#writeError;
  }

  set writeError(error: CommandError | undefined) {
    this.#writeError = error;
    this.#setWrites();
  }

  #setWrites(): void {
    const closed = this.#diskErrors.size > 0 || this.#writeError !== undefined;
    this.set(CommandBits.write, closed);
  }

  /** Has commands with any of `bits` looked at closely from now on, or no more. */
  set(bits: number, closed: boolean): void {
    if ((bits & CommandBits.write) !== 0) bits |= CommandBits.ping;
    if (closed) this.bits |= bits;
    else this.bits &= ~bits;
    // What a script declares decides whether it is one of those.
    const declared = CommandBits.write | CommandBits.denyoom |
      CommandBits.deniedWhileStale;
    if ((this.bits & declared) !== 0) this.bits |= CommandBits.runsScript;
    else this.bits &= ~CommandBits.runsScript;
  }

  /** Decides about a command that a gate or the client's state stands against; returns whether it runs at once. */
  admit(client: Client, command: Command): boolean {
    const { restrictions, transaction } = client;
    const { clientEviction, pause, tracking } = this.#server;
    if (
      (restrictions & Restrictions.replica) !== 0 &&
      !FOR_REPLICAS.has(command.name)
    ) {
      this.#dropReplica(client, command);
      return false;
    }
    if ((this.bits & CommandBits.evictsClients) !== 0) {
      clientEviction.enforce(client);
      if (client.closing) return false;
    }
    if ((this.bits & CommandBits.shrinksTracking) !== 0) tracking.shrink();
    if ((command.bits & CommandBits.protected) !== 0) {
      this.#checkProtected(client, command);
    }
    if (
      (restrictions & Restrictions.unauthenticated) !== 0 &&
      (command.bits & CommandBits.noAuth) === 0
    ) throw NO_AUTH;
    if (
      transaction !== undefined && (command.bits & CommandBits.noMulti) !== 0
    ) throw NOT_IN_TRANSACTION;
    if ((restrictions & Restrictions.limited) !== 0) {
      this.#server.acl.admit(client, command);
    }
    if ((command.bits & this.bits & CommandBits.refusedWhenBusy) !== 0) {
      throw this.#server.scripts.busyError;
    }
    let { bits } = command;
    // EXEC stands for all that it will run.
    if (command.name === "exec" && transaction !== undefined) {
      bits |= transaction.bits;
    } else if ((bits & CommandBits.runsScript) !== 0) {
      bits = this.#server.scripts.bitsOf(client.args, command);
    }
    if (
      (this.bits & CommandBits.denyoom) !== 0 &&
      !this.#server.memory.makeRoom() &&
      ((bits & CommandBits.denyoom) !== 0 ||
        transaction !== undefined && !ENDS_TRANSACTION.has(command.name))
    ) throw OUT_OF_MEMORY;
    if (
      (bits & (CommandBits.write | CommandBits.ping)) !== 0 &&
      this.diskError !== undefined && !client.mustObey
    ) throw this.diskError;
    if (
      (bits & CommandBits.write) !== 0 && this.#writeError !== undefined &&
      !client.mustObey
    ) throw this.#writeError;
    if (
      (restrictions & Restrictions.subscribed) !== 0 &&
      !client.reply.hasPushes && !FOR_SUBSCRIBERS.has(command.name)
    ) {
      throw commandError(
        `Can't execute '${command.fullName}': only (P|S)SUBSCRIBE / (P|S)UNSUBSCRIBE / ` +
          "PING / QUIT / RESET are allowed in this context",
      );
    }
    if (
      (bits & this.bits & CommandBits.deniedWhileStale) !== 0 &&
      !client.mustObey
    ) throw MASTER_DOWN;
    if ((bits & this.bits & CommandBits.deniedWhileLoading) !== 0) {
      throw LOADING;
    }
    if (
      (restrictions & Restrictions.monitor) !== 0 &&
      (bits & FOR_DATA) !== 0
    ) throw NOT_FOR_MONITORS;
    if (
      pause.mustWait(bits) || this.#waitsForEngine(client, command, bits)
    ) {
      pause.postpone(client);
      return false;
    }
    if (
      transaction === undefined || (command.bits & CommandBits.unqueued) !== 0
    ) return true;
    queueCommand(client, transaction, command, bits);
    if (!client.muted) client.reply.queued();
    client.requestEnded();
    return false;
  }

  /** Returns whether a command has to wait for the script engine. Who has no connection could not go on later, and waits for nothing. */
  #waitsForEngine(client: Client, command: Command, bits: number): boolean {
    if ((bits & this.bits & CommandBits.needsEngine) === 0) return false;
    const isQueued = client.transaction !== undefined &&
      (command.bits & CommandBits.unqueued) === 0;
    if (isQueued || client.mustObey || client.transport === undefined) {
      return false;
    }
    this.#server.scripts.loadEngine();
    return true;
  }

  /** Ends the connection of a replica that wants a reply, as Redis does. */
  #dropReplica(client: Client, { fullName }: Command): void {
    const { clients, log } = this.#server;
    log.warning(`Replica wants a reply to '${fullName}', disconnecting it`);
    clients.kill(client);
  }

  #checkProtected(client: Client, command: Command): void {
    const parameter = command.definition.allowedBy!;
    const allowed = this.#server.config.values[parameter];
    if (allowed === "yes" || (allowed === "local" && client.isLocal)) return;
    const name = command.fullName.split("|", 1)[0]!.toUpperCase();
    throw commandError(
      `${name} command not allowed. If the ${parameter} option is set to "local", you can run it ` +
        "from a local connection, otherwise you need to set this option in the configuration file, " +
        "and then restart the server.",
    );
  }
}
