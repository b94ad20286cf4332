/**
 * Positions on the globe as Redis keeps them: as the score of a member, 52 bits
 * in which those of longitude and latitude take turns, so that positions near
 * each other mostly have scores near each other.
 */

/** A place, in degrees. */
export interface Position {
  readonly longitude: number;
  readonly latitude: number;
}

/** What can be searched: a circle, or a box along the parallels and meridians. */
export type Area =
  & {
    readonly center: Position;
    /** Metres in the unit of the sizes. */
    readonly unit: number;
  }
  & (
    | { readonly shape: "circle"; readonly radius: number }
    | {
      readonly shape: "box";
      readonly width: number;
      readonly height: number;
    }
  );

/** Scores from `min` up to, and without, `max`. */
export interface ScoreRange {
  readonly min: number;
  readonly max: number;
}

/** A field of the grid that divides each axis into `2 ** step` parts. */
interface Cell {
  readonly x: number;
  readonly y: number;
  readonly step: number;
}

/** Degrees from edge to edge. */
interface Bounds {
  readonly west: number;
  readonly south: number;
  readonly east: number;
  readonly north: number;
}

/** The square that the Web Mercator projection shows; positions beyond it have no score. */
export const WORLD: Bounds = {
  west: -180,
  south: -85.05112878,
  east: 180,
  north: 85.05112878,
};
/** What geohashes, as others write them, divide. */
const WHOLE_GLOBE: Bounds = { west: -180, south: -90, east: 180, north: 90 };
/** Bits per axis of a score. */
const STEPS = 26;
const EARTH_RADIUS = 6372797.560856;
/** Half the side of the square of Web Mercator, in metres. */
const MERCATOR_MAX = 20037726.37;
const RADIANS_PER_DEGREE = Math.PI / 180;
const ALPHABET = "0123456789bcdefghjkmnpqrstuvwxyz";
const GEOHASH_LENGTH = 11;
const BITS_PER_LETTER = 5;
const TWO_32 = 2 ** 32;
const TWO_63 = 2 ** 63;

/** Returns the score of a position inside of `WORLD`. */
export function encodePosition(position: Position): number {
  return interleaved(cellAt(position, STEPS, WORLD));
}

/** Returns the middle of the cell that a score stands for. */
export function decodePosition(score: number): Position {
  const { west, south, east, north } = boundsOf(cellOf(score));
  return {
    longitude: clamp((west + east) / 2, WORLD.west, WORLD.east),
    latitude: clamp((south + north) / 2, WORLD.south, WORLD.north),
  };
}

/** Returns the geohash of a position as others write it. Its last letter, for which there are too few bits, is always `0`. */
export function geohashOf(position: Position): string {
  const bits = interleaved(cellAt(position, STEPS, WHOLE_GLOBE));
  let text = "";
  for (let i = 1; i < GEOHASH_LENGTH; i++) {
    const below = 2 ** (2 * STEPS - i * BITS_PER_LETTER);
    text += ALPHABET[Math.floor(bits / below) % ALPHABET.length];
  }
  return text + ALPHABET[0];
}

/** Returns the distance between two positions in metres, along a great circle. */
export function distanceBetween(a: Position, b: Position): number {
  const v = Math.sin((radians(b.longitude) - radians(a.longitude)) / 2);
  if (v === 0) return latitudeDistance(a.latitude, b.latitude);
  const latitudeA = radians(a.latitude), latitudeB = radians(b.latitude);
  const u = Math.sin((latitudeB - latitudeA) / 2);
  const h = u * u + Math.cos(latitudeA) * Math.cos(latitudeB) * v * v;
  // Differs from Redis: STOREDIST can store another last digit of 17, since JavaScript's arc sine is not that of the C library.
  return 2 * EARTH_RADIUS * Math.asin(Math.sqrt(h));
}

