import {
  type CommandError,
  ProtocolError,
  wrongArity,
} from "../protocol/command_error.ts";
import { MOST_KEYS } from "../store/key_prefetch.ts";
import type { Client } from "./client.ts";
import type { Call } from "./command.ts";
import type { Command } from "./command_table.ts";
import { CommandTiming, type Timing } from "./command_timing.ts";
import { Gate } from "./gate.ts";
import { Refusals } from "./refusals.ts";
import type { Server } from "./server.ts";
import type { Checked } from "./strict_mode.ts";
import type { Suspension } from "./suspension.ts";

/** Output from which the limits of what may wait for a client are looked at between its requests. */
const MUCH_OUTPUT = 16 * 1024;

/** What was so before a command ran. */
interface Before {
  readonly mark: number;
  readonly dirty: number;
  readonly begin: number;
  readonly timing: Timing;
  readonly checked: Checked | undefined;
}

/**
 * Runs commands: the one place where requests of all clients, transactions and
 * retries of blocked operations meet the command table, the rules about who may
 * run what and when, the statistics, and what happens after a command.
 */
export class Executor {
  readonly #server: Server;
  readonly #gate: Gate;
  /** How long commands take, and who hears of it. */
  readonly timing: CommandTiming;
  /** What a command line hears that is refused, or fails. */
  readonly refusals: Refusals;
  /** Where the keys of requests that are still to run begin and end in the read buffer. */
  readonly #keysAhead = new Int32Array(MOST_KEYS * 2);
  /** With how many requests to look ahead again. */
  #unseen = 0;
  /** Whether a turn is under way: the time is set, and replies are sent at its end. */
  #inTurn = false;

  constructor(server: Server) {
    this.#server = server;
    this.#gate = new Gate(server);
    this.timing = new CommandTiming(server);
    this.refusals = new Refusals(server);
  }

  /** Has commands with any of `bits` looked at closely from now on, or no more. */
  setGate(bits: number, closed: boolean): void {
    this.#gate.set(bits, closed);
  }

  /** What writes are refused with at the moment, because a snapshot or the log cannot be written. */
  get diskError(): CommandError | undefined {
    return this.#gate.diskError;
  }

  /** What writes are refused with because of what the server is in replication. */
  get writeError(): CommandError | undefined {
    return this.#gate.writeError;
  }

  set writeError(error: CommandError | undefined) {
    this.#gate.writeError = error;
  }

  /** Has writes refused from now on, because a snapshot or the log cannot be written, or no more. */
  refuseWrites(
    because: "snapshot" | "log",
    error: CommandError | undefined,
  ): void {
    this.#gate.refuseWrites(because, error);
  }

  /** Runs every complete request that a client has sent, while it may go on. */
  drain(client: Client): void {
    if (this.#inTurn) return this.#serve(client);
    const begin = this.#beginTurn();
    try {
      this.#serve(client);
      this.#serveWaiting();
    } finally {
      this.#endTurn(begin);
    }
  }

  #serve(client: Client): void {
    const { scripts, store } = this.#server;
    client.lastInteraction = store.now;
    this.#unseen = 0;
    scripts.runner.loop(client, this.#drain);
  }

  /** Runs requests until there is no more, or a script is to run. */
  readonly #drain = (client: Client): void => {
    const { decoder } = client;
    try {
      while (client.runnable) {
        if (this.#unseen === 0) this.#unseen = this.#lookAhead(client);
        if (!decoder.next()) break;
        this.#unseen--;
        this.execute(client);
        if (client.postponed) decoder.unread();
        const { length, overflowed } = client.reply;
        if (length > MUCH_OUTPUT || overflowed) {
          client.transport?.noteOutput();
        }
      }
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      this.refusals.breakOff(client, error);
    }
  };

  /** Prepares for the keys of the requests that have come; returns with how many of them to look again. */
  #lookAhead({ db, decoder }: Client): number {
    if (!db.large) return MOST_KEYS;
    const ahead = this.#keysAhead;
    const count = decoder.lookAhead(ahead);
    if (count < 2) return MOST_KEYS;
    const { prefetch } = db;
    const { block } = decoder.args;
    prefetch.clear();
    for (let i = 0; i < count; i++) {
      prefetch.add(block, ahead[i * 2]!, ahead[i * 2 + 1]!);
    }
    prefetch.run();
    return count;
  }

  /** Does work that may touch the keyspace or clients, at one moment in time; then serves who waited for it and sends all replies. */
  turn(work: () => void): void {
    if (this.#inTurn) return work();
    const begin = this.#beginTurn();
    try {
      work();
      this.#serveWaiting();
    } finally {
      this.#endTurn(begin);
    }
  }

  #beginTurn(): number {
    const { clock, store, scripts } = this.#server;
    this.#inTurn = true;
    const begin = clock.monotonic();
    // For a script that is suspended, time stands still.
    if (!scripts.suspended) store.setTime(clock.now());
    return begin;
  }

