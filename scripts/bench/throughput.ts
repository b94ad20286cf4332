import { run, type ServerProcess } from "../server_process.ts";
import { cpuMicroseconds, type PerContestant } from "./contestant.ts";
import { median } from "./median.ts";

/** What redis-benchmark is asked to do. */
export interface Case {
  readonly name: string;
  /** Arguments of redis-benchmark: a test's name and its options, or a command. */
  readonly args: readonly string[];
  /** Makes what the test needs, before each run of so many requests. */
  readonly prepare: (port: number, requests: number) => Promise<void>;
  /** How many requests of SET take as long as one of this. */
  readonly weight: number;
  /** The pipeline lengths at which it is measured, where not at all of them. */
  readonly pipelines?: readonly number[];
}

/** What one case came to at one pipeline length: medians over the rounds. */
export interface Throughput {
  readonly name: string;
  readonly pipeline: number;
  readonly requestsPerSecond: PerContestant<number>;
  /** Server CPU per request in microseconds. */
  readonly cpu: PerContestant<number>;
  /** Of the rounds' ratios of the first contestant to the second; undefined without a second. */
  readonly ratio: number | undefined;
}

/** The pipeline lengths that are measured. */
export const PIPELINES: readonly number[] = [1, 16, 64];

/** The pipeline length at which they are warmed up, where they are measured at that one. */
const WARM_UP = 16;

/** Requests of weight 1 that take about half a second, by pipeline length. */
const REQUESTS: Readonly<Record<number, number>> = {
  1: 60_000,
  16: 600_000,
  64: 1_200_000,
};

/** Sends so many requests; returns how many were answered per second. */
export async function benchmark(
  port: number,
  requests: number,
  pipeline: number,
  args: readonly string[],
): Promise<number> {
  const { code, stdout, stderr } = await run([
    "redis-benchmark",
    ...["-p", String(port), "-n", String(requests), "-P", String(pipeline)],
    ...["--csv", ...args],
  ]);
  // The name of a test is the command, in which quotes may occur.
  const perSecond = /^".*?","([\d.]+)"/m.exec(stdout)?.[1];
  if (code === 0 && perSecond !== undefined) return Number(perSecond);
  throw new Error(
    `redis-benchmark ${args.join(" ")} failed: ${stdout}${stderr}`,
  );
}

/** One server's turn. */
export interface Run {
  readonly perSecond: number;
  /** Server CPU per request in microseconds. */
  readonly cpu: number;
}

async function runOnce(
  { port, pid }: ServerProcess,
  { args, prepare, weight }: Case,
  pipeline: number,
  scale: number,
): Promise<Run> {
  const requests = Math.ceil((REQUESTS[pipeline] ?? 0) * scale / weight);
  await prepare(port, requests);
  const before = await cpuMicroseconds(pid);
  const perSecond = await benchmark(port, requests, pipeline, args);
  return { perSecond, cpu: (await cpuMicroseconds(pid) - before) / requests };
}

/** Runs a case once, unmeasured: no server is measured in its first moments, when its code is still being compiled. */
export async function warmUp(
  server: ServerProcess,
  what: Case,
  scale: number,
): Promise<void> {
  const { pipelines } = what;
  const pipeline = pipelines === undefined || pipelines.includes(WARM_UP)
    ? WARM_UP
    : pipelines[0]!;
  await runOnce(server, what, pipeline, scale);
}

/**
 * Gives every server its turn in each round, first now one, now the other, so that what else the machine
 * does meets them alike. What came of the turns is returned for each server.
 */
export async function inTurns<Server, Turn>(
  servers: PerContestant<Server>,
  rounds: number,
  take: (server: Server, index: number) => Promise<Turn>,
): Promise<PerContestant<Turn[]>> {
  const turns: Turn[][] = servers.map(() => []);
  for (let round = 0; round < rounds; round++) {
    const order = [...servers.keys()];
    if (round % 2 === 1) order.reverse();
    for (const index of order) {
      turns[index]?.push(await take(servers[index] as Server, index));
    }
  }
  return turns;
}

/** What the runs of each server come to. */
export function summary(
  name: string,
  pipeline: number,
  runs: PerContestant<readonly Run[]>,
): Throughput {
  const [ours, theirs] = runs;
  return {
    name,
    pipeline,
    requestsPerSecond: runs.map((all) => median(all.map((r) => r.perSecond))),
    cpu: runs.map((all) => median(all.map((r) => r.cpu))),
    ratio: theirs && median(
      theirs.map((their, round) =>
        (ours?.[round]?.perSecond ?? NaN) / their.perSecond
      ),
    ),
  };
}

/** Measures a case in rounds, in each of which every server has its turn. */
export async function measure(
  servers: PerContestant<ServerProcess>,
  what: Case,
  pipeline: number,
  { rounds, scale }: { readonly rounds: number; readonly scale: number },
): Promise<Throughput> {
  const runs = await inTurns(
    servers,
    rounds,
    (server) => runOnce(server, what, pipeline, scale),
  );
  return summary(what.name, pipeline, runs);
}
