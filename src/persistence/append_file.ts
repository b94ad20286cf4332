import { Buffer } from "node:buffer";
import { crc32 } from "./crc32.ts";
import type { AppendableFile, FileSystem } from "./files.ts";

const SMALLEST_BUFFER = 64 * 1024;
/** A buffer above this is given back once it has been written. */
const KEPT_BUFFER = 4 * 1024 * 1024;
const LOOP_LENGTH = 48;

/** What a line begins with that holds the checksum of what came since the last such line. */
export const CHECKSUM_LINE = "#CRC:";

/**
 * The file that commands are appended to. They gather in memory; `write()` hands
 * them to the operating system, followed by their checksum, and `sync()` has them
 * put on the disk. What could not be written stays, and is tried again with what
 * comes after it.
 */
export class AppendFile {
  readonly #file: AppendableFile;
  #bytes = Buffer.allocUnsafeSlow(SMALLEST_BUFFER);
  #length = 0;
  /** How many bytes of the buffer a checksum covers that is in it. */
  #summed = 0;
  #crc: number;
  #size: number;
  #synced: number;
  /** How often the disk is being asked at the moment; the file stays open meanwhile. */
  #syncs = 0;
  #closed = false;

  /** Opens the file; `sum` is the checksum of what it has behind its last one. Throws the file system's error. */
  constructor(files: FileSystem, path: string, sum = 0) {
    this.#file = files.append(path);
    this.#crc = sum;
    this.#size = this.#synced = this.#file.size;
  }

  /** Number of bytes in the file. */
  get size(): number {
    return this.#size;
  }

  /** Number of bytes that wait to be written. */
  get buffered(): number {
    return this.#length;
  }

  /** Memory held for bytes that wait. */
  get capacity(): number {
    return this.#bytes.length;
  }

  /** Whether all that is in the file is on the disk. */
  get isSynced(): boolean {
    return this.#synced === this.#size;
  }

  /** Appends `bytes` from `start` to `end`: whole commands. */
  add(bytes: Uint8Array, start: number, end: number): void {
    const length = end - start;
    this.#reserve(length);
    let at = this.#length;
    if (length > LOOP_LENGTH) this.#bytes.set(bytes.subarray(start, end), at);
    else for (let i = start; i < end; i++) this.#bytes[at++] = bytes[i]!;
    this.#length += length;
  }

  /** Appends a line that is a remark. */
  remark(text: string): void {
    this.#text(`${text}\r\n`);
  }

  /** Writes what waits. Throws the file system's error; the file is then as it was, unless it cannot even be cut. */
  write(): void {
    if (this.#length > this.#summed) this.#addChecksum();
    let written = 0;
    try {
      while (written < this.#length) {
        written += this.#file.writeSync(
          this.#bytes.subarray(written, this.#length),
        );
      }
    } catch (error) {
      if (written > 0) this.#undo(written);
      throw error;
    }
    this.#size += written;
    this.#drop(written);
  }

  /** Resolves when all that has been written so far is on the disk. */
  async sync(): Promise<void> {
    const size = this.#size;
    if (size === this.#synced) return;
    this.#syncs++;
    try {
      await this.#file.syncData();
      this.#synced = Math.max(this.#synced, size);
    } finally {
      this.#syncs--;
      if (this.#closed && this.#syncs === 0) this.#file.close();
    }
  }

  syncSync(): void {
    if (this.isSynced) return;
    this.#file.syncDataSync();
    this.#synced = this.#size;
  }

  /** Empties the file. Throws the file system's error. */
  clear(): void {
    this.#file.truncateSync(0);
    this.#size = this.#synced = this.#crc = 0;
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    if (this.#syncs === 0) this.#file.close();
  }

  #addChecksum(): void {
    const bytes = this.#bytes.subarray(this.#summed, this.#length);
    const digits = crc32(bytes, this.#crc).toString(16).padStart(8, "0");
    this.#crc = 0;
    this.#text(`${CHECKSUM_LINE}${digits}\r\n`);
    this.#summed = this.#length;
  }

  #text(text: string): void {
    this.#reserve(text.length);
    this.#length += this.#bytes.latin1Write(text, this.#length);
  }

  /** Takes away what is in the file of a write that failed. Where that fails too, only the rest is written next time. */
  #undo(written: number): void {
    try {
      this.#file.truncateSync(this.#size);
    } catch {
      this.#size += written;
      this.#drop(written);
    }
  }

  #drop(count: number): void {
    if (count < this.#length) this.#bytes.copyWithin(0, count, this.#length);
    this.#length -= count;
    this.#summed = Math.max(0, this.#summed - count);
    if (this.#length === 0 && this.#bytes.length > KEPT_BUFFER) {
      this.#bytes = Buffer.allocUnsafeSlow(SMALLEST_BUFFER);
    }
  }

  #reserve(n: number): void {
    if (this.#length + n <= this.#bytes.length) return;
    const grown = Buffer.allocUnsafeSlow(
      Math.max(this.#bytes.length * 2, this.#length + n),
    );
    grown.set(this.#bytes.subarray(0, this.#length));
    this.#bytes = grown;
  }
}
