import { resolve } from "./paths.ts";
import { asciiLower, fromText, toText } from "../protocol/byte_string.ts";
import { ConfigError, systemReason } from "./error.ts";
import {
  formatMemory,
  type Kind,
  leadingInt64,
  notOneOf,
  oneLine,
  parseMemory,
  quoted,
} from "./kinds.ts";

/** Save when `changes` changes have been made and `seconds` have passed since the last save. */
export interface SavePoint {
  readonly seconds: number;
  readonly changes: number;
}

/** How many bytes of replies may wait for a client: never more than `hard`, and `soft` no longer than `seconds`; 0 is no limit. */
export interface BufferLimit {
  readonly hard: number;
  readonly soft: number;
  readonly seconds: number;
}

/** The limits of each class of client. */
export interface BufferLimits {
  readonly normal: BufferLimit;
  readonly replica: BufferLimit;
  readonly pubsub: BufferLimit;
}

function formatSavePoints(points: readonly SavePoint[]): string {
  return points.map((p) => `${p.seconds} ${p.changes}`).join(" ");
}

/** Pairs of seconds and changes; the directives of a file add up, and one empty argument clears them. */
export const saveKind: Kind<readonly SavePoint[]> = {
  label: "save points",
  expects: '<seconds changes ...> or ""',
  several: true,
  emptied: [],
  parse(args, current) {
    if (args.length === 1 && args[0] === "") return { value: [], text: "" };
    const numbers = args.map((word) => leadingInt64(word, 10));
    const points: SavePoint[] = [];
    for (let i = 0; i < numbers.length; i += 2) {
      const seconds = numbers[i];
      const changes = numbers[i + 1];
      if (
        seconds === undefined || changes === undefined || seconds < 1n ||
        changes < 0n
      ) throw new ConfigError("Invalid save parameters");
      points.push({
        seconds: Number(seconds),
        changes: Number(BigInt.asIntN(32, changes)),
      });
    }
    const value = [...current, ...points];
    return { value, text: formatSavePoints(value) };
  },
  format: formatSavePoints,
  lines(text) {
    if (text === "") return [{ args: '""', force: true }];
    const points = text.match(/\S+ \S+/g) ?? [];
    return points.map((args) => ({ args, force: true }));
  },
};

const MAX_ADDRESSES = 16;

/** Addresses to listen on. */
export const bindKind: Kind<readonly string[]> = {
  label: "addresses",
  expects: "<address ...>",
  several: true,
  parse(args) {
    if (args.length > MAX_ADDRESSES) {
      throw new ConfigError("Too many bind addresses specified.");
    }
    const value = args.length === 1 && args[0] === "" ? [] : [...args];
    return { value, text: value.join(" ") };
  },
  format: (value) => value.join(" "),
  lines: (text, defaultText) =>
    text === defaultText
      ? []
      : [{ args: text === "" ? '""' : text, force: true }],
};

const CLIENT_CLASSES: Readonly<Record<string, keyof BufferLimits>> = {
  normal: "normal",
  slave: "replica",
  replica: "replica",
  pubsub: "pubsub",
};

function formatBufferLimits(limits: BufferLimits): string {
  const one = ({ hard, soft, seconds }: BufferLimit) =>
    `${BigInt(hard)} ${BigInt(soft)} ${seconds}`;
  return `normal ${one(limits.normal)} slave ${one(limits.replica)} pubsub ${
    one(limits.pubsub)
  }`;
}

/** Class, hard limit, soft limit and seconds; classes that are not named stay as they are. */
export const bufferLimitsKind: Kind<BufferLimits> = {
  label: "buffer limits",
  expects: "<normal|replica|pubsub hard soft seconds ...>",
  several: true,
  parse(args, current) {
    if (args.length % 4 !== 0) {
      throw new ConfigError(
        "Wrong number of arguments in buffer limit configuration.",
      );
    }
    const value = { ...current };
    for (let i = 0; i < args.length; i += 4) {
      const name = CLIENT_CLASSES[asciiLower(args[i]!)];
      if (name === undefined) {
        throw new ConfigError(
          "Invalid client class specified in buffer limit configuration.",
        );
      }
      const hard = parseMemory(args[i + 1]!);
      const soft = parseMemory(args[i + 2]!);
      const seconds = leadingInt64(args[i + 3]!, 10);
      if (
        hard === undefined || soft === undefined || seconds === undefined ||
        seconds < 0n
      ) {
        throw new ConfigError(
          "Error in hard, soft or soft_seconds setting in buffer limit configuration.",
        );
      }
      value[name] = {
        hard: Number(hard),
        soft: Number(soft),
        seconds: Number(seconds),
      };
    }
    return { value, text: formatBufferLimits(value) };
  },
  format: formatBufferLimits,
  lines(text, defaultText) {
    const words = text.split(" ");
    const defaults = defaultText.split(" ");
    return [0, 4, 8].map((at) => {
      const [name, hard, soft, seconds] = words.slice(at, at + 4);
      const shown = name === "slave" ? "replica" : name;
      return {
        args: `${shown} ${formatMemory(hard!)} ${
          formatMemory(soft!)
        } ${seconds}`,
        force: words.slice(at, at + 4).join() !==
          defaults.slice(at, at + 4).join(),
      };
    });
  },
};

