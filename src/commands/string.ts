import type { Args } from "../protocol/args.ts";
import { SYNTAX_ERROR, wrongArity } from "../protocol/command_error.ts";
import type { Int64 } from "../protocol/integer.ts";
import {
  type Call,
  commandGroup,
  type FoundKey,
  keyAt,
  keysFrom,
} from "../server/command.ts";
import type { Server } from "../server/server.ts";
import type { Database } from "../store/database.ts";
import { Events } from "../store/events.ts";
import type { Key } from "../store/keyspace.ts";
import {
  expireAtOnce,
  expireTime,
  ExpiryOption,
  type TimeForm,
  TimeForms,
} from "./options.ts";
import { replyRange, replyString } from "./string_value.ts";

export const stringCommands = commandGroup("string", [
  {
    name: "get",
    arity: 2,
    flags: ["readonly", "fast"],
    keys: [keyAt(1, "RO", "access")],
    since: "1.0.0",
    complexity: "O(1)",
    summary: "Returns the string at a key.",
    syntax: "key",
    handler: get,
  },
  {
    name: "set",
    arity: -3,
    flags: ["write", "denyoom"],
    keys: [{
      ...keyAt(1, "RW", "access update variable_flags"),
      notes: "RW and ACCESS due to the optional `GET` argument",
    }],
    findKeys: findSetKey,
    since: "1.0.0",
    complexity: "O(1)",
    summary: "Puts a string at a key, whatever it held.",
    syntax:
      "key value [NX | XX] [GET] [EX seconds | PX milliseconds | EXAT unix-time-seconds | PXAT unix-time-milliseconds | KEEPTTL]",
    docs: {
      groups: ["condition", "expiration"],
      since: {
        condition: "2.6.12",
        GET: "6.2.0",
        EX: "2.6.12",
        PX: "2.6.12",
        EXAT: "6.2.0",
        PXAT: "6.2.0",
        KEEPTTL: "6.0.0",
      },
    },
    history: [
      ["2.6.12", "Added the `EX`, `PX`, `NX` and `XX` options."],
      ["6.0.0", "Added the `KEEPTTL` option."],
      ["6.2.0", "Added the `GET`, `EXAT` and `PXAT` option."],
      ["7.0.0", "Allowed the `NX` and `GET` options to be used together."],
    ],
    handler: set,
  },
  {
    name: "setnx",
    arity: 3,
    flags: ["write", "denyoom", "fast"],
    keys: [keyAt(1, "OW", "insert")],
    since: "1.0.0",
    complexity: "O(1)",
    summary: "Puts a string at a key that holds nothing.",
    syntax: "key value",
    handler: setIfAbsent,
  },
  {
    name: "setex",
    arity: 4,
    flags: ["write", "denyoom"],
    keys: [keyAt(1, "OW", "update")],
    since: "2.0.0",
    complexity: "O(1)",
    summary: "Puts a string at a key, to expire after some seconds.",
    syntax: "key seconds value",
    handler: (call) => setExpiring(call, TimeForms.EX, "setex"),
  },
  {
    name: "psetex",
    arity: 4,
    flags: ["write", "denyoom"],
    keys: [keyAt(1, "OW", "update")],
    since: "2.6.0",
    complexity: "O(1)",
    summary: "Puts a string at a key, to expire after some milliseconds.",
    syntax: "key milliseconds value",
    handler: (call) => setExpiring(call, TimeForms.PX, "psetex"),
  },
  {
    name: "getset",
    arity: 3,
    flags: ["write", "denyoom", "fast"],
    keys: [keyAt(1, "RW", "access update")],
    since: "1.0.0",
    complexity: "O(1)",
    summary: "Puts a string at a key and returns the one it held.",
    syntax: "key value",
    deprecated: {
      since: "6.2.0",
      replacedBy: "`SET` with the `!GET` argument",
    },
    handler: getSet,
  },
  {
    name: "getdel",
    arity: 2,
    flags: ["write", "fast"],
    keys: [keyAt(1, "RW", "access delete")],
    since: "6.2.0",
    complexity: "O(1)",
    summary: "Returns the string at a key and deletes the key.",
    syntax: "key",
    handler: getAndDelete,
  },
  {
    name: "getex",
    arity: -2,
    flags: ["write", "fast"],
    keys: [{
      ...keyAt(1, "RW", "access update"),
      notes: "RW and UPDATE because it changes the TTL",
    }],
    since: "6.2.0",
    complexity: "O(1)",
    summary: "Returns the string at a key and changes when it expires.",
    syntax:
      "key [EX seconds | PX milliseconds | EXAT unix-time-seconds | PXAT unix-time-milliseconds | PERSIST]",
    docs: { groups: ["expiration"] },
    handler: getAndExpire,
  },
  {
    name: "mget",
    arity: -2,
    flags: ["readonly", "fast"],
    keys: [keysFrom(1, -1, 1, "RO", "access")],
    tips: ["request_policy:multi_shard"],
    since: "1.0.0",
    complexity: "O(N) where N is the number of keys to retrieve.",
    summary: "Returns the strings at several keys.",
    syntax: "key [key ...]",
    handler: getMany,
  },
  {
    name: "mset",
    arity: -3,
    flags: ["write", "denyoom"],
    keys: [keysFrom(1, -1, 2, "OW", "update")],
    tips: ["request_policy:multi_shard", "response_policy:all_succeeded"],
    since: "1.0.1",
    complexity: "O(N) where N is the number of keys to set.",
    summary: "Puts strings at several keys.",
    syntax: "key value [key value ...]",
    handler: setMany,
  },
  {
    name: "msetnx",
    arity: -3,
    flags: ["write", "denyoom"],
    keys: [keysFrom(1, -1, 2, "OW", "insert")],
    tips: ["request_policy:multi_shard", "response_policy:agg_min"],
    since: "1.0.1",
    complexity: "O(N) where N is the number of keys to set.",
    summary: "Puts strings at several keys, if none of them holds anything.",
    syntax: "key value [key value ...]",
    handler: setManyIfAbsent,
  },
]);

