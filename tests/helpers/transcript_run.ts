import { splitCommandLine } from "./command_line.ts";
import { until } from "./event_loop.ts";
import {
  describe,
  type Expected,
  Frames,
  frames,
  matches,
} from "./expected.ts";
import { formatReply, type Protocol, type Reply } from "./reply.ts";
import { type Address, RespClient } from "./resp_client.ts";
import {
  type Action,
  type Command,
  DEFAULT_CLIENT,
  isAction,
  isClientCommand,
  showStep,
  type Step,
} from "./steps.ts";

/** What is known of a run besides its steps: where the transcript is written, and the protocol. */
export interface RunContext {
  readonly place: string;
  readonly protocol: Protocol;
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
