import { Buffer } from "node:buffer";
import { basename, dirname, isAbsolute, join, resolve } from "./paths.ts";
import { asciiLower, fromText, toText } from "../protocol/byte_string.ts";
import { splitWords } from "../protocol/inline.ts";
import { globMatches } from "../store/glob.ts";
import type { Config } from "./config.ts";
import { ConfigError, systemReason, wrongDirective } from "./error.ts";
import { findParameter, nearestName } from "./parameters.ts";

/** Directives of older versions that Redis reads and ignores. */
const RETIRED: ReadonlySet<string> = new Set([
  "list-max-ziplist-entries",
  "list-max-ziplist-value",
  "lua-replicate-commands",
]);

/** Directives that are no parameters. */
const OTHERS: ReadonlySet<string> = new Set([
  "include",
  "rename-command",
  "user",
]);

/** Directives of Redis that are no parameters, with the reason why they cannot be taken. */
const UNAVAILABLE: Readonly<Record<string, string>> = {
  loadmodule: "modules are not supported",
  sentinel: "Sentinel is not available",
};

const WILDCARDS = /[*?[]/;

/** Reads a config file into `config`, and the files it includes. Throws a ConfigError of one line: file, line, directive, reason. */
export function loadFile(config: Config, path: string): void {
  readInto(config, resolve(path), []);
}

/** Reads the text of a config file, as bytes; `place` is its name in messages. */
export function loadText(
  config: Config,
  text: string,
  place: string,
  including: readonly string[] = [],
): void {
  for (const [i, raw] of text.split("\n").entries()) {
    const line = raw.replace(/^[ \t\r]+|[ \t\r]+$/g, "");
    if (line === "" || line.startsWith("#")) continue;
    const at = `${place}:${i + 1}`;
    const words = splitWords(line);
    if (words === undefined) {
      throw new ConfigError(`${at}: ${toText(line)}: unbalanced quotes`);
    }
    if (words.length > 0) directive(config, words, at, including);
  }
}

/** Takes one directive, read at `place`. Throws a ConfigError of one line. */
export function directive(
  config: Config,
  [given = "", ...args]: readonly string[],
  place: string,
  including: readonly string[] = [],
): void {
  const name = asciiLower(given);
  const parameter = findParameter(name);
  if (parameter !== undefined) {
    try {
      config.state(parameter, args);
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      const shown = parameter.sensitive && args.length > 0 ? ["..."] : args;
      const reason = `${error.message} (give ${parameter.kind.expects})`;
      throw wrongDirective(place, name, shown, reason);
    }
    return;
  }
  const reason = otherDirective(config, name, args, place, including);
  if (reason !== undefined) {
    // The rules of a user may hold passwords.
    const shown = name === "user" ? args.slice(0, 1) : args;
    throw wrongDirective(place, name, shown, reason);
  }
}

/** Takes a directive that is no parameter, or returns the reason why it cannot be taken. */
function otherDirective(
  config: Config,
  name: string,
  args: readonly string[],
  place: string,
  including: readonly string[],
): string | undefined {
  if (name === "include" && args.length === 1) {
    return include(config, toText(args[0]!), including);
  }
  if (name === "rename-command" && args.length === 2) {
    config.renamedCommands.push({ command: args[0]!, name: args[1]!, place });
    return undefined;
  }
  if (name === "user" && args.length > 0) {
    return defineUser(config, args, place);
  }
  if (RETIRED.has(name) && args.length === 1) {
    config.ignore(name, "it is retired, in Redis too");
    return undefined;
  }
  if (OTHERS.has(name) || RETIRED.has(name)) {
    return "wrong number of arguments";
  }
  if (name in UNAVAILABLE) return `not possible: ${UNAVAILABLE[name]}`;
  if (name.includes(".")) return "not possible: modules are not supported";
  const nearest = nearestName(name);
  return nearest === undefined
    ? "unknown parameter; --help lists those there are"
    : `unknown parameter; did you mean ${nearest}?`;
}

function defineUser(
  config: Config,
  [name = "", ...rules]: readonly string[],
  place: string,
): string | undefined {
  if (config.users.some((each) => each.name === name)) {
    return "Duplicate user found. A user can only be defined once in config files";
  }
  config.users.push({ name, rules, place });
  return undefined;
}

function include(
  config: Config,
  pattern: string,
  including: readonly string[],
): string | undefined {
  const full = resolve(toText(config.values.dir), pattern);
  const paths = WILDCARDS.test(pattern) ? expand(full) : [full];
  for (const path of paths) {
    if (including.includes(path)) return "the file includes itself";
    readInto(config, path, including);
  }
  return undefined;
}

function readInto(
  config: Config,
  path: string,
  including: readonly string[],
): void {
  let bytes: Uint8Array;
  try {
    bytes = Deno.readFileSync(path);
  } catch (error) {
    throw new ConfigError(
      `Cannot read the config file ${path}: ${systemReason(error)}`,
    );
  }
  const text = Buffer.from(bytes).latin1Slice();
  loadText(config, text, path, [...including, path]);
}

/** Returns the files that match an absolute pattern in any of its parts, sorted; hidden ones only where the pattern names the dot. */
function expand(pattern: string): string[] {
  const name = basename(pattern);
  const parent = dirname(pattern);
  if (parent === pattern || !isAbsolute(pattern)) return [pattern];
  const folders = WILDCARDS.test(parent) ? expand(parent) : [parent];
  if (!WILDCARDS.test(name)) {
    return folders.map((folder) => join(folder, name)).filter(exists);
  }
  return folders.flatMap((folder) =>
    namesIn(folder)
      .filter((each) => each.startsWith(".") === name.startsWith("."))
      .filter((each) => globMatches(fromText(name), fromText(each)))
      .sort()
      .map((each) => join(folder, each))
  );
}

function namesIn(folder: string): string[] {
  try {
    return [...Deno.readDirSync(folder)].map((entry) => entry.name);
  } catch {
    return [];
  }
}

function exists(path: string): boolean {
  try {
    Deno.statSync(path);
    return true;
  } catch {
    return false;
  }
}
