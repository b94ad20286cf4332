/**
 * Transcripts: what clients send and what they get, as a table. Each one is run against the server in
 * this process over RESP2 and RESP3, and against a real redis-server 7.0 where one is installed, which
 * checks the table itself.
 *
 * ```ts
 * transcript("SET keeps, replaces and refuses", [
 *   ["SET k v", OK],
 *   ["SET k w NX", nil],
 *   [sent("b", "BLPOP q 0")],
 *   [blocked("b")],
 *   ["RPUSH q x", 1],
 *   [received("b", ["q", "x"])],
 * ]);
 * ```
 */
import { splitCommandLine } from "./command_line.ts";
import {
  describe,
  type Expected,
  Frames,
  frames,
  matches,
} from "./expected.ts";
import { until } from "./event_loop.ts";
import {
  findRealRedis,
  type Parameters,
  RealRedis,
  sharedRealRedis,
} from "./real_redis.ts";
import { formatReply, type Protocol, type Reply } from "./reply.ts";
import { type Address, type Argument, RespClient } from "./resp_client.ts";
import { startTestServer, type TestServerOptions } from "./server.ts";

export * from "./expected.ts";
export { utf8 } from "./resp_client.ts";

/** Time that a transcript may let pass before its run against the real server ends early. */
const REAL_PATIENCE_MS = 50;

/** Whom a command line comes from when nothing is said. */
const DEFAULT_CLIENT = "a";

/** A command: a line as one types it into redis-cli, its arguments, or either made of captured texts. */
export type Command =
  | string
  | readonly Argument[]
  | ((
    captured: Readonly<Record<string, string>>,
  ) => string | readonly Argument[]);

/** A command of a named client. */
export interface ClientCommand {
  readonly client: string;
  readonly command: Command;
}

/** A step that is not a command with its reply. */
export type Action =
  | { readonly action: "advance"; readonly ms: number }
  | {
    readonly action: "sent";
    readonly client: string;
    readonly command: Command;
  }
  | {
    readonly action: "received";
    readonly client: string;
    readonly expected: Expected | Frames;
  }
  | { readonly action: "blocked"; readonly client: string }
  | { readonly action: "disconnect"; readonly client: string }
  | { readonly action: "disconnected"; readonly client: string };

/** A line of a transcript. */
export type Step =
  | readonly [command: Command | ClientCommand, expected: Expected | Frames]
  | readonly [action: Action];

/** Where a transcript differs from the usual. */
export interface TranscriptOptions {
  /** Parameters of the server, in both; the real one is then started for this transcript alone. */
  readonly config?: TestServerOptions["config"];
  /** The protocols to run it in; both unless told. */
  readonly protocols?: readonly Protocol[];
  /** Why the real server is not asked. */
  readonly oursOnly?: string;
  /** Whether the mode that digests the data around each command is on; it is unless told. */
  readonly strict?: boolean;
}

/** The command, of another client than "a". A client connects at its first mention. */
export function on(client: string, command: Command): ClientCommand {
  return { client, command };
}

/** Moves the server's clock. */
export function advance(ms: number): Action {
  return { action: "advance", ms };
}

/** Sends without waiting for a reply. */
export function sent(client: string, command: Command): Action {
  return { action: "sent", client, command };
}

/** Takes the next reply, or replies, or pushes, of a client. */
export function received(client: string, expected: Expected | Frames): Action {
  return { action: "received", client, expected };
}

/** Waits until the server has blocked the client. */
export function blocked(client: string): Action {
  return { action: "blocked", client };
}

/** Closes a client's connection and waits until the server has noticed; its next mention connects again. */
export function disconnect(client: string): Action {
  return { action: "disconnect", client };
}

/** Waits until the server has closed a client's connection; its next mention connects again. */
export function disconnected(client: string): Action {
  return { action: "disconnected", client };
}

/** Registers the tests of a transcript: over RESP2, over RESP3, and of the table itself against a real server. */
export function transcript(
  name: string,
  steps: readonly Step[],
  options: TranscriptOptions = {},
): void {
  const place = callerOf(transcript);
  const protocols = options.protocols ?? [2, 3];
  for (const protocol of protocols) {
    Deno.test({
      name: `${name} (RESP${protocol})`,
      sanitizeOps: true,
      sanitizeResources: true,
      fn: () => runOurs(steps, options, { place, protocol }),
    });
  }
  if (options.oursOnly !== undefined) return;
  Deno.test({
    name: `${name} (redis-server)`,
    ignore: findRealRedis() === undefined,
    // The real server is started by whichever test needs it first and stays.
    sanitizeOps: false,
    sanitizeResources: false,
    fn: async () => {
      for (const protocol of protocols) {
        await runReal(steps, options, { place, protocol });
      }
    },
  });
}

