/** Random scenarios. */
import type { TestRandom } from "../helpers/seeded.ts";
import type { Scenario } from "./arena.ts";
import { refill } from "./contents.ts";
import {
  comparable,
  isBlocking,
  isChoosing,
  looksAtMany,
  prepared,
} from "./fairness.ts";
import { anyStyle, type Form, LineWriter } from "./forms.ts";
import { scripted } from "./scripted.ts";
import type { Line } from "./wire.ts";
import { EXTREMES, FAMILIES, key, LEX_BOUNDS } from "./words.ts";

/** A command line of the form as somebody writes it who has it nearly right. */
function spoiled(random: TestRandom, line: string[]): string[] {
  const at = random.below(line.length + 1);
  const inside = Math.min(at, line.length - 1);
  switch (random.below(7)) {
    case 6:
      // Where Redis compares as C does, a zero byte ends the word. Of names only the hash decides.
      if (inside < 2) return line;
      return line.with(inside, `${line[inside]}\0${random.pick(["", "x"])}`);
    case 0:
      return line.toSpliced(inside, inside === 0 ? 0 : 1);
    case 1:
      return line.toSpliced(at === 0 ? 1 : at, 0, line[inside]!);
    case 2:
      return line.slice(0, Math.max(1, at));
    case 3:
      return [...line, random.pick(["x", "", "1", "COUNT", "LIMIT", "NX"])];
    case 4:
      return inside === 0
        ? line
        : line.with(inside, random.pick(["x", "", "-", "\xff"]));
    default:
      return withExtreme(random, line);
  }
}

/** A command line that asks for a range by member only of a key all of whose scores are equal. */
function withLexicalKey(random: TestRandom, line: string[]): string[] {
  const name = line[0]!.toLowerCase();
  if (name !== "zrange" && name !== "zrangestore") return line;
  if (!line.some((word) => /^bylex$/i.test(word))) return line;
  const source = name === "zrange" ? 1 : 2;
  const bounds = random.chance(0.9)
    ? [random.pick(LEX_BOUNDS), random.pick(LEX_BOUNDS)]
    : line.slice(source + 1, source + 3);
  return line.toSpliced(source, 3, `c${random.between(1, 3)}`, ...bounds);
}

/** A command line one of whose numbers is at an edge. */
function withExtreme(random: TestRandom, line: string[]): string[] {
  const numbers = line.keys().filter((i) =>
    i > 0 && /^[(#]?-?\d/.test(line[i]!)
  );
  const places = [...numbers];
  if (places.length === 0) return line;
  return line.with(random.pick(places), random.pick(EXTREMES));
}

/** Makes scenarios. */
export class ScenarioWriter {
  readonly #forms: readonly Form[];
  readonly #random: TestRandom;

  constructor(forms: readonly Form[], random: TestRandom) {
    this.#forms = forms;
    this.#random = random;
  }

  /** A scenario of about `length` lines. */
  scenario(length: number): Scenario {
    const random = this.#random;
    const counted = random.chance();
    const lines: Line[] = [];
    while (lines.length < length) lines.push(...this.#lines(counted));
    return {
      protocol: random.pick([2, 3]),
      settings: random.chance(0.6) ? SMALL : {},
      counted,
      ...random.chance(0.6) && {
        tracking: random.pick(["invalidations", "broadcasts"] as const),
      },
      lines: comparable(prepared(lines)),
    };
  }

  #lines(counted: boolean): Line[] {
    const random = this.#random;
    if (random.chance(0.03)) {
      const letter = random.pick([...FAMILIES, "c"]);
      return refill(random, `${letter}${random.between(1, 3)}`);
    }
    if (random.chance(0.04)) return this.#transaction(counted);
    const line = this.#line(counted);
    if (isBlocking(line)) return [["MULTI"], line, ["EXEC"]];
    return [line];
  }

  /** WATCH, a command that may touch what is watched, and a transaction. */
  #transaction(counted: boolean): Line[] {
    const random = this.#random;
    const some = (most: number) =>
      random.list(random.below(most), () => this.#line(counted));
    return [
      ...random.chance() ? [this.#watch()] : [],
      ...some(2),
      ["MULTI"],
      ...some(5),
      [random.pick(["EXEC", "EXEC", "EXEC", "DISCARD"])],
    ];
  }

  #watch(): Line {
    const random = this.#random;
    const context = { random, command: "watch", family: "" };
    return ["WATCH", ...random.list(6, () => key(context))];
  }

  #line(counted: boolean): Line {
    const random = this.#random;
    for (;;) {
      const form = random.pick(this.#forms);
      if (isSeldom(form) && !random.chance(0.05)) continue;
      let line = new LineWriter(random, form, anyStyle(random))
        .write(form.tree);
      if (random.chance(0.06)) line = withExtreme(random, line);
      if (random.chance(0.08)) line = spoiled(random, line);
      line = withLexicalKey(random, line);
      if (counted && (looksAtMany(line) || isChoosing(line))) continue;
      return random.chance(0.05) ? scripted(random, line) : line;
    }
  }
}

/** Whether a command leaves little to work with for those after it. */
function isSeldom({ name }: Form): boolean {
  return /^(flush|swapdb|select|multi|exec|discard|unwatch)/.test(name);
}

/** Thresholds at which the encodings change soon. */
const SMALL: Scenario["settings"] = {
  "hash-max-listpack-entries": "6",
  "hash-max-listpack-value": "20",
  "set-max-intset-entries": "5",
  "zset-max-listpack-entries": "6",
  "zset-max-listpack-value": "20",
  "list-max-listpack-size": "4",
  "stream-node-max-entries": "3",
  "hll-sparse-max-bytes": "200",
};
