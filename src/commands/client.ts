import { commandError, SYNTAX_ERROR } from "../protocol/command_error.ts";
import { Restrictions } from "../server/client.ts";
import {
  type Call,
  type CommandFlag,
  commandGroup,
} from "../server/command.ts";
import { killClients } from "./client_kill.ts";
import { listClients, showClient } from "./client_list.ts";
import { trackingCommands } from "./client_tracking.ts";
import { pause, unblock, unpause } from "./client_wait.ts";
import { helpOf } from "./help.ts";
import { isOneWord, readName } from "./identity.ts";

const CLIENT_FLAGS: readonly CommandFlag[] = ["noscript", "loading", "stale"];
const ADMIN_FLAGS: readonly CommandFlag[] = ["admin", ...CLIENT_FLAGS];

const HELP = [
  "CACHING (YES|NO)",
  "    Enable/disable tracking of the keys for next command in OPTIN/OPTOUT modes.",
  "GETREDIR",
  "    Return the client ID we are redirecting to when tracking is enabled.",
  "GETNAME",
  "    Return the name of the current connection.",
  "ID",
  "    Return the ID of the current connection.",
  "INFO",
  "    Return information about the current client connection.",
  "KILL <ip:port>",
  "    Kill connection made from <ip:port>.",
  "KILL <option> <value> [<option> <value> [...]]",
  "    Kill connections. Options are:",
  "    * ADDR (<ip:port>|<unixsocket>:0)",
  "      Kill connections made from the specified address",
  "    * LADDR (<ip:port>|<unixsocket>:0)",
  "      Kill connections made to specified local address",
  "    * TYPE (NORMAL|MASTER|REPLICA|PUBSUB)",
  "      Kill connections by type.",
  "    * USER <username>",
  "      Kill connections authenticated by <username>.",
  "    * SKIPME (YES|NO)",
  "      Skip killing current connection (default: yes).",
  "LIST [options ...]",
  "    Return information about client connections. Options:",
  "    * TYPE (NORMAL|MASTER|REPLICA|PUBSUB)",
  "      Return clients of specified type.",
  "UNPAUSE",
  "    Stop the current client pause, resuming traffic.",
  "PAUSE <timeout> [WRITE|ALL]",
  "    Suspend all, or just write, clients for <timeout> milliseconds.",
  "REPLY (ON|OFF|SKIP)",
  "    Control the replies sent to the current connection.",
  "SETNAME <name>",
  "    Assign the name <name> to the current connection.",
  "SETINFO (LIB-NAME|LIB-VER) <text>",
  "    Note the library of the current connection and its version.",
  "UNBLOCK <clientid> [TIMEOUT|ERROR]",
  "    Unblock the specified blocked client.",
  "TRACKING (ON|OFF) [REDIRECT <id>] [BCAST] [PREFIX <prefix> [...]]",
  "         [OPTIN] [OPTOUT] [NOLOOP]",
  "    Control server assisted client side caching.",
  "TRACKINGINFO",
  "    Report tracking status for the current connection.",
  "NO-EVICT (ON|OFF)",
  "    Protect current client connection from eviction.",
];

