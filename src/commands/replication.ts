/** What replicas say to their master, and what is asked of one. */
import { toText } from "../protocol/byte_string.ts";
import {
  CommandError,
  commandError,
  NOT_AN_INTEGER,
  SYNTAX_ERROR,
  TIMEOUT_NEGATIVE,
} from "../protocol/command_error.ts";
import { splitWords } from "../protocol/inline.ts";
import { parseInt64 } from "../protocol/integer.ts";
import {
  type Call,
  type CommandDefinition,
  type CommandFlag,
  commandGroup,
} from "../server/command.ts";
import type { Replica } from "../server/replication/replica.ts";

const PENDING_OUTPUT = commandError(
  "SYNC and PSYNC are invalid with pending output",
);
const FILTERED_WITHOUT_EOF = commandError(
  "Filtered replica requires EOF capability",
);
const NOT_ZERO_OR_ONE = commandError(
  "value is out of range, value must between 0 and 1",
);
const TIMEOUT_NOT_AN_INTEGER = commandError(
  "timeout is not an integer or out of range",
);
const NOT_FOR_REPLICAS = commandError(
  "WAIT cannot be used with replica instances. Please also note that since Redis 4.0 if a replica is configured to be writable (which is not the default) writes to replicas are just local and are not propagated.",
);
const NOT_FROM_REPLICAS = commandError(
  "Command is not valid when client is a replica.",
);
const INVALID_PORT = commandError("Invalid master port");
const NO_REPLICAS_OF_REPLICAS = new CommandError(
  "NOMASTERLINK",
  "Can't SYNC with a replica here: use its master",
);
const SYNC_FLAGS: readonly CommandFlag[] = [
  "admin",
  "noscript",
  "no_async_loading",
  "no_multi",
];
const LONGEST_ADDRESS = 256;
const HIGHEST_PORT = 65535;

export const replicationCommands = commandGroup("server", [
  {
    name: "sync",
    arity: 1,
    flags: SYNC_FLAGS,
    since: "1.0.0",
    complexity: "",
    summary: "Has the client sent a copy of all data, and then what changes.",
    syntax: "",
    handler: (call) => synchronize(call, "sync"),
  },
  {
    name: "psync",
    arity: -3,
    flags: SYNC_FLAGS,
    since: "2.8.0",
    complexity: "",
    summary: "The same, or only what has changed since an offset.",
    syntax: "replicationid offset",
    handler: (call) => synchronize(call, "psync"),
  },
  {
    name: "replconf",
    arity: -1,
    flags: ["admin", "noscript", "loading", "stale", "allow_busy"],
    since: "3.0.0",
    complexity: "O(1)",
    summary: "What a replica tells its master of itself.",
    syntax: "",
    internal: true,
    handler: configure,
  },
  {
    name: "role",
    arity: 1,
    flags: ["noscript", "loading", "stale", "fast"],
    categories: ["admin", "dangerous"],
    since: "2.8.12",
    complexity: "O(1)",
    summary: "Answers the part that the server plays in replication.",
    syntax: "",
    handler: role,
  },
  following("replicaof", "5.0.0"),
  {
    ...following("slaveof", "1.0.0"),
    deprecated: { since: "5.0.0", replacedBy: "`REPLICAOF`" },
  },
]);

/** The one of them that is for all clients. */
export const waitCommands = commandGroup("generic", [
  {
    name: "wait",
    arity: 3,
    flags: ["noscript"],
    categories: ["connection"],
    tips: ["request_policy:all_shards", "response_policy:agg_min"],
    since: "3.0.0",
    complexity: "O(1)",
    summary: "Waits until replicas have what was written.",
    syntax: "numreplicas timeout",
    docs: { types: { timeout: "integer" } },
    handler: wait,
  },
]);

function following(name: string, since: string): CommandDefinition {
  return {
    name,
    arity: 3,
    flags: ["admin", "noscript", "stale", "no_async_loading"],
    since,
    complexity: "O(1)",
    summary: "Makes the server a replica of another, or a master again.",
    syntax: "<host port | NO ONE>",
    docs: { groups: ["args", "host-port", "no-one"] },
    handler: follow,
  };
}

/** SYNC and PSYNC: there is no reply but what the replica is sent. */
function synchronize(call: Call, how: "sync" | "psync"): void {
  const { args, client, reply, server: { replication } } = call;
  if (client.type === "replica") return;
  // Differs from Redis: a replica has no replicas of its own.
  if (call.server.follower.master !== undefined) throw NO_REPLICAS_OF_REPLICAS;
  if (reply.length > 0 || (client.transport?.pendingBytes ?? 0) > 0) {
    throw PENDING_OUTPUT;
  }
  if (client.replica?.isFiltered && !client.replica.takesUnknownLength) {
    throw FILTERED_WITHOUT_EOF;
  }
  if (how === "psync") {
    const offset = args.integer(2);
    if (replication.resume(client, args.string(1), offset)) return;
  }
  replication.synchronize(client, how);
}

