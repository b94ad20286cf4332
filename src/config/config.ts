import { toText } from "../protocol/byte_string.ts";
import { splitWords } from "../protocol/inline.ts";
import { globMatches } from "../store/glob.ts";
import { resolve } from "./paths.ts";
import { ConfigError } from "./error.ts";
import { type Directive, rewriteFile } from "./rewrite.ts";
import {
  findParameter,
  type Parameter,
  type ParameterName,
  PARAMETERS,
  type Settings,
} from "./parameters.ts";

export { ConfigError } from "./error.ts";

/** Where a client is, for parameters that only clients of this machine may change. */
export type ClientPlace = "this machine" | "elsewhere";

/** Hears of a value that CONFIG SET gave; a string or an error is the reason to refuse it. */
export type ChangeListener<T> = (value: T) => void | string;

/** A command that a config file renames; the empty name removes it. */
export interface RenamedCommand {
  readonly command: string;
  readonly name: string;
  /** Where it was asked for, for messages. */
  readonly place: string;
}

/** A user that a config file defines, with rules that the server reads. */
export interface ConfiguredUser {
  readonly name: string;
  readonly rules: readonly string[];
  /** Where it was defined, for messages. */
  readonly place: string;
}

/** Parameters that name a file or folder. */
export type PathParameter =
  | "aclfile"
  | "dir"
  | "dbfilename"
  | "logfile"
  | "pidfile"
  | "unixsocket";

interface Change {
  readonly parameter: Parameter;
  readonly name: string;
  readonly words: readonly string[];
}

/** What was before a change, to go back to. */
interface Previous {
  readonly parameter: Parameter;
  readonly value: unknown;
  readonly text: string;
}

/**
 * The parameters of one server: its settings, how they came about, and CONFIG
 * GET, SET and REWRITE. Values are byte strings, numbers, booleans and read-only
 * structures; `values` always shows the current ones.
 */
export class Config {
  readonly values: Readonly<Settings>;
  /** Absolute path of the config file, which CONFIG REWRITE rewrites. */
  file: string | undefined = undefined;
  /** Commands to rename before the server starts. */
  readonly renamedCommands: RenamedCommand[] = [];
  /** Users to make before the server starts. */
  readonly users: ConfiguredUser[] = [];

  readonly #values: Record<string, unknown> = {};
  /** What CONFIG GET shows; kept beside the values because it is exact beyond 2^53. */
  readonly #texts = new Map<ParameterName, string>();
  readonly #defaults = new Map<ParameterName, string>();
  /** Parameters that a file or the command line has stated. */
  readonly #stated = new Set<Parameter>();
  readonly #ignored: string[] = [];
  readonly #listeners = new Map<
    ParameterName,
    ((value: unknown) => unknown)[]
  >();

  /** Overlays `values` on the defaults; throws a ConfigError that names the parameter when one is out of its range. */
  constructor(values: Partial<Settings> = {}) {
    // Complete once the loop below has set every parameter, each to a value of its kind.
    this.values = this.#values as unknown as Settings;
    for (const parameter of PARAMETERS) {
      const { name, kind } = parameter;
      const text = kind.format(parameter.default);
      this.#defaults.set(name, text);
      this.#texts.set(name, text);
      this.#values[name] = parameter.default;
    }
    // Only what dir is depends on where the server starts.
    const dir = findParameter("dir")!;
    this.#assign(dir, wordsOf(dir, this.#defaults.get("dir")!));
    for (const [name, value] of Object.entries(values)) {
      const parameter = findParameter(name);
      if (parameter === undefined) {
        throw new ConfigError(`Unknown parameter ${name}`);
      }
      try {
        const text = parameter.kind.format(value);
        this.#assign(parameter, wordsOf(parameter, text));
      } catch (error) {
        throw new ConfigError(`${name}: ${reasonOf(error)}`);
      }
    }
  }