export const clientCommands = commandGroup("connection", [{
  name: "client",
  arity: -2,
  flags: [],
  since: "2.4.0",
  complexity: "Depends on subcommand.",
  summary: "Holds the commands about connections.",
  syntax: "",
  subcommands: [
    {
      name: "getname",
      arity: 2,
      flags: CLIENT_FLAGS,
      since: "2.6.9",
      complexity: "O(1)",
      summary: "Answers the name of this connection.",
      syntax: "",
      handler: ({ client, reply }) => reply.bulk(client.name || undefined),
    },
    {
      name: "help",
      arity: 2,
      flags: ["loading", "stale"],
      since: "5.0.0",
      complexity: "O(1)",
      summary: "Lists the subcommands.",
      syntax: "",
      handler: helpOf("CLIENT", HELP),
    },
    {
      name: "id",
      arity: 2,
      flags: CLIENT_FLAGS,
      since: "5.0.0",
      complexity: "O(1)",
      summary: "Answers the id of this connection.",
      syntax: "",
      handler: ({ client, reply }) => reply.integer(client.id),
    },
    {
      name: "info",
      arity: 2,
      flags: CLIENT_FLAGS,
      tips: ["nondeterministic_output"],
      since: "6.2.0",
      complexity: "O(1)",
      summary: "Describes this connection.",
      syntax: "",
      handler: showClient,
    },
    {
      name: "kill",
      arity: -3,
      flags: ADMIN_FLAGS,
      since: "2.4.0",
      complexity: "O(N) where N is the number of client connections",
      summary: "Closes connections.",
      syntax:
        "<ip:port | <[ID client-id] | [TYPE <NORMAL | MASTER | SLAVE | REPLICA | PUBSUB>] | [USER username] | [ADDR ip:port] | [LADDR ip:port] | [SKIPME yes/no]> [...]>",
      docs: {
        groups: ["filter", "new-format", "normal_master_slave_pubsub"],
        since: {
          ID: "2.8.12",
          TYPE: "2.8.12",
          MASTER: "3.2.0",
          REPLICA: "5.0.0",
          LADDR: "6.2.0",
        },
        deprecatedSince: { "ip:port": "2.8.12" },
      },
      history: [
        ["2.8.12", "Added new filter format."],
        ["2.8.12", "`ID` option."],
        ["3.2.0", "Added `master` type in for `TYPE` option."],
        [
          "5.0.0",
          "Replaced `slave` `TYPE` with `replica`. `slave` still supported for backward compatibility.",
        ],
        ["6.2.0", "`LADDR` option."],
      ],
      handler: killClients,
    },
    {
      name: "list",
      arity: -2,
      flags: ADMIN_FLAGS,
      tips: ["nondeterministic_output"],
      since: "2.4.0",
      complexity: "O(N) where N is the number of client connections",
      summary: "Describes the connections.",
      syntax:
        "[TYPE <NORMAL | MASTER | REPLICA | PUBSUB>] [ID (client-id [client-id ...])]",
      docs: {
        groups: ["normal_master_replica_pubsub", "id"],
        since: { TYPE: "5.0.0", ID: "6.2.0" },
      },
      history: [
        ["2.8.12", "Added unique client `id` field."],
        ["5.0.0", "Added optional `TYPE` filter."],
        ["6.0.0", "Added `user` field."],
        [
          "6.2.0",
          "Added `argv-mem`, `tot-mem`, `laddr` and `redir` fields and the optional `ID` filter.",
        ],
        ["7.0.0", "Added `resp`, `multi-mem`, `rbs` and `rbp` fields."],
        ["7.0.3", "Added `ssub` field."],
      ],
      handler: listClients,
    },
    {
      name: "no-evict",
      arity: 3,
      flags: ADMIN_FLAGS,
      since: "7.0.0",
      complexity: "O(1)",
      summary: "Keeps this connection when clients take too much memory.",
      syntax: "<ON | OFF>",
      docs: { groups: ["enabled"] },
      handler: setNoEvict,
    },
    {
      name: "pause",
      arity: -3,
      flags: ADMIN_FLAGS,
      since: "2.9.50",
      complexity: "O(1)",
      summary: "Holds requests back for some time.",
      syntax: "timeout [WRITE | ALL]",
      docs: {
        groups: ["mode"],
        types: { timeout: "integer" },
        since: { mode: "6.2.0" },
      },
      history: [[
        "6.2.0",
        "`CLIENT PAUSE WRITE` mode added along with the `mode` option.",
      ]],
      handler: pause,
    },
    {
      name: "reply",
      arity: 3,
      flags: CLIENT_FLAGS,
      since: "3.2.0",
      complexity: "O(1)",
      summary: "Says which commands of this connection are replied to.",
      syntax: "<ON | OFF | SKIP>",
      handler: setReplyMode,
    },
    {
      name: "setinfo",
      arity: 4,
      flags: CLIENT_FLAGS,
      since: "7.2.0",
      complexity: "O(1)",
      summary: "Notes which library speaks over this connection.",
      syntax: "<LIB-NAME libname | LIB-VER libver>",
      handler: setInfo,
    },
    {
      name: "setname",
      arity: 3,
      flags: CLIENT_FLAGS,
      since: "2.6.9",
      complexity: "O(1)",
      summary: "Gives this connection a name.",
      syntax: "connection-name",
      handler: setName,
    },
    {
      name: "unblock",
      arity: -3,
      flags: ADMIN_FLAGS,
      since: "5.0.0",
      complexity: "O(log N) where N is the number of client connections",
      summary: "Ends the wait of a connection that is blocked.",
      syntax: "client-id [TIMEOUT | ERROR]",
      handler: unblock,
    },
    {
      name: "unpause",
      arity: 2,
      flags: ADMIN_FLAGS,
      since: "6.2.0",
      complexity: "O(N) Where N is the number of paused clients",
      summary: "Ends CLIENT PAUSE.",
      syntax: "",
      handler: unpause,
    },
    ...trackingCommands,
  ],
}]);

function setNoEvict({ args, client, reply }: Call): void {
  if (args.is(2, "ON")) client.noEvict = true;
  else if (args.is(2, "OFF")) client.noEvict = false;
  else throw SYNTAX_ERROR;
  client.server.clientEviction.note(client);
  reply.ok();
}

/** Says nothing itself unless replies are on again: the executor drops what is not wanted. */
function setReplyMode({ args, client, reply }: Call): void {
  const { replyOff, replySkip, replySkipNext } = Restrictions;
  if (args.is(2, "ON")) {
    client.restrict(replyOff | replySkip, false);
    reply.ok();
  } else if (args.is(2, "OFF")) {
    client.restrict(replyOff, true);
  } else if (!args.is(2, "SKIP")) {
    throw SYNTAX_ERROR;
  } else if ((client.restrictions & replyOff) === 0) {
    client.restrict(replySkipNext, true);
  }
}

/** Differs from Redis: CLIENT SETINFO is served, which is of 7.2, because clients of today send it when they connect. */
function setInfo({ args, client, reply }: Call): void {
  const isName = args.is(2, "LIB-NAME");
  if (!isName && !args.is(2, "LIB-VER")) {
    throw commandError(`Unrecognized option '${args.printed(2)}'`);
  }
  const text = args.string(3);
  if (!isOneWord(text)) {
    const option = args.string(2);
    throw commandError(
      `${option} cannot contain spaces, newlines or special characters.`,
    );
  }
  if (isName) client.libraryName = text;
  else client.libraryVersion = text;
  reply.ok();
}

function setName({ args, client, reply }: Call): void {
  client.name = readName(args.string(2));
  reply.ok();
}
