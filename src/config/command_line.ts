import { Buffer } from "node:buffer";
import { parseArgs as untypedParseArgs } from "@std/cli/parse-args";
import { resolve } from "./paths.ts";
import { fromText } from "../protocol/byte_string.ts";
import { splitWords } from "../protocol/inline.ts";
import { Config, ConfigError } from "./config.ts";
import { directive, loadFile, loadText } from "./file.ts";
import { helpText } from "./help.ts";

/** What the command line asks for. */
export type Invocation =
  | { readonly kind: "run"; readonly config: Config }
  | { readonly kind: "check"; readonly path: string }
  | { readonly kind: "repair"; readonly path: string; readonly at?: number }
  | {
    readonly kind: "import" | "export";
    readonly config: Config;
    /** The file or the address of the server. */
    readonly place: string;
  }
  | { readonly kind: "help"; readonly text: string }
  | { readonly kind: "version"; readonly text: string };

/** What the command line cannot know by itself. */
export interface Surroundings {
  /** Version of Redis-Lite, for `--version`. */
  readonly version?: string;
  /** Returns all bytes of standard input, for `-`. */
  readonly readInput?: () => Uint8Array;
}

/** The part of @std/cli's parseArgs that is used here; the package brings no types. */
type ParseFlags = (
  args: readonly string[],
  options: {
    boolean: readonly string[];
    alias: Readonly<Record<string, string>>;
  },
) => { readonly help: boolean; readonly version: boolean };

const parseFlags = untypedParseArgs as ParseFlags;

/** An option of the command line with the arguments that follow it. */
interface Option {
  readonly given: string;
  readonly name: string;
  readonly values: string[];
}

/**
 * Reads a command line as redis-server does: `[file] [-] [--name value ...]`,
 * and `--name=value` too. The file comes first, then standard input, then the
 * options; the last word on a parameter counts. Throws a ConfigError of one
 * line that says what is wrong and what to do.
 */
export function parseCommandLine(
  args: readonly string[],
  { version = "", readInput = readStandardInput }: Surroundings = {},
): Invocation {
  const { file, fromInput, options } = split(args);
  const flags = parseFlags(options.map((option) => option.given), {
    boolean: ["help", "version"],
    alias: { h: "help", v: "version" },
  });
  if (flags.help) return { kind: "help", text: helpText() };
  if (flags.version) {
    return { kind: "version", text: `Redis-Lite ${version}`.trim() };
  }
  const tool = readTool(options);
  if (tool !== undefined) return tool;
  const config = new Config();
  if (file !== undefined) {
    config.file = resolve(file);
    loadFile(config, file);
  }
  if (fromInput) {
    loadText(config, Buffer.from(readInput()).latin1Slice(), "(stdin)");
  }
  const transfers = options.filter(isTransfer);
  for (const option of options) {
    if (isTransfer(option)) continue;
    const words = [option.name, ...option.values].map(fromText);
    directive(config, words, "Command line");
  }
  const [transfer] = transfers;
  if (transfer === undefined) return { kind: "run", config };
  const [place, ...more] = transfer.values;
  if (transfers.length > 1 || !place || more.length > 0) {
    throw new ConfigError(
      `Command line: --${transfer.name} takes one file or redis:// address, and stands once`,
    );
  }
  return { kind: transfer.name as "import" | "export", config, place };
}

/** Whether an option is about moving data instead of serving it. */
function isTransfer({ name }: Option): boolean {
  return name === "import" || name === "export";
}

/** Returns what is to be done with a file instead of serving, if anything. */
function readTool(options: readonly Option[]): Invocation | undefined {
  const found = options.find(({ name }) =>
    name === "check" || name === "repair-aof"
  );
  if (found === undefined) return undefined;
  const { name, values: [path, at, ...rest] } = found;
  const isWrong = path === undefined || rest.length > 0 || options.length > 1 ||
    at !== undefined && (name === "check" || !/^\d{1,15}$/.test(at));
  if (isWrong) {
    throw new ConfigError(
      name === "check"
        ? "Command line: --check takes one file, and nothing else"
        : "Command line: --repair-aof takes a file and perhaps a byte to cut it at, and nothing else",
    );
  }
  if (name === "check") return { kind: "check", path: resolve(path) };
  return {
    kind: "repair",
    path: resolve(path),
    ...at !== undefined && { at: Number(at) },
  };
}

/** Tells file, `-` and options apart. */
function split(
  args: readonly string[],
): { file: string | undefined; fromInput: boolean; options: Option[] } {
  const options: Option[] = [];
  const first = args[0];
  const file = first !== undefined && !first.startsWith("-")
    ? first
    : undefined;
  let fromInput = false;
  let current: Option | undefined;
  for (const [i, arg] of args.entries()) {
    if (i === 0 && file !== undefined) continue;
    if (arg === "-" && (i === 0 || i === args.length - 1)) {
      fromInput = true;
      continue;
    }
    // The argument after a name is its value, whatever it looks like. Only
    // --save may go without: a script with an empty list leaves it out.
    const wantsValue = current?.values.length === 0 &&
      !isFlag(current.given) &&
      !(current.name.toLowerCase() === "save" && arg.startsWith("--"));
    if (!wantsValue && (arg.startsWith("--") || isFlag(arg))) {
      current = option(arg);
      options.push(current);
    } else if (current === undefined || isFlag(current.given)) {
      throw new ConfigError(
        `Command line: unexpected argument ${arg}; parameters are given as --name value`,
      );
    } else {
      current.values.push(arg);
    }
  }
  for (const { name, values } of options) {
    if (values.length === 0 && name.toLowerCase() === "save") values.push("");
  }
  return { file, fromInput, options };
}

function isFlag(arg: string): boolean {
  return /^(-h|-v|--help|--version)$/.test(arg);
}

/** Reads `--name`, `--name=value` or, in one argument, `--name value`. */
function option(given: string): Option {
  const assigned = /^--([\w.-]+)=(.*)$/s.exec(given);
  if (assigned !== null) {
    return { given, name: assigned[1]!, values: [assigned[2]!] };
  }
  const words = splitWords(given.slice(2));
  if (words === undefined) {
    throw new ConfigError(`Command line: ${given}: unbalanced quotes`);
  }
  const [name = "", ...values] = words;
  return { given, name, values };
}

function readStandardInput(): Uint8Array {
  const parts: Uint8Array[] = [];
  for (;;) {
    const part = new Uint8Array(65536);
    const size = Deno.stdin.readSync(part);
    if (size === null) return Buffer.concat(parts);
    parts.push(part.subarray(0, size));
  }
}
