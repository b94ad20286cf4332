import { findRealRedis, sharedRealRedis } from "../helpers/real_redis.ts";
import { Arena, type Scenario } from "./arena.ts";
import type { Form } from "./forms.ts";
import { eachCommand } from "./fuzz.ts";
import { numberScenarios, typeScenarios } from "./tables.ts";

function compared(
  name: string,
  scenariosOf: (form: Form) => readonly Scenario[],
): void {
  Deno.test({
    name,
    ignore: findRealRedis() === undefined,
    // The real server is started by whichever test needs it first and stays.
    sanitizeOps: false,
    sanitizeResources: false,
    fn: async () => {
      const { port } = (await sharedRealRedis())!;
      const reports: string[] = [];
      await eachCommand(
        new Arena(port),
        scenariosOf,
        (text) => reports.push(text),
      );
      if (reports.length > 0) throw new Error(reports.join("\n"));
    },
  });
}

compared(
  "every number of every command is at every edge to redis-server what it is here",
  (form) => numberScenarios(form, 1),
);
compared(
  "every command says to every type of key what redis-server says",
  (form) => typeScenarios(form, 1),
);
