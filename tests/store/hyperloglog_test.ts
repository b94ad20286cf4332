import { assert, assertEquals, assertThrows } from "@std/assert";
import { HEADER, HyperLogLog } from "../../src/store/values/hyperloglog.ts";
import { findFault } from "../../src/store/values/hyperloglog_self_test.ts";
import { observe, REGISTERS } from "../../src/store/values/murmur_hash.ts";
import { checkProperty, type TestRandom } from "../helpers/seeded.ts";

const SEED = Deno.env.get("REDIS_LITE_SEED");
const MASK = 2n ** 64n - 1n;

Deno.test("elements are observed as MurmurHash64A in 64-bit arithmetic says", () =>
  checkProperty(
    (random) => {
      const bytes = Uint8Array.from(
        random.list(random.below(40), () => random.below(256)),
      );
      const start = random.below(bytes.length + 1);
      const hash = murmurHash(bytes.subarray(start));
      let rank = 1;
      for (
        let rest = hash >> 14n | 1n << 50n;
        (rest & 1n) === 0n;
        rest >>= 1n
      ) {
        rank++;
      }
      const seen = observe(bytes, start, bytes.length);
      assertEquals(seen, Number(hash & 16383n) + REGISTERS * rank);
    },
    { runs: 500 },
    SEED,
  ));

function murmurHash(bytes: Uint8Array): bigint {
  const factor = 0xc6a4a7935bd1e995n;
  let hash = 0xadc83b19n ^ (BigInt(bytes.length) * factor & MASK);
  for (let at = 0; at < bytes.length; at += 8) {
    const part = [...bytes.subarray(at, at + 8)];
    let word = part.reduceRight((sum, byte) => sum << 8n | BigInt(byte), 0n);
    if (part.length === 8) {
      word = word * factor & MASK;
      word ^= word >> 47n;
      word = word * factor & MASK;
    }
    hash = (hash ^ word) * factor & MASK;
  }
  hash ^= hash >> 47n;
  hash = hash * factor & MASK;
  return hash ^ hash >> 47n;
}

Deno.test("registers are what a plain array says, sparse and dense", () =>
  checkProperty(raiseRegisters, { runs: 40 }, SEED));

function raiseRegisters(random: TestRandom): void {
  const hll = HyperLogLog.empty(random.pick([0, 100, 3000, 20000]));
  const model = new Uint8Array(REGISTERS);
  const range = random.pick([10, 300, REGISTERS]);
  const most = random.pick([4, 32, 51]);
  for (let i = random.below(600); i > 0; i--) {
    const index = REGISTERS - 1 - random.below(range);
    const rank = random.between(1, most);
    assertEquals(hll.raise(index, rank), rank > model[index]!);
    model[index] = Math.max(model[index]!, rank);
  }
  assert(HyperLogLog.fits(hll.bytes));
  assertEquals(hll.registers(), model);
  const count = hll.count();
  hll.toDense();
  assert(!hll.isSparse && HyperLogLog.fits(hll.bytes));
  assertEquals(hll.registers(), model);
  assertEquals(hll.count(), count);
}

Deno.test("a sparse HyperLogLog leaves the bytes alone that it was made from", () => {
  const { bytes } = HyperLogLog.empty(3000);
  const before = [...bytes];
  const hll = new HyperLogLog(bytes, 3000);
  assert(hll.raise(5, 3) && hll.replaced);
  assertEquals([...bytes], before);
  assertEquals(hll.describe(), "z:5 v:3,1 Z:16378");
});

Deno.test("a cached count is read back until it is said to be stale", () => {
  const hll = HyperLogLog.empty(3000);
  assertEquals(hll.cachedCount, 0);
  for (const count of [1, 255, 2 ** 40 + 7, 2n ** 62n]) {
    hll.cache(count);
    assertEquals(hll.cachedCount, count);
  }
  hll.markStale();
  assertEquals(hll.cachedCount, undefined);
});

Deno.test("random bytes behind a header throw INVALIDOBJ or do as any other", () =>
  checkProperty(
    (random) => {
      const header = HyperLogLog.empty(3000).bytes.subarray(0, HEADER);
      const body = random.list(random.below(300), () => random.below(256));
      const hll = new HyperLogLog(Uint8Array.from([...header, ...body]), 3000);
      let length = 0;
      for (const run of hll.describe().split(" ")) {
        length += Number(/\d+$/.exec(run)?.[0] ?? 0);
      }
      if (length === REGISTERS) return void hll.toDense();
      assertThrows(() => hll.count(), Error, "Corrupted HLL object detected");
      assertThrows(() => hll.toDense(), Error, "Corrupted HLL object detected");
    },
    { runs: 200 },
    SEED,
  ));

Deno.test("the test of itself finds nothing", () =>
  checkProperty(
    (random) => assertEquals(findFault(random, 3000), undefined),
    { runs: 1 },
    SEED,
  ));