/** What is known of a run besides its steps: where the transcript is written, and the protocol. */
interface RunContext {
  readonly place: string;
  readonly protocol: Protocol;
}

async function runOurs(
  steps: readonly Step[],
  options: TranscriptOptions,
  context: RunContext,
): Promise<void> {
  await using server = await startTestServer({
    ...options.config !== undefined && { config: options.config },
    strict: options.strict ?? true,
  });
  await runTranscript(steps, {
    ...context,
    address: server.port,
    advance: async (ms) => {
      await server.clock.advance(ms);
      return true;
    },
  });
}

async function runReal(
  steps: readonly Step[],
  options: TranscriptOptions,
  context: RunContext,
): Promise<void> {
  const run = async (server: RealRedis) => {
    await server.reset();
    let passed = 0;
    await runTranscript(steps, {
      ...context,
      place: `redis-server, ${context.place}`,
      address: server.port,
      advance: async (ms) => {
        passed += ms;
        if (passed >= REAL_PATIENCE_MS) return false;
        await new Promise((resolve) => setTimeout(resolve, ms + 1));
        return true;
      },
    });
  };
  if (options.config === undefined) {
    return await run(await sharedRealRedis() as RealRedis);
  }
  await using server = await RealRedis.start(
    findRealRedis() as string,
    options.config as Parameters,
  );
  await run(server);
}

/** A server to run a transcript against. */
export interface Target extends RunContext {
  readonly address: Address;
  /** Lets time pass; false where it cannot, and the run ends there. */
  advance(ms: number): Promise<boolean>;
}

/**
 * Runs the steps against a server that is ready for them.
 *
 * @throws {Error} that shows the first step whose reply differs.
 */
export async function runTranscript(
  steps: readonly Step[],
  target: Target,
): Promise<void> {
  await using run = new Run(steps, target);
  for (const [index, step] of steps.entries()) {
    try {
      if (!await run.perform(step)) return;
    } catch (error) {
      const where = `${target.place}, step ${
        index + 1
      }, RESP${target.protocol}`;
      const message = `${where}\n  ${showStep(step)}\n  ${
        (error as Error).message
      }`;
      throw error instanceof Mismatch
        ? new Mismatch(message)
        : new Error(message, { cause: error });
    }
  }
  try {
    await run.finish();
  } catch (error) {
    throw new Error(
      `${target.place}, after the last step, RESP${target.protocol}\n  ${
        (error as Error).message
      }`,
    );
  }
}

/** A reply that is not the expected one. */
class Mismatch extends Error {
  override readonly name = "Mismatch";
}

/** The clients of one run and what they still owe each other. */
class Run implements AsyncDisposable {
  readonly #target: Target;
  readonly #clients = new Map<
    string,
    { readonly client: RespClient; readonly id: number; owed: number }
  >();
  readonly #captured = new Map<string, string>();
  /** Clients whose id the server must be asked for. */
  readonly #watched: ReadonlySet<string>;
  #observer: RespClient | undefined;

