/**
 * Whether scripts leave anything behind: runs many, loads many different ones, and compares memory before
 * and after SCRIPT FLUSH, of this server and, where it is installed, of redis-server. By hand; Linux only.
 *
 *     deno task soak [--calls 1000000] [--scripts 100000] [--rounds 4]
 *
 * Each round runs its share of the calls and loads its share of the scripts. Ends with exit code 1 when
 * resident memory after the last round is more than a tenth, and more than 10 MiB, above that after the
 * first.
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

/** Resident memory after the flush of each round. */
async function soak(
  contestant: Contestant,
  { calls: callCount, scripts, rounds }: Options,
  folder: string,
): Promise<number[]> {
  await using server = await startContestant(contestant, folder);
  const { port } = server;
  const say = async (what: string, took: number, resident: number) =>
    console.log(
      `${what}: ${(took / 1000).toFixed(1)} s, ${resident.toFixed(1)} MiB ` +
        `resident; ${await ownCount(server)}`,
    );
  console.log(`== ${contestant.name} (${contestant.version})`);
  await say("start", server.firstPongMs, await settled(server));
  const share = scripts / rounds;
  const after: number[] = [];
  for (let round = 0; round < rounds; round++) {
    for (const script of CALLED) await command(port, "SCRIPT", "LOAD", script);
    const steps: [string, () => Promise<void>][] = [
      [`${callCount / rounds} calls`, () => calls(port, callCount / rounds)],
      [`${share} scripts`, () => distinct(port, round * share, share)],
      ["SCRIPT FLUSH", () => command(port, "SCRIPT", "FLUSH", "SYNC")],
    ];
    for (const [name, step] of steps) {
      const startedAt = performance.now();
      await step();
      const took = performance.now() - startedAt;
      const resident = await (name === "SCRIPT FLUSH"
        ? settled(server)
        : residentMebibytes(server.pid));
      await say(`round ${round + 1}, ${name}`, took, resident);
      if (name === "SCRIPT FLUSH") {
        after.push(resident);
      }
    }
  }
  return after;
}

async function main(args: string[]): Promise<number> {
  const given = parseArgs(args, {
    string: ["calls", "scripts", "rounds"],
    default: { calls: "1000000", scripts: "100000", rounds: "4" },
  }) as Record<keyof Options, string>;
  const options: Options = {
    calls: Number(given.calls),
    scripts: Number(given.scripts),
    rounds: Number(given.rounds),
  };
  let grown = false;
  const folder = await Deno.makeTempDir({ prefix: "redis-lite-soak-" });
  try {
    for (const contestant of await contestants()) {
      const after = await soak(contestant, options, folder);
      const [first, last] = [after[0]!, after.at(-1)!];
      const growth = last - first;
      const grew = growth > Math.max(10, first / 10);
      console.log(
        `${contestant.name}: ${
          growth.toFixed(1)
        } MiB from the first flush to the last`,
      );
      // Only this server is on trial.
      if (contestant.name === "Redis-Lite") grown = grew;
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
  if (grown) console.error("Scripts have left something behind");
  return grown ? 1 : 0;
}

if (import.meta.main) Deno.exit(await main(Deno.args));
