import { assertEquals } from "@std/assert";
import { merge, sectionsOf } from "../../scripts/bench/report_file.ts";

const CIRCUMSTANCES = "# Benchmark results\n\nOne machine, two servers.\n";
const BY_HAND = "# What the figures mean\n\n## Pauses\n\nWritten by hand.\n";

function report(...sections: string[]) {
  return { circumstances: CIRCUMSTANCES, sections };
}

Deno.test("sectionsOf says of every section how it came about", () => {
  const text = "\n## A\n\n| a |\n\n## B\n\n| b |\n";
  assertEquals(sectionsOf(text, "`bench`, today"), [
    "## A\n\n`bench`, today\n\n| a |\n",
    "## B\n\n`bench`, today\n\n| b |\n",
  ]);
});

Deno.test("a report that is new holds what was measured", () => {
  assertEquals(
    merge("", report("## A\n\n1\n")),
    `${CIRCUMSTANCES}\n## A\n\n1\n`,
  );
});

Deno.test("sections measured again take the place of the old ones, others stay, new ones come last", () => {
  const existing = `${CIRCUMSTANCES}\n## A\n\n1\n\n## B\n\n2\n\n${BY_HAND}`;
  assertEquals(
    merge(existing, report("## A\n\n3\n", "## C\n\n4\n")),
    `${CIRCUMSTANCES}\n## A\n\n3\n\n## B\n\n2\n\n## C\n\n4\n\n${BY_HAND}`,
  );
});

Deno.test("a heading in what was written by hand is not one of a section", () => {
  const existing = `${CIRCUMSTANCES}\n${BY_HAND}`;
  assertEquals(
    merge(existing, report("## Pauses\n\n5\n")),
    `${CIRCUMSTANCES}\n## Pauses\n\n5\n\n${BY_HAND}`,
  );
});

Deno.test("sections from another machine go, what was written by hand stays", () => {
  const existing =
    `# Benchmark results\n\nAnother machine.\n\n## A\n\n1\n\n${BY_HAND}`;
  assertEquals(
    merge(existing, report("## B\n\n2\n")),
    `${CIRCUMSTANCES}\n## B\n\n2\n\n${BY_HAND}`,
  );
});

Deno.test("circumstances whose lines break elsewhere are the same", () => {
  const existing = `${CIRCUMSTANCES.replace("One ", "One\n")}\n## A\n\n1\n`;
  assertEquals(
    merge(existing, report("## B\n\n2\n")),
    `${CIRCUMSTANCES}\n## A\n\n1\n\n## B\n\n2\n`,
  );
});
