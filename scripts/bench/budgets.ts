import type { Throughput } from "./throughput.ts";

/** By the name of a case: CPU per request, over that of redis-server. */
export type Budgets = Readonly<Record<string, number>>;

/** How far above its budget a command may be before that is more than chance. */
export const SLACK = 0.15;

/** Returns a line for each result that is above its budget, or has none. */
export function overBudget(
  budgets: Budgets,
  results: readonly Throughput[],
): string[] {
  return results.flatMap(({ name, cpu: [ours, theirs] }) => {
    const budget = budgets[name];
    if (budget === undefined) return [`${name} has no budget`];
    if (ours === undefined || theirs === undefined) {
      return [`${name} cannot be compared: redis-server is not installed`];
    }
    const ratio = ours / theirs;
    return ratio <= budget * (1 + SLACK) ? [] : [
      `${name} takes ${ratio.toFixed(2)} times the CPU of redis-server; ` +
      `its budget is ${budget.toFixed(2)}`,
    ];
  });
}
