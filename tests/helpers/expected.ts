import {
  formatReply,
  type Protocol,
  quote,
  type Reply,
  type ReplyEntry,
} from "./reply.ts";

/** What a reply is compared in: the protocol it came in, and the texts captured so far. */
export interface Comparison {
  readonly protocol: Protocol;
  readonly captured: Map<string, string>;
}

/** A reply that is expected, where a plain value cannot say it. */
export interface Expectation {
  matches(reply: Reply, comparison: Comparison): boolean;
  /** In the notation of `formatReply`. */
  describe(protocol: Protocol): string;
}

/** A reply that is expected: a string is a bulk string, a number an integer, an array an array. */
export type Expected =
  | string
  | number
  | bigint
  | readonly Expected[]
  | Expectation;

/** Several replies, or none, to one command. */
export class Frames {
  readonly expected: readonly Expected[];

  constructor(expected: readonly Expected[]) {
    this.expected = expected;
  }
}

/** Whether the reply is the expected one. */
export function matches(
  expected: Expected,
  reply: Reply,
  comparison: Comparison,
): boolean {
  if (typeof expected === "string") {
    return reply.type === "bulk" && reply.text === expected;
  }
  if (typeof expected === "number" || typeof expected === "bigint") {
    // Loose, since the client gives bigints only where they are needed.
    return reply.type === "integer" && reply.value == expected;
  }
  if (isList(expected)) {
    return reply.type === "array" &&
      matchAll(expected, reply.items, comparison);
  }
  return expected.matches(reply, comparison);
}

/** An expected reply for the eye. */
export function describe(expected: Expected, protocol: Protocol): string {
  if (typeof expected === "string") return quote(expected);
  if (typeof expected === "number" || typeof expected === "bigint") {
    return `:${expected}`;
  }
  if (isList(expected)) return `[${describeAll(expected, protocol)}]`;
  return expected.describe(protocol);
}

/** A simple string. */
export function status(text: string): Expectation {
  return exactly({ type: "status", text });
}

/** `+OK` */
export const OK: Expectation = status("OK");

/** `+QUEUED`, the reply to a command within MULTI. */
export const QUEUED: Expectation = status("QUEUED");

/** An error: its exact text with the code in front, or a pattern where the text holds something that varies. */
export function error(text: string | RegExp): Expectation {
  if (typeof text === "string") return exactly({ type: "error", text });
  return {
    matches: (reply) => reply.type === "error" && text.test(reply.text),
    describe: () => `-${text}`,
  };
}

/** No value: a null bulk string in RESP2, null in RESP3. */
export const nil: Expectation = resp(
  exactly({ type: "null bulk" }),
  exactly({ type: "null" }),
);

/** No array: a null array in RESP2, null in RESP3. */
export const nilArray: Expectation = resp(
  exactly({ type: "null array" }),
  exactly({ type: "null" }),
);

/** A boolean in RESP3, 1 or 0 in RESP2. */
export function bool(value: boolean): Expectation {
  return resp(value ? 1 : 0, exactly({ type: "boolean", value }));
}

/**
 * A double in RESP3, its text as a bulk string in RESP2. A number stands for the text that Redis makes of
 * it (17 significant digits); a string is that text.
 */
export function double(value: number | string): Expectation {
  const text = typeof value === "string" ? value : formatDouble(value);
  return resp(text, {
    matches: (reply) => reply.type === "double" && reply.text === text,
    describe: () => `,${text}`,
  });
}

/** A verbatim string in RESP3, a bulk string in RESP2. */
export function verbatim(text: string | RegExp, format = "txt"): Expectation {
  const content = typeof text === "string" ? text : matching(text);
  return resp(content, {
    matches: (reply, comparison) =>
      reply.type === "verbatim" && reply.format === format &&
      matches(content, { type: "bulk", text: reply.text }, comparison),
    describe: (protocol) => `=${format}:${describe(content, protocol)}`,
  });
}