function configure(call: Call): void {
  const { args, client, reply, server } = call;
  const { replication } = server;
  if (args.length % 2 === 0) throw SYNTAX_ERROR;
  const replica = replication.introduce(client);
  for (let i = 1; i < args.length; i += 2) {
    if (args.is(i, "LISTENING-PORT")) replica.port = args.integer(i + 1);
    else if (args.is(i, "IP-ADDRESS")) {
      const address = args.string(i + 1);
      if (address.length >= LONGEST_ADDRESS) {
        throw commandError(
          `REPLCONF ip-address provided by replica instance is too long: ${address.length} bytes`,
        );
      }
      replica.address = address;
    } else if (args.is(i, "CAPA")) {
      if (args.is(i + 1, "EOF")) replica.takesUnknownLength = true;
      else if (args.is(i + 1, "PSYNC2")) replica.takesHistory = true;
    } else if (args.is(i, "ACK")) {
      if (client.type !== "replica") return;
      const offset = parseInt64(args.string(i + 1));
      if (offset !== undefined) {
        replication.acknowledged(replica, Number(offset));
      }
      return;
    } else if (args.is(i, "GETACK")) {
      if (client.isMaster) server.follower.acknowledge();
      return;
    } else if (args.is(i, "RDB-ONLY")) {
      const only = args.integer(i + 1);
      if (only !== 0 && only !== 1) throw NOT_ZERO_OR_ONE;
      replica.copyOnly = only === 1;
    } else if (args.is(i, "RDB-FILTER-ONLY")) {
      filterCopy(replica, args.string(i + 1));
    } else {
      throw commandError(`Unrecognized REPLCONF option: ${args.string(i)}`);
    }
  }
  reply.ok();
}

/** Has the copy for a replica hold nothing but the parts that are named; those before a wrong name stay taken. */
function filterCopy(replica: Replica, filter: string): void {
  const words = splitWords(filter);
  if (words === undefined) throw commandError("Missing rdb-filter-only values");
  replica.parts = { data: false, functions: false };
  for (const word of words) {
    if (word.toLowerCase() !== "functions") {
      throw commandError(`Unsupported rdb-filter-only option: ${word}`);
    }
    replica.parts = { data: false, functions: true };
  }
}

function role({ reply, server: { follower, replication } }: Call): void {
  const { master } = follower;
  if (master !== undefined) {
    reply.array(5);
    reply.bulk("slave");
    reply.bulk(master.host);
    reply.integer(master.port);
    reply.bulk(follower.state);
    reply.integer(follower.state === "connected" ? follower.offset : -1);
    return;
  }
  const online = replication.replicas.filter(({ state }) => state === "online");
  reply.array(3);
  reply.bulk("master");
  reply.integer(replication.offset);
  reply.array(online.length);
  for (const { acknowledged, port, shownAddress } of online) {
    reply.bulks([shownAddress, String(port), String(acknowledged)]);
  }
}

// Differs from Redis: WAIT waits for what all clients have written so far, and not only for what its own has.
function wait(call: Call): void {
  const { args, client, now, reply, server } = call;
  const { follower, replication } = server;
  if (follower.master !== undefined) throw NOT_FOR_REPLICAS;
  const replicas = args.integer(1, NOT_AN_INTEGER);
  const timeoutMs = args.integer(2, TIMEOUT_NOT_AN_INTEGER);
  if (timeoutMs < 0) throw TIMEOUT_NEGATIVE;
  const count = replication.countAt(replication.written);
  if (count >= replicas || !client.mayBlock) return reply.integer(count);
  const deadline = timeoutMs === 0 ? Infinity : now + timeoutMs;
  replication.wait(client, replicas, deadline);
}

function follow({ args, client, reply, server }: Call): void {
  const { follower } = server;
  if (args.is(1, "NO") && args.is(2, "ONE")) {
    follower.promote();
    return reply.ok();
  }
  if (client.type === "replica") throw NOT_FROM_REPLICAS;
  const host = toText(args.string(1));
  const port = args.integer(2, INVALID_PORT);
  if (port < 0 || port > HIGHEST_PORT) throw INVALID_PORT;
  const { master } = follower;
  if (master?.host === host && master.port === port) {
    return reply.status("OK Already connected to specified master");
  }
  follower.follow({ host, port });
  reply.ok();
}
