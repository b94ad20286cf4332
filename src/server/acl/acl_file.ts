import { Buffer } from "node:buffer";
import { systemReason } from "../../config/error.ts";
import { AtomicFile, type FileSystem } from "../../persistence/files.ts";

/** Returns the bytes of a file of users. Throws an error with Redis's words; `name` is how the configuration calls the file. */
export function readAclFile(
  files: FileSystem,
  path: string,
  name: string,
): string {
  try {
    const file = files.open(path);
    if (file === undefined) throw new Error("No such file or directory");
    try {
      const bytes = Buffer.alloc(file.size);
      let length = 0;
      for (;;) {
        const n = file.readSync(bytes.subarray(length));
        if (n === null || n === 0) return bytes.latin1Slice(0, length);
        length += n;
      }
    } finally {
      file.close();
    }
  } catch (error) {
    throw new Error(
      `Error loading ACLs, opening file '${name}': ${systemReason(error)}`,
    );
  }
}

/** Puts a file of users in the place of the one there is, once it is on the disk. Throws the file system's error. */
export function writeAclFile(
  files: FileSystem,
  path: string,
  lines: readonly string[],
): void {
  const text = lines.map((line) => `${line}\n`).join("");
  const file = new AtomicFile(files, path, String(Deno.pid));
  try {
    file.writeSync(Buffer.from(text, "latin1"));
    file.syncSync();
    file.commitSync();
  } catch (error) {
    file.abandon();
    throw error;
  }
}
