/**
 * Whether scripts leave anything behind: runs many, loads many different ones, and compares memory before
 * and after SCRIPT FLUSH, of this server and, where it is installed, of redis-server. By hand; Linux only.
 *
 *     deno task soak [--calls 1000000] [--scripts 100000] [--rounds 4] [--markdown FILE]
 *
 * Each round runs its share of the calls and loads its share of the scripts. Ends with exit code 1 when
 * resident memory has grown by more than a tenth, and by more than 10 MiB. FILE gets the figures as a
 * section of a report.
 */
import { parseArgs } from "@std/cli/parse-args";
import { createHash } from "node:crypto";
import {
  type Contestant,
  contestants,
  residentMebibytes,
  startContestant,
} from "./bench/contestant.ts";
import { command, pipe } from "./bench/load.ts";
import { type Figure, figuresSection } from "./bench/report.ts";
import { sectionsOf } from "./bench/report_file.ts";
import { run, type ServerProcess } from "./server_process.ts";

/** What is called over and over: a bit of everything that scripts do. */
const CALLED: readonly string[] = [
  "return 1",
  "return redis.call('GET', KEYS[1])",
  `local n = redis.call('INCR', KEYS[1])
if n == 1 then redis.call('EXPIRE', KEYS[1], 60) end
return {n, redis.call('TTL', KEYS[1])}`,
  "return cjson.encode({cjson.decode(ARGV[1]), KEYS[1]})",
  "return cmsgpack.unpack(cmsgpack.pack({ARGV[1], 1.5, {KEYS[1]}}))",
  "return pcall(function() error({err = ARGV[1]}) end) and 1 or 0",
  "return #string.rep(ARGV[1], 50)",
];
const REQUESTS_PER_CHUNK = 1000;
/** How long resident memory may take to fall after a flush. */
const SETTLED_WITHIN_MS = 5000;
const SAMPLE_EVERY_MS = 100;

interface Options {
  readonly calls: number;
  readonly scripts: number;
  readonly rounds: number;
}

/** Resident memory in MiB, and for how many seconds the server was at work. */
interface Soaked {
  readonly atStart: number;
  /** The most with all scripts of a round loaded. */
  loaded: number;
  /** After the flush of each round. */
  readonly flushed: number[];
  callSeconds: number;
  scriptSeconds: number;
}

function encode(...args: readonly string[]): string {
  return `*${args.length}\r\n` +
    args.map((arg) => `$${arg.length}\r\n${arg}\r\n`).join("");
}

function sha1(script: string): string {
  return createHash("sha1").update(script).digest("hex");
}

function* chunks(
  count: number,
  request: (index: number) => string,
): Generator<Uint8Array> {
  const encoder = new TextEncoder();
  for (let from = 0; from < count; from += REQUESTS_PER_CHUNK) {
    let chunk = "";
    const to = Math.min(count, from + REQUESTS_PER_CHUNK);
    for (let index = from; index < to; index++) chunk += request(index);
    yield encoder.encode(chunk);
  }
}

/** Calls the scripts in turn, on a few keys. */
function calls(port: number, count: number): Promise<void> {
  const hashes = CALLED.map(sha1);
  const argument = JSON.stringify({ list: [1, 2, 3], text: "välue" })
    .replaceAll(/[^\x20-\x7e]/g, "?");
  return pipe(
    port,
    chunks(count, (index) => {
      const which = index % hashes.length;
      // A key for each script, since not all want the same type.
      const key = `key ${which} ${index % 1000}`;
      return encode("EVALSHA", hashes[which]!, "1", key, argument);
    }),
  );
}

/** Loads scripts that nobody has loaded before, and runs each. */
function distinct(port: number, from: number, count: number): Promise<void> {
  return pipe(
    port,
    chunks(count, (index) => {
      const script = `local id = ${from + index}
local seen = redis.call('HINCRBY', KEYS[1], id % 100, 1)
if seen > 1e9 then return redis.error_reply('too often') end
return {id, seen}`;
      return encode("SCRIPT", "LOAD", script) +
        encode("EVALSHA", sha1(script), "1", "seen");
    }),
  );
}

/** Resident memory once it falls no more. */
async function settled({ pid }: ServerProcess): Promise<number> {
  let least = await residentMebibytes(pid);
  for (let waited = 0; waited < SETTLED_WITHIN_MS; waited += SAMPLE_EVERY_MS) {
    await new Promise((resolve) => setTimeout(resolve, SAMPLE_EVERY_MS));
    least = Math.min(least, await residentMebibytes(pid));
  }
  return least;
}

/** What the server says of its scripts. */
async function ownCount({ port }: ServerProcess): Promise<string> {
  const { stdout } = await run(
    ["redis-cli", "-p", String(port), "INFO", "memory"],
  );
  const field = (name: string) =>
    Number(new RegExp(`^${name}:(\\d+)`, "m").exec(stdout)?.[1]);
  const mebibytes = (name: string) => (field(name) / 2 ** 20).toFixed(1);
  return `${field("number_of_cached_scripts")} scripts, ` +
    `${mebibytes("used_memory_scripts_eval")} MiB of them, ` +
    `${mebibytes("used_memory_vm_eval")} MiB in the interpreter`;
}

