import { ByteBlock, copyBytes } from "../protocol/byte_block.ts";
import {
  PACKED_HEADER,
  type PackedHome,
  type PackedType,
  PackedValue,
} from "./packed.ts";
import { pack, type Packable, unpack } from "./packing.ts";
import { fits, Kind } from "./record_kind.ts";
import {
  firstWord,
  Header,
  keyAt,
  MARK_BITS,
  MARK_MASK,
  Slab,
} from "./slab.ts";
import { Field, type SlotTable } from "./slot_table.ts";

/** A part of this that a packed value has grown by is left free behind it, as a power of two: it may well grow again. */
const SPARE_BITS = 3;

/** The packed values among the records of a keyspace, by slot. The record of each is there already. */
export class PackedRecords implements PackedHome {
  readonly #slots: SlotTable;
  readonly #slab: Slab;
  /** Counts the memory. */
  readonly #owner: { memory: number };
  /** What `at()` returns. */
  readonly #packed: PackedValue;

  constructor(slots: SlotTable, slab: Slab, owner: { memory: number }) {
    this.#slots = slots;
    this.#slab = slab;
    this.#owner = owner;
    this.#packed = new PackedValue(this, ByteBlock.ofSize(0));
  }

  /** Returns the packed value at `slot`, `undefined` when it holds no packed one of this type: valid until anything else changes. */
  at(slot: number, type: PackedType): PackedValue | undefined {
    const address = this.#slots.get(slot, Field.address);
    const { block, words } = this.#slab.segment(address);
    const word = firstWord(address);
    if ((words[word + Header.size]! & MARK_MASK) !== Kind[type]) {
      return undefined;
    }
    const packed = this.#packed;
    packed.block = block;
    packed.start = keyAt(address) + this.#slots.get(slot, Field.keyLength);
    packed.end = packed.start + words[word + Header.detail]!;
    packed.slot = slot;
    return packed;
  }

  /** Returns the packed value at `slot` as a value of its own. */
  unpack(slot: number, type: PackedType): Packable {
    return unpack(type, this.at(slot, type)!);
  }

  /** Begins an empty value in the record at `slot`. */
  begin(slot: number): void {
    this.#setLength(slot, PACKED_HEADER);
    const address = this.#slots.get(slot, Field.address);
    const { data } = this.#slab.segment(address).block;
    const at = keyAt(address) + this.#slots.get(slot, Field.keyLength);
    data.setUint16(at, 0);
    this.#owner.memory += PACKED_HEADER;
  }

  /** Writes a value of `size` bytes into the record at `slot`. */
  write(slot: number, value: Packable, size: number): void {
    this.#setLength(slot, size);
    const address = this.#slots.get(slot, Field.address);
    const { block } = this.#slab.segment(address);
    pack(value, block, keyAt(address) + this.#slots.get(slot, Field.keyLength));
    this.#owner.memory += size;
  }

  /** Makes the packed value at `packed.slot` this long; its bytes stay. */
  resize(packed: PackedValue, length: number): void {
    const { slot } = packed;
    const old = packed.end - packed.start;
    const address = this.#slots.get(slot, Field.address);
    const { words } = this.#slab.segment(address);
    const size = words[firstWord(address) + Header.size]!;
    const keyLength = this.#slots.get(slot, Field.keyLength);
    if (!fits(keyLength + length, size >>> MARK_BITS)) {
      const room = length > old ? length + (length >>> SPARE_BITS) : length;
      const bytes = keyLength + Math.min(length, old);
      this.#moveTo(slot, Slab.unitsFor(keyLength + room), bytes);
      const moved = this.#slots.get(slot, Field.address);
      packed.block = this.#slab.segment(moved).block;
      packed.start = keyAt(moved) + keyLength;
    }
    this.#setLength(slot, length);
    packed.end = packed.start + length;
    this.#owner.memory += length - old;
  }

  /** Gives the record at `slot` other memory, of so many units, with its first `bytes` in it. */
  #moveTo(slot: number, units: number, bytes: number): void {
    const before = this.#slots.get(slot, Field.address);
    const { words } = this.#slab.segment(before);
    const mark = words[firstWord(before) + Header.size]! & MARK_MASK;
    const to = this.#slab.allocate(units, slot, mark);
    // Records may have moved, this one too; and again when its memory is freed.
    const from = this.#slots.get(slot, Field.address);
    const source = this.#slab.segment(from).block;
    const target = this.#slab.segment(to).block;
    copyBytes(source, keyAt(from), target, keyAt(to), bytes);
    this.#slots.set(slot, Field.address, to);
    this.#slab.free(from);
  }

  #setLength(slot: number, length: number): void {
    const address = this.#slots.get(slot, Field.address);
    const { words } = this.#slab.segment(address);
    words[firstWord(address) + Header.detail] = length;
  }
}
