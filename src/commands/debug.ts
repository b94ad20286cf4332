import { Buffer } from "node:buffer";
import { parseMemory } from "../config/kinds.ts";
import { lengthInSnapshot } from "../persistence/snapshot_encoder.ts";
import { MAX_LENGTH, toText } from "../protocol/byte_string.ts";
import type { Args } from "../protocol/args.ts";
import {
  commandError,
  NO_SUCH_KEY,
  NOT_POSITIVE,
  STRING_TOO_LONG,
} from "../protocol/command_error.ts";
import { PEAK_MS } from "../server/client_limits.ts";
import { type Call, commandGroup } from "../server/command.ts";
import { misusedSubcommand } from "../server/unknown_command.ts";
import type { Value } from "../store/values/value.ts";
import { digestOf, digestOfValue } from "../store/digest.ts";
import { Events } from "../store/events.ts";
import { helpOf } from "./help.ts";
import { encodingOf } from "./object.ts";
import { protocolSample } from "./debug_protocol.ts";

interface Subcommand {
  readonly name: string;
  /** Fewest and most words on the command line, DEBUG included. */
  readonly words: readonly [least: number, most: number];
  readonly help: readonly string[];
  readonly run: (call: Call) => void;
}

const GB = 1024 ** 3;
const UNKNOWN_RELOAD_OPTION = commandError(
  "DEBUG RELOAD only supports the MERGE, NOFLUSH and NOSAVE options.",
);

/**
 * As in Redis, the subcommands of DEBUG are no commands of their own: COMMAND and
 * INFO know only DEBUG.
 *
 * Differs from Redis: DEBUG has neither the subcommands that crash the server nor
 * those that show or tune the data structures of redis-server.
 */
const SUBCOMMANDS: readonly Subcommand[] = [
  {
    name: "CHANGE-REPL-ID",
    words: [2, 2],
    help: ["CHANGE-REPL-ID", "    Give the history of the data another id."],
    run: changeReplicationId,
  },
  {
    name: "DIGEST",
    words: [2, 2],
    help: [
      "DIGEST",
      "    Return a digest of all data: equal to Redis's for equal data.",
    ],
    run: ({ reply, server }) => reply.status(digestOf(server.store)),
  },
  {
    name: "DIGEST-VALUE",
    words: [2, Infinity],
    help: [
      "DIGEST-VALUE <key> [<key> ...]",
      "    Return a digest of each key's value.",
    ],
    run: digestValues,
  },
  {
    name: "ERROR",
    words: [3, 3],
    help: ["ERROR <string>", "    Return <string> as an error."],
    run: ({ args, reply }) => reply.errorLine(args.string(2)),
  },
  {
    name: "LOADAOF",
    words: [2, Infinity],
    help: [
      "LOADAOF",
      "    Load the append log again.",
    ],
    run: loadAppendLog,
  },
  {
    name: "LOG",
    words: [3, 3],
    help: ["LOG <message>", "    Write <message> to the log."],
    run: log,
  },
  {
    name: "OBJECT",
    words: [3, 3],
    help: ["OBJECT <key>", "    Show how the value of <key> is held."],
    run: object,
  },
  {
    name: "POPULATE",
    words: [3, 5],
    help: [
      "POPULATE <count> [<prefix>] [<size>]",
      "    Create <count> strings named key:<n>, or <prefix>:<n>, of <size> bytes each;",
      "    keys that exist stay as they are.",
    ],
    run: populate,
  },
  {
    name: "PROTOCOL",
    words: [3, 3],
    help: [
      "PROTOCOL <type>",
      "    Return a reply of a type: string, integer, double, bignum, null, array, set,",
      "    map, attrib, push, verbatim, true, false.",
    ],
    run: protocolSample,
  },
  {
    name: "QUICKLIST-PACKED-THRESHOLD",
    words: [3, 3],
    help: [
      "QUICKLIST-PACKED-THRESHOLD <size>",
      "    Accepted for tests of Redis: lists have one layout here.",
    ],
    run: packedThreshold,
  },
  {
    name: "RELOAD",
    words: [2, Infinity],
    help: [
      "RELOAD [option ...]",
      "    Save the data and load it again. Options:",
      "    * NOSAVE: load the file that is there.",
      "    * NOFLUSH: add to the data; a key that is there already is an error.",
      "    * MERGE: with NOFLUSH, let loaded keys replace those that are there.",
    ],
    run: reload,
  },
  {
    name: "PAUSE-CRON",
    words: [3, 3],
    help: [
      "PAUSE-CRON <0|1>",
      "    Stop the periodic work, or have it go on.",
    ],
    run: pauseCron,
  },
  {
    name: "REPLYBUFFER",
    words: [4, 4],
    help: [
      "REPLYBUFFER PEAK-RESET-TIME <NEVER|RESET|milliseconds>",
      "    Say how long the most that a reply buffer held is remembered.",
      "REPLYBUFFER RESIZING <0|1>",
      "    Whether reply buffers shrink.",
    ],
    run: replyBuffer,
  },
  {
    name: "SET-ACTIVE-EXPIRE",
    words: [3, 3],
    help: [
      "SET-ACTIVE-EXPIRE <0|1>",
      "    Whether expired keys are removed although nobody asks for them.",
    ],
    run: setActiveExpire,
  },
  {
    name: "SET-SKIP-CHECKSUM-VALIDATION",
    words: [3, 3],
    help: [
      "SET-SKIP-CHECKSUM-VALIDATION <0|1>",
      "    Whether RESTORE takes payloads whose checksum is wrong.",
    ],
    run: setSkipChecksum,
  },
  {
    name: "SET-DISABLE-DENY-SCRIPTS",
    words: [3, 3],
    help: [
      "SET-DISABLE-DENY-SCRIPTS <0|1>",
      "    Whether scripts may run commands that are not for scripts.",
    ],
    run: ({ args, reply, server }) => {
      server.scripts.runner.mayRunAll = args.integer(2) !== 0;
      reply.ok();
    },
  },
  {
    name: "SLEEP",
    words: [3, 3],
    help: [
      "SLEEP <seconds>",
      "    Stop the server for so long; fractions are fine.",
    ],
    run: sleep,
  },
];

