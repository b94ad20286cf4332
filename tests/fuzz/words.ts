/** What stands for each argument of a command line, by the name that its syntax line gives it. */
import type { TestRandom } from "../helpers/seeded.ts";

/** What the words of a command line are chosen by. */
export interface WordContext {
  readonly random: TestRandom;
  /** The command's full name, in lower case. */
  readonly command: string;
  /** The first letter of keys that hold what the command works on. */
  readonly family: string;
}

/** Keys are named by the type that they mostly hold: string, number, list, hash, set, sorted set, geo, stream, HyperLogLog, bitmap. */
export const FAMILIES = "snlhezgxpb";
const FAMILY_OF: Readonly<Record<string, string>> = {
  string: "s",
  list: "l",
  hash: "h",
  set: "e",
  "sorted-set": "z",
  geo: "g",
  stream: "x",
  hyperloglog: "p",
  bitmap: "b",
};

/** First letter of the keys that commands of a group work on; nothing for those that work on any. */
export function familyOf(group: string, command: string): string {
  if (/^(incr|decr)/.test(command)) return "n";
  return FAMILY_OF[group] ?? "";
}

/** Ranges by member mean something only where all scores are equal: keys of their own, to which nothing adds. */
const LEXICAL = /lex/;
/** What may be done to these keys besides. */
const KEEPS_SCORES =
  /^(zrem|zpop|zscore|zmscore|zrank|zrevrank|zcard|zcount|zscan)/;

export function key({ random, family, command }: WordContext): string {
  if (
    LEXICAL.test(command) || KEEPS_SCORES.test(command) && random.chance(0.1)
  ) {
    return `c${random.between(1, 3)}`;
  }
  if (random.chance(0.01)) return random.pick(["", "\xff\0", "a b", "{t}x"]);
  const letter = family === "" || random.chance(0.15)
    ? random.pick([...FAMILIES])
    : family;
  return letter + random.pick(["1", "1", "2", "3"]);
}

/** Numbers at the edges of what integers and doubles hold, and what is nearly a number. */
export const EXTREMES: readonly string[] = [
  ...["9223372036854775807", "9223372036854775808"],
  ...["-9223372036854775808", "-9223372036854775809"],
  ...["18446744073709551615", "18446744073709551616"],
  ...["9007199254740991", "9007199254740993", "-9007199254740993"],
  ...["0", "-0", "-1", "+1", "01", "-01", "1.0", "1e3", "0x10", "--1"],
  ...["1e308", "1e309", "-1e309", "1e-400", "4e-324", "0.1e-5000", "1e5000"],
  ...["inf", "+inf", "-inf", "infinity", "nan", "-nan"],
  ...["", " 1", "1 ", "1\0", "1x", "."],
  ...["1".repeat(40), `0.${"3".repeat(40)}`, `${"0".repeat(300)}1`],
];

const TEXTS = [
  ...["a", "b", "c", "aa", "ab", "", "1", "2", "3", "7", "-1", "10", "300"],
  ...["1.5", "-3.25", "01", "100000", "-9223372036854775808"],
  ...["9223372036854775807", "text", "\xff\0", "caf\xc3\xa9", "two words\r\n"],
  ...["x".repeat(64), "y".repeat(65), "k1", "z".repeat(300)],
];
const FLOATS = [
  ...["0", "1", "-1", "1.5", "0.1", "3", "-2.75", "1e3", "3.0e-5", "1e17"],
  ...["5.0", "123456789.125", "-0", "inf", "-inf"],
];
const IDS = [
  ...["1-1", "2-0", "2-1", "3", "5-5", "7", "7-3", "9-9", "12", "15-0"],
  ...["0", "0-0", "0-1", "100-1", "18446744073709551615-18446744073709551615"],
];
const PATTERNS = [
  ...["*", "s*", "?1", "[a-h]*", "[^a]*", "a", "\\*", "*1", "", "h??l", "[b"],
];
export const LEX_BOUNDS = [
  "-",
  "+",
  "[a",
  "(a",
  "[c",
  "(aa",
  "[",
  "(",
  "[z",
  "a",
];
const LANGUAGE_OF_SORT = [
  "s*",
  "n*",
  "h*->a",
  "nosort",
  "#",
  "*",
  "x*->",
  "e1",
];

function integer({ random }: WordContext, low = -5, high = 12): string {
  return String(random.between(low, high));
}

/** Far away, long over, or at the edges: the two servers have clocks of their own. */
function time(context: WordContext, unit: 1 | 1000): string {
  const { random } = context;
  if (random.chance(0.15)) return random.pick(["0", "-1", "1", "-100000"]);
  return String(random.between(100_000, 2_000_000_000) * unit);
}

function unixTime({ random }: WordContext, unit: 1 | 1000): string {
  if (random.chance(0.15)) return random.pick(["0", "-1", "1", "1500000000"]);
  return String(4_102_444_800 * unit + random.below(5) * 499);
}

function score(context: WordContext): string {
  const { random } = context;
  return random.chance(0.7) ? integer(context) : random.pick(FLOATS);
}

function count(context: WordContext): string {
  const { random, command } = context;
  if (random.chance(0.04)) {
    // Anything more negative has both servers make replies of gigabytes.
    if (/rand/.test(command)) return "-20";
    return random.pick(["9223372036854775807", "1000000", "-1000"]);
  }
  return integer(context, -2, 6);
}

function bitOffset({ random, command }: WordContext): string {
  const offset = random.pick([random.below(30), random.below(300)]);
  return command.startsWith("bitfield") && random.chance(0.3)
    ? `#${offset % 10}`
    : String(offset);
}

