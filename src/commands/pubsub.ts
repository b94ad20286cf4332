import { commandError } from "../protocol/command_error.ts";
import {
  type Call,
  type CommandFlag,
  commandGroup,
  keysFrom,
  type KeySpec,
} from "../server/command.ts";
import type { Subscriptions } from "../server/pubsub.ts";
import { misusedSubcommand } from "../server/unknown_command.ts";
import { globMatches } from "../store/glob.ts";
import { helpOf } from "./help.ts";

const FLAGS: readonly CommandFlag[] = [
  "pubsub",
  "noscript",
  "loading",
  "stale",
];
const PUBLISH_FLAGS: readonly CommandFlag[] = [
  "pubsub",
  "loading",
  "stale",
  "fast",
  "may_replicate",
];
const LIST_FLAGS: readonly CommandFlag[] = ["pubsub", "loading", "stale"];

const HELP = [
  "CHANNELS [<pattern>]",
  "    Return the currently active channels matching a <pattern> (default: '*').",
  "NUMPAT",
  "    Return number of subscriptions to patterns.",
  "NUMSUB [<channel> ...]",
  "    Return the number of subscribers for the specified channels, excluding",
  "    pattern subscriptions(default: no channels).",
  "SHARDCHANNELS [<pattern>]",
  "    Return the currently active shard level channels matching a <pattern> (default: '*').",
  "SHARDNUMSUB [<shardchannel> ...]",
  "    Return the number of subscribers for the specified shard level channel(s)",
];

const NOT_IN_TRANSACTION = commandError(
  "SSUBSCRIBE isn't allowed for a DENY BLOCKING client",
);

export const pubsubCommands = commandGroup("pubsub", [
  {
    name: "subscribe",
    arity: -2,
    flags: FLAGS,
    channels: "all",
    since: "2.0.0",
    complexity: "O(N) where N is the number of channels to subscribe to.",
    summary: "Has messages to these channels sent to this connection.",
    syntax: "channel [channel ...]",
    handler: (call) => subscribe(call, CHANNELS),
  },
  {
    name: "unsubscribe",
    arity: -1,
    flags: FLAGS,
    since: "2.0.0",
    complexity:
      "O(N) where N is the number of clients already subscribed to a channel.",
    summary: "Ends subscriptions to these channels, or to all.",
    syntax: "[channel [channel ...]]",
    handler: (call) => unsubscribe(call, CHANNELS),
  },
  {
    name: "psubscribe",
    arity: -2,
    flags: FLAGS,
    channels: "patterns",
    since: "2.0.0",
    complexity:
      "O(N) where N is the number of patterns the client is already subscribed to.",
    summary:
      "Has messages to channels that match these patterns sent to this connection.",
    syntax: "(pattern) [(pattern) ...]",
    handler: (call) => subscribe(call, PATTERNS),
  },
  {
    name: "punsubscribe",
    arity: -1,
    flags: FLAGS,
    since: "2.0.0",
    complexity:
      "O(N+M) where N is the number of patterns the client is already subscribed and M is the number of total patterns subscribed in the system (by any client).",
    summary: "Ends subscriptions to these patterns, or to all.",
    syntax: "[pattern [pattern ...]]",
    handler: (call) => unsubscribe(call, PATTERNS),
  },
  {
    name: "ssubscribe",
    arity: -2,
    flags: FLAGS,
    keys: [shardChannelsFrom(-1)],
    channels: "all",
    since: "7.0.0",
    complexity: "O(N) where N is the number of shard channels to subscribe to.",
    summary: "Has messages to these shard channels sent to this connection.",
    syntax: "shardchannel [shardchannel ...]",
    handler: (call) => {
      // Unlike its elders, which came before EXEC was told apart from scripts.
      if (!call.client.mayBlock) throw NOT_IN_TRANSACTION;
      subscribe(call, SHARD_CHANNELS);
    },
  },
  {
    name: "sunsubscribe",
    arity: -1,
    flags: FLAGS,
    keys: [shardChannelsFrom(-1)],
    since: "7.0.0",
    complexity:
      "O(N) where N is the number of clients already subscribed to a shard channel.",
    summary: "Ends subscriptions to these shard channels, or to all.",
    syntax: "[shardchannel [shardchannel ...]]",
    handler: (call) => unsubscribe(call, SHARD_CHANNELS),
  },
  {
    name: "publish",
    arity: 3,
    flags: PUBLISH_FLAGS,
    channels: "first",
    since: "2.0.0",
    complexity:
      "O(N+M) where N is the number of clients subscribed to the receiving channel and M is the total number of subscribed patterns (by any client).",
    summary: "Sends a message to the subscribers of a channel.",
    syntax: "channel message",
    handler: ({ args, reply, server }) => {
      reply.integer(server.pubsub.publish(args.string(1), args.string(2)));
      server.propagation.force("replicas");
    },
  },
  {
    name: "spublish",
    arity: 3,
    flags: PUBLISH_FLAGS,
    keys: [shardChannelsFrom(0)],
    channels: "first",
    since: "7.0.0",
    complexity:
      "O(N) where N is the number of clients subscribed to the receiving shard channel.",
    summary: "Sends a message to the subscribers of a shard channel.",
    syntax: "shardchannel message",
    handler: ({ args, reply, server }) => {
      const [channel, message] = [args.string(1), args.string(2)];
      reply.integer(server.pubsub.publishToShard(channel, message));
      server.propagation.force("replicas");
    },
  },
  {
    name: "pubsub",
    arity: -2,
    flags: [],
    since: "2.8.0",
    complexity: "Depends on subcommand.",
    summary: "Holds the commands that tell of channels.",
    syntax: "",
    subcommands: [
      {
        name: "channels",
        arity: -2,
        flags: LIST_FLAGS,
        since: "2.8.0",
        complexity:
          "O(N) where N is the number of active channels, and assuming constant time pattern matching (relatively short channels and patterns)",
        summary: "Lists the channels that have subscribers.",
        syntax: "[pattern]",
        handler: (call) => listNames(call, call.server.pubsub.channels),
      },
      {
        name: "help",
        arity: 2,
        flags: ["loading", "stale"],
        categories: [],
        since: "6.2.0",
        complexity: "O(1)",
        summary: "Lists the subcommands.",
        syntax: "",
        handler: helpOf("PUBSUB", HELP),
      },
      {
        name: "numpat",
        arity: 2,
        flags: LIST_FLAGS,
        since: "2.8.0",
        complexity: "O(1)",
        summary: "Answers how many patterns have subscribers.",
        syntax: "",
        handler: ({ reply, server }) =>
          reply.integer(server.pubsub.patterns.size),
      },
      {
        name: "numsub",
        arity: -2,
        flags: LIST_FLAGS,
        since: "2.8.0",
        complexity:
          "O(N) for the NUMSUB subcommand, where N is the number of requested channels",
        summary: "Answers how many subscribers channels have.",
        syntax: "[channel [channel ...]]",
        handler: (call) => countSubscribers(call, call.server.pubsub.channels),
      },
      {
        name: "shardchannels",
        arity: -2,
        flags: LIST_FLAGS,
        since: "7.0.0",
        complexity:
          "O(N) where N is the number of active shard channels, and assuming constant time pattern matching (relatively short shard channels).",
        summary: "Lists the shard channels that have subscribers.",
        syntax: "[pattern]",
        handler: (call) => listNames(call, call.server.pubsub.shardChannels),
      },
      {
        name: "shardnumsub",
        arity: -2,
        flags: LIST_FLAGS,
        since: "7.0.0",
        complexity:
          "O(N) for the SHARDNUMSUB subcommand, where N is the number of requested shard channels",
        summary: "Answers how many subscribers shard channels have.",
        syntax: "[shardchannel [shardchannel ...]]",
        handler: (call) =>
          countSubscribers(call, call.server.pubsub.shardChannels),
      },
    ],
  },
]);

