import { fromFileUrl } from "@std/path";
import { type ServerOptions, startServer } from "../../src/mod.ts";
import type { Settings } from "../../src/config/parameters.ts";
import { SeededRandom } from "../../src/store/random.ts";
import { patiently, until } from "./event_loop.ts";
import { ManualClock } from "./manual_clock.ts";
import { freePort } from "./real_redis.ts";
import type { Protocol } from "./reply.ts";
import { RespClient } from "./resp_client.ts";

export { realRedis } from "./real_redis.ts";

/** What a server of a test may be started with; the clock is always a {@linkcode ManualClock}. */
export interface TestServerOptions
  extends Omit<ServerOptions, "clock" | "config"> {
  readonly clock?: ManualClock;
  readonly config?: Partial<Settings>;
}

/** A server in this process, strict, with a clock that stands still and a folder of its own. */
export class TestServer implements AsyncDisposable {
  readonly port: number;
  readonly folder: string;
  readonly clock: ManualClock;
  readonly #clients: RespClient[] = [];
  readonly #stop: () => Promise<void>;

  private constructor(
    port: number,
    folder: string,
    clock: ManualClock,
    stop: () => Promise<void>,
  ) {
    this.port = port;
    this.folder = folder;
    this.clock = clock;
    this.#stop = stop;
  }

  /** Starts one on a free port. */
  static async start(options: TestServerOptions): Promise<TestServer> {
    const folder = await Deno.makeTempDir({ prefix: "redis-lite-" });
    const clock = options.clock ?? new ManualClock();
    try {
      const server = await startServer({
        port: 0,
        strict: true,
        random: new SeededRandom(1),
        ...options,
        clock,
        config: {
          bind: ["127.0.0.1"],
          save: [],
          "enable-debug-command": "yes",
          "enable-protected-configs": "yes",
          dir: folder,
          ...options.config,
        },
      });
      return new TestServer(
        server.port,
        folder,
        clock,
        async () => {
          await server[Symbol.asyncDispose]();
          // Whatever the test looked at, a broken rule of the store makes it fail.
          for (const violation of server.strict?.violations ?? []) {
            throw violation;
          }
        },
      );
    } catch (error) {
      await Deno.remove(folder, { recursive: true });
      throw error;
    }
  }

  /** Connects a client, which is closed with the server at the latest. */
  async client(
    options: { readonly protocol?: Protocol } = {},
  ): Promise<RespClient> {
    const client = await RespClient.connect(this.port, options);
    this.#clients.push(client);
    return client;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      await Promise.all(
        this.#clients.map((client) => client[Symbol.asyncDispose]()),
      );
      await patiently("the server to shut down", this.#stop());
    } finally {
      await Deno.remove(this.folder, { recursive: true });
    }
  }
}

/** Starts a server in this process: `await using server = await startTestServer()`. */
export function startTestServer(
  options: TestServerOptions = {},
): Promise<TestServer> {
  return TestServer.start(options);
}

const ROOT = fromFileUrl(new URL("../../", import.meta.url)) as string;

/** How a server is spawned. */
export interface SpawnOptions {
  /** Its working folder, kept afterwards; a temporary one that is removed unless told. */
  readonly folder?: string;
  readonly port?: number;
  readonly env?: Record<string, string>;
}

/** A server in a process of its own, as users start it. */
export class SpawnedServer implements AsyncDisposable {
  readonly port: number;
  readonly folder: string;
  /** Settles when the process has ended. */
  readonly exited: Promise<Deno.CommandStatus>;
  readonly #process: Deno.ChildProcess;
  readonly #output = { stdout: "", stderr: "" };
  readonly #collecting: Promise<unknown>;
  readonly #removeFolder: boolean;
  #running = true;

  /** Starts `main.ts` with the arguments; use {@linkcode spawnServer} to wait until it is ready too. */
  constructor(args: readonly string[], folder: string, options: SpawnOptions) {
    this.port = options.port ?? freePort();
    this.folder = folder;
    this.#removeFolder = options.folder === undefined;
    this.#process = new Deno.Command(Deno.execPath(), {
      args: [
        "run",
        "--quiet",
        `--config=${ROOT}deno.json`,
        ...["net", "read", "write", "env", "sys"].map((name) =>
          `--allow-${name}`
        ),
        `${ROOT}main.ts`,
        ...args,
        "--port",
        String(this.port),
      ],
      cwd: folder,
      env: options.env ?? {},
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    this.exited = this.#process.status.then((status) => {
      this.#running = false;
      return status;
    });
    this.#collecting = Promise.all([
      this.#collect("stdout"),
      this.#collect("stderr"),
    ]);
  }

  /** The process's id. */
  get pid(): number {
    return this.#process.pid;
  }

  /** What it has written to its standard output so far. */
  get stdout(): string {
    return this.#output.stdout;
  }

  /** What it has written to its standard error so far. */
  get stderr(): string {
    return this.#output.stderr;
  }

  /** Connects a client. */
  client(options: { readonly protocol?: Protocol } = {}): Promise<RespClient> {
    return RespClient.connect(this.port, options);
  }

  /** Waits until it says that it accepts connections. */
  async ready(): Promise<void> {
    const ready = () =>
      /ready to accept connections/i.test(this.stdout + this.stderr);
    await until("the server is ready", () => ready() || !this.#running, 20_000);
    if (ready()) return;
    await this.#collecting;
    throw new Error(`The server did not start:\n${this.stdout}${this.stderr}`);
  }

  /** Sends a signal and waits until the process has ended. */
  async kill(signal: Deno.Signal = "SIGTERM"): Promise<Deno.CommandStatus> {
    if (this.#running) this.#process.kill(signal);
    const status = await patiently(
      `the server to end after ${signal}`,
      this.exited,
      20_000,
    );
    await this.#collecting;
    return status;
  }

  /** Sends a signal and does not wait. */
  signal(signal: Deno.Signal): void {
    this.#process.kill(signal);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill("SIGKILL");
    if (this.#removeFolder) await Deno.remove(this.folder, { recursive: true });
  }

  async #collect(name: "stdout" | "stderr"): Promise<void> {
    for await (
      const part of this.#process[name].pipeThrough(new TextDecoderStream())
    ) {
      this.#output[name] += part;
    }
  }
}

/** Starts `main.ts` in a process of its own and waits until it accepts connections. */
export async function spawnServer(
  args: readonly string[] = [],
  options: SpawnOptions = {},
): Promise<SpawnedServer> {
  const server = await spawnUnready(args, options);
  try {
    await server.ready();
    return server;
  } catch (error) {
    await server[Symbol.asyncDispose]();
    throw error;
  }
}

/** Starts `main.ts` in a process of its own and waits for nothing: for starts that fail. */
export async function spawnUnready(
  args: readonly string[] = [],
  options: SpawnOptions = {},
): Promise<SpawnedServer> {
  const folder = options.folder ??
    await Deno.makeTempDir({ prefix: "redis-lite-" });
  return new SpawnedServer(args, folder, options);
}