  /** What was asked for and is accepted, but does nothing here; one line each, for the log. */
  get warnings(): string[] {
    const warnings: string[] = [];
    for (const { name, effect, reason } of this.#stated) {
      const text = this.#texts.get(name)!;
      if (effect === "none here" && text !== this.#defaults.get(name)) {
        warnings.push(`${name} ${text} has no effect here: ${reason}`);
      }
    }
    return [...warnings, ...this.#ignored];
  }

  /** Returns what CONFIG GET shows: of each parameter or alias that a pattern matches or names, once. A plain name is shown as it was given. */
  get(...patterns: string[]): [name: string, text: string][] {
    const found = new Map<string, [string, string]>();
    const add = (name: string, parameter: Parameter) => {
      const key = name.toLowerCase();
      if (found.has(key)) return;
      found.set(key, [name, this.#texts.get(parameter.name)!]);
    };
    for (const pattern of patterns) {
      if (!/[*?[]/.test(pattern)) {
        const parameter = findParameter(pattern);
        if (parameter !== undefined) add(pattern, parameter);
        continue;
      }
      for (const parameter of PARAMETERS) {
        if (parameter.hidden) continue;
        for (const name of namesOf(parameter)) {
          if (globMatches(pattern, name, true)) add(name, parameter);
        }
      }
    }
    return [...found.values()];
  }

  /**
   * CONFIG SET: takes all values or none. Listeners hear of those that changed
   * once all are valid; when one refuses, the values are as before and those
   * who had agreed hear of the old value. Throws a ConfigError with Redis's
   * message, without its `ERR`.
   */
  set(
    pairs: readonly (readonly [name: string, value: string])[],
    place: ClientPlace = "elsewhere",
  ): void {
    const changes = this.#changes(pairs, place);
    const previous: Previous[] = [];
    for (const { parameter, name, words } of changes) {
      previous.push(this.#snapshot(parameter));
      try {
        this.#assign(parameter, words);
      } catch (error) {
        this.#restore(previous);
        throw setFailed(name, reasonOf(error));
      }
    }
    this.#announce(changes, previous);
  }

  /** Takes a value that does not come from CONFIG SET: one that another command has given, or what the server makes of one that it cannot use. */
  adopt<Name extends ParameterName>(name: Name, value: Settings[Name]): void {
    this.#values[name] = value;
    this.#texts.set(name, findParameter(name)!.kind.format(value));
  }

  /** Registers who hears of a value that CONFIG SET gave. */
  onChange<Name extends ParameterName>(
    name: Name,
    listener: ChangeListener<Settings[Name]>,
  ): void {
    const listeners = this.#listeners.get(name) ?? [];
    listeners.push(listener as (value: unknown) => unknown);
    this.#listeners.set(name, listeners);
  }

  /** CONFIG REWRITE: writes the values, and the arguments of `user` directives, into the config file, which keeps its comments and order. Throws a ConfigError with Redis's message. */
  rewrite(users: readonly string[]): void {
    if (this.file === undefined) {
      throw new ConfigError("The server is running without a config file");
    }
    const options: Directive[] = PARAMETERS.map(({ name, kind }) => ({
      name,
      lines: kind.lines(this.#texts.get(name)!, this.#defaults.get(name)!),
    }));
    const lines = users.map((args) => ({ args, force: true }));
    rewriteFile(this.file, [...options, { name: "user", lines }]);
  }

  /** Returns the absolute path that a parameter names, as text, or `undefined` while it names none. Relative paths are taken from dir. */
  path(name: PathParameter): string | undefined {
    const path = this.values[name];
    if (path === "") return undefined;
    return resolve(toText(this.values.dir), toText(path));
  }

  /** Takes a directive of a file or the command line. Throws a ConfigError with the reason. */
  state(parameter: Parameter, args: readonly string[]): void {
    const { kind, name } = parameter;
    if (!kind.several && args.length !== 1) {
      throw new ConfigError("wrong number of arguments");
    }
    const only = args.length === 1 ? args[0]! : "";
    const words = kind.several && only !== "" ? splitWords(only) : args;
    if (words === undefined) throw new ConfigError("unbalanced quotes");
    const adds = this.#stated.has(parameter);
    this.#assign(parameter, words, adds ? this.#values[name] : kind.emptied);
    this.#stated.add(parameter);
  }

  /** Notes a directive that is accepted and ignored. */
  ignore(directive: string, reason: string): void {
    this.#ignored.push(`${directive} has no effect here: ${reason}`);
  }

  #changes(
    pairs: readonly (readonly [string, string])[],
    place: ClientPlace,
  ): Change[] {
    const changes = new Map<string, Change>();
    for (const [given, value] of pairs) {
      const parameter = findParameter(given);
      if (parameter === undefined) {
        throw new ConfigError(
          `Unknown option or number of arguments for CONFIG SET - '${given}'`,
        );
      }
      if (!parameter.mutable) {
        throw setFailed(given, "can't set immutable config");
      }
      if (parameter.protected && !this.#allowsProtected(place)) {
        throw setFailed(given, "can't set protected config");
      }
      const name = given.toLowerCase();
      if (changes.has(name)) throw setFailed(given, "duplicate parameter");
      const words = wordsOf(parameter, value);
      changes.set(name, { parameter, name, words });
    }
    return [...changes.values()];
  }

  #allowsProtected(place: ClientPlace): boolean {
    const allowed = this.values["enable-protected-configs"];
    return allowed === "yes" ||
      (allowed === "local" && place === "this machine");
  }

  #assign(
    parameter: Parameter,
    words: readonly string[],
    from?: unknown,
  ): void {
    const { name, kind } = parameter;
    const current = from ?? kind.emptied ?? this.#values[name];
    const { value, text } = kind.parse(words, current);
    if (parameter.effect === "not yet" && text !== this.#defaults.get(name)) {
      throw new ConfigError(
        `only '${this.#defaults.get(name)}' is possible: ${parameter.reason}`,
      );
    }
    this.#values[name] = value;
    this.#texts.set(name, text);
  }

  #snapshot(parameter: Parameter): Previous {
    const { name } = parameter;
    return {
      parameter,
      value: this.#values[name],
      text: this.#texts.get(name)!,
    };
  }

  #restore(previous: readonly Previous[]): void {
    for (const { parameter, value, text } of previous.toReversed()) {
      this.#values[parameter.name] = value;
      this.#texts.set(parameter.name, text);
    }
  }

  #announce(changes: readonly Change[], previous: readonly Previous[]): void {
    const told: { parameter: Parameter; listener: (v: unknown) => unknown }[] =
      [];
    for (const [i, { parameter, name }] of changes.entries()) {
      if (this.#texts.get(parameter.name) === previous[i]!.text) continue;
      for (const listener of this.#listeners.get(parameter.name) ?? []) {
        const reason = refusal(listener, this.#values[parameter.name]);
        if (reason === undefined) {
          told.push({ parameter, listener });
          continue;
        }
        this.#restore(previous);
        for (const { parameter, listener } of told.toReversed()) {
          refusal(listener, this.#values[parameter.name]);
        }
        throw setFailed(name, reason);
      }
    }
  }
}

/** Returns a parameter's name, and its alias when it has one. */
function namesOf({ name, alias }: Parameter): readonly string[] {
  return alias === undefined ? [name] : [name, alias];
}

/** Returns a value as the arguments it stands for: one, or those between single spaces. */
function wordsOf({ kind }: Parameter, value: string): string[] {
  if (!kind.several) return [value];
  return value === "" ? [] : value.split(" ");
}

function refusal(
  listener: (value: unknown) => unknown,
  value: unknown,
): string | undefined {
  try {
    const reason = listener(value);
    return typeof reason === "string" ? reason : undefined;
  } catch (error) {
    return reasonOf(error);
  }
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function setFailed(name: string, reason: string): ConfigError {
  return new ConfigError(
    `CONFIG SET failed (possibly related to argument '${name}') - ${reason}`,
  );
}