  #serveWaiting(): void {
    const { blocking, scripts, tracking } = this.#server;
    if (scripts.suspended) return;
    if (blocking.hasReady) blocking.serveReady();
    if (tracking.active) tracking.broadcast();
  }

  #endTurn(begin: number): void {
    const { clients, propagation, scripts } = this.#server;
    this.timing.turnEnded(begin);
    this.#inTurn = false;
    if (propagation.active && !scripts.suspended) propagation.turnEnded();
    clients.flush();
  }

  /** A suspended script runs on, until it is suspended again or `completeTurn()` follows its end. */
  resumeTurn(): void {
    this.#inTurn = true;
  }

  suspendTurn(): void {
    this.#inTurn = false;
    this.#server.clients.flush();
  }

  /** Ends the turn of a command that was suspended: does what is left, then what every turn ends with. */
  completeTurn(work: () => void): void {
    this.#inTurn = false;
    this.turn(work);
  }

  /** Returns whether commands with any of `bits` are looked at closely at the moment. */
  isGated(bits: number): boolean {
    return (this.#gate.bits & bits) !== 0;
  }

  /** Runs the request in `client.args`, or queues, postpones or refuses it. */
  execute(client: Client): void {
    const { args } = client;
    const command = this.#server.table.resolve(args);
    client.lastCommand = command;
    if (command === undefined) return this.refusals.refuseUnknown(client);
    try {
      if (command.refusesLength(args.length)) {
        throw wrongArity(command.fullName);
      }
      if (
        ((command.bits & this.#gate.bits) !== 0 ||
          client.restrictions !== 0) && !this.#gate.admit(client, command)
      ) return;
    } catch (error) {
      command.rejectedCalls++;
      return this.refusals.refuse(client, command, error);
    }
    if (client.tracking !== undefined) this.#server.tracking.current = client;
    this.run(client, command);
    if (client.suspended === undefined) this.#executed(client);
  }

  /** Does what follows a request that was suspended. */
  complete(suspended: Suspension): void {
    const { client, command, error, mark, timing } = suspended;
    if (error !== undefined) {
      command!.failedCalls++;
      this.refusals.fail(client, error, mark);
    }
    const { begin, checked, dirty } = suspended;
    this.#ran(client, command!, "top", mark, dirty, begin, timing, checked);
    this.#executed(client);
  }

  #executed(client: Client): void {
    const { blocking, tracking } = this.#server;
    if (client.restrictions !== 0 && client.blocked === undefined) {
      client.requestEnded();
    }
    if (tracking.current !== undefined) tracking.commandEnded();
    if (blocking.hasReady) blocking.serveReady();
  }

  /** Runs a command that may run: counts it, times it, turns its error into a reply. */
  run(client: Client, command: Command, level: "top" | "nested" = "top"): void {
    const { reply } = client;
    const { store, strict } = this.#server;
    const mark = reply.length;
    const { dirty } = store;
    const checked = strict?.before();
    const timing = this.timing.choose(client, command, level);
    const begin = timing === "alone" ? this.timing.begin(client, level) : 0;
    try {
      command.handler!(client, command);
    } catch (error) {
      command.failedCalls++;
      // Its error is the reply: a wait that has begun would end in another.
      if (client.blocked !== undefined) this.#server.blocking.release(client);
      this.refusals.fail(client, error, mark);
      if (client.muted) reply.rewind(mark);
    }
    const { suspended } = client;
    if (suspended === undefined) {
      this.#ran(client, command, level, mark, dirty, begin, timing, checked);
    } else if (level === "top") {
      suspended.holds(command, mark, dirty, begin, timing, checked);
    } else {
      const before = { mark, dirty, begin, timing, checked };
      this.#ranLate(suspended, client, command, before);
    }
  }

  #ranLate(
    suspended: Suspension,
    client: Client,
    command: Command,
    { mark, dirty, begin, timing, checked }: Before,
  ): void {
    suspended.then(() => {
      this.#ran(client, command, "nested", mark, dirty, begin, timing, checked);
    });
  }

  /** Does what follows a command that has run: it is counted, timed, shown and propagated. */
  #ran(
    client: Client,
    command: Command,
    level: "top" | "nested",
    mark: number,
    dirty: number,
    begin: number,
    timing: Timing,
    checked: Checked | undefined,
  ): void {
    const { monitors, propagation, statistics, store, strict } = this.#server;
    if (client.restrictions !== 0) {
      this.#mute(client, command, mark);
      this.#server.tracking.commandRan(client, command, client.args);
    }
    if (propagation.active) {
      propagation.commandRan(client, command, store.dirty > dirty, level);
    }
    if (monitors.active) monitors.show(client, command);
    // INFO does not count itself, and what CONFIG RESETSTAT resets begins with its own call.
    command.calls++;
    statistics.commands++;
    this.timing.ran(client, command, timing, begin, level);
    if (checked === undefined) return;
    const violation = strict!.after(checked, command.fullName);
    if (violation !== undefined) this.refusals.fail(client, violation, mark);
  }

  /** Lets a blocked client's operation try again; an error ends its wait as a reply does. */
  retry(client: Client, attempt: () => boolean): boolean {
    const begin = this.#server.clock.monotonic();
    const done = this.#attempt(client, attempt);
    if (done) {
      this.timing.took(
        client,
        client.lastCommand!,
        begin,
        "top",
        "after a wait",
      );
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
    const { propagation, strict, tracking } = this.#server;
    const mark = reply.length;
    const checked = strict?.before();
    let done = true;
    try {
      if (client.tracking !== undefined) tracking.current = client;
      done = attempt();
    } catch (error) {
      if (command !== undefined) command.failedCalls++;
      this.refusals.fail(client, error, mark);
    }
    if (propagation.active) propagation.retried(client);
    if (checked !== undefined) {
      const violation = strict!.after(checked, `Serving ${command?.fullName}`);
      if (violation !== undefined) this.refusals.fail(client, violation, mark);
    }
    if (client.muted && done) reply.rewind(mark);
    if (tracking.current !== undefined) tracking.commandEnded();
    if (!done) return false;
    if (client.restrictions !== 0) client.requestEnded();
    this.#server.clients.hasOutput(client);
    return true;
  }

  /** CLIENT REPLY: drops the reply of a client that wants none. EXEC drops what is its own; each command in it has the mode of its moment. */
  #mute(client: Client, command: Command, mark: number): void {
    if (client.muted && command.fullName !== "exec") client.reply.rewind(mark);
  }
}
