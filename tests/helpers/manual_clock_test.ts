import { assertEquals } from "@std/assert";
import { turn, until } from "./event_loop.ts";
import { ManualClock } from "./manual_clock.ts";

Deno.test("a manual clock stands still until it is moved, both of its times alike", async () => {
  const clock = new ManualClock();
  const [unix, monotonic] = [clock.now(), clock.monotonic()];
  await turn();
  assertEquals(clock.now(), unix);
  await clock.advance(1234.5);
  assertEquals(clock.now(), unix + 1234);
  assertEquals(clock.monotonic(), monotonic + 1234.5);
});

Deno.test("a manual clock runs what falls due in order, each at its own time, and no more", async () => {
  const clock = new ManualClock();
  const start = clock.now();
  const ran: [string, number][] = [];
  const note = (name: string) => () => ran.push([name, clock.now() - start]);
  clock.after(20, note("late"));
  clock.after(10, note("first"));
  clock.after(10, note("second"));
  clock.after(15, note("cancelled")).cancel();
  clock.after(5, () => clock.after(6, note("nested")));
  clock.after(21, note("beyond"));
  await clock.advance(20);
  assertEquals(ran, [["first", 10], ["second", 10], ["nested", 11], [
    "late",
    20,
  ]]);
  assertEquals(clock.pending, 1);
});

Deno.test("a manual clock jumps to the end of a long time in which a timer repeats", async () => {
  const clock = new ManualClock();
  const end = clock.monotonic() + 30 * 86_400_000;
  let runs = 0;
  const repeat = () => {
    runs++;
    clock.after(100, repeat);
  };
  repeat();
  await clock.advance(30 * 86_400_000);
  assertEquals(clock.monotonic(), end);
  assertEquals(runs, 1002);
});

Deno.test("a manual clock runs by itself what is due at once, or became due in a sleep", async () => {
  const clock = new ManualClock();
  const ran: string[] = [];
  clock.after(0, () => ran.push("at once"));
  clock.after(10, () => ran.push("after the sleep"));
  assertEquals(ran, []);
  await until("the first has run", () => ran.length === 1);
  clock.sleepSync(10);
  assertEquals(ran, ["at once"]);
  await until("the second has run", () => ran.length === 2);
  assertEquals(ran, ["at once", "after the sleep"]);
});

Deno.test("a manual clock leaves nothing behind when what is due at once is cancelled", () => {
  const clock = new ManualClock();
  clock.after(0, () => {}).cancel();
  assertEquals(clock.pending, 0);
});
