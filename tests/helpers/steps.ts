import type { Expected, Frames } from "./expected.ts";
import type { Argument } from "./resp_client.ts";

/** Whom a command line comes from when nothing is said. */
export const DEFAULT_CLIENT = "a";

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

/** Whether the step begins with a command of a named client. */
export function isClientCommand(
  first: Command | ClientCommand | Action,
): first is ClientCommand {
  return typeof first === "object" && "command" in first && !isAction(first);
}

/** Whether the step is an action. */
export function isAction(
  first: Command | ClientCommand | Action,
): first is Action {
  return typeof first === "object" && "action" in first;
}

/** A step without its reply, for the eye. */
export function showStep([first]: Step): string {
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
