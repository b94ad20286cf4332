import { Buffer } from "node:buffer";
import type {
  FileReplacing,
  FileSystem,
  ReadableFile,
  WritableFile,
} from "./files.ts";
import { SnapshotError } from "./snapshot_error.ts";

/** The first byte of a compressed file; no other that the server reads begins with it. */
export const GZIP = 0x1f;
/** What is wrong with an RDB file in a log that is: what would follow the data in it cannot be told from them. */
export const COMPRESSED_RDB = "an RDB file in a log must not be compressed";

const SECOND_BYTE = 0x8b;
/** Bytes compressed at a time: 0.15 ms of work for what is like JSON, 0.5 ms for noise in base64. */
const PIECE = 32 * 1024;
/** Level 6, the usual one, takes 2.5 times as long for 4% fewer bytes. */
const LEVEL = 2;
/** Compressed bytes read at a time: they may become a thousand times as many. */
const READ_SIZE = 16 * 1024;
/** Neither name nor time, system unknown: equal data make equal files. */
const HEADER = Uint8Array.of(GZIP, SECOND_BYTE, 8, 0, 0, 0, 0, 0, 0, 255);
/** A last block, which holds nothing; the checksum and the length of the data follow it. */
const LAST_BLOCK = Uint8Array.of(3, 0);
const NOTHING = new Uint8Array();

/** Returns files of which each that replaces another is compressed with gzip. */
export function compressing(files: FileReplacing): FileReplacing {
  return {
    create: (path) => new GzipWriter(files.create(path)),
    rename: (from, to) => files.rename(from, to),
    remove: (path) => files.remove(path),
    syncFolder: (path) => files.syncFolder(path),
    syncFolderSync: (path) => files.syncFolderSync(path),
  };
}

/** Opens a file to be read as what it was before it was compressed, if it was: its first bytes tell. `undefined` when there is none. */
export function openPlain(
  files: FileSystem,
  path: string,
): ReadableFile | undefined {
  const file = files.open(path);
  if (file === undefined) return undefined;
  const start = new Uint8Array(2);
  try {
    file.readSync(start);
  } finally {
    file.close();
  }
  // Gone, if it was removed in between.
  const opened = files.open(path);
  return opened !== undefined && start[0] === GZIP && start[1] === SECOND_BYTE
    ? new GzipReader(opened)
    : opened;
}

/**
 * Compresses what is written into one member of gzip, which the first flush
 * ends. A CompressionStream would not do, because SAVE has to have written before
 * it returns; neither works beside the requests, so it is done in small pieces.
 */
class GzipWriter implements WritableFile {
  readonly #file: WritableFile;
  /** What goes before the next piece: once, the header. */
  #before = HEADER;
  #crc = 0;
  #length = 0;

  constructor(file: WritableFile) {
    this.#file = file;
  }

  async write(bytes: Uint8Array): Promise<void> {
    for (const piece of this.#compressed(bytes)) await this.#file.write(piece);
  }

  writeSync(bytes: Uint8Array): void {
    for (const piece of this.#compressed(bytes)) this.#file.writeSync(piece);
  }

  async sync(): Promise<void> {
    await this.#file.write(this.#end());
    await this.#file.sync();
  }

  syncSync(): void {
    this.#file.writeSync(this.#end());
    this.#file.syncSync();
  }

  close(): void {
    this.#file.close();
  }

  *#compressed(bytes: Uint8Array): Generator<Uint8Array> {
    const { constants, crc32, deflateRawSync } = zlib();
    for (let at = 0; at < bytes.length; at += PIECE) {
      const piece = bytes.subarray(at, at + PIECE);
      this.#crc = crc32(piece, this.#crc);
      this.#length += piece.length;
      // It ends between two bytes, and without a last block: others can follow.
      const finishFlush = constants.Z_SYNC_FLUSH;
      yield this.#withHeader(
        deflateRawSync(piece, { finishFlush, level: LEVEL }),
      );
    }
  }

  #end(): Uint8Array {
    const end = Buffer.alloc(LAST_BLOCK.length + 8);
    end.set(LAST_BLOCK);
    end.writeUInt32LE(this.#crc, LAST_BLOCK.length);
    end.writeUInt32LE(this.#length % 2 ** 32, LAST_BLOCK.length + 4);
    return this.#withHeader(end);
  }

  #withHeader(bytes: Uint8Array): Uint8Array {
    const all = Buffer.concat([this.#before, bytes]);
    this.#before = NOTHING;
    return all;
  }
}

/** Reads a compressed file: while it comes in, or all of it at once for those who cannot wait. */
class GzipReader implements ReadableFile {
  readonly #file: ReadableFile;
  #stream: ReadableStreamDefaultReader<Uint8Array> | undefined = undefined;
  /** What has been decompressed, and not been read yet. */
  #rest: Uint8Array = NOTHING;
  #isWhole = false;

  constructor(file: ReadableFile) {
    this.#file = file;
  }

  get size(): number {
    return this.#file.size;
  }

  get position(): number {
    return this.#file.position;
  }

  async read(into: Uint8Array): Promise<number | null> {
    this.#stream ??= decompressed(this.#file).getReader();
    while (this.#rest.length === 0) {
      const { done, value } = await decompressing(this.#stream.read());
      if (done) return null;
      this.#rest = value;
    }
    return this.#give(into);
  }

  readSync(into: Uint8Array): number | null {
    if (!this.#isWhole) this.#rest = decompressedSync(this.#file);
    this.#isWhole = true;
    return this.#rest.length === 0 ? null : this.#give(into);
  }

  close(): void {
    this.#file.close();
  }

  #give(into: Uint8Array): number {
    const part = this.#rest.subarray(0, into.length);
    into.set(part);
    this.#rest = this.#rest.subarray(part.length);
    return part.length;
  }
}

function decompressed(file: ReadableFile): ReadableStream<Uint8Array> {
  return new ReadableStream<BufferSource>({
    async pull(controller) {
      const bytes = new Uint8Array(READ_SIZE);
      const n = await file.read(bytes);
      if (n === null) controller.close();
      else controller.enqueue(bytes.subarray(0, n));
    },
  }, { highWaterMark: 0 }).pipeThrough(new DecompressionStream("gzip"));
}

function decompressedSync(file: ReadableFile): Uint8Array {
  const { crc32, gunzipSync } = zlib();
  const bytes = Buffer.allocUnsafeSlow(file.size);
  for (let length = 0; length < bytes.length;) {
    const n = file.readSync(bytes.subarray(length));
    if (n === null) throw damaged();
    length += n;
  }
  try {
    const plain = gunzipSync(bytes);
    // What follows the end it would take for padding.
    const isWhole = bytes.readUInt32LE(bytes.length - 8) === crc32(plain) &&
      bytes.readUInt32LE(bytes.length - 4) === plain.length % 2 ** 32;
    if (isWhole) return plain;
  } catch (error) {
    throw damaged(error);
  }
  throw damaged();
}

/** Waits for what is being decompressed; errors of the file itself stay as they are. */
async function decompressing<T>(result: Promise<T>): Promise<T> {
  try {
    return await result;
  } catch (error) {
    throw error instanceof TypeError ? damaged(error) : error;
  }
}

function damaged(cause?: unknown): SnapshotError {
  const error = new SnapshotError(
    0,
    "it is compressed with gzip, and damaged or cut off; zcat shows what can still be read of it",
  );
  error.cause = cause;
  return error;
}

/** Asked for when it is needed, as in crc32.ts. */
function zlib() {
  return globalThis.process.getBuiltinModule("node:zlib");
}
