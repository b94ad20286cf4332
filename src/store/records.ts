import {
  ByteBlock,
  type ByteRange,
  copyBytes,
  keepMemory,
} from "../protocol/byte_block.ts";
import { writeInt64 } from "../protocol/integer.ts";
import { byteString, writeString } from "../protocol/short_string.ts";
import { KEY_OVERHEAD, KeyRecords } from "./key_records.ts";
import { LooseSlots } from "./loose_slots.ts";
import { ObjectTable } from "./object_table.ts";
import {
  MOST_PACKED,
  PACKED_HEADER,
  type PackedType,
  type PackedValue,
} from "./packed.ts";
import { PackedRecords } from "./packed_records.ts";
import { packedSize } from "./packing.ts";
import { fits, isPackable, isPacked, Kind, packedType } from "./record_kind.ts";
import {
  firstWord,
  Header,
  HEADER_BYTES,
  keyAt,
  MARK_BITS,
  MARK_MASK,
  Slab,
} from "./slab.ts";
import { Field } from "./slot_table.ts";
import { EditableString } from "./values/editable_string.ts";
import type { StringValue, TypeName, Value } from "./values/value.ts";

/** Strings longer than this are objects, with memory of their own. */
const LONGEST_INLINE = 64 * 1024;
const INTEGER_SIZE = 16;

/**
 * The keys of a keyspace and what they hold, by slot.
 *
 * A record in the slab is a key and, behind it, its value, if that is a string
 * and not a very long one, or a packed one. Counters have no value there but an
 * integer in the record's header; objects are referred to from it.
 *
 * A small hash, list, set or sorted set is packed. Commands that are used much
 * work on its bytes. For others it is made an object, which it stays until some
 * dozens of others were edited after it: `LooseSlots`.
 */
export class Records extends KeyRecords {
  readonly #objects = new ObjectTable<Exclude<Value, string>>();
  /** Where integers become digits. */
  readonly #digits = ByteBlock.ofSize(INTEGER_SIZE);
  /** What `stringAt()` returns. */
  readonly #range = { block: this.#digits, start: 0, end: 0 };
  readonly #packed = new PackedRecords(this.slots, this.slab, this);
  readonly #loose = new LooseSlots();

  value(slot: number): Value {
    const address = this.slots.get(slot, Field.address);
    const { block, words } = this.slab.segment(address);
    const word = firstWord(address);
    const detail = words[word + Header.detail]!;
    const kind = words[word + Header.size]! & MARK_MASK;
    switch (kind) {
      case Kind.object:
        return this.#objects.get(detail);
      case Kind.integer:
        return String(detail);
      case Kind.string:
        break;
      default:
        return this.#packed.unpack(slot, packedType(kind));
    }
    const start = keyAt(address) + this.slots.get(slot, Field.keyLength);
    return byteString(block.bytes, start, start + detail);
  }

