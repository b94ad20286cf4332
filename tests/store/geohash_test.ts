import { assert, assertEquals } from "@std/assert";
import {
  type Area,
  decodePosition,
  distanceBetween,
  distanceInside,
  encodePosition,
  geohashOf,
  type Position,
  rangesAround,
  WORLD,
} from "../../src/store/values/geohash.ts";
import { property, type TestRandom } from "../helpers/seeded.ts";

Deno.test("encodePosition() gives the scores of Redis", () => {
  const palermo = { longitude: 13.361389, latitude: 38.115556 };
  assertEquals(encodePosition(palermo), 3479099956230698);
  const southWest = { longitude: WORLD.west, latitude: WORLD.south };
  assertEquals(encodePosition(southWest), 0);
  assertEquals(geohashOf(palermo), "sqc8b49rny0");
});

Deno.test("decodePosition() takes any double for a score", () => {
  for (const score of [-1, 1e19, 1e300, -1e300, Infinity, -Infinity, 0.5]) {
    const { longitude, latitude } = decodePosition(score);
    assert(longitude >= WORLD.west && longitude <= WORLD.east, `${score}`);
    assert(latitude >= WORLD.south && latitude <= WORLD.north, `${score}`);
  }
});

property(
  "a decoded position is within a metre and has the same score",
  (random) => {
    const position = randomPosition(random);
    const score = encodePosition(position);
    const decoded = decodePosition(score);
    assertEquals(encodePosition(decoded), score);
    assert(distanceBetween(position, decoded) < 1);
  },
);

property(
  "what lies in an area has a score in one of the ranges around it",
  (random) => {
    const center = randomPosition(random);
    // Where parallels are short Redis itself does not look far enough.
    if (
      Math.abs(center.latitude) > 60 || Math.abs(center.longitude) > 150
    ) return;
    const size = 2 ** random.between(0, 19);
    const area: Area = random.chance()
      ? { center, unit: 1, shape: "circle", radius: size }
      : { center, unit: 1, shape: "box", width: size, height: size / 2 };
    const ranges = rangesAround(area);
    for (let i = 0; i < 50; i++) {
      const position = {
        longitude: center.longitude + size * (random.below(200) - 100) / 5e6,
        latitude: center.latitude + size * (random.below(200) - 100) / 1e7,
      };
      if (distanceInside(area, position) === undefined) continue;
      const score = encodePosition(position);
      assert(
        ranges.some(({ min, max }) => score >= min && score < max),
        JSON.stringify({ area, position }),
      );
    }
  },
);

function randomPosition(random: TestRandom): Position {
  return {
    longitude: random.below(360_000_000) / 1e6 - 180,
    latitude: random.below(170_000_000) / 1e6 - 85,
  };
}
