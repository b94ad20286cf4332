/** How the server is started, read from the `start` task so that it is written down once. */
import { join } from "@std/path";

/** The project's folder. */
export const ROOT: string = join(import.meta.dirname as string, "..");

/** A program with its arguments, as `Deno.Command` and a shell line both can take it. */
export type CommandLine = readonly [program: string, ...args: string[]];

/** Why the server asks for each permission; a permission without a reason here is not to be asked for. */
export const PERMISSIONS: Readonly<Record<string, string>> = {
  "--allow-net": "listens on any address that `bind` and `port` name",
  "--allow-read":
    "reads its configuration file and its data, wherever `dir` is",
  "--allow-write": "writes its data, log, configuration and unix socket",
  "--allow-env": "node:process, behind node:buffer, reads the environment",
  "--allow-sys": "INFO and eviction ask for the machine's memory",
};

/** The flags between `deno run` and `main.ts`: permissions, and V8's where there are any. */
export function startFlags(): string[] {
  const config = JSON.parse(Deno.readTextFileSync(join(ROOT, "deno.json")));
  const words = (config.tasks.start as string).split(" ");
  return words.slice(words.indexOf("run") + 1, words.indexOf("main.ts"));
}

/** Starts the server in this very Deno, without a shell or a task between. */
export function serverCommand(): CommandLine {
  return [Deno.execPath(), "run", ...startFlags(), join(ROOT, "main.ts")];
}
