import { Buffer } from "node:buffer";
import { patiently } from "../helpers/event_loop.ts";
import { encodeLatin1 } from "../helpers/resp_client.ts";

/** A command line: its words as byte strings. */
export type Line = readonly string[];

/** The request for a command line, as a byte string. */
export function request(line: Line): string {
  let text = `*${line.length}\r\n`;
  for (const word of line) text += `$${word.length}\r\n${word}\r\n`;
  return text;
}

/**
 * Returns where the reply that begins at `at` ends, or -1 when it is cut off. Looks at the lengths alone:
 * `ReplyParser` takes replies apart, at ten times the cost.
 */
export function endOfReply(text: string, at: number): number {
  const eol = text.indexOf("\r\n", at);
  if (eol < 0) return -1;
  const end = eol + 2;
  const length = Number(text.slice(at + 1, eol));
  switch (text[at]) {
    case "$":
    case "!":
    case "=":
      if (length < 0) return end;
      return end + length + 2 <= text.length ? end + length + 2 : -1;
    case "*":
    case "~":
    case ">":
      return endOfReplies(text, end, length);
    case "%":
      return endOfReplies(text, end, 2 * length);
    default:
      return end;
  }
}

function endOfReplies(text: string, at: number, count: number): number {
  for (let i = 0; i < count && at >= 0; i++) at = endOfReply(text, at);
  return at;
}

/** A connection that sends many requests at once and gets as many replies, each as the bytes that it came as. */
export class WireClient implements Disposable {
  readonly #conn: Deno.TcpConn;
  readonly #portion = Buffer.alloc(256 * 1024);
  #unread = "";

  private constructor(conn: Deno.TcpConn) {
    this.#conn = conn;
  }

  static async connect(port: number): Promise<WireClient> {
    const conn = await Deno.connect({ hostname: "127.0.0.1", port });
    conn.setNoDelay(true);
    return new WireClient(conn);
  }

  async exchange(lines: readonly Line[]): Promise<string[]> {
    const sent = this.#send(encodeLatin1(lines.map(request).join("")));
    const replies = await patiently(
      `${lines.length} replies`,
      this.#receive(lines.length),
      30_000,
    );
    await sent;
    return replies;
  }

  /** Takes whatever has come up to the reply to a PING with `marker`, over RESP2, and returns it without that. */
  async readUpTo(marker: string): Promise<string> {
    await this.#send(encodeLatin1(request(["PING", marker])));
    const pong = `*2\r\n$4\r\npong\r\n$${marker.length}\r\n${marker}\r\n`;
    await patiently("messages", this.#readUntil((text) => text.endsWith(pong)));
    const text = this.#unread.slice(0, -pong.length);
    this.#unread = "";
    return text;
  }

  [Symbol.dispose](): void {
    this.#conn.close();
  }

  async #receive(count: number): Promise<string[]> {
    const replies: string[] = [];
    let at = 0;
    while (replies.length < count) {
      const end = this.#unread === "" ? -1 : endOfReply(this.#unread, at);
      if (end < 0) {
        this.#unread = this.#unread.slice(at);
        at = 0;
        await this.#read();
      } else {
        replies.push(this.#unread.slice(at, end));
        at = end;
      }
    }
    this.#unread = this.#unread.slice(at);
    return replies;
  }

  async #readUntil(done: (text: string) => boolean): Promise<void> {
    while (!done(this.#unread)) await this.#read();
  }

  async #read(): Promise<void> {
    const length = await this.#conn.read(this.#portion);
    if (length === null) throw new Error("The server closed the connection");
    this.#unread += this.#portion.latin1Slice(0, length);
  }

  async #send(bytes: Uint8Array): Promise<void> {
    for (let at = 0; at < bytes.length;) {
      at += await this.#conn.write(bytes.subarray(at));
    }
  }
}
