/** How many there may be, and how many of them are packed then. */
const MOST_LOOSE = 64;
const PACKED_AT_ONCE = 32;
/** How many slots are remembered that were asked for. */
const MOST_ASKED = 16;
const NONE: readonly number[] = [];

/**
 * Slots of small values that are objects because they were edited, or read again
 * and again. When there are many, those are packed that became so first: a value
 * that is edited all the time stays an object, and one that a command has just
 * asked for is the one that the keyspace holds, whatever few others it asks for.
 */
export class LooseSlots {
  readonly #slots: number[] = [];
  /** Slots of packed values that were asked for of late, in a circle. */
  readonly #asked = new Int32Array(MOST_ASKED).fill(-1);
  #nextAsked = 0;

  /** Returns whether a packed value is asked for often, which is better an object then; to be called whenever it is. */
  isAskedAgain(slot: number): boolean {
    const asked = this.#asked;
    for (let i = 0; i < MOST_ASKED; i++) if (asked[i] === slot) return true;
    asked[this.#nextAsked] = slot;
    this.#nextAsked = (this.#nextAsked + 1) % MOST_ASKED;
    return false;
  }

  /** Adds the slot of an object, as the last one to be packed. */
  add(slot: number): void {
    if (!this.defer(slot)) this.#slots.push(slot);
  }

  /** Makes a slot the last one to be packed, as its object is about to be edited; returns whether it is here. */
  defer(slot: number): boolean {
    const slots = this.#slots;
    const last = slots.length - 1;
    if (slots[last] === slot) return true;
    const from = slots.lastIndexOf(slot);
    if (from < 0) return false;
    for (let i = from; i < last; i++) slots[i] = slots[i + 1]!;
    slots[last] = slot;
    return true;
  }

  /** Returns slots that are to be packed, if it is time; they are forgotten here. */
  takeSome(): readonly number[] {
    return this.#slots.length < MOST_LOOSE
      ? NONE
      : this.#slots.splice(0, PACKED_AT_ONCE);
  }

  /** What was at the slot `last` is at `slot` now, and what was there is gone. */
  move(last: number, slot: number): void {
    const slots = this.#slots;
    let kept = 0;
    for (const each of slots) {
      if (each === slot) continue;
      slots[kept++] = each === last ? slot : each;
    }
    slots.length = kept;
  }
}
