/** Scenarios that walk all commands: each number through the extremes, each key through the types. */
import type { Argument } from "../../src/server/command_docs.ts";
import { TestRandom } from "../helpers/seeded.ts";
import type { Scenario } from "./arena.ts";
import { refill } from "./contents.ts";
import { comparable, isBlocking, prepared } from "./fairness.ts";
import {
  anyStyle,
  type Form,
  LineWriter,
  longest,
  shortestWith,
} from "./forms.ts";
import type { Line } from "./wire.ts";
import { EXTREMES, FAMILIES } from "./words.ts";

/** Arguments that are strings to COMMAND DOCS and numbers all the same. */
const NUMBERS =
  /^(min|max|start|end|stop|threshold|id|last-id|max_deleted_entry_id|min-idle-time|score|value|timeout)$/;
const MISSING = "missing";

/** Scenarios that have every number of the command at every extreme, with `variants` choices of the words around it. */
export function numberScenarios(form: Form, variants: number): Scenario[] {
  const random = new TestRandom(1);
  const lines: Line[] = [];
  for (const target of numbersIn(form.tree)) {
    for (let variant = 0; variant < variants; variant++) {
      const writer = new LineWriter(random, form, shortestWith(target));
      const line = writer.write(form.tree);
      const place = writer.places.get(target)!;
      for (const extreme of EXTREMES) {
        lines.push(...tried(random, line.with(place, extreme)));
      }
    }
  }
  return [scenario(lines, random.pick([2, 3]))];
}

/** Numbers of commands that scenarios leave out otherwise, and that do no harm; `#` is where the number goes. */
const OTHER_NUMBERS = [
  "ACL LOG #",
  "CLIENT KILL ID #",
  "CLIENT LIST ID #",
  "CLIENT PAUSE # x",
  "CLIENT TRACKING ON REDIRECT #",
  "CLIENT UNBLOCK #",
  "HELLO #",
  "MEMORY USAGE none SAMPLES #",
  "RESTORE none # x",
  "RESTORE none 0 x FREQ #",
  "RESTORE none 0 x IDLETIME #",
  "SLOWLOG GET #",
  "WAIT 0 #",
];

/** A scenario of all those numbers at every extreme. */
export function otherNumbers(): Scenario {
  const lines = OTHER_NUMBERS.flatMap((line) =>
    EXTREMES.map((extreme) =>
      line.split(" ").map((word) => word === "#" ? extreme : word)
    )
  );
  return scenario(lines, 2);
}

function numbersIn(tree: readonly Argument[]): Argument[] {
  return tree.flatMap((argument) => {
    const { name, type } = argument;
    const isNumber = /^(integer|double|unix-time)$/.test(type) ||
      type === "string" && NUMBERS.test(name);
    return isNumber ? [argument] : numbersIn(argument.arguments ?? []);
  });
}

/** Scenarios that have every key of the command hold every type, or nothing, and the line end too early or too late. */
export function typeScenarios(form: Form, variants: number): Scenario[] {
  const random = new TestRandom(1);
  const lines: Line[] = [];
  for (let variant = 0; variant < variants; variant++) {
    const styles = [shortestWith(), longest(random), anyStyle(random)];
    for (const style of styles) {
      const writer = new LineWriter(random, form, style);
      const line = writer.write(form.tree);
      for (const [{ type }, place] of writer.places) {
        if (type !== "key") continue;
        for (const family of FAMILIES) {
          lines.push(...tried(random, line.with(place, `${family}1`)));
        }
        lines.push(...tried(random, line.with(place, MISSING)));
      }
      for (let length = 1; length <= line.length; length++) {
        lines.push(...tried(random, line.slice(0, length)));
      }
      lines.push(...tried(random, [...line, "x"]));
    }
  }
  return [scenario(lines, 2), scenario(lines, 3)];
}

/** The line with the data that it works on made before it, and looked at after it. */
function tried(random: TestRandom, line: Line): Line[] {
  const keys = [...new Set(line.filter((word) => NAMED_KEY.test(word)))];
  const inTransaction = isBlocking(line) || random.chance(0.2);
  return [
    ...keys.flatMap((key) => refill(random, key)),
    ...inTransaction ? [["MULTI"], line, ["EXEC"]] : [line],
    ...keys.flatMap((key) => [["DEBUG", "DIGEST-VALUE", key], ["PTTL", key]]),
    ["DEL", MISSING],
  ];
}

/** Keys whose first letter says what they hold. */
const NAMED_KEY = /^[snlhezgxpbc][123]$/;

function scenario(lines: readonly Line[], protocol: 2 | 3): Scenario {
  return {
    protocol,
    settings: {},
    counted: false,
    lines: comparable(prepared(lines)),
  };
}
