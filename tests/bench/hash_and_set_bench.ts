import { SeededRandom } from "../../src/store/random.ts";
import { Hash } from "../../src/store/values/hash.ts";
import { MemberSet } from "../../src/store/values/set.ts";
import { defaultThresholds } from "../../src/store/values/thresholds.ts";

/** What each operation costs on hashes and sets of these lengths: the same. */
const LENGTHS = [1_000, 100_000, 1_000_000];

const THRESHOLDS = defaultThresholds();

for (const length of LENGTHS) {
  const random = new SeededRandom(1);
  const group = `${length} elements`;
  const hash = new Hash();
  const set = new MemberSet();
  for (let i = 0; i < length; i++) {
    hash.set(`field:${i}`, `value:${i}`, THRESHOLDS);
    set.add(`member:${i}`, THRESHOLDS);
  }
  const any = () => random.below(length);
  let next = length;

  Deno.bench({
    name: `HSET of a field that is there, ${group}`,
    group: "HSET",
    fn: () => void hash.set(`field:${any()}`, "value", THRESHOLDS),
  });

  Deno.bench({
    name: `HSET of a new field, and HDEL of another, ${group}`,
    group: "HSET and HDEL",
    fn() {
      hash.set(`field:${next}`, "value", THRESHOLDS);
      hash.delete(`field:${next - length}`);
      next++;
    },
  });

  Deno.bench({
    name: `SADD of a new member, and SREM of another, ${group}`,
    group: "SADD and SREM",
    fn() {
      set.add(`member:${next}`, THRESHOLDS);
      set.delete(`member:${next - length}`);
      next++;
    },
  });

  Deno.bench({
    name: `SSCAN of 10 members, ${group}`,
    group: "SSCAN",
    fn: () => void set.scan(any(), 10, () => {}),
  });
}
