import { Args } from "../../src/protocol/args.ts";
import { Keyspace } from "../../src/store/keyspace.ts";
import { packedField, setField } from "../../src/store/packed_edits.ts";
import { Hash } from "../../src/store/values/hash.ts";
import { defaultThresholds } from "../../src/store/values/thresholds.ts";

/** What it costs to find a field of a packed hash, to set it, and to unpack the hash, by its length. */
const LENGTHS = [1, 8, 32, 64];

const THRESHOLDS = defaultThresholds();

for (const length of LENGTHS) {
  const keyspace = new Keyspace();
  const table = new Hash();
  const fields = Array.from(
    { length },
    (_, i) => Args.from(["key", `field:${i}`, `value:${i}`]),
  );
  const slot = keyspace.addPacked(fields[0]!.key(0), "hash", 0);
  for (const args of fields) {
    const packed = keyspace.packedAt(slot, "hash")!;
    setField(packed, args, 1, args.range(2), THRESHOLDS);
    table.set(args.string(1), args.string(2), THRESHOLDS);
  }
  let next = 0;
  const any = () => fields[next++ % length]!;

  Deno.bench({
    name: `HGET of a packed hash of ${length}`,
    group: `HGET of ${length}`,
    baseline: true,
    fn: () => void packedField(keyspace.packedAt(slot, "hash")!, any(), 1),
  });

  Deno.bench({
    name: `HGET of an object of ${length}`,
    group: `HGET of ${length}`,
    fn: () => void table.get(any().string(1)),
  });

  Deno.bench({
    name: `HSET of a packed hash of ${length}`,
    group: `HSET of ${length}`,
    baseline: true,
    fn() {
      const args = any();
      const packed = keyspace.packedAt(slot, "hash")!;
      setField(packed, args, 1, args.range(2), THRESHOLDS);
    },
  });

  Deno.bench({
    name: `HSET of an object of ${length}`,
    group: `HSET of ${length}`,
    fn() {
      const args = any();
      table.set(args.string(1), args.string(2), THRESHOLDS);
    },
  });

  Deno.bench({
    name: `unpacking a hash of ${length}`,
    fn: () => void keyspace.value(slot),
  });
}
