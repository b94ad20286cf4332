import { join } from "@std/path";
import {
  findParameter,
  type Parameter,
  type Settings,
} from "../../src/config/parameters.ts";
import { patiently } from "./event_loop.ts";
import { RespClient } from "./resp_client.ts";

/** The version whose replies the tests hold for right. */
const VERSION = /\bv=7\.0\./;

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
    settings: Partial<Settings> = {},
  ): Promise<RealRedis> {
    const folder = await Deno.makeTempDir({ prefix: "real-redis-" });
    for (let attempt = 1;; attempt++) {
      const port = freePort();
      const process = spawnUnderWatch(folder, [
        path,
        ...settingArgs(folder, port, settings),
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

  /**
   * Makes it as good as fresh: clients, data, functions, scripts, users, parameters, statistics.
   *
   * @throws {Error} when it lets nobody in, or is gone.
   */
  async reset(): Promise<void> {
    await using admin = await RespClient.connect(this.port);
    await admin.call("CLIENT", "UNPAUSE");
    await admin.pipeline([
      ["CLIENT", "KILL", "SKIPME", "yes"],
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
    const everything = ["reset", "on", "nopass", "~*", "&*", "+@all"];
    await admin.call("ACL", "SETUSER", "default", ...everything);
    const parameters = await admin.call("CONFIG", "GET", "*") as string[];
    if (this.#parameters.length === 0) this.#parameters = parameters;
    await this.#restore(admin, parameters);
    await admin.call("CONFIG", "RESETSTAT");
    // Not a mere close: the next CLIENT LIST must not show this client.
    await admin.call("QUIT");
    await admin.closed;
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
    this.#process.ref();
    await this.#process.stdin.close();
    await this.#process.status;
  }
}

let shared: RealRedis | undefined;

/**
 * The redis-server that the tests of one file share, just reset; it lives until they have ended, and
 * so needs tests without sanitizers of operations and resources. Undefined when none is installed.
 */
export async function sharedRealRedis(): Promise<RealRedis | undefined> {
  const path = findRealRedis();
  if (path === undefined) return undefined;
  try {
    if (shared !== undefined) {
      await shared.reset();
      return shared;
    }
  } catch {
    // A test has locked it or shut it down.
    await shared?.[Symbol.asyncDispose]();
  }
  shared = await RealRedis.start(path);
  shared.unref();
  await shared.reset();
  return shared;
}

/** Port of the shared redis-server, just reset; undefined when none is installed. */
export async function realRedis(): Promise<number | undefined> {
  return (await sharedRealRedis())?.port;
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

function settingArgs(
  folder: string,
  port: number,
  settings: Partial<Settings>,
): string[] {
  const all: Partial<Settings> = {
    save: [],
    "enable-debug-command": "yes",
    "enable-protected-configs": "yes",
    ...settings,
    dir: folder,
    port,
    bind: ["127.0.0.1"],
  };
  return Object.entries(all).flatMap(([name, value]) => {
    const { kind } = findParameter(name) as Parameter;
    const text = kind.format(value);
    return [`--${name}`, ...kind.several ? text.split(" ") : [text]];
  });
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
