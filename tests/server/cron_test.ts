import { assertEquals } from "@std/assert";
import { Cron } from "../../src/server/cron.ts";
import { ManualClock } from "../helpers/manual_clock.ts";

function watched() {
  const clock = new ManualClock();
  const failures: string[] = [];
  const cron = new Cron(
    clock,
    (name, error) => failures.push(`${name}: ${(error as Error).message}`),
  );
  const rounds: string[] = [];
  return { clock, cron, failures, rounds };
}

Deno.test("A task comes round at its interval, from start to stop", async () => {
  const { clock, cron, rounds } = watched();
  cron.every("tick", 100, () => void rounds.push("tick"));
  await clock.advance(1000);
  assertEquals(rounds.length, 0);
  cron.start();
  await clock.advance(350);
  assertEquals(rounds.length, 3);
  cron.stop();
  await clock.advance(1000);
  assertEquals(rounds.length, 3);
});

Deno.test("A task added while others run comes round too", async () => {
  const { clock, cron, rounds } = watched();
  cron.start();
  cron.every("late", 10, () => void rounds.push("late"));
  await clock.advance(25);
  assertEquals(rounds.length, 2);
  cron.stop();
});

Deno.test("A task that says how soon to go on comes round then", async () => {
  const { clock, cron, rounds } = watched();
  cron.every("busy", 100, () => rounds.push("busy") < 3 ? 1 : undefined);
  cron.start();
  await clock.advance(102);
  assertEquals(rounds.length, 3);
  await clock.advance(100);
  assertEquals(rounds.length, 4);
  cron.stop();
});

Deno.test("An interval that changes counts from the next round", async () => {
  const { clock, cron, rounds } = watched();
  let interval = 100;
  cron.every("tick", () => interval, () => void rounds.push("tick"));
  cron.start();
  interval = 10;
  await clock.advance(120);
  assertEquals(rounds.length, 3);
  cron.stop();
});

Deno.test("A task that throws is reported and comes round again", async () => {
  const { clock, cron, failures } = watched();
  cron.every("bad", 10, () => {
    throw new Error("no");
  });
  cron.start();
  await clock.advance(20);
  assertEquals(failures, ["bad: no", "bad: no"]);
  cron.stop();
});
