import type { Args } from "../../protocol/args.ts";
import { asciiLower } from "../../protocol/byte_string.ts";
import { globMatches } from "../../store/glob.ts";
import type { FoundKey } from "../command.ts";
import { type Command, CommandBits } from "../command_table.ts";
import { type AclSurroundings, AllowedCommands } from "./allowed_commands.ts";
import {
  ALL_CHANNELS_ALREADY,
  ALL_KEYS_ALREADY,
  BAD_SYNTAX,
} from "./rule_error.ts";

/** What is asked for of keys, or allowed: bits. */
const READ = 1, WRITE = 2;

/** Keys that may be used, and for what. */
interface KeyPattern {
  readonly pattern: string;
  access: number;
}

/** Why a command line may not run: its command, or the key or channel at argument `at`. */
export interface Denial {
  readonly reason: "command" | "key" | "channel";
  readonly at: number;
}

const COMMAND_DENIED: Denial = { reason: "command", at: 0 };

/** A command line that is looked at, with its keys once somebody has asked for them. */
export interface CommandLine {
  readonly command: Command;
  readonly args: Args;
  keys?: readonly FoundKey[];
}

/**
 * What a user may do: commands, keys and channels that go together. Every user
 * has one, and may have more: each by itself then allows what it does.
 */
export class Selector {
  readonly #surroundings: AclSurroundings;
  #commands: AllowedCommands;
  #allKeys = false;
  #keys: KeyPattern[] = [];
  #allChannels: boolean;
  #channels: string[] = [];

  constructor(surroundings: AclSurroundings) {
    this.#surroundings = surroundings;
    this.#commands = new AllowedCommands(surroundings);
    this.#allChannels = surroundings.allChannelsAtFirst();
  }

  copy(): Selector {
    const copy = new Selector(this.#surroundings);
    copy.#commands = this.#commands.copy();
    copy.#allKeys = this.#allKeys;
    copy.#keys = this.#keys.map((each) => ({ ...each }));
    copy.#allChannels = this.#allChannels;
    copy.#channels = [...this.#channels];
    return copy;
  }

  /** Whether it allows everything. */
  get allowsAll(): boolean {
    return this.#commands.all && this.#allKeys && this.#allChannels;
  }

  get allChannels(): boolean {
    return this.#allChannels;
  }

  /** Patterns of the channels that may be used, where not all may. */
  get channels(): readonly string[] {
    return this.#channels;
  }

  /** Applies a rule about commands, keys or channels. Throws a RuleError. */
  apply(rule: string): void {
    switch (asciiLower(rule)) {
      case "allkeys":
      case "~*":
        return this.#setAllKeys(true);
      case "resetkeys":
        return this.#setAllKeys(false);
      case "allchannels":
      case "&*":
        return this.#setAllChannels(true);
      case "resetchannels":
        return this.#setAllChannels(false);
      case "allcommands":
        return this.#commands.setAll(true);
      case "nocommands":
        return this.#commands.setAll(false);
    }
    switch (rule[0]) {
      case "~":
      case "%":
        return this.#addKeys(rule);
      case "&":
        return this.#addChannels(rule.slice(1));
      case "+":
      case "-":
        return this.#commands.apply(rule);
      default:
        throw BAD_SYNTAX;
    }
  }

  /** Returns why a command line may not run, or nothing when it may. */
  denial(line: CommandLine): Denial | undefined {
    const { command, args } = line;
    if (
      (command.bits & CommandBits.noAuth) === 0 &&
      !this.#commands.permit(command, args)
    ) return COMMAND_DENIED;
    return this.#keyDenial(line) ?? this.#channelDenial(line);
  }

  /** Returns whether all keys may be read. */
  get readsAllKeys(): boolean {
    return this.#allKeys ||
      this.#keys.some(({ pattern, access }) =>
        pattern === "*" && (access & READ) !== 0
      );
  }

  describeCommands(): string {
    return this.#commands.describe();
  }

  describeKeys(): string {
    if (this.#allKeys) return "~*";
    return this.#keys.map(({ pattern, access }) =>
      access === READ
        ? `%R~${pattern}`
        : access === WRITE
        ? `%W~${pattern}`
        : `~${pattern}`
    ).join(" ");
  }

  describeChannels(): string {
    if (this.#allChannels) return "&*";
    return this.#channels.map((each) => `&${each}`).join(" ");
  }

  /** Returns the rules that make such a selector of a new one. */
  describe(): string {
    const channels = this.describeChannels();
    return [
      this.describeKeys(),
      this.#allChannels ? channels : `resetchannels ${channels}`.trimEnd(),
      this.describeCommands(),
    ].filter((each) => each !== "").join(" ");
  }

  #keyDenial(line: CommandLine): Denial | undefined {
    const { command, args } = line;
    if (this.#allKeys) return undefined;
    line.keys ??= command.keysOf(args);
    for (const { index, flags } of line.keys) {
      const key = args.string(index), wanted = accessOf(flags);
      const allowed = this.#keys.some(({ pattern, access }) =>
        (access & wanted) === wanted && globMatches(pattern, key)
      );
      if (!allowed) return { reason: "key", at: index };
    }
    return undefined;
  }

  #channelDenial({ command, args }: CommandLine): Denial | undefined {
    const { channels } = command.definition;
    if (this.#allChannels || channels === undefined) return undefined;
    const end = channels === "first" ? 2 : args.length;
    for (let i = 1; i < end; i++) {
      const kind = channels === "patterns" ? "pattern" : "channel";
      if (!channelAllowed(this.#channels, args.string(i), kind)) {
        return { reason: "channel", at: i };
      }
    }
    return undefined;
  }

  #setAllKeys(all: boolean): void {
    this.#allKeys = all;
    this.#keys = [];
  }

  #setAllChannels(all: boolean): void {
    this.#allChannels = all;
    this.#channels = [];
  }

  #addKeys(rule: string): void {
    if (this.#allKeys) throw ALL_KEYS_ALREADY;
    const parts = /^(?:~|%(R|W|RW|WR)(?:~|$))(.*)$/is.exec(rule);
    if (parts === null) throw BAD_SYNTAX;
    const pattern = parts[2]!, letters = parts[1]?.toUpperCase() ?? "RW";
    if (hasBlanks(pattern)) throw BAD_SYNTAX;
    const access = (letters.includes("R") ? READ : 0) |
      (letters.includes("W") ? WRITE : 0);
    const known = this.#keys.find((each) => each.pattern === pattern);
    if (known === undefined) this.#keys.push({ pattern, access });
    else known.access |= access;
  }

  #addChannels(pattern: string): void {
    if (this.#allChannels) throw ALL_CHANNELS_ALREADY;
    if (hasBlanks(pattern)) throw BAD_SYNTAX;
    if (!this.#channels.includes(pattern)) this.#channels.push(pattern);
  }
}

/** Returns whether patterns allow a channel; a pattern to subscribe to must be one of them. */
export function channelAllowed(
  allowed: readonly string[],
  name: string,
  kind: "channel" | "pattern",
): boolean {
  return kind === "pattern"
    ? allowed.includes(name)
    : allowed.some((pattern) => globMatches(pattern, name));
}

/** Returns whether a name or pattern holds what could not be told from the end of a word. */
export function hasBlanks(text: string): boolean {
  return /[ \t\n\v\f\r\0]/.test(text);
}

function accessOf(flags: readonly string[]): number {
  let access = 0;
  for (const flag of flags) {
    if (flag === "access") access |= READ;
    else if (flag === "insert" || flag === "update" || flag === "delete") {
      access |= WRITE;
    }
  }
  return access;
}
