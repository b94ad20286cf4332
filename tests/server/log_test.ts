import { assertEquals, assertMatch, assertThrows } from "@std/assert";
import { join } from "@std/path";
import { Log, logFile } from "../../src/server/log.ts";
import { ManualClock } from "../helpers/manual_clock.ts";

Deno.test("A line has Redis's form: process, role, date, mark, message", () => {
  const lines: string[] = [];
  const clock = new ManualClock(new Date(2026, 8, 3, 4, 5, 6, 7).getTime());
  const log = new Log(clock, "debug", (line) => lines.push(line));
  log.debug("a");
  log.verbose("b");
  log.notice("c");
  log.warning("d");
  const stamp = `${Deno.pid}:M 03 Sep 2026 04:05:06.007`;
  assertEquals(lines, [
    `${stamp} . a`,
    `${stamp} - b`,
    `${stamp} * c`,
    `${stamp} # d`,
  ]);
});

Deno.test("Lines below the level are not written", () => {
  const lines: string[] = [];
  const log = new Log(new ManualClock(), "notice", (line) => lines.push(line));
  log.debug("a");
  log.verbose("b");
  log.notice("c");
  log.level = "warning";
  log.notice("d");
  log.warning("e");
  assertEquals(lines.length, 2);
  assertMatch(lines.join("\n"), /\* c\n.*# e$/);
});

Deno.test("A line that cannot be written is lost, and no more", () => {
  const log = new Log(new ManualClock(), "notice", () => {
    throw new Error("No space left on device");
  });
  log.warning("a");
});

Deno.test("A log file is appended to, made again when it was moved, and refused when it cannot be had", async () => {
  const folder = await Deno.makeTempDir({ prefix: "redis-lite-" });
  try {
    const path = join(folder, "lite.log") as string;
    Deno.writeTextFileSync(path, "before\n");
    const sink = logFile(path);
    sink("a");
    assertEquals(Deno.readTextFileSync(path), "before\na\n");
    Deno.renameSync(path, `${path}.1`);
    sink("b");
    assertEquals(Deno.readTextFileSync(path), "b\n");
    assertThrows(() => logFile(join(folder, "missing", "lite.log") as string));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