function get({ args, db, reply }: Call): void {
  replyRange(reply, db.readString(args.key(1)));
}

function set(call: Call): void {
  const { args, db, reply } = call;
  if (args.length > 3) return setWithOptions(call);
  db.putString(args.key(1), args.range(2), Events.set);
  reply.ok();
}

function setWithOptions({ args, db, now, reply, server }: Call): void {
  let condition: "if exists" | "if absent" | undefined;
  let get = false;
  const expiry = new ExpiryOption();
  for (let i = 3; i < args.length;) {
    const taken = expiry.take(args, i, "KEEPTTL");
    if (taken === 0) {
      if (args.is(i, "NX") && condition !== "if exists") {
        condition = "if absent";
      } else if (args.is(i, "XX") && condition !== "if absent") {
        condition = "if exists";
      } else if (args.is(i, "GET")) get = true;
      else throw SYNTAX_ERROR;
    }
    i += taken === 0 ? 1 : taken;
  }
  const expiresAt = expiry.expiresAt(args, now, "set");

  const key = args.key(1);
  if (get) replyRange(reply, db.readString(key));
  if (
    condition !== undefined && db.has(key) !== (condition === "if exists")
  ) {
    if (!get) reply.null();
    return;
  }
  const kept = expiry.choice === "KEEPTTL" ? "keep" : "forget";
  db.putString(key, args.range(2), Events.set, kept);
  if (expiresAt !== undefined) expireWith(db, key, expiresAt);
  if (!get) reply.ok();
  if (!server.propagation.active) return;
  if (expiresAt !== undefined) propagateSet(server, args, 2, expiresAt);
  else if (get) server.propagation.rewrite(...withoutGet(args));
}

/** The words of a SET without its GET, which is of no use to anyone else. */
function withoutGet(args: Args): string[] {
  return args.strings(0).filter((_, i) => i < 3 || !args.is(i, "GET"));
}

