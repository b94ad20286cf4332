import { Buffer } from "node:buffer";

/** Buffers from this size on are kept. */
const LEAST = 64 * 1024;
/** Bytes of buffers that are kept at most. */
const MOST_KEPT = 64 * 1024 * 1024;

interface Kept {
  readonly bytes: Buffer;
  /** How often `relax()` had been called by the time it was given back. */
  readonly since: number;
}

/**
 * Large buffers for what connections read, shared by all connections of a server.
 *
 * One that was given back serves the next long request, whoever sends it. A new
 * one costs more than to receive its bytes: it is filled with zeros, page by page,
 * and hurries the garbage collector.
 */
export class ReadBuffers {
  /** Those that nobody uses, the one given back last at the end. */
  #kept: Kept[] = [];
  #keptBytes = 0;
  #relaxed = 0;

  /** Bytes of the buffers that nobody uses. */
  get capacity(): number {
    return this.#keptBytes;
  }

  /** Returns whether a buffer of at least `size` bytes is there that is not much larger. */
  has(size: number): boolean {
    return this.#find(size) >= 0;
  }

  /** Returns a buffer of at least `size` bytes, whose bytes are anything. */
  take(size: number): Buffer {
    const i = this.#find(size);
    if (i < 0) return Buffer.allocUnsafeSlow(size);
    const [{ bytes }] = this.#kept.splice(i, 1) as [Kept];
    this.#keptBytes -= bytes.length;
    return bytes;
  }

  /** Takes a buffer back that is used no more. */
  give(bytes: Buffer): void {
    const { length } = bytes;
    if (length < LEAST || this.#keptBytes + length > MOST_KEPT) return;
    this.#kept.push({ bytes, since: this.#relaxed });
    this.#keptBytes += length;
  }

  /** Lets go of what nobody has used since this was last called. */
  relax(): void {
    const before = this.#relaxed++;
    this.#kept = this.#kept.filter(({ bytes, since }) => {
      const stays = since === before;
      if (!stays) this.#keptBytes -= bytes.length;
      return stays;
    });
  }

  #find(size: number): number {
    if (size < LEAST) return -1;
    return this.#kept.findLastIndex(({ bytes: { length } }) =>
      length >= size && length <= size + size / 8
    );
  }
}
