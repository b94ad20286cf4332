/**
 * Compares this server with redis-server: random commands of the whole table, or with `--tables N` every
 * number and every key of every command, with N choices of the words around them.
 */
import { parseArgs } from "@std/cli/parse-args";
import { Arena } from "../tests/fuzz/arena.ts";
import { eachCommand, fuzz } from "../tests/fuzz/fuzz.ts";
import { numberScenarios, typeScenarios } from "../tests/fuzz/tables.ts";
import { findRealRedis, RealRedis } from "../tests/helpers/real_redis.ts";

const USAGE =
  "deno run --allow-all scripts/fuzz.ts [--commands N] [--seed N] [--findings N] [--strict] [--tables N]";

interface Options {
  readonly commands: string;
  readonly seed?: string;
  /** Differences after which it ends. */
  readonly findings: string;
  readonly tables?: string;
  readonly strict: boolean;
  readonly help: boolean;
}

async function main(options: Options): Promise<number> {
  const path = findRealRedis();
  if (path === undefined) {
    console.error("There is no redis-server 7.0 to compare with");
    return 2;
  }
  await using real = await RealRedis.start(path);
  const arena = new Arena(real.port, options.strict);
  const begin = performance.now();
  const { commands, findings, how } = options.tables === undefined
    ? await runRandom(arena, options)
    : await runTables(arena, Number(options.tables));
  const seconds = ((performance.now() - begin) / 1000).toFixed(0);
  console.log(
    `${how}: ${commands} commands in ${seconds} s, ${findings} differences`,
  );
  return findings > 0 ? 1 : 0;
}

async function runRandom(arena: Arena, options: Options) {
  const entropy = crypto.getRandomValues(new Uint32Array(1))[0];
  const seed = Number(options.seed ?? entropy);
  const result = await fuzz(arena, {
    seed,
    commands: Number(options.commands),
    mostFindings: Number(options.findings),
    report: (text) => console.log(text),
  });
  return { ...result, how: `Seed ${seed}` };
}

async function runTables(arena: Arena, variants: number) {
  let commands = 0, findings = 0;
  for (const scenariosOf of [numberScenarios, typeScenarios]) {
    commands += await eachCommand(
      arena,
      (form) => scenariosOf(form, variants),
      (text) => {
        findings++;
        console.log(text);
      },
    );
  }
  return { commands, findings, how: "Tables" };
}

const options = parseArgs(Deno.args, {
  string: ["commands", "seed", "findings", "tables"],
  boolean: ["strict", "help"],
  default: { commands: "100000", findings: "1" },
}) as Options;
if (options.help) console.log(USAGE);
else Deno.exit(await main(options));
