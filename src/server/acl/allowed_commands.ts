import type { Args } from "../../protocol/args.ts";
import { asciiLower } from "../../protocol/byte_string.ts";
import { CATEGORIES } from "../command_categories.ts";
import type { Command, CommandTable } from "../command_table.ts";
import {
  BAD_SYNTAX,
  FIRST_ARGUMENT_OF_SUBCOMMAND,
  UNKNOWN_NAME,
} from "./rule_error.ts";

/** What the rules of access control lists ask of their server. */
export interface AclSurroundings {
  readonly table: CommandTable;
  /** Returns whether a new user may use all channels: `acl-pubsub-default`. */
  allChannelsAtFirst(): boolean;
  /** Tells the log of a rule that is accepted but better not used. */
  warn(message: string): void;
}

/** Which commands may run: what the rules about commands and categories of one selector come to. */
export class AllowedCommands {
  /** Whether nothing was taken away from all commands since they were allowed. */
  all = false;
  readonly #surroundings: AclSurroundings;
  readonly #table: CommandTable;
  /** Whether the list began with all commands, so that it is told as what is missing. */
  #startsWithAll = false;
  /** By the commands' ids: 1 where it may run. */
  readonly #allowed: Uint8Array;
  /** The first arguments with which a command that may not run otherwise may. */
  readonly #firstArguments = new Map<number, string[]>();

  constructor(surroundings: AclSurroundings) {
    this.#surroundings = surroundings;
    this.#table = surroundings.table;
    this.#allowed = new Uint8Array(this.#table.size);
  }

  copy(): AllowedCommands {
    const copy = new AllowedCommands(this.#surroundings);
    copy.all = this.all;
    copy.#startsWithAll = this.#startsWithAll;
    copy.#allowed.set(this.#allowed);
    for (const [id, words] of this.#firstArguments) {
      copy.#firstArguments.set(id, [...words]);
    }
    return copy;
  }

  /** Allows all commands, or none: `+@all` and `-@all`. */
  setAll(allow: boolean): void {
    this.#allowed.fill(allow ? 1 : 0);
    this.all = this.#startsWithAll = allow;
    this.#firstArguments.clear();
  }

  /** Applies `+name`, `-name`, `+name|subcommand`, `+name|argument`, `+@category` or `-@category`. Throws a RuleError. */
  apply(rule: string): void {
    const allow = rule.startsWith("+");
    const name = rule.slice(1);
    if (name.startsWith("@")) return this.#setCategory(name.slice(1), allow);
    if (allow && name.includes("|")) return this.#allowPart(name);
    this.#set(this.#named(name), allow);
  }

  /** Returns whether a command line may run, as far as its command and its first argument are concerned. */
  permit(command: Command, args: Args): boolean {
    if (this.all || this.#allowed[command.id] === 1) return true;
    if (args.length < 2) return false;
    const words = this.#firstArguments.get(command.id);
    return words !== undefined && hasWord(words, args.string(1));
  }

  /** Returns the rules that lead here from `+@all` or `-@all`, which comes first: categories where they fit, then commands. */
  describe(): string {
    const sign = this.#startsWithAll ? "-" : "+";
    const described = new AllowedCommands(this.#surroundings);
    described.setAll(this.#startsWithAll);
    const rules = [this.#startsWithAll ? "+@all" : "-@all"];
    for (const category of this.#fittingCategories()) {
      described.#setCategory(category, sign === "+");
      rules.push(`${sign}@${category}`);
    }
    for (const command of this.#table.originals) {
      this.#describeRest(command, described, rules);
    }
    return rules.join(" ");
  }

  #describeRest(
    command: Command,
    described: AllowedCommands,
    rules: string[],
  ): void {
    const { id, fullName } = command;
    const allowed = this.#allowed[id] === 1;
    if (allowed !== (described.#allowed[id] === 1)) {
      rules.push(`${allowed ? "+" : "-"}${fullName}`);
      described.#set(command, allowed);
    }
    for (const each of command.subcommands) {
      this.#describeRest(each, described, rules);
    }
    if (allowed) return;
    for (const word of this.#firstArguments.get(id) ?? []) {
      rules.push(`+${fullName}|${word}`);
    }
  }

  /** Returns categories of which most commands are as the list has them, the best fit first. */
  #fittingCategories(): string[] {
    const left = this.copy();
    const fitting: string[] = [];
    for (;;) {
      let best: string | undefined;
      let fewest = Infinity, most = 0;
      for (const category of CATEGORIES) {
        if (fitting.includes(category)) continue;
        let on = 0, off = 0;
        for (const { id } of this.#table.ofCategory(category)) {
          if (left.#allowed[id] === 1) on++;
          else off++;
        }
        const [same, different] = this.#startsWithAll ? [off, on] : [on, off];
        if (
          same > different &&
          (different < fewest || (different === fewest && same > most))
        ) [best, fewest, most] = [category, different, same];
      }
      if (best === undefined) return fitting;
      left.#setCategory(best, this.#startsWithAll);
      fitting.push(best);
    }
  }

  #setCategory(name: string, allow: boolean): void {
    const category = asciiLower(name);
    if (category === "all") return this.setAll(allow);
    if (!CATEGORIES.some((each) => each === category)) throw UNKNOWN_NAME;
    for (const command of this.#table.ofCategory(category)) {
      this.#set(command, allow);
    }
  }

  /** Allows a subcommand, or a command with a certain first argument. */
  #allowPart(name: string): void {
    const at = name.lastIndexOf("|");
    const container = this.#named(name.slice(0, at));
    const part = name.slice(at + 1);
    if (container.fullName !== container.name) {
      throw FIRST_ARGUMENT_OF_SUBCOMMAND;
    }
    if (part === "") throw BAD_SYNTAX;
    if (container.subcommands.length > 0) {
      return this.#set(this.#named(name), true);
    }
    const words = this.#firstArguments.get(container.id) ?? [];
    if (!hasWord(words, part)) words.push(part);
    this.#firstArguments.set(container.id, words);
    this.#surroundings.warn(
      "Deprecation warning: Allowing a first arg of an otherwise blocked command is a misuse of " +
        `ACL and may get disabled in the future (offender: +${name})`,
    );
  }

  /** Allows or denies a command with all its subcommands. */
  #set(command: Command, allow: boolean): void {
    this.#allowed[command.id] = allow ? 1 : 0;
    this.#firstArguments.delete(command.id);
    if (!allow) this.all = false;
    for (const each of command.subcommands) {
      this.#allowed[each.id] = allow ? 1 : 0;
    }
  }

  #named(name: string): Command {
    const command = this.#table.originallyNamed(name);
    if (command === undefined) throw UNKNOWN_NAME;
    return command;
  }
}

function hasWord(words: readonly string[], word: string): boolean {
  const lower = asciiLower(word);
  return words.some((each) => asciiLower(each) === lower);
}
