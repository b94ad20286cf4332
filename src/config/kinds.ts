import { INT64_MAX, INT64_MIN, parseInt64 } from "../protocol/integer.ts";
import { asciiLower } from "../protocol/byte_string.ts";
import { ConfigError } from "./error.ts";

/** A value as the server uses it, and as CONFIG GET shows it. */
export interface Parsed<T> {
  readonly value: T;
  readonly text: string;
}

/** A directive's arguments as CONFIG REWRITE writes them; `force` when the file needs the line even if it has none yet. */
export interface DirectiveLine {
  readonly args: string;
  readonly force: boolean;
}

/**
 * How values of one sort are read, shown and written. Errors thrown by `parse`
 * carry the reason only, in Redis's words; the caller adds which parameter.
 */
export interface Kind<T> {
  /** Type of value, for README. */
  readonly label: string;
  /** What to give, for `--help` and error messages. */
  readonly expects: string;
  /** Whether the directive takes several arguments, which CONFIG SET gives in one, with spaces between. */
  readonly several: boolean;
  /** What the first directive of a file starts from, where repeated directives add up. */
  readonly emptied?: T;
  /** Reads the arguments; `current` is what a directive that changes only a part adds to. */
  parse(args: readonly string[], current: T): Parsed<T>;
  /** Returns the text that CONFIG GET shows. */
  format(value: T): string;
  /** Returns the lines that CONFIG REWRITE keeps for the value that `text` shows: none, one or several. */
  lines(text: string, defaultText: string): readonly DirectiveLine[];
}

/** Bound of an integer: a bigint where a number would not be exact. */
export type Bound = number | bigint;

export const INT_MAX = 2147483647;
export const INT_MIN = -2147483648;
export const UINT_MAX = 4294967295;
export const UINT64_MAX = 18446744073709551615n;

/** Returns `line` as the only line, needed when it differs from the default. */
export function oneLine(
  text: string,
  defaultText: string,
): readonly DirectiveLine[] {
  return [{ args: text, force: text !== defaultText }];
}

export const booleanKind: Kind<boolean> = {
  label: "boolean",
  expects: "yes|no",
  several: false,
  parse([word = ""]) {
    const text = asciiLower(word);
    if (text !== "yes" && text !== "no") {
      throw new ConfigError("argument must be 'yes' or 'no'");
    }
    return { value: text === "yes", text };
  },
  format: (value) => value ? "yes" : "no",
  lines: oneLine,
};

function checkRange(n: bigint, min: Bound, max: Bound, radix = 10): void {
  if (n >= BigInt(min) && n <= BigInt(max)) return;
  throw new ConfigError(
    `argument must be between ${min.toString(radix)} and ${
      max.toString(radix)
    } inclusive`,
  );
}

/** Whole numbers from `min` to `max`; `clamp` brings what is accepted into a smaller range. */
export function integerKind(
  min: Bound,
  max: Bound,
  clamp?: readonly [number, number],
): Kind<number> {
  return {
    label: "integer",
    expects: `<integer ${min} to ${max}>`,
    several: false,
    parse([word = ""]) {
      const n = parseInt64(word);
      if (n === undefined) {
        throw new ConfigError("argument couldn't be parsed into an integer");
      }
      checkRange(BigInt(n), min, max);
      if (clamp === undefined) return { value: Number(n), text: word };
      const value = Math.min(Math.max(Number(n), clamp[0]), clamp[1]);
      return { value, text: String(value) };
    },
    format: (value) => BigInt(value).toString(),
    lines: oneLine,
  };
}

/** File permissions in octal. */
export function octalKind(min: number, max: number): Kind<number> {
  return {
    label: "octal",
    expects: `<octal ${min.toString(8)} to ${max.toString(8)}>`,
    several: false,
    parse([word = ""]) {
      const n = leadingInt64(word, 8);
      if (n === undefined) {
        throw new ConfigError(
          "argument couldn't be parsed as an octal number",
        );
      }
      checkRange(BigInt.asUintN(64, n), min, max, 8);
      return { value: Number(n), text: n.toString(8) };
    },
    format: (value) => value.toString(8),
    lines: oneLine,
  };
}

const UNITS: Readonly<Record<string, bigint>> = {
  "": 1n,
  b: 1n,
  k: 1000n,
  kb: 1024n,
  m: 1000n ** 2n,
  mb: 1024n ** 2n,
  g: 1000n ** 3n,
  gb: 1024n ** 3n,
};

/** Returns the bytes that `100`, `1k` (1000) or `1kb` (1024) mean, modulo 2^64 as in Redis; `undefined` for anything else. */
export function parseMemory(word: string): bigint | undefined {
  const parts = /^(\d{0,127})([a-z]*)$/i.exec(word);
  const unit = UNITS[asciiLower(parts?.[2] ?? "?")];
  if (unit === undefined) return undefined;
  const digits = BigInt(parts?.[1] ?? "");
  const count = digits > UINT64_MAX ? UINT64_MAX : digits;
  return BigInt.asUintN(64, count * unit);
}

