import type { Args } from "../protocol/args.ts";
import { commandError } from "../protocol/command_error.ts";
import { type Int64, INT64_MAX } from "../protocol/integer.ts";

const OUT_OF_RANGE = commandError(
  `value is out of range, value must between ${-INT64_MAX} and ${INT64_MAX}`,
);

/** Returns argument `i` as how many elements to pick at random; negative when the same one may come again. */
export function randomCount(args: Args, i: number): Int64 {
  const count = args.int64(i);
  if (count < -INT64_MAX) throw OUT_OF_RANGE;
  return count;
}
