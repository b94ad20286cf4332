/**
 * Measures this server and, where it is installed, redis-server beside it, in one run.
 *
 *     deno task bench [--quick] [--rounds N] [--only SECTION]... [--out FILE]
 *     deno task bench --check [--rounds N]
 *
 * SECTION is `throughput`, `keyspace` (random keys), `sizes` (of values), `memory`, `start`, `pause`, `latency`,
 * `messages`, `scripts`, `saving`, `connections` or `scale`; without any, all are measured, which takes most of
 * an hour. `--quick` does a twentieth of the work, to try the script itself; its figures go to FILE if there is
 * one. Others go into tests/bench/RESULTS.md unless FILE is another: sections that are there already are
 * replaced, and what was written there by hand stays.
 *
 * `--check` compares the CPU per request of ten commands with tests/bench/budgets.json, and fails when one
 * is more than 15% above its budget.
 */
import { parseArgs } from "@std/cli/parse-args";
import { join } from "@std/path";
import { type Budgets, overBudget } from "./bench/budgets.ts";
import {
  BUDGET_CASES,
  ONE_KEY_CASES,
  randomCollectionCases,
  randomKeyCases,
  valueSizeCases,
} from "./bench/cases.ts";
import { connections } from "./bench/connections.ts";
import {
  contestants,
  residentMebibytes,
  startContestant,
} from "./bench/contestant.ts";
import { latency } from "./bench/latency.ts";
import { load } from "./bench/load.ts";
import { median } from "./bench/median.ts";
import { datasets } from "./bench/memory.ts";
import { messages } from "./bench/messages.ts";
import { pause } from "./bench/pause.ts";
import {
  circumstances,
  type Figure,
  figuresSection,
  throughputSection,
} from "./bench/report.ts";
import { merge, type Report, sectionsOf } from "./bench/report_file.ts";
import { saving } from "./bench/saving.ts";
import { scale } from "./bench/scale.ts";
import { scripts } from "./bench/scripts.ts";
import {
  measureAll,
  progress,
  type Setting as Bench,
  withServers,
} from "./bench/setting.ts";
import { bundle, bundleCommand } from "./bundle.ts";
import { run, type ServerProcess } from "./server_process.ts";
import { ROOT } from "./start_task.ts";

const KEYS = 1_000_000;
const VALUE_LENGTH = 100;
const QUICK_SCALE = 0.05;
const VALUE_SIZES = [
  ["1 KiB", 1024],
  ["64 KiB", 64 * 1024],
  ["1 MiB", 1024 * 1024],
] as const;
/** Pipeline length at which the budgets are checked: little of a request's cost is the socket's then. */
const BUDGET_PIPELINE = 16;
const RESULTS = join(ROOT, "tests", "bench", "RESULTS.md");
const BUDGETS = join(ROOT, "tests", "bench", "budgets.json");
const SECTIONS = [
  "throughput",
  "keyspace",
  "sizes",
  "memory",
  "start",
  "pause",
  "latency",
  "messages",
  "scripts",
  "saving",
  "connections",
  "scale",
] as const;

interface Options {
  readonly check: boolean;
  readonly only: readonly string[];
  readonly out?: string;
  readonly quick: boolean;
  readonly rounds: string;
}

async function throughput(bench: Bench): Promise<string> {
  const results = await withServers(
    bench,
    (servers) => measureAll(bench, servers, ONE_KEY_CASES),
  );
  return throughputSection("One key", bench.contestants, results);
}

async function keyspace(bench: Bench): Promise<string> {
  const keys = Math.round(KEYS * bench.scale);
  const strings = await withServers(bench, async (servers) => {
    for (const { port } of servers) {
      await load(port, { keys, valueLength: VALUE_LENGTH });
    }
    progress(`${keys} keys`);
    return await measureAll(bench, servers, randomKeyCases(keys, VALUE_LENGTH));
  });
  const collections = await withServers(
    bench,
    (servers) => measureAll(bench, servers, randomCollectionCases(keys)),
  );
  const count = keys.toLocaleString("en-US");
  const title = `Random keys out of ${count}`;
  return throughputSection(
    `${title}, values of ${VALUE_LENGTH} bytes`,
    bench.contestants,
    strings,
  ) + throughputSection(
    `${title}, collections`,
    bench.contestants,
    collections,
  );
}

async function sizes(bench: Bench): Promise<string> {
  const results = await withServers(
    bench,
    (servers) => measureAll(bench, servers, valueSizeCases(VALUE_SIZES)),
  );
  return throughputSection("Sizes of values", bench.contestants, results);
}

async function memory(bench: Bench): Promise<string> {
  const figures: Figure[] = [];
  for (const { name, fill } of datasets(bench.scale)) {
    const values: number[] = [];
    for (const contestant of bench.contestants) {
      await using server = await startContestant(contestant, bench.folder);
      await fill(server);
      values.push(await residentMebibytes(server.pid));
    }
    progress(`${name}: ${values.map(Math.round).join(" and ")} MiB`);
    figures.push({ name, unit: "MiB", values });
  }
  return figuresSection("Resident memory", bench.contestants, figures);
}

