/** What the commands about positions read from a command line and write to a reply. */
import type { Args } from "../protocol/args.ts";
import { commandError } from "../protocol/command_error.ts";
import { formatFixed } from "../protocol/double.ts";
import type { ReplyWriter } from "../protocol/reply.ts";
import { type Position, WORLD } from "../store/values/geohash.ts";

const UNKNOWN_UNIT = commandError(
  "unsupported unit provided. please use M, KM, FT, MI",
);

/** Digits after the point of a distance. */
const DISTANCE_DIGITS = 4;
const DISTANCE_SCALE = 10 ** DISTANCE_DIGITS;

/** The units of length as the syntax of commands has them. */
export const UNITS = "<M | KM | FT | MI>";
/** Reads a longitude from argument `i` and a latitude from the next one. */
export function readPosition(args: Args, i: number): Position {
  const longitude = args.double(i), latitude = args.double(i + 1);
  if (
    longitude >= WORLD.west && longitude <= WORLD.east &&
    latitude >= WORLD.south && latitude <= WORLD.north
  ) return { longitude, latitude };
  const pair = `${formatFixed(longitude, 6)},${formatFixed(latitude, 6)}`;
  throw commandError(`invalid longitude,latitude pair ${pair}`);
}

/** Returns how many metres the unit of argument `i` has. */
export function readUnit(args: Args, i: number): number {
  if (args.is(i, "M")) return 1;
  if (args.is(i, "KM")) return 1000;
  if (args.is(i, "FT")) return 0.3048;
  if (args.is(i, "MI")) return 1609.34;
  throw UNKNOWN_UNIT;
}

/** Writes a distance with four digits after the point. */
export function replyDistance(reply: ReplyWriter, distance: number): void {
  const scaled = roundHalfEven(distance * DISTANCE_SCALE);
  const digits = String(scaled).padStart(DISTANCE_DIGITS + 1, "0");
  const whole = digits.slice(0, -DISTANCE_DIGITS);
  reply.bulk(`${whole}.${digits.slice(-DISTANCE_DIGITS)}`);
}

/** Writes a position: longitude, then latitude. */
export function replyPosition(
  reply: ReplyWriter,
  { longitude, latitude }: Position,
): void {
  reply.array(2);
  reply.plainDouble(longitude);
  reply.plainDouble(latitude);
}

function roundHalfEven(n: number): number {
  const rounded = Math.round(n);
  return rounded - n === 0.5 && rounded % 2 === 1 ? rounded - 1 : rounded;
}
