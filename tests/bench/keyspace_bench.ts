/** What finding, adding, removing and expiring a key costs, by the number of keys. */
import { ExpiryQueue } from "../../src/store/expiry_queue.ts";
import { Keyspace } from "../../src/store/keyspace.ts";
import { SeededRandom } from "../../src/store/random.ts";

for (const size of [1e3, 1e4, 1e5, 1e6]) {
  const random = new SeededRandom(1);
  const keys = Array.from({ length: size }, (_, i) => `key:${i}`);
  const filled = keyspaceOf(keys);
  const group = `${size} keys`;

  Deno.bench("find", { group, baseline: true }, () => {
    // A string of its own, as a request's is: its hash is not known yet.
    filled.find(`key:${random.below(size)}`);
  });

  Deno.bench("find, absent", { group }, () => {
    filled.find(`none:${random.below(size)}`);
  });

  Deno.bench("remove and add", { group }, () => {
    const slot = random.below(size);
    const key = filled.key(slot);
    filled.remove(slot);
    filled.add(key, "v");
  });

  const expiring = keyspaceOf(keys);
  for (let slot = 0; slot < size; slot++) {
    expiring.expiries.set(slot, random.below(1e9));
  }
  let now = 1e9;
  Deno.bench("expire the first, add another", { group }, () => {
    const slot = expiring.expiries.first();
    const key = expiring.key(slot);
    expiring.remove(slot);
    expiring.expiries.set(expiring.add(key, "v"), now++);
  });

  const queue = new ExpiryQueue();
  for (let slot = 0; slot < size; slot++) queue.set(slot, random.below(1e9));
  Deno.bench("set another expiry", { group }, () => {
    queue.set(random.below(size), random.below(1e9));
  });
}

function keyspaceOf(keys: readonly string[]): Keyspace {
  const keyspace = new Keyspace();
  for (const key of keys) keyspace.add(key, "v");
  return keyspace;
}
