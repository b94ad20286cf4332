import { commandError, SYNTAX_ERROR } from "../protocol/command_error.ts";
import type { User } from "../server/acl/user.ts";
import type { Client, ClientType } from "../server/client.ts";
import type { Call } from "../server/command.ts";
import { readType } from "./client_list.ts";

const NO_SUCH_CLIENT = commandError("No such client");
const NOT_AN_ID = commandError("client-id should be greater than 0");

/** Whom CLIENT KILL is to close: those who have all that is given. */
interface Filter {
  id?: number;
  type?: ClientType;
  user?: User;
  address?: string;
  localAddress?: string;
  skipCaller: boolean;
}

/** CLIENT KILL: with one address, or with filters. */
export function killClients(call: Call): void {
  const { args, reply } = call;
  if (args.length === 3) {
    const killed = kill(call, { address: args.string(2), skipCaller: false });
    if (killed === 0) throw NO_SUCH_CLIENT;
    reply.ok();
  } else {
    reply.integer(kill(call, readFilter(call)));
  }
}

function readFilter({ args, server }: Call): Filter {
  const filter: Filter = { skipCaller: true };
  for (let i = 2; i < args.length; i += 2) {
    if (i + 1 === args.length) throw SYNTAX_ERROR;
    if (args.is(i, "ID")) {
      filter.id = args.integer(i + 1, NOT_AN_ID);
      if (filter.id < 1) throw NOT_AN_ID;
    } else if (args.is(i, "TYPE")) {
      filter.type = readType(args, i + 1);
    } else if (args.is(i, "ADDR")) {
      filter.address = args.string(i + 1);
    } else if (args.is(i, "LADDR")) {
      filter.localAddress = args.string(i + 1);
    } else if (args.is(i, "USER")) {
      const name = args.string(i + 1);
      const user = server.acl.users.get(name);
      if (user === undefined) {
        throw commandError(`No such user '${args.printed(i + 1)}'`);
      }
      filter.user = user;
    } else if (args.is(i, "SKIPME") && args.is(i + 1, "YES")) {
      filter.skipCaller = true;
    } else if (args.is(i, "SKIPME") && args.is(i + 1, "NO")) {
      filter.skipCaller = false;
    } else {
      throw SYNTAX_ERROR;
    }
  }
  return filter;
}

/** Closes the connections that pass the filter; the caller's own once it has its reply. */
function kill({ client: caller, server }: Call, filter: Filter): number {
  let killed = 0;
  for (const client of server.clients) {
    if (!passes(client, filter)) continue;
    if (client !== caller) server.clients.kill(client);
    else if (filter.skipCaller) continue;
    else caller.closeAfterReply();
    killed++;
  }
  return killed;
}

function passes(client: Client, filter: Filter): boolean {
  const { id, type, user, address, localAddress } = filter;
  return (id === undefined || client.id === id) &&
    (type === undefined || client.type === type) &&
    (user === undefined || client.user === user) &&
    (address === undefined || client.transport?.address === address) &&
    (localAddress === undefined ||
      client.transport?.localAddress === localAddress);
}