/** A big number in RESP3, its digits as a bulk string in RESP2. */
export function bigNumber(value: bigint): Expectation {
  return resp(String(value), exactly({ type: "big number", value }));
}

/** Keys and values: a map in RESP3, a flat array in RESP2. */
export interface MapExpectation extends Expectation {
  /** The same, the entries in any order. */
  readonly anyOrder: Expectation;
}

/** A map in RESP3, a flat array of keys and values in RESP2; in this order. */
export function map(
  content:
    | Readonly<Record<string, Expected>>
    | readonly (readonly [Expected, Expected])[],
): MapExpectation {
  const entries = isList(content) ? content : Object.entries(content);
  const compare = (order: typeof matchAll): Expectation => ({
    matches: (reply, comparison) => {
      const actual = entriesOf(reply, comparison.protocol);
      return actual !== undefined &&
        order(entries, actual.map(pairAsArray), comparison);
    },
    describe: (protocol) => {
      if (protocol === 2) return `[${describeAll(entries.flat(), 2)}]`;
      return `%{${
        entries.map((entry) =>
          entry.map((item) => describe(item, 3)).join(" => ")
        ).join(", ")
      }}`;
    },
  });
  return { ...compare(matchAll), anyOrder: compare(matchUnordered) };
}

function entriesOf(
  reply: Reply,
  protocol: Protocol,
): readonly ReplyEntry[] | undefined {
  if (protocol === 3) return reply.type === "map" ? reply.entries : undefined;
  if (reply.type !== "array" || reply.items.length % 2 === 1) return undefined;
  const { items } = reply;
  return Array.from(
    { length: items.length / 2 },
    (_, i) => [items[2 * i] as Reply, items[2 * i + 1] as Reply],
  );
}

function pairAsArray(entry: ReplyEntry): Reply {
  return { type: "array", items: entry };
}

/** A set in RESP3, an array in RESP2; in any order, since a set has none. */
export function set(items: readonly Expected[]): Expectation {
  return sequence(items, matchUnordered, "array", "set");
}

/** A message out of band: a push in RESP3, an array in RESP2. */
export function push(items: readonly Expected[]): Expectation {
  return sequence(items, matchAll, "array", "push");
}

/** An array of these items, or this map, in any order. */
export function unordered(
  content: readonly Expected[] | MapExpectation,
): Expectation {
  return isList(content)
    ? sequence(content, matchUnordered, "array", "array")
    : content.anyOrder;
}

/** An array of `count` items that are all as expected; any number of them unless told. */
export function each(expected: Expected, count?: number): Expectation {
  return {
    matches: (reply, comparison) =>
      reply.type === "array" &&
      (count === undefined || reply.items.length === count) &&
      reply.items.every((item) => matches(expected, item, comparison)),
    describe: (protocol) =>
      `[${count ?? "any number of"} times ${describe(expected, protocol)}]`,
  };
}

/** Any reply but an error. */
export const any: Expectation = {
  matches: (reply) => reply.type !== "error",
  describe: () => "(any reply but an error)",
};

/** A bulk, verbatim or simple string that the pattern matches. */
export function matching(pattern: RegExp): Expectation {
  return {
    matches: (reply) =>
      (reply.type === "bulk" || reply.type === "verbatim" ||
        reply.type === "status") && pattern.test(reply.text),
    describe: () => `(text like ${pattern})`,
  };
}

/** An integer from `low` to `high`, both included. */
export function between(low: number, high: number): Expectation {
  return {
    matches: (reply) =>
      reply.type === "integer" && reply.value >= low && reply.value <= high,
    describe: () => `:(${low} to ${high})`,
  };
}

/** One of these replies. */
export function oneOf(...choices: readonly Expected[]): Expectation {
  return {
    matches: (reply, comparison) =>
      choices.some((choice) => matches(choice, reply, comparison)),
    describe: (protocol) =>
      choices.map((choice) => describe(choice, protocol)).join(" or "),
  };
}

