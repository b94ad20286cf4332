import type { Database } from "../store/database.ts";
import type { Client } from "./client.ts";
import type { Server } from "./server.ts";

/** As many clients are served together, and no more once their replies are this long: those who are first wait for the others. */
const MOST_TOGETHER = 16;
const MUCH_OUTPUT = 8 * 1024;

/** A connection from which requests have come. */
export interface Gathered {
  readonly client: Client;
  /** Hears that what had come was run: replies may leave, and more may be read. */
  served(): void;
  failed(error: unknown): void;
}

/**
 * Serves clients together whose requests have come in the same tick of the event
 * loop: in one turn, and with the keys of all of them fetched at once. Most
 * clients send one request and wait, so that this is to them what a pipeline is
 * to those who send many.
 */
export class Gathering {
  readonly #server: Server;
  #gathered: Gathered[] = [];
  /** The array that is not in use. */
  #spare: Gathered[] = [];
  /** Where the key of a request begins and ends in the read buffer. */
  readonly #ahead = new Int32Array(2);

  constructor(server: Server) {
    this.#server = server;
  }

  /** Has a connection served as soon as all that have come are known. */
  add(connection: Gathered): void {
    if (this.#gathered.push(connection) === 1) queueMicrotask(this.#serve);
  }

  readonly #serve = (): void => {
    const connections = this.#gathered;
    this.#gathered = this.#spare;
    this.#spare = connections;
    let from = 0;
    while (from < connections.length) from = this.#serveSome(connections, from);
    connections.length = 0;
  };

  /** Serves some of the connections, from one on; returns from where to go on. */
  #serveSome(connections: readonly Gathered[], from: number): number {
    const { executor, scripts } = this.#server;
    const { db } = connections[from]!.client;
    const most = Math.min(connections.length, from + MOST_TOGETHER);
    let to = from;
    try {
      executor.turn(() => {
        if (db.large) this.#prefetch(db, connections, from, most);
        let output = 0;
        do {
          const connection = connections[to++]!;
          this.#drain(connection);
          output += connection.client.reply.length;
        } while (to < most && output < MUCH_OUTPUT && !scripts.suspended);
      });
    } catch (error) {
      for (let i = from; i < to; i++) connections[i]!.failed(error);
      return to;
    } finally {
      db.prefetch.clear();
    }
    for (let i = from; i < to; i++) connections[i]!.served();
    return to;
  }

  /** Runs what has come from one; what is wrong with it is not the others' affair. */
  #drain(connection: Gathered): void {
    try {
      this.#server.executor.drain(connection.client);
    } catch (error) {
      connection.failed(error);
    }
  }

  /** Fetches what the first requests of these connections need of a database. */
  #prefetch(
    db: Database,
    connections: readonly Gathered[],
    from: number,
    to: number,
  ): void {
    const ahead = this.#ahead;
    for (let i = from; i < to; i++) {
      const { client } = connections[i]!;
      const { decoder } = client;
      if (client.db === db && decoder.lookAhead(ahead) > 0) {
        db.prefetch.add(decoder.args.block, ahead[0]!, ahead[1]!);
      }
    }
    db.prefetch.run();
  }
}
