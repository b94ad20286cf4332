import type { Args } from "../protocol/args.ts";
import {
  CommandError,
  commandError,
  ProtocolError,
  wrongArity,
} from "../protocol/command_error.ts";
import type { Client } from "./client.ts";
import type { Command } from "./command_table.ts";
import { CommandBits, findSubcommand } from "./command_table.ts";
import type { Server } from "./server.ts";

const NO_AUTH = new CommandError("NOAUTH", "Authentication required.");
const OUT_OF_MEMORY = new CommandError(
  "OOM",
  "command not allowed when used memory > 'maxmemory'.",
);
const DISK_ERROR = new CommandError(
  "MISCONF",
  "Redis is configured to save RDB snapshots, but it's currently unable to persist to disk. " +
    "Commands that may modify the data set are disabled, because this instance is configured to " +
    "report errors during writes if RDB snapshotting fails (stop-writes-on-bgsave-error option). " +
    "Please check the Redis logs for details about the RDB error.",
);
const INTERNAL_ERROR = commandError(
  "internal error, see the log of the server",
);
const UNKNOWN_COMMAND_ARGUMENTS = 128;
/** What runs between MULTI and EXEC even when there is no memory to queue anything more. */
const ENDS_TRANSACTION = new Set(["exec", "discard", "quit", "reset"]);

/**
 * Runs commands: the one place where requests of all clients, transactions and
 * retries of blocked operations meet the command table, the rules about who may
 * run what and when, the statistics, and what happens after a command.
 */
export class Executor {
  readonly #server: Server;
  /** Bits of the commands that need a closer look at the moment: out of memory, failed saves, a pause; protected ones always do. */
  #gates: number = CommandBits.protected;
  /** Whether a turn is under way: the time is set, and replies are sent at its end. */
  #inTurn = false;
  /** Commands of this turn that are timed together. */
  readonly #inBatch: Command[] = [];
  /** Milliseconds of this turn that went into commands timed on their own. */
  #timed = 0;

  constructor(server: Server) {
    this.#server = server;
  }

  /** Has commands with any of `bits` looked at closely from now on, or no more. */
  setGate(bits: number, closed: boolean): void {
    if (closed) this.#gates |= bits;
    else this.#gates &= ~bits;
  }

