import type { Args } from "../protocol/args.ts";
import type { ReplyWriter } from "../protocol/reply.ts";
import type { Database } from "../store/database.ts";
import type { Client } from "./client.ts";
import type { Command } from "./command_table.ts";
import type { Server } from "./server.ts";

/** What a handler works with. It is reused for every command of a client: never keep it. */
export interface Call {
  /** The command line; a handler finds its command's name at 0, a subcommand's at 1. */
  readonly args: Args;
  readonly reply: ReplyWriter;
  /** The database that the client has selected. */
  readonly db: Database;
  /**
   * Unix time in milliseconds, from which what a command line gives is counted.
   * It moves on from one command of a transaction or script to the next, while
   * what has expired is decided for all of them by when they began (`Store.now`).
   */
  readonly now: number;
  readonly client: Client;
  readonly server: Server;
}

/** Runs a command: writes exactly one reply, or throws before the first change. */
export type Handler = (call: Call, command: Command) => void;

export type CommandFlag =
  | "write"
  | "readonly"
  | "denyoom"
  | "admin"
  | "pubsub"
  | "noscript"
  | "blocking"
  | "loading"
  | "stale"
  | "skip_monitor"
  | "skip_slowlog"
  | "asking"
  | "fast"
  | "no_auth"
  | "may_replicate"
  | "no_mandatory_keys"
  | "no_async_loading"
  | "no_multi"
  | "movablekeys"
  | "allow_busy";

/** What a command does to a key: only reads, reads and writes, overwrites, removes. */
export type KeyAccess = "RO" | "RW" | "OW" | "RM";

/** Where the keys of a command stand, in the terms of COMMAND INFO. */
export interface KeySpec {
  /** The access first, then what for: `access`, `insert`, `update`, `delete`; `variable_flags`, `incomplete`, `not_key`. */
  readonly flags: readonly string[];
  readonly begin:
    | { readonly index: number }
    | { readonly keyword: string; readonly startFrom: number }
    | "unknown";
  readonly find:
    | {
      readonly lastKey: number;
      readonly step: number;
      readonly limit: number;
    }
    | {
      readonly countAt: number;
      readonly firstKey: number;
      readonly step: number;
    }
    | "unknown";
  readonly notes?: string;
}

/** A key on a command line: which argument it is, and the flags of what happens to it. */
export interface FoundKey {
  readonly index: number;
  readonly flags: readonly string[];
}

/** What COMMAND DOCS says of an argument. */
export type ArgumentType =
  | "string"
  | "integer"
  | "double"
  | "key"
  | "pattern"
  | "unix-time"
  | "pure-token"
  | "oneof"
  | "block";

/**
 * What COMMAND DOCS tells of the arguments and the syntax line does not. The
 * facts of an argument are found by its word in capitals (`EX`) where it has
 * one, else by its name.
 */
export interface ArgumentFacts {
  /** Names of choices and blocks, in the order in which they open; the names of their parts joined by `_` unless said. */
  readonly groups?: readonly string[];
  /** Names that differ from the word in the syntax line. */
  readonly names?: Readonly<Record<string, string>>;
  /** Types that differ from what the word stands for elsewhere. */
  readonly types?: Readonly<Record<string, ArgumentType>>;
  readonly since?: Readonly<Record<string, string>>;
  readonly deprecatedSince?: Readonly<Record<string, string>>;
  /** Which key spec finds an argument, where it is not the next one. */
  readonly keySpecs?: Readonly<Record<string, number>>;
}

export type CommandGroup =
  | "generic"
  | "string"
  | "list"
  | "set"
  | "sorted-set"
  | "hash"
  | "pubsub"
  | "transactions"
  | "connection"
  | "server"
  | "scripting"
  | "hyperloglog"
  | "cluster"
  | "geo"
  | "stream"
  | "bitmap";

/** All that is known of a command; whatever else the server tells of it is derived from this. */
export interface CommandDefinition {
  /** In lower case, as the wire has it; a subcommand's is its own word alone. */
  readonly name: string;
  /** Number of arguments with the name (and the subcommand); negative when more may follow. */
  readonly arity: number;
  readonly flags: readonly CommandFlag[];
  readonly keys?: readonly KeySpec[];
  /** Finds the keys of a command line where `keys` cannot say it all; none when the line is wrong. */
  readonly findKeys?: (args: Args) => readonly FoundKey[];
  /** Which arguments are channels that it sends to or subscribes to: the first, or all; or all are patterns of such. */
  readonly channels?: "first" | "all" | "patterns";
  /** ACL categories beyond those that the flags imply, where they are not its group's own. */
  readonly categories?: readonly string[];
  /** Hints for clients: `nondeterministic_output`, `request_policy:all_shards`, … */
  readonly tips?: readonly string[];
  readonly since: string;
  readonly complexity: string;
  /** One sentence. */
  readonly summary: string;
  /** The arguments as the documentation writes them; COMMAND DOCS derives its tree from it. */
  readonly syntax: string;
  /** What the syntax line cannot tell of the arguments. */
  readonly docs?: ArgumentFacts;
  /** Which arguments are secrets, that no log may show. */
  readonly secrets?: (args: Args) => readonly number[];
  /** The parameter that says who may run it, where not everybody may. */
  readonly allowedBy?: "enable-debug-command" | "enable-module-command";
  readonly history?: readonly (readonly [version: string, change: string])[];
  readonly deprecated?: { readonly since: string; readonly replacedBy: string };
  /** Whether it is no command for users: COMMAND DOCS marks it `syscmd`. */
  readonly internal?: boolean;
  readonly subcommands?: readonly CommandDefinition[];
  /** Absent only where every call needs a subcommand. */
  readonly handler?: Handler;
}

/** A family of commands. */
export interface CommandFamily {
  readonly group: CommandGroup;
  readonly commands: readonly CommandDefinition[];
}

export function commandGroup(
  group: CommandGroup,
  commands: readonly CommandDefinition[],
): CommandFamily {
  return { group, commands };
}

/** One key at argument `index`; `use` is any of `access update insert delete`, separated by blanks. */
export function keyAt(index: number, access: KeyAccess, use = ""): KeySpec {
  return keysFrom(index, 0, 1, access, use);
}

/** Keys from argument `index` on: up to `lastKey` further ones (negative: counted from the end), every `step`th. */
export function keysFrom(
  index: number,
  lastKey: number,
  step: number,
  access: KeyAccess,
  use = "",
): KeySpec {
  return {
    flags: flagsOf(access, use),
    begin: { index },
    find: { lastKey, step, limit: 0 },
  };
}

/** As many keys as argument `index` says, right behind it. */
export function keysCountedAt(
  index: number,
  access: KeyAccess,
  use = "",
): KeySpec {
  return {
    flags: flagsOf(access, use),
    begin: { index },
    find: { countAt: 0, firstKey: 1, step: 1 },
  };
}

function flagsOf(access: KeyAccess, use: string): readonly string[] {
  return [access, ...use.split(" ").filter((word) => word !== "")];
}
