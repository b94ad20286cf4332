import type { CommandDefinition, CommandGroup } from "./command.ts";

/** The ACL categories, in the order in which Redis prints them. */
export const CATEGORIES = [
  "keyspace",
  "read",
  "write",
  "set",
  "sortedset",
  "list",
  "hash",
  "string",
  "bitmap",
  "hyperloglog",
  "geo",
  "stream",
  "pubsub",
  "admin",
  "fast",
  "slow",
  "blocking",
  "dangerous",
  "connection",
  "transaction",
  "scripting",
] as const;

/** The category that a group's commands are in. */
const OF_GROUP: Readonly<Record<CommandGroup, string | undefined>> = {
  "generic": "keyspace",
  "string": "string",
  "list": "list",
  "set": "set",
  "sorted-set": "sortedset",
  "hash": "hash",
  "pubsub": "pubsub",
  "transactions": "transaction",
  "connection": "connection",
  "server": undefined,
  "scripting": "scripting",
  "hyperloglog": "hyperloglog",
  "cluster": undefined,
  "geo": "geo",
  "stream": "stream",
  "bitmap": "bitmap",
};

/** Returns the ACL categories of a command, without their `@`, in the order of `CATEGORIES`. */
export function categoriesOf(
  { flags, categories, handler }: CommandDefinition,
  group: CommandGroup,
): readonly string[] {
  const all = new Set(categories ?? []);
  // A name that only leads to subcommands is in no category but @slow.
  const own = handler === undefined ? undefined : OF_GROUP[group];
  if (categories === undefined && own !== undefined) all.add(own);
  const has = (flag: typeof flags[number]) => flags.includes(flag);
  if (has("write")) all.add("write");
  // Scripts that only read are no part of the commands that may read.
  if (has("readonly") && !all.has("scripting")) all.add("read");
  if (has("admin")) all.add("admin").add("dangerous");
  if (has("pubsub")) all.add("pubsub");
  if (has("blocking")) all.add("blocking");
  all.add(has("fast") ? "fast" : "slow");
  return CATEGORIES.filter((each) => all.has(each));
}
