import { assertEquals } from "@std/assert";
import { property } from "../helpers/seeded.ts";
import { randomScript } from "../helpers/random_script.ts";
import { ReplyParser } from "../helpers/reply_parser.ts";
import { ScriptRuns } from "../helpers/script_runs.ts";

/** Scripts in all; `REDIS_LITE_SCRIPTS=200000` in the environment runs that many. */
const SCRIPTS = Number(Deno.env.get("REDIS_LITE_SCRIPTS") ?? 10_000);
const PER_SEED = 500;

/** Whether bytes are one reply, all of it. */
function isOneReply(bytes: string): boolean {
  const parser = new ReplyParser();
  return [...parser.feed(bytes)].length === 1 && parser.unfinished === "";
}

property(
  "whatever a script does, it is answered, and the next one runs",
  (random) => {
    const runs = new ScriptRuns();
    for (let i = 0; i < PER_SEED; i++) {
      const script = randomScript(random, { anything: true });
      const reply = runs.run("EVAL", script, "1", "k", "a1", "a2");
      assertEquals(
        isOneReply(reply),
        true,
        `${script}\n${JSON.stringify(reply)}`,
      );
      if (i % 10 === 0) runs.run("SCRIPT", "FLUSH");
    }
    assertEquals(
      runs.eval("return {KEYS, ARGV, 1}"),
      "*3\r\n*0\r\n*0\r\n:1\r\n",
    );
    assertEquals(runs.server.statistics.unexpectedErrors, 0);
  },
  { runs: Math.ceil(SCRIPTS / PER_SEED) },
);
