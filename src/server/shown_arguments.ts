import type { Args } from "../protocol/args.ts";
import type { Command } from "./command_table.ts";

const NONE: readonly number[] = [];

/** Returns which arguments neither the slow log nor MONITOR may show. */
export function unshownArguments(
  { definition }: Command,
  args: Args,
): readonly number[] {
  return definition.secrets?.(args) ?? NONE;
}

/** Returns up to `length` bytes of argument `i`, or what stands for one of the `unshown`. */
export function shownArgument(
  args: Args,
  i: number,
  unshown: readonly number[],
  length: number,
): string {
  if (unshown.includes(i)) return "(redacted)";
  const start = args.starts[i]!;
  const end = Math.min(args.ends[i]!, start + length);
  return args.bytes.latin1Slice(start, end);
}
