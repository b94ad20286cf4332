/**
 * The last bytes of the replication stream: what a replica that was away for a
 * moment has missed. A ring; the first byte of the stream has offset 1.
 */
export class Backlog {
  #bytes: Uint8Array;
  /** Offset of the byte that comes next. */
  #next: number;
  /** Number of bytes held. */
  length = 0;

  constructor(size: number, next: number) {
    this.#bytes = new Uint8Array(size);
    this.#next = next;
  }

  get size(): number {
    return this.#bytes.length;
  }

  /** Offset of the first byte held. */
  get first(): number {
    return this.#next - this.length;
  }

  append(bytes: Uint8Array): void {
    const { size } = this;
    // Of more than there is room for only the end stays.
    const kept = bytes.subarray(Math.max(0, bytes.length - size));
    const at = (this.#next + bytes.length - kept.length) % size;
    const first = Math.min(kept.length, size - at);
    this.#bytes.set(kept.subarray(0, first), at);
    this.#bytes.set(kept.subarray(first), 0);
    this.#next += bytes.length;
    this.length = Math.min(size, this.length + bytes.length);
  }

  /** Returns the bytes from `offset` on, `undefined` when not all of them are held. */
  from(offset: number): Uint8Array | undefined {
    if (offset < this.first || offset > this.#next) return undefined;
    const bytes = new Uint8Array(this.#next - offset);
    const { size } = this;
    const at = offset % size;
    const first = Math.min(bytes.length, size - at);
    bytes.set(this.#bytes.subarray(at, at + first), 0);
    bytes.set(this.#bytes.subarray(0, bytes.length - first), first);
    return bytes;
  }

  /** Returns one of another size that holds as much of this as it can. */
  resized(size: number): Backlog {
    const kept = Math.min(this.length, size);
    const backlog = new Backlog(size, this.#next - kept);
    backlog.append(this.from(this.#next - kept)!);
    return backlog;
  }
}
