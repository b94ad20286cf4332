import type { Client } from "./client.ts";

/**
 * What is to follow a command that has not ended when its handler returns,
 * innermost first: the rest of a transaction, the statistics of each command
 * around it. Such a command runs a script, which runs a little later in the same
 * turn, or takes long and lets the event loop turn. Meanwhile the client runs no
 * more requests, and what it was replied stays.
 */
export class Suspension {
  #client: Client;
  readonly #rest: (() => void)[] = [];
  /** What the script has failed with that is no error of the script. */
  error: unknown = undefined;

  constructor(client: Client) {
    this.#client = client;
    client.suspended = this;
  }

  /** Has it stand for the next command, which may be another client's, once what followed the last one is done. */
  reuse(client: Client): void {
    this.#client = client;
    this.#rest.length = 0;
    this.error = undefined;
    client.suspended = this;
  }

  /** Has `work` done after all that was added before it. */
  then(work: () => void): void {
    this.#rest.push(work);
  }

  /** The event loop is about to turn. */
  leaveTurn(): void {
    const client = this.#client;
    // The read buffer goes on being used.
    client.args = client.args.copy();
  }

  /** Goes on in the turn that the command began in. */
  goOn(): void {
    this.#client.suspended = undefined;
    for (const work of this.#rest) work();
  }

  /** Goes on: does what was added, until it is done or is suspended again. */
  finish(): void {
    const client = this.#client;
    client.suspended = undefined;
    client.server.executor.completeTurn(() => {
      for (let i = 0; i < this.#rest.length; i++) {
        this.#rest[i]!();
        const again = client.suspended as Suspension | undefined;
        if (again === undefined) continue;
        for (const work of this.#rest.slice(i + 1)) again.then(work);
        return;
      }
      client.args = client.decoder.args;
      client.server.clients.hasOutput(client);
      client.transport?.resume();
    });
  }
}
