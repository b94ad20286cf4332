import type { Settings } from "../../src/config/parameters.ts";
import { startServer } from "../../src/mod.ts";
import type { Server } from "../../src/server/server.ts";
import { ManualClock } from "../helpers/manual_clock.ts";
import { until } from "../helpers/event_loop.ts";
import { RespClient } from "../helpers/resp_client.ts";

/** A server in this process whose inside a test may look at, with its clock and its log. */
export class NetworkServer implements AsyncDisposable {
  readonly server: Server;
  readonly clock: ManualClock;
  readonly lines: string[];
  readonly #open: { close(): void }[] = [];

  private constructor(server: Server, clock: ManualClock, lines: string[]) {
    this.server = server;
    this.clock = clock;
    this.lines = lines;
  }

  static async start(config: Partial<Settings> = {}): Promise<NetworkServer> {
    const clock = new ManualClock();
    const lines: string[] = [];
    const server = await startServer({
      clock,
      log: (line) => lines.push(line),
      config: { bind: ["127.0.0.1"], save: [], port: 0, ...config },
    });
    return new NetworkServer(server, clock, lines);
  }

  get log(): string {
    return this.lines.join("\n");
  }

  async client(): Promise<RespClient> {
    const client = await RespClient.connect(this.server.port);
    this.#open.push(client);
    return client;
  }

  /** Connects without reading anything by itself. */
  async socket(): Promise<Deno.TcpConn> {
    const conn = await Deno.connect({
      hostname: "127.0.0.1",
      port: this.server.port,
    });
    this.#open.push(conn);
    return conn;
  }

  /** Moves the time in small steps until `condition` holds. */
  until(what: string, condition: () => boolean): Promise<void> {
    return until(what, async () => {
      if (!condition()) await this.clock.advance(20);
      return condition();
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const each of this.#open) {
      try {
        each.close();
      } catch {
        // The test has closed it.
      }
    }
    await this.server[Symbol.asyncDispose]();
    await until("all clients have gone", () => this.server.clients.size === 0);
  }
}