/** Several words of a set in any order; the first word of the set stands for none of them. */
export function flagsKind<Word extends string>(
  none: string,
  words: readonly Word[],
  check: (value: readonly Word[]) => string | undefined,
): Kind<readonly Word[]> {
  const format = (value: readonly Word[]) => value.join(" ") || none;
  return {
    label: "words",
    expects: [none, ...words].join("|"),
    several: true,
    parse(args) {
      const given = args.map(asciiLower);
      const known = (word: string) =>
        word === none || words.some((w) => w === word);
      if (given.length === 0 || !given.every(known)) {
        throw notOneOf([none, ...words]);
      }
      const value = words.filter((word) => given.includes(word));
      const reason = check(value);
      if (reason !== undefined) throw new ConfigError(reason);
      return { value, text: format(value) };
    },
    format,
    lines: oneLine,
  };
}

const DECIMAL = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;

function formatPercentiles(value: readonly number[]): string {
  return value.map((p) => p.toFixed(6).replace(/\.?0+$/, "")).join(" ");
}

/** Percentiles from 0 to 100. */
export const percentilesKind: Kind<readonly number[]> = {
  label: "percentiles",
  expects: '<percentile ...> or ""',
  several: true,
  parse(args) {
    const words = args.length === 1 && args[0] === "" ? [] : args;
    const value = words.map((word) => {
      if (!DECIMAL.test(word)) {
        throw new ConfigError(
          "Invalid latency-tracking-info-percentiles parameters",
        );
      }
      const percentile = Number(word);
      if (percentile > 100 || percentile < 0) {
        throw new ConfigError(
          "latency-tracking-info-percentiles parameters should sit between [0.0,100.0]",
        );
      }
      return percentile;
    });
    return { value, text: formatPercentiles(value) };
  },
  format: formatPercentiles,
  lines: (text) => [{ args: text === "" ? '""' : text, force: true }],
};

/** Three integers for the kernel's choice of what to kill. */
export const oomScoresKind: Kind<readonly number[]> = {
  label: "integers",
  expects: "<server replica child>",
  several: true,
  parse(args) {
    if (args.length !== 3) throw new ConfigError("wrong number of arguments");
    const value = args.map((word) => {
      const n = leadingInt64(word, 10);
      if (n === undefined || n < -2000n || n > 2000n) {
        throw new ConfigError(
          "Invalid oom-score-adj-values, elements must be between -2000 and 2000.",
        );
      }
      return Number(n);
    });
    return { value, text: value.join(" ") };
  },
  format: (value) => value.join(" "),
  lines: oneLine,
};

/** Host and port of a master; `no one` and the empty string are none. */
export const masterKind: Kind<string> = {
  label: "host and port",
  expects: "<host port>",
  several: true,
  parse(args) {
    if (args.length === 0) return { value: "", text: "" };
    if (args.length !== 2) throw new ConfigError("wrong number of arguments");
    const [host = "", port = ""] = args;
    if (asciiLower(host) === "no" && asciiLower(port) === "one") {
      return { value: "", text: "" };
    }
    const number = leadingInt64(port, 10);
    if (number === undefined || number < 0n || number > 65535n) {
      throw new ConfigError("Invalid master port");
    }
    const value = `${host} ${number}`;
    return { value, text: value };
  },
  format: (value) => value,
  lines: (text) => text === "" ? [] : [{ args: text, force: true }],
};

/** A folder that exists, kept as an absolute path; a relative one is taken from the current value. */
export const folderKind: Kind<string> = {
  label: "folder",
  expects: "<existing folder>",
  several: false,
  parse([word = ""], current) {
    const path = resolve(toText(current), toText(word));
    let info: Deno.FileInfo;
    try {
      info = Deno.statSync(path);
    } catch (error) {
      throw new ConfigError(systemReason(error));
    }
    if (word === "") throw new ConfigError("No such file or directory");
    if (!info.isDirectory) throw new ConfigError("Not a directory");
    const value = fromText(path);
    return { value, text: value };
  },
  format: (value) => value,
  lines: (text) => [{ args: quoted(text), force: true }],
};
