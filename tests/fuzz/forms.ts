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

/** Writes command lines of one form: right ones, apart from what `spoiled()` makes of them. */
export class LineWriter {
  readonly #context: WordContext;
  readonly #words: string[];
  /** Where the number of keys stands that are still to come. */
  #countAt: number | undefined;
  #keys = 0;

  constructor(random: TestRandom, { name, family }: Form) {
    this.#context = { random, command: name, family };
    this.#words = name.split("|");
    if (random.chance(0.9)) this.#words[0] = this.#words[0]!.toUpperCase();
  }

  write(tree: readonly Argument[]): string[] {
    this.#sequence(tree);
    return this.#words;
  }

  /** Arguments one after the other; those that may be left out in any order where several of them follow each other. */
  #sequence(tree: readonly Argument[]): void {
    const { random } = this.#context;
    for (let i = 0; i < tree.length;) {
      let end = i + 1;
      while (
        end < tree.length && tree[i]!.token !== undefined &&
        isOptional(tree[i]!) && isOptional(tree[end]!)
      ) end++;
      const run = tree.slice(i, end);
      for (const each of random.chance(0.3) ? random.shuffle(run) : run) {
        this.#argument(each);
      }
      i = end;
    }
  }

  #argument(argument: Argument): void {
    const { random } = this.#context;
    if (isOptional(argument) && !random.chance(0.35)) return;
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

  #value({ arguments: parts = [], name, type }: Argument): void {
    const { random } = this.#context;
    switch (type) {
      case "pure-token":
        return;
      case "oneof":
        return this.#argument({ ...random.pick(parts), flags: [] });
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
    const { random } = this.#context;
    if (this.#keys > 0 && random.chance(0.9)) {
      if (name === "weight" || name === "id") return this.#keys;
    }
    return random.pick([1, 1, 2, 3]);
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
