import {
  DB_INDEX_OUT_OF_RANGE,
  wrongArity,
} from "../protocol/command_error.ts";
import { type Call, commandGroup } from "../server/command.ts";

export const connectionCommands = commandGroup("connection", [
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
    name: "echo",
    arity: 2,
    flags: ["fast"],
    since: "1.0.0",
    complexity: "O(1)",
    summary: "Answers the message given.",
    syntax: "message",
    handler: ({ args, reply }) => reply.bulk(args.string(1)),
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
]);

function ping({ args, reply }: Call): void {
  if (args.length > 2) throw wrongArity("ping");
  if (args.length === 2) reply.bulk(args.string(1));
  else reply.status("PONG");
}

function select({ args, client, reply, server }: Call): void {
  const index = args.integer(1);
  const db = server.store.databases[index];
  if (db === undefined) throw DB_INDEX_OUT_OF_RANGE;
  client.db = db;
  reply.ok();
}

function quit({ client, reply }: Call): void {
  reply.ok();
  client.closeAfterReply();
}