const help = helpOf("DEBUG", SUBCOMMANDS.flatMap((each) => each.help));

export const debugCommands = commandGroup("server", [
  {
    name: "debug",
    arity: -2,
    flags: ["admin", "noscript", "loading", "stale"],
    allowedBy: "enable-debug-command",
    internal: true,
    since: "1.0.0",
    complexity: "Depends on subcommand.",
    summary: "Looks inside the server and meddles with it; for tests.",
    syntax: "",
    handler: debug,
  },
]);

function debug(call: Call): void {
  const { args } = call;
  if (args.is(1, "HELP") && args.length === 2) return help(call);
  for (const { name, run, words: [least, most] } of SUBCOMMANDS) {
    if (args.is(1, name) && args.length >= least && args.length <= most) {
      return run(call);
    }
  }
  throw misusedSubcommand(args);
}

function changeReplicationId({ reply, server }: Call): void {
  server.log.warning("DEBUG CHANGE-REPL-ID: changing the replication id");
  server.replicationId = server.random.hex(40);
  reply.ok();
}

function digestValues({ args, db, reply }: Call): void {
  reply.array(args.length - 2);
  for (let i = 2; i < args.length; i++) {
    reply.status(digestOfValue(db, args.string(i)));
  }
}

// Differs from Redis: a log that is not there or cannot be loaded is an error, and the data stays; there the server ends.
function loadAppendLog({ reply, server }: Call): void {
  server.appendLog.reload();
  reply.ok();
}

function log({ args, reply, server }: Call): void {
  server.log.warning(`DEBUG LOG: ${toText(args.string(2))}`);
  reply.ok();
}

