import { Args } from "../protocol/args.ts";
import { asciiLower } from "../protocol/byte_string.ts";
import { commandError, wrongArity } from "../protocol/command_error.ts";
import type { LoggedDenial } from "../server/acl/denial_log.ts";
import { hasBlanks, type Selector } from "../server/acl/selector.ts";
import {
  type Call,
  type CommandDefinition,
  commandGroup,
} from "../server/command.ts";
import { CATEGORIES } from "../server/command_categories.ts";
import { misusedSubcommand } from "../server/unknown_command.ts";
import { helpOf } from "./help.ts";

const ADMIN = {
  flags: ["admin", "noscript", "loading", "stale"],
} as const satisfies Partial<CommandDefinition>;
/** For everybody: nothing of another user can be learnt from it. */
const PUBLIC = {
  flags: ["noscript", "loading", "stale"],
} as const satisfies Partial<CommandDefinition>;

const BY_USERS = "O(N). Where N is the number of configured users.";

export const aclCommands = commandGroup("server", [
  {
    name: "acl",
    arity: -2,
    flags: [],
    since: "6.0.0",
    complexity: "Depends on subcommand.",
    summary: "Holds the commands about users and what they may do.",
    syntax: "",
    subcommands: [
      {
        ...PUBLIC,
        name: "cat",
        arity: -2,
        since: "6.0.0",
        complexity: "O(1) since the categories and commands are a fixed set.",
        summary: "Lists the categories, or the commands of one.",
        syntax: "[categoryname]",
        handler: cat,
      },
      {
        ...ADMIN,
        name: "deluser",
        arity: -3,
        since: "6.0.0",
        complexity: "O(1) amortized time considering the typical user.",
        summary: "Removes users and closes the connections of their clients.",
        syntax: "username [username ...]",
        handler: ({ args, client, reply, server }) =>
          reply.integer(server.acl.deleteUsers(args.strings(2), client)),
      },
      {
        ...ADMIN,
        name: "dryrun",
        arity: -4,
        since: "7.0.0",
        complexity: "O(1).",
        summary: "Tells whether a user may run a command line.",
        syntax: "username command [arg [arg ...]]",
        handler: dryRun,
      },
      {
        ...PUBLIC,
        name: "genpass",
        arity: -2,
        since: "6.0.0",
        complexity: "O(1)",
        summary: "Makes a password that nobody can guess.",
        syntax: "[bits]",
        handler: generatePassword,
      },
      {
        ...ADMIN,
        name: "getuser",
        arity: 3,
        since: "6.0.0",
        complexity:
          "O(N). Where N is the number of password, command and pattern rules that the user has.",
        summary: "Describes a user.",
        syntax: "username",
        history: [
          ["6.2.0", "Added Pub/Sub channel patterns."],
          [
            "7.0.0",
            "Added selectors and changed the format of key and channel patterns from a list to their rule representation.",
          ],
        ],
        handler: getUser,
      },
      {
        ...ADMIN,
        name: "list",
        arity: 2,
        since: "6.0.0",
        complexity: BY_USERS,
        summary: "Lists the users with their rules, as a file would have them.",
        syntax: "",
        handler: ({ reply, server }) =>
          reply.bulks(server.acl.users.describe()),
      },
      {
        ...ADMIN,
        name: "load",
        arity: 2,
        since: "6.0.0",
        complexity: BY_USERS,
        summary: "Reads the users from their file.",
        syntax: "",
        handler: load,
      },
      {
        ...ADMIN,
        name: "log",
        arity: -2,
        since: "6.0.0",
        complexity: "O(N) with N being the number of entries shown.",
        summary: "Lists what users were denied, or forgets it.",
        syntax: "[count | RESET]",
        docs: { groups: ["operation"] },
        handler: log,
      },
      {
        ...ADMIN,
        name: "save",
        arity: 2,
        since: "6.0.0",
        complexity: BY_USERS,
        summary: "Writes the users into their file.",
        syntax: "",
        handler: save,
      },
      {
        ...ADMIN,
        name: "setuser",
        arity: -3,
        since: "6.0.0",
        complexity: "O(N). Where N is the number of rules provided.",
        summary: "Makes a user, or changes what one may do.",
        syntax: "username [rule [rule ...]]",
        history: [
          ["6.2.0", "Added Pub/Sub channel patterns."],
          ["7.0.0", "Added selectors and key based permissions."],
        ],
        secrets: ({ length }) =>
          Array.from({ length: length - 2 }, (_, i) => i + 2),
        handler: setUser,
      },
      {
        ...ADMIN,
        name: "users",
        arity: 2,
        since: "6.0.0",
        complexity: BY_USERS,
        summary: "Lists the names of the users.",
        syntax: "",
        handler: ({ reply, server }) =>
          reply.bulks(server.acl.users.sorted().map(({ name }) => name)),
      },
      {
        ...PUBLIC,
        name: "whoami",
        arity: 2,
        since: "6.0.0",
        complexity: "O(1)",
        summary: "Tells the user of this connection.",
        syntax: "",
        handler: ({ client, reply }) => reply.bulk(client.user?.name),
      },
      {
        name: "help",
        arity: 2,
        flags: ["loading", "stale"],
        since: "6.0.0",
        complexity: "O(1)",
        summary: "Lists the subcommands of ACL.",
        syntax: "",
        handler: helpOf("ACL", [
          "CAT [<category>]",
          "    List all commands that belong to <category>, or all command categories",
          "    when no category is specified.",
          "DELUSER <username> [<username> ...]",
          "    Delete a list of users.",
          "DRYRUN <username> <command> [<arg> ...]",
          "    Returns whether the user can execute the given command without executing the command.",
          "GETUSER <username>",
          "    Get the user's details.",
          "GENPASS [<bits>]",
          "    Generate a secure 256-bit user password. The optional `bits` argument can",
          "    be used to specify a different size.",
          "LIST",
          "    Show users details in config file format.",
          "LOAD",
          "    Reload users from the ACL file.",
          "LOG [<count> | RESET]",
          "    Show the ACL log entries.",
          "SAVE",
          "    Save the current config to the ACL file.",
          "SETUSER <username> <attribute> [<attribute> ...]",
          "    Create or modify a user with the specified attributes.",
          "USERS",
          "    List all the registered usernames.",
          "WHOAMI",
          "    Return the current connection username.",
        ]),
      },
    ],
  },
]);

