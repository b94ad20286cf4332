import * as posix from "@std/path/posix";
import * as windows from "@std/path/windows";

/** What is used of `@std/path`; the package brings no types. */
interface Paths {
  resolve(...paths: string[]): string;
  basename(path: string): string;
  dirname(path: string): string;
  isAbsolute(path: string): boolean;
  join(...paths: string[]): string;
}

/**
 * Paths as this system writes them. `@std/path` itself would look which one it
 * is through a global that loads much of Node: 11 ms at every start.
 */
const system = (Deno.build.os === "windows" ? windows : posix) as Paths;

export const { basename, dirname, isAbsolute, join } = system;

/** Returns the absolute path that these lead to from the current folder. */
export function resolve(...paths: string[]): string {
  return system.resolve(Deno.cwd(), ...paths);
}