  /** Returns where the bytes of the string at `slot` lie, `undefined` when it holds none: valid until anything changes. */
  stringAt(slot: number): ByteRange | undefined {
    const address = this.slots.get(slot, Field.address);
    const { block, words } = this.slab.segment(address);
    const word = firstWord(address);
    const detail = words[word + Header.detail]!;
    const range = this.#range;
    switch (words[word + Header.size]! & MARK_MASK) {
      case Kind.object: {
        const object = this.#objects.get(detail);
        if (object.type !== "string") return undefined;
        range.block = new ByteBlock(object.bytes);
        range.start = 0;
        range.end = object.length;
        return range;
      }
      case Kind.integer:
        range.block = this.#digits;
        range.start = 0;
        range.end = writeInt64(this.#digits, detail);
        return range;
      case Kind.string:
        break;
      default:
        return undefined;
    }
    range.block = block;
    range.start = keyAt(address) + this.slots.get(slot, Field.keyLength);
    range.end = range.start + detail;
    return range;
  }

  /** Returns the integer at `slot` if one was put there as such by `setInteger()`. */
  integerAt(slot: number): number | undefined {
    const address = this.slots.get(slot, Field.address);
    const { words } = this.slab.segment(address);
    const word = firstWord(address);
    return (words[word + Header.size]! & MARK_MASK) === Kind.integer
      ? words[word + Header.detail]
      : undefined;
  }

  /** Puts a string at `slot`, which holds one, that is the digits of an integer of 32 bits. */
  setInteger(slot: number, n: number): void {
    const address = this.slots.get(slot, Field.address);
    const { words } = this.slab.segment(address);
    const word = firstWord(address);
    const size = words[word + Header.size]!;
    if ((size & MARK_MASK) !== Kind.integer) {
      this.#release(address);
      words[word + Header.size] = (size & ~MARK_MASK) | Kind.integer;
    }
    words[word + Header.detail] = n;
  }

  /** Adds a record for a key and its hash; returns its slot. */
  add(key: ByteRange, hash: number, value: Value): number {
    this.#packLoose();
    const held = asHeld(value);
    const slot = typeof held === "string"
      ? this.addRecord(key, hash, held.length, Kind.string)
      : this.addRecord(key, hash, 0, Kind.object);
    this.#fill(slot, held);
    return slot;
  }

  /** Adds a record for a key and its hash, with a string that is bytes of a block; returns its slot. */
  addBytes(key: ByteRange, hash: number, value: ByteRange): number {
    const length = value.end - value.start;
    if (length > LONGEST_INLINE) return this.add(key, hash, editableOf(value));
    const slot = this.addRecord(key, hash, length, Kind.string);
    this.#fillBytes(slot, value, length);
    return slot;
  }

  /** Puts another value at `slot`. */
  replace(slot: number, value: Value): void {
    this.#packLoose();
    const held = asHeld(value);
    if (typeof held === "string") {
      this.#fit(slot, held.length, Kind.string);
    } else this.#fit(slot, 0, Kind.object);
    this.#fill(slot, held);
  }

  /** Puts a string at `slot` that is bytes of a block. */
  replaceBytes(slot: number, value: ByteRange): void {
    const length = value.end - value.start;
    if (length > LONGEST_INLINE) return this.#replaceLong(slot, value, length);
    const address = this.slots.get(slot, Field.address);
    const { block, words } = this.slab.segment(address);
    const word = firstWord(address);
    const size = words[word + Header.size]!;
    const keyLength = this.slots.get(slot, Field.keyLength);
    // Nearly always a string takes the place of one of about its length.
    if (
      (size & MARK_MASK) === Kind.string &&
      fits(keyLength + length, size >>> MARK_BITS)
    ) {
      this.memory += length - words[word + Header.detail]!;
      words[word + Header.detail] = length;
      const at = word * 4 + HEADER_BYTES + keyLength;
      copyBytes(value.block, value.start, block, at, length);
      return;
    }
    this.#fit(slot, length, Kind.string);
    this.#fillBytes(slot, value, length);
  }

  /** Counts the memory of the value at `slot` again, after it was edited. */
  recount(slot: number): void {
    const object = this.#objectAt(slot);
    if (object === undefined) return;
    this.memory -= object.accounted;
    this.memory += object.accounted = object.memory;
  }

  /** Removes the record at `slot`, which the last one then takes. */
  remove(slot: number): void {
    this.#release(this.slots.get(slot, Field.address));
    this.memory -= this.slots.get(slot, Field.keyLength) + KEY_OVERHEAD;
    this.slab.free(this.slots.get(slot, Field.address));
    const last = this.size - 1;
    this.#loose.move(last, slot);
    if (slot !== last) {
      const address = this.slots.get(last, Field.address);
      this.slab.segment(address).words[firstWord(address) + Header.owner] =
        slot;
    }
    this.slots.popInto(slot);
  }

  /** Returns an estimate of the memory that the key at `slot` and its value take, in bytes. */
  memoryAt(slot: number): number {
    const address = this.slots.get(slot, Field.address);
    const { words } = this.slab.segment(address);
    const word = firstWord(address);
    const kind = words[word + Header.size]! & MARK_MASK;
    return this.slots.get(slot, Field.keyLength) + KEY_OVERHEAD +
      (kind === Kind.string || isPacked(kind)
        ? words[word + Header.detail]!
        : this.#objectAt(slot)?.memory ?? 0);
  }

  /** Returns the type of the value at `slot` as TYPE names it. */
  type(slot: number): TypeName {
    const kind = this.#kindAt(slot);
    if (kind === Kind.object) return this.#objectAt(slot)!.type;
    return isPacked(kind) ? packedType(kind) : "string";
  }

  /** Returns the value at `slot` to be looked at; if it is packed, a copy, until it is asked for often. */
  read(slot: number): Value {
    const kind = this.#kindAt(slot);
    return isPacked(kind) && this.#loose.isAskedAgain(slot)
      ? this.edit(slot)
      : this.value(slot);
  }

  /** Returns the value at `slot` to be edited; if it was packed, as an object from now on. */
  edit(slot: number): Value {
    const kind = this.#kindAt(slot);
    if (!isPacked(kind)) {
      const value = this.value(slot);
      if (kind === Kind.object && value.length <= MOST_PACKED) {
        this.#loose.defer(slot);
      }
      return value;
    }
    this.#packLoose();
    const value = this.#packed.unpack(slot, packedType(kind));
    this.#fit(slot, 0, Kind.object);
    this.#fill(slot, value);
    return value;
  }

  /** Returns the packed value at `slot`, `undefined` when it holds no packed one of this type: valid until anything else changes. */
  packedAt(slot: number, type: PackedType): PackedValue | undefined {
    return this.#packed.at(slot, type);
  }

  /** Adds a record for a key and its hash, with an empty packed value that may grow to `room` bytes where it is; returns its slot. */
  addPacked(
    key: ByteRange,
    hash: number,
    type: PackedType,
    room: number,
  ): number {
    const slot = this.addRecord(key, hash, PACKED_HEADER + room, Kind[type]);
    this.#packed.begin(slot);
    return slot;
  }

  /** Gives up the value in the record at `address`. */
  #release(address: number): void {
    const { words } = this.slab.segment(address);
    const word = firstWord(address);
    const detail = words[word + Header.detail]!;
    const kind = words[word + Header.size]! & MARK_MASK;
    if (kind === Kind.string || isPacked(kind)) this.memory -= detail;
    else if (kind === Kind.object) {
      this.memory -= this.#objects.get(detail).accounted;
      this.#objects.remove(detail);
    }
  }

  /** Puts a long string at `slot`: into the memory of the one that is there, if that has room for it, or with the memory it came in. */
  #replaceLong(slot: number, value: ByteRange, length: number): void {
    const old = this.#objectAt(slot);
    if (old?.type !== "string" || !old.suits(length)) {
      return this.replace(slot, editableOf(value));
    }
    const kept = keepMemory(value);
    if (kept !== undefined) value.block.loan!.left = old.exchange(kept);
    else old.assign(value.block.bytes.subarray(value.start, value.end));
    this.recount(slot);
  }

