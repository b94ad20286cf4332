/**
 * Kills a server with `kill -9` while clients write, and checks that nothing is lost that was acknowledged:
 * the large form of a test in tests/e2e. By hand.
 *
 *     deno run --allow-all scripts/faults.ts [--rounds 200] [--seed N]
 */
import { parseArgs } from "@std/cli/parse-args";
import { killRounds } from "../tests/faults/kill_rounds.ts";

const options = parseArgs(Deno.args, {
  string: ["rounds", "seed"],
  default: { rounds: "200" },
}) as { readonly rounds: string; readonly seed?: string };

const { acknowledged, rounds, unanswered } = await killRounds({
  rounds: Number(options.rounds),
  ...options.seed !== undefined && { seed: Number(options.seed) },
  report: (line) => console.log(line),
});
console.log(
  `Killed ${rounds} times: ${acknowledged} writes were acknowledged or found, none is lost; ` +
    `${unanswered} were there without an answer`,
);
