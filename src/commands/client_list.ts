import { commandError, SYNTAX_ERROR } from "../protocol/command_error.ts";
import { asciiLower } from "../protocol/byte_string.ts";
import type { Args } from "../protocol/args.ts";
import type { Client, ClientType } from "../server/client.ts";
import { clientInfo } from "../server/client_info.ts";
import type { Call } from "../server/command.ts";

const TYPES: Readonly<Record<string, ClientType>> = {
  normal: "normal",
  master: "master",
  replica: "replica",
  slave: "replica",
  pubsub: "pubsub",
};
const INVALID_ID = commandError("Invalid client ID");

/** CLIENT INFO. */
export function showClient({ client, reply }: Call): void {
  reply.verbatim("txt", `${clientInfo(client, client)}\n`);
}

/** CLIENT LIST. */
export function listClients(call: Call): void {
  const { client, reply } = call;
  let text = "";
  for (const each of selected(call)) text += `${clientInfo(each, client)}\n`;
  reply.verbatim("txt", text);
}

function selected({ args, server }: Call): Client[] {
  const { clients } = server;
  if (args.length === 2) return [...clients];
  if (args.length === 4 && args.is(2, "TYPE")) {
    const type = readType(args, 3);
    return [...clients].filter((each) => each.type === type);
  }
  if (args.length < 4 || !args.is(2, "ID")) throw SYNTAX_ERROR;
  const found: Client[] = [];
  for (let i = 3; i < args.length; i++) {
    const client = clients.get(args.integer(i, INVALID_ID));
    if (client !== undefined) found.push(client);
  }
  return found;
}

/** Returns the type of client that argument `i` names. */
export function readType(args: Args, i: number): ClientType {
  const name = args.string(i);
  const lower = asciiLower(name);
  const type = Object.hasOwn(TYPES, lower) ? TYPES[lower] : undefined;
  if (type === undefined) {
    throw commandError(`Unknown client type '${args.printed(i)}'`);
  }
  return type;
}
