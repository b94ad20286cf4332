/** Up to this many entries looking through an array is as fast as a map, and takes a third of the memory. */
const LINEAR_SIZE = 12;

/**
 * A map from byte strings to values that also numbers its entries from 0 on
 * without gaps. An entry that is deleted leaves a hole, into which the last one
 * moves: so entries only ever move to lower numbers, and a scan from the top
 * down meets everything that was there all along, with a plain number as cursor.
 * A few entries need no hash table.
 *
 * | operation | cost |
 * |---|---|
 * | `find`, `add`, `delete` | O(1) |
 * | `key`, `value` | O(1) |
 */
export class DenseMap<V> {
  readonly #keys: string[] = [];
  readonly #values: V[] = [];
  #numbers: Map<string, number> | undefined = undefined;

  get size(): number {
    return this.#keys.length;
  }

  /** Returns the number of the entry of `key`, or -1. */
  find(key: string): number {
    return this.#numbers === undefined
      ? this.#keys.indexOf(key)
      : this.#numbers.get(key) ?? -1;
  }

  key(number: number): string {
    return this.#keys[number]!;
  }

  value(number: number): V {
    return this.#values[number]!;
  }

  setValue(number: number, value: V): void {
    this.#values[number] = value;
  }

  /** Adds an entry for a key that has none. */
  add(key: string, value: V): void {
    this.#numbers?.set(key, this.#keys.length);
    this.#keys.push(key);
    this.#values.push(value);
    if (this.#keys.length > LINEAR_SIZE) this.#index();
  }

  /** Deletes the entry with this number, which the last one then takes. */
  delete(number: number): void {
    const key = this.#keys[number]!;
    const lastKey = this.#keys.pop()!;
    const lastValue = this.#values.pop()!;
    this.#numbers?.delete(key);
    if (number === this.#keys.length) return;
    this.#keys[number] = lastKey;
    this.#values[number] = lastValue;
    this.#numbers?.set(lastKey, number);
  }

  /** Visits up to `count` entries from `cursor` on (0 to begin); returns the cursor to go on from, 0 at the end. */
  scan(
    cursor: number,
    count: number,
    visit: (key: string, value: V) => void,
  ): number {
    const { size } = this;
    let number = cursor === 0 ? size : Math.min(cursor, size);
    for (let left = count; left > 0 && number > 0; left--) {
      number--;
      visit(this.#keys[number]!, this.#values[number]!);
    }
    return number;
  }

  /** Estimate of the memory held beyond keys and values, in bytes. */
  get overhead(): number {
    return this.#keys.length * (this.#numbers === undefined ? 16 : 56) + 120;
  }

  #index(): void {
    if (this.#numbers !== undefined) return;
    const numbers = new Map<string, number>();
    for (let i = 0; i < this.#keys.length; i++) numbers.set(this.#keys[i]!, i);
    this.#numbers = numbers;
  }
}
