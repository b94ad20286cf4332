import type { Random } from "../random.ts";
import { HyperLogLog } from "./hyperloglog.ts";
import { denseRegister, setDenseRegister } from "./hyperloglog_registers.ts";
import { REGISTERS } from "./murmur_hash.ts";

const CYCLES = 1000;
const ELEMENTS = 10_000_000;
const WORD = 2 ** 32;

/**
 * What PFSELFTEST does, in about a second: checks that registers keep what they
 * are given, that both encodings agree, and that counts of up to ten million
 * elements are about right. Returns what is wrong, if anything.
 */
export function findFault(
  random: Random,
  sparseMost: number,
): string | undefined {
  return findWrongRegister(random) ?? findWrongCount(random, sparseMost);
}

function findWrongRegister(random: Random): string | undefined {
  const dense = new Uint8Array(REGISTERS * 6 / 8);
  const expected = new Uint8Array(REGISTERS);
  for (let cycle = 0; cycle < CYCLES; cycle++) {
    // Numbers that are random enough, from one that is.
    let n = random.below(WORD);
    for (let i = 0; i < REGISTERS; i++) {
      n = (Math.imul(n, 1664525) + 1013904223) | 0;
      const rank = n >>> 26;
      expected[i] = rank;
      setDenseRegister(dense, 0, i, rank);
    }
    for (let i = 0; i < REGISTERS; i++) {
      const rank = denseRegister(dense, 0, i);
      if (rank === expected[i]) continue;
      return `Register ${i} should be ${expected[i]} but is ${rank}`;
    }
  }
  return undefined;
}

function findWrongCount(
  random: Random,
  sparseMost: number,
): string | undefined {
  const dense = HyperLogLog.empty(sparseMost);
  dense.toDense();
  const either = HyperLogLog.empty(sparseMost);
  const element = new Uint8Array(8);
  const view = new DataView(element.buffer);
  view.setUint32(4, random.below(WORD), true);
  const seed = random.below(WORD);
  let checkpoint = 1;
  for (let i = 1; i <= ELEMENTS; i++) {
    view.setUint32(0, i ^ seed, true);
    dense.add(element, 0, 8);
    either.add(element, 0, 8);
    if (i !== checkpoint) continue;
    if (i < sparseMost / 2 && !either.isSparse) {
      return "sparse encoding not used";
    }
    const count = Number(dense.count());
    if (count !== Number(either.count())) return "dense/sparse disagree";
    const error = Math.abs(i - count);
    if (error > toleratedError(i)) {
      return `Too big error. card:${i} abserr:${error}`;
    }
    checkpoint *= 10;
  }
  return undefined;
}

/** Six times the standard error; of ten elements, collisions may well hide one. */
function toleratedError(count: number): number {
  if (count === 10) return 1;
  return Math.ceil(1.04 / Math.sqrt(REGISTERS) * 6 * count);
}
