import type { TestRandom } from "../helpers/seeded.ts";
import { comparison, type Words } from "../fuzz/comparison.ts";

comparison(
  "random commands about positions get the replies of redis-server",
  (random) => ({
    counted: true,
    lines: random.list(600, () => command(random)),
  }),
);

function command(random: TestRandom): Words {
  const key = () => random.pick(["a", "b", "c"]);
  const member = () => `m${random.below(60)}`;
  const { unit, area, extent } = forms(random);
  const form: () => Words = random.pick([
    () => [
      "GEOADD",
      key(),
      ...random.pick([[], [], ["NX"], ["XX", "CH"], ["CH"]]),
      ...random.list(20, () => [...position(random), member()]).flat(),
    ],
    () => ["ZADD", key(), random.pick(SCORES), `odd${random.below(3)}`],
    () => [
      "GEODIST",
      key(),
      member(),
      member(),
      ...random.pick([[], [unit()]]),
    ],
    () => ["GEOPOS", key(), member(), member(), "odd1"],
    () => ["GEOHASH", key(), member(), member(), "odd1"],
    () => ["GEOSEARCH", key(), ...area(), ...extent(), ...withOptions(random)],
    () => ["GEOSEARCH", key(), ...area(), ...extent(), ...withOptions(random)],
    () => ["GEOSEARCHSTORE", "d", key(), ...area(), ...extent()],
    () => ["ZRANGE", random.pick(["a", "d"]), "0", "-1"],
    () => [
      random.pick(["GEORADIUS", "GEORADIUS_RO"]),
      key(),
      ...position(random),
      radius(random),
      unit(),
      ...withOptions(random),
    ],
    () => [
      "GEORADIUSBYMEMBER",
      key(),
      member(),
      radius(random),
      unit(),
      ...random.pick([withOptions(random), ["STORE", "d"]]),
    ],
  ]);
  return form();
}

const SCORES = ["-5", "0", "1e19", "1e30", "-inf", "inf", "4503599627370497.5"];

function forms(random: TestRandom) {
  const unit = () => random.pick(["m", "KM", "ft", "mi"]);
  return {
    unit,
    area: () =>
      random.chance(0.3)
        ? ["FROMMEMBER", `m${random.below(60)}`]
        : ["FROMLONLAT", ...position(random)],
    extent: () =>
      random.chance()
        ? ["BYRADIUS", radius(random), unit()]
        : ["BYBOX", radius(random), radius(random), unit()],
  };
}

/** A longitude and a latitude: anywhere, near each other, at the edges and the poles, or on a coarse grid. */
function position(random: TestRandom): [string, string] {
  const between = (low: number, high: number) =>
    String(low + (high - low) * random.below(2 ** 31) / 2 ** 31);
  return random.pick<() => [string, string]>([
    () => [between(-180, 180), between(-85.05112878, 85.05112878)],
    () => [between(13, 14), between(37, 38)],
    () => [random.pick(["180", "-180", "179.9", "0"]), between(-85, 85)],
    () => [between(-180, 180), random.pick(["85", "-85", "84.9", "70", "0"])],
    () => [String(random.between(-3, 3)), String(random.between(-3, 3))],
  ])();
}

function radius(random: TestRandom): string {
  return String(random.below(1000) * 10 ** random.between(-1, 5));
}

function withOptions(random: TestRandom): string[] {
  return random.list(random.below(4), () =>
    random.pick([
      ["WITHCOORD"],
      ["WITHHASH"],
      ["WITHDIST"],
      ["ASC"],
      ["DESC"],
      ["COUNT", String(random.between(1, 8))],
      ["COUNT", String(random.between(1, 8)), "ANY"],
    ])).flat();
}
