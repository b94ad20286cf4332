import { assertEquals } from "@std/assert";
import { ExpiryQueue } from "../../src/store/expiry_queue.ts";
import { property } from "../helpers/seeded.ts";

property(
  "an ExpiryQueue gives the slots in order of their times, as a sorted list does, whatever is set, deleted and moved",
  (random) => {
    const queue = new ExpiryQueue();
    const naive = new Map<number, number>();
    const slots = random.between(1, 200);
    for (let step = 0; step < 1000; step++) {
      const slot = random.below(slots);
      const action = random.below(10);
      if (action < 5) {
        const time = random.between(-20, 1000);
        queue.set(slot, time);
        naive.set(slot, time);
      } else if (action < 7) {
        queue.delete(slot);
        naive.delete(slot);
      } else if (action < 9) {
        const to = random.below(slots);
        const time = naive.get(slot);
        if (naive.has(to)) continue;
        queue.move(slot, to);
        if (time === undefined) continue;
        naive.delete(slot);
        naive.set(to, time);
      } else {
        const first = queue.first();
        if (first >= 0) queue.delete(first);
        naive.delete(first);
      }
      const times = [...naive.values()];
      assertEquals(queue.size, naive.size);
      assertEquals(
        queue.first() < 0 ? Infinity : queue.at(queue.first()),
        Math.min(...times),
      );
      assertEquals(queue.at(slot), naive.get(slot) ?? Infinity);
      const sum = times.reduce((total, time) => total + time, 0);
      assertEquals(Math.abs(queue.mean * times.length - sum) < 1e-6, true);
    }
    const drained: number[] = [];
    while (queue.size > 0) {
      const first = queue.first();
      assertEquals(queue.at(first), naive.get(first));
      drained.push(queue.at(first));
      queue.delete(first);
    }
    assertEquals(drained, [...naive.values()].sort((a, b) => a - b));
    assertEquals(queue.mean, 0);
  },
  { runs: 50 },
);

Deno.test("an ExpiryQueue knows times beyond 2^53 exactly, and takes them along when they move", () => {
  const queue = new ExpiryQueue();
  const time = 9223372036854775807n;
  queue.set(3, time);
  queue.set(1, 5);
  assertEquals(queue.exactAt(3), time);
  assertEquals(queue.first(), 1);
  queue.move(3, 40);
  assertEquals(queue.exactAt(3), Infinity);
  assertEquals(queue.exactAt(40), time);
  queue.set(40, 7);
  assertEquals(queue.exactAt(40), 7);
  queue.set(40, time);
  queue.delete(40);
  assertEquals(queue.exactAt(40), Infinity);
  queue.set(40, 8);
  assertEquals(queue.exactAt(40), 8);
});

Deno.test("an ExpiryQueue keeps its mean exact when far times came and went", () => {
  const queue = new ExpiryQueue();
  for (let slot = 0; slot < 1000; slot++) {
    queue.set(slot, 1_700_000_000_000 + slot);
  }
  for (let times = 0; times < 1000; times++) {
    queue.set(5000, 9_000_000_000_000_000 - times * 77);
    queue.set(5000, times);
    queue.delete(5000);
  }
  assertEquals(queue.mean, 1_700_000_000_499.5);
});
