import { Buffer } from "node:buffer";
import { patiently } from "./event_loop.ts";
import { type Plain, type Protocol, type Reply, toPlain } from "./reply.ts";
import { type Frame, ReplyParser } from "./reply_parser.ts";

/** An argument of a command: a byte string, bytes, or a number in decimal. */
export type Argument = string | Uint8Array | number | bigint;

/** Where a server listens: a TCP port of this machine or the path of a Unix socket. */
export type Address = number | string;

/**
 * A client that hides nothing: replies and pushes come in the order of the wire, one at a time, and
 * keep their type. Reads in the background, so that a server's close shows without a request.
 */
export class RespClient implements AsyncDisposable {
  /** Resolves once the connection has ended, whoever ended it. */
  readonly closed: Promise<void>;
  readonly #connection: Deno.Conn;
  readonly #parser = new ReplyParser();
  readonly #inbox: Frame[] = [];
  readonly #waiting: {
    resolve(frame: Frame): void;
    reject(reason: Error): void;
  }[] = [];
  #written: Promise<void> = Promise.resolve();
  #end: Error | undefined;

  private constructor(connection: Deno.Conn) {
    this.#connection = connection;
    this.closed = this.#receive();
  }

  /** Connects, and with `protocol` 3 says HELLO 3. */
  static async connect(
    address: Address,
    options: { readonly protocol?: Protocol } = {},
  ): Promise<RespClient> {
    const connection = typeof address === "number"
      ? await connectTcp(address)
      : await Deno.connect({ transport: "unix", path: address });
    const client = new RespClient(connection);
    if (options.protocol === 3) await client.call("HELLO", 3);
    return client;
  }

  /** The port or path at this end, as CLIENT LIST shows it. */
  get localAddress(): Deno.Addr {
    return this.#connection.localAddr;
  }

  /** Number of replies that have arrived and were not read. */
  get unread(): number {
    return this.#inbox.length;
  }

  /** Bytes that arrived without making a whole reply. */
  get unfinished(): string {
    return this.#parser.unfinished;
  }

  /** Sends one command and takes the next reply, whatever it is. May be called again before that came. */
  send(...args: readonly Argument[]): Promise<Reply> {
    const reply = this.readReply();
    this.#writeRequest(encodeCommand(args));
    return reply;
  }

  /** Like {@linkcode send}, as ordinary values; an error reply is thrown. */
  async call(...args: readonly Argument[]): Promise<Plain> {
    return toPlain(await this.send(...args));
  }

  /** Sends the commands in one write and takes as many replies. */
  pipeline(commands: readonly (readonly Argument[])[]): Promise<Reply[]> {
    const replies = commands.map(() => this.readReply());
    this.#writeRequest(Buffer.concat(commands.map(encodeCommand)));
    return Promise.all(replies);
  }

  /** Sends one command and takes no reply. */
  post(...args: readonly Argument[]): Promise<void> {
    return this.write(encodeCommand(args));
  }

  /** Sends bytes as they are. */
  write(bytes: Uint8Array | string): Promise<void> {
    const data = typeof bytes === "string" ? encodeLatin1(bytes) : bytes;
    this.#written = this.#written.then(() => writeAll(this.#connection, data));
    return this.#written;
  }

  /** Ends the sending direction; the server may still reply. */
  async closeWrite(): Promise<void> {
    await this.#written;
    await this.#connection.closeWrite();
  }

  /** Takes the next reply. Rejects when the connection ends first or nothing comes in 5 s of real time. */
  async readReply(): Promise<Reply> {
    return (await this.#take()).reply;
  }

  /** Takes the next reply as the bytes that it consists of. */
  async readRaw(): Promise<string> {
    return (await this.#take()).raw;
  }

  /** Takes all that still comes before the server closes the connection. */
  async readToEnd(): Promise<Reply[]> {
    await patiently("the server to close the connection", this.closed);
    return this.#inbox.splice(0).map((frame) => frame.reply);
  }

  /** Closes the connection without a word. */
  close(): void {
    if (this.#end !== undefined) return;
    this.#finish(new Error("The client has closed the connection"));
  }

  /** Closes the connection and waits until nothing of it is left. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.close();
    await this.closed;
    await this.#written.catch(() => {});
  }

  #take(): Promise<Frame> {
    const frame = this.#inbox.shift();
    if (frame !== undefined) return Promise.resolve(frame);
    if (this.#end !== undefined) return Promise.reject(this.#end);
    return patiently(
      "a reply",
      new Promise((resolve, reject) => this.#waiting.push({ resolve, reject })),
    );
  }

  /** A failed write shows as the end of the connection, to whoever waits for the reply. */
  #writeRequest(bytes: Uint8Array): void {
    this.write(bytes).catch(() => {});
  }

  async #receive(): Promise<void> {
    const portion = Buffer.alloc(64 * 1024);
    try {
      for (;;) {
        const length = await this.#connection.read(portion);
        if (length === null) break;
        for (
          const frame of this.#parser.feed(
            portion.toString("latin1", 0, length),
          )
        ) this.#deliver(frame);
      }
      this.#finish(new Error("The server has closed the connection"));
    } catch (error) {
      this.#finish(error as Error);
    }
  }

  #deliver(frame: Frame): void {
    const waiting = this.#waiting.shift();
    if (waiting !== undefined) waiting.resolve(frame);
    else this.#inbox.push(frame);
  }

  #finish(reason: Error): void {
    if (this.#end !== undefined) return;
    this.#end = reason;
    this.#connection.close();
    for (const waiting of this.#waiting.splice(0)) waiting.reject(reason);
  }
}

async function connectTcp(port: number): Promise<Deno.Conn> {
  const connection = await Deno.connect({ hostname: "127.0.0.1", port });
  connection.setNoDelay(true);
  return connection;
}

/** The request for a command: an array of bulk strings. */
export function encodeCommand(args: readonly Argument[]): Uint8Array {
  const parts = [encodeLatin1(`*${args.length}\r\n`)];
  for (const arg of args) {
    const bytes = arg instanceof Uint8Array ? arg : encodeLatin1(String(arg));
    parts.push(
      encodeLatin1(`$${bytes.length}\r\n`),
      bytes,
      encodeLatin1("\r\n"),
    );
  }
  return Buffer.concat(parts);
}

/**
 * The bytes of a byte string.
 *
 * @throws {RangeError} for a char above 255, which is no byte.
 */
export function encodeLatin1(text: string): Uint8Array {
  // deno-lint-ignore no-control-regex
  if (/[^\x00-\xff]/.test(text)) {
    throw new RangeError(
      `Not a byte string, see utf8(): ${JSON.stringify(text.slice(0, 100))}`,
    );
  }
  return Buffer.from(text, "latin1");
}

/** Text as the byte string of its UTF-8 form. */
export function utf8(text: string): string {
  return Buffer.from(text, "utf8").toString("latin1");
}

async function writeAll(
  connection: Deno.Conn,
  bytes: Uint8Array,
): Promise<void> {
  for (let offset = 0; offset < bytes.length;) {
    offset += await connection.write(bytes.subarray(offset));
  }
}
