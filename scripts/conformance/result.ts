/** What the runner writes; it says more than is read here. */
export interface RunnerOutput {
  readonly passed: readonly string[];
  readonly failed: readonly string[];
  readonly units: Readonly<Record<string, unknown>>;
}

/** One unit of the suite: of the tests that a real server passes, how many and which not. */
export interface UnitResult {
  readonly unit: string;
  readonly passed: number;
  readonly of: number;
  /** The tests that failed, hung or were never reached. */
  readonly missed: readonly string[];
}

function unitOf(test: string): string {
  return test.slice(0, test.indexOf("::"));
}

/** Judges the run by the tests that a real server passes; the units in the order of the run. */
export function judge(
  baseline: Pick<RunnerOutput, "passed">,
  output: RunnerOutput,
): UnitResult[] {
  const passed = new Set(output.passed);
  return Object.keys(output.units).map((unit) => {
    const wanted = baseline.passed.filter((test) => unitOf(test) === unit);
    const missed = wanted.filter((test) => !passed.has(test));
    const counts = { passed: wanted.length - missed.length, of: wanted.length };
    return { unit, ...counts, missed };
  });
}

/** The sum of all units. */
export function total(
  results: readonly UnitResult[],
): { passed: number; of: number } {
  return {
    passed: results.reduce((sum, { passed }) => sum + passed, 0),
    of: results.reduce((sum, { of }) => sum + of, 0),
  };
}

/** A Markdown table of the units and their sum. */
export function markdownTable(results: readonly UnitResult[]): string {
  const sum = total(results);
  const rows = results.map(({ unit, passed, of }) =>
    `| ${unit} | ${passed} | ${of} |`
  );
  return [
    "| Unit | Passed | Of |",
    "| :--- | ---: | ---: |",
    ...rows,
    `| **Total** | **${sum.passed}** | **${sum.of}** |`,
    "",
  ].join("\n");
}