/** Has SET, SETEX or PSETEX propagated with the moment when the key expires, instead of a time from now. */
function propagateSet(
  { propagation }: Server,
  args: Args,
  valueAt: number,
  expiresAt: Int64,
): void {
  const key = args.string(1), value = args.string(valueAt);
  propagation.rewrite("SET", key, value, "PXAT", expiresAt);
}

/** The key of SET is read too if there is a GET among the options. */
function findSetKey(args: Args): readonly FoundKey[] {
  let flags = ["OW", "update"];
  for (let i = 3; i < args.length; i++) {
    if (args.is(i, "GET")) flags = ["RW", "access", "update"];
  }
  return [{ index: 1, flags }];
}

function setIfAbsent({ args, db, reply }: Call): void {
  const key = args.key(1);
  if (db.has(key)) return reply.integer(0);
  db.putString(key, args.range(2), Events.set);
  reply.integer(1);
}

/** SETEX and PSETEX. */
function setExpiring(
  { args, db, now, reply, server }: Call,
  form: TimeForm,
  command: string,
): void {
  const expiresAt = expireTime(args, 2, form, now, command);
  const key = args.key(1);
  db.putString(key, args.range(3), Events.set);
  expireWith(db, key, expiresAt);
  if (server.propagation.active) propagateSet(server, args, 3, expiresAt);
  reply.ok();
}

/** Gives a key that was just set its expiry: one change with two events. */
function expireWith(db: Database, key: Key, expiresAt: Int64): void {
  db.setExpiry(key, expiresAt);
  db.changed(key, Events.expire, 0);
}

function getSet({ args, db, reply, server }: Call): void {
  const key = args.key(1);
  replyRange(reply, db.readString(key));
  db.putString(key, args.range(2), Events.set);
  if (server.propagation.active) {
    server.propagation.rewrite("SET", args.string(1), args.string(2));
  }
}

function getAndDelete({ args, db, reply, server }: Call): void {
  const key = args.string(1);
  const value = db.read(key, "string");
  replyString(reply, value);
  if (value === undefined) return;
  db.delete(key);
  db.changed(key, Events.del);
  const lazily = server.config.values["lazyfree-lazy-user-del"];
  server.propagation.rewrite(lazily ? "UNLINK" : "DEL", key);
}

function getAndExpire({ args, db, now, reply, server }: Call): void {
  const expiry = new ExpiryOption();
  for (let i = 2; i < args.length;) {
    const taken = expiry.take(args, i, "PERSIST");
    if (taken === 0) throw SYNTAX_ERROR;
    i += taken;
  }
  const key = args.string(1);
  const value = db.read(key, "string");
  if (value === undefined) return reply.null();
  const expiresAt = expiry.expiresAt(args, now, "getex");
  replyString(reply, value);
  if (expiry.choice === "PERSIST") {
    if (db.expiresAt(key) === Infinity) return;
    db.setExpiry(key, Infinity);
    db.changed(key, Events.persist);
    server.propagation.rewrite("PERSIST", key);
  } else if (expiresAt !== undefined) {
    if (expiresAt > now) {
      db.setExpiry(key, expiresAt);
      db.changed(key, Events.expire);
      server.propagation.rewrite("PEXPIREAT", key, expiresAt);
    } else expireAtOnce(server, db, key);
  }
}

function getMany({ args, db, reply }: Call): void {
  reply.array(args.length - 1);
  for (let i = 1; i < args.length; i++) {
    replyRange(reply, db.readString(args.key(i), "passed over"));
  }
}

function setMany(call: Call): void {
  if (call.args.length % 2 === 0) throw wrongArity("mset");
  putPairs(call);
  call.reply.ok();
}

function setManyIfAbsent(call: Call): void {
  const { args, db, reply } = call;
  if (args.length % 2 === 0) throw wrongArity("msetnx");
  for (let i = 1; i < args.length; i += 2) {
    if (db.has(args.key(i))) return reply.integer(0);
  }
  putPairs(call);
  reply.integer(1);
}

function putPairs({ args, db }: Call): void {
  for (let i = 1; i < args.length; i += 2) {
    db.putString(args.key(i), args.range(i + 1), Events.set);
  }
}
