import { Stream } from "../../src/store/values/stream.ts";
import { defaultThresholds } from "../../src/store/values/thresholds.ts";

/** What each operation costs on streams of these lengths. */
const LENGTHS = [1_000, 100_000, 1_000_000];
const FIELDS = ["temperature", "21.5", "unit", "C"];
const limits = defaultThresholds();

for (const length of LENGTHS) {
  const stream = new Stream();
  let ms = 0;
  const append = () => stream.append({ ms: ++ms, seq: 0 }, FIELDS, limits);
  while (stream.length < length) append();
  const group = `${length} entries`;

  Deno.bench({
    name: `append and trim to the length, ${group}`,
    group: "XADD MAXLEN",
    fn() {
      append();
      stream.trim({ keep: length, approximate: false, limit: 0 });
    },
  });

  Deno.bench({
    name: `find anywhere, ${group}`,
    group: "find",
    fn() {
      stream.find({ ms: ms - (ms * 7919) % length, seq: 0 });
    },
  });

  Deno.bench({
    name: `range of 100, ${group}`,
    group: "XRANGE",
    fn() {
      stream.range(
        { ms: ms - length / 2, seq: 0 },
        { ms: ms + 1, seq: 0 },
        100,
      );
    },
  });

  const consumers = stream.addGroup("g", { ms: 0, seq: 0 }, 0);
  const consumer = consumers.addConsumer("x", 0);
  let delivered = 0;
  while (delivered < length) {
    consumers.addPending({ ms: ++delivered, seq: 0 }, consumer, 0, 1);
  }
  Deno.bench({
    name: `deliver and acknowledge, ${group}`,
    group: "XACK",
    fn() {
      consumers.addPending({ ms: ++delivered, seq: 0 }, consumer, 0, 1);
      consumers.settle({ ms: delivered - length, seq: 0 });
    },
  });
}
