import { assertEquals } from "@std/assert";
import { type Ended, run } from "../server_process.ts";

/** redis-cli, talking to one server. Its output goes to no terminal, so replies come raw. */
export class RedisCli {
  readonly #port: number;

  constructor(port: number) {
    this.#port = port;
  }

  static async isInstalled(): Promise<boolean> {
    try {
      return (await run(["redis-cli", "--version"])).code === 0;
    } catch {
      return false;
    }
  }

  /** Runs redis-cli with these arguments, and `stdin` as its input. */
  call(args: readonly string[], stdin?: string | Uint8Array): Promise<Ended> {
    return run(["redis-cli", "-p", String(this.#port), ...args], stdin);
  }

  /** The lines that one command prints. */
  async lines(...args: string[]): Promise<string[]> {
    return linesOf((await this.call(args)).stdout);
  }

  /** Sends bytes (a char each) on a connection of its own and gives what comes back until QUIT's reply. */
  async exchange(requests: string): Promise<string> {
    const hostname = "127.0.0.1";
    using connection = await Deno.connect({ hostname, port: this.#port });
    await connection.write(new TextEncoder().encode(`${requests}QUIT\r\n`));
    const buffer = new Uint8Array(1 << 16);
    let received = "";
    for (;;) {
      const length = await connection.read(buffer);
      if (length === null) return received.replace(/\+OK\r\n$/, "");
      received += String.fromCharCode(...buffer.subarray(0, length));
    }
  }

  /** Asserts what a command, given as one text without spaces in its words, prints. */
  async prints(command: string, ...expected: string[]): Promise<void> {
    assertEquals(await this.lines(...command.split(" ")), expected, command);
  }
}

/** The lines of a text on any system, without the empty ones at the end. */
export function linesOf(text: string): string[] {
  return text.replaceAll("\r\n", "\n").replace(/\n+$/, "").split("\n");
}
