import { commandError, SYNTAX_ERROR } from "../protocol/command_error.ts";
import { type Call, commandGroup, keysFrom } from "../server/command.ts";
import type { ReadonlyValue } from "../store/values/value.ts";
import { typeOf } from "../store/values/value.ts";

const NOT_STRINGS = commandError(
  "The specified keys must contain string values",
);
const LEN_AND_IDX = commandError(
  "If you want both the length and indexes, please just use IDX.",
);
const TABLE_TOO_LARGE = commandError(
  "Insufficient memory, transient memory for LCS exceeds proto-max-bulk-len",
);
const NO_MEMORY = commandError(
  "Insufficient memory, failed allocating transient memory for LCS",
);

export const stringLcsCommands = commandGroup("string", [
  {
    name: "lcs",
    arity: -3,
    flags: ["readonly"],
    keys: [keysFrom(1, 1, 1, "RO", "access")],
    since: "7.0.0",
    complexity:
      "O(N*M) where N and M are the lengths of s1 and s2, respectively",
    summary: "Finds the longest common subsequence of two strings.",
    syntax: "key1 key2 [LEN] [IDX] [MINMATCHLEN len] [WITHMATCHLEN]",
    handler: longestCommonSubsequence,
  },
]);

/** What LCS is asked for. */
interface LcsOptions {
  readonly result: "string" | "length" | "matches";
  readonly minLength: number;
  readonly withLengths: boolean;
}

/** A run of bytes that both strings have in common. */
interface Match {
  readonly startA: number;
  readonly startB: number;
  readonly length: number;
}

function longestCommonSubsequence(call: Call): void {
  const { args, db, reply, server } = call;
  const first = db.readAny(args.key(1)) ?? "";
  const second = db.readAny(args.key(2)) ?? "";
  if (!isString(first) || !isString(second)) throw NOT_STRINGS;
  const options = parseOptions(call);

  const cells = (first.length + 1) * (second.length + 1);
  const limit = server.config.values["proto-max-bulk-len"];
  if (cells * Uint32Array.BYTES_PER_ELEMENT > limit) throw TABLE_TOO_LARGE;
  const a = first.toString(), b = second.toString();
  const table = lengthTable(a, b, cells);
  const length = table[cells - 1]!;
  if (options.result === "length") return reply.integer(length);
  const matches = findMatches(a, b, table);
  if (options.result === "matches") {
    replyMatches(call, matches, length, options);
  } else {
    matches.reverse();
    reply.bulk(
      matches.map(({ startA, length }) => a.slice(startA, startA + length))
        .join(""),
    );
  }
}

function isString(
  value: ReadonlyValue,
): value is Extract<ReadonlyValue, string | { readonly type: "string" }> {
  return typeOf(value) === "string";
}

function parseOptions({ args }: Call): LcsOptions {
  let wantsLength = false, wantsMatches = false, withLengths = false;
  let minLength = 0;
  for (let i = 3; i < args.length; i++) {
    if (args.is(i, "IDX")) wantsMatches = true;
    else if (args.is(i, "LEN")) wantsLength = true;
    else if (args.is(i, "WITHMATCHLEN")) withLengths = true;
    else if (args.is(i, "MINMATCHLEN") && i + 1 < args.length) {
      minLength = args.integer(++i);
    } else throw SYNTAX_ERROR;
  }
  if (wantsLength && wantsMatches) throw LEN_AND_IDX;
  const result = wantsMatches ? "matches" : wantsLength ? "length" : "string";
  return { result, minLength, withLengths };
}

/** Returns a table of `(b.length + 1)` columns: at row i, column j the length for the first i bytes of `a` and j of `b`. */
function lengthTable(a: string, b: string, cells: number): Uint32Array {
  const table = allocate(cells);
  const width = b.length + 1;
  for (let i = 1; i <= a.length; i++) {
    const byte = a.charCodeAt(i - 1);
    const row = i * width;
    for (let j = 1; j < width; j++) {
      const above = table[row - width + j]!, left = table[row + j - 1]!;
      table[row + j] = byte === b.charCodeAt(j - 1)
        ? table[row - width + j - 1]! + 1
        : above > left
        ? above
        : left;
    }
  }
  return table;
}

function allocate(cells: number): Uint32Array {
  try {
    return new Uint32Array(cells);
  } catch (error) {
    if (error instanceof RangeError) throw NO_MEMORY;
    throw error;
  }
}

/** Walks the table back from its last cell; returns the runs in common, the last one first. */
function findMatches(a: string, b: string, table: Uint32Array): Match[] {
  const width = b.length + 1;
  const matches: Match[] = [];
  let length = 0;
  let i = a.length, j = b.length;
  while (i > 0 && j > 0) {
    if (a.charCodeAt(i - 1) === b.charCodeAt(j - 1)) {
      i--;
      j--;
      length++;
      if (i > 0 && j > 0) continue;
    }
    if (length > 0) matches.push({ startA: i, startB: j, length });
    length = 0;
    if (i === 0 || j === 0) break;
    if (table[(i - 1) * width + j]! > table[i * width + j - 1]!) i--;
    else j--;
  }
  return matches;
}

function replyMatches(
  { reply }: Call,
  matches: readonly Match[],
  length: number,
  { minLength, withLengths }: LcsOptions,
): void {
  const shown = matches.filter((match) => match.length >= minLength);
  reply.map(2);
  reply.bulk("matches");
  reply.array(shown.length);
  for (const { startA, startB, length } of shown) {
    reply.array(withLengths ? 3 : 2);
    reply.array(2);
    reply.integer(startA);
    reply.integer(startA + length - 1);
    reply.array(2);
    reply.integer(startB);
    reply.integer(startB + length - 1);
    if (withLengths) reply.integer(length);
  }
  reply.bulk("len");
  reply.integer(length);
}