const BAD_NAME = commandError(
  "Usernames can't contain spaces or null characters",
);
const MOST_BITS = 4096;
const BAD_BITS = commandError(
  "ACL GENPASS argument must be the number of bits for the output password, " +
    `a positive number up to ${MOST_BITS}`,
);
/** How many entries ACL LOG shows unless told. */
const ENTRIES = 10;

function setUser({ args, client, reply, server }: Call): void {
  const name = args.string(2);
  if (hasBlanks(name)) throw BAD_NAME;
  server.acl.setUser(name, args.strings(3), client);
  reply.ok();
}

function getUser({ args, reply, server }: Call): void {
  const user = server.acl.users.get(args.string(2));
  if (user === undefined) return reply.null();
  const [own, ...others] = user.selectors;
  reply.map(6);
  reply.bulk("flags");
  reply.set(user.flags.length);
  for (const flag of user.flags) reply.bulk(flag);
  reply.bulk("passwords");
  reply.bulks(user.passwords);
  const describe = (selector: Selector) => {
    reply.bulk("commands");
    reply.bulk(selector.describeCommands());
    reply.bulk("keys");
    reply.bulk(selector.describeKeys());
    reply.bulk("channels");
    reply.bulk(selector.describeChannels());
  };
  describe(own!);
  reply.bulk("selectors");
  reply.array(others.length);
  for (const selector of others) {
    reply.map(3);
    describe(selector);
  }
}

function cat({ args, reply, server }: Call): void {
  if (args.length > 3) throw misusedSubcommand(args);
  if (args.length === 2) return reply.bulks(CATEGORIES);
  const category = asciiLower(args.string(2));
  if (!CATEGORIES.some((each) => each === category)) {
    throw commandError(`Unknown category '${args.printed(2).slice(0, 128)}'`);
  }
  const commands = server.table.ofCategory(category);
  reply.bulks(commands.map(({ fullName }) => fullName));
}

function generatePassword({ args, reply, server }: Call): void {
  if (args.length > 3) throw misusedSubcommand(args);
  const bits = args.length === 3 ? args.integer(2) : 256;
  if (bits <= 0 || bits > MOST_BITS) throw BAD_BITS;
  reply.bulk(server.random.secret(Math.floor((bits + 3) / 4)));
}

function log({ args, now, reply, server }: Call): void {
  if (args.length > 3) throw misusedSubcommand(args);
  if (args.length === 3 && args.is(2, "RESET")) {
    server.acl.log.reset();
    return reply.ok();
  }
  const count = args.length === 3 ? args.integer(2) : ENTRIES;
  const entries = server.acl.log.newest(Math.max(0, count));
  reply.array(entries.length);
  for (const entry of entries) writeEntry(reply, entry, now);
}

function writeEntry(
  reply: Call["reply"],
  entry: LoggedDenial,
  now: number,
): void {
  reply.map(7);
  reply.bulk("count");
  reply.integer(entry.count);
  for (const name of ["reason", "context", "object", "username"] as const) {
    reply.bulk(name);
    reply.bulk(entry[name]);
  }
  reply.bulk("age-seconds");
  reply.double((now - entry.time) / 1000);
  reply.bulk("client-info");
  reply.bulk(entry.client);
}

function dryRun({ args, reply, server }: Call): void {
  const user = server.acl.users.get(args.string(2));
  if (user === undefined) {
    throw commandError(`User '${args.printed(2)}' not found`);
  }
  const line = Args.from(args.strings(3));
  const command = server.table.resolve(line);
  if (command === undefined) {
    throw commandError(`Command '${args.printed(3)}' not found`);
  }
  if (command.refusesLength(line.length)) throw wrongArity(command.fullName);
  const denial = user.denial(command, line);
  if (denial === undefined) return reply.ok();
  const { reason, at } = denial;
  reply.bulk(
    reason === "command"
      ? `This user has no permissions to run the '${command.fullName}' command`
      : `This user has no permissions to access the '${
        line.string(at)
      }' ${reason}`,
  );
}

function load({ client, reply, server }: Call): void {
  server.acl.load(client);
  reply.ok();
}

function save({ reply, server }: Call): void {
  server.acl.save();
  reply.ok();
}
