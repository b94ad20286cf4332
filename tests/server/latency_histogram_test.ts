import { assertEquals } from "@std/assert";
import { LatencyHistogram } from "../../src/server/latency_histogram.ts";

function recorded(...usecs: number[]): LatencyHistogram {
  const histogram = new LatencyHistogram();
  for (const usec of usecs) histogram.record(usec);
  return histogram;
}

Deno.test("LatencyHistogram tells the upper end of the bucket, as redis-server does", () => {
  assertEquals(recorded(2).percentile(50), 2.007);
  assertEquals(recorded(13).percentile(50), 13.055);
  assertEquals(recorded(175).percentile(50), 175.103);
  assertEquals(recorded(0.2).percentile(50), 0.2);
});

Deno.test("LatencyHistogram tells the lower end for percentile 0", () => {
  assertEquals(recorded(13).percentile(0), 12.992);
});

Deno.test("LatencyHistogram counts what is shorter or longer than it can tell apart", () => {
  assertEquals(recorded(0).percentile(50), 0.001);
  assertEquals(recorded(1e9).percentile(50), recorded(1e6).percentile(50));
  assertEquals(recorded(1e6).percentile(0) <= 1e6, true);
});

Deno.test("LatencyHistogram without durations has no percentiles", () => {
  assertEquals(recorded().percentile(99), 0);
});

Deno.test("LatencyHistogram counts several durations at once", () => {
  const histogram = recorded(100);
  histogram.record(5, 3);
  assertEquals(histogram.count, 4);
  assertEquals(histogram.percentile(75), 5.023);
  assertEquals(histogram.percentile(100), 100.351);
});
