import type { Timer } from "../store/clock.ts";
import type { Client, Transport } from "./client.ts";
import type { Gathered } from "./gathering.ts";
import type { Server } from "./server.ts";

/** Output above which the limits are looked at. Redis does not count its first 16 KiB either. */
const NOTED_OUTPUT = 16 * 1024;
/** Output above which no more requests are run before some of it has left. */
const FULL_OUTPUT = 256 * 1024;
/** Unfinished requests above this are compared with the limit, which is never lower. */
const NOTED_INPUT = 1024 * 1024;
/** A peer that takes nothing for so long may be sending all that it has before it reads. */
const STALL_MS = 15;
/** How long a peer that has ended its direction may take nothing of what it is still sent. */
const LINGER_MS = 1000;

const READ: IteratorResult<void, void> = { done: false, value: undefined };
const END: IteratorResult<void, void> = { done: true, value: undefined };

/**
 * Carries one client's bytes over a socket: requests in, replies out, nothing
 * else.
 *
 * Reading and writing go on at the same time. A client that takes its replies
 * more slowly than it sends requests is paced: beyond `FULL_OUTPUT` its requests
 * wait. A client that takes none at all may be sending all it has before it
 * reads: it is served on, and the limits of its output apply.
 *
 * It is its own iterator because an async generator takes 5% more time for
 * requests that come one by one.
 */