/** Returns how far a position is from the centre of an area, in metres, or `undefined` when it is outside. */
export function distanceInside(
  area: Area,
  position: Position,
): number | undefined {
  const { center, unit } = area;
  if (area.shape === "circle") {
    const distance = distanceBetween(center, position);
    return distance > area.radius * unit ? undefined : distance;
  }
  const { longitude, latitude } = position;
  if (
    latitudeDistance(latitude, center.latitude) > area.height * unit / 2
  ) return undefined;
  const aside = { longitude: center.longitude, latitude };
  if (distanceBetween({ longitude, latitude }, aside) > area.width * unit / 2) {
    return undefined;
  }
  return distanceBetween(center, position);
}

/**
 * Returns ranges of scores in which all positions of an area lie, and others:
 * the cell of its centre and those around it that it reaches, in the order in
 * which Redis searches them.
 */
export function rangesAround(area: Area): ScoreRange[] {
  const wanted = boundsOfArea(area);
  let step = stepOf(area);
  let middle = cellAt(area.center, step, WORLD);
  if (step > 1 && !reaches(middle, wanted)) {
    middle = cellAt(area.center, --step, WORLD);
  }
  const ranges: ScoreRange[] = [];
  let last: Cell | undefined = undefined;
  for (const cell of neighbors(middle, wanted)) {
    // Around a large area the same cell can be on both sides.
    if (cell.x === last?.x && cell.y === last.y) continue;
    ranges.push(scoresOf(cell));
    last = cell === middle ? undefined : cell;
  }
  return ranges;
}

/** Returns a cell and those around it, without those that lie behind an edge of the cell that `wanted` does not cross. */
function neighbors(middle: Cell, wanted: Bounds): Cell[] {
  let north = true, south = true, east = true, west = true;
  if (middle.step >= 2) {
    const bounds = boundsOf(middle);
    south = bounds.south >= wanted.south;
    north = bounds.north <= wanted.north;
    west = bounds.west >= wanted.west;
    east = bounds.east <= wanted.east;
  }
  const cells = [middle];
  if (north) cells.push(moved(middle, 0, 1));
  if (south) cells.push(moved(middle, 0, -1));
  if (east) cells.push(moved(middle, 1, 0));
  if (west) cells.push(moved(middle, -1, 0));
  if (north && east) cells.push(moved(middle, 1, 1));
  if (north && west) cells.push(moved(middle, -1, 1));
  if (south && east) cells.push(moved(middle, 1, -1));
  if (south && west) cells.push(moved(middle, -1, -1));
  return cells;
}

/** Returns whether the cells next to one reach as far as `wanted`. */
function reaches(middle: Cell, wanted: Bounds): boolean {
  return boundsOf(moved(middle, 0, 1)).north >= wanted.north &&
    boundsOf(moved(middle, 0, -1)).south <= wanted.south &&
    boundsOf(moved(middle, 1, 0)).east >= wanted.east &&
    boundsOf(moved(middle, -1, 0)).west <= wanted.west;
}

/** Returns how finely to divide the world, so that an area fits into a cell and those around it in most cases. */
function stepOf(area: Area): number {
  const radius = area.unit *
    (area.shape === "circle"
      ? area.radius
      : Math.sqrt((area.width / 2) ** 2 + (area.height / 2) ** 2));
  if (radius === 0) return STEPS;
  let step = -1;
  for (let size = radius; size < MERCATOR_MAX; size *= 2) step++;
  // Towards the poles the same distance takes more degrees.
  const latitude = Math.abs(area.center.latitude);
  if (latitude > 66) step--;
  if (latitude > 80) step--;
  return clamp(step, 1, STEPS);
}

/** Returns the edges of a box around an area. */
function boundsOfArea(area: Area): Bounds {
  const { center: { longitude, latitude }, unit } = area;
  const isCircle = area.shape === "circle";
  const height = unit * (isCircle ? area.radius : area.height / 2);
  const width = unit * (isCircle ? area.radius : area.width / 2);
  const up = degrees(height / EARTH_RADIUS);
  // Parallels are shorter away from the equator, where the same width takes more degrees.
  const parallel = latitude < 0 ? latitude - up : latitude + up;
  const aside = degrees(width / EARTH_RADIUS / Math.cos(radians(parallel)));
  return {
    west: longitude - aside,
    south: latitude - up,
    east: longitude + aside,
    north: latitude + up,
  };
}

