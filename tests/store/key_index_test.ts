import { assertEquals } from "@std/assert";
import { ByteBlock } from "../../src/protocol/byte_block.ts";
import { KeyIndex } from "../../src/store/key_index.ts";
import { property } from "../helpers/seeded.ts";

const NONE = ByteBlock.ofSize(0);

property(
  "a KeyIndex finds what a Map would, however often its pages split and join, and whatever hashes are alike",
  (random) => {
    // What a key is: here the number that `start` tells, held by slot.
    const keys: number[] = [];
    const index = new KeyIndex({
      keyIs: (slot, _, start) => keys[slot] === start,
    });
    const slots = new Map<number, number>();
    const spread = random.pick([2000, 2 ** 32]);
    const hashes = new Map<number, number>();
    const hashOf = (key: number) => {
      const hash = hashes.get(key) ??
        (random.below(spread) * (2 ** 32 / spread)) | 0;
      hashes.set(key, hash);
      return hash;
    };
    const most = random.pick([20, 2000, 40_000]);
    const names = most * 2;
    for (let phase = 0; phase < 4; phase++) {
      const growing = phase % 2 === 0;
      for (let i = 0; i < most; i++) {
        const key = random.below(names);
        const slot = index.find(hashOf(key), NONE, key, key);
        assertEquals(slot, slots.get(key) ?? -1);
        if (slot < 0) {
          if (!growing && random.chance(0.9)) continue;
          slots.set(key, keys.length);
          index.add(hashOf(key), keys.push(key) - 1);
        } else if (!growing || random.chance(0.1)) {
          index.remove(hashOf(key), slot);
          slots.delete(key);
          const last = keys.pop()!;
          if (last === key) continue;
          keys[slot] = last;
          index.move(hashOf(last), keys.length, slot);
          slots.set(last, slot);
        }
      }
      for (const [key, slot] of slots) {
        assertEquals(index.find(hashOf(key), NONE, key, key), slot);
      }
    }
  },
  { runs: 10 },
);
