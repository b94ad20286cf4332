import { bigScript } from "./big_script.ts";
import { cpuMicroseconds, startContestant } from "./contestant.ts";
import { request } from "./generate.ts";
import { command, loadCommands } from "./load.ts";
import { median } from "./median.ts";
import { Line } from "./pause.ts";
import { type Figure, figuresSection, throughputSection } from "./report.ts";
import {
  byFigure,
  measureAll,
  progress,
  type Setting,
  withServers,
} from "./setting.ts";
import { type Case, inTurns } from "./throughput.ts";

const PIPELINE = 16;
/** So many different scripts are loaded to measure one. */
const LOADED = 400;

const RATE_LIMITER = `
local count = redis.call("INCR", KEYS[1])
redis.call("PEXPIRE", KEYS[1], ARGV[1], "NX")
return {count <= tonumber(ARGV[2]), count, redis.call("PTTL", KEYS[1])}
`;

const JOB = JSON.stringify({
  name: "send",
  priority: 3,
  data: { to: "someone@example.com", tags: ["a", "b"], attempts: 5 },
});

async function sha1(script: string): Promise<string> {
  const bytes = new TextEncoder().encode(script);
  return new Uint8Array(await crypto.subtle.digest("SHA-1", bytes)).toHex();
}

/** EVALSHA of a script with one key and the arguments, or with neither. */
async function evaluation(
  name: string,
  script: string,
  weight: number,
  ...args: readonly string[]
): Promise<Case> {
  const rest = args.length === 0 ? ["0"] : ["1", ...args];
  return {
    name,
    args: ["EVALSHA", await sha1(script), ...rest],
    prepare: async (port) => {
      await command(port, "FLUSHALL");
      await command(port, "SET", "text", "xxx");
      await command(port, "SCRIPT", "LOAD", script);
    },
    weight,
    pipelines: [PIPELINE],
  };
}

function evaluations(): Promise<Case[]> {
  return Promise.all([
    evaluation("return 1", "return 1", 3),
    evaluation("GET", 'return redis.call("GET", KEYS[1])', 4, "text"),
    evaluation(
      "rate limiter of 3 calls",
      RATE_LIMITER,
      8,
      ...["limit", "60000", "100"],
    ),
    evaluation("25 KB, 10 calls", bigScript(), 80, "queue", "prefix", JOB),
  ]);
}

function* loads(
  count: number,
  round: number,
): Generator<readonly string[]> {
  const script = bigScript();
  for (let i = 0; i < count; i++) {
    yield ["SCRIPT", "LOAD", `${script}-- ${round}.${i}\n`];
  }
}

/** What one script costs to load, of many that the server has not seen: time and CPU. */
async function loading(setting: Setting): Promise<Figure[]> {
  const count = Math.max(20, Math.round(LOADED * setting.scale));
  let turn = 0;
  const turns = await withServers(
    setting,
    (servers) =>
      inTurns(servers, setting.rounds, async ({ port, pid }) => {
        const cpuBefore = await cpuMicroseconds(pid);
        const before = performance.now();
        await loadCommands(port, loads(count, turn++));
        const took = (performance.now() - before) * 1000;
        const cpu = await cpuMicroseconds(pid) - cpuBefore;
        await command(port, "SCRIPT", "FLUSH");
        progress(`loading a script: ${(took / count).toFixed(0)} us`);
        return [took / count, cpu / count];
      }),
  );
  const [time = [], cpu = []] = byFigure(turns, median);
  return [
    { name: "loading a new script of 25 KB", unit: "us", values: time },
    { name: "the same, server CPU", unit: "us", values: cpu },
  ];
}

/** How long the first script takes, on a server that has answered something before. */
async function first(setting: Setting): Promise<Figure> {
  const encoder = new TextEncoder();
  const turns = await inTurns(
    setting.contestants,
    setting.rounds,
    async (contestant) => {
      await using server = await startContestant(contestant, setting.folder);
      using line = await Line.to(server.port);
      await line.ask(encoder.encode("PING\r\n"));
      const before = performance.now();
      await line.ask(encoder.encode(request("EVAL", "return 1", "0")));
      const took = performance.now() - before;
      progress(`${contestant.name}: first script ${took.toFixed(1)} ms`);
      return took;
    },
  );
  return {
    ...{ name: "first script on a fresh server", unit: "ms" },
    values: turns.map(median),
  };
}

/** Scripts: running them, loading them, and the first of them. */
export async function scripts(setting: Setting): Promise<string> {
  const cases = await evaluations();
  const results = await withServers(
    setting,
    (servers) => measureAll(setting, servers, cases),
  );
  const figures = [...await loading(setting), await first(setting)];
  return throughputSection("EVALSHA", setting.contestants, results) +
    figuresSection("Loading scripts", setting.contestants, figures);
}
