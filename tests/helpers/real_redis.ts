import { join } from "@std/path";
import { patiently } from "./event_loop.ts";
import { RespClient } from "./resp_client.ts";

/** The version whose replies the tests hold for right. */
const VERSION = /\bv=7\.0\./;

/** Parameters in their redis.conf names. */
export type Parameters = Readonly<Record<string, unknown>>;

let found: string | undefined | null = null;

/**
 * Path of a redis-server 7.0: `REDIS_SERVER` in the environment (empty: use none), else the first one in
 * `PATH`. Undefined when there is none.
 */
export function findRealRedis(): string | undefined {
  if (found === null) found = locate();
  return found;
}

function locate(): string | undefined {
  const chosen = Deno.env.get("REDIS_SERVER");
  const candidates = chosen === undefined
    ? (Deno.env.get("PATH") ?? "").split(":").map((folder) =>
      join(folder, "redis-server") as string
    )
    : chosen === ""
    ? []
    : [chosen];
  for (const path of candidates) {
    try {
      const { stdout } = new Deno.Command(path, { args: ["--version"] })
        .outputSync();
      if (VERSION.test(new TextDecoder().decode(stdout))) return path;
    } catch {
      // Not there, or not executable: the next one.
    }
  }
  return undefined;
}

/** A running redis-server with an empty temporary folder and nothing persisted. */
export class RealRedis implements AsyncDisposable {
  readonly port: number;
  readonly folder: string;
  readonly #process: Deno.ChildProcess;
  #admin: RespClient | undefined;
  #parameters: readonly string[] = [];

  private constructor(
    port: number,
    folder: string,
    process: Deno.ChildProcess,
  ) {
    this.port = port;
    this.folder = folder;
    this.#process = process;
  }

  /** Starts one on a free port. */
  static async start(
    path: string,
    parameters: Parameters = {},
  ): Promise<RealRedis> {
    const folder = await Deno.makeTempDir({ prefix: "real-redis-" });
    for (let attempt = 1;; attempt++) {
      const port = freePort();
      const process = spawnUnderWatch(folder, [
        path,
        ...parameterArgs(folder, port, parameters),
      ]);
      const output = await patiently(
        "redis-server to start",
        readUntilReady(process.stdout),
      );
      if (output === "ready") return new RealRedis(port, folder, process);
      await process.stdin.close();
      // Somebody may have taken the port since it was found free.
      if (attempt === 3) {
        throw new Error(`redis-server does not start: ${output}`);
      }
      await Deno.mkdir(folder, { recursive: true });
    }
  }

  /** Lets the process end without waiting for this one. */
  unref(): void {
    this.#process.unref();
  }

  /** Makes it as good as fresh: data, functions, scripts, users, parameters, statistics. */
  async reset(): Promise<void> {
    this.#admin ??= await RespClient.connect(this.port);
    const admin = this.#admin;
    await admin.pipeline([
      ["CLIENT", "UNPAUSE"],
      ["REPLICAOF", "NO", "ONE"],
      ["FLUSHALL"],
      ["FUNCTION", "FLUSH"],
      ["SCRIPT", "FLUSH"],
      ["SLOWLOG", "RESET"],
      ["LATENCY", "RESET"],
      ["DEBUG", "SET-ACTIVE-EXPIRE", 1],
      ["ACL", "LOG", "RESET"],
    ]);
    const users = await admin.call("ACL", "USERS") as string[];
    for (const user of users) {
      if (user !== "default") await admin.call("ACL", "DELUSER", user);
    }
    await admin.call(
      "ACL",
      "SETUSER",
      "default",
      "reset",
      "on",
      "nopass",
      "~*",
      "&*",
      "+@all",
    );
    const parameters = await admin.call("CONFIG", "GET", "*") as string[];
    if (this.#parameters.length === 0) this.#parameters = parameters;
    await this.#restore(admin, parameters);
    await admin.call("CONFIG", "RESETSTAT");
  }

  async #restore(
    admin: RespClient,
    parameters: readonly string[],
  ): Promise<void> {
    const before = new Map(pairs(this.#parameters));
    for (const [name, value] of pairs(parameters)) {
      const wanted = before.get(name);
      // REPLICAOF and users have their own commands above.
      if (wanted === undefined || wanted === value || name === "replicaof") {
        continue;
      }
      await admin.send("CONFIG", "SET", name, wanted);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#admin?.[Symbol.asyncDispose]();
    await this.#process.stdin.close();
    await this.#process.status;
  }
}

let shared: Promise<RealRedis> | undefined;

/**
 * The redis-server that the tests of one file share; it lives until they have ended. Whoever uses it
 * resets it first, in a test without resource sanitizers. Undefined when none is installed.
 */
export function sharedRealRedis(): Promise<RealRedis> | undefined {
  const path = findRealRedis();
  if (path === undefined) return undefined;
  return shared ??= RealRedis.start(path).then((server) => {
    server.unref();
    return server;
  });
}

/** Port of the shared redis-server, just reset; undefined when none is installed. */
export async function realRedis(): Promise<number | undefined> {
  const server = await sharedRealRedis();
  await server?.reset();
  return server?.port;
}

/**
 * Runs the command under a shell that kills it, and removes the folder, as soon as the input of this
 * process closes: on dispose, and also when the tests are killed.
 */
function spawnUnderWatch(
  folder: string,
  command: readonly string[],
): Deno.ChildProcess {
  const script =
    '"$@" & pid=$!; cat >/dev/null; kill -9 $pid; wait $pid 2>/dev/null; rm -rf "$FOLDER"';
  return new Deno.Command("/bin/sh", {
    args: ["-c", script, "redis", ...command],
    env: { FOLDER: folder },
    cwd: folder,
    stdin: "piped",
    stdout: "piped",
    stderr: "null",
  }).spawn();
}

function parameterArgs(
  folder: string,
  port: number,
  parameters: Parameters,
): string[] {
  const all: Record<string, unknown> = {
    save: "",
    "enable-debug-command": "yes",
    "enable-protected-configs": "yes",
    ...parameters,
    dir: folder,
    port,
    bind: "127.0.0.1",
  };
  return Object.entries(all).flatMap((
    [name, value],
  ) => [`--${name}`, formatParameter(value)]);
}

/** A parameter's typed value as redis.conf spells it. */
export function formatParameter(value: unknown): string {
  if (typeof value === "boolean") return value ? "yes" : "no";
  return Array.isArray(value)
    ? value.map(formatParameter).join(" ")
    : String(value);
}

async function readUntilReady(
  output: ReadableStream<Uint8Array>,
): Promise<string> {
  let text = "";
  for await (const part of output.pipeThrough(new TextDecoderStream())) {
    text += part;
    if (/ready to accept connections/i.test(text)) return "ready";
  }
  return text;
}

/** A port that nobody listened on a moment ago. */
export function freePort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return listener.addr.port;
}

function pairs(flat: readonly string[]): [string, string][] {
  return Array.from(
    { length: flat.length / 2 },
    (_, i) => [flat[2 * i] as string, flat[2 * i + 1] as string],
  );
}
