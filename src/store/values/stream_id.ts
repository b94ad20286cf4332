import { type Int64, parseInt64, wrapInt64 } from "../../protocol/integer.ts";

/** An unsigned 64-bit integer: a number while that is exact, a bigint beyond 2^53. */
export type UInt64 = number | bigint;

export const UINT64_MAX = 18446744073709551615n;

/** The identity of an entry of a stream: unix milliseconds, and a number within the millisecond. */
export interface StreamId {
  readonly ms: UInt64;
  readonly seq: UInt64;
}

/** The id that no entry can have, below all others. */
export const ZERO_ID: StreamId = { ms: 0, seq: 0 };

/** The last id there is. */
export const LAST_ID: StreamId = { ms: UINT64_MAX, seq: UINT64_MAX };

/** Returns a number below, at or above zero as `a` comes before `b`, is it, or comes after it. */
export function compareIds(a: StreamId, b: StreamId): number {
  if (a.ms !== b.ms) return a.ms < b.ms ? -1 : 1;
  if (a.seq !== b.seq) return a.seq < b.seq ? -1 : 1;
  return 0;
}

export function isZero({ ms, seq }: StreamId): boolean {
  return ms === 0 && seq === 0;
}

export function formatId({ ms, seq }: StreamId): string {
  return `${ms}-${seq}`;
}

/** Returns the id right after `id`, or `undefined` after the last one. */
export function nextId({ ms, seq }: StreamId): StreamId | undefined {
  if (seq !== UINT64_MAX) return { ms, seq: increased(seq) };
  return ms === UINT64_MAX ? undefined : { ms: increased(ms), seq: 0 };
}

/** Returns the id right before `id`, or `undefined` before the first one. */
export function previousId({ ms, seq }: StreamId): StreamId | undefined {
  if (seq !== 0) return { ms, seq: decreased(seq) };
  return ms === 0 ? undefined : { ms: decreased(ms), seq: UINT64_MAX };
}

/**
 * Returns the id that `text` spells as `ms-seq`, or as `ms` alone, whose
 * sequence is then `missingSeq`; `undefined` when it spells none.
 */
export function parseId(
  text: string,
  missingSeq: UInt64 = 0,
): StreamId | undefined {
  const parts = splitId(text);
  if (parts === undefined) return undefined;
  const { ms, rest } = parts;
  if (rest === undefined) return { ms, seq: missingSeq };
  const seq = parseUInt64(rest);
  return seq === undefined ? undefined : { ms, seq };
}

/** Returns the milliseconds of `ms-*`, which leaves the sequence to the stream; `undefined` for anything else. */
export function parseOpenId(text: string): UInt64 | undefined {
  const parts = splitId(text);
  return parts?.rest === "*" ? parts.ms : undefined;
}

/** Longer texts are no ids. */
const LONGEST = 127;

function splitId(
  text: string,
): { readonly ms: UInt64; readonly rest: string | undefined } | undefined {
  if (text.length > LONGEST) return undefined;
  // Redis reads ids as C strings, which end at a zero byte.
  const zero = text.indexOf("\0");
  if (zero >= 0) text = text.slice(0, zero);
  const dash = text.indexOf("-");
  const ms = parseUInt64(dash < 0 ? text : text.slice(0, dash));
  if (ms === undefined) return undefined;
  return { ms, rest: dash < 0 ? undefined : text.slice(dash + 1) };
}

/** Reads what Redis takes for an unsigned integer: a canonical one, or else whatever C's `strtoull` makes of it. */
function parseUInt64(text: string): UInt64 | undefined {
  const canonical = parseInt64(text);
  if (canonical !== undefined) return canonical < 0 ? undefined : canonical;
  const match = /^[ \t-\r]*([+-]?)(\d+)$/.exec(text);
  if (match === null) return undefined;
  const magnitude = BigInt(match[2]!);
  if (magnitude > UINT64_MAX) return undefined;
  return normalized(
    match[1] === "-" ? BigInt.asUintN(64, -magnitude) : magnitude,
  );
}

function increased(n: UInt64): UInt64 {
  return n < Number.MAX_SAFE_INTEGER
    ? Number(n) + 1
    : normalized(BigInt(n) + 1n);
}

function decreased(n: UInt64): UInt64 {
  return typeof n === "number" ? n - 1 : normalized(n - 1n);
}

function normalized(n: bigint): UInt64 {
  return n <= Number.MAX_SAFE_INTEGER ? Number(n) : n;
}

/** Returns `a - b` as the signed 64-bit integer that Redis keeps it in. */
export function difference(a: UInt64 | Int64, b: UInt64 | Int64): Int64 {
  if (typeof a === "number" && typeof b === "number") {
    const result = a - b;
    if (Number.isSafeInteger(result)) return result;
  }
  return wrapInt64(BigInt(a) - BigInt(b));
}

/** Returns a counter increased by `by`, which wraps around as Redis's does. */
export function counted(n: Int64, by: Int64 = 1): Int64 {
  if (typeof n === "number" && typeof by === "number") {
    const result = n + by;
    if (Number.isSafeInteger(result)) return result;
  }
  return wrapInt64(BigInt(n) + BigInt(by));
}
