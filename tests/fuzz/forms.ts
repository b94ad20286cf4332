/** Command lines made of the command table's own syntax lines and key specs. */
import { type Argument, argumentsOf } from "../../src/server/command_docs.ts";
import type { Command, CommandTable } from "../../src/server/command_table.ts";
import type { TestRandom } from "../helpers/seeded.ts";
import { EXCLUSIONS } from "./exclusions.ts";
import { familyOf, key, word, type WordContext } from "./words.ts";

/** A command that scenarios are made of. */
export interface Form {
  /** In lower case, with the container's name: `xgroup|create`. */
  readonly name: string;
  readonly family: string;
  readonly tree: readonly Argument[];
}

/** Returns the commands of the table that can be compared. */
export function formsOf(table: CommandTable): Form[] {
  return table.commands.flatMap(withSubcommands)
    .filter(({ definition, fullName }) =>
      definition.handler !== undefined && EXCLUSIONS[fullName] === undefined &&
      EXCLUSIONS[fullName.split("|")[0]!] === undefined
    )
    .map(({ definition, fullName, group }) => ({
      name: fullName,
      family: familyOf(group, fullName),
      tree: argumentsOf(definition),
    }));
}

function withSubcommands(command: Command): readonly Command[] {
  return [command, ...command.subcommands];
}

/** Which of the forms that a syntax line allows a command line has. */
export interface Style {
  /** Whether an argument that may be left out is there. */
  includes(argument: Argument): boolean;
  /** Picks one of a choice. */
  pick(parts: readonly Argument[]): Argument;
  /** How often an argument is there that may be repeated. */
  times(): number;
  /** Changes the order of arguments that may have any. */
  order(run: readonly Argument[]): readonly Argument[];
}

/** Any of all forms. */
export function anyStyle(random: TestRandom): Style {
  return {
    includes: () => random.chance(0.35),
    pick: (parts) => random.pick(parts),
    times: () => random.pick([1, 1, 2, 3]),
    order: (run) => random.chance(0.3) ? random.shuffle(run) : run,
  };
}

/** The shortest form that has the argument; the shortest of all without one. */
export function shortestWith(target?: Argument): Style {
  const has = (argument: Argument): boolean =>
    argument === target || (argument.arguments ?? []).some(has);
  return {
    includes: has,
    pick: (parts) => parts.find(has) ?? parts[0]!,
    times: () => 1,
    order: (run) => run,
  };
}

/** The longest form, with some of each choice. */
export function longest(random: TestRandom): Style {
  return {
    includes: () => true,
    pick: (parts) => random.pick(parts),
    times: () => 2,
    order: (run) => run,
  };
}

/** Writes command lines of one form: right ones, as far as words picked at random are. */
export class LineWriter {
  readonly #context: WordContext;
  readonly #style: Style;
  /** Where the word or the words of each argument begin. */
  readonly places = new Map<Argument, number>();
  readonly #words: string[];
  /** Where the number of keys stands that are still to come. */
  #countAt: number | undefined;
  #keys = 0;

  constructor(random: TestRandom, { name, family }: Form, style: Style) {
    this.#context = { random, command: name, family };
    this.#style = style;
    this.#words = name.split("|");
    if (random.chance(0.9)) this.#words[0] = this.#words[0]!.toUpperCase();
  }

  write(tree: readonly Argument[]): string[] {
    this.#sequence(tree);
    return this.#words;
  }

  /** Arguments one after the other; those that may be left out in any order where several of them follow each other. */
  #sequence(tree: readonly Argument[]): void {
    for (let i = 0; i < tree.length;) {
      let end = i + 1;
      while (
        end < tree.length && tree[i]!.token !== undefined &&
        isOptional(tree[i]!) && isOptional(tree[end]!)
      ) end++;
      for (const each of this.#style.order(tree.slice(i, end))) {
        if (!isOptional(each) || this.#style.includes(each)) {
          this.#argument(each);
        }
      }
      i = end;
    }
  }

  #argument(argument: Argument): void {
    const { random } = this.#context;
    const { flags, token, type } = argument;
    const times = flags.includes("multiple") ? this.#times(argument) : 1;
    if (type === "key" && flags.includes("multiple")) this.#keysAre(times);
    for (let i = 0; i < times; i++) {
      if (
        token !== undefined && (i === 0 || flags.includes("multiple_token"))
      ) this.#words.push(random.chance(0.9) ? token : token.toLowerCase());
      this.#value(argument);
    }
  }

  #value(argument: Argument): void {
    const { arguments: parts = [], name, type } = argument;
    this.places.set(argument, this.#words.length);
    switch (type) {
      case "pure-token":
        return;
      case "oneof":
        return this.#argument(this.#style.pick(parts));
      case "block":
        return this.#sequence(parts);
      case "key":
        this.#words.push(key(this.#context));
        return;
    }
    if (name === "numkeys") this.#countAt = this.#words.length;
    this.#words.push(word(name, this.#context));
  }

  /** As many weights, and ids of streams, as there are keys; mostly. */
  #times({ name }: Argument): number {
    const isPerKey = name === "weight" || name === "id";
    const asKeys = isPerKey && this.#keys > 0 &&
      this.#context.random.chance(0.9);
    return asKeys ? this.#keys : this.#style.times();
  }

  #keysAre(count: number): void {
    const { random } = this.#context;
    this.#keys = count;
    if (this.#countAt === undefined) return;
    const told = random.chance(0.95) ? count : random.between(-1, 5);
    this.#words[this.#countAt] = String(told);
    this.#countAt = undefined;
  }
}

function isOptional({ flags }: Argument): boolean {
  return flags.includes("optional");
}
