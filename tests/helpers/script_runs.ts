import { Buffer } from "node:buffer";
import { createServer } from "../../src/mod.ts";
import { Args } from "../../src/protocol/args.ts";
import type { Client } from "../../src/server/client.ts";
import type { Server } from "../../src/server/server.ts";

/** A server without a socket, for scripts that are run one after the other. */
export class ScriptRuns {
  readonly server: Server = createServer();
  readonly #client: Client = this.server.createClient();

  /** Runs a command line and returns its reply as it would leave, one char per byte. */
  run(...words: readonly string[]): string {
    const { executor } = this.server;
    executor.turn(() => {
      this.#client.args = Args.from(words);
      executor.execute(this.#client);
    });
    return Buffer.from(this.#client.reply.take()).latin1Slice();
  }

  /** Runs a script without keys. */
  eval(script: string, ...args: readonly string[]): string {
    return this.run("EVAL", script, "0", ...args);
  }
}
