import type { Client } from "./client.ts";

/** The clients that are connected, and which of them have replies to be sent. */
export class Clients {
  readonly #clients = new Map<number, Client>();
  #withOutput: Client[] = [];
  /** The array that `#withOutput` takes turns with. */
  #flushed: Client[] = [];
  #lastId = 0;
  /** Who waits until the last client has gone. */
  #waiting: (() => void)[] = [];

  /** Number of clients. */
  get size(): number {
    return this.#clients.size;
  }

  /** Returns the id for the next client. */
  nextId(): number {
    return ++this.#lastId;
  }

  add(client: Client): void {
    this.#clients.set(client.id, client);
  }

  /** Forgets a client whose connection has ended, with whatever it waited for, watched, tracked or subscribed to. */
  remove(client: Client): void {
    if (!this.#clients.delete(client.id)) return;
    client.closing = true;
    client.server.pause.release(client);
    client.server.blocking.release(client);
    client.server.watches.forget(client);
    client.server.monitors.forget(client);
    client.server.pubsub.forget(client);
    client.server.tracking.disable(client);
    client.server.clientEviction.forget(client);
    client.server.replication.forget(client);
    if (this.size > 0) return;
    for (const resolve of this.#waiting) resolve();
    this.#waiting = [];
  }

  /** Resolves when no client is left. */
  gone(): Promise<void> {
    if (this.size === 0) return Promise.resolve();
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  /** Ends a client's connection at once: what is written and not sent yet is dropped. */
  kill(client: Client): void {
    client.closing = true;
    if (client.transport === undefined) this.remove(client);
    else client.transport.close();
  }

  get(id: number): Client | undefined {
    return this.#clients.get(id);
  }

  /** The clients in the order in which they came. */
  [Symbol.iterator](): Iterator<Client> {
    return this.#clients.values();
  }

  /** Notes that a client was written to by something else than its own request. */
  hasOutput(client: Client): void {
    if (client.awaitsFlush) return;
    client.awaitsFlush = true;
    this.#withOutput.push(client);
  }

  /** Has everything sent that `hasOutput()` was told of. */
  flush(): void {
    const clients = this.#withOutput;
    if (clients.length === 0) return;
    this.#withOutput = this.#flushed;
    this.#flushed = [];
    for (const client of clients) {
      client.awaitsFlush = false;
      client.transport?.flush();
    }
    clients.length = 0;
    this.#flushed = clients;
  }
}
