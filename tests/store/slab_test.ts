import { assert, assertEquals } from "@std/assert";
import { firstWord, Header, HEADER_BYTES, Slab } from "../../src/store/slab.ts";
import { property, type TestRandom } from "../helpers/seeded.ts";

/** Owns records whose every byte is told by their owner's number. */
class Owner {
  readonly slab = new Slab(this);
  readonly addresses = new Map<number, number>();
  readonly sizes = new Map<number, number>();
  moves = 0;
  /** Owners, with some that have gone. */
  readonly #known: number[] = [];
  #next = 0;

  recordMoved(owner: number, address: number): void {
    this.addresses.set(owner, address);
    this.moves++;
  }

  add(bytes: number): void {
    const owner = this.#next++;
    const address = this.slab.allocate(Slab.unitsFor(bytes), owner, 1);
    this.addresses.set(owner, address);
    this.sizes.set(owner, bytes);
    this.#known.push(owner);
    this.#bytes(owner).fill(owner & 0xff);
  }

  remove(owner: number): void {
    this.slab.free(this.addresses.get(owner)!);
    this.addresses.delete(owner);
    this.sizes.delete(owner);
  }

  check(owner: number): void {
    const address = this.addresses.get(owner)!;
    const { words } = this.slab.segment(address);
    assertEquals(words[firstWord(address) + Header.owner], owner);
    const bytes = this.#bytes(owner);
    for (let i = 0; i < bytes.length; i++) {
      if (bytes[i] !== (owner & 0xff)) {
        throw new Error(`byte ${i} of record ${owner} is ${bytes[i]}`);
      }
    }
  }

  get live(): number {
    let bytes = 0;
    for (const size of this.sizes.values()) bytes += Slab.unitsFor(size) * 8;
    return bytes;
  }

  /** Returns one of the owners, at random. */
  any(random: TestRandom): number {
    while (true) {
      const at = random.below(this.#known.length);
      const owner = this.#known[at]!;
      if (this.addresses.has(owner)) return owner;
      this.#known[at] = this.#known.at(-1)!;
      this.#known.pop();
    }
  }

  #bytes(owner: number): Uint8Array {
    const address = this.addresses.get(owner)!;
    const start = firstWord(address) * 4 + HEADER_BYTES;
    const { bytes } = this.slab.segment(address).block;
    return bytes.subarray(start, start + this.sizes.get(owner)!);
  }
}

property(
  "a Slab keeps every record as it is, through any sizes, and uses memory again",
  (random) => {
    const owner = new Owner();
    for (let phase = 0; phase < 6; phase++) {
      const largest = random.pick([20, 200, 5000, 60_000]);
      const target = random.between(1, 8) * 1024 * 1024;
      let held = owner.live;
      for (let i = 0; i < 20_000; i++) {
        const bytes = random.chance(0.0005) ? 400_000 : random.below(largest);
        if (held < target) {
          owner.add(bytes);
          held += bytes;
        } else {
          const gone = owner.any(random);
          held -= owner.sizes.get(gone)!;
          owner.remove(gone);
        }
      }
      for (const each of owner.addresses.keys()) owner.check(each);
      const bound = owner.live * 1.25 + 6 * 1024 * 1024;
      assert(
        owner.slab.capacity <= bound,
        `${owner.slab.capacity} bytes are held for ${owner.live}`,
      );
    }
    for (const each of [...owner.addresses.keys()]) owner.remove(each);
    assert(owner.slab.capacity <= 1024 * 1024);
  },
  { runs: 3 },
);

Deno.test("a Slab moves records, a few at a time, when sizes are no longer what they were", () => {
  const owner = new Owner();
  for (let i = 0; i < 100_000; i++) owner.add(100);
  for (let i = 0; i < 100_000; i += 2) owner.remove(i);
  let most = 0;
  for (let i = 0; i < 20_000; i++) {
    const before = owner.moves;
    owner.add(150);
    most = Math.max(most, owner.moves - before);
  }
  assert(owner.moves > 0);
  assert(most < 50, `${most} records were moved at once`);
  assert(owner.slab.capacity < owner.live * 1.25 + 6 * 1024 * 1024);
});
