/** Writes this process's id into a file, in place of what is there. */
export function writePidFile(path: string): void {
  Deno.writeTextFileSync(path, `${Deno.pid}\n`);
}

/** Removes the file, if it still names this process. */
export function removePidFile(path: string): void {
  try {
    const ours = Deno.readTextFileSync(path).trim() === String(Deno.pid);
    if (ours) Deno.removeSync(path);
  } catch {
    // Whoever took it away was faster.
  }
}
