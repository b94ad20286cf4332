import { RequestWriter, type Word } from "../../protocol/request_writer.ts";
import type { Clock, Timer } from "../../store/clock.ts";

const CHUNK = 64 * 1024;
const LF = 10;
/** No line that a master sends is longer. */
const LONGEST_LINE = 4096;

/** The connection to a master: lines in its answers, then bytes. What fails, or takes too long, rejects. */
export class MasterLink {
  readonly #conn: Deno.Conn;
  readonly #clock: Clock;
  readonly #timeoutMs: number;
  readonly #requests = new RequestWriter();
  /** What was read and not taken. */
  #rest: Uint8Array = new Uint8Array(0);

  private constructor(conn: Deno.Conn, clock: Clock, timeoutMs: number) {
    this.#conn = conn;
    this.#clock = clock;
    this.#timeoutMs = timeoutMs;
  }

  static async open(
    hostname: string,
    port: number,
    clock: Clock,
    timeoutMs: number,
  ): Promise<MasterLink> {
    const conn = await Deno.connect({ hostname, port });
    conn.setNoDelay(true);
    return new MasterLink(conn, clock, timeoutMs);
  }

  /** Sends a command line. */
  async send(...words: readonly Word[]): Promise<void> {
    this.#requests.clear();
    this.#requests.words(words);
    const bytes = this.#requests.bytes.slice(0, this.#requests.length);
    for (let at = 0; at < bytes.length;) {
      at += await this.#conn.write(bytes.subarray(at));
    }
  }

  /** Sends a command line and reads the line that answers it; an error is thrown. */
  async ask(...words: readonly Word[]): Promise<string> {
    await this.send(...words);
    const line = await this.line();
    if (line.startsWith("-")) throw new Error(line.slice(1));
    return line;
  }

  /** Reads a line; empty ones only say that the master is there. */
  async line(): Promise<string> {
    let text = "";
    for (;;) {
      const bytes = await this.bytes();
      const end = bytes.indexOf(LF);
      const part = bytes.subarray(0, end < 0 ? bytes.length : end);
      text += String.fromCharCode(...part.subarray(0, LONGEST_LINE));
      if (text.length > LONGEST_LINE) throw new Error("its answer is no line");
      if (end < 0) continue;
      this.#rest = bytes.subarray(end + 1);
      text = text.trimEnd();
      if (text !== "") return text;
    }
  }

  /** Reads what comes next, at least a byte, at most `most`. */
  async bytes(most = Infinity): Promise<Uint8Array> {
    if (this.#rest.length === 0) this.#rest = await this.#read();
    const bytes = this.#rest.subarray(0, most);
    this.#rest = this.#rest.subarray(bytes.length);
    return bytes;
  }

  close(): void {
    try {
      this.#conn.close();
    } catch {
      // It was closed before.
    }
  }

  async #read(): Promise<Uint8Array> {
    const chunk = new Uint8Array(CHUNK);
    const timer: Timer = this.#clock.after(this.#timeoutMs, () => this.close());
    try {
      const n = await this.#conn.read(chunk);
      if (n === null) throw new Error("it has closed the connection");
      return chunk.subarray(0, n);
    } finally {
      timer.cancel();
    }
  }
}
