/** Random commands of the whole table against redis-server: `deno run --allow-all scripts/fuzz.ts --commands 1000000 --seed N`. */
import { parseArgs } from "@std/cli/parse-args";
import { findRealRedis, RealRedis } from "../tests/helpers/real_redis.ts";
import { Arena } from "../tests/fuzz/arena.ts";
import { fuzz } from "../tests/fuzz/fuzz.ts";

const usage =
  "deno run --allow-all scripts/fuzz.ts [--commands N] [--seed N] [--keep-going N] [--strict]";

const options = parseArgs(Deno.args, {
  string: ["commands", "seed", "keep-going"],
  boolean: ["strict", "help"],
  default: { commands: "100000", "keep-going": "1" },
}) as {
  commands: string;
  seed?: string;
  "keep-going": string;
  strict: boolean;
  help: boolean;
};
if (options.help) {
  console.log(usage);
  Deno.exit(0);
}
const path = findRealRedis();
if (path === undefined) {
  console.error("There is no redis-server 7.0 to compare with");
  Deno.exit(2);
}
await using real = await RealRedis.start(path);
const seed = Number(
  options.seed ?? crypto.getRandomValues(new Uint32Array(1))[0],
);
console.log(`Seed ${seed}`);
const begin = performance.now();
const { commands, findings } = await fuzz(
  new Arena(real.port, options.strict),
  {
    seed,
    commands: Number(options.commands),
    mostFindings: Number(options["keep-going"]),
    report: (text) => console.log(text),
  },
);
const seconds = ((performance.now() - begin) / 1000).toFixed(0);
console.log(
  `${commands} commands in ${seconds} s: ${findings} differences; seed ${seed}`,
);
await real[Symbol.asyncDispose]();
Deno.exit(findings > 0 ? 1 : 0);
