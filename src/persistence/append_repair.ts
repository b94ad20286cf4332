import { AppendLogError } from "./append_error.ts";
import { AppendManifest, type LogFile } from "./append_manifest.ts";
import type { LoadOptions } from "./entry_loader.ts";
import { type Examination, examineFile } from "./examine.ts";
import { AtomicFile, type FileSystem } from "./files.ts";
import { readWhole } from "./append_folder.ts";

const CHUNK = 1024 * 1024;

/** A file, or a log with all of its files, as it was found. */
interface Found {
  readonly examinations: readonly Examination[];
  /** The manifest and where it is, of a log that has one. */
  readonly manifest?: AppendManifest;
  readonly manifestPath?: string;
}

/** Returns what can be said of a snapshot, an RDB file, a log's manifest or one of its files; the last line tells whether all is well. */
export function checkFile(
  files: FileSystem,
  path: string,
  options: LoadOptions,
): { readonly lines: string[]; readonly isGood: boolean } {
  const { examinations } = find(files, path, options);
  const lines = examinations.map(described);
  const last = examinations.findLast(({ size }) => size > 0);
  const torn = last?.isTorn ? last : undefined;
  const isGood = examinations.every((each) =>
    each.problem === undefined || each === torn
  );
  lines.push(isGood ? loadable(examinations, torn) : "It cannot be loaded");
  return { lines, isGood };
}

function loadable(
  examinations: readonly Examination[],
  torn: Examination | undefined,
): string {
  const condition = examinations.some(({ hasLibraries }) => hasLibraries)
    ? ", provided that the libraries of functions in it can be, which a check does not try"
    : "";
  return torn === undefined
    ? `All of it can be loaded${condition}`
    : `It can be loaded${condition}: unless aof-load-truncated is no, a start cuts ${torn.path} at byte ${torn.validUpTo}`;
}

/**
 * Cuts a log off where it is no longer right, or at byte `at` of the file at
 * `path`, so that it loads again: what is cut off is kept beside the file, and
 * files that follow are taken out of the manifest. Returns what was done.
 */
export function repairLog(
  files: FileSystem,
  path: string,
  options: LoadOptions,
  at?: number,
): string[] {
  const found = find(files, path, options);
  const { examinations, manifest } = found;
  const index = examinations.findIndex((each) =>
    each.problem !== undefined || at !== undefined && each.path === path
  );
  const damaged = examinations[index];
  if (damaged === undefined) {
    return [...examinations.map(described), "Nothing to repair"];
  }
  if (damaged.kind !== "commands") {
    throw new AppendLogError(
      -1,
      `${damaged.path} is a ${damaged.kind}, of which no part can be used without the rest: ${damaged.problem}. Put a copy in its place`,
    );
  }
  const cutAt = Math.min(damaged.validUpTo, at ?? Infinity);
  const lines = examinations.slice(0, index + 1).map(described);
  lines.push(...cut(files, damaged, cutAt));
  if (manifest !== undefined) {
    lines.push(...dropFollowing(files, found, damaged.path));
  }
  return lines;
}

/** Cuts a file, and keeps what it had. */
function cut(
  files: FileSystem,
  { path, size }: Examination,
  at: number,
): string[] {
  if (at >= size) return [];
  const kept = `${path}.cut-at-${at}`;
  const source = files.open(path)!;
  const target = new AtomicFile(files, kept, String(Deno.pid));
  try {
    const chunk = new Uint8Array(CHUNK);
    for (let offset = 0;;) {
      const n = source.readSync(chunk);
      if (n === null) break;
      const from = Math.min(n, Math.max(0, at - offset));
      target.writeSync(chunk.subarray(from, n));
      offset += n;
    }
    target.syncSync();
    target.commitSync();
  } catch (error) {
    target.abandon();
    throw error;
  } finally {
    source.close();
  }
  const file = files.append(path);
  try {
    file.truncateSync(at);
    file.syncDataSync();
  } finally {
    file.close();
  }
  return [
    `Cut ${path} at byte ${at}; the ${
      size - at
    } bytes behind it are in ${kept}`,
  ];
}

/** Takes the files behind the one at `path` out of the manifest: they go on from a state that is lost. */
function dropFollowing(
  files: FileSystem,
  { manifest, manifestPath }: Found,
  path: string,
): string[] {
  const { base, history, increments } = manifest!;
  const index = increments.findIndex(({ name }) => path.endsWith(`/${name}`));
  const dropped = increments.slice(index + 1);
  if (dropped.length === 0) return [];
  const file = new AtomicFile(files, manifestPath!, String(Deno.pid));
  try {
    const kept = increments.slice(0, index + 1);
    file.writeSync(new AppendManifest(base, kept, history).encode());
    file.syncSync();
    file.commitSync();
  } catch (error) {
    file.abandon();
    throw error;
  }
  return dropped.map(({ name }) =>
    `Took ${name}, which follows, out of the manifest; the file is left where it is`
  );
}

/** Looks at the file at `path`; if it belongs to a log, at all of that. Throws AppendLogError. */
function find(files: FileSystem, path: string, options: LoadOptions): Found {
  const folder = path.slice(0, Math.max(0, path.lastIndexOf("/"))) || ".";
  const name = path.slice(path.lastIndexOf("/") + 1);
  const manifests = path.endsWith(".manifest")
    ? [name]
    : files.names(folder).filter((each) => each.endsWith(".manifest"));
  for (const each of manifests) {
    const manifestPath = `${folder}/${each}`;
    const bytes = readWhole(files, manifestPath);
    if (bytes === undefined) throw noFile(manifestPath);
    const manifest = AppendManifest.decode(bytes);
    const isOf = (file: LogFile) => file.name === name;
    if (each !== name && !manifest.files.some(isOf)) continue;
    const examinations = manifest.files.map((file) =>
      examined(files, `${folder}/${file.name}`, options, true)
    );
    return { examinations, manifest, manifestPath };
  }
  // What is called so is the log of a Redis before 7, which has no manifest.
  const isOfLog = path.endsWith(".aof");
  return { examinations: [examined(files, path, options, isOfLog)] };
}

function examined(
  files: FileSystem,
  path: string,
  options: LoadOptions,
  isOfLog: boolean,
): Examination {
  const examination = examineFile(files, path, options, isOfLog);
  if (examination === undefined) throw noFile(path);
  // Only commands may be none: without data, too, a snapshot is not empty.
  return examination.size > 0 || path.endsWith(".aof") ||
      examination.problem !== undefined
    ? examination
    : { ...examination, problem: "the file is empty" };
}

function noFile(path: string): AppendLogError {
  return new AppendLogError(-1, `There is no ${path}`);
}

function described(examination: Examination): string {
  const { count, keysBefore, kind, path, problem, size, validUpTo } =
    examination;
  const before = keysBefore === undefined
    ? ""
    : ` behind an RDB file of ${keysBefore} keys`;
  const what = kind === "commands"
    ? `${count} commands${before}`
    : `${kind} of ${count} keys`;
  if (problem !== undefined) {
    return `${path}: ${what}, good up to byte ${validUpTo} of ${size}: ${problem}`;
  }
  return validUpTo === size
    ? `${path}: ${what}, ${size} bytes`
    : `${path}: ${what}, ${validUpTo} of ${size} bytes; a start does not read the rest`;
}
