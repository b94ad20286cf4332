import type { LatencyEvent } from "./latency_monitor.ts";

const COLUMNS = 80;
const ROWS = 4;
/** What fills a character's height, from the lowest third to the highest. */
const THIRDS = "_o#";

/**
 * Returns LATENCY GRAPH's picture of an event: a column for each delay, the
 * shortest to the longest as four lines of three heights each, under each
 * column how long ago it was, from top to bottom.
 */
export function latencyGraph(
  name: string,
  { longest, samples }: LatencyEvent,
  ago: (time: number) => string,
): string {
  const delays = samples.map(({ milliseconds }) => milliseconds);
  const low = Math.min(...delays), high = Math.max(...delays);
  const labels = samples.map(({ time }) => ago(time));
  const steps = ROWS * THIRDS.length;
  const heights = delays.map((each) =>
    Math.min(steps - 1, Math.floor((each - low) * steps / (high - low || 1)))
  );
  const parts: string[] = [];
  for (let at = 0; at < delays.length; at += COLUMNS) {
    parts.push(part(
      heights.slice(at, at + COLUMNS),
      labels.slice(at, at + COLUMNS),
    ));
  }
  return `${name} - high ${high} ms, low ${low} ms (all time high ${longest} ms)\n` +
    `${"-".repeat(COLUMNS)}\n${parts.join("\n")}`;
}

/** Returns the lines of as many columns as fit beside each other. */
function part(heights: readonly number[], labels: readonly string[]): string {
  const lines: string[] = [];
  for (let row = ROWS - 1; row >= 0; row--) {
    const below = row * THIRDS.length;
    lines.push(heights.map((height) => filling(height - below)).join(""));
  }
  lines.push(" ".repeat(heights.length));
  const deepest = Math.max(...labels.map(({ length }) => length));
  for (let i = 0; i < deepest; i++) {
    lines.push(labels.map((label) => label[i] ?? " ").join(""));
  }
  return lines.map((line) => `${line}\n`).join("");
}

function filling(height: number): string {
  if (height < 0) return " ";
  return THIRDS[height] ?? "|";
}
