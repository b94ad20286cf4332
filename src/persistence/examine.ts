import { AppendDecoder } from "./append_decoder.ts";
import { AppendLogError } from "./append_error.ts";
import type { LoadOptions } from "./entry_loader.ts";
import type { FileSystem, ReadableFile } from "./files.ts";
import { GZIP } from "./gzip.ts";
import { loadSnapshotSync } from "./snapshot.ts";

type SnapshotKind = "snapshot" | "compressed snapshot" | "RDB file";

/** What is in a file, and what is wrong with it. */
export interface Examination {
  readonly path: string;
  readonly size: number;
  readonly kind: SnapshotKind | "commands";
  /** Number of keys, or of commands that are whole. */
  readonly count: number;
  /** Up to which byte the file is right: all of it unless there is a problem. */
  readonly validUpTo: number;
  readonly problem?: string;
}

const BRACE = 123, R = 82;

/** Reads a file of any kind that the server writes; `undefined` when there is none. Throws the file system's error. */
export function examineFile(
  files: FileSystem,
  path: string,
  options: LoadOptions,
): Examination | undefined {
  const file = files.open(path);
  if (file === undefined) return undefined;
  try {
    const decoder = new AppendDecoder();
    const space = decoder.space();
    const n = file.readSync(space);
    const first = n === null ? 0 : space[0];
    decoder.received(n ?? 0);
    const kind = kindOf(first);
    if (kind !== "commands") {
      return examineSnapshot(files, path, file.size, kind, options);
    }
    return examineCommands(path, file, decoder);
  } finally {
    file.close();
  }
}

function kindOf(firstByte: number | undefined): Examination["kind"] {
  switch (firstByte) {
    case BRACE:
      return "snapshot";
    case GZIP:
      return "compressed snapshot";
    case R:
      return "RDB file";
    default:
      return "commands";
  }
}

function examineSnapshot(
  files: FileSystem,
  path: string,
  size: number,
  kind: SnapshotKind,
  options: LoadOptions,
): Examination {
  try {
    const { keys, rdb } = loadSnapshotSync(files, path, options)!;
    if (kind === "RDB file" && rdb !== undefined && rdb.size < size) {
      const problem = "commands follow the RDB file";
      return { path, size, kind, count: keys, validUpTo: rdb.size, problem };
    }
    return { path, size, kind, count: keys, validUpTo: size };
  } catch (error) {
    const problem = error instanceof Error ? error.message : String(error);
    return { path, size, kind, count: 0, validUpTo: 0, problem };
  }
}

function examineCommands(
  path: string,
  file: ReadableFile,
  decoder: AppendDecoder,
): Examination {
  const { size } = file;
  let count = 0;
  /** Where the last command or transaction ends that is whole. */
  let whole = 0;
  let inTransaction = false;
  const result = (validUpTo: number, problem: string): Examination => ({
    path,
    size,
    kind: "commands",
    count,
    validUpTo,
    problem,
  });
  try {
    for (;;) {
      while (decoder.next()) {
        count++;
        if (decoder.args.is(0, "MULTI")) inTransaction = true;
        else if (decoder.args.is(0, "EXEC")) inTransaction = false;
        if (!inTransaction) whole = decoder.offset;
      }
      if (!inTransaction) whole = decoder.offset;
      const n = file.readSync(decoder.space());
      if (n === null) break;
      decoder.received(n);
    }
    if (decoder.finish() === size && !inTransaction) {
      return { path, size, kind: "commands", count, validUpTo: size };
    }
    return result(whole, "it ends in the middle of a command or transaction");
  } catch (error) {
    if (!(error instanceof AppendLogError)) throw error;
    return result(
      decoder.certainUpTo(whole),
      `${error.message} (byte ${error.offset})`,
    );
  }
}
