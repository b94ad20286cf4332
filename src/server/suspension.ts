import type { Client } from "./client.ts";
import type { Command } from "./command_table.ts";
import type { Timing } from "./command_timing.ts";
import type { Checked } from "./strict_mode.ts";

/**
 * A command that has not ended when its handler returns: it runs a script, which
 * runs a little later in the same turn, or takes long and lets the event loop
 * turn. Meanwhile the client runs no more requests, and what it was replied
 * stays.
 *
 * It keeps what is to follow: the rest of a transaction, innermost first, then
 * what the executor does after every command.
 */
export class Suspension {
  #client: Client;
  readonly #rest: (() => void)[] = [];
  /** What the script has failed with that is no error of the script. */
  error: unknown = undefined;
  /** The request, and what was so before it ran. Numbers in fields, so that a short script leaves nothing to the garbage collector. */
  command: Command | undefined = undefined;
  mark = 0;
  dirty = 0;
  begin = 0;
  timing: Timing = "alone";
  checked: Checked | undefined = undefined;

  constructor(client: Client) {
    this.#client = client;
    client.suspended = this;
  }

  get client(): Client {
    return this.#client;
  }

  /** Has it stand for the next command, which may be another client's, once all that followed the last one is done. */
  reuse(client: Client): void {
    this.#client = client;
    this.error = undefined;
    client.suspended = this;
  }

  /** Takes the request, which is the outermost command. */
  holds(
    command: Command,
    mark: number,
    dirty: number,
    begin: number,
    timing: Timing,
    checked: Checked | undefined,
  ): void {
    this.command = command;
    this.mark = mark;
    this.dirty = dirty;
    this.begin = begin;
    this.timing = timing;
    this.checked = checked;
  }

  /** Has `work` done after all that was added before it, and before what follows the request. */
  then(work: () => void): void {
    this.#rest.push(work);
  }

  /** The event loop is about to turn. */
  leaveTurn(): void {
    const client = this.#client;
    // The read buffer goes on being used.
    client.args = client.args.copy();
  }

  /** Goes on in the turn that the request began in. */
  goOn(): void {
    const client = this.#client;
    client.suspended = undefined;
    client.server.executor.complete(this);
  }

  /** Goes on: does what was added, until it is done or is suspended again. */
  finish(): void {
    const client = this.#client;
    const { executor } = client.server;
    client.suspended = undefined;
    executor.completeTurn(() => {
      for (let i = 0; i < this.#rest.length; i++) {
        this.#rest[i]!();
        const again = client.suspended as Suspension | undefined;
        if (again === undefined) continue;
        const { command, mark, dirty, begin, timing, checked } = this;
        for (const work of this.#rest.slice(i + 1)) again.then(work);
        return again.holds(command!, mark, dirty, begin, timing, checked);
      }
      executor.complete(this);
      client.args = client.decoder.args;
      client.server.clients.hasOutput(client);
      client.transport?.resume();
    });
  }
}
