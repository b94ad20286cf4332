import type { Args } from "../protocol/args.ts";
import { type Client, Restrictions } from "./client.ts";
import type { Command } from "./command_table.ts";
import { shownArgument, unshownArguments } from "./shown_arguments.ts";

/** How bytes are shown that are not themselves. */
const ESCAPES = new Map([
  ["\\", "\\\\"],
  ['"', '\\"'],
  ["\n", "\\n"],
  ["\r", "\\r"],
  ["\t", "\\t"],
  ["\x07", "\\a"],
  ["\b", "\\b"],
]);

/** The clients that see what all clients run: MONITOR. */
export class Monitors {
  /** Whether there are any: all that a command costs while there are none. */
  active = false;
  readonly #clients = new Set<Client>();

  has(client: Client): boolean {
    return this.#clients.has(client);
  }

  add(client: Client): void {
    this.#clients.add(client);
    this.active = true;
    client.restrict(Restrictions.monitor, true);
  }

  forget(client: Client): void {
    this.#clients.delete(client);
    this.active = this.#clients.size > 0;
    client.restrict(Restrictions.monitor, false);
  }

  /** Shows the command in `client.args`, which has run, to all monitors; what is for administrators they do not see. */
  show(client: Client, command: Command): void {
    if (command.has("admin") || command.has("skip_monitor")) return;
    this.showAlways(client, command);
  }

  /** Shows a command that shows itself, before it runs: what it runs comes after it. */
  showAlways(client: Client, command: Command): void {
    const line = lineOf(client, command);
    for (const monitor of this.#clients) {
      if (monitor.muted || monitor.closing) continue;
      monitor.reply.status(line);
      monitor.server.clients.hasOutput(monitor);
    }
  }
}

function lineOf(client: Client, command: Command): string {
  const { args, db, server, transport } = client;
  const now = server.clock.now();
  const time = `${Math.floor(now / 1000)}.${
    String(now % 1000 * 1000).padStart(6, "0")
  }`;
  const from = transport?.kind === "unix"
    ? `unix:${server.config.values["unixsocket"]}`
    : transport?.address ?? "?:0";
  return `${time} [${db.index} ${client.isScript ? "lua" : from}] ${
    quoted(args, unshownArguments(command, args))
  }`;
}

function quoted(args: Args, hidden: readonly number[]): string {
  const words: string[] = [];
  for (let i = 0; i < args.length; i++) {
    const word = shownArgument(args, i, hidden, Infinity);
    words.push(`"${word.replace(/[\\"]|[^ -~]/g, escaped)}"`);
  }
  return words.join(" ");
}

function escaped(byte: string): string {
  return ESCAPES.get(byte) ??
    `\\x${byte.charCodeAt(0).toString(16).padStart(2, "0")}`;
}
