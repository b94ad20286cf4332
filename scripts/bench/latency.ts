import { generate, type Line, lines, request, type Talk } from "./generate.ts";
import { load } from "./load.ts";
import { median } from "./median.ts";
import { figuresSection } from "./report.ts";
import { byFigure, progress, type Setting, withServers } from "./setting.ts";
import { inTurns } from "./throughput.ts";

const CLIENTS = 50;
const KEYS = 1_000_000;
const VALUE = "x".repeat(100);
/** Of each server's turn; three turns make the half minute that a rare pause needs to show. */
const SECONDS = 10;
const KEY = "key:000000000000";
const FIGURES = ["p50", "p99", "p99.9", "longest of all rounds"];
const LONGEST = 3;

const SET: Talk = { request: request("SET", KEY, VALUE), replyLength: 5 };
const GET: Talk = { request: request("GET", KEY), replyLength: 108 };

/** Half of the clients begin with SET, half with GET. */
function client(number: number): Line {
  const talks = number % 2 === 0 ? [SET, GET] : [GET, SET];
  return { group: "all", talks };
}

/** How long single requests take: SET and GET in turn, on random keys, by the load generator of this benchmark. */
export async function latency(setting: Setting): Promise<string> {
  const keys = Math.round(KEYS * setting.scale);
  const seconds = Math.max(1, SECONDS * setting.scale);
  const turns = await withServers(setting, async (servers) => {
    for (const { port } of servers) {
      await load(port, { keys, valueLength: VALUE.length });
    }
    return await inTurns(servers, setting.rounds, async ({ port }) => {
      const { steady } = await generate({
        ...{ port, keys, seconds },
        lines: lines(CLIENTS, client),
        warmUpSeconds: 1,
      });
      const { operations, p50, p99, p999, longest } = steady.groups["all"]!;
      progress(
        `${Math.round(operations / steady.seconds)}/s, ` +
          `p99 ${p99} ms, longest ${longest.toFixed(1)} ms`,
      );
      return [p50, p99, p999, longest];
    });
  });
  const values = byFigure(
    turns,
    (all, figure) => figure === LONGEST ? Math.max(...all) : median(all),
  );
  const title = `Latency: ${CLIENTS} clients, P = 1, SET and GET in turn, ${
    keys.toLocaleString("en-US")
  } keys`;
  const figures = FIGURES.map((name, figure) => ({
    ...{ name, unit: "ms" },
    values: values[figure] ?? [],
  }));
  return figuresSection(title, setting.contestants, figures);
}
