import { Arena, type Scenario } from "./arena.ts";
import { arenaTest } from "./comparison.ts";
import type { Form } from "./forms.ts";
import { describe, eachCommand } from "./fuzz.ts";
import { numberScenarios, otherNumbers, typeScenarios } from "./tables.ts";

function compared(
  name: string,
  scenariosOf: (form: Form) => readonly Scenario[],
): void {
  arenaTest(name, async (port) => {
    const reports: string[] = [];
    const report = (text: string) => reports.push(text);
    await eachCommand(new Arena(port), scenariosOf, report);
    if (reports.length > 0) throw new Error(reports.join("\n"));
  });
}

compared(
  "every number of every command is at every edge to redis-server what it is here",
  (form) => numberScenarios(form, 1),
);
arenaTest(
  "every number of the commands about connections and the server is alike, too",
  async (port) => {
    const scenario = otherNumbers();
    const difference = await new Arena(port).run(scenario);
    if (difference === undefined) return;
    throw new Error(describe(scenario, difference));
  },
);
compared(
  "every command says to every type of key what redis-server says",
  (form) => typeScenarios(form, 1),
);
