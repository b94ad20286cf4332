import type { ServerProcess } from "../server_process.ts";
import { type Contestant, startContestant } from "./contestant.ts";
import {
  type Case,
  measure,
  PIPELINES,
  type Throughput,
  warmUp,
} from "./throughput.ts";

/** What every section is measured with. */
export interface Setting {
  readonly contestants: readonly Contestant[];
  readonly rounds: number;
  /** Part of the full number of requests and keys. */
  readonly scale: number;
  readonly folder: string;
}

/** Tells whoever waits how far it is. */
export function progress(text: string): void {
  console.error(text);
}

/** A folder for one server alone: what one has saved is not another's to load. */
export function ownFolder({ folder }: Setting): Promise<string> {
  return Deno.makeTempDir({ dir: folder });
}

/** Starts every contestant, with `flags` besides the usual, lets `use` work with them, and stops them. */
export async function withServers<T>(
  setting: Setting,
  use: (servers: readonly ServerProcess[]) => Promise<T>,
  flags: readonly string[] = [],
): Promise<T> {
  await using stack = new AsyncDisposableStack();
  const servers: ServerProcess[] = [];
  for (const contestant of setting.contestants) {
    const folder = await ownFolder(setting);
    servers.push(stack.use(await startContestant(contestant, folder, flags)));
  }
  return await use(servers);
}

/** Measures each case at each of its pipeline lengths, and says what came of it. */
export async function measureAll(
  setting: Setting,
  servers: readonly ServerProcess[],
  cases: readonly Case[],
): Promise<Throughput[]> {
  const results: Throughput[] = [];
  for (const what of cases) {
    for (const server of servers) await warmUp(server, what, setting.scale);
    for (const pipeline of what.pipelines ?? PIPELINES) {
      const result = await measure(servers, what, pipeline, setting);
      announce(result);
      results.push(result);
    }
  }
  return results;
}

/** Says what one case came to. */
export function announce({ name, pipeline, ratio, cpu }: Throughput): void {
  const each = cpu.map((value) => value.toFixed(2)).join(" and ");
  progress(`${name} P=${pipeline}: ${ratio?.toFixed(2) ?? ""}, CPU ${each} us`);
}

/** Medians or such, by `combine`, of what each round measured: for each figure, one value per contestant. */
export function byFigure(
  rounds: readonly (readonly (readonly number[])[])[],
  combine: (values: readonly number[], figure: number) => number,
): number[][] {
  const figures = rounds[0]?.[0]?.length ?? 0;
  return Array.from(
    { length: figures },
    (_, figure) =>
      rounds.map((ofOne) =>
        combine(ofOne.map((values) => values[figure] ?? NaN), figure)
      ),
  );
}
