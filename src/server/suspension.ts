import type { Client } from "./client.ts";

/**
 * A command that has stopped halfway while the event loop turns: a script that
 * takes long. It keeps what is to follow once it is over, innermost first: the
 * rest of a transaction, the statistics of each command around it.
 */
export class Suspension {
  readonly #client: Client;
  #rest: (() => void)[] = [];

  /** Suspends a client: it runs no more requests, and what it was replied stays. */
  constructor(client: Client) {
    this.#client = client;
    // The read buffer goes on being used.
    client.args = client.args.copy();
    client.suspended = this;
  }

  /** Has `work` done after all that was added before it. */
  then(work: () => void): void {
    this.#rest.push(work);
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
