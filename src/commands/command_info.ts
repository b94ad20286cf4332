/** How COMMAND INFO and COMMAND DOCS describe a command. */
import type { ReplyWriter } from "../protocol/reply.ts";
import { type Argument, argumentsOf } from "../server/command_docs.ts";
import type { KeySpec } from "../server/command.ts";
import { keyRangeOf } from "../server/command_keys.ts";
import type { Command } from "../server/command_table.ts";

/** The flags that COMMAND INFO tells, in its order. */
const FLAGS = [
  "write",
  "readonly",
  "denyoom",
  "admin",
  "pubsub",
  "noscript",
  "blocking",
  "loading",
  "stale",
  "skip_monitor",
  "skip_slowlog",
  "asking",
  "fast",
  "no_auth",
  "no_mandatory_keys",
  "no_async_loading",
  "no_multi",
  "movablekeys",
  "allow_busy",
];

/** The flags of a key, in the order in which Redis prints them. */
const KEY_FLAGS = [
  "RO",
  "RW",
  "OW",
  "RM",
  "access",
  "update",
  "insert",
  "delete",
  "not_key",
  "incomplete",
  "variable_flags",
];

/** Writes one element of COMMAND INFO's reply. */
export function writeInfo(reply: ReplyWriter, command: Command): void {
  const { categories, definition, fullName, subcommands } = command;
  const { arity, flags, tips = [], keys = [] } = definition;
  const { first, last, step, movable } = keyRangeOf(keys);
  reply.array(10);
  reply.bulk(fullName);
  reply.integer(arity);
  statuses(
    reply,
    inOrder(FLAGS, movable ? [...flags, "movablekeys"] : flags),
  );
  reply.integer(first);
  reply.integer(last);
  reply.integer(step);
  statuses(
    reply,
    categories.map((category) => `@${category}`),
  );
  reply.set(tips.length);
  for (const tip of tips) reply.bulk(tip);
  reply.set(keys.length);
  for (const key of keys) writeKeySpec(reply, key);
  if (subcommands.length === 0) return reply.set(0);
  reply.array(subcommands.length);
  for (const each of subcommands) writeInfo(reply, each);
}

/** Writes the flags of a key as COMMAND INFO and COMMAND GETKEYSANDFLAGS tell them. */
export function writeKeyFlags(
  reply: ReplyWriter,
  flags: readonly string[],
): void {
  statuses(reply, inOrder(KEY_FLAGS, flags));
}

/**
 * Writes what COMMAND DOCS tells of a command, without its name.
 *
 * Differs from Redis: COMMAND DOCS sums commands up in words of its own, and
 * COMMAND lists them in another order.
 */
export function writeDocs(reply: ReplyWriter, command: Command): void {
  const { definition, group, subcommands } = command;
  const { summary, since, complexity, deprecated, internal } = definition;
  const { history = [] } = definition;
  const args = argumentsOf(definition);
  const flags = deprecated !== undefined
    ? ["deprecated"]
    : internal
    ? ["syscmd"]
    : [];
  const entries: [name: string, write: () => void][] = [
    ["summary", () => reply.bulk(summary)],
    ["since", () => reply.bulk(since)],
    ["group", () => reply.bulk(group)],
  ];
  const add = (name: string, write: () => void) => entries.push([name, write]);
  if (complexity !== "") add("complexity", () => reply.bulk(complexity));
  if (flags.length > 0) add("doc_flags", () => statuses(reply, flags));
  if (deprecated !== undefined) {
    add("deprecated_since", () => reply.bulk(deprecated.since));
    add("replaced_by", () => reply.bulk(deprecated.replacedBy));
  }
  if (history.length > 0) {
    add("history", () => {
      reply.set(history.length);
      for (const change of history) reply.bulks(change);
    });
  }
  if (args.length > 0) add("arguments", () => writeArguments(reply, args));
  if (subcommands.length > 0) {
    add("subcommands", () => {
      reply.map(subcommands.length);
      for (const each of subcommands) {
        reply.bulk(each.fullName);
        writeDocs(reply, each);
      }
    });
  }
  writeEntries(reply, entries);
}

function writeArguments(reply: ReplyWriter, args: readonly Argument[]): void {
  reply.array(args.length);
  for (const each of args) writeArgument(reply, each);
}

function writeArgument(reply: ReplyWriter, argument: Argument): void {
  const { name, type, keySpecIndex, token, since, deprecatedSince, flags } =
    argument;
  const { arguments: parts } = argument;
  const entries: [name: string, write: () => void][] = [
    ["name", () => reply.bulk(name)],
    ["type", () => reply.bulk(type)],
  ];
  const add = (name: string, write: () => void) => entries.push([name, write]);
  if (keySpecIndex !== undefined) {
    add("key_spec_index", () => reply.integer(keySpecIndex));
  }
  if (token !== undefined) add("token", () => reply.bulk(token));
  if (since !== undefined) add("since", () => reply.bulk(since));
  if (deprecatedSince !== undefined) {
    add("deprecated_since", () => reply.bulk(deprecatedSince));
  }
  if (flags.length > 0) add("flags", () => statuses(reply, flags));
  if (parts !== undefined) add("arguments", () => writeArguments(reply, parts));
  writeEntries(reply, entries);
}

function writeKeySpec(reply: ReplyWriter, spec: KeySpec): void {
  const { begin, find, flags, notes } = spec;
  reply.map(notes === undefined ? 3 : 4);
  if (notes !== undefined) {
    reply.bulk("notes");
    reply.bulk(notes);
  }
  reply.bulk("flags");
  writeKeyFlags(reply, flags);
  reply.bulk("begin_search");
  if (begin === "unknown") writeSearch(reply, "unknown", []);
  else if ("index" in begin) {
    writeSearch(reply, "index", [["index", begin.index]]);
  } else {
    writeSearch(reply, "keyword", [
      ["keyword", begin.keyword],
      ["startfrom", begin.startFrom],
    ]);
  }
  reply.bulk("find_keys");
  if (find === "unknown") writeSearch(reply, "unknown", []);
  else if ("lastKey" in find) {
    writeSearch(reply, "range", [
      ["lastkey", find.lastKey],
      ["keystep", find.step],
      ["limit", find.limit],
    ]);
  } else {
    writeSearch(reply, "keynum", [
      ["keynumidx", find.countAt],
      ["firstkey", find.firstKey],
      ["keystep", find.step],
    ]);
  }
}

function writeSearch(
  reply: ReplyWriter,
  type: string,
  spec: readonly (readonly [name: string, value: string | number])[],
): void {
  reply.map(2);
  reply.bulk("type");
  reply.bulk(type);
  reply.bulk("spec");
  reply.map(spec.length);
  for (const [name, value] of spec) {
    reply.bulk(name);
    if (typeof value === "string") reply.bulk(value);
    else reply.integer(value);
  }
}

function writeEntries(
  reply: ReplyWriter,
  entries: readonly (readonly [name: string, write: () => void])[],
): void {
  reply.map(entries.length);
  for (const [name, write] of entries) {
    reply.bulk(name);
    write();
  }
}

function statuses(reply: ReplyWriter, words: readonly string[]): void {
  reply.set(words.length);
  for (const word of words) reply.status(word);
}

function inOrder(
  order: readonly string[],
  flags: readonly string[],
): readonly string[] {
  return order.filter((each) => flags.includes(each));
}
