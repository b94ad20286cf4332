/** Servers as processes of their own: start, wait until they answer, ask, stop. */
import type { CommandLine } from "./start_task.ts";

const READY_WITHIN_MS = 30_000;
const STOPPED_WITHIN_MS = 10_000;

/** A port of this machine that is free at the time of asking. */
export function freePort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return listener.addr.port;
}

/** What a program that ended on its own left behind. */
export interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a program to its end, with `stdin` as its whole input. */
export async function run(
  [program, ...args]: CommandLine,
  stdin: string | Uint8Array = "",
  cwd?: string,
): Promise<Ended> {
  const child = new Deno.Command(program, {
    args,
    ...(cwd === undefined ? {} : { cwd }),
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const input = new Blob([stdin as BlobPart]).stream();
  // A program may end before it has read its input, and that is its own affair.
  const [output] = await Promise.all([
    child.output(),
    input.pipeTo(child.stdin).catch(() => {}),
  ]);
  const text = new TextDecoder();
  return {
    code: output.code,
    stdout: text.decode(output.stdout),
    stderr: text.decode(output.stderr),
  };
}

/** Whether a server answers PING on the port. */
export async function answers(port: number): Promise<boolean> {
  try {
    using connection = await Deno.connect({ hostname: "127.0.0.1", port });
    await connection.write(new TextEncoder().encode("PING\r\n"));
    const reply = new Uint8Array(64);
    const length = await connection.read(reply) ?? 0;
    return new TextDecoder().decode(reply.subarray(0, length)) === "+PONG\r\n";
  } catch {
    return false;
  }
}

/** A running server; disposing of it stops it, by force if it will not go. */
export class ServerProcess implements AsyncDisposable {
  readonly port: number;
  /** Milliseconds from the start of the process to its first PONG. */
  readonly firstPongMs: number;
  readonly #child: Deno.ChildProcess;

  private constructor(
    child: Deno.ChildProcess,
    port: number,
    firstPongMs: number,
  ) {
    this.#child = child;
    this.port = port;
    this.firstPongMs = firstPongMs;
  }

  /** Starts `command`, which must listen on `port`, and waits until it answers. */
  static async start(
    [program, ...args]: CommandLine,
    port: number,
    cwd?: string,
  ): Promise<ServerProcess> {
    const startedAt = performance.now();
    const child = new Deno.Command(program, {
      args,
      ...(cwd === undefined ? {} : { cwd }),
      stdin: "null",
      stdout: "null",
      stderr: "inherit",
    }).spawn();
    let code: number | undefined;
    child.status.then((status) => code = status.code);
    while (!await answers(port)) {
      const waited = performance.now() - startedAt;
      if (code === undefined && waited < READY_WITHIN_MS) {
        await new Promise((resolve) => setTimeout(resolve, 2));
        continue;
      }
      if (code === undefined) child.kill("SIGKILL");
      const what = code === undefined ? "did not answer" : `ended with ${code}`;
      throw new Error(`The server ${what}: ${[program, ...args].join(" ")}`);
    }
    return new ServerProcess(child, port, performance.now() - startedAt);
  }

  get pid(): number {
    return this.#child.pid;
  }

  /** The exit code, once the process has ended. */
  async exitCode(): Promise<number> {
    return (await this.#child.status).code;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const timer = setTimeout(
      () => this.#child.kill("SIGKILL"),
      STOPPED_WITHIN_MS,
    );
    try {
      this.#child.kill("SIGTERM");
    } catch {
      // It has ended already.
    }
    await this.#child.status;
    clearTimeout(timer);
  }
}
