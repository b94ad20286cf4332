import { CommandError, commandError } from "../protocol/command_error.ts";
import type { Args } from "../protocol/args.ts";
import type { Client } from "../server/client.ts";
import { type Call, commandGroup, keysFrom } from "../server/command.ts";
import type { CommandQueue } from "../server/command_queue.ts";
import { beginTransaction, endTransaction } from "../server/transaction.ts";

const EXEC_ABORTED = new CommandError(
  "EXECABORT",
  "Transaction discarded because of previous errors.",
);

export const transactionCommands = commandGroup("transactions", [
  {
    name: "multi",
    arity: 1,
    flags: ["noscript", "loading", "stale", "fast", "allow_busy"],
    since: "1.2.0",
    complexity: "O(1)",
    summary: "Begins a transaction: the commands that follow are queued.",
    syntax: "",
    handler: multi,
  },
  {
    name: "exec",
    arity: 1,
    flags: ["noscript", "loading", "stale", "skip_slowlog"],
    since: "1.2.0",
    complexity: "Depends on commands in the transaction",
    summary: "Runs the queued commands as one.",
    syntax: "",
    handler: exec,
  },
  {
    name: "discard",
    arity: 1,
    flags: ["noscript", "loading", "stale", "fast", "allow_busy"],
    since: "2.0.0",
    complexity: "O(N), when N is the number of queued commands",
    summary: "Drops the queued commands.",
    syntax: "",
    handler: discard,
  },
  {
    name: "watch",
    arity: -2,
    flags: ["noscript", "loading", "stale", "fast", "allow_busy"],
    keys: [keysFrom(1, -1, 1, "RO")],
    since: "2.2.0",
    complexity: "O(1) for every key.",
    summary: "Makes the next EXEC depend on keys staying as they are.",
    syntax: "key [key ...]",
    handler: watch,
  },
  {
    name: "unwatch",
    arity: 1,
    flags: ["noscript", "loading", "stale", "fast", "allow_busy"],
    since: "2.2.0",
    complexity: "O(1)",
    summary: "Forgets all watched keys.",
    syntax: "",
    handler: unwatch,
  },
]);

function multi({ client, reply }: Call): void {
  if (client.transaction !== undefined) {
    throw commandError("MULTI calls can not be nested");
  }
  beginTransaction(client);
  reply.ok();
}

function exec({ client, reply, server }: Call): void {
  const { transaction } = client;
  if (transaction === undefined) throw commandError("EXEC without MULTI");
  const broken = server.watches.isBroken(client);
  if (broken || transaction.aborted) {
    endTransaction(client);
    if (transaction.aborted) throw EXEC_ABORTED;
    if (!client.muted) reply.nullArray();
    return;
  }
  // What it watched, it may change.
  server.watches.forget(client);
  if (!client.muted) reply.array(transaction.queue.length);
  const { args } = client;
  client.mayBlock = false;
  runQueue(client, transaction.queue, args);
}

/**
 * Runs the commands of a transaction; those behind a script that is suspended
 * run when it has ended. `end` is where the reply ends of a command that has the
 * connection closed, CLIENT KILL: those behind it run, as in Redis, unheard.
 */
function runQueue(
  client: Client,
  queue: CommandQueue,
  own: Args,
  from = 0,
  end?: number,
): void {
  const { reply, server: { acl, executor, propagation } } = client;
  try {
    for (let i = from; i < queue.length; i++) {
      const command = queue.point(i);
      client.args = queue.args;
      const refusal = client.isLimited
        ? acl.refusalInExec(client, command)
        : undefined;
      if (refusal === undefined) executor.run(client, command, "nested");
      else executor.refusals.answer(client, refusal);
      if (client.suspended === undefined) {
        if (client.closing) end ??= reply.length;
        continue;
      }
      const kept = own.copy();
      return client.suspended.then(() =>
        runQueue(client, queue, kept, i + 1, end)
      );
    }
    if (end !== undefined) reply.rewind(end);
  } finally {
    if (client.suspended === undefined) {
      client.args = own;
      client.mayBlock = true;
      endTransaction(client);
      // What it ran has been propagated.
      propagation.suppress();
    }
  }
}

function discard({ client, reply }: Call): void {
  if (client.transaction === undefined) {
    throw commandError("DISCARD without MULTI");
  }
  endTransaction(client);
  reply.ok();
}

function watch({ args, client, reply, server }: Call): void {
  if (client.transaction !== undefined) {
    throw commandError("WATCH inside MULTI is not allowed");
  }
  // Once broken, there is nothing left to watch for.
  if (!client.watchBroken) {
    for (let i = 1; i < args.length; i++) {
      server.watches.watch(client, args.string(i));
    }
  }
  reply.ok();
}

function unwatch({ client, reply, server }: Call): void {
  server.watches.forget(client);
  reply.ok();
}
