import { AppendDecoder } from "./append_decoder.ts";
import { AppendLogError } from "./append_error.ts";
import type { LoadOptions } from "./entry_loader.ts";
import type { FileSystem, ReadableFile } from "./files.ts";
import { COMPRESSED_RDB, GZIP } from "./gzip.ts";
import { loadSnapshotSync } from "./snapshot.ts";
import { SnapshotError } from "./snapshot_error.ts";

type SnapshotKind = "snapshot" | "compressed snapshot" | "RDB file";

/** What is in a file, and what is wrong with it. */
export interface Examination {
  readonly path: string;
  readonly size: number;
  readonly kind: SnapshotKind | "commands";
  /** Number of keys, or of commands that are whole. */
  readonly count: number;
  /** Up to which byte the file is right: all of it unless there is a problem, or something behind an RDB file that nobody reads. */
  readonly validUpTo: number;
  readonly problem?: string;
  /** Whether the problem is no more than that its end is missing, which a start cuts off from the last file of a log. */
  readonly isTorn?: boolean;
  /** Number of keys in the RDB file before the commands, of a log that begins with one. */
  readonly keysBefore?: number;
  /** Whether it holds libraries of functions, which only a start compiles. */
  readonly hasLibraries?: boolean;
}

const BRACE = 123, R = 82, ASTERISK = 42, HASH = 35;

/** Reads a file of any kind that the server writes, as a start does if it is of a log or not; `undefined` when there is none. Throws the file system's error. */
export function examineFile(
  files: FileSystem,
  path: string,
  options: LoadOptions,
  isOfLog: boolean,
): Examination | undefined {
  const file = files.open(path);
  if (file === undefined) return undefined;
  try {
    const decoder = new AppendDecoder();
    const space = decoder.space();
    const n = file.readSync(space);
    const kind = kindOf(n === null ? undefined : space[0], isOfLog);
    let before: Examination | undefined;
    if (kind !== "commands") {
      before = examineSnapshot(files, path, file.size, kind, options, isOfLog);
      const { problem, validUpTo } = before;
      const isAll = problem !== undefined || validUpTo === file.size;
      if (isAll || !isOfLog) return before;
      decoder.skip(validUpTo);
    }
    decoder.received(n ?? 0);
    return examineCommands(path, file, decoder, before);
  } finally {
    file.close();
  }
}

function kindOf(
  firstByte: number | undefined,
  isOfLog: boolean,
): Examination["kind"] {
  switch (firstByte) {
    case BRACE:
      return "snapshot";
    case GZIP:
      return "compressed snapshot";
    case R:
      return "RDB file";
    case ASTERISK:
    case HASH:
      return "commands";
    default:
      // JSON that was written by hand may begin with anything, but a log's base may not.
      return isOfLog ? "commands" : "snapshot";
  }
}

function examineSnapshot(
  files: FileSystem,
  path: string,
  size: number,
  kind: SnapshotKind,
  options: LoadOptions,
  isOfLog: boolean,
): Examination {
  try {
    const { functions, keys, rdb } = loadSnapshotSync(files, path, options)!;
    if (isOfLog && kind === "compressed snapshot" && rdb !== undefined) {
      throw new SnapshotError(0, COMPRESSED_RDB);
    }
    return {
      path,
      size,
      kind,
      count: keys,
      validUpTo: kind === "RDB file" && rdb !== undefined ? rdb.size : size,
      hasLibraries: functions.length > 0,
    };
  } catch (error) {
    const problem = error instanceof Error ? error.message : String(error);
    return { path, size, kind, count: 0, validUpTo: 0, problem };
  }
}

/** Looks at commands, which may come behind an RDB file. */
function examineCommands(
  path: string,
  file: ReadableFile,
  decoder: AppendDecoder,
  rdb: Examination | undefined,
): Examination {
  const { size } = file;
  const begin = rdb?.validUpTo ?? 0;
  let count = 0;
  /** Where the last command or transaction ends that is whole. */
  let whole = begin;
  let inTransaction = false;
  const result = (validUpTo: number): Examination => ({
    path,
    size,
    kind: "commands",
    count,
    validUpTo: Math.max(validUpTo, begin),
    ...rdb && { keysBefore: rdb.count, hasLibraries: rdb.hasLibraries! },
  });
  try {
    for (;;) {
      while (decoder.next()) {
        count++;
        if (decoder.args.is(0, "MULTI")) {
          inTransaction = true;
          whole = decoder.begin;
        } else if (decoder.args.is(0, "EXEC")) inTransaction = false;
        if (!inTransaction) whole = decoder.offset;
      }
      if (!inTransaction) whole = decoder.offset;
      const n = file.readSync(decoder.space());
      if (n === null) break;
      decoder.received(n);
    }
    if (decoder.finish() === size && !inTransaction) return result(size);
    const problem = "it ends in the middle of a command or transaction";
    return { ...result(whole), problem, isTorn: true };
  } catch (error) {
    if (!(error instanceof AppendLogError)) throw error;
    const problem = `${error.message} (byte ${error.offset})`;
    return { ...result(decoder.certainUpTo(whole)), problem };
  }
}
