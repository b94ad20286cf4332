import type { ConfiguredUser } from "../../config/config.ts";
import { systemReason } from "../../config/error.ts";
import type { FileSystem } from "../../persistence/files.ts";
import type { Args } from "../../protocol/args.ts";
import { CommandError, commandError } from "../../protocol/command_error.ts";
import type { Client } from "../client.ts";
import { clientInfo } from "../client_info.ts";
import type { Command } from "../command_table.ts";
import { LoadError } from "../snapshot_loader.ts";
import type { Server } from "../server.ts";
import { readAclFile, writeAclFile } from "./acl_file.ts";
import type { AclSurroundings } from "./allowed_commands.ts";
import { type DenialContext, DenialLog } from "./denial_log.ts";
import { RuleError } from "./rule_error.ts";
import { channelAllowed, type Denial, hasBlanks } from "./selector.ts";
import { User } from "./user.ts";
import {
  DEFAULT_USER,
  mergeSelectors,
  openDefaultUser,
  readUsers,
  Users,
} from "./users.ts";

const KEY_DENIED = new CommandError(
  "NOPERM",
  "this user has no permissions to access one of the keys used as arguments",
);
const CHANNEL_DENIED = new CommandError(
  "NOPERM",
  "this user has no permissions to access one of the channels used as arguments",
);
const NO_LONGER_ALLOWED: Readonly<Record<Denial["reason"], CommandError>> = {
  command: noLongerAllowed(
    "no permission to execute the command or subcommand",
  ),
  key: noLongerAllowed("no permission to touch the specified keys"),
  channel: noLongerAllowed(
    "no permission to access one of the channels used as arguments",
  ),
};
const DEFAULT_USER_STAYS = commandError(
  "The 'default' user cannot be removed",
);
const NO_FILE = commandError(
  "This Redis instance is not configured to use an ACL file. You may want to specify users via " +
    "the ACL SETUSER command and then issue a CONFIG REWRITE (assuming you have a Redis " +
    "configuration file set) in order to store users in the Redis configuration.",
);
const SAVE_FAILED = commandError(
  "There was an error trying to save the ACLs. Please check the server logs for more information",
);
const TWO_PLACES =
  "users are defined in the configuration and aclfile names a file of users: only one of both is possible";

/** The access control lists of a server: its users, who of the clients is whom, and what was denied. */
export class Acl {
  readonly surroundings: AclSurroundings;
  readonly log = new DenialLog();
  /** Whom clients are at first. The same object all the time, whatever its rules. */
  readonly defaultUser: User;
  readonly #server: Server;
  readonly #files: FileSystem;
  #users: Users;

  constructor(server: Server, files: FileSystem) {
    const { config, log, table } = server;
    this.#server = server;
    this.#files = files;
    this.surroundings = {
      table,
      allChannelsAtFirst: () =>
        config.values["acl-pubsub-default"] === "allchannels",
      warn: (message) => log.warning(message),
    };
    this.#users = new Users(this.surroundings);
    this.defaultUser = openDefaultUser(this.surroundings);
    this.#users.add(this.defaultUser);
    this.#setDefaultPassword(config.values["requirepass"]);
    config.onChange("requirepass", (password) => {
      this.#setDefaultPassword(password);
      this.#followRules();
    });
  }

  get users(): Users {
    return this.#users;
  }

  /** Returns whether a user may run a command line; `undefined` stands for the server itself, which may all. */
  mayRun(user: User | undefined, command: Command, args: Args): boolean {
    return user?.denial(command, args) === undefined;
  }

  /** Throws NOPERM, and notes it, when the client's user may not run the command line in `client.args`. */
  admit(client: Client, command: Command): void {
    const denial = client.user?.denial(command, client.args);
    if (denial === undefined) return;
    this.noteDenial(client, command, denial, contextOf(client));
    if (denial.reason === "key") throw KEY_DENIED;
    if (denial.reason === "channel") throw CHANNEL_DENIED;
    throw new CommandError(
      "NOPERM",
      `this user has no permissions to run the '${command.fullName}' command`,
    );
  }

  /** Returns the error, which is noted, for a queued command that the client's user may not run any more. */
  refusalInExec(client: Client, command: Command): CommandError | undefined {
    const denial = client.user?.denial(command, client.args);
    if (denial === undefined) return undefined;
    this.noteDenial(client, command, denial, "multi");
    return NO_LONGER_ALLOWED[denial.reason];
  }

