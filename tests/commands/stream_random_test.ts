import type { TestRandom } from "../helpers/seeded.ts";
import { comparison } from "../fuzz/comparison.ts";

comparison(
  "random stream commands get redis-server's replies",
  (random) => ({
    counted: true,
    settings: {
      "stream-node-max-entries": random.pick(["3", "100"]),
      "stream-node-max-bytes": random.pick(["0", "300", "4096"]),
    },
    lines: random.list(300, (step) => [
      command(random, step + 10),
      ...KEYS.map((key) => ["XINFO", "STREAM", key, "FULL"]),
    ]).flat(),
  }),
  { runs: 10 },
);

const KEYS = ["a", "b"];
const GROUPS = ["g", "h"];
const LAST = "18446744073709551615-18446744073709551615";
const CONSUMERS = ["x", "y", "z"];

/** A random command line, whose reply does not depend on the time; ids are about `top` or below. */
function command(random: TestRandom, top: number): string[] {
  const key = () => random.pick(KEYS);
  const group = () => random.pick(GROUPS);
  const consumer = () => random.pick(CONSUMERS);
  const count = () => String(random.between(0, 8));
  const ms = () => Math.max(0, top - random.between(-2, 30));
  const id = () => {
    if (random.chance(0.02)) return LAST;
    return random.chance(0.2) ? `${ms()}` : `${ms()}-${random.between(0, 1)}`;
  };
  const bound = () => random.pick([id(), `(${id()}`, "-", "+"]);
  const ids = () => random.list(random.between(1, 4), id);
  const trim = () =>
    random.pick([
      ["MAXLEN", count()],
      ["MAXLEN", "=", count()],
      ["MAXLEN", "~", count()],
      ["MAXLEN", "~", count(), "LIMIT", count()],
      ["MINID", id()],
      ["MINID", "~", id()],
      [],
      [],
    ]);
  const fields = () =>
    random.pick([
      ["f", "1"],
      ["f", "1", "g", "22222"],
      ["f", "x".repeat(random.between(0, 120))],
      ["f", "70000", "", "-5"],
    ]);
  const newId = () =>
    random.chance(0.1)
      ? random.pick([id(), "9-9"])
      : random.pick([`${top}-0`, `${top}`, `${top}-*`]);
  const read = (after: string) => [
    "XREADGROUP",
    "GROUP",
    group(),
    consumer(),
    ...random.pick([[], ["COUNT", count()], ["NOACK"]]),
    "STREAMS",
    key(),
    after,
  ];
  const add = () => [
    "XADD",
    key(),
    ...random.pick([[], [], ["NOMKSTREAM"]]),
    ...trim(),
    newId(),
    ...fields(),
  ];
  return random.pick<() => string[]>([
    ...Array(10).fill(add),
    () => ["XDEL", key(), ...ids()],
    () => ["XTRIM", key(), ...trim()],
    () => ["XLEN", key()],
    () => ["XRANGE", key(), bound(), bound()],
    () => ["XRANGE", key(), bound(), bound(), "COUNT", count()],
    () => ["XREVRANGE", key(), bound(), bound(), "COUNT", count()],
    () => ["XREAD", "COUNT", count(), "STREAMS", "a", "b", id(), "$"],
    () => ["XREAD", "STREAMS", key(), id()],
    () => ["XGROUP", "CREATE", key(), group(), id(), "MKSTREAM"],
    () => ["XGROUP", "CREATE", key(), group(), "$", "ENTRIESREAD", count()],
    () => ["XGROUP", "SETID", key(), group(), random.pick([id(), "$", "-"])],
    () => [
      "XGROUP",
      "SETID",
      key(),
      group(),
      id(),
      "ENTRIESREAD",
      random.pick(["-1", "-2", count()]),
    ],
    () => ["XGROUP", "DESTROY", key(), random.pick([...GROUPS, "none"])],
    () => ["XGROUP", "CREATECONSUMER", key(), group(), consumer()],
    () => ["XGROUP", "DELCONSUMER", key(), group(), consumer()],
    ...Array(5).fill(() => read(">")),
    () => read(id()),
    () => ["XACK", key(), group(), ...ids()],
    () => ["XPENDING", key(), group()],
    () => ["XPENDING", key(), group(), "IDLE", "100000", "-", "+", "9"],
    () => [
      "XCLAIM",
      key(),
      group(),
      consumer(),
      random.pick(["0", "1000000"]),
      ...ids(),
      ...random.pick([
        [],
        ["JUSTID"],
        ["FORCE"],
        ["RETRYCOUNT", count()],
        ["LASTID", id()],
        ["FORCE", "JUSTID", "IDLE", "5"],
      ]),
    ],
    () => [
      "XAUTOCLAIM",
      key(),
      group(),
      consumer(),
      "0",
      bound(),
      ...random.pick([[], ["COUNT", count()], ["JUSTID"]]),
    ],
    () => ["XINFO", "STREAM", key()],
    () => ["XINFO", "GROUPS", key()],
    () => ["XSETID", key(), id(), "ENTRIESADDED", count()],
    () => ["XSETID", key(), id(), "MAXDELETEDID", id()],
    () => ["COPY", key(), key(), "REPLACE"],
    () => ["DEBUG", "DIGEST"],
    () => random.chance(0.3) ? ["DEL", key()] : ["TYPE", key()],
  ])();
}
