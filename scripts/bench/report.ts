import type { Contestant, PerContestant } from "./contestant.ts";
import type { Throughput } from "./throughput.ts";

/** Where the figures came about. */
export interface Circumstances {
  readonly machine: string;
  readonly contestants: PerContestant<Contestant>;
}

/** One figure beside another, such as resident memory. */
export interface Figure {
  readonly name: string;
  readonly unit: string;
  readonly values: PerContestant<number>;
}

/** A Markdown table; all columns but the first are aligned to the right. */
function table(
  head: readonly string[],
  rows: readonly (readonly string[])[],
): string {
  const rule = head.map((_, column) => column === 0 ? ":---" : "---:");
  return [head, rule, ...rows]
    .map((cells) => `| ${cells.join(" | ")} |\n`)
    .join("");
}

/** Figures of three significant digits at least, thousands apart. */
function number(value: number): string {
  const digits = value >= 100 ? 0 : value >= 10 ? 1 : 2;
  return value.toLocaleString("en-US", {
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  });
}

/** The first figure over the second, empty without a second or where it is below what can be measured. */
function ratioOf([ours, theirs]: PerContestant<number>): string {
  return ours === undefined || theirs === undefined || theirs === 0
    ? ""
    : (ours / theirs).toFixed(2);
}

/** A paragraph on circumstances, as the head of the report. */
export function circumstances(
  { machine, contestants }: Circumstances,
): string {
  const versions = contestants.map(({ name, version }) =>
    `${name} (${version})`
  );
  return `# Benchmark results

Written by \`deno task bench\`; below each heading stands the run that its figures are from.
Machine: ${machine}. Servers: ${versions.join(", ")}; both without persistence,
except where it is what is measured.
Client and server share the machine. Figures are medians of the rounds; in each round the servers take turns.
A ratio is Redis-Lite's figure over redis-server's: of throughput higher is better, of all else lower.
`;
}

/** A section with the throughput of each case at each pipeline length. */
export function throughputSection(
  title: string,
  contestants: PerContestant<Contestant>,
  results: readonly Throughput[],
): string {
  const names = contestants.map(({ name }) => name);
  const head = [
    ...["Command", "P"],
    ...names.map((name) => `${name}, requests/s`),
    "Ratio",
    ...names.map((name) => `${name}, CPU us`),
    "Ratio",
  ];
  const rows = results.map((result) => [
    result.name,
    String(result.pipeline),
    ...result.requestsPerSecond.map(number),
    result.ratio?.toFixed(2) ?? "",
    ...result.cpu.map((value) => value.toFixed(2)),
    ratioOf(result.cpu),
  ]);
  return `\n## ${title}\n\n${table(head, rows)}`;
}

/** A section of single figures. */
export function figuresSection(
  title: string,
  contestants: PerContestant<Contestant>,
  figures: readonly Figure[],
): string {
  const head = ["", ...contestants.map(({ name }) => name), "Ratio"];
  const rows = figures.map(({ name, unit, values }) => [
    name,
    ...values.map((value) => `${number(value)} ${unit}`),
    ratioOf(values),
  ]);
  return `\n## ${title}\n\n${table(head, rows)}`;
}
