import type { Args } from "../protocol/args.ts";
import {
  CommandError,
  commandError,
  ProtocolError,
  wrongArity,
} from "../protocol/command_error.ts";
import { type Client, Restrictions } from "./client.ts";
import { clientInfo } from "./client_info.ts";
import type { Call } from "./command.ts";
import type { Command } from "./command_table.ts";
import { CommandBits, findSubcommand } from "./command_table.ts";
import type { Server } from "./server.ts";
import { endTransaction, queueCommand } from "./transaction.ts";

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
const INTERNAL_ERROR = commandError(
  "internal error, see the log of the server",
);
/** How much an error shows of what was sent. */
const SHOWN_LENGTH = 128;
const ATTACK_LOG_INTERVAL_MS = 60_000;
/** What runs between MULTI and EXEC even when there is no memory to queue anything more. */
const ENDS_TRANSACTION = new Set(["exec", "discard", "quit", "reset"]);
/** While whatever takes less than this many milliseconds is too fast for any log, short commands may be timed together. */
const TOGETHER_MS = 10;
/** Words of a command line from which the command is timed on its own: it may take its time, whatever it is. */
const LONG_LINE = 64;
/** Output from which the limits of what may wait for a client are looked at between its requests. */
const MUCH_OUTPUT = 16 * 1024;

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
  /** Whose command was the last of them. */
  #batchedFor: Client | undefined = undefined;
  /** Milliseconds of this turn that went into commands timed on their own. */
  #timed = 0;
  /** Milliseconds from which the slow log or the latency monitor want to know of a command. */
  #slowFrom = Infinity;
  /** Whether that is so little that every command is timed on its own. */
  #timesEach = false;
  /** Unix time in milliseconds before which no further attack is logged. */
  #nextAttackLog = 0;

  constructor(server: Server) {
    this.#server = server;
  }

  /** Has commands with any of `bits` looked at closely from now on, or no more. */
  setGate(bits: number, closed: boolean): void {
    if ((bits & CommandBits.write) !== 0) bits |= CommandBits.ping;
    if (closed) this.#gates |= bits;
    else this.#gates &= ~bits;
  }

  /** Takes up from when on a command is slow: `slowlog-log-slower-than` and `latency-monitor-threshold`. */
  followSlowness(): void {
    const { values } = this.#server.config;
    const slow = values["slowlog-log-slower-than"];
    const spike = values["latency-monitor-threshold"];
    this.#slowFrom = Math.min(
      slow < 0 ? Infinity : slow / 1000,
      spike === 0 ? Infinity : spike,
    );
    this.#timesEach = this.#slowFrom < TOGETHER_MS;
  }

  /** Runs every complete request that a client has sent, while it may go on. */
  drain(client: Client): void {
    this.turn(() => {
      const { decoder } = client;
      client.lastInteraction = this.#server.store.now;
      try {
        while (client.runnable && decoder.next()) {
          this.execute(client);
          if (client.postponed) decoder.unread();
          if (client.reply.length > MUCH_OUTPUT) client.transport?.noteOutput();
        }
      } catch (error) {
        if (!(error instanceof ProtocolError)) throw error;
        this.#server.log.verbose(
          `${error.message.replace(/[^ -~]/g, ".")} from client: ${
            clientInfo(client)
          }`,
        );
        this.#server.statistics.error(error.code);
        if (!client.muted) client.reply.error(error);
        client.closeAfterReply();
      }
    });
  }

  /** Does work that may touch the keyspace or clients, at one moment in time; then serves who waited for it and sends all replies. */
  turn(work: () => void): void {
    if (this.#inTurn) return work();
    const { clock, store, blocking, clients, tracking } = this.#server;
    this.#inTurn = true;
    const begin = clock.monotonic();
    store.setTime(clock.now());
    try {
      work();
      if (blocking.hasReady) blocking.serveReady();
      if (tracking.active) tracking.broadcast();
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
    const { args } = client;
    const command = this.#find(args);
    client.lastCommand = command;
    if (command === undefined) return this.#refuseUnknown(client);
    try {
      if (command.refusesLength(args.length)) {
        throw wrongArity(command.fullName);
      }
      if (
        ((command.bits & this.#gates) !== 0 || client.restrictions !== 0) &&
        !this.#admit(client, command)
      ) return;
    } catch (error) {
      command.rejectedCalls++;
      return this.#refuse(client, command, error);
    }
    const { blocking, tracking } = this.#server;
    if (client.tracking !== undefined) tracking.current = client;
    this.run(client, command);
    if (client.restrictions !== 0 && client.blocked === undefined) {
      client.requestEnded();
    }
    if (tracking.current !== undefined) tracking.commandEnded();
    if (blocking.hasReady) blocking.serveReady();
  }

  /** Runs a command that may run: counts it, times it, turns its error into a reply. */
  run(client: Client, command: Command, level: "top" | "nested" = "top"): void {
    const { reply } = client;
    const { monitors, statistics, strict } = this.#server;
    const mark = reply.length;
    const checked = strict?.before();
    const inBatch = command.timedInBatch && level === "top" &&
      !this.#timesEach && client.args.length < LONG_LINE;
    const begin = inBatch ? 0 : this.#server.clock.monotonic();
    try {
      command.handler!(client);
    } catch (error) {
      command.failedCalls++;
      this.#fail(client, error, mark);
      if (client.muted) reply.rewind(mark);
    }
    if (client.restrictions !== 0) {
      this.#mute(client, command, mark);
      this.#server.tracking.commandRan(client, command, client.args);
    }
    if (monitors.active) monitors.show(client, command);
    // INFO does not count itself, and what CONFIG RESETSTAT resets begins with its own call.
    command.calls++;
    statistics.commands++;
    if (inBatch) {
      if (command.callsInTurn++ === 0) this.#inBatch.push(command);
      this.#batchedFor = client;
    } else {
      const how = client.blocked !== undefined ? "to a wait" : "to the end";
      this.#took(client, command, begin, level, how);
    }
    if (checked === undefined) return;
    const violation = strict!.after(checked, command.fullName);
    if (violation !== undefined) this.#fail(client, violation, mark);
  }

  /** Lets a blocked client's operation try again; an error ends its wait as a reply does. */
  retry(client: Client, attempt: () => boolean): boolean {
    const begin = this.#server.clock.monotonic();
    const done = this.#attempt(client, attempt);
    if (done) {
      this.#took(client, client.lastCommand!, begin, "top", "after a wait");
    }
    return done;
  }

  /** Writes what a blocked client hears when its wait ends without being served: a reply or an error. Counts for no latency. */
  giveUp(client: Client, reply: (call: Call) => void): void {
    this.#attempt(client, () => {
      reply(client);
      return true;
    });
  }

  #attempt(client: Client, attempt: () => boolean): boolean {
    const { lastCommand: command, reply } = client;
    const { strict, tracking } = this.#server;
    const mark = reply.length;
    const checked = strict?.before();
    let done = true;
    try {
      if (client.tracking !== undefined) tracking.current = client;
      done = attempt();
    } catch (error) {
      if (command !== undefined) command.failedCalls++;
      this.#fail(client, error, mark);
    }
    if (checked !== undefined) {
      const violation = strict!.after(checked, `Serving ${command?.fullName}`);
      if (violation !== undefined) this.#fail(client, violation, mark);
    }
    if (client.muted && done) reply.rewind(mark);
    if (tracking.current !== undefined) tracking.commandEnded();
    if (!done) return false;
    if (client.restrictions !== 0) client.requestEnded();
    this.#server.clients.hasOutput(client);
    return true;
  }

  /** Returns the command, or the subcommand, of a command line. */
  #find(args: Args): Command | undefined {
    const command = this.#server.table.find(args);
    return command !== undefined && command.subcommands.length > 0 &&
        args.length > 1
      ? findSubcommand(command, args)
      : command;
  }

  /** Decides about a command that a gate or the client's state stands against; returns whether it runs at once. */
  #admit(client: Client, command: Command): boolean {
    const { restrictions, transaction } = client;
    const { pause, tracking } = this.#server;
    if ((this.#gates & CommandBits.shrinksTracking) !== 0) tracking.shrink();
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
    // EXEC stands for all that it will run.
    const bits = command.name === "exec" && transaction !== undefined
      ? command.bits | transaction.bits
      : command.bits;
    if (
      (this.#gates & CommandBits.denyoom) !== 0 &&
      !this.#server.memory.makeRoom() &&
      ((bits & CommandBits.denyoom) !== 0 ||
        transaction !== undefined && !ENDS_TRANSACTION.has(command.name))
    ) throw OUT_OF_MEMORY;
    if (
      (bits & this.#gates & (CommandBits.write | CommandBits.ping)) !== 0
    ) throw DISK_ERROR;
    if (
      (restrictions & Restrictions.subscribed) !== 0 &&
      !client.reply.hasPushes && !FOR_SUBSCRIBERS.has(command.name)
    ) {
      throw commandError(
        `Can't execute '${command.fullName}': only (P|S)SUBSCRIBE / (P|S)UNSUBSCRIBE / ` +
          "PING / QUIT / RESET are allowed in this context",
      );
    }
    if (pause.mustWait(bits)) {
      pause.postpone(client);
      return false;
    }
    if (
      transaction === undefined || (command.bits & CommandBits.unqueued) !== 0
    ) return true;
    queueCommand(client, transaction, command);
    if (!client.muted) client.reply.queued();
    client.requestEnded();
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

  /** Answers a command line that names no command. */
  #refuseUnknown(client: Client): void {
    const { args } = client;
    // Headers of HTTP: some web page has a browser send commands here.
    if (args.is(0, "HOST:") || args.is(0, "POST")) {
      return this.#repel(client);
    }
    const container = this.#server.table.find(args);
    const error = container === undefined
      ? unknownCommand(args)
      : unknownSubcommand(args);
    this.#refuse(client, undefined, error);
  }

  /** Answers a command that may not run: a transaction that was to have it will fail. */
  #refuse(client: Client, command: Command | undefined, error: unknown): void {
    const { transaction } = client;
    const mark = client.reply.length;
    if (transaction !== undefined) transaction.aborted = true;
    if (command?.fullName === "exec" && error instanceof CommandError) {
      endTransaction(client);
      const code = error.code === "ERR" ? "" : `${error.code} `;
      error = new CommandError(
        "EXECABORT",
        `Transaction discarded because of: ${code}${error.message}`,
      );
    }
    this.#fail(client, error, mark);
    if (client.muted) client.reply.rewind(mark);
    client.requestEnded();
  }

  /** Drops a connection that speaks HTTP, without a word. */
  #repel(client: Client): void {
    const { clients, log, store } = this.#server;
    if (store.now >= this.#nextAttackLog) {
      log.warning(
        "Possible SECURITY ATTACK detected. It looks like somebody is sending POST or Host: commands " +
          "to Redis. This is likely due to an attacker attempting to use Cross Protocol Scripting to " +
          "compromise your Redis instance. Connection aborted.",
      );
      this.#nextAttackLog = store.now + ATTACK_LOG_INTERVAL_MS;
    }
    clients.kill(client);
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
      const { strict } = this.#server;
      if (strict !== undefined) {
        strict.violations.push(toError(error));
        reply = commandError(`internal error: ${toError(error).message}`);
      }
    }
    this.#server.statistics.error(reply.code);
    client.reply.error(reply);
  }

  /** CLIENT REPLY: drops the reply of a client that wants none. EXEC drops what is its own; each command in it has the mode of its moment. */
  #mute(client: Client, command: Command, mark: number): void {
    if (client.muted && command.fullName !== "exec") client.reply.rewind(mark);
  }

  /** Adds up the time of a command that is timed on its own. A call that blocks counts for latency at its end. */
  #took(
    client: Client,
    command: Command,
    begin: number,
    level: "top" | "nested",
    how: Stretch,
  ): void {
    const { clock, store, trackLatency } = this.#server;
    const elapsed = clock.monotonic() - begin;
    if (level === "top") this.#timed += elapsed;
    command.took(elapsed * 1000, 1, trackLatency && how !== "to a wait");
    if (elapsed >= this.#slowFrom) this.#slow(client, command, elapsed, how);
    // A command that took its time must not leave the next one in the past.
    if (elapsed > 1 && level === "top") store.setTime(clock.now());
  }

  /** Shares the time of a turn among its commands that are too short to time one by one: asking for the time costs as much as they do. */
  #shareTime(elapsed: number): void {
    let calls = 0;
    for (const command of this.#inBatch) calls += command.callsInTurn;
    const client = this.#batchedFor!;
    // Of one among several nobody knows which it was; its arguments have gone, too.
    if (
      calls === 1 && elapsed >= this.#slowFrom && client.decoder.buffered === 0
    ) this.#slow(client, this.#inBatch[0]!, elapsed, "to the end");
    this.#batchedFor = undefined;
    for (const command of this.#inBatch) {
      const share = elapsed * 1000 * command.callsInTurn / calls;
      command.took(share, command.callsInTurn, this.#server.trackLatency);
      command.callsInTurn = 0;
    }
    this.#inBatch.length = 0;
  }

  /** Tells the latency monitor and the slow log of a command that took `elapsed` milliseconds. */
  #slow(
    client: Client,
    command: Command,
    elapsed: number,
    how: Stretch,
  ): void {
    const { config: { values }, latencyMonitor, slowLog } = this.#server;
    const event = command.has("fast") ? "fast-command" : "command";
    latencyMonitor.record(
      how === "after a wait" ? "command-unblocking" : event,
      elapsed,
    );
    const limit = values["slowlog-log-slower-than"];
    const microseconds = Math.floor(elapsed * 1000);
    if (how === "to a wait" || limit < 0 || microseconds < limit) return;
    if (command.has("skip_slowlog")) return;
    slowLog.add(client, command, microseconds, values["slowlog-max-len"]);
  }
}

/** Which part of a command's work was timed: a client that waits for keys has its command run twice. */
type Stretch = "to the end" | "to a wait" | "after a wait";

function toError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(String(thrown));
}

function unknownCommand(args: Args): CommandError {
  let words = "";
  for (let i = 1; i < args.length && words.length < SHOWN_LENGTH; i++) {
    words += `'${shown(args, i, SHOWN_LENGTH - words.length)}' `;
  }
  return commandError(
    `unknown command '${shown(args, 0)}', with args beginning with: ${words}`,
  );
}

function unknownSubcommand(args: Args): CommandError {
  const container = args.string(0).toUpperCase();
  return commandError(
    `unknown subcommand '${shown(args, 1)}'. Try ${container} HELP.`,
  );
}

/** Returns the beginning of an argument, up to a zero byte, as errors show it. */
function shown(args: Args, i: number, length = SHOWN_LENGTH): string {
  const start = args.starts[i]!;
  const end = Math.min(args.ends[i]!, start + length);
  return args.bytes.latin1Slice(start, end).replace(/\0.*/s, "");
}
