import type { Client, Transport } from "./client.ts";
import type { Server } from "./server.ts";

/** Carries one client's bytes over a socket: requests in, replies out, nothing else. */
export class Connection implements Transport {
  readonly address: string;
  readonly localAddress: string;
  readonly kind: "tcp" | "unix";
  /** Since when, on the monotonic clock, the peer has taken nothing of what waits for it; 0 when nothing waits. */
  stalledSince = 0;
  readonly #conn: Deno.Conn;
  readonly #client: Client;
  readonly #server: Server;
  /** Settles when what was being sent has left; undefined when nothing is. */
  #sending: Promise<void> | undefined = undefined;
  #inFlight = 0;
  #closed = false;
  /** Lets requests be read again although the peer does not take its replies. */
  #readOn: (() => void) | undefined = undefined;

  constructor(conn: Deno.Conn, client: Client, server: Server) {
    this.#conn = conn;
    this.#client = client;
    this.#server = server;
    const { remoteAddr, localAddr } = conn;
    this.kind = remoteAddr.transport === "tcp" ? "tcp" : "unix";
    this.address = shown(remoteAddr, localAddr);
    this.localAddress = shown(localAddr, localAddr);
  }

  /** Number of bytes that are written and have not left. */
  get pendingBytes(): number {
    return this.#inFlight + this.#client.reply.length;
  }

  /** Serves the client until it goes away or is sent away. */
  async serve(): Promise<void> {
    try {
      for await (const _ of this.#reads()) {
        this.#server.executor.drain(this.#client);
        this.flush();
        if (this.#sending !== undefined) {
          await this.#sentOrStalled(this.#sending);
        }
      }
    } catch (error) {
      if (!isDisconnection(error)) throw error;
    } finally {
      this.close();
    }
  }

  flush(): void {
    if (this.#sending !== undefined || this.#closed) return;
    if (this.#client.reply.length > 0) this.#sending = this.#send();
    else if (this.#client.closing) this.close();
  }

  resume(): void {
    // Not at once: another client's request may be running.
    queueMicrotask(() => {
      if (this.#closed) return;
      this.#server.executor.drain(this.#client);
      this.flush();
    });
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#server.clients.remove(this.#client);
    this.#readOn?.();
    try {
      this.#conn.close();
    } catch {
      // The peer was faster.
    }
  }

  /** Lets the client be read again although its replies wait: it may be sending all it has before it reads. */
  readOn(): void {
    this.#readOn?.();
  }

  /** Yields after each read, which has put its bytes into the decoder. */
  async *#reads(): AsyncGenerator<void, void, void> {
    const { decoder } = this.#client;
    const { statistics } = this.#server;
    while (!this.#closed) {
      const n = await this.#conn.read(decoder.space());
      if (n === null) return;
      decoder.received(n);
      statistics.reads++;
      statistics.inputBytes += n;
      yield;
    }
  }

  async #send(): Promise<void> {
    const { reply } = this.#client;
    const { statistics, clock } = this.#server;
    try {
      while (reply.length > 0) {
        const bytes = reply.take();
        this.#inFlight = bytes.length;
        this.stalledSince = clock.monotonic();
        let at = await this.#conn.write(bytes);
        while (at < bytes.length) {
          this.#inFlight = bytes.length - at;
          this.stalledSince = clock.monotonic();
          at += await this.#conn.write(bytes.subarray(at));
        }
        statistics.writes++;
        statistics.outputBytes += at;
      }
    } catch (error) {
      if (!isDisconnection(error)) throw error;
      this.close();
    } finally {
      this.#inFlight = 0;
      this.stalledSince = 0;
      this.#sending = undefined;
    }
    if (this.#client.closing) this.close();
  }

  /** Waits until the replies have left, which paces a client by what it reads, or until `readOn()`. */
  #sentOrStalled(sending: Promise<void>): Promise<void> {
    return new Promise((resolve) => {
      this.#readOn = resolve;
      sending.then(resolve, resolve);
    });
  }
}

/** Returns whether an error of a socket says that the other end, or ours, is closed. */
function isDisconnection(error: unknown): boolean {
  return error instanceof Deno.errors.BadResource ||
    error instanceof Deno.errors.Interrupted ||
    error instanceof Deno.errors.ConnectionReset ||
    error instanceof Deno.errors.ConnectionAborted ||
    error instanceof Deno.errors.BrokenPipe ||
    error instanceof Deno.errors.NotConnected ||
    error instanceof Deno.errors.UnexpectedEof ||
    error instanceof Deno.errors.TimedOut;
}

function shown(address: Deno.Addr, local: Deno.Addr): string {
  if (address.transport === "tcp") {
    const { port } = address;
    // A socket for both families shows an IPv4 peer as an IPv6 one.
    const hostname = address.hostname.replace(/^::ffff:(?=\d+\.)/, "");
    return hostname.includes(":")
      ? `[${hostname}]:${port}`
      : `${hostname}:${port}`;
  }
  return `${(local as Deno.UnixAddr).path}:0`;
}
