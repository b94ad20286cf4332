import { assertEquals } from "@std/assert";
import {
  judge,
  markdownTable,
  total,
} from "../../scripts/conformance/result.ts";

const BASELINE = {
  passed: ["unit/a::one", "unit/a::two", "unit/ab::three", "unit/c::four"],
};
const OUTPUT = {
  passed: ["unit/a::one", "unit/a::five", "unit/ab::three"],
  failed: ["unit/a::two"],
  units: { "unit/a": {}, "unit/ab": {} },
};

Deno.test("judge counts the baseline's tests of the units that ran, and no others", () => {
  assertEquals(judge(BASELINE, OUTPUT), [
    { unit: "unit/a", passed: 1, of: 2, missed: ["unit/a::two"] },
    { unit: "unit/ab", passed: 1, of: 1, missed: [] },
  ]);
  assertEquals(total(judge(BASELINE, OUTPUT)), { passed: 2, of: 3 });
});

Deno.test("markdownTable ends with the sum of its rows", () => {
  assertEquals(
    markdownTable(judge(BASELINE, OUTPUT)),
    `| Unit | Passed | Of |
| :--- | ---: | ---: |
| unit/a | 1 | 2 |
| unit/ab | 1 | 1 |
| **Total** | **2** | **3** |
`,
  );
});
