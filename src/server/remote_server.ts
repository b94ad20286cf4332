import {
  ErrorReply,
  ReplyReader,
  type ServerReply,
} from "../protocol/reply_reader.ts";
import { RequestWriter, type Word } from "../protocol/request_writer.ts";
import type { Clock } from "../store/clock.ts";

/** Bytes that are sent at once, and must have left in time. */
const CHUNK = 64 * 1024;

/** The other end took too long. */
export class RemoteTimeout extends Error {
  override name = "RemoteTimeout";
}

/** A connection to another Redis server, as its client. Every step has the same time to be done; what fails rejects, and then the connection is of no more use. */
export class RemoteServer {
  /** How long each step may take, in milliseconds. */
  timeoutMs: number;
  readonly #conn: Deno.Conn;
  readonly #clock: Clock;
  readonly #replies = new ReplyReader();
  readonly #requests = new RequestWriter();

  private constructor(conn: Deno.Conn, clock: Clock, timeoutMs: number) {
    this.#conn = conn;
    this.#clock = clock;
    this.timeoutMs = timeoutMs;
  }

  /** Connects. */
  static async connect(
    clock: Clock,
    hostname: string,
    port: number,
    timeoutMs: number,
  ): Promise<RemoteServer> {
    const connecting = Deno.connect({ hostname, port });
    let conn: Deno.TcpConn;
    try {
      conn = await inTime(clock, timeoutMs, connecting);
    } catch (error) {
      // It may still come, when nobody waits for it any more.
      connecting.then((conn) => conn.close(), () => {});
      throw error;
    }
    conn.setNoDelay(true);
    return new RemoteServer(conn, clock, timeoutMs);
  }

  /** Sends command lines; their replies must be read. */
  async send(...commands: readonly (readonly Word[])[]): Promise<void> {
    this.#requests.clear();
    for (const words of commands) this.#requests.words(words);
    await this.write(this.#requests.bytes.subarray(0, this.#requests.length));
  }

  /** Sends command lines that are written already. */
  async write(bytes: Uint8Array): Promise<void> {
    for (let at = 0; at < bytes.length;) {
      const chunk = bytes.subarray(at, at + CHUNK);
      at += await this.#inTime(this.#conn.write(chunk));
    }
  }

  /** Reads the next reply. */
  async reply(): Promise<ServerReply> {
    for (;;) {
      const reply = this.#replies.next();
      if (reply !== undefined) return reply;
      const n = await this.#inTime(this.#conn.read(this.#replies.space()));
      if (n === null) throw new Deno.errors.UnexpectedEof("connection closed");
      this.#replies.received(n);
    }
  }

  /** Sends a command line and reads its reply. */
  async call(...words: readonly Word[]): Promise<ServerReply> {
    await this.send(words);
    return this.reply();
  }

  /** The same, but an error reply is thrown. */
  async demand(...words: readonly Word[]): Promise<ServerReply> {
    const reply = await this.call(...words);
    if (reply instanceof ErrorReply) throw new Error(reply.text);
    return reply;
  }

  close(): void {
    try {
      this.#conn.close();
    } catch {
      // It was closed before.
    }
  }

  #inTime<T>(step: Promise<T>): Promise<T> {
    return inTime(this.#clock, this.timeoutMs, step);
  }
}

/** Waits for a step, and rejects when its time is up. */
function inTime<T>(
  clock: Clock,
  timeoutMs: number,
  step: Promise<T>,
): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = clock.after(timeoutMs, () => reject(new RemoteTimeout()));
    step.then(resolve, reject).finally(() => timer.cancel());
  });
}
