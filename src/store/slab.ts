import { ByteBlock, copyBytes } from "../protocol/byte_block.ts";

/** Records begin at multiples of this many bytes. */
const UNIT = 8;
/** Units of a segment, as a power of two: a mebibyte. */
const SEGMENT_BITS = 17;
const SEGMENT_UNITS = 1 << SEGMENT_BITS;
/** What a slab with few records begins with. */
const FIRST_UNITS = 128;
/** A record larger than this many units has a segment of its own. */
const LARGE_UNITS = SEGMENT_UNITS / 4;
const MOST_SEGMENTS = 2 ** (32 - SEGMENT_BITS);
/** Empty segments that are kept. */
const MOST_SPARES = 4;
/** Part of the live units that may be dead before segments are cleaned. */
const DEAD_PART = 0.18;
/** Units that cleaning looks at for each unit that is allocated or freed: enough to stay ahead when two of three are live. */
const CLEANING_PACE = 6;
const CLEANING_LEAST = 32;

/** Where the parts of a record's header lie, in words of 32 bits. Behind it come the bytes. */
export const Header = {
  /** Whose record it is; the owner's business. */
  owner: 0,
  /** Anything the owner likes. */
  detail: 1,
  /** Its size in units, shifted by `MARK_BITS`, plus a mark of the owner's from 1 to 7; 0 for a record that is dead. */
  size: 2,
} as const;
export const HEADER_BYTES = 12;
/** What a record's owner may mark it with. */
export const MARK_BITS = 3;
export const MARK_MASK = (1 << MARK_BITS) - 1;

/** Hears that its record is elsewhere. */
export interface RecordOwner {
  recordMoved(owner: number, address: number): void;
}

/** A part of a slab; records are found by their address. */
export class Segment {
  readonly block: ByteBlock;
  readonly words: Int32Array;
  /** Whether it is one large record's own. */
  readonly isLarge: boolean;
  /** Units that have been given out, and those of them that are not dead. */
  used = 0;
  live = 0;

  constructor(units: number, isLarge = false) {
    this.isLarge = isLarge;
    this.block = ByteBlock.ofSize(units * UNIT);
    this.words = new Int32Array(this.block.bytes.buffer);
  }

  get units(): number {
    return this.words.length / 2;
  }
}

/**
 * Memory for many records of any sizes, out of the garbage collector's sight.
 *
 * Records are put one behind the other into segments of a mebibyte. Those that
 * are freed leave dead room; when there is too much of it, the segment with the
 * least that is alive is cleaned, a few records with every change: what lives in
 * it moves on, and the segment is empty. So memory is used again whatever the
 * sizes were, nothing pauses, and no more than about a fifth is dead.
 *
 * An address is a number of 32 bits: the segment, and the unit in it.
 */
export class Slab {
  readonly #owner: RecordOwner;
  readonly #segments: (Segment | undefined)[] = [];
  /** Numbers of segments that are free. */
  readonly #unused: number[] = [];
  /** The segment that records are put into, and its number. */
  #head: Segment | undefined = undefined;
  #headNumber = 0;
  /** Empty segments, to be used again: the garbage collector may be long in coming for them. */
  readonly #spares: Segment[] = [];
  /** Units that live records take, and dead ones; without those that have a segment of their own. */
  #live = 0;
  #dead = 0;
  /** Number of the segment that is being cleaned, and how far it is; -1 for none. */
  #cleaning = -1;
  #cleanedTo = 0;

  constructor(owner: RecordOwner) {
    this.#owner = owner;
  }

  /** Returns how many units a record with this many bytes takes. */
  static unitsFor(bytes: number): number {
    return (HEADER_BYTES + bytes + UNIT - 1) >>> 3;
  }

  /** Returns the segment of an address. */
  segment(address: number): Segment {
    return this.#segments[address >>> SEGMENT_BITS]!;
  }

