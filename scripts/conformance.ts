/**
 * Runs Redis's own test suite, unmodified, against this server and prints how many of the tests that a
 * real redis-server 7.0.15 passes pass here.
 *
 *     deno task conformance [UNIT...] [--json FILE] [--markdown FILE] [--verbose]
 *
 * UNIT is such as `unit/type/list`; without any, all run (about ten minutes). `--suite DIR` says where the
 * suite is or goes (Debian's source package of redis, fetched when it is not there); `--runner DIR` where
 * the external runner and its baseline are; `--port N` which port the servers get; `--server COMMAND`
 * starts another server than this one, with redis-server's flags after it. FILE of `--json` gets the
 * counts and the names of the missed tests.
 */
import { parseArgs } from "@std/cli/parse-args";
import { join, resolve } from "@std/path";
import {
  judge,
  markdownTable,
  type RunnerOutput,
  total,
} from "./conformance/result.ts";
import { suiteIn } from "./conformance/suite.ts";
import { freePort } from "./server_process.ts";
import { ROOT, serverCommand } from "./start_task.ts";

const BASELINE = "baseline-7.0.15.json";

/** Seconds that the runner waits for one reply, for the next sign of a test, and for a unit. */
const REPLY_LIMIT = "15";
const STALL_LIMIT = "45";
const UNIT_LIMIT = "200";

interface Options {
  readonly units: readonly string[];
  readonly suite: string;
  readonly runner: string;
  readonly port: number;
  readonly server: string;
  readonly json?: string;
  readonly markdown?: string;
  readonly verbose: boolean;
}

/** A word of a shell command, whatever is in it. */
function quoted(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`;
}

function parseOptions(args: string[], scratch: string): Options {
  const { _, ...named } = parseArgs(args, {
    string: ["json", "markdown", "port", "runner", "server", "suite"],
    boolean: ["verbose"],
    default: {
      port: String(freePort()),
      runner: join(ROOT, "..", "shared", "upstream-suite"),
      server: serverCommand().map(quoted).join(" "),
      suite: join(scratch, "..", "redis-lite-suite"),
    },
  }) as Omit<Options, "units" | "port"> & { _: string[]; port: string };
  return {
    ...named,
    units: _,
    port: Number(named.port),
    suite: resolve(named.suite),
    runner: resolve(named.runner),
  };
}

/** A shell command that starts the server in a fresh folder, with all that the suite asks for allowed. */
function startCommand({ server, port }: Options, folder: string): string {
  const flags = [
    ...["--port", String(port), "--bind", "127.0.0.1", "--save", "''"],
    ...["--enable-protected-configs", "yes", "--enable-debug-command", "yes"],
    ...["--dir", '"$data"'],
  ].join(" ");
  return `data=$(mktemp -d -p ${quoted(folder)}) && exec ${server} ${flags}`;
}

async function runSuite(
  options: Options,
  scratch: string,
): Promise<RunnerOutput> {
  const suite = await suiteIn(options.suite);
  const output = join(scratch, "output.json") as string;
  const { code } = await new Deno.Command("bash", {
    args: [
      join(options.runner, "run-redis-suite.sh"),
      ...["-r", REPLY_LIMIT, "-t", STALL_LIMIT, "-l", UNIT_LIMIT],
      ...["-b", join(options.runner, BASELINE), "-o", output],
      ...(options.verbose ? ["-v"] : []),
      ...["-s", startCommand(options, scratch)],
      ...[suite, "127.0.0.1", String(options.port), ...options.units],
    ],
    stdin: "null",
    // The runner keeps its own scratch folder there, and the suite's servers theirs.
    env: { TMPDIR: scratch },
  }).spawn().status;
  try {
    return JSON.parse(await Deno.readTextFile(output)) as RunnerOutput;
  } catch {
    throw new Error(`The runner ended with ${code} and wrote no results`);
  }
}

async function conformance(args: string[]): Promise<number> {
  const scratch = await Deno.makeTempDir({ prefix: "redis-lite-conformance-" });
  try {
    const options = parseOptions(args, scratch);
    const baseline = await Deno.readTextFile(join(options.runner, BASELINE))
      .catch(() => undefined);
    if (baseline === undefined) {
      console.error(`No runner of Redis's test suite in ${options.runner}`);
      return 1;
    }
    await Deno.mkdir(options.suite, { recursive: true });
    const output = await runSuite(options, scratch);
    const units = judge(JSON.parse(baseline), output);
    const sum = total(units);
    const table = markdownTable(units);
    console.log(`\n${table}\n${sum.passed} of ${sum.of}`);
    if (options.markdown !== undefined) {
      await Deno.writeTextFile(options.markdown, table);
    }
    if (options.json !== undefined) {
      const report = JSON.stringify({ ...sum, units }, null, 2);
      await Deno.writeTextFile(options.json, `${report}\n`);
    }
    return sum.passed === sum.of ? 0 : 1;
  } finally {
    await Deno.remove(scratch, { recursive: true });
  }
}

if (import.meta.main) Deno.exit(await conformance(Deno.args));