/** Medians over the rounds of a figure that each takes a server of its own. */
async function inTurns(
  bench: Bench,
  ask: (server: ServerProcess) => number | Promise<number>,
): Promise<number[]> {
  const figures: number[][] = bench.contestants.map(() => []);
  for (let round = 0; round < bench.rounds; round++) {
    for (const [index, contestant] of bench.contestants.entries()) {
      await using server = await startContestant(contestant, bench.folder);
      const figure = await ask(server);
      progress(`${contestant.name}: ${figure.toFixed(1)} ms`);
      figures[index]?.push(figure);
    }
  }
  return figures.map(median);
}

/** How soon a server answers: ours out of its sources, and out of the bundle that executables hold. */
async function start(bench: Bench): Promise<string> {
  const program = join(bench.folder, "redis-lite.js") as string;
  const size = await bundle(program);
  if (typeof size === "string") throw new Error(`Bundling failed: ${size}`);
  const [ours, ...others] = bench.contestants;
  const ofBundle = [
    { ...ours!, command: bundleCommand(program) },
    ...others,
  ];
  const figures: Figure[] = [];
  for (
    const [name, contestants] of [
      ["first PONG", bench.contestants],
      [
        `first PONG out of the bundle (${(size / 1024).toFixed(0)} KiB)`,
        ofBundle,
      ],
    ] as const
  ) {
    // Deno keeps the compiled code of a program that has run once.
    await inTurns(
      { ...bench, contestants, rounds: 1 },
      ({ firstPongMs }) => firstPongMs,
    );
    const values = await inTurns(
      { ...bench, contestants },
      ({ firstPongMs }) => firstPongMs,
    );
    figures.push({ name, unit: "ms", values });
  }
  return figuresSection("Start", bench.contestants, figures);
}

/** Returns whether every command is within its budget; says which are not. */
async function check(bench: Bench): Promise<boolean> {
  const budgets = JSON.parse(await Deno.readTextFile(BUDGETS)) as Budgets;
  const cases = BUDGET_CASES.map((each) => ({
    ...each,
    pipelines: [BUDGET_PIPELINE],
  }));
  const results = await withServers(
    bench,
    (servers) => measureAll(bench, servers, cases),
  );
  console.log(throughputSection("Budgets", bench.contestants, results));
  const complaints = overBudget(budgets, results);
  for (const complaint of complaints) console.error(complaint);
  return complaints.length === 0;
}

async function machine(): Promise<string> {
  const model = /^model name\s*: (.*)$/m.exec(
    await Deno.readTextFile("/proc/cpuinfo"),
  )?.[1] ?? "of unknown model";
  const gibibytes = Deno.systemMemoryInfo().total / 2 ** 30;
  return `${navigator.hardwareConcurrency} cores, ${model}, ${
    gibibytes.toFixed(0)
  } GiB`;
}

/** The command that measures a section again, and when it last did. */
function originOf(section: string, { quick, rounds }: Options): string {
  const flags = [
    ...(quick ? ["--quick"] : []),
    ...["--rounds", rounds, "--only", section],
  ];
  const date = new Date().toISOString().slice(0, 10);
  return `\`deno task bench ${flags.join(" ")}\`, ${date}`;
}

/** Puts a report where it is to stay; sections measured earlier stay there as well. */
async function keep(file: string, report: Report): Promise<void> {
  const existing = await Deno.readTextFile(file).catch(() => "");
  await Deno.writeTextFile(file, merge(existing, report));
  await run([Deno.execPath(), "fmt", "--quiet", file]);
}

/** Does what the arguments say; returns whether all was well. */
async function bench(args: string[]): Promise<boolean> {
  const options = parseArgs(args, {
    string: ["only", "out", "rounds"],
    boolean: ["check", "quick"],
    collect: ["only"],
    default: { rounds: "5" },
  }) as Options;
  const wanted = SECTIONS.filter((name) =>
    options.only.length === 0 || options.only.includes(name)
  );
  const folder = await Deno.makeTempDir({ prefix: "redis-lite-bench-" });
  try {
    const setting: Bench = {
      contestants: await contestants(),
      rounds: Number(options.rounds),
      scale: options.quick ? QUICK_SCALE : 1,
      folder,
    };
    if (options.check) return await check(setting);
    const where = circumstances({
      machine: await machine(),
      contestants: setting.contestants,
    });
    const measure = {
      ...{ throughput, keyspace, sizes, memory, start, pause },
      ...{ latency, messages, scripts, saving, connections, scale },
    };
    const out = options.out ?? (options.quick ? undefined : RESULTS);
    for (const name of wanted) {
      progress(`== ${name}`);
      const text = await measure[name](setting);
      console.log(text);
      const sections = sectionsOf(text, originOf(name, options));
      if (out !== undefined) {
        await keep(out, { circumstances: where, sections });
      }
    }
    return true;
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

if (import.meta.main && !await bench(Deno.args)) Deno.exit(1);
