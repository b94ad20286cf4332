import { Buffer } from "node:buffer";
import type { Client, Transport } from "../../src/server/client.ts";
import type { Server } from "../../src/server/server.ts";

/** A client of a server in this process, without a socket: what it sends has run when `send()` returns, if the server has loaded its script engine. */
export class InsideClient implements Transport {
  readonly address = "127.0.0.1:1";
  readonly localAddress = "127.0.0.1:2";
  readonly kind = "tcp";
  readonly pendingBytes = 0;
  readonly outputMark = 0;
  readonly stalledSince = 0;
  closed = false;
  readonly #client: Client;
  readonly #keep: boolean;
  #received = "";

  /** With `keep` false what it is sent is dropped. */
  constructor(server: Server, keep = true) {
    this.#client = server.createClient();
    this.#client.transport = this;
    this.#keep = keep;
  }

  /** Index of the database that it has selected. */
  get database(): number {
    return this.#client.db.index;
  }

  whenSent(): Promise<void> {
    return Promise.resolve();
  }

  send(bytes: Uint8Array): void {
    const { decoder, server } = this.#client;
    decoder.push(bytes);
    server.executor.drain(this.#client);
    this.flush();
  }

  /** Returns what has been received since the last time. */
  take(): string {
    const text = this.#received;
    this.#received = "";
    return text;
  }

  /** Sends one request and returns all that comes of it. */
  ask(request: string): string {
    this.send(Buffer.from(request, "latin1"));
    return this.take();
  }

  release(): void {}

  flush(): void {
    this.noteOutput();
    if (this.#client.closing) this.close();
  }

  noteOutput(): void {
    const { reply } = this.#client;
    if (reply.length === 0) return;
    const bytes = reply.take();
    if (!this.#keep) return;
    this.#received += Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
      .latin1Slice();
  }

  resume(): void {}

  close(): void {
    if (this.closed) return;
    this.closed = true;
    this.#client.server.clients.remove(this.#client);
  }
}
