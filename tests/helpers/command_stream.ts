import { Buffer } from "node:buffer";
import { patiently } from "./event_loop.ts";
import { encodeCommand } from "./resp_client.ts";

/** A stream of command lines in RESP: what a replica is sent, or what an append log holds. */
export class CommandStream implements AsyncDisposable {
  #bytes = "";
  #lines: string[] = [];
  #connection: Deno.Conn | undefined = undefined;

  /** Becomes a replica of the server at `port`, and leaves out its data: what follows is all that it propagates from now on. */
  static async ofReplica(port: number): Promise<CommandStream> {
    const stream = new CommandStream();
    const connection = await Deno.connect({ hostname: "127.0.0.1", port });
    stream.#connection = connection;
    await connection.write(encodeCommand(["PSYNC", "?", "-1"]));
    const data = /^\n*\+FULLRESYNC [^\r]*\r\n\n*\$(\d+)\r\n/;
    await patiently(
      "the data of the server",
      stream.#receive(() => data.test(stream.#bytes)),
    );
    const [header, size] = data.exec(stream.#bytes)!;
    const begin = header.length + Number(size);
    await stream.#receive(() => stream.#bytes.length >= begin);
    stream.#bytes = stream.#bytes.slice(begin);
    return stream;
  }

  /** Takes up bytes that follow. */
  take(bytes: Uint8Array): void {
    this.#bytes += Buffer.from(bytes).toString("latin1");
  }

  /** Returns the command lines since the last call, their words parted by blanks. */
  lines(): string[] {
    for (;;) {
      const line = this.#next();
      if (line === undefined) break;
      // A server asks now and then whether its replicas are there.
      if (line !== "PING") this.#lines.push(line);
    }
    return this.#lines.splice(0);
  }

  /** Waits for a command line, and returns those before it. */
  async linesUntil(last: string): Promise<string[]> {
    const lines: string[] = [];
    await patiently(
      last,
      this.#receive(() => {
        lines.push(...this.lines());
        return lines.at(-1) === last;
      }),
    );
    return lines.slice(0, -1);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#connection?.close();
    await Promise.resolve();
  }

  async #receive(complete: () => boolean): Promise<void> {
    const portion = new Uint8Array(64 * 1024);
    while (!complete()) {
      const n = await this.#connection!.read(portion);
      if (n === null) throw new Error("The server has closed the connection");
      this.take(portion.subarray(0, n));
    }
  }

  /** Takes a whole command line from the front, if there is one. */
  #next(): string | undefined {
    const header = /^\*(\d+)\r\n/.exec(this.#bytes);
    if (header === null) return undefined;
    let at = header[0].length;
    const words: string[] = [];
    for (let i = 0; i < Number(header[1]); i++) {
      const size = /^\$(\d+)\r\n/.exec(this.#bytes.slice(at, at + 32));
      if (size === null) return undefined;
      const begin = at + size[0].length;
      at = begin + Number(size[1]) + 2;
      if (at > this.#bytes.length) return undefined;
      words.push(this.#bytes.slice(begin, at - 2));
    }
    this.#bytes = this.#bytes.slice(at);
    return words.join(" ");
  }
}