export class Connection
  implements Transport, Gathered, AsyncIterableIterator<void> {
  readonly address: string;
  readonly localAddress: string;
  readonly kind: "tcp" | "unix";
  readonly #conn: Deno.Conn;
  readonly #client: Client;
  readonly #server: Server;
  /** What is being sent. */
  #inFlight: Uint8Array<ArrayBuffer> | undefined = undefined;
  /** Unix time in milliseconds of when the peer last took something, while something is being sent. */
  #sendingSince = 0;
  /** Whether the peer has taken nothing for `STALL_MS`. */
  #stalled = false;
  #stallTimer: Timer | undefined = undefined;
  /** Number of bytes taken from the reply writer so far, and up to where they may be taken while commits are pending. */
  #taken = 0;
  #released = 0;
  /** Wakes the reader that waits until the output has room. */
  #wake: (() => void) | undefined = undefined;
  #closed = false;
  /** Whether what was read has not been served yet. */
  #serving = false;
  /** Settle what `next()` has returned. */
  #resolve: (result: IteratorResult<void, void>) => void = () => {};
  #reject: (error: unknown) => void = () => {};
  /** Who waits until all has been sent. */
  readonly #sentToAll: (() => void)[] = [];

  constructor(conn: Deno.Conn, client: Client, server: Server) {
    this.#conn = conn;
    this.#client = client;
    this.#server = server;
    const { remoteAddr, localAddr } = conn;
    this.kind = remoteAddr.transport === "tcp" ? "tcp" : "unix";
    this.address = shown(remoteAddr, localAddr);
    this.localAddress = shown(localAddr, localAddr);
  }

  get pendingBytes(): number {
    return (this.#inFlight?.length ?? 0) + this.#client.reply.length;
  }

  /** Unix time in milliseconds since which the peer has taken nothing of what waits for it; 0 when nothing waits. */
  get stalledSince(): number {
    return this.#inFlight === undefined ? 0 : this.#sendingSince;
  }

  get client(): Client {
    return this.#client;
  }

  /** Serves the client until it goes away or is sent away. */
  async serve(): Promise<void> {
    const { gathering } = this.#server;
    try {
      this.#prepareSocket();
      for await (const _ of this) gathering.add(this);
    } catch (error) {
      this.failed(error);
    }
    this.close();
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  /** Reads once, into the decoder, as soon as what came before has been served. Ends when the peer has gone or has nothing more to say. */
  next(): Promise<IteratorResult<void, void>> {
    return new Promise(this.#next);
  }

  readonly #next = (
    resolve: (result: IteratorResult<void, void>) => void,
    reject: (error: unknown) => void,
  ): void => {
    this.#resolve = resolve;
    this.#reject = reject;
    if (!this.#serving) this.#read();
  };

  served(): void {
    this.#serving = false;
    this.flush();
    this.#read();
  }

  #read(): void {
    if (this.#client.outputFull) {
      this.#room().then(() => this.#read());
      return;
    }
    if (this.#closed) return this.#resolve(END);
    this.#conn.read(this.#client.decoder.space())
      .then(this.#received, this.#reject);
  }

  readonly #received = (n: number | null): void => {
    const client = this.#client;
    if (n === null) {
      this.#linger().then(this.#resolve, this.#reject);
      return;
    }
    const { limits, statistics } = this.#server;
    statistics.reads++;
    statistics.inputBytes += n;
    this.#serving = true;
    // Whoever is to be sent away may say what he wants.
    if (client.closing) return this.#resolve(READ);
    client.decoder.received(n);
    client.reply.limit = limits.mostOutput(client);
    this.#noteMemory();
    const much = client.decoder.buffered > NOTED_INPUT;
    const ended = this.#closed || (much && limits.inputExceeded(client));
    this.#resolve(ended ? END : READ);
  };

  get outputMark(): number {
    return this.#taken + this.#client.reply.length;
  }

  release(mark: number): void {
    this.#released = mark;
    this.flush();
  }

  flush(): void {
    // What was written so far may yet be taken back.
    if (this.#closed || this.#client.suspended !== undefined) return;
    this.noteOutput();
    if (this.#closed) return;
    if (this.#inFlight === undefined) this.#sendNext();
    this.#noteMemory();
  }

  noteOutput(): void {
    const client = this.#client;
    const { length, overflowed } = client.reply;
    if (length <= NOTED_OUTPUT && !overflowed) return;
    if (this.#server.limits.outputExceeded(client, this.pendingBytes)) {
      return this.close();
    }
    // What a replica says must be heard, however much waits for it.
    if (client.type === "replica") return;
    if (this.#stalled || client.outputFull) return;
    if (this.pendingBytes <= FULL_OUTPUT) return;
    client.outputFull = true;
    this.#stallTimer = this.#server.clock.after(STALL_MS, () => {
      this.#stalled = true;
      this.#hasRoom();
    });
  }

  whenSent(): Promise<void> {
    if (this.#closed || this.pendingBytes === 0) return Promise.resolve();
    return new Promise((resolve) => this.#sentToAll.push(resolve));
  }

  resume(): void {
    // Not at once: another client's request may be running.
    queueMicrotask(() => {
      try {
        if (!this.#closed) {
          this.#server.executor.drain(this.#client);
          this.flush();
        }
      } catch (error) {
        this.failed(error);
      }
      if (!this.#client.outputFull) this.#wake?.();
    });
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#allSent();
    this.#server.clients.remove(this.#client);
    this.#hasRoom();
    try {
      this.#conn.close();
    } catch {
      // The peer was faster.
    }
  }

  /** Has clients evicted if this one takes so much by now; it may be this one. */
  #noteMemory(): void {
    if (!this.#closed) this.#server.clientEviction.enforce(this.#client);
  }

  #prepareSocket(): void {
    if (this.kind === "unix") return;
    const conn = this.#conn as Deno.TcpConn;
    // Two small replies in a row, as to what was sent behind BLPOP, must not wait for each other.
    conn.setNoDelay(true);
    if (this.#server.config.values["tcp-keepalive"] > 0) {
      conn.setKeepAlive(true);
    }
  }

  #sendNext(): void {
    const { reply, suspended } = this.#client;
    if (suspended !== undefined) return;
    if (reply.length > 0) {
      if (this.#server.commits.pending) return this.#sendReleased();
      this.#taken += reply.length;
      this.#send(reply.take());
    } else if (this.#client.closing) this.close();
  }

  /** Sends what tells of nothing that could still be lost. */
  #sendReleased(): void {
    const { reply } = this.#client;
    const count = Math.min(reply.length, this.#released - this.#taken);
    if (count < reply.length) this.#server.commits.hold(this);
    if (count <= 0) return;
    this.#taken += count;
    this.#send(reply.take(count));
  }

  #send(bytes: Uint8Array<ArrayBuffer>): void {
    this.#inFlight = bytes;
    this.#sendingSince = this.#server.store.now;
    this.#conn.write(bytes).then(this.#sent, this.failed);
  }

  readonly #sent = (n: number): void => {
    const { statistics } = this.#server;
    statistics.writes++;
    statistics.outputBytes += n;
    if (this.#closed) return;
    const bytes = this.#inFlight!;
    this.#stalled = false;
    if (n < bytes.length) {
      this.#send(bytes.subarray(n));
      this.#sendingSince = this.#server.clock.now();
    } else {
      this.#inFlight = undefined;
      this.#sendNext();
      if (this.#inFlight === undefined) this.#allSent();
    }
    this.#noteMemory();
    if (this.#client.outputFull && this.pendingBytes <= FULL_OUTPUT) {
      this.#hasRoom();
    }
  };

  #allSent(): void {
    if (this.#sentToAll.length === 0) return;
    for (const resolve of this.#sentToAll.splice(0)) resolve();
  }

  /** Closes after an error, and reports one that is not about the peer having gone. */
  readonly failed = (error: unknown): void => {
    this.close();
    if (isDisconnection(error)) return;
    const text = error instanceof Error ? error.stack : String(error);
    this.#server.log.warning(
      `Unexpected error on the connection of client ${this.#client.id}: ${text}`,
    );
  };

  /** Lets requests run again, those that wait before more are read. */
  #hasRoom(): void {
    this.#stallTimer?.cancel();
    this.#stallTimer = undefined;
    this.#client.outputFull = false;
    this.resume();
  }

  #room(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve;
    });
  }

  /** Waits until the replies have left to a peer that sends nothing more. */
  async #linger(): Promise<IteratorResult<void, void>> {
    const client = this.#client;
    const { scripts } = this.#server;
    // Requests that it has sent may still have to run.
    while (
      !this.#closed &&
      (client.outputFull || client.suspended !== undefined ||
        scripts.loading && client.postponed)
    ) await this.#room();
    client.closing = true;
    this.flush();
    while (!this.#closed) {
      const since = this.#sendingSince;
      const timer = this.#server.clock.after(LINGER_MS, () => {
        if (this.#sendingSince === since) this.close();
        else this.#wake?.();
      });
      await this.#room();
      timer.cancel();
    }
    return END;
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