/** Lets a server do its share of each round. */
async function soak(
  contestant: Contestant,
  { calls: callCount, scripts, rounds }: Options,
  folder: string,
): Promise<Soaked> {
  await using server = await startContestant(contestant, folder);
  const { port } = server;
  const say = async (what: string, seconds: number, resident: number) =>
    console.log(
      `${what}: ${seconds.toFixed(1)} s, ${resident.toFixed(1)} MiB ` +
        `resident; ${await ownCount(server)}`,
    );
  const timed = async (work: Promise<void>) => {
    const startedAt = performance.now();
    await work;
    return (performance.now() - startedAt) / 1000;
  };
  console.log(`== ${contestant.name} (${contestant.version})`);
  const soaked: Soaked = {
    atStart: await settled(server),
    loaded: 0,
    flushed: [],
    callSeconds: 0,
    scriptSeconds: 0,
  };
  await say("start", server.firstPongMs / 1000, soaked.atStart);
  const share = scripts / rounds;
  for (let round = 0; round < rounds; round++) {
    const which = `round ${round + 1},`;
    for (const script of CALLED) await command(port, "SCRIPT", "LOAD", script);
    const called = await timed(calls(port, callCount / rounds));
    soaked.callSeconds += called;
    await say(
      `${which} ${callCount / rounds} calls`,
      called,
      await residentMebibytes(server.pid),
    );
    const loaded = await timed(distinct(port, round * share, share));
    soaked.scriptSeconds += loaded;
    const resident = await residentMebibytes(server.pid);
    soaked.loaded = Math.max(soaked.loaded, resident);
    await say(`${which} ${share} scripts`, loaded, resident);
    const flushed = await timed(command(port, "SCRIPT", "FLUSH", "SYNC"));
    soaked.flushed.push(await settled(server));
    await say(`${which} SCRIPT FLUSH`, flushed, soaked.flushed.at(-1)!);
  }
  return soaked;
}

/** The least that was resident after a flush of the first half of the rounds. */
function early({ flushed }: Soaked): number {
  return Math.min(...flushed.slice(0, Math.ceil(flushed.length / 2)));
}

/**
 * How much more that was in the second half. The least, because an interpreter that was flushed stays
 * resident until V8 collects it, 10 to 20 MiB after some flushes and not after others; what is left behind
 * for good is there after all of them.
 */
function growth(soaked: Soaked): number {
  const late = soaked.flushed.slice(Math.floor(soaked.flushed.length / 2));
  return Math.min(...late) - early(soaked);
}

/** What came of it, as a section of a report. */
function section(
  servers: readonly Contestant[],
  all: readonly Soaked[],
  { calls: callCount, scripts, rounds }: Options,
): string {
  const figure = (
    name: string,
    unit: string,
    of: (soaked: Soaked) => number,
  ): Figure => ({ name, unit, values: all.map(of) });
  const count = (n: number) => n.toLocaleString("en-US");
  const text = figuresSection("Soak of scripts", servers, [
    figure("resident at the start", "MiB", ({ atStart }) => atStart),
    figure(
      `resident with ${count(scripts / rounds)} scripts loaded, at most`,
      "MiB",
      ({ loaded }) => loaded,
    ),
    ...Array.from({ length: rounds }, (_, round) =>
      figure(
        `resident after SCRIPT FLUSH ${round + 1}`,
        "MiB",
        ({ flushed }) => flushed[round]!,
      )),
    figure(
      `${count(callCount)} EVALSHA of ${CALLED.length} scripts`,
      "s",
      ({ callSeconds }) => callSeconds,
    ),
    figure(
      `${count(scripts)} scripts loaded, and each run once`,
      "s",
      ({ scriptSeconds }) => scriptSeconds,
    ),
  ]);
  const grown = servers.map(({ name }, index) =>
    `${name} ${growth(all[index]!).toFixed(1)} MiB`
  );
  const origin = `\`deno task soak --calls ${callCount} --scripts ${scripts} ` +
    `--rounds ${rounds}\`, ${new Date().toISOString().slice(0, 10)}`;
  return sectionsOf(text, origin).join("\n") +
    `\nGrowth of the least resident after a SCRIPT FLUSH, from the first half of the rounds to the second: ${
      grown.join(", ")
    }.\n`;
}

async function main(args: string[]): Promise<number> {
  const given = parseArgs(args, {
    string: ["calls", "scripts", "rounds", "markdown"],
    default: { calls: "1000000", scripts: "100000", rounds: "4" },
  }) as Record<keyof Options, string> & { readonly markdown?: string };
  const options: Options = {
    calls: Number(given.calls),
    scripts: Number(given.scripts),
    rounds: Number(given.rounds),
  };
  const servers = await contestants();
  const all: Soaked[] = [];
  const folder = await Deno.makeTempDir({ prefix: "redis-lite-soak-" });
  try {
    for (const contestant of servers) {
      const soaked = await soak(contestant, options, folder);
      all.push(soaked);
      console.log(
        `${contestant.name}: ${
          growth(soaked).toFixed(1)
        } MiB from the first half of the rounds to the second`,
      );
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
  if (given.markdown !== undefined) {
    await Deno.writeTextFile(given.markdown, section(servers, all, options));
    await run([Deno.execPath(), "fmt", "--quiet", given.markdown]);
  }
  // Only this server is on trial.
  const ours = all[0]!;
  const grown = growth(ours) > Math.max(10, early(ours) / 10);
  if (grown) console.error("Scripts have left something behind");
  return grown ? 1 : 0;
}

if (import.meta.main) Deno.exit(await main(Deno.args));
