/** Commands that a script runs instead of the client. */
import type { TestRandom } from "../helpers/seeded.ts";
import type { Line } from "./wire.ts";

const SCRIPTS = [
  "return redis.call(unpack(ARGV))",
  "return redis.pcall(unpack(ARGV))",
  "local reply = redis.pcall(unpack(ARGV)) return reply",
];
/** What stands before the command in such a line: EVAL, the script, and the number of keys. */
const BEFORE = 3;

/** A line that has a script run the command. */
export function scripted(random: TestRandom, line: Line): Line {
  const name = random.pick(["EVAL", "EVAL", "EVAL_RO"]);
  return [name, random.pick(SCRIPTS), "0", ...line];
}

export function isScripted(line: Line): boolean {
  return SCRIPTS.includes(line[1] ?? "") && line.length > BEFORE;
}

/** The command that a line has run in the end, its words as C reads them: up to a zero byte. */
export function commandOf(line: Line): Line {
  const command = isScripted(line) ? line.slice(BEFORE) : line;
  return command.map((word) => word.split("\0", 1)[0]!);
}
