import { assertEquals } from "@std/assert";
import { Buffer } from "node:buffer";
import { findRealRedis, sharedRealRedis } from "../helpers/real_redis.ts";
import { formatReply } from "../helpers/reply.ts";
import { type Argument, RespClient } from "../helpers/resp_client.ts";
import { checkProperty, type TestRandom } from "../helpers/seeded.ts";
import { startTestServer } from "../helpers/server.ts";

Deno.test({
  name: "random bitmap commands get the replies of redis-server",
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
  const commands: Argument[][] = [
    ["FLUSHALL"],
    ...random.list(1000, () => command(random)),
  ];
  const expected = await theirs.pipeline(commands);
  const actual = await ours.pipeline(commands);
  for (const [i, line] of commands.entries()) {
    assertEquals(
      formatReply(actual[i]!),
      formatReply(expected[i]!),
      `command ${i}: ${line.join(" ")}`,
    );
  }
}

function command(random: TestRandom): Argument[] {
  const key = () => random.pick(["a", "b", "c", "d"]);
  const index = () => random.pick([random.between(-20, 20), ...ODD]);
  const unit = () => random.pick([[], ["BIT"], ["BYTE"], ["bits"]]);
  const forms: readonly (() => Argument[])[] = [
    () => ["SET", key(), Buffer.from(bytes(random), "latin1")],
    () => ["SET", key(), random.between(-1000, 1000)],
    () => ["GET", key()],
    () => ["DEL", key()],
    () => ["BITCOUNT", key()],
    () => ["BITCOUNT", key(), index(), index(), ...unit()],
    () => ["BITPOS", key(), random.below(2)],
    () => ["BITPOS", key(), random.below(2), index()],
    () => ["BITPOS", key(), random.below(2), index(), index(), ...unit()],
    () => [
      "BITOP",
      random.pick(["AND", "OR", "XOR", "NOT"]),
      key(),
      ...random.list(random.between(1, 3), key),
    ],
    () => ["BITFIELD", key(), ...fieldOperations(random)],
    () => ["BITFIELD", key(), ...fieldOperations(random)],
    () => ["BITFIELD", key(), ...fieldOperations(random)],
    () => ["SETBIT", key(), random.below(200), random.below(2)],
    () => ["GETBIT", key(), random.below(200)],
  ];
  return random.pick(forms)();
}

const ODD = ["9223372036854775807", "-9223372036854775808", "x"];

function bytes(random: TestRandom): string {
  const length = random.below(20);
  return random.pick([
    random.bytes(length),
    "\xff".repeat(length),
    "\0".repeat(length),
  ]);
}

function fieldOperations(random: TestRandom): Argument[] {
  return random.list(random.below(6), () => {
    const width = random.pick([1, 2, 8, 16, 31, 52, 53, 54, 63, 64]);
    const type = random.pick(["u", "i", "i"]) +
      random.pick([width, random.between(1, 63)]);
    const offset = random.pick([random.below(200), `#${random.below(4)}`]);
    const operand = random.pick([
      random.between(-300, 300),
      2n ** BigInt(random.below(63)) + BigInt(random.between(-2, 2)),
      -(2n ** BigInt(random.below(63))) - BigInt(random.between(-2, 2)),
      "9223372036854775807",
      "-9223372036854775808",
    ]);
    return random.pick<Argument[]>([
      ["GET", type, offset],
      ["SET", type, offset, operand],
      ["INCRBY", type, offset, operand],
      ["OVERFLOW", random.pick(["WRAP", "SAT", "FAIL"])],
    ]);
  }).flat();
}
