import type { Args } from "../protocol/args.ts";
import { CommandError, commandError } from "../protocol/command_error.ts";
import type { Int64 } from "../protocol/integer.ts";
import { type Call, commandGroup, keyAt } from "../server/command.ts";
import { misusedSubcommand } from "../server/unknown_command.ts";
import { Events } from "../store/events.ts";
import { Stream } from "../store/values/stream.ts";
import type { ConsumerGroup } from "../store/values/stream_group.ts";
import { parseId, type StreamId, ZERO_ID } from "../store/values/stream_id.ts";
import { helpOf } from "./help.ts";
import { readIds } from "./stream.ts";
import { INVALID_ID, noGroup, parseIdOrEnd } from "./stream_args.ts";

const NO_KEY = commandError(
  "The XGROUP subcommand requires the key to exist. Note that for CREATE you may want to use the MKSTREAM " +
    "option to create an empty stream automatically.",
);
const BUSY = new CommandError(
  "BUSYGROUP",
  "Consumer Group name already exists",
);
const NEGATIVE_READ = commandError(
  "value for ENTRIESREAD must be positive or -1",
);

export const streamGroupCommands = commandGroup("stream", [
  {
    name: "xgroup",
    arity: -2,
    flags: [],
    since: "5.0.0",
    complexity: "Depends on subcommand.",
    summary: "Manages the consumer groups of streams.",
    syntax: "",
    subcommands: [
      {
        name: "create",
        arity: -5,
        flags: ["write", "denyoom"],
        keys: [keyAt(2, "RW", "insert")],
        since: "5.0.0",
        complexity: "O(1)",
        summary: "Creates a consumer group.",
        syntax: "key groupname <id | $> [MKSTREAM] [ENTRIESREAD entries_read]",
        docs: {
          groups: ["id"],
          names: { $: "new_id" },
        },
        history: [["7.0.0", "Added the `entries_read` named argument."]],
        handler: create,
      },
      {
        name: "setid",
        arity: -5,
        flags: ["write"],
        keys: [keyAt(2, "RW", "update")],
        since: "5.0.0",
        complexity: "O(1)",
        summary: "Sets the last entry that a consumer group was delivered.",
        syntax: "key groupname <id | $> [ENTRIESREAD entries_read]",
        docs: {
          groups: ["id"],
          names: { $: "new_id" },
        },
        history: [["7.0.0", "Added the optional `entries_read` argument."]],
        handler: setId,
      },
      {
        name: "destroy",
        arity: 4,
        flags: ["write"],
        keys: [keyAt(2, "RW", "delete")],
        since: "5.0.0",
        complexity:
          "O(N) where N is the number of entries in the group's pending entries list (PEL).",
        summary: "Removes a consumer group.",
        syntax: "key groupname",
        handler: destroy,
      },
      {
        name: "createconsumer",
        arity: 5,
        flags: ["write", "denyoom"],
        keys: [keyAt(2, "RW", "insert")],
        since: "6.2.0",
        complexity: "O(1)",
        summary: "Creates a consumer of a group.",
        syntax: "key groupname consumername",
        handler: createConsumer,
      },
      {
        name: "delconsumer",
        arity: 5,
        flags: ["write"],
        keys: [keyAt(2, "RW", "delete")],
        since: "5.0.0",
        complexity: "O(1)",
        summary: "Removes a consumer of a group, with all that is pending.",
        syntax: "key groupname consumername",
        handler: deleteConsumer,
      },
      {
        name: "help",
        arity: 2,
        flags: ["loading", "stale"],
        since: "5.0.0",
        complexity: "O(1)",
        summary: "Lists the subcommands of XGROUP.",
        syntax: "",
        handler: helpOf("XGROUP", [
          "CREATE <key> <groupname> <id|$> [option]",
          "    Create a new consumer group. Options are:",
          "    * MKSTREAM",
          "      Create the empty stream if it does not exist.",
          "    * ENTRIESREAD entries_read",
          "      Set the group's entries_read counter (internal use).",
          "CREATECONSUMER <key> <groupname> <consumer>",
          "    Create a new consumer in the specified group.",
          "DELCONSUMER <key> <groupname> <consumer>",
          "    Remove the specified consumer.",
          "DESTROY <key> <groupname>",
          "    Remove the specified group.",
          "SETID <key> <groupname> <id|$> [ENTRIESREAD entries_read]",
          "    Set the current group ID and entries_read counter.",
        ]),
      },
    ],
  },
  {
    name: "xack",
    arity: -4,
    flags: ["write", "fast"],
    keys: [keyAt(1, "RW", "update")],
    since: "5.0.0",
    complexity: "O(1) for each message ID processed.",
    summary: "Tells a consumer group that pending entries are dealt with.",
    syntax: "key group id [id ...]",
    handler: acknowledge,
  },
]);

