import { assertEquals } from "@std/assert";
import { findRealRedis, sharedRealRedis } from "../helpers/real_redis.ts";
import { formatReply } from "../helpers/reply.ts";
import { type Argument, RespClient } from "../helpers/resp_client.ts";
import { checkProperty, type TestRandom } from "../helpers/seeded.ts";
import { startTestServer } from "../helpers/server.ts";

Deno.test({
  name: "random commands about positions get the replies of redis-server",
  ignore: findRealRedis() === undefined,
  sanitizeOps: false,
  sanitizeResources: false,
  fn: () =>
    checkProperty(
      compareWithRealServer,
      { runs: 4 },
      Deno.env.get("REDIS_LITE_SEED"),
    ),
});

async function compareWithRealServer(random: TestRandom): Promise<void> {
  const real = (await sharedRealRedis())!;
  await using server = await startTestServer();
  await using theirs = await RespClient.connect(real.port);
  const ours = await server.client();
  const commands = [["FLUSHALL"], ...random.list(600, () => command(random))];
  const expected = await theirs.pipeline(commands);
  const actual = await ours.pipeline(commands);
  for (const [i, line] of commands.entries()) {
    assertEquals(
      formatReply(actual[i]!),
      formatReply(expected[i]!),
      `command ${i}: ${line.map((word) => JSON.stringify(word)).join(" ")}`,
    );
  }
}

function command(random: TestRandom): Argument[] {
  const key = () => random.pick(["a", "b", "c"]);
  const member = () => `m${random.below(60)}`;
  const { unit, area, extent } = forms(random);
  const form: () => Argument[] = random.pick([
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
