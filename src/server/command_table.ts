import type { Args } from "../protocol/args.ts";
import { asciiLower } from "../protocol/byte_string.ts";
import { categoriesOf } from "./command_categories.ts";
import type {
  CommandDefinition,
  CommandFamily,
  CommandFlag,
  CommandGroup,
  FoundKey,
  Handler,
} from "./command.ts";
import { fixedKeysOf, keysOf } from "./command_keys.ts";
import { LatencyHistogram } from "./latency_histogram.ts";

/** The flags that the executor looks at, as bits, so that one test rules all of them out. */
export const CommandBits = {
  /** Set on every command. */
  any: 1,
  write: 2,
  denyoom: 4,
  noAuth: 8,
  noMulti: 16,
  mayReplicate: 32,
  /** A command that stays out of the queue between MULTI and EXEC. */
  unqueued: 64,
  /** A command that must wait until the data is loaded. */
  deniedWhileLoading: 128,
  /** A command that not everybody may run. */
  protected: 256,
  /** PING, which tells of a failed save as the writes do. */
  ping: 512,
  /** Set on every command: while keys are to be evicted before it runs. */
  makesRoom: 4096,
  readonly: 1024,
  /** Set on every command: while more keys are tracked than may be. */
  shrinksTracking: 2048,
  /** Set on every command: while there is a limit to what clients take. */
  evictsClients: 8192,
  /** A command that may not run while a script is busy. */
  refusedWhenBusy: 16384,
  /** A command whose script says what it may do. */
  runsScript: 32768,
  noScript: 65536,
  /** A command that a replica may not run without its master. */
  deniedWhileStale: 131072,
  /** A command that compiles a script, for which the engine must be there. */
  needsEngine: 262144,
} as const;

const UNQUEUED = new Set([
  "exec",
  "discard",
  "multi",
  "watch",
  "quit",
  "reset",
]);
/** Commands that take as little time as those flagged `fast`, as long as their command line is not long. */
const SHORT = new Set(["set", "mset"]);
/** Commands that run scripts, which may declare what they do. */
const SCRIPT_RUNNERS = new Set([
  "eval",
  "evalsha",
  "eval_ro",
  "evalsha_ro",
  "fcall",
  "fcall_ro",
]);
/** Commands that compile scripts. */
const SCRIPT_COMPILERS = new Set([
  "eval",
  "eval_ro",
  "script|load",
  "function|load",
  "function|restore",
]);
const SLOTS = 1024;

/** A command of a running server: its definition, what is derived from it, and how often it ran. */
export class Command {
  readonly definition: CommandDefinition;
  readonly group: CommandGroup;
  readonly name: string;
  /** With the container's name: `config|get`. */
  readonly fullName: string;
  readonly arity: number;
  readonly bits: number;
  readonly handler: Handler | undefined;
  readonly subcommands: readonly Command[];
  /** Number that tells it apart from all other commands and subcommands of its server, counted from 0. */
  readonly id: number;
  #categories: readonly string[] | undefined = undefined;
  readonly #fixedKeys: readonly FoundKey[] | undefined;
  /** Whether it takes so little time that calls of one read are timed together. */
  readonly timedInBatch: boolean;
  calls = 0;
  rejectedCalls = 0;
  failedCalls = 0;
  /** Calls of the current turn that are timed together at its end. */
  callsInTurn = 0;
  /** Time that the call took which was timed on its own last, in microseconds. */
  lastUsec = 0;
  /** Total time taken, in microseconds. */
  usec = 0;
  /** Present from the first call on while `latency-tracking` is on. */
  latencies: LatencyHistogram | undefined = undefined;

  constructor(
    definition: CommandDefinition,
    group: CommandGroup,
    nextId: () => number,
    container?: Command,
  ) {
    this.id = nextId();
    this.definition = definition;
    this.group = group;
    this.name = definition.name;
    this.fullName = container === undefined
      ? definition.name
      : `${container.name}|${definition.name}`;
    this.arity = definition.arity;
    this.bits = bitsOf(definition, this.fullName);
    this.handler = definition.handler;
    this.#fixedKeys = fixedKeysOf(definition);
    this.timedInBatch = this.has("fast") || SHORT.has(definition.name);
    this.subcommands = (definition.subcommands ?? []).map((each) =>
      new Command(each, group, nextId, this)
    );
  }

  /** ACL categories, without their `@`. */
  get categories(): readonly string[] {
    return this.#categories ??= categoriesOf(this.definition, this.group);
  }

  has(flag: CommandFlag): boolean {
    return this.definition.flags.includes(flag);
  }

  /** Returns the keys of a command line of the right length; none when it is wrong. */
  keysOf(args: Args): readonly FoundKey[] {
    return this.#fixedKeys ?? keysOf(this.definition, args);
  }

  /** Returns whether a command line of `length` words has too few or too many. */
  refusesLength(length: number): boolean {
    return this.arity > 0 ? length !== this.arity : length < -this.arity;
  }

  /** Adds the time of `calls` calls, in microseconds, to the statistics. */
  took(usec: number, calls: number, trackLatency: boolean): void {
    this.usec += usec;
    if (!trackLatency) return;
    (this.latencies ??= new LatencyHistogram()).record(usec / calls, calls);
  }

  resetStatistics(): void {
    this.calls =
      this.rejectedCalls =
      this.failedCalls =
      this.usec =
        0;
    this.latencies = undefined;
    for (const each of this.subcommands) each.resetStatistics();
  }
}

