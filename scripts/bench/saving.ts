import { run, type ServerProcess } from "../server_process.ts";
import { startContestant } from "./contestant.ts";
import { generate, type Line, lines, request } from "./generate.ts";
import { command, load, loadCommands } from "./load.ts";
import { median } from "./median.ts";
import { type Figure, figuresSection, throughputSection } from "./report.ts";
import {
  byFigure,
  measureAll,
  ownFolder,
  progress,
  type Setting,
  withServers,
} from "./setting.ts";
import { type Case, inTurns } from "./throughput.ts";

const KEYS = 1_000_000;
const VALUE = "x".repeat(100);
const CLIENTS = 50;
const BEFORE_SECONDS = 4;
const WARM_UP_SECONDS = 2;
const SAMPLE_EVERY_MS = 250;
const KEY = "key:000000000000";
const FIELD = "field:000000000000";
const HASH = "hash";

/** What is saved while clients overwrite it. */
interface Saved {
  readonly name: string;
  fill(port: number, count: number): Promise<void>;
  /** What the clients send, and the length of its reply. */
  readonly overwrite: Line;
}

const SET: Line = {
  group: "load",
  talks: [{ request: request("SET", KEY, VALUE), replyLength: 5 }],
};

const SAVED: readonly Saved[] = [
  {
    name: "keys, clients SET them",
    fill: (port, keys) => load(port, { keys, valueLength: VALUE.length }),
    overwrite: SET,
  },
  {
    name: "fields of one hash, clients HSET them",
    fill: (port, count) => loadCommands(port, fields(count)),
    overwrite: {
      group: "load",
      talks: [{ request: request("HSET", HASH, FIELD, VALUE), replyLength: 4 }],
    },
  },
];

const pinging: Line = {
  group: "ping",
  talks: [{ request: request("PING"), replyLength: "+PONG\r\n".length }],
};

function* fields(count: number): Generator<readonly string[]> {
  for (let i = 0; i < count; i++) {
    yield ["HSET", HASH, `field:${String(i).padStart(12, "0")}`, VALUE];
  }
}

/** Memory of a process and of those it has forked, in MiB; what they share counts once. */
async function memoryWithChildren(pid: number): Promise<number> {
  const children = await Deno.readTextFile(`/proc/${pid}/task/${pid}/children`);
  const pids = [String(pid), ...children.split(" ").filter((each) => each)];
  let kibibytes = 0;
  for (const each of pids) {
    // A child may have ended since.
    const text = await Deno.readTextFile(`/proc/${each}/smaps_rollup`)
      .catch(() => "");
    kibibytes += Number(/^Pss:\s+(\d+) kB$/m.exec(text)?.[1] ?? 0);
  }
  return kibibytes / 1024;
}

/** Samples the memory of a process until it is stopped. */
class MemorySamples implements Disposable {
  readonly #samples: { readonly at: number; readonly mebibytes: number }[] = [];
  readonly #timer: ReturnType<typeof setInterval>;

  constructor(pid: number) {
    this.#timer = setInterval(async () => {
      const mebibytes = await memoryWithChildren(pid);
      this.#samples.push({ at: Date.now(), mebibytes });
    }, SAMPLE_EVERY_MS);
  }

  /** The highest after a moment, over the highest before it. */
  growth(after: number): number {
    const highest = (late: boolean) =>
      Math.max(
        ...this.#samples
          .filter(({ at }) => (at >= after) === late)
          .map(({ mebibytes }) => mebibytes),
      );
    return highest(true) / highest(false);
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }
}

const FIGURES = [
  ["longest PING before the save", "ms"],
  ["longest PING during the save", "ms"],
  ["requests before the save", "/s"],
  ["requests during the save", "/s"],
  ["throughput during the save, of that before", "%"],
  ["peak memory during the save, over that before", "times"],
  ["the save took", "s"],
] as const;