function rangeEnd(context: WordContext): string {
  const { command, random } = context;
  if (command.startsWith("x")) return bound(context);
  if (command === "zrange") return scoreBound(context);
  return random.chance(0.05)
    ? random.pick(["-9223372036854775808", "9223372036854775807"])
    : integer(context, -8, 8);
}

/** An end of a range of ids. */
function bound({ random }: WordContext): string {
  return random.pick([
    "-",
    "+",
    random.pick(IDS),
    random.pick(IDS),
    `(${random.pick(IDS)}`,
  ]);
}

function scoreBound(context: WordContext): string {
  const { random, command } = context;
  if (random.chance(LEXICAL.test(command) ? 0.9 : 0.1)) {
    return random.pick(LEX_BOUNDS);
  }
  return (random.chance(0.2) ? "(" : "") + score(context);
}

function id({ random, command }: WordContext): string {
  if (/^xread/.test(command)) {
    return random.pick([">", "$", "0", random.pick(IDS), random.pick(IDS)]);
  }
  if (command === "xadd") {
    return random.chance(0.3) ? random.pick(IDS) : random.pick([
      `${random.between(1, 300)}-${random.between(0, 3)}`,
      `${random.between(1, 300)}-*`,
    ]);
  }
  return random.pick(IDS);
}

type Maker = (context: WordContext) => string;

const oneOf = (...words: readonly string[]): Maker => ({ random }) =>
  random.pick(words);

const text: Maker = ({ random, command }) => {
  if (command.startsWith("pf")) return `e${random.below(3000)}`;
  if (random.chance(0.01)) return random.pick(EXTREMES);
  return random.pick(TEXTS);
};

/** By the name of the argument; a name that has a command's in front of it goes first. */
const MAKERS: Readonly<Record<string, Maker>> = {
  bit: oneOf("0", "1", "1", "0", "2"),
  channel: oneOf("c1", "c2"),
  category: oneOf("read", "string", "nothing"),
  consumer: oneOf("c1", "c2", "c3"),
  consumername: oneOf("c1", "c2", "c3"),
  count,
  cursor: oneOf(
    "0",
    "0",
    "0",
    "0",
    "0",
    "5",
    "-1",
    "x",
    "18446744073709551616",
  ),
  db: oneOf("0", "1", "1", "1", "16", "-1", "x"),
  decrement: oneOf("1", "-7", "100", "9223372036854775807", "1.5"),
  "destination-db": oneOf("0", "1", "1", "16", "x"),
  element: text,
  encoding: oneOf("u8", "i8", "u1", "i5", "u63", "i64", "u64", "i16", "x9"),
  end: rangeEnd,
  entries_added: oneOf("0", "1", "5", "100", "-1"),
  entries_read: oneOf("0", "1", "5", "100", "-1", "-2"),
  field: text,
  group: oneOf("g1", "g1", "g2"),
  groupname: oneOf("g1", "g1", "g2"),
  height: oneOf("1", "100", "1000", "20000", "-1"),
  id,
  increment: (context) =>
    context.random.chance(0.5)
      ? integer(context, -300, 300)
      : context.random.pick([...FLOATS, "9223372036854775807"]),
  index: (context) => integer(context, -6, 6),
  index1: oneOf("0", "0", "1", "2", "x"),
  index2: oneOf("0", "1", "1", "2", "16"),
  "last-id": id,
  latitude: oneOf("38.115556", "37.502669", "0", "85", "-85.05", "90", "41.5"),
  len: (context) => integer(context, -1, 20),
  limit: (context) => integer(context, -1, 5),
  longitude: oneOf("13.361389", "15.087269", "0", "180", "-180", "181", "12.4"),
  max: scoreBound,
  max_deleted_entry_id: id,
  member: text,
  member1: text,
  member2: text,
  message: text,
  milliseconds: (context) => time(context, 1000),
  min: scoreBound,
  "min-idle-time": oneOf("0", "0", "0", "500000000000"),
  ms: oneOf("0", "5", "1000000000000"),
  "num-matches": (context) => integer(context, -1, 4),
  offset: (context) =>
    /bit/.test(context.command)
      ? bitOffset(context)
      : integer(context, -1, context.command === "setrange" ? 40 : 5),
  operation: oneOf("AND", "or", "XOR", "NOT", "NAND"),
  pattern: ({ random, command }) =>
    random.pick(command.startsWith("sort") ? LANGUAGE_OF_SORT : PATTERNS),
  pivot: text,
  radius: oneOf("0", "1", "200", "1000", "20000", "1e7", "-1"),
  rank: (context) => integer(context, -3, 3),
  score,
  seconds: (context) => time(context, 1),
  shardchannel: oneOf("c1", "c2"),
  start: rangeEnd,
  stop: rangeEnd,
  subcommand: oneOf("GETREG", "DECODE", "ENCODING", "TODENSE", "x"),
  threshold: ({ random }) =>
    random.chance() ? String(random.below(12)) : random.pick(IDS),
  timeout: oneOf("0", "0", "1", "0.5", "-1", "x"),
  type: oneOf("string", "list", "SET", "zset", "hash", "stream", "x"),
  "unix-time-milliseconds": (context) => unixTime(context, 1000),
  "unix-time-seconds": (context) => unixTime(context, 1),
  value: (context) =>
    context.command === "setbit"
      ? context.random.pick(["0", "1", "1", "2"])
      : context.command === "bitfield"
      ? integer(context, -300, 300)
      : context.family === "n" || context.random.chance(0.2)
      ? integer(context, -1000, 1000)
      : text(context),
  weight: score,
  width: oneOf("1", "100", "1000", "20000", "-1"),
};

/** Returns a word for the argument of that name. */
export function word(name: string, context: WordContext): string {
  return (MAKERS[name] ?? text)(context);
}