  constructor(steps: readonly Step[], target: Target) {
    this.#target = target;
    this.#watched = new Set(
      steps.flatMap(([first]) =>
        isAction(first) &&
          (first.action === "blocked" || first.action === "disconnect")
          ? [first.client]
          : []
      ),
    );
  }

  /** False when the run must end here. */
  async perform(step: Step): Promise<boolean> {
    const [first, expected] = step;
    if (expected !== undefined) {
      const { client, command } = isClientCommand(first)
        ? first
        : { client: DEFAULT_CLIENT, command: first as Command };
      await this.#post(client, command);
      await this.#expect(client, expected);
      return true;
    }
    const action = first as Action;
    switch (action.action) {
      case "advance":
        return await this.#target.advance(action.ms);
      case "sent":
        await this.#post(action.client, action.command);
        (await this.#connected(action.client)).owed++;
        return true;
      case "received":
        (await this.#connected(action.client)).owed--;
        await this.#expect(action.client, action.expected);
        return true;
      case "blocked":
        await this.#untilListed(
          action.client,
          "is blocked",
          (line) => / flags=[^ ]*b/.test(line),
        );
        return true;
      case "disconnect": {
        (await this.#connected(action.client)).client.close();
        await this.#untilListed(
          action.client,
          "is gone",
          (line) => line === "",
        );
        this.#clients.delete(action.client);
        return true;
      }
      case "disconnected": {
        const { client } = await this.#connected(action.client);
        refuseSurplus(action.client, await client.readToEnd());
        this.#clients.delete(action.client);
        return true;
      }
    }
  }

  /** Fails when a client has been sent more than the steps have taken. */
  async finish(): Promise<void> {
    for (const [name, { client, owed }] of this.#clients) {
      // A client with an open request is taken for blocked: it would not be served.
      if (owed > 0) continue;
      await client.post("QUIT").catch(() => {});
      const rest = await client.readToEnd();
      const last = rest.at(-1);
      const farewell = last !== undefined && last.type === "status" &&
        last.text === "OK";
      refuseSurplus(name, farewell ? rest.slice(0, -1) : rest);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const { client } of this.#clients.values()) {
      await client[Symbol.asyncDispose]();
    }
    await this.#observer?.[Symbol.asyncDispose]();
  }

  async #connected(name: string) {
    const known = this.#clients.get(name);
    if (known !== undefined) return known;
    // The observer comes first: what the transcript does to users and passwords must not lock it out.
    if (this.#watched.size > 0) {
      this.#observer ??= await RespClient.connect(this.#target.address);
    }
    const client = await RespClient.connect(this.#target.address, {
      protocol: this.#target.protocol,
    });
    const fresh = { client, id: 0, owed: 0 };
    this.#clients.set(name, fresh);
    if (this.#watched.has(name)) {
      fresh.id = Number(await client.call("CLIENT", "ID"));
    }
    return fresh;
  }

  async #post(name: string, command: Command): Promise<void> {
    const { client } = await this.#connected(name);
    const made = typeof command === "function"
      ? command(Object.fromEntries(this.#captured))
      : command;
    await client.post(
      ...typeof made === "string" ? splitCommandLine(made) : made,
    );
  }

  async #expect(name: string, expected: Expected | Frames): Promise<void> {
    const { client } = await this.#connected(name);
    const protocol = this.#target.protocol;
    const { expected: list } = expected instanceof Frames
      ? expected
      : frames(expected);
    for (const one of list) {
      const reply = await client.readReply();
      if (matches(one, reply, { protocol, captured: this.#captured })) continue;
      throw new Mismatch(
        `expected ${describe(one, protocol)}\n  received ${formatReply(reply)}`,
      );
    }
  }

  async #untilListed(
    name: string,
    what: string,
    condition: (line: string) => boolean,
  ): Promise<void> {
    const { id } = await this.#connected(name);
    const observer = this.#observer as RespClient;
    await until(
      `client ${name} ${what}`,
      async () =>
        condition(
          String(await observer.call("CLIENT", "LIST", "ID", id)).trim(),
        ),
    );
  }
}

function refuseSurplus(name: string, surplus: readonly Reply[]): void {
  if (surplus.length === 0) return;
  throw new Error(
    `client ${name} also received ${surplus.map(formatReply).join(", ")}`,
  );
}

function isClientCommand(
  first: Command | ClientCommand | Action,
): first is ClientCommand {
  return typeof first === "object" && "command" in first && !isAction(first);
}

function isAction(first: Command | ClientCommand | Action): first is Action {
  return typeof first === "object" && "action" in first;
}

function showStep([first]: Step): string {
  if (isAction(first)) {
    if (first.action === "advance") return `(advance) ${first.ms} ms`;
    const command = first.action === "sent"
      ? ` ${showCommand(first.command)}`
      : "";
    return `${first.client}> (${first.action})${command}`;
  }
  const { client, command } = isClientCommand(first)
    ? first
    : { client: DEFAULT_CLIENT, command: first };
  return `${client}> ${showCommand(command)}`;
}

function showCommand(command: Command): string {
  const text = typeof command === "string"
    ? command
    : typeof command === "function"
    ? `${command}`
    : command.join(" ");
  return text.length > 200
    ? `${text.slice(0, 200)}… (${text.length} chars)`
    : text;
}

/** File and line of the call of `callee` that is being made. */
function callerOf(callee: (...args: never[]) => unknown): string {
  const trace: { stack?: string } = {};
  Error.captureStackTrace(trace, callee);
  const place =
    /(?:file:\/\/)?(\/[^\s()]+:\d+):\d+\)?$/m.exec(trace.stack ?? "")?.[1] ??
      "transcript";
  return place.replace(/^.*\/tests\//, "tests/");
}
