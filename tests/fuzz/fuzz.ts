/** Random scenarios in the arena, until one shows a difference; that one is then made as short as possible. */
import { createServer } from "../../src/mod.ts";
import { TestRandom } from "../helpers/seeded.ts";
import { quote } from "../helpers/reply.ts";
import type { Arena, Difference, Scenario } from "./arena.ts";
import { comparable } from "./fairness.ts";
import { type Form, formsOf } from "./forms.ts";
import { ScenarioWriter } from "./scenarios.ts";
import { shrink } from "./shrink.ts";
import type { Line } from "./wire.ts";

/** Lines of one scenario. */
const LENGTH = 1000;

export interface FuzzOptions {
  readonly seed: number;
  /** How many to run at least. */
  readonly commands: number;
  /** Differences after which it ends. */
  readonly mostFindings: number;
  readonly report: (text: string) => void;
}

/** Runs random scenarios; returns how many commands ran and how many scenarios showed a difference. */
export async function fuzz(
  arena: Arena,
  { seed, commands, mostFindings, report }: FuzzOptions,
): Promise<{ commands: number; findings: number }> {
  const forms = allForms();
  const seen = new Set<string>();
  let done = 0, findings = 0;
  for (let round = 0; done < commands && findings < mostFindings; round++) {
    const random = new TestRandom(seed + round);
    const scenario = new ScenarioWriter(forms, random).scenario(LENGTH);
    const difference = await arena.run(scenario).catch((error) => {
      throw new Error(`Seed ${seed + round} fails`, { cause: error });
    });
    done += scenario.lines.length;
    if (difference === undefined) continue;
    const short = await shortened(arena, scenario, difference);
    const key = short.lines.map(([name]) => name).at(-1)!;
    findings++;
    if (seen.has(key)) continue;
    seen.add(key);
    report(
      `Seed ${seed + round}: ${
        describe(short, await arena.run(short) ?? difference)
      }`,
    );
  }
  return { commands: done, findings };
}

/** Runs given scenarios of every command; reports all commands that differ, and returns how many lines ran. */
export async function eachCommand(
  arena: Arena,
  scenariosOf: (form: Form) => readonly Scenario[],
  report: (text: string) => void,
): Promise<number> {
  let lines = 0;
  for (const form of allForms()) {
    for (const scenario of scenariosOf(form)) {
      lines += scenario.lines.length;
      const difference = await arena.run(scenario);
      if (difference === undefined) continue;
      const short = await shortened(arena, scenario, difference);
      const found = await arena.run(short) ?? difference;
      report(`${form.name}: ${describe(short, found)}`);
      break;
    }
  }
  return lines;
}

function allForms(): Form[] {
  const server = createServer({ config: { save: [] } });
  server.stop();
  return formsOf(server.table);
}

/** Returns the shortest scenario that shows the difference in the same command. */
export async function shortened(
  arena: Arena,
  scenario: Scenario,
  difference: Difference,
): Promise<Scenario> {
  const { what } = difference;
  const name = scenario.lines[difference.index]![0]!.toLowerCase();
  const fails = async (lines: readonly Line[]) => {
    if (comparable(lines).length < lines.length) return false;
    const found = await arena.run({ ...scenario, lines });
    if (found?.what !== what) return false;
    return what !== "reply" || lines[found.index]![0]!.toLowerCase() === name;
  };
  let lines = await shrink(
    scenario.lines.slice(0, difference.index + 1),
    fails,
  );
  for (const [i, line] of lines.entries()) {
    const before = lines;
    const words = await shrink(
      line.slice(1),
      (words) => fails(before.with(i, [line[0]!, ...words])),
    );
    lines = lines.with(i, [line[0]!, ...words]);
  }
  return { ...scenario, lines };
}

/** The lines of a scenario and what the two servers said to them. */
export function describe(
  { protocol, settings, counted, lines }: Scenario,
  { index, what, ours, theirs }: Difference,
): string {
  return [
    `different ${what} after line ${index + 1}, RESP${protocol}, ${
      JSON.stringify(settings)
    }${counted ? ", counted" : ""}`,
    ...lines.map((line) => `  ${line.map(quote).join(" ")}`.slice(0, 500)),
    `  redis-server: ${JSON.stringify(theirs).slice(0, 1500)}`,
    `  here:         ${JSON.stringify(ours).slice(0, 1500)}`,
  ].join("\n");
}