/** One reply in RESP2 and another in RESP3. */
export function resp(two: Expected, three: Expected): Expectation {
  const choose = (protocol: Protocol) => protocol === 2 ? two : three;
  return {
    matches: (reply, comparison) =>
      matches(choose(comparison.protocol), reply, comparison),
    describe: (protocol) => describe(choose(protocol), protocol),
  };
}

/** Keeps the reply's text, or its number in decimal, under a name for later commands of the transcript. */
export function capture(name: string, expected: Expected = any): Expectation {
  return {
    matches: (reply, comparison) => {
      if (!matches(expected, reply, comparison)) return false;
      if ("text" in reply) comparison.captured.set(name, reply.text);
      else if ("value" in reply) {
        comparison.captured.set(name, String(reply.value));
      } else return false;
      return true;
    },
    describe: (protocol) => describe(expected, protocol),
  };
}

/** Several replies to one command, in this order. */
export function frames(...expected: readonly Expected[]): Frames {
  return new Frames(expected);
}

/** No reply at all, as after CLIENT REPLY OFF. */
export const noReply: Frames = frames();

function exactly(expected: Reply): Expectation {
  const text = formatReply(expected);
  return {
    matches: (reply) =>
      reply.type === expected.type && formatReply(reply) === text,
    describe: () => text,
  };
}

function sequence(
  items: readonly Expected[],
  order: typeof matchAll,
  two: "array",
  three: "array" | "set" | "push",
): Expectation {
  const sign = { array: "", set: "~", push: ">" };
  const suffix = order === matchUnordered ? " (in any order)" : "";
  return {
    matches: (reply, comparison) =>
      reply.type === (comparison.protocol === 2 ? two : three) &&
      order(items, reply.items, comparison),
    describe: (protocol) =>
      `${sign[protocol === 2 ? two : three]}[${describeAll(items, protocol)}]${
        items.length > 1 ? suffix : ""
      }`,
  };
}

function matchAll(
  expected: readonly Expected[],
  replies: readonly Reply[],
  comparison: Comparison,
): boolean {
  return expected.length === replies.length &&
    replies.every((reply, index) =>
      matches(expected[index] as Expected, reply, comparison)
    );
}

function matchUnordered(
  expected: readonly Expected[],
  replies: readonly Reply[],
  comparison: Comparison,
): boolean {
  if (expected.length !== replies.length) return false;
  const [first, ...others] = expected;
  if (first === undefined) return true;
  // Not the first fit alone: `any` in front of "a" must leave "a" for it.
  return replies.some((reply, index) =>
    matches(first, reply, comparison) &&
    matchUnordered(others, replies.toSpliced(index, 1), comparison)
  );
}

function isList<T, U>(value: readonly T[] | U): value is readonly T[] {
  return Array.isArray(value);
}

function describeAll(
  expected: readonly Expected[],
  protocol: Protocol,
): string {
  return expected.map((item) => describe(item, protocol)).join(", ");
}

/** A number as C's `%.17g` prints it. */
export function formatDouble(value: number): string {
  if (!Number.isFinite(value)) {
    return Number.isNaN(value) ? "nan" : value > 0 ? "inf" : "-inf";
  }
  if (value === 0) return Object.is(value, -0) ? "-0" : "0";
  const exponent = Number(value.toExponential(16).split("e")[1]);
  if (exponent >= -4 && exponent < 17) {
    const fixed = value.toFixed(16 - exponent);
    return fixed.includes(".") ? fixed.replace(/\.?0+$/, "") : fixed;
  }
  const mantissa = (value.toExponential(16).split("e")[0] as string).replace(
    /\.?0+$/,
    "",
  );
  return `${mantissa}e${exponent < 0 ? "-" : "+"}${
    String(Math.abs(exponent)).padStart(2, "0")
  }`;
}
