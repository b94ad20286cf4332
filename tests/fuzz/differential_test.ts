import { Arena } from "./arena.ts";
import { arenaTest } from "./comparison.ts";
import { fuzz } from "./fuzz.ts";

function compared(commands: number, how: "closely" | "fast"): void {
  arenaTest(
    `${commands} random commands of the whole table, looked at ${how}, leave redis-server and this one alike`,
    async (port) => {
      const chosen = Deno.env.get("REDIS_LITE_SEED");
      const seed = chosen === undefined
        ? crypto.getRandomValues(new Uint32Array(1))[0]!
        : Number(chosen);
      const reports: string[] = [];
      const { findings } = await fuzz(new Arena(port, how === "closely"), {
        seed,
        commands,
        mostFindings: 1,
        report: (text) => reports.push(text),
      });
      if (findings > 0) throw new Error(reports.join("\n"));
    },
  );
}

compared(5_000, "closely");
compared(40_000, "fast");
