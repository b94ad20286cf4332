import type { Settings } from "../../src/config/parameters.ts";
import { startServer } from "../../src/mod.ts";
import type { Server } from "../../src/server/server.ts";
import { patiently } from "../helpers/event_loop.ts";
import { ManualClock } from "../helpers/manual_clock.ts";
import { RespClient } from "../helpers/resp_client.ts";
import { contents, read } from "./data.ts";
import { MemoryFiles } from "./memory_files.ts";

/** A server whose files are in memory and whose clock stands still, and a client of it. */
export class Session implements AsyncDisposable {
  /** What the server has logged. */
  readonly lines: string[];

  private constructor(
    readonly server: Server,
    readonly client: RespClient,
    readonly clock: ManualClock,
    readonly files: MemoryFiles,
    lines: string[],
  ) {
    this.lines = lines;
  }

  static async start(
    config: Partial<Settings> = {},
    files = new MemoryFiles(),
  ): Promise<Session> {
    const clock = new ManualClock();
    const lines: string[] = [];
    const server = await startServer({
      clock,
      files,
      strict: true,
      log: (line) => lines.push(line),
      config: {
        bind: ["127.0.0.1"],
        save: [],
        "enable-debug-command": "yes",
        "enable-protected-configs": "yes",
        ...config,
      },
    });
    const client = await RespClient.connect(server.port);
    return new Session(server, client, clock, files, lines);
  }

  /** The reply to a command line, an error as its text. */
  async call(line: string): Promise<unknown> {
    try {
      return await this.client.call(...line.split(" "));
    } catch (error) {
      return (error as Error).message;
    }
  }

  get path(): string {
    return this.server.config.path("dbfilename")!;
  }

  /** The keys in the file, with their values. */
  get saved(): string[] {
    const bytes = this.files.get(this.path);
    if (bytes === undefined) return ["no file"];
    return contents(read(bytes, { databases: 16 }).keyspaces).map((line) => {
      const [db, key, value] = JSON.parse(line);
      return `${db} ${key}=${value}`;
    });
  }

  async backgroundSaved(): Promise<void> {
    await patiently("the background save", this.server.saver.settled());
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.client[Symbol.asyncDispose]();
    await patiently("the server to end", this.server[Symbol.asyncDispose]());
  }
}
