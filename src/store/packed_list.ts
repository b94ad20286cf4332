import type { Args } from "../protocol/args.ts";
import { LENGTH_BYTES, type PackedValue } from "./packed.ts";

/** Puts argument `i` at an end of a list. */
export function pushElement(
  list: PackedValue,
  { block, starts, ends }: Args,
  i: number,
  end: "head" | "tail",
): void {
  const start = starts[i]!, stop = ends[i]!;
  const place = end === "head" ? list.first : list.end;
  const at = list.splice(place, 0, LENGTH_BYTES + stop - start);
  list.write(at, block, start, stop);
  list.addToLength(1);
}

/** Keeps the elements from `start` up to, and without, `end`. */
export function keepElements(
  list: PackedValue,
  start: number,
  end: number,
): void {
  const { length } = list;
  const last = list.place(end);
  list.splice(last, list.end - last, 0);
  list.splice(list.first, list.place(start) - list.first, 0);
  list.addToLength(end - start - length);
}
