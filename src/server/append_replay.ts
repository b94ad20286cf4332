import { AppendDecoder } from "../persistence/append_decoder.ts";
import { AppendLogError } from "../persistence/append_error.ts";
import type { Args } from "../protocol/args.ts";
import { CommandError } from "../protocol/command_error.ts";
import type { Client } from "./client.ts";
import { CommandQueue } from "./command_queue.ts";
import type { Command } from "./command_table.ts";
import type { Server } from "./server.ts";

/**
 * Runs the commands of a log again. A transaction runs when it is complete. What
 * a log cannot have is damage: commands for administrators, unknown ones, and
 * such as fail, which they did not when they were logged. Only in a file without
 * checksums, as redis-server writes it, failures count for nothing, as there.
 */
export class AppendReplay {
  readonly decoder = new AppendDecoder();
  readonly #server: Server;
  readonly #client: Client;
  readonly #queue = new CommandQueue();
  /** The commands of a transaction, while one is being read. */
  #transaction: CommandQueue | undefined = undefined;
  #transactionBegin = 0;
  /** How many commands have failed in a file that has no checksum so far, and how the first did. */
  failures = 0;
  firstFailure: AppendLogError | undefined = undefined;
  /** Whether the commands of a transaction are being run. */
  #isExec = false;

  constructor(server: Server) {
    this.#server = server;
    this.#client = server.createScriptClient();
    this.#client.mustObey = true;
  }

  /** Runs every whole command that the decoder has. Throws AppendLogError. */
  run(): void {
    const { decoder } = this;
    this.#server.store.withoutExpiry(() => {
      for (;;) {
        const isWhole = decoder.next();
        if (this.firstFailure !== undefined && decoder.hasChecksum) {
          throw this.firstFailure;
        }
        if (!isWhole) return;
        this.#take(decoder.args);
      }
    });
  }

  /** Whether a transaction has begun and not ended. */
  get inTransaction(): boolean {
    return this.#transaction !== undefined;
  }

  /** To be called at the end of the file: returns up to where it is whole. Throws AppendLogError when it is not merely cut. */
  finish(): number {
    const end = this.decoder.finish();
    return this.#transaction === undefined ? end : this.#transactionBegin;
  }

  #take(args: Args): void {
    const command = this.#find(args);
    const { name } = command;
    if (name === "multi") {
      if (this.#transaction !== undefined) throw this.#damage("MULTI in MULTI");
      this.#transaction = this.#queue;
      this.#transactionBegin = this.decoder.begin;
    } else if (name === "exec") {
      const commands = this.#transaction;
      if (commands === undefined) throw this.#damage("EXEC without MULTI");
      this.#transaction = undefined;
      this.#isExec = true;
      for (let i = 0; i < commands.length; i++) {
        this.#execute(commands.point(i), commands.args);
      }
      this.#isExec = false;
      commands.clear();
    } else if (this.#transaction !== undefined) {
      this.#transaction.add(command, args);
    } else this.#execute(command, args);
  }

  #find(args: Args): Command {
    const { table } = this.#server;
    const command = table.resolve(args);
    if (command === undefined) {
      throw this.#damage(`unknown command ${shown(args)}`);
    }
    if (command.refusesLength(args.length)) {
      throw this.#damage(`too few or too many words for ${shown(args)}`);
    }
    // One command of administrators changes data: PFDEBUG.
    if (
      command.has("admin") && !command.has("write") ||
      command.handler === undefined
    ) {
      throw this.#damage(`${shown(args)} cannot be in a log`);
    }
    return command;
  }

  #execute(command: Command, args: Args): void {
    const client = this.#client;
    client.args = args;
    client.lastCommand = command;
    try {
      command.handler!(client, command);
    } catch (error) {
      if (!(error instanceof CommandError)) throw error;
      const failure = this.#damage(
        `${shown(args)} fails: ${error.code} ${error.message}`,
      );
      if (this.decoder.hasChecksum) throw failure;
      this.firstFailure ??= failure;
      this.failures++;
    }
    client.reply.rewind(0);
  }

  #damage(reason: string): AppendLogError {
    const { begin } = this.decoder;
    const cutAt = this.#isExec || this.inTransaction
      ? this.#transactionBegin
      : begin;
    return new AppendLogError(begin, reason, cutAt);
  }
}

/** The name of a command, for a message. */
function shown(args: Args): string {
  return JSON.stringify(args.string(0).slice(0, 64));
}
