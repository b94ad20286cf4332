import { assertEquals, assertStringIncludes } from "@std/assert";
import type { Contestant } from "../../scripts/bench/contestant.ts";
import { median } from "../../scripts/bench/median.ts";
import {
  figuresSection,
  throughputSection,
} from "../../scripts/bench/report.ts";

const OURS: Contestant = { name: "Ours", version: "1", command: ["a"] };
const THEIRS: Contestant = { name: "Theirs", version: "2", command: ["b"] };

Deno.test("median takes the middle by value, not by spelling or place", () => {
  assertEquals(median([10, 9, 100]), 10);
  assertEquals(median([4, 1, 3, 2]), 2.5);
  assertEquals(median([7]), 7);
});

Deno.test("throughputSection puts the ratio of CPU beside the ratio of throughput", () => {
  const section = throughputSection("One key", [OURS, THEIRS], [{
    name: "GET",
    pipeline: 16,
    requestsPerSecond: [900_000, 1_000_000],
    cpu: [0.5, 0.4],
    ratio: 0.9,
  }]);
  assertStringIncludes(
    section,
    "| GET | 16 | 900,000 | 1,000,000 | 0.90 | 0.50 | 0.40 | 1.25 |",
  );
});

Deno.test("figuresSection leaves the ratio empty without a second server or a zero", () => {
  const figure = { name: "pause", unit: "ms" };
  assertStringIncludes(
    figuresSection("Pause", [OURS], [{ ...figure, values: [12.34] }]),
    "| pause | 12.3 ms |  |",
  );
  assertStringIncludes(
    figuresSection("Pause", [OURS, THEIRS], [{ ...figure, values: [5, 0] }]),
    "| pause | 5.00 ms | 0.00 ms |  |",
  );
});
