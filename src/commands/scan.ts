import type { Args } from "../protocol/args.ts";
import { commandError, SYNTAX_ERROR } from "../protocol/command_error.ts";
import type { ReplyWriter } from "../protocol/reply.ts";
import { type Call, commandGroup } from "../server/command.ts";
import { globMatches } from "../store/glob.ts";
import { typeOf } from "../store/values/value.ts";

const INVALID_CURSOR = commandError("invalid cursor");
const DEFAULT_COUNT = 10;
const CURSOR_LIMIT = 2n ** 64n;

export const scanCommands = commandGroup("generic", [
  {
    name: "scan",
    arity: -2,
    flags: ["readonly"],
    categories: ["keyspace"],
    tips: ["nondeterministic_output", "request_policy:special"],
    since: "2.8.0",
    complexity:
      "O(1) for every call. O(N) for a complete iteration, including enough command calls for the cursor to return back to 0. N is the number of elements inside the collection.",
    summary: "Answers some keys, and where to go on.",
    syntax: "cursor [MATCH pattern] [COUNT count] [TYPE type]",
    docs: { since: { TYPE: "6.0.0" } },
    history: [["6.0.0", "Added the `TYPE` subcommand."]],
    handler: scan,
  },
]);

/** What a command of the SCAN family is told besides where to go on. */
export interface ScanOptions {
  /** `undefined` matches everything. */
  readonly pattern: string | undefined;
  /** About how many elements to visit; at least 1. */
  readonly count: number;
  /** In lower case; SCAN alone knows it. */
  readonly type: string | undefined;
}

// Differs from Redis: a scan may miss a key that is deleted and made again meanwhile, even in one transaction or script, and keys that are there before and after all data is loaded anew (DEBUG RELOAD, a full copy from a master).
function scan({ args, db, reply }: Call): void {
  const cursor = scanCursor(args, 1);
  const { pattern, count, type } = scanOptions(args, 2, "with type");
  const found: string[] = [];
  // Differs from Redis: SCAN removes a key that is over even when its pattern does not match it.
  const next = db.scan(cursor, count, (key) => {
    if (pattern !== undefined && !globMatches(pattern, key)) return;
    if (type !== undefined && typeOf(db.look(key)!) !== type) return;
    found.push(key);
  });
  scanReply(reply, next, found);
}

/** Writes what a command of the SCAN family found, and where to go on. */
export function scanReply(
  reply: ReplyWriter,
  next: number,
  found: readonly string[],
): void {
  reply.array(2);
  reply.bulk(String(next));
  reply.bulks(found);
}

/** Returns argument `i` as a cursor, read as C's strtoul reads it; beyond 2^53 it is the nearest double. */
export function scanCursor(args: Args, i: number): number {
  const text = args.string(i).replace(/\0[^]*/, "");
  if (text === "") return 0;
  if (!/^[+-]?[0-9]+$/.test(text)) throw INVALID_CURSOR;
  const cursor = BigInt(text.replace("+", ""));
  if (cursor >= CURSOR_LIMIT || -cursor >= CURSOR_LIMIT) throw INVALID_CURSOR;
  return Number(BigInt.asUintN(64, cursor));
}

/** Returns the options from argument `first` on. */
export function scanOptions(
  args: Args,
  first: number,
  form: "with type" | "without type",
): ScanOptions {
  let pattern: string | undefined;
  let type: string | undefined;
  let count = DEFAULT_COUNT;
  for (let i = first; i < args.length; i += 2) {
    if (i + 1 === args.length) throw SYNTAX_ERROR;
    if (args.is(i, "COUNT")) {
      count = args.integer(i + 1);
      if (count < 1) throw SYNTAX_ERROR;
    } else if (args.is(i, "MATCH")) {
      pattern = args.string(i + 1);
      if (pattern === "*") pattern = undefined;
    } else if (args.is(i, "TYPE") && form === "with type") {
      type = args.string(i + 1).toLowerCase();
    } else throw SYNTAX_ERROR;
  }
  return { pattern, count, type };
}