function cellAt(
  { longitude, latitude }: Position,
  step: number,
  { west, south, east, north }: Bounds,
): Cell {
  const parts = 2 ** step;
  const x = Math.floor((longitude - west) / (east - west) * parts);
  const y = Math.floor((latitude - south) / (north - south) * parts);
  return { x, y, step };
}

/** Returns the cell so many further east and north, around the globe if need be. */
function moved({ x, y, step }: Cell, east: number, north: number): Cell {
  const mask = 2 ** step - 1;
  return {
    x: east === 0 ? x : (x + east) & mask,
    y: north === 0 ? y : (y + north) & mask,
    step,
  };
}

function boundsOf({ x, y, step }: Cell): Bounds {
  const parts = 2 ** step;
  const width = WORLD.east - WORLD.west, height = WORLD.north - WORLD.south;
  return {
    west: WORLD.west + x / parts * width,
    south: WORLD.south + y / parts * height,
    // Cells are numbered in 32 bits; only scores that are no positions have the last number.
    east: WORLD.west + ((x + 1) >>> 0) / parts * width,
    north: WORLD.south + ((y + 1) >>> 0) / parts * height,
  };
}

/** Returns the scores of all positions in a cell. */
function scoresOf(cell: Cell): ScoreRange {
  const { x, y, step } = cell;
  const shift = BigInt(2 * (STEPS - step));
  const bits = spreadAll(x) << 1n | spreadAll(y);
  return { min: Number(bits << shift), max: Number((bits + 1n) << shift) };
}

/** Returns the bits of a cell as one number: those of `y` in the even places, those of `x` between them. */
function interleaved({ x, y }: Cell): number {
  const high = (spread(x >>> 16) * 2) + spread(y >>> 16);
  const low = (spread(x & 0xffff) * 2) + spread(y & 0xffff);
  return high * TWO_32 + low;
}

/** Returns the cell that a score stands for, which may be any double: one of 32 bits per axis, as C converts it. */
function cellOf(score: number): Cell {
  let high = 0, low = 0;
  if (score >= -TWO_63 && score < 2 * TWO_63) {
    const whole = Math.trunc(score);
    high = Math.floor(whole / TWO_32) >>> 0;
    low = whole >>> 0;
  } else if (!(score > 0)) high = 2 ** 31;
  return {
    x: (gathered(high >>> 1) << 16 | gathered(low >>> 1)) >>> 0,
    y: (gathered(high) << 16 | gathered(low)) >>> 0,
    step: STEPS,
  };
}

/** Moves the 16 bits of a number apart, into the even ones of 32. */
function spread(n: number): number {
  n = (n | n << 8) & 0x00ff00ff;
  n = (n | n << 4) & 0x0f0f0f0f;
  n = (n | n << 2) & 0x33333333;
  return (n | n << 1) & 0x55555555;
}

function spreadAll(n: number): bigint {
  return BigInt(spread(n >>> 16)) << 32n | BigInt(spread(n & 0xffff));
}

/** Returns the 16 even bits of 32, next to each other. */
function gathered(n: number): number {
  n &= 0x55555555;
  n = (n | n >>> 1) & 0x33333333;
  n = (n | n >>> 2) & 0x0f0f0f0f;
  n = (n | n >>> 4) & 0x00ff00ff;
  return (n | n >>> 8) & 0xffff;
}

function latitudeDistance(a: number, b: number): number {
  return EARTH_RADIUS * Math.abs(radians(b) - radians(a));
}

function radians(degrees: number): number {
  return degrees * RADIANS_PER_DEGREE;
}

function degrees(radians: number): number {
  return radians / RADIANS_PER_DEGREE;
}

function clamp(n: number, least: number, most: number): number {
  return Math.min(Math.max(n, least), most);
}