/** Finds commands by name in the read buffer, without making a string of it. */
export class CommandTable {
  /** All commands that can be run, in the order of the families. */
  readonly commands: readonly Command[];
  /** Those and the ones that `rename-command` leaves out. */
  readonly originals: readonly Command[];
  /** Number of commands and subcommands: all ids are below. */
  readonly size: number;
  readonly #byName = new Map<string, Command>();
  readonly #byOriginalName = new Map<string, Command>();
  readonly #slots: (Command | undefined)[] = new Array(SLOTS).fill(undefined);

  /** `renames` maps a name to another one, or to "" to leave the command out: `rename-command`. */
  constructor(
    families: readonly CommandFamily[],
    renames: ReadonlyMap<string, string> = new Map(),
  ) {
    const commands: Command[] = [];
    const originals: Command[] = [];
    let ids = 0;
    const nextId = () => ids++;
    for (const { group, commands: definitions } of families) {
      for (const definition of definitions) {
        const command = new Command(definition, group, nextId);
        originals.push(command);
        this.#byOriginalName.set(command.name, command);
        const name = renames.get(definition.name) ?? definition.name;
        if (name === "") continue;
        commands.push(command);
        this.#byName.set(asciiLower(name), command);
        this.#insert(name, command);
      }
    }
    this.commands = commands;
    this.originals = originals;
    this.size = ids;
  }

  /** Returns the command that argument `i` names, in any case. */
  find(args: Args, i = 0): Command | undefined {
    const { bytes } = args;
    const start = args.starts[i]!, end = args.ends[i]!;
    let hash = end - start;
    for (let at = start; at < end; at++) {
      hash = (Math.imul(hash, 31) + (bytes[at]! | 32)) | 0;
    }
    for (let slot = fold(hash);; slot = (slot + 1) & (SLOTS - 1)) {
      const command = this.#slots[slot];
      if (command === undefined || matches(this.#names[slot]!, args, i)) {
        return command;
      }
    }
  }

  /** Returns the command, or the subcommand, that a command line runs. */
  resolve(args: Args): Command | undefined {
    const command = this.find(args);
    return command !== undefined && command.subcommands.length > 0 &&
        args.length > 1
      ? findSubcommand(command, args)
      : command;
  }

  /** Returns the command of a name such as `get` or `config|get`, in any case. */
  named(name: string): Command | undefined {
    return lookUp(this.#byName, name);
  }

  /** Like `named()`, by the names from before `rename-command`: what access control lists go by. */
  originallyNamed(name: string): Command | undefined {
    return lookUp(this.#byOriginalName, name);
  }

  /** Returns the commands and subcommands of an ACL category, each before its own subcommands. */
  ofCategory(category: string): readonly Command[] {
    let commands = this.#byCategory.get(category);
    if (commands === undefined) {
      commands = this.originals
        .flatMap((each) => [each, ...each.subcommands])
        .filter(({ categories }) => categories.includes(category));
      this.#byCategory.set(category, commands);
    }
    return commands;
  }

  readonly #byCategory = new Map<string, readonly Command[]>();
  readonly #names: string[] = new Array(SLOTS).fill("");

  #insert(name: string, command: Command): void {
    let hash = name.length;
    for (let i = 0; i < name.length; i++) {
      hash = (Math.imul(hash, 31) + (name.charCodeAt(i) | 32)) | 0;
    }
    let slot = fold(hash);
    while (this.#slots[slot] !== undefined) slot = (slot + 1) & (SLOTS - 1);
    this.#slots[slot] = command;
    this.#names[slot] = name.toUpperCase();
  }
}

function lookUp(
  byName: ReadonlyMap<string, Command>,
  name: string,
): Command | undefined {
  const [first = "", second, third] = asciiLower(name).split("|");
  const command = byName.get(first);
  if (second === undefined) return command;
  if (third !== undefined) return undefined;
  return command?.subcommands.find((each) => each.name === second);
}

/** Returns the subcommand that argument 1 names, in any case. */
function findSubcommand(
  command: Command,
  args: Args,
): Command | undefined {
  for (const each of command.subcommands) {
    const { name } = each;
    if (args.size(1) === name.length && args.is(1, name.toUpperCase())) {
      return each;
    }
  }
  return undefined;
}

function fold(hash: number): number {
  return (hash ^ (hash >>> 10)) & (SLOTS - 1);
}

function matches(upperName: string, args: Args, i: number): boolean {
  return args.is(i, upperName);
}

function bitsOf(definition: CommandDefinition, fullName: string): number {
  let bits: number = CommandBits.any | CommandBits.shrinksTracking;
  for (const flag of definition.flags) {
    if (flag === "write") bits |= CommandBits.write;
    else if (flag === "readonly") bits |= CommandBits.readonly;
    else if (flag === "denyoom") bits |= CommandBits.denyoom;
    else if (flag === "no_auth") bits |= CommandBits.noAuth;
    else if (flag === "no_multi") bits |= CommandBits.noMulti;
    else if (flag === "may_replicate") bits |= CommandBits.mayReplicate;
    else if (flag === "noscript") bits |= CommandBits.noScript;
  }
  if (!definition.flags.includes("loading")) {
    bits |= CommandBits.deniedWhileLoading;
  }
  if (!definition.flags.includes("stale")) {
    bits |= CommandBits.deniedWhileStale;
  }
  if (definition.allowedBy !== undefined) bits |= CommandBits.protected;
  if (!definition.flags.includes("allow_busy")) {
    bits |= CommandBits.refusedWhenBusy;
  }
  if (SCRIPT_RUNNERS.has(fullName)) bits |= CommandBits.runsScript;
  if (SCRIPT_COMPILERS.has(fullName)) bits |= CommandBits.needsEngine;
  if (fullName === "ping") bits |= CommandBits.ping;
  if (UNQUEUED.has(fullName)) bits |= CommandBits.unqueued;
  return bits | CommandBits.makesRoom | CommandBits.evictsClients;
}