function shardChannelsFrom(lastKey: number): KeySpec {
  return { ...keysFrom(1, lastKey, 1, "RO"), flags: ["not_key"] };
}

/** One sort of name to subscribe to, and the words that confirm it. */
interface Kind {
  readonly of: "channels" | "patterns" | "shardChannels";
  readonly subscribed: string;
  readonly unsubscribed: string;
}

const CHANNELS: Kind = {
  of: "channels",
  subscribed: "subscribe",
  unsubscribed: "unsubscribe",
};
const PATTERNS: Kind = {
  of: "patterns",
  subscribed: "psubscribe",
  unsubscribed: "punsubscribe",
};
const SHARD_CHANNELS: Kind = {
  of: "shardChannels",
  subscribed: "ssubscribe",
  unsubscribed: "sunsubscribe",
};

function subscribe(call: Call, kind: Kind): void {
  const { args, client, server: { pubsub } } = call;
  for (const name of args.strings(1)) {
    pubsub[kind.of].add(client, name);
    pubsub.confirm(client, kind.subscribed, name, count(call, kind));
  }
}

function unsubscribe(call: Call, kind: Kind): void {
  const { args, client, server: { pubsub } } = call;
  const subscriptions = pubsub[kind.of];
  const names = args.length > 1 ? args.strings(1) : subscriptions.names(client);
  for (const name of names) {
    subscriptions.delete(client, name);
    pubsub.confirm(client, kind.unsubscribed, name, count(call, kind));
  }
  if (names.length > 0) return;
  pubsub.confirm(client, kind.unsubscribed, undefined, count(call, kind));
}

/** Returns the number that confirmations tell: shard channels are counted apart. */
function count({ client, server: { pubsub } }: Call, kind: Kind): number {
  return kind.of === "shardChannels"
    ? pubsub.shardChannels.count(client)
    : pubsub.count(client);
}

function listNames({ args, reply }: Call, subscriptions: Subscriptions): void {
  if (args.length > 3) throw misusedSubcommand(args);
  const pattern = args.length === 3 ? args.string(2) : undefined;
  const names: string[] = [];
  for (const [name] of subscriptions) {
    if (pattern === undefined || globMatches(pattern, name)) names.push(name);
  }
  reply.bulks(names);
}

function countSubscribers(
  { args, reply }: Call,
  subscriptions: Subscriptions,
): void {
  const names = args.strings(2);
  reply.array(names.length * 2);
  for (const name of names) {
    reply.bulk(name);
    reply.integer(subscriptions.subscribers(name)?.size ?? 0);
  }
}
