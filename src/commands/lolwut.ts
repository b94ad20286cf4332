import { fromText } from "../protocol/byte_string.ts";
import { type Call, commandGroup } from "../server/command.ts";
import { REDIS_VERSION } from "../server/version.ts";
import type { Random } from "../store/random.ts";

const SIGNATURE = `Redis ver. ${REDIS_VERSION}\n`;
/** Dots of a braille character, by row and column. */
const BRAILLE = [[0x01, 0x08], [0x02, 0x10], [0x04, 0x20], [0x40, 0x80]];
/** Background colours of a terminal, from night to snow. */
const SHADES = [40, 100, 47, 107];

export const lolwutCommands = commandGroup("server", [
  {
    name: "lolwut",
    arity: -1,
    flags: ["readonly", "fast"],
    since: "5.0.0",
    complexity: "",
    summary: "Answers a picture, different each time, and the version.",
    syntax: "[VERSION version]",
    handler: lolwut,
  },
]);

/**
 * As in Redis, the picture depends on the version asked for, and 7.0 has none.
 *
 * Differs from Redis: LOLWUT draws pictures of its own.
 */
function lolwut({ args, reply, server }: Call): void {
  let version = 7, first = 1;
  if (args.length >= 3 && args.is(1, "VERSION")) {
    version = args.integer(2);
    first = 3;
  }
  const size = (i: number, fallback: number, most: number) =>
    first + i < args.length
      ? Math.min(Math.max(args.integer(first + i), 1), most)
      : fallback;
  let picture = "";
  if (version === 5) {
    const arcs = drawArcs(
      size(0, 66, 1000),
      size(1, 8, 200),
      size(2, 12, 200),
      server.random,
    );
    picture = `${arcs}\nQuarter circles that meet by chance. `;
  } else if (version === 6) {
    const hills = drawHills(
      size(0, 80, 1000),
      size(1, 20, 1000),
      server.random,
    );
    picture = `${hills}\nFour ranges of hills in the snow. `;
  }
  reply.verbatim("txt", fromText(picture + SIGNATURE));
}

/** Draws a grid of square tiles in braille: in each, two quarter circles around opposite corners. */
function drawArcs(
  columns: number,
  perRow: number,
  perColumn: number,
  random: Random,
): string {
  const side = Math.max(2, Math.floor(columns * 2 / perRow));
  const width = columns * 2, height = side * perColumn;
  const lines = Array.from(
    { length: Math.ceil(height / 4) },
    () => new Uint8Array(columns),
  );
  const dot = (x: number, y: number) => {
    if (x < 0 || x >= width || y < 0 || y >= height) return;
    lines[y >> 2]![x >> 1]! |= BRAILLE[y & 3]![x & 1]!;
  };
  const radius = side / 2;
  for (let row = 0; row < perColumn; row++) {
    for (let column = 0; column < perRow; column++) {
      const left = column * side, top = row * side;
      const falling = random.below(2) === 0;
      for (let step = 0; step <= side * 2; step++) {
        const angle = Math.PI / 2 * step / (side * 2);
        const along = radius * Math.cos(angle), down = radius * Math.sin(angle);
        for (const end of [0, 1]) {
          const x = end === 0 ? along : side - along;
          const y = (end === 0) === falling ? down : side - down;
          dot(Math.floor(left + x), Math.floor(top + y));
        }
      }
    }
  }
  return lines.map((line) =>
    Array.from(line, (dots) => String.fromCharCode(0x2800 + dots)).join("") +
    "\n"
  ).join("");
}

/** Draws ranges of hills, one in front of the other, in shades of a terminal. */
function drawHills(columns: number, rows: number, random: Random): string {
  const sky = SHADES.length - 1;
  const canvas = Array.from(
    { length: rows },
    () => new Uint8Array(columns).fill(sky),
  );
  for (let shade = sky - 1; shade >= 0; shade--) {
    const slope = 1 + random.below(3), start = random.below(100);
    const base = rows * (sky - shade) / (sky + 2);
    for (let x = 0; x < columns; x++) {
      const wave = Math.sin((x + start) / (5 * slope)) +
        Math.sin((x + start) / 11);
      const top = Math.max(0, Math.round(base + wave * rows / 12));
      for (let y = top; y < rows; y++) canvas[y]![x] = shade;
    }
  }
  return canvas.map((line) =>
    `${Array.from(line, (shade) => `\x1b[${SHADES[shade]}m `).join("")}\x1b[0m`
  ).join("\n");
}