/** Returns bytes in the largest unit that divides them, as CONFIG REWRITE writes them. */
export function formatMemory(bytes: string): string {
  const n = BigInt(bytes);
  if (n === 0n) return bytes;
  for (const unit of ["gb", "mb", "kb"]) {
    const size = UNITS[unit]!;
    if (n % size === 0n) return `${n / size}${unit}`;
  }
  return bytes;
}

/** Amounts of memory in bytes. With `percents` also `5%`, kept as the negative number -5. */
export function memoryKind(
  min: Bound,
  max: Bound,
  percents = false,
): Kind<number> {
  const shape = percents ? "memory or percent" : "memory";
  return {
    label: percents ? "bytes or percent" : "bytes",
    expects: percents ? "<bytes, 100mb or 5%>" : "<bytes, as 100mb>",
    several: false,
    parse([word = ""]) {
      const bytes = parseMemory(word);
      if (bytes !== undefined) {
        checkRange(bytes, min, max);
        return { value: Number(bytes), text: bytes.toString() };
      }
      const percent = percents && word.endsWith("%")
        ? parseInt64(word.slice(0, -1))
        : undefined;
      if (percent === undefined || percent < 0) {
        throw new ConfigError(`argument must be a ${shape} value`);
      }
      if (-BigInt(percent) < BigInt(min)) {
        throw new ConfigError(
          `percentage argument must be less or equal to ${-min}`,
        );
      }
      if (percent === 0) return { value: 0, text: "0" };
      return { value: -Number(percent), text: `${percent}%` };
    },
    format: (value) => value < 0 ? `${-value}%` : BigInt(value).toString(),
    lines: (text, defaultText) => [{
      args: text.endsWith("%") ? text : formatMemory(text),
      force: text !== defaultText,
    }],
  };
}

/** One word of a set, in any case. */
export function choiceKind<Word extends string>(
  words: readonly Word[],
): Kind<Word> {
  return {
    label: "word",
    expects: words.join("|"),
    several: false,
    parse(args) {
      const word = asciiLower(args[0] ?? "");
      const value = words.find((w) => w === word);
      if (value === undefined || args.length !== 1) throw notOneOf(words);
      return { value, text: value };
    },
    format: (value) => value,
    lines: oneLine,
  };
}

/** Returns the error for a word that is in no set of `words`. */
export function notOneOf(words: readonly string[]): ConfigError {
  return new ConfigError(
    `argument(s) must be one of the following: ${words.join(", ")}`,
  );
}

/** What may be asked of a string beyond being one. */
export interface StringRules {
  /** Whether the empty string means that there is none, which CONFIG REWRITE shows by leaving the directive out. */
  readonly emptyMeansNone?: boolean;
  /** Returns the reason to refuse the value, if there is one. */
  readonly check?: (value: string) => string | undefined;
  /** Returns the value as it is kept. */
  readonly canonical?: (value: string) => string;
  /** Overrides what to give. */
  readonly expects?: string;
}

/** Byte strings. */
export function stringKind(rules: StringRules = {}): Kind<string> {
  return {
    label: "string",
    expects: rules.expects ?? "<string>",
    several: false,
    parse([word = ""]) {
      const reason = rules.check?.(word);
      if (reason !== undefined) throw new ConfigError(reason);
      const value = rules.canonical?.(word) ?? word;
      return { value, text: value };
    },
    format: (value) => value,
    lines: (text, defaultText) =>
      rules.emptyMeansNone && text === ""
        ? []
        : [{ args: quoted(text), force: text !== defaultText }],
  };
}

/** Returns `text` in double quotes, with the escapes that config files understand. */
export function quoted(text: string): string {
  const escaped = text.replace(/["\\]|[^\x20-\x7e]/g, (char) => {
    const short = SHORT_ESCAPES[char];
    if (short !== undefined) return short;
    return `\\x${char.charCodeAt(0).toString(16).padStart(2, "0")}`;
  });
  return `"${escaped}"`;
}

const SHORT_ESCAPES: Readonly<Record<string, string>> = {
  '"': '\\"',
  "\\": "\\\\",
  "\n": "\\n",
  "\r": "\\r",
  "\t": "\\t",
  "\x07": "\\a",
  "\b": "\\b",
};

/**
 * Returns the integer of `word` as C's strtoll reads it: blanks and a sign may
 * come first, nothing is zero. `undefined` when anything follows the digits or
 * the number leaves 64 bits (except in base 10, where it stops at the edge).
 */
export function leadingInt64(word: string, radix: 8 | 10): bigint | undefined {
  if (word === "") return 0n;
  const pattern = radix === 8
    ? /^[ \t\n\v\f\r]*([+-]?)([0-7]+)$/
    : /^[ \t\n\v\f\r]*([+-]?)(\d+)$/;
  const parts = pattern.exec(word);
  if (parts === null) return undefined;
  const size = BigInt(radix === 8 ? `0o${parts[2]}` : parts[2]!);
  const n = parts[1] === "-" ? -size : size;
  if (n <= INT64_MAX && n >= INT64_MIN) return n;
  if (radix === 8) return undefined;
  return n > 0n ? INT64_MAX : INT64_MIN;
}
