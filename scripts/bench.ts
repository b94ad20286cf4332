/**
 * Measures this server and, where it is installed, redis-server beside it, in one run.
 *
 *     deno task bench [--quick] [--rounds N] [--only SECTION]... [--out FILE]
 *
 * SECTION is `throughput`, `keyspace` (random keys and memory), `start` or `pause`; without any, all are
 * measured, which takes about half an hour. `--quick` does a twentieth of the work, to try the script
 * itself. The report goes to FILE, for a whole run tests/bench/RESULTS.md, and to stdout.
 */
import { parseArgs } from "@std/cli/parse-args";
import { join } from "@std/path";
import {
  type Contestant,
  contestants,
  residentMebibytes,
  startContestant,
} from "./bench/contestant.ts";
import { load } from "./bench/load.ts";
import { median } from "./bench/median.ts";
import { longestPause } from "./bench/pause.ts";
import {
  circumstances,
  type Figure,
  figuresSection,
  throughputSection,
} from "./bench/report.ts";
import {
  type Case,
  measure,
  ONE_KEY_CASES,
  PIPELINES,
  randomKeyCases,
  type Throughput,
} from "./bench/throughput.ts";
import { run, type ServerProcess } from "./server_process.ts";
import { ROOT } from "./start_task.ts";

const KEYS = 1_000_000;
const VALUE_LENGTH = 100;
const QUICK_SCALE = 0.05;
const SECTIONS = ["throughput", "keyspace", "start", "pause"] as const;

interface Options {
  readonly only: readonly string[];
  readonly out?: string;
  readonly quick: boolean;
  readonly rounds: string;
}

interface Bench {
  readonly contestants: readonly Contestant[];
  readonly rounds: number;
  /** Part of the full number of requests and keys. */
  readonly scale: number;
  readonly folder: string;
}

function progress(text: string): void {
  console.error(text);
}

/** Starts every contestant, lets `use` work with them, and stops them. */
async function withServers<T>(
  bench: Bench,
  use: (servers: readonly ServerProcess[]) => Promise<T>,
): Promise<T> {
  await using stack = new AsyncDisposableStack();
  const servers: ServerProcess[] = [];
  for (const contestant of bench.contestants) {
    servers.push(stack.use(await startContestant(contestant, bench.folder)));
  }
  return await use(servers);
}

async function measureAll(
  bench: Bench,
  servers: readonly ServerProcess[],
  cases: readonly Case[],
): Promise<Throughput[]> {
  const results: Throughput[] = [];
  for (const what of cases) {
    for (const pipeline of PIPELINES) {
      const result = await measure(servers, what, pipeline, bench);
      progress(`${what.name} P=${pipeline}: ${result.ratio?.toFixed(2) ?? ""}`);
      results.push(result);
    }
  }
  return results;
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
  return await withServers(bench, async (servers) => {
    const resident = () =>
      Promise.all(servers.map(({ pid }) => residentMebibytes(pid)));
    const empty = await resident();
    for (const { port } of servers) {
      await load(port, { keys, valueLength: VALUE_LENGTH });
    }
    const loaded = await resident();
    progress(`${keys} keys: ${loaded.map(Math.round).join(" and ")} MiB`);
    const cases = randomKeyCases(keys, VALUE_LENGTH);
    const results = await measureAll(bench, servers, cases);
    const count = keys.toLocaleString("en-US");
    const sizes = `${count} keys of 16 bytes with ${VALUE_LENGTH}-byte values`;
    return throughputSection(
      `Random keys out of ${count}, values of ${VALUE_LENGTH} bytes`,
      bench.contestants,
      results,
    ) + figuresSection("Resident memory", bench.contestants, [
      { name: "empty", unit: "MiB", values: empty },
      { name: sizes, unit: "MiB", values: loaded },
    ]);
  });
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

async function start(bench: Bench): Promise<string> {
  const values = await inTurns(bench, ({ firstPongMs }) => firstPongMs);
  const figure: Figure = { name: "first PONG", unit: "ms", values };
  return figuresSection("Start", bench.contestants, [figure]);
}

async function pause(bench: Bench): Promise<string> {
  const keys = Math.round(KEYS * bench.scale);
  const values = await inTurns(bench, ({ port }) => longestPause(port, keys));
  const name = `longest PING while ${
    keys.toLocaleString("en-US")
  } keys that fall due in the same second go`;
  const figure: Figure = { name, unit: "ms", values };
  return figuresSection("Pause", bench.contestants, [figure]);
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

/** The command that repeats the run, wherever its report goes. */
function commandLine({ only, quick, rounds }: Options): string {
  const flags = [
    ...(quick ? ["--quick"] : []),
    ...["--rounds", rounds],
    ...only.flatMap((section) => ["--only", section]),
  ];
  return ["deno task bench", ...flags].join(" ");
}

async function bench(args: string[]): Promise<void> {
  const options = parseArgs(args, {
    string: ["only", "out", "rounds"],
    boolean: ["quick"],
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
    let report = circumstances({
      command: commandLine(options),
      date: new Date().toISOString().slice(0, 10),
      machine: await machine(),
      contestants: setting.contestants,
    });
    const sections = { throughput, keyspace, start, pause };
    for (const name of wanted) {
      progress(`== ${name}`);
      report += await sections[name](setting);
    }
    console.log(report);
    const whole = wanted.length === SECTIONS.length && !options.quick;
    const out = options.out ??
      (whole ? join(ROOT, "tests", "bench", "RESULTS.md") : undefined);
    if (out === undefined) return;
    await Deno.writeTextFile(out, report);
    await run([Deno.execPath(), "fmt", "--quiet", out]);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

if (import.meta.main) await bench(Deno.args);
