import {
  CommandError,
  commandError,
  type ProtocolError,
} from "../protocol/command_error.ts";
import type { Client } from "./client.ts";
import { clientInfo } from "./client_info.ts";
import type { Command } from "./command_table.ts";
import type { Server } from "./server.ts";
import { endTransaction } from "./transaction.ts";
import { unknownCommand, unknownSubcommand } from "./unknown_command.ts";

const INTERNAL_ERROR = commandError(
  "internal error, see the log of the server",
);
const ATTACK_LOG_INTERVAL_MS = 60_000;

/** Answers command lines that are no command, may not run, or fail; and breaks off with who does not speak the protocol. */
export class Refusals {
  readonly #server: Server;
  /** Unix time in milliseconds before which no further attack is logged. */
  #nextAttackLog = 0;

  constructor(server: Server) {
    this.#server = server;
  }

  /** Tells a client what was wrong with its bytes, and lets it go. */
  breakOff(client: Client, error: ProtocolError): void {
    this.#server.log.verbose(
      `${error.message.replace(/[^ -~]/g, ".")} from client: ${
        clientInfo(client)
      }`,
    );
    this.#server.statistics.error(error.code);
    if (!client.muted) client.reply.error(error);
    client.closeAfterReply();
  }

  /** Replies with an error, and counts it: to a command that has written nothing. */
  answer(client: Client, error: unknown): void {
    const mark = client.reply.length;
    this.fail(client, error, mark);
    if (client.muted) client.reply.rewind(mark);
  }

  /** Answers a command line that names no command. */
  refuseUnknown(client: Client): void {
    const { args } = client;
    // Headers of HTTP: some web page has a browser send commands here.
    if (args.is(0, "HOST:") || args.is(0, "POST")) {
      return this.#repel(client);
    }
    const container = this.#server.table.find(args);
    const error = container === undefined
      ? unknownCommand(args)
      : unknownSubcommand(args);
    this.refuse(client, undefined, error);
  }

  /** Answers a command that may not run: a transaction that was to have it will fail. */
  refuse(client: Client, command: Command | undefined, error: unknown): void {
    const { transaction } = client;
    if (transaction !== undefined) transaction.aborted = true;
    if (command?.fullName === "exec" && error instanceof CommandError) {
      endTransaction(client);
      const code = error.code === "ERR" ? "" : `${error.code} `;
      error = new CommandError(
        "EXECABORT",
        `Transaction discarded because of: ${code}${error.message}`,
      );
    }
    this.answer(client, error);
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

  /** Writes an error in the place of whatever a command has written since `mark`, and counts it. One that is no error of a command is a bug, and logged. */
  fail(client: Client, error: unknown, mark: number): void {
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
}

function toError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(String(thrown));
}