  /** Runs every complete request that a client has sent, while it may go on. */
  drain(client: Client): void {
    this.turn(() => {
      const { decoder } = client;
      try {
        while (client.runnable && decoder.next()) {
          this.execute(client);
          if (client.postponed) decoder.unread();
        }
      } catch (error) {
        if (!(error instanceof ProtocolError)) throw error;
        this.#server.log.verbose(
          `${error.message} from client ${client.id} ${
            client.transport?.address ?? ""
          }`,
        );
        this.#server.statistics.error(error.code);
        client.reply.error(error);
        client.closeAfterReply();
      }
    });
  }

  /** Does work that may touch the keyspace or clients, at one moment in time; then serves who waited for it and sends all replies. */
  turn(work: () => void): void {
    if (this.#inTurn) return work();
    const { clock, store, blocking, clients } = this.#server;
    this.#inTurn = true;
    const begin = clock.monotonic();
    store.setTime(clock.now());
    try {
      work();
      if (blocking.hasReady) blocking.serveReady();
    } finally {
      if (this.#inBatch.length > 0) {
        this.#shareTime(clock.monotonic() - begin - this.#timed);
      }
      this.#timed = 0;
      this.#inTurn = false;
      clients.flush();
    }
  }

  /** Runs the request in `client.args`, or queues, postpones or refuses it. */
  execute(client: Client): void {
    const { args, reply } = client;
    const mark = reply.length;
    let command: Command | undefined;
    try {
      command = this.#find(args);
      client.lastInteraction = this.#server.store.now;
      if (
        ((command.bits & this.#gates) !== 0 || client.restrictions !== 0) &&
        !this.#admit(client, command)
      ) return;
    } catch (error) {
      if (command !== undefined) command.rejectedCalls++;
      this.#refuse(client, error, mark);
      return;
    }
    this.run(client, command);
    if (client.replyMode !== "on") this.#applyReplyMode(client, mark);
    const { blocking } = this.#server;
    if (blocking.hasReady) blocking.serveReady();
  }

  /** Runs a command that may run: counts it, times it, turns its error into a reply. */
  run(client: Client, command: Command, level: "top" | "nested" = "top"): void {
    const { reply } = client;
    const { statistics, strict } = this.#server;
    const mark = reply.length;
    client.lastCommand = command;
    const checked = strict?.before();
    const inBatch = command.timedInBatch && level === "top";
    const begin = inBatch ? 0 : this.#server.clock.monotonic();
    try {
      command.handler!(client);
    } catch (error) {
      command.failedCalls++;
      this.#fail(client, error, mark);
    }
    // INFO does not count itself, and what CONFIG RESETSTAT resets begins with its own call.
    command.calls++;
    statistics.commands++;
    if (inBatch) {
      if (command.callsInTurn++ === 0) this.#inBatch.push(command);
    } else this.#took(command, begin, level);
    if (checked !== undefined) strict!.after(checked, command.fullName);
  }

  /** Lets a blocked client's operation try again; an error ends its wait as a reply does. */
  retry(client: Client, attempt: () => boolean): boolean {
    const mark = client.reply.length;
    let done = true;
    try {
      done = attempt();
    } catch (error) {
      this.#fail(client, error, mark);
    }
    if (done) this.#server.clients.hasOutput(client);
    return done;
  }

  /** Returns the command of a command line; throws when there is none or the line has the wrong length. */
  #find(args: Args): Command {
    let command = this.#server.table.find(args);
    if (command === undefined) throw unknownCommand(args);
    if (command.subcommands.length > 0 && args.length > 1) {
      const container = command;
      command = findSubcommand(container, args);
      if (command === undefined) throw unknownSubcommand(container, args);
    }
    if (command.refusesLength(args.length)) throw wrongArity(command.fullName);
    return command;
  }

  /** Decides about a command that a gate or the client's state stands against; returns whether it runs at once. */
  #admit(client: Client, command: Command): boolean {
    const { transaction } = client;
    const { pause } = this.#server;
    if ((command.bits & CommandBits.protected) !== 0) {
      this.#checkProtected(client, command);
    }
    if (!client.authenticated && (command.bits & CommandBits.noAuth) === 0) {
      throw NO_AUTH;
    }
    // EXEC stands for all that it will run.
    const bits = command.name === "exec" && transaction !== undefined
      ? command.bits | transaction.bits
      : command.bits;
    if (
      (this.#gates & CommandBits.denyoom) !== 0 &&
      ((bits & CommandBits.denyoom) !== 0 ||
        transaction !== undefined && !ENDS_TRANSACTION.has(command.name)) &&
      this.#server.memory.check()
    ) throw OUT_OF_MEMORY;
    if ((this.#gates & CommandBits.write) !== 0) {
      if ((bits & CommandBits.write) !== 0 || command.name === "ping") {
        throw DISK_ERROR;
      }
    }
    if (pause.holds(bits)) {
      client.postponed = true;
      pause.add(client);
      return false;
    }
    if (
      transaction === undefined || (command.bits & CommandBits.unqueued) !== 0
    ) return true;
    if ((command.bits & CommandBits.noMulti) !== 0) {
      throw commandError("Command not allowed inside a transaction");
    }
    if (!transaction.aborted) {
      transaction.queue.push({ command, args: client.args.copy() });
      transaction.bits |= command.bits;
    }
    client.reply.queued();
    return false;
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

  #refuse(client: Client, error: unknown, mark: number): void {
    const { transaction } = client;
    if (transaction !== undefined) {
      transaction.aborted = true;
      if (client.args.is(0, "EXEC") && error instanceof CommandError) {
        this.#server.abortTransaction(client);
        error = new CommandError(
          "EXECABORT",
          `Transaction discarded because of: ${
            error.code === "ERR" ? "" : `${error.code} `
          }${error.message}`,
        );
      }
    }
    this.#fail(client, error, mark);
    if (client.replyMode !== "on") this.#applyReplyMode(client, mark);
  }

  #fail(client: Client, error: unknown, mark: number): void {
    client.reply.rewind(mark);
    let reply = INTERNAL_ERROR;
    if (error instanceof CommandError) reply = error;
    else {
      const text = error instanceof Error
        ? error.stack ?? error.message
        : String(error);
      this.#server.log.warning(
        `Unexpected error in '${client.lastCommand?.fullName}': ${text}`,
      );
      this.#server.statistics.unexpectedErrors++;
    }
    this.#server.statistics.error(reply.code);
    client.reply.error(reply);
  }

  /** CLIENT REPLY: drops the reply of a client that wants none. */
  #applyReplyMode(client: Client, mark: number): void {
    if (client.replyMode === "skip next") return client.setReplyMode("skip");
    client.reply.rewind(mark);
    if (client.replyMode === "skip") client.setReplyMode("on");
  }

  #took(command: Command, begin: number, level: "top" | "nested"): void {
    const { clock, store } = this.#server;
    const elapsed = clock.monotonic() - begin;
    if (level === "top") this.#timed += elapsed;
    command.took(elapsed * 1000, 1, this.#server.trackLatency);
    // A command that took its time must not leave the next one in the past.
    if (elapsed > 1 && level === "top") store.setTime(clock.now());
  }

  /** Shares the time of a turn among its commands that are too short to time one by one: asking for the time costs as much as they do. */
  #shareTime(elapsed: number): void {
    let calls = 0;
    for (const command of this.#inBatch) calls += command.callsInTurn;
    for (const command of this.#inBatch) {
      const share = elapsed * 1000 * command.callsInTurn / calls;
      command.took(share, command.callsInTurn, this.#server.trackLatency);
      command.callsInTurn = 0;
    }
    this.#inBatch.length = 0;
  }
}

function unknownCommand(args: Args): CommandError {
  let shown = "";
  for (
    let i = 1;
    i < args.length && shown.length < UNKNOWN_COMMAND_ARGUMENTS;
    i++
  ) {
    shown += `'${
      args.string(i).slice(0, UNKNOWN_COMMAND_ARGUMENTS - shown.length)
    }' `;
  }
  return commandError(
    `unknown command '${
      args.string(0).slice(0, 128)
    }', with args beginning with: ${shown}`,
  );
}

function unknownSubcommand(container: Command, args: Args): CommandError {
  const name = args.string(1).slice(0, 128);
  return commandError(
    `unknown subcommand '${name}'. Try ${container.name.toUpperCase()} HELP.`,
  );
}