/** The place of a key stands for the address that Redis shows: it stays while a value is edited in place. The length is that in a snapshot. */
function object({ args, db, reply, server }: Call): void {
  const key = args.string(2);
  // One whose time has come is shown, as long as it is there.
  const slot = db.keyspace.find(key);
  if (slot < 0) throw NO_SUCH_KEY;
  const value = db.keyspace.value(slot);
  const place = (slot + 1) * 64;
  const { seconds } = server.store;
  const idle = Math.max(0, seconds - db.keyspace.access(slot));
  reply.status(
    `Value at:0x${place.toString(16)} refcount:1 encoding:${
      encodingOf(value)
    } serializedlength:${lengthInSnapshot(value as Value)} lru:${
      (seconds - idle) & 0xffffff
    } lru_seconds_idle:${idle}`,
  );
}

function populate({ args, db, reply }: Call): void {
  const count = positive(args, 2);
  const prefix = args.length > 3 ? args.string(3) : "key";
  const size = args.length > 4 ? positive(args, 4) : 0;
  if (size > MAX_LENGTH) throw STRING_TOO_LONG;
  for (let i = 0; i < count; i++) {
    const key = `${prefix}:${i}`;
    if (db.has(key)) continue;
    const value = `value:${i}`;
    db.put(key, size === 0 ? value : sized(value, size));
    // Redis neither counts these as changes nor tells replicas of them.
    db.changed(key, Events.loaded, 0);
  }
  reply.ok();
}

/** Returns `text` cut or filled up with zero bytes, in one piece: what padEnd makes is two. */
function sized(text: string, size: number): string {
  const bytes = Buffer.alloc(size);
  bytes.latin1Write(text, 0);
  return bytes.latin1Slice(0, size);
}

function positive(args: Args, i: number): number {
  const n = args.integer(i, NOT_POSITIVE);
  if (n < 0) throw NOT_POSITIVE;
  return n;
}

function packedThreshold({ args, reply }: Call): void {
  const bytes = parseMemory(args.string(2));
  if (bytes === undefined || bytes > BigInt(4 * GB - 1024 ** 2)) {
    throw commandError(
      "argument must be a memory value bigger than 1 and smaller than 4gb",
    );
  }
  reply.ok();
}

function reload({ args, reply, server }: Call): void {
  let merge = false, noFlush = false, noSave = false;
  for (let i = 2; i < args.length; i++) {
    if (args.is(i, "MERGE")) merge = true;
    else if (args.is(i, "NOFLUSH")) noFlush = true;
    else if (args.is(i, "NOSAVE")) noSave = true;
    else throw UNKNOWN_RELOAD_OPTION;
  }
  server.snapshotLoader.reload({ merge, noFlush, noSave });
  reply.ok();
}

function pauseCron({ args, reply, server }: Call): void {
  if (Math.trunc(leadingNumber(args.string(2))) !== 0) server.cron.stop();
  else server.cron.start();
  reply.ok();
}

function replyBuffer({ args, reply, server: { limits } }: Call): void {
  if (args.is(2, "RESIZING")) {
    limits.shrinksReplies = Math.trunc(leadingNumber(args.string(3))) !== 0;
  } else if (!args.is(2, "PEAK-RESET-TIME")) {
    throw misusedSubcommand(args);
  } else if (args.is(3, "RESET")) {
    limits.peakMs = PEAK_MS;
  } else {
    const ms = args.is(3, "NEVER") ? -1 : args.integer(3);
    limits.peakMs = ms < 0 ? Infinity : ms;
  }
  reply.ok();
}

function setActiveExpire({ args, reply, server }: Call): void {
  server.activeExpire = Math.trunc(leadingNumber(args.string(2))) !== 0;
  reply.ok();
}

function setSkipChecksum({ args, reply, server }: Call): void {
  server.dumps.checksum = Math.trunc(leadingNumber(args.string(2))) === 0;
  reply.ok();
}

function sleep({ args, reply, server }: Call): void {
  const seconds = leadingNumber(args.string(2));
  if (seconds > 0) server.clock.sleepSync(seconds * 1000);
  reply.ok();
}

/** Returns the number that `text` begins with, 0 when there is none: C's `atof`. */
function leadingNumber(text: string): number {
  const n = Number.parseFloat(text);
  return Number.isFinite(n) ? n : 0;
}
