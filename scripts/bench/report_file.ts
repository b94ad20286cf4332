/** A report that outlives the run that wrote it: sections that were measured again take the place of the old ones. */

/** What was measured, where, and by which servers; then the sections, each under a heading of the second level. */
export interface Report {
  readonly circumstances: string;
  readonly sections: readonly string[];
}

/** From here on a report is written by hand. */
const BY_HAND = /^# (?!Benchmark results)/m;
const SECTION = /^(?=## )/m;

/** Splits what a run has to tell into its sections; each is to say how it came about. */
export function sectionsOf(text: string, origin: string): string[] {
  return text.trim().split(SECTION).map((section) => {
    const [heading, ...rest] = section.trim().split("\n");
    return `${heading}\n\n${origin}\n${rest.join("\n")}\n`;
  });
}

/**
 * Returns `existing` with the sections of `report` in the place of those with the same headings, or behind
 * the others. Sections that were measured in other circumstances go; what was written by hand stays.
 */
export function merge(existing: string, report: Report): string {
  const handAt = existing.search(BY_HAND);
  const measured = handAt < 0 ? existing : existing.slice(0, handAt);
  const byHand = handAt < 0 ? "" : existing.slice(handAt);
  const [before = "", ...old] = measured.split(SECTION);
  const sections = new Map<string, string>();
  const comparable = sameText(before, report.circumstances);
  for (const section of [...(comparable ? old : []), ...report.sections]) {
    sections.set(headingOf(section), section.trim());
  }
  return [
    report.circumstances.trim(),
    ...sections.values(),
    ...(byHand === "" ? [] : [byHand.trim()]),
  ].join("\n\n") + "\n";
}

function headingOf(section: string): string {
  return section.split("\n", 1)[0]!.trim();
}

/** Whether two texts are the same but for where their lines break. */
function sameText(a: string, b: string): boolean {
  const words = (text: string) => text.split(/\s+/).filter(Boolean).join(" ");
  return words(a) === words(b);
}