/** What XGROUP CREATE and SETID are told behind the id. */
interface GroupOptions {
  readonly makesStream: boolean;
  readonly entriesRead: Int64 | undefined;
}

function readOptions(args: Args, subcommand: "create" | "setid"): GroupOptions {
  let makesStream = false;
  let entriesRead: Int64 | undefined;
  for (let i = 5; i < args.length; i++) {
    if (subcommand === "create" && args.is(i, "MKSTREAM")) makesStream = true;
    else if (args.is(i, "ENTRIESREAD") && i + 1 < args.length) {
      const n = args.int64(++i);
      if (n < -1) throw NEGATIVE_READ;
      entriesRead = n < 0 ? undefined : n;
    } else throw misusedSubcommand(args);
  }
  return { makesStream, entriesRead };
}

function create({ args, db, reply }: Call): void {
  const { entriesRead, makesStream } = readOptions(args, "create");
  const key = args.string(2);
  let stream = db.edit(key, "stream");
  if (stream === undefined && !makesStream) throw NO_KEY;
  if (args.length > 8) throw misusedSubcommand(args);
  const id = readGroupId(args, stream, parseId);
  const name = args.string(3);
  if (stream?.group(name) !== undefined) throw BUSY;
  const event = stream === undefined ? Events.xgroupBegin : Events.xgroupCreate;
  stream ??= db.put(key, new Stream());
  stream.addGroup(name, id, entriesRead);
  db.changed(key, event);
  reply.ok();
}

/** Reads argument 4: an id, or `$` for the last one of the stream. */
function readGroupId(
  args: Args,
  stream: Stream | undefined,
  parse: (text: string, missingSeq: number) => StreamId | undefined,
): StreamId {
  if (args.is(4, "$")) return stream?.lastId ?? ZERO_ID;
  const id = parse(args.string(4), 0);
  if (id === undefined) throw INVALID_ID;
  return id;
}

function setId({ args, db, reply }: Call): void {
  const { entriesRead } = readOptions(args, "setid");
  const { group, key, stream } = editGroup(db, args);
  if (args.length > 7) throw misusedSubcommand(args);
  group.lastId = readGroupId(args, stream, parseIdOrEnd);
  group.entriesRead = entriesRead;
  db.changed(key, Events.xgroupSetId);
  reply.ok();
}

function destroy({ args, db, reply }: Call): void {
  const key = args.string(2);
  const stream = db.edit(key, "stream");
  if (stream === undefined) throw NO_KEY;
  const group = stream.group(args.string(3));
  if (group === undefined) return reply.integer(0);
  stream.removeGroup(group);
  db.changed(key, Events.xgroupDestroy);
  reply.integer(1);
}

function createConsumer({ args, db, now, reply }: Call): void {
  const { group, key } = editGroup(db, args);
  const name = args.string(4);
  if (group.consumer(name) !== undefined) return reply.integer(0);
  group.addConsumer(name, now);
  db.changed(key, Events.xgroupCreateConsumer);
  reply.integer(1);
}

function deleteConsumer({ args, db, reply }: Call): void {
  const { group, key } = editGroup(db, args);
  const consumer = group.consumer(args.string(4));
  if (consumer === undefined) return reply.integer(0);
  const { length } = consumer.pending;
  group.removeConsumer(consumer);
  db.changed(key, Events.xgroupDelConsumer);
  reply.integer(length);
}

/** Returns the stream at argument 2 and its group named by argument 3, which must both be there. */
function editGroup(
  db: Call["db"],
  args: Args,
): { key: string; stream: Stream; group: ConsumerGroup } {
  const key = args.string(2);
  const stream = db.edit(key, "stream");
  if (stream === undefined) throw NO_KEY;
  const group = stream.group(args.string(3));
  if (group === undefined) throw noSuchGroup(args);
  return { key, stream, group };
}

/** Returns the error for a group, argument 3, that the stream at argument 2 does not have. */
export function noSuchGroup(args: Args): CommandError {
  return noGroup(
    `No such consumer group '${args.printed(3)}' for key name '${
      args.printed(2)
    }'`,
  );
}

function acknowledge({ args, db, reply }: Call): void {
  const key = args.string(1);
  if (db.read(key, "stream")?.group(args.string(2)) === undefined) {
    return reply.integer(0);
  }
  const ids = readIds(args, 3);
  const group = db.edit(key, "stream")!.group(args.string(2))!;
  let settled = 0;
  for (const id of ids) if (group.settle(id)) settled++;
  if (settled > 0) db.changed(key, Events.xdelivery, settled);
  reply.integer(settled);
}
