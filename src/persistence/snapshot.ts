import { Buffer } from "node:buffer";
import type { Keyspace } from "../store/keyspace.ts";
import type { LoadedSnapshot, LoadOptions } from "./entry_loader.ts";
import { AtomicFile, type FileReplacing, type FileSystem } from "./files.ts";
import { FileDecoder } from "./file_decoder.ts";
import { openPlain } from "./gzip.ts";
import { decodeDocument, NotByLine } from "./snapshot_decoder.ts";
import { SnapshotEncoder, type SnapshotFacts } from "./snapshot_encoder.ts";
import type { EntryEncoder } from "./entry_encoder.ts";
import { SnapshotError } from "./snapshot_error.ts";
import { isLargeAt } from "./value_codec.ts";

/** Bytes that are put into the file together. */
export const CHUNK = 256 * 1024;
/** A file larger than this loads only if it is written one entry per line. */
const LARGEST_DOCUMENT = 256 * 1024 * 1024;

/** The steps in which a snapshot is loaded; others may run between them. */
export interface LoadSteps {
  /** Most bytes that are read in one. */
  readonly bytes: number;
  /** Hears after each how many bytes of the file have been read, and how many keys; the next one waits for it. */
  readonly done: (
    read: number,
    total: number,
    keys: number,
  ) => void | Promise<void>;
}

/**
 * Loads the snapshot at `path`; `undefined` when there is no such file. Throws
 * SnapshotError, or the file system's error; the file is left as it is.
 */
export async function loadSnapshot(
  files: FileSystem,
  path: string,
  options: LoadOptions,
  steps: LoadSteps = { bytes: Infinity, done: () => {} },
): Promise<LoadedSnapshot | undefined> {
  const file = openPlain(files, path);
  if (file === undefined) return undefined;
  const decoder = new FileDecoder(options);
  try {
    for (;;) {
      const n = await file.read(decoder.space().subarray(0, steps.bytes));
      if (n === null) return decoder.finish();
      decoder.received(n);
      await steps.done(file.position, file.size, decoder.count);
    }
  } catch (error) {
    return byHand(files, path, options, error);
  } finally {
    file.close();
  }
}

/** Does what `loadSnapshot()` does, before it returns. */
export function loadSnapshotSync(
  files: FileSystem,
  path: string,
  options: LoadOptions,
): LoadedSnapshot | undefined {
  const file = openPlain(files, path);
  if (file === undefined) return undefined;
  const decoder = new FileDecoder(options);
  try {
    for (;;) {
      const n = file.readSync(decoder.space());
      if (n === null) return decoder.finish();
      decoder.received(n);
    }
  } catch (error) {
    return byHand(files, path, options, error);
  } finally {
    file.close();
  }
}

/** Reads a file that is not written one entry per line: the whole of it at once. */
function byHand(
  files: FileSystem,
  path: string,
  options: LoadOptions,
  error: unknown,
): LoadedSnapshot {
  if (!(error instanceof NotByLine)) throw error;
  const file = openPlain(files, path)!;
  try {
    const chunks: Uint8Array[] = [];
    for (let length = 0;;) {
      const chunk = new Uint8Array(CHUNK);
      const n = file.readSync(chunk);
      if (n === null) break;
      length += n;
      if (length > LARGEST_DOCUMENT) {
        throw new SnapshotError(
          error.line,
          "not an entry on a line of its own",
        );
      }
      chunks.push(chunk.subarray(0, n));
    }
    return decodeDocument(Buffer.concat(chunks), options);
  } finally {
    file.close();
  }
}

/** Writes the keys of all databases into a snapshot at `path`, which is replaced once all is on the disk. Throws the file system's error. */
export function saveSnapshotSync(
  files: FileReplacing,
  path: string,
  keyspaces: readonly Keyspace[],
  facts: SnapshotFacts,
  encoder: EntryEncoder = new SnapshotEncoder(facts),
): void {
  const file = new AtomicFile(files, path, String(Deno.pid));
  try {
    for (const [db, keyspace] of keyspaces.entries()) {
      for (let slot = 0; slot < keyspace.size; slot++) {
        if (!isLargeAt(keyspace, slot)) encoder.entryAt(db, keyspace, slot);
        else {
          const parts = encoder.largeEntry(
            db,
            keyspace.key(slot),
            keyspace.value(slot),
            keyspace.expiries.exactAt(slot),
            keyspace.access(slot),
          );
          for (const _ of parts) {
            if (encoder.length >= CHUNK) file.writeSync(encoder.take());
          }
        }
        if (encoder.length >= CHUNK) file.writeSync(encoder.take());
      }
    }
    encoder.end();
    file.writeSync(encoder.take());
    file.syncSync();
    file.commitSync();
  } catch (error) {
    file.abandon();
    throw error;
  }
}
