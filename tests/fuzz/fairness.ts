/** Command lines that two servers cannot be compared by, whatever they do: each kind with its reason. */
import { BLOCKING, CHOOSING } from "./exclusions.ts";
import { commandOf, isScripted } from "./scripted.ts";
import type { Line } from "./wire.ts";

/** Whether a line asks for what the two servers may do differently, or had better not do at all. */
function isUnfair(line: Line): boolean {
  const command = commandOf(line);
  // Nothing sees afterwards which members a script has taken.
  if (isScripted(line) && isChoosing(command)) return true;
  return UNFAIR.some((test) => test(command));
}

const UNFAIR: readonly ((line: Line) => boolean)[] = [
  asksForNoOpposite,
  asksForNoOrder,
  asksForTooMuch,
  isShortLived,
  leavesAnyForm,
  storesAnyOrder,
  storesDistances,
];

/**
 * Lines that ask for gigabytes, of either server: an offset into a string, members again and again, room
 * for the ids that XAUTOCLAIM is to look at.
 */
function asksForTooMuch(line: Line): boolean {
  const [name, , third = ""] = line;
  switch (name!.toLowerCase()) {
    case "setrange":
    case "setbit":
      return isHuge(third);
    case "bitfield":
      return line.some(isHuge);
    case "srandmember":
    case "hrandfield":
    case "zrandmember":
      return /^-\d{4,}$/.test(third);
    case "xautoclaim":
      return line.some((word, i) => i > 5 && /^\d{6,}$/.test(word));
  }
  return false;
}

/** Lines that ask for a range by member where scores differ: where a skiplist finds its ends depends on its levels. */
function asksForNoOrder([name = "", ...words]: Line): boolean {
  const isLexical = /lex/i.test(name) ||
    /^zrange/i.test(name) && words.some((word) => /^bylex$/i.test(word));
  const source = words[/^zrangestore$/i.test(name) ? 1 : 0] ?? "";
  return isLexical && /^[zg]/.test(source);
}

/** Whether it is an offset that a string may have, and far out. */
function isHuge(word: string): boolean {
  const offset = /^#?(\d+)$/.exec(word);
  return offset !== null && Number(offset[1]) > 1e5 && Number(offset[1]) < 1e10;
}

/** Lines that give a key so little time that it might be over on one server alone. */
function isShortLived(line: Line): boolean {
  if (!/^(set|getex|setex|psetex|p?expire|restore)$/i.test(line[0]!)) {
    return false;
  }
  return line.some((word, i) => {
    const isTime = i === 2 || i > 2 && /^(EX|PX)$/i.test(line[i - 1]!);
    return isTime && /^\d{1,5}$/.test(word) && Number(word) > 0;
  });
}

/** Lines that take nearly all members of a set: the rest is made anew, as an intset if chance has left integers. */
function leavesAnyForm([name, , count = ""]: Line): boolean {
  return /^spop$/i.test(name!) && /^\d{1,2}$/.test(count) && Number(count) > 5;
}

/** Lines that store elements in the order in which a table has them, where nothing else says one. */
function storesAnyOrder([name, ...words]: Line): boolean {
  const said = words.map((word) => word.toUpperCase());
  return /^sort$/i.test(name!) &&
    ["BY", "ALPHA", "STORE"].every((word) => said.includes(word));
}

/** Lines that have LPOS search from an end whose number has no opposite: README says so. */
function asksForNoOpposite([name, ...words]: Line): boolean {
  return /^lpos$/i.test(name!) && words.includes("-9223372036854775808");
}

/** Lines that store distances, whose last digit may differ: README says so. */
function storesDistances([name, ...words]: Line): boolean {
  return /^geo/i.test(name!) &&
    words.some((word) => /^storedist$/i.test(word));
}

/** Whether it looks for keys, which counts and is announced, and for how many, or in which order, depends on how a table lies. */
export function looksAtMany(line: Line): boolean {
  const [name, ...words] = commandOf(line);
  return /^scan$/i.test(name!) ||
    /^sort/i.test(name!) && words.some((word) => /^limit$/i.test(word));
}

/** A command without effect that has redis-server forget a number which was out of range: SORT takes that for one of its own. */
const CLEAR: Line = ["INCRBYFLOAT", "none", "x"];

/** The lines with what they need between them to be comparable. */
export function prepared(lines: readonly Line[]): Line[] {
  return lines.flatMap((line) =>
    isSort(commandOf(line)) ? [CLEAR, line] : [line]
  );
}

function isSort([name]: Line): boolean {
  return /^sort/i.test(name!);
}

/** The lines without those that are unfair, would wait, or choose between MULTI and EXEC. */
export function comparable(lines: readonly Line[]): Line[] {
  let inside = false;
  return lines.filter((line, i) => {
    const name = line[0]!.toLowerCase();
    const isAfterClear = lines[i - 1]?.join() === CLEAR.join();
    if (isSort(commandOf(line)) && !isAfterClear) return false;
    if (name === "multi" && line.length === 1) inside = true;
    if (name === "exec" || name === "discard" && line.length === 1) {
      inside = false;
    }
    if (isUnfair(line)) return false;
    return inside ? !isChoosing(line) : !isBlocking(line);
  });
}

/** Whether a command may wait. */
export function isBlocking(line: Line): boolean {
  const name = line[0]!.toLowerCase();
  if (!BLOCKING.has(name)) return false;
  return !name.startsWith("xread") ||
    commandOf(line).some((word) => word.toUpperCase() === "BLOCK");
}

export function isChoosing([name]: Line): boolean {
  return CHOOSING.has(name!.toLowerCase());
}
