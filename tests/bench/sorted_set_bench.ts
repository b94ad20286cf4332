import { SeededRandom } from "../../src/store/random.ts";
import { SortedSet } from "../../src/store/values/sorted_set.ts";
import { defaultThresholds } from "../../src/store/values/thresholds.ts";

/** What each operation costs on sorted sets of these lengths. */
const LENGTHS = [1_000, 100_000, 1_000_000];

const THRESHOLDS = defaultThresholds();

for (const length of LENGTHS) {
  const random = new SeededRandom(1);
  const group = `${length} members`;
  const member = () => `member:${random.below(length)}`;
  const score = () => random.below(1_000_000);
  const entries = Array.from(
    { length },
    (_, i) => [`member:${i}`, score()] as const,
  );
  const set = SortedSet.from(entries, THRESHOLDS);

  Deno.bench({
    name: `ZADD of a member that is there, ${group}`,
    group: "change",
    fn: () => void set.add(member(), score(), THRESHOLDS),
  });

  Deno.bench({
    name: `ZINCRBY by little, ${group}`,
    group: "change",
    fn() {
      const each = member();
      set.add(each, set.score(each)! + 0.001, THRESHOLDS);
    },
  });

  Deno.bench({
    name: `ZPOPMIN and ZADD, ${group}`,
    group: "change",
    fn() {
      const first = set.at(0);
      set.delete(first);
      set.add(first, score(), THRESHOLDS);
    },
  });

  Deno.bench({
    name: `ZSCORE, ${group}`,
    group: "read",
    fn: () => void set.score(member()),
  });

  Deno.bench({
    name: `ZRANK, ${group}`,
    group: "read",
    fn: () => void set.rank(member()),
  });

  Deno.bench({
    name: `ZCOUNT, ${group}`,
    group: "read",
    fn() {
      const bound = score();
      set.partition((each) => each < bound);
    },
  });

  Deno.bench({
    name: `ZRANGE of 100 anywhere, ${group}`,
    group: "range",
    fn() {
      let bytes = 0;
      set.visit(random.below(length - 99), 100, (each) => {
        bytes += each.length;
      });
      if (bytes === 0) throw new Error("nothing was visited");
    },
  });
}

for (const length of [1_000, 100_000]) {
  const random = new SeededRandom(2);
  const entries = Array.from(
    { length },
    (_, i) => [`member:${i}`, random.below(1_000_000)] as const,
  );

  Deno.bench({
    name: `ZADD of ${length} new members`,
    group: "build",
    fn: () => void SortedSet.from(entries, THRESHOLDS),
  });

  Deno.bench({
    name: `COPY of ${length} members`,
    group: "copy",
    fn: (b) => {
      const set = SortedSet.from(entries, THRESHOLDS);
      b.start();
      set.copy();
      b.end();
    },
  });
}
