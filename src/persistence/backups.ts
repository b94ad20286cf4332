import type { FileSystem } from "./files.ts";

/**
 * Returns a file system in which a file that replaces another leaves that one
 * behind under its name with `.1`, the one before with `.2`, and so on, up to
 * `count` of them. At every moment there is a file under the name itself.
 */
export function keepingBackups(files: FileSystem, count: number): FileSystem {
  if (count === 0) return files;
  return {
    open: (path) => files.open(path),
    create: (path) => files.create(path),
    append: (path) => files.append(path),
    makeFolder: (path) => files.makeFolder(path),
    link: (from, to) => files.link(from, to),
    remove: (path) => files.remove(path),
    syncFolder: (path) => files.syncFolder(path),
    syncFolderSync: (path) => files.syncFolderSync(path),
    names: (path) => files.names(path),
    mayBeWrittenBy: (pid, path) => files.mayBeWrittenBy(pid, path),
    rename(from, to) {
      rotate(files, to, count);
      files.rename(from, to);
    },
  };
}

function rotate(files: FileSystem, path: string, count: number): void {
  if (!isThere(files, path)) return;
  for (let n = count - 1; n >= 1; n--) {
    if (isThere(files, `${path}.${n}`)) {
      files.rename(`${path}.${n}`, `${path}.${n + 1}`);
    }
  }
  files.remove(`${path}.1`);
  files.link(path, `${path}.1`);
}

function isThere(files: FileSystem, path: string): boolean {
  const file = files.open(path);
  file?.close();
  return file !== undefined;
}
