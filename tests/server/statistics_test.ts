import { assertEquals } from "@std/assert";
import { Rate, Statistics } from "../../src/server/statistics.ts";

Deno.test("Rate is the mean growth per second over the last sixteen samples", () => {
  const rate = new Rate();
  rate.sample(0, 1000);
  assertEquals(rate.perSecond, 0);
  rate.sample(10, 1100);
  assertEquals(rate.perSecond, 100);
  rate.sample(10, 1200);
  assertEquals(rate.perSecond, 50);
  for (let i = 1; i <= 16; i++) rate.sample(10 + 3 * i, 1200 + 100 * i);
  assertEquals(Math.round(rate.perSecond), 30);
});

Deno.test("Rate takes no sample while no time passes", () => {
  const rate = new Rate();
  rate.sample(0, 1000);
  rate.sample(50, 1000);
  assertEquals(rate.perSecond, 0);
});

Deno.test("Rate begins anew after a reset", () => {
  const rate = new Rate();
  rate.sample(0, 1000);
  rate.sample(10, 1100);
  rate.reset();
  assertEquals(rate.perSecond, 0);
  rate.sample(5, 1200);
  assertEquals(rate.perSecond, 50);
});

Deno.test("Statistics count errors by code, and all together", () => {
  const statistics = new Statistics();
  statistics.error("ERR");
  statistics.error("OOM");
  statistics.error("ERR");
  assertEquals([...statistics.errors], [["ERR", 2], ["OOM", 1]]);
  assertEquals(statistics.errorReplies, 3);
  statistics.reset();
  assertEquals(statistics.errors.size, 0);
  assertEquals(statistics.errorReplies, 0);
});