  #objectAt(slot: number): Exclude<Value, string> | undefined {
    const address = this.slots.get(slot, Field.address);
    const { words } = this.slab.segment(address);
    const word = firstWord(address);
    return (words[word + Header.size]! & MARK_MASK) === Kind.object
      ? this.#objects.get(words[word + Header.detail]!)
      : undefined;
  }

  /** Gives up the value at `slot`, and makes its record one of this kind with room for another. */
  #fit(slot: number, valueLength: number, kind: Kind): void {
    const old = this.slots.get(slot, Field.address);
    const { words } = this.slab.segment(old);
    const at = firstWord(old) + Header.size;
    const keyLength = this.slots.get(slot, Field.keyLength);
    const size = words[at]! >>> MARK_BITS;
    if (fits(keyLength + valueLength, size)) {
      this.#release(old);
      words[at] = (size << MARK_BITS) | kind;
      return;
    }
    const units = Slab.unitsFor(keyLength + valueLength);
    const address = this.slab.allocate(units, slot, kind);
    // Records may have moved, this one too.
    const from = this.slots.get(slot, Field.address);
    this.#release(from);
    copyBytes(
      this.slab.segment(from).block,
      keyAt(from),
      this.slab.segment(address).block,
      keyAt(address),
      keyLength,
    );
    this.slots.set(slot, Field.address, address);
    this.slab.free(from);
  }

  /** Writes a value into a record that has room for it. */
  #fill(slot: number, value: Value): void {
    const address = this.slots.get(slot, Field.address);
    const { block, words } = this.slab.segment(address);
    const detail = firstWord(address) + Header.detail;
    if (typeof value === "string") {
      words[detail] = value.length;
      const keyLength = this.slots.get(slot, Field.keyLength);
      writeString(block, keyAt(address) + keyLength, value);
      this.memory += value.length;
    } else {
      words[detail] = this.#objects.add(value);
      this.memory += value.accounted = value.memory;
      if (isPackable(value)) this.#loose.add(slot);
    }
  }

  #kindAt(slot: number): number {
    const address = this.slots.get(slot, Field.address);
    const { words } = this.slab.segment(address);
    return words[firstWord(address) + Header.size]! & MARK_MASK;
  }

  /** Packs objects that were edited a while ago, when there are many. */
  #packLoose(): void {
    for (const slot of this.#loose.takeSome()) this.#pack(slot);
  }

  #pack(slot: number): void {
    const value = this.#objectAt(slot);
    if (value === undefined || !isPackable(value)) return;
    const size = packedSize(value);
    if (size < 0) return;
    this.#fit(slot, size, Kind[value.type]);
    this.#packed.write(slot, value, size);
  }

  #fillBytes(slot: number, value: ByteRange, length: number): void {
    const address = this.slots.get(slot, Field.address);
    const { block, words } = this.slab.segment(address);
    words[firstWord(address) + Header.detail] = length;
    const at = keyAt(address) + this.slots.get(slot, Field.keyLength);
    copyBytes(value.block, value.start, block, at, length);
    this.memory += length;
  }
}

/** Returns a value as it is held: a long string as an object. */
function asHeld(value: Value): Value {
  return typeof value === "string" && value.length > LONGEST_INLINE
    ? new EditableString(value)
    : value;
}

function editableOf(value: ByteRange): StringValue {
  const kept = keepMemory(value);
  if (kept !== undefined) return EditableString.over(kept);
  const { block, start, end } = value;
  return EditableString.of(block.bytes.subarray(start, end));
}