/** One save under load; the figures that {@linkcode FIGURES} names. */
async function saveOnce(
  { port, pid }: ServerProcess,
  { overwrite }: Saved,
  keys: number,
): Promise<number[]> {
  using memory = new MemorySamples(pid);
  const { steady, saving, saveBeganAt } = await generate({
    ...{ port, keys },
    lines: [...lines(CLIENTS, () => overwrite), pinging],
    warmUpSeconds: 1,
    seconds: BEFORE_SECONDS,
    save: true,
  });
  const perSecond = [steady, saving!].map(({ groups, seconds }) =>
    groups["load"]!.operations / seconds
  );
  const [before = NaN, during = NaN] = perSecond;
  return [
    steady.groups["ping"]!.longest,
    saving!.groups["ping"]!.longest,
    before,
    during,
    during / before * 100,
    memory.growth(saveBeganAt!),
    saving!.seconds,
  ];
}

/** Background saves under load, in a server of its own each. */
async function saves(setting: Setting, saved: Saved): Promise<string> {
  const keys = Math.round(KEYS * setting.scale);
  const turns = await inTurns(
    setting.contestants,
    setting.rounds,
    async (contestant) => {
      const folder = await ownFolder(setting);
      await using server = await startContestant(contestant, folder);
      await saved.fill(server.port, keys);
      const figures = await saveOnce(server, saved, keys);
      progress(
        `${contestant.name}: ` +
          FIGURES.map(([name, unit], i) =>
            `${name}: ${figures[i]?.toFixed(1)} ${unit}`
          ).join(", "),
      );
      return figures;
    },
  );
  const values = byFigure(turns, median);
  const figures = FIGURES.map(([name, unit], i) => ({
    ...{ name, unit },
    values: values[i] ?? [],
  }));
  const title = `BGSAVE of ${keys.toLocaleString("en-US")} ${saved.name}`;
  return figuresSection(title, setting.contestants, figures);
}

async function keysOf(port: number): Promise<number> {
  const { stdout } = await run(["redis-cli", "-p", String(port), "DBSIZE"]);
  return Number(stdout);
}

/** How long from the start of a server until it has loaded what it saved. */
async function loadingTime(setting: Setting): Promise<Figure> {
  const keys = Math.round(KEYS * setting.scale);
  const folders: string[] = [];
  for (const contestant of setting.contestants) {
    const folder = await ownFolder(setting);
    folders.push(folder);
    await using server = await startContestant(contestant, folder);
    await load(server.port, { keys, valueLength: VALUE.length });
    await command(server.port, "SAVE");
  }
  const turns = await inTurns(
    setting.contestants,
    setting.rounds,
    async (contestant, index) => {
      await using server = await startContestant(contestant, folders[index]!);
      if (await keysOf(server.port) !== keys) {
        throw new Error(`${contestant.name} has not loaded what it saved`);
      }
      progress(`${contestant.name}: loaded in ${server.firstPongMs.toFixed()}`);
      return server.firstPongMs;
    },
  );
  const name = `first PONG with ${
    keys.toLocaleString("en-US")
  } keys of 16+${VALUE.length} bytes to load`;
  return { name, unit: "ms", values: turns.map(median) };
}

/** SET of random keys with an append-only log. */
async function logged(setting: Setting, policy: string): Promise<string> {
  const keys = Math.round(KEYS * setting.scale);
  const cases: Case[] = [{
    name: "SET",
    args: ["-t", "set", "-r", String(keys), "-d", String(VALUE.length)],
    prepare: () => Promise.resolve(),
    weight: 2,
    pipelines: [1, 16],
  }];
  const results = await withServers(
    setting,
    async (servers) => {
      // Neither server is measured in its first moments, when code is still being compiled.
      for (const { port } of servers) {
        await generate({
          ...{ port, keys, seconds: WARM_UP_SECONDS },
          lines: lines(CLIENTS, () => SET),
        });
      }
      return await measureAll(setting, servers, cases);
    },
    ["--appendonly", "yes", "--appendfsync", policy],
  );
  return throughputSection(
    `SET with an append-only log, appendfsync ${policy}`,
    setting.contestants,
    results,
  );
}

/** Saving and loading: background saves under load, a start with data, and the append-only log. */
export async function saving(setting: Setting): Promise<string> {
  let report = "";
  for (const saved of SAVED) report += await saves(setting, saved);
  const figure = await loadingTime(setting);
  report += figuresSection("Start with data", setting.contestants, [figure]);
  for (const policy of ["everysec", "always"]) {
    report += await logged(setting, policy);
  }
  return report;
}
