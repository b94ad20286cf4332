import {
  CommandError,
  commandError,
  DB_INDEX_OUT_OF_RANGE,
  SYNTAX_ERROR,
  wrongArity,
} from "../protocol/command_error.ts";
import type { Args } from "../protocol/args.ts";
import { Restrictions } from "../server/client.ts";
import { type Call, commandGroup } from "../server/command.ts";
import { endTransaction } from "../server/transaction.ts";
import { REDIS_VERSION } from "../server/version.ts";
import { readName } from "./identity.ts";

export const connectionCommands = commandGroup("connection", [
  {
    name: "auth",
    arity: -2,
    flags: ["noscript", "loading", "stale", "fast", "no_auth", "allow_busy"],
    since: "1.0.0",
    complexity: "O(N) where N is the number of passwords defined for the user",
    summary: "Gives the password that the server asks for.",
    syntax: "[username] password",
    docs: { since: { username: "6.0.0" } },
    history: [["6.0.0", "Added ACL style (username and password)."]],
    secrets: ({ length }) => length > 3 ? [] : [1, 2],
    handler: auth,
  },
  {
    name: "echo",
    arity: 2,
    flags: ["loading", "stale", "fast"],
    since: "1.0.0",
    complexity: "O(1)",
    summary: "Answers the message given.",
    syntax: "message",
    handler: ({ args, reply }) => reply.bulk(args.string(1)),
  },
  {
    name: "hello",
    arity: -1,
    flags: ["noscript", "loading", "stale", "fast", "no_auth", "allow_busy"],
    since: "6.0.0",
    complexity: "O(1)",
    summary:
      "Chooses the protocol, gives password and name, and tells of the server.",
    syntax: "[protover [AUTH username password] [SETNAME clientname]]",
    docs: { groups: ["arguments", "username_password"] },
    history: [[
      "6.2.0",
      "`protover` made optional; when called without arguments the command reports the current connection's context.",
    ]],
    secrets: secretsOfHello,
    handler: hello,
  },
  {
    name: "ping",
    arity: -1,
    flags: ["fast"],
    tips: ["request_policy:all_shards", "response_policy:all_succeeded"],
    since: "1.0.0",
    complexity: "O(1)",
    summary: "Answers PONG, or the message given.",
    syntax: "[message]",
    handler: ping,
  },
  {
    name: "quit",
    arity: -1,
    flags: ["noscript", "loading", "stale", "fast", "no_auth", "allow_busy"],
    since: "1.0.0",
    complexity: "O(1)",
    summary: "Closes the connection.",
    syntax: "",
    handler: quit,
  },
  {
    name: "reset",
    arity: 1,
    flags: ["noscript", "loading", "stale", "fast", "no_auth", "allow_busy"],
    since: "6.2.0",
    complexity: "O(1)",
    summary: "Makes the connection as it was when it came.",
    syntax: "",
    handler: reset,
  },
  {
    name: "select",
    arity: 2,
    flags: ["loading", "stale", "fast"],
    since: "1.0.0",
    complexity: "O(1)",
    summary: "Changes the database of this connection.",
    syntax: "index",
    handler: select,
  },
]);

const WRONG_PASS = new CommandError(
  "WRONGPASS",
  "invalid username-password pair or user is disabled.",
);
const NO_PASSWORD_SET = commandError(
  "AUTH <password> called without any password configured for the default user. " +
    "Are you sure your configuration is correct?",
);
const HELLO_NO_AUTH = new CommandError(
  "NOAUTH",
  "HELLO must be called with the client already authenticated, otherwise the HELLO AUTH <user> <pass> " +
    "option can be used to authenticate the client and select the RESP protocol version at the same time",
);
const NO_PROTOCOL = new CommandError(
  "NOPROTO",
  "unsupported protocol version",
);
const PROTOCOL_NOT_AN_INTEGER = commandError(
  "Protocol version is not an integer or out of range",
);
const NOT_AN_INT32 = commandError(
  "value is out of range, value must between -2147483648 and 2147483647",
);

function auth(call: Call): void {
  const { args, reply, server } = call;
  if (args.length > 3) throw SYNTAX_ERROR;
  if (args.length === 2) {
    if (server.acl.defaultUser.needsNoPassword) throw NO_PASSWORD_SET;
    authenticate(call, "default", args.string(1));
  } else {
    authenticate(call, args.string(1), args.string(2));
  }
  reply.ok();
}

function authenticate(
  { client, server }: Call,
  user: string,
  password: string,
): void {
  if (!server.acl.authenticate(client, user, password)) throw WRONG_PASS;
}

/** User and password, wherever AUTH stands among the options. */
function secretsOfHello(args: Args): readonly number[] {
  const secrets: number[] = [];
  for (let i = 2; i < args.length; i++) {
    const left = args.length - 1 - i;
    if (args.is(i, "AUTH") && left >= 2) secrets.push(++i, ++i);
    else if (args.is(i, "SETNAME") && left >= 1) i++;
    else break;
  }
  return secrets;
}

function hello(call: Call): void {
  const { args, client, reply } = call;
  const version = args.length > 1
    ? args.integer(1, PROTOCOL_NOT_AN_INTEGER)
    : reply.protocol;
  if (version !== 2 && version !== 3) throw NO_PROTOCOL;
  for (let i = 2; i < args.length; i++) {
    const left = args.length - 1 - i;
    if (args.is(i, "AUTH") && left >= 2) {
      authenticate(call, args.string(i + 1), args.string(i + 2));
      i += 2;
    } else if (args.is(i, "SETNAME") && left >= 1) {
      client.name = readName(args.string(i + 1));
      i++;
    } else {
      throw commandError(`Syntax error in HELLO option '${args.printed(i)}'`);
    }
  }
  if (!client.authenticated) throw HELLO_NO_AUTH;
  reply.protocol = version;
  reply.map(7);
  reply.bulk("server");
  reply.bulk("redis");
  reply.bulk("version");
  reply.bulk(REDIS_VERSION);
  reply.bulk("proto");
  reply.integer(version);
  reply.bulk("id");
  reply.integer(client.id);
  reply.bulk("mode");
  reply.bulk("standalone");
  reply.bulk("role");
  reply.bulk("master");
  reply.bulk("modules");
  reply.array(0);
}

function ping({ args, client, reply }: Call): void {
  if (args.length > 2) throw wrongArity("ping");
  if (client.isSubscribed && !reply.hasPushes) {
    // Where messages are arrays, the reply has to look like one.
    reply.bulks(["pong", args.length === 2 ? args.string(1) : ""]);
  } else if (args.length === 2) reply.bulk(args.string(1));
  else reply.status("PONG");
}

function quit({ client, reply }: Call): void {
  reply.ok();
  client.closeAfterReply();
}

function reset({ client, reply, server }: Call): void {
  endTransaction(client);
  server.pubsub.forget(client);
  server.monitors.forget(client);
  server.tracking.disable(client);
  client.db = server.store.databases[0]!;
  client.becomeDefault();
  client.name = "";
  client.restrict(Restrictions.replyOff | Restrictions.replySkipNext, false);
  reply.protocol = 2;
  reply.status("RESET");
}

function select({ args, client, reply, server }: Call): void {
  const index = args.integer(1);
  if (index < -(2 ** 31) || index >= 2 ** 31) throw NOT_AN_INT32;
  const db = server.store.databases[index];
  if (db === undefined) throw DB_INDEX_OUT_OF_RANGE;
  client.db = db;
  reply.ok();
}