  /** Bytes held, with those of dead records and those not given out yet. */
  get capacity(): number {
    let bytes = this.#spares.length * SEGMENT_UNITS * UNIT;
    for (const segment of this.#segments) bytes += segment?.block.length ?? 0;
    return bytes;
  }

  /** Returns the address of a new record of `units`, marked with `mark`. Other records may move. */
  allocate(units: number, owner: number, mark: number): number {
    if (this.#cleaning >= 0) this.#clean(units);
    const address = units > LARGE_UNITS
      ? this.#allocateLarge(units)
      : this.#take(units);
    const { words } = this.segment(address);
    const word = firstWord(address);
    words[word + Header.owner] = owner;
    words[word + Header.size] = (units << MARK_BITS) | mark;
    return address;
  }

  /** Gives a record's memory back. Other records may move. */
  free(address: number): void {
    const number = address >>> SEGMENT_BITS;
    const segment = this.#segments[number]!;
    const at = firstWord(address) + Header.size;
    const units = segment.words[at]! >>> MARK_BITS;
    if (units > LARGE_UNITS) return this.#drop(number);
    segment.words[at] = units << MARK_BITS;
    segment.live -= units;
    this.#live -= units;
    this.#dead += units;
    if (this.#live === 0) return this.#reset();
    if (this.#cleaning >= 0) this.#clean(units);
    else if (this.#dead > SEGMENT_UNITS + this.#live * DEAD_PART) {
      this.#startCleaning();
    }
  }

  #take(units: number): number {
    let head = this.#head;
    if (head === undefined || head.used + units > head.units) {
      head = this.#makeRoom(units);
    }
    const address = (this.#headNumber << SEGMENT_BITS) | head.used;
    head.used += units;
    head.live += units;
    this.#live += units;
    return address;
  }

  /** Returns a head that has room for `units`. */
  #makeRoom(units: number): Segment {
    const head = this.#head;
    if (head !== undefined && head.units < SEGMENT_UNITS) {
      // The first segment grows with what is in it.
      let size = head.units * 2;
      while (size < head.used + units) size *= 2;
      if (size <= SEGMENT_UNITS) return this.#growHead(head, size);
    }
    if (head !== undefined) this.#dead += head.units - head.used;
    const isFirst = this.#segments.length === 0;
    const next = this.#spares.pop() ??
      new Segment(isFirst ? Math.max(FIRST_UNITS, units) : SEGMENT_UNITS);
    this.#headNumber = this.#place(next);
    return this.#head = next;
  }

  #growHead(head: Segment, units: number): Segment {
    const grown = new Segment(units);
    grown.words.set(head.words.subarray(0, head.used * 2));
    grown.used = head.used;
    grown.live = head.live;
    this.#segments[this.#headNumber] = grown;
    return this.#head = grown;
  }

  #allocateLarge(units: number): number {
    const segment = new Segment(units, true);
    segment.used = segment.live = units;
    return this.#place(segment) << SEGMENT_BITS;
  }

  /** Gives a segment a number. */
  #place(segment: Segment): number {
    const number = this.#unused.pop() ?? this.#segments.length;
    if (number >= MOST_SEGMENTS) {
      throw new RangeError("The keys and strings of a database are too large");
    }
    this.#segments[number] = segment;
    return number;
  }

  #drop(number: number): void {
    this.#segments[number] = undefined;
    this.#unused.push(number);
  }

  /** Nothing is alive but large records: all segments go but one. */
  #reset(): void {
    for (const [number, segment] of this.#segments.entries()) {
      if (segment === undefined || segment.isLarge) continue;
      if (segment !== this.#head) this.#drop(number);
    }
    this.#head!.used = 0;
    this.#spares.length = 0;
    this.#dead = 0;
    this.#cleaning = -1;
  }

  #startCleaning(): void {
    let least = Infinity;
    for (const [number, segment] of this.#segments.entries()) {
      if (
        segment === undefined || segment === this.#head ||
        segment.isLarge || segment.live >= least
      ) continue;
      least = segment.live;
      this.#cleaning = number;
    }
    this.#cleanedTo = 0;
  }

  /** Moves live records out of the segment that is being cleaned, at the pace of `units` that came or went. */
  #clean(units: number): void {
    const number = this.#cleaning;
    const segment = this.#segments[number]!;
    const { words } = segment;
    const stop = this.#cleanedTo + CLEANING_LEAST + units * CLEANING_PACE;
    while (this.#cleanedTo < stop && segment.live > 0) {
      const word = this.#cleanedTo * 2;
      const sizeWord = words[word + Header.size]!;
      const size = sizeWord >>> MARK_BITS;
      if ((sizeWord & MARK_MASK) !== 0) this.#moveOut(segment, word, size);
      this.#cleanedTo += size;
    }
    if (segment.live > 0) return;
    this.#dead -= segment.units;
    this.#drop(number);
    if (segment.units === SEGMENT_UNITS && this.#spares.length < MOST_SPARES) {
      segment.used = 0;
      this.#spares.push(segment);
    }
    this.#cleaning = -1;
    if (this.#dead > SEGMENT_UNITS + this.#live * DEAD_PART) {
      this.#startCleaning();
    }
  }

  #moveOut(segment: Segment, word: number, units: number): void {
    const address = this.#take(units);
    const { block, words } = this.segment(address);
    const to = firstWord(address);
    copyBytes(segment.block, word * 4, block, to * 4, units * UNIT);
    segment.words[word + Header.size] = units << MARK_BITS;
    segment.live -= units;
    this.#live -= units;
    this.#dead += units;
    this.#owner.recordMoved(words[to + Header.owner]!, address);
  }
}

/** Returns where the record at an address begins in the words of its segment. */
export function firstWord(address: number): number {
  return (address & (SEGMENT_UNITS - 1)) * 2;
}

/** Returns where the bytes of the record at an address begin, in its segment. Those of a key come first. */
export function keyAt(address: number): number {
  return firstWord(address) * 4 + HEADER_BYTES;
}
