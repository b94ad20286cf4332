import { type Call, commandGroup, keyAt } from "../server/command.ts";
import { Events } from "../store/events.ts";
import { globMatches } from "../store/glob.ts";
import { PackedValue } from "../store/packed.ts";
import {
  addMember,
  deleteMember,
  hasMember,
  packedBytes,
} from "../store/packed_edits.ts";
import { MemberSet } from "../store/values/set.ts";
import { scanCursor, scanOptions, scanReply } from "./scan.ts";

/** The set commands about one set and members that the client names. */
export const setCommands = commandGroup("set", [
  {
    name: "sadd",
    arity: -3,
    flags: ["write", "denyoom", "fast"],
    keys: [keyAt(1, "RW", "insert")],
    since: "1.0.0",
    complexity:
      "O(1) for each element added, so O(N) to add N elements when the command is called with multiple arguments.",
    summary: "Adds members to a set, which is created if need be.",
    syntax: "key member [member ...]",
    history: [["2.4.0", "Accepts multiple `member` arguments."]],
    handler: sadd,
  },
  {
    name: "srem",
    arity: -3,
    flags: ["write", "fast"],
    keys: [keyAt(1, "RW", "delete")],
    since: "1.0.0",
    complexity: "O(N) where N is the number of members to be removed.",
    summary: "Removes members from a set.",
    syntax: "key member [member ...]",
    history: [["2.4.0", "Accepts multiple `member` arguments."]],
    handler: srem,
  },
  {
    name: "smove",
    arity: 4,
    flags: ["write", "fast"],
    keys: [keyAt(1, "RW", "access delete"), keyAt(2, "RW", "insert")],
    since: "1.0.0",
    complexity: "O(1)",
    summary: "Moves a member from one set to another.",
    syntax: "source destination member",
    handler: smove,
  },
  {
    name: "scard",
    arity: 2,
    flags: ["readonly", "fast"],
    keys: [keyAt(1, "RO")],
    since: "1.0.0",
    complexity: "O(1)",
    summary: "Answers how many members a set has.",
    syntax: "key",
    handler: scard,
  },
  {
    name: "sismember",
    arity: 3,
    flags: ["readonly", "fast"],
    keys: [keyAt(1, "RO")],
    since: "1.0.0",
    complexity: "O(1)",
    summary: "Answers whether a set has a member.",
    syntax: "key member",
    handler: sismember,
  },
  {
    name: "smismember",
    arity: -3,
    flags: ["readonly", "fast"],
    keys: [keyAt(1, "RO", "access")],
    since: "6.2.0",
    complexity:
      "O(N) where N is the number of elements being checked for membership",
    summary: "Answers of several members whether a set has them.",
    syntax: "key member [member ...]",
    handler: smismember,
  },
  {
    name: "smembers",
    arity: 2,
    flags: ["readonly"],
    keys: [keyAt(1, "RO", "access")],
    tips: ["nondeterministic_output_order"],
    since: "1.0.0",
    complexity: "O(N) where N is the set cardinality.",
    summary: "Answers all members of a set.",
    syntax: "key",
    handler: smembers,
  },
  {
    name: "sscan",
    arity: -3,
    flags: ["readonly"],
    keys: [keyAt(1, "RO", "access")],
    tips: ["nondeterministic_output"],
    since: "2.8.0",
    complexity:
      "O(1) for every call. O(N) for a complete iteration, including enough command calls for the cursor to return back to 0. N is the number of elements inside the collection..",
    summary: "Answers some members of a set, and where to go on.",
    syntax: "key cursor [MATCH pattern] [COUNT count]",
    handler: sscan,
  },
]);

function sadd({ args, db, reply, server }: Call): void {
  const key = args.key(1);
  const { thresholds } = server.store;
  const members = args.length - 2;
  const packed = db.editPacked(key, "set", members, packedBytes(args, 2));
  let added = 0;
  if (packed !== undefined) {
    for (let i = 2; i < args.length; i++) {
      if (addMember(packed, args, i, thresholds)) added++;
    }
  } else {
    const set = db.edit(key, "set") ?? db.put(key, new MemberSet());
    for (let i = 2; i < args.length; i++) {
      if (set.add(args.string(i), thresholds)) added++;
    }
  }
  if (added > 0) db.changed(key, Events.sadd, added);
  reply.integer(added);
}

function srem({ args, db, reply }: Call): void {
  const key = args.key(1);
  const set = db.editToTake(key, "set");
  if (set === undefined) return reply.integer(0);
  let removed = 0;
  for (let i = 2; i < args.length && set.length > 0; i++) {
    const isRemoved = set instanceof PackedValue
      ? deleteMember(set, args, i)
      : set.delete(args.string(i));
    if (isRemoved) removed++;
  }
  if (removed > 0) db.shrunk(key, set, Events.srem, removed);
  reply.integer(removed);
}

function smove({ args, db, reply, server }: Call): void {
  const sourceKey = args.string(1), destinationKey = args.string(2);
  const member = args.string(3);
  const source = db.edit(sourceKey, "set");
  if (source === undefined) return reply.integer(0);
  let destination = db.edit(destinationKey, "set");
  if (source === destination) return reply.integer(source.has(member) ? 1 : 0);
  if (!source.delete(member)) return reply.integer(0);
  db.shrunk(sourceKey, source, Events.srem);
  destination ??= db.put(destinationKey, new MemberSet());
  if (destination.add(member, server.store.thresholds)) {
    db.changed(destinationKey, Events.sadd);
  }
  reply.integer(1);
}

function scard({ args, db, reply }: Call): void {
  const key = args.key(1);
  const set = db.readPacked(key, "set") ?? db.read(key, "set");
  reply.integer(set?.length ?? 0);
}

function sismember({ args, db, reply }: Call): void {
  const key = args.key(1);
  const packed = db.readPacked(key, "set");
  const isThere = packed !== undefined
    ? hasMember(packed, args, 2)
    : db.read(key, "set")?.has(args.string(2));
  reply.integer(isThere ? 1 : 0);
}

function smismember({ args, db, reply }: Call): void {
  const set = db.read(args.key(1), "set");
  reply.array(args.length - 2);
  for (let i = 2; i < args.length; i++) {
    reply.integer(set?.has(args.string(i)) ? 1 : 0);
  }
}

function smembers({ args, db, reply }: Call): void {
  const key = args.key(1);
  const packed = db.readPacked(key, "set");
  if (packed !== undefined) {
    reply.set(packed.length);
    return packed.visit((member) => reply.bulkRange(member));
  }
  const set = db.read(key, "set");
  if (set === undefined) return reply.set(0);
  reply.set(set.length);
  for (let i = 0; i < set.length; i++) reply.bulk(set.at(i));
}

function sscan({ args, db, reply }: Call): void {
  const cursor = scanCursor(args, 2);
  const set = db.read(args.key(1), "set");
  if (set === undefined) return scanReply(reply, 0, []);
  const { pattern, count } = scanOptions(args, 3, "without type");
  const found: string[] = [];
  const next = set.scan(cursor, count, (member) => {
    if (pattern !== undefined && !globMatches(pattern, member)) return;
    found.push(member);
  });
  scanReply(reply, next, found);
}