  /** Notes what was denied to a client, or to a script of it, for ACL LOG. */
  noteDenial(
    client: Client,
    command: Command,
    { reason, at }: Denial,
    context: DenialContext,
    args: Args = client.args,
  ): void {
    const object = reason === "command" ? command.fullName : args.string(at);
    this.#note(client, reason, context, object, client.user?.name ?? "");
  }

  /** Makes the client the user that the password fits; returns whether it does, and notes it when not. */
  authenticate(client: Client, name: string, password: string): boolean {
    const user = this.#users.get(name);
    if (user?.accepts(password)) {
      client.become(user);
      return true;
    }
    this.#note(
      client,
      "auth",
      contextOf(client),
      client.args.string(0),
      name,
    );
    return false;
  }

  /** Applies rules to a user, who is made if need be: all of them, or none and a CommandError. */
  setUser(name: string, given: readonly string[], caller: Client): void {
    const merged = mergeSelectors(given);
    if ("unclosedAt" in merged) {
      const begin = given[merged.unclosedAt];
      throw commandError(
        `Unmatched parenthesis in acl selector starting at '${begin}'.`,
      );
    }
    const user = this.#users.get(name) ?? new User(name, this.surroundings);
    const changed = new User(name, this.surroundings);
    changed.become(user);
    for (const rule of merged.rules) {
      try {
        changed.apply(rule);
      } catch (error) {
        if (!(error instanceof RuleError)) throw error;
        throw commandError(
          `Error in ACL SETUSER modifier '${rule}': ${error.message}`,
        );
      }
    }
    this.#killSubscribers(user, changed, caller);
    user.become(changed);
    this.#users.add(user);
    this.#followRules();
  }

  /** Removes users and ends the connections of their clients; returns how many there were. Throws when one is the default user. */
  deleteUsers(names: readonly string[], caller: Client): number {
    if (names.includes(DEFAULT_USER)) throw DEFAULT_USER_STAYS;
    let deleted = 0;
    for (const name of names) {
      const user = this.#users.delete(name);
      if (user === undefined) continue;
      this.#killClients(user, caller);
      deleted++;
    }
    return deleted;
  }

  /** Makes the users that the configuration defines, itself or in a file. Throws a LoadError. */
  start(): void {
    const { config } = this.#server;
    if (config.users.length > 0 && this.#hasFile) {
      throw new LoadError(TWO_PLACES);
    }
    for (const user of config.users) this.#define(user);
    if (this.#hasFile) {
      const users = this.#readFile();
      if (typeof users === "string") {
        throw new LoadError(`The users cannot be loaded: ${users}`);
      }
      this.#replaceUsers(users);
    }
    this.#followRules();
  }

  /** ACL LOAD: reads the file of users, and takes all of it or nothing. Throws a CommandError. */
  load(caller: Client): void {
    if (!this.#hasFile) throw NO_FILE;
    const users = this.#readFile();
    if (typeof users === "string") throw commandError(users);
    this.#replaceUsers(users, caller);
  }

  /** ACL SAVE: writes the users into their file. Throws a CommandError. */
  save(): void {
    if (!this.#hasFile) throw NO_FILE;
    const { config, log } = this.#server;
    try {
      const path = config.path("aclfile")!;
      writeAclFile(this.#files, path, this.#users.describe());
    } catch (error) {
      log.warning(`Writing ACL file for ACL SAVE: ${systemReason(error)}`);
      throw SAVE_FAILED;
    }
  }

  /** Returns the arguments of the `user` directives that CONFIG REWRITE writes: none where the users have a file of their own. */
  directives(): readonly string[] {
    return this.#hasFile
      ? []
      : this.#users.describe().map((line) => line.slice("user ".length));
  }

  get #hasFile(): boolean {
    return this.#server.config.values["aclfile"] !== "";
  }

  /** Returns the users of the file, or what is wrong with it in one line. */
  #readFile(): Users | string {
    const { config } = this.#server;
    const name = config.values["aclfile"];
    let text: string;
    try {
      text = readAclFile(this.#files, config.path("aclfile")!, name);
    } catch (error) {
      return error instanceof Error ? error.message : String(error);
    }
    const users = readUsers(text, name, this.surroundings);
    return typeof users === "string"
      ? `${users}WARNING: ACL errors detected, no change to the previously active ACL rules was performed`
      : users;
  }

  /** Makes a user that the configuration defines. */
  #define({ name, rules, place }: ConfiguredUser): void {
    const fail = (reason: string) => {
      throw new LoadError(`${place}: user ${name}: ${reason}`);
    };
    if (hasBlanks(name)) fail("spaces are not possible in a name");
    const merged = mergeSelectors(rules);
    if ("unclosedAt" in merged) {
      return fail(`${rules[merged.unclosedAt]} has no end`);
    }
    let user = this.#users.get(name);
    if (user !== undefined) user.apply("reset");
    else this.#users.add(user = new User(name, this.surroundings));
    for (const rule of merged.rules) {
      try {
        user.apply(rule);
      } catch (error) {
        if (!(error instanceof RuleError)) throw error;
        fail(`${rule}: ${error.message}`);
      }
    }
    if (user.enabled) return;
    this.#server.log.notice(
      `The user '${name}' is disabled (there is no 'on' modifier in the user description). ` +
        "Make sure this is not a configuration error.",
    );
  }

  /** Puts other users in the place of those there are. Clients go with their user, except the default one, who takes on the new rules. */
  #replaceUsers(users: Users, caller?: Client): void {
    const rules = users.get(DEFAULT_USER) ?? openDefaultUser(this.surroundings);
    const before = this.#users.sorted();
    this.defaultUser.become(rules);
    users.add(this.defaultUser);
    this.#users = users;
    for (const user of before) {
      if (user !== this.defaultUser) this.#killClients(user, caller);
    }
    this.#followRules();
  }

  #setDefaultPassword(password: string): void {
    this.defaultUser.apply("resetpass");
    this.defaultUser.apply(password === "" ? "nopass" : `>${password}`);
  }

  /** Has every client look again at what it may do. */
  #followRules(): void {
    for (const client of this.#server.clients) client.followRules();
  }

  /** Ends connections of clients that are subscribed to what their user's new rules do not allow. */
  #killSubscribers(user: User, changed: User, caller: Client): void {
    const { clients, pubsub } = this.#server;
    if (changed.selectors.some((each) => each.allChannels)) return;
    const allowed = changed.selectors.flatMap((each) => each.channels);
    const losesNothing = user.selectors.every((each) =>
      !each.allChannels &&
      each.channels.every((channel) => allowed.includes(channel))
    );
    if (losesNothing) return;
    const { channels, patterns, shardChannels } = pubsub;
    for (const client of clients) {
      if (client.user !== user || !client.isSubscribed) continue;
      const keeps = patterns.names(client).every((each) =>
        channelAllowed(allowed, each, "pattern")
      ) && [channels, shardChannels].every((of) =>
        of.names(client).every((each) =>
          channelAllowed(allowed, each, "channel")
        )
      );
      if (!keeps) {
        this.#end(client, caller);
      }
    }
  }

  /** Ends the connections of a user's clients. */
  #killClients(user: User, caller: Client | undefined): void {
    for (const client of this.#server.clients) {
      if (client.user !== user) continue;
      client.becomeNobody();
      this.#end(client, caller);
    }
  }

  /** Ends a connection; the caller's own once it has its reply. */
  #end(client: Client, caller: Client | undefined): void {
    if (client === caller) client.closeAfterReply();
    else this.#server.clients.kill(client);
  }

  #note(
    client: Client,
    reason: Denial["reason"] | "auth",
    context: DenialContext,
    object: string,
    username: string,
  ): void {
    const { clock, config } = this.#server;
    const time = clock.now();
    const denial = {
      reason,
      context,
      object,
      username,
      time,
      client: clientInfo(client, client),
    };
    this.log.add(denial, config.values["acllog-max-len"]);
  }
}

function contextOf({ transaction }: Client): DenialContext {
  return transaction === undefined ? "toplevel" : "multi";
}

function noLongerAllowed(reason: string): CommandError {
  return new CommandError(
    "NOPERM",
    "ACLs rules changed between the moment the transaction was accumulated and the EXEC call. " +
      `This command is no longer allowed for the following reason: ${reason}`,
  );
}
