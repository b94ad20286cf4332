/** Which replies may differ from redis-server's, and how: only where Redis itself promises no order, or chooses at random, or tells the time. */
import { formatReply, type Reply } from "../helpers/reply.ts";
import { ReplyParser } from "../helpers/reply_parser.ts";
import { commandOf } from "./scripted.ts";
import type { Line } from "./wire.ts";

/** How two replies to one command are compared when they are not equal to the byte. */
export type Rule =
  | "exact"
  /** The same elements in any order. */
  | "unordered"
  /** A cursor, and when it has been everything at once, the same elements in any order. */
  | "scan"
  /** As many elements, which need not be the same. */
  | "choice"
  /** Times, and what is left of them, about the same. */
  | "timed"
  /** How long something has been idle: not for long. */
  | "idle";

const RULES: Readonly<Record<string, Rule>> = {
  expiretime: "timed",
  hgetall: "unordered",
  hkeys: "unordered",
  hrandfield: "choice",
  hscan: "scan",
  hvals: "unordered",
  keys: "unordered",
  pexpiretime: "timed",
  pttl: "timed",
  scan: "scan",
  sdiff: "unordered",
  sinter: "unordered",
  smembers: "unordered",
  spop: "choice",
  srandmember: "choice",
  sscan: "scan",
  sunion: "unordered",
  ttl: "timed",
  xinfo: "timed",
  xpending: "timed",
  zrandmember: "choice",
  zscan: "scan",
};

/** Milliseconds that the two servers may be apart. */
const TOLERANCE_MS = 60_000;
/** Times left are either over, or far longer than the tolerance: smaller numbers are no times. */
const SMALLEST_TIME = 10 * TOLERANCE_MS / 1000;

/** More than any collection of the scenarios has: who asks for as many chooses none. */
const MORE_THAN_ALL = 100;

/** How the replies to a command line are compared. */
export function ruleOf(asked: Line): Rule {
  const line = commandOf(asked);
  const name = line[0]!.toLowerCase();
  if (name === "sort" || name === "sort_ro") return sortRule(line);
  if (name === "scan" && line[1] !== "0") return "choice";
  if (/^[hsz]scan$/.test(name) && line[2] !== "0") return "choice";
  if (RULES[name] === "choice" && Number(line[2]) >= MORE_THAN_ALL) {
    return "unordered";
  }
  if (name === "object") {
    const asked = line[1]?.toLowerCase();
    // Which numbers are shared depends on how they came to be.
    if (asked === "refcount") return "choice";
    return asked === "idletime" ? "idle" : "exact";
  }
  return RULES[name] ?? "exact";
}

/** SORT without sorting shows a set as it lies, and a part of it is any part. */
function sortRule(line: Line): Rule {
  const words = line.map((word) => word.toUpperCase());
  if (!words.includes("BY")) return "exact";
  return words.includes("LIMIT") ? "choice" : "unordered";
}

/** Takes one reply apart. */
export function parseReply(raw: string): Reply {
  for (const { reply } of new ReplyParser().feed(raw)) return reply;
  throw new Error(`Not a whole reply: ${JSON.stringify(raw)}`);
}

/** Whether two replies are the same under the rule. */
export function equivalent(rule: Rule, ours: Reply, theirs: Reply): boolean {
  if (formatReply(ours) === formatReply(theirs)) return true;
  if (ours.type !== theirs.type) return false;
  switch (rule) {
    case "exact":
      return false;
    case "unordered":
      return sorted(ours) === sorted(theirs);
    case "scan":
      return sameScan(ours, theirs);
    case "choice":
      return ours.type !== "error" && lengthOf(ours) === lengthOf(theirs);
    case "timed":
    case "idle":
      return sameTimes(ours, theirs, rule === "idle");
  }
}

function sorted(reply: Reply): string {
  if ("entries" in reply) {
    return reply.entries.map((entry) => entry.map(formatReply).join(" "))
      .sort().join("\n");
  }
  if (!("items" in reply)) return formatReply(reply);
  return reply.items.map(formatReply).sort().join("\n");
}

function lengthOf(reply: Reply): number {
  return "items" in reply ? reply.items.length : -1;
}

/** Cursor and elements of a reply to one of the SCANs. */
function scanOf(reply: Reply): readonly [Reply, Reply] | undefined {
  if (reply.type !== "array" || reply.items.length !== 2) return undefined;
  const [cursor, elements] = reply.items;
  return elements!.type === "array" ? [cursor!, elements!] : undefined;
}

function sameScan(ours: Reply, theirs: Reply): boolean {
  const scan = scanOf(ours), other = scanOf(theirs);
  if (scan === undefined || other === undefined) return false;
  const isWhole = [scan[0], other[0]].every((cursor) =>
    formatReply(cursor) === '"0"'
  );
  return !isWhole || sorted(scan[1]) === sorted(other[1]);
}

function sameTimes(ours: Reply, theirs: Reply, isIdleTime = false): boolean {
  if (ours.type !== theirs.type) return false;
  if (ours.type === "integer" && theirs.type === "integer") {
    const one = Number(ours.value), other = Number(theirs.value);
    if (one === other) return true;
    const small = Math.min(one, other) < SMALLEST_TIME && !isIdleTime;
    return !small && Math.abs(one - other) <= TOLERANCE_MS;
  }
  if ("entries" in ours && "entries" in theirs) {
    return sameItems(ours.entries.flat(), theirs.entries.flat());
  }
  if ("items" in ours && "items" in theirs) {
    return sameItems(ours.items, theirs.items);
  }
  return formatReply(ours) === formatReply(theirs);
}

function sameItems(ours: readonly Reply[], theirs: readonly Reply[]): boolean {
  const last = ours.at(-1);
  // An entry of XPENDING: id, consumer, idle time, deliveries.
  const isPending = ours.length === 4 && ours[2]!.type === "integer" &&
    last!.type === "integer";
  return ours.length === theirs.length && ours.every((item, i) => {
    const before = ours[i - 1];
    const isIdleTime = isPending && i === 2 ||
      before?.type === "bulk" && before.text === "idle";
    return sameTimes(item, theirs[i]!, isIdleTime);
  });
}

/** All strings in a reply, in order. */
export function textsOf(reply: Reply): string[] {
  if (reply.type === "bulk") return [reply.text];
  return "items" in reply ? reply.items.flatMap(textsOf) : [];
}
