/**
 * Puts the program and what it imports into one file of JavaScript, which V8 has
 * read in half the time that three hundred modules take. `deno bundle` gets its
 * bundler, esbuild, from npm when it first runs.
 */
import { join } from "@std/path";
import { type CommandLine, ROOT, startFlags } from "./start_task.ts";

/** Packages that stay packages, because the program reads files out of them. */
const PACKAGES = ["lua-redis-wasm"];

/** How much code of its own an executable may hold, in bytes. */
export const MOST_BUNDLE_BYTES = 1024 * 1024;

/** The arguments of `deno` that write the bundle to `output`, and beside it the source map that translates its stack traces. */
export function bundleArguments(output: string): string[] {
  const how = ["--minify", "--sourcemap=external"];
  const outside = PACKAGES.map((name) => `--external=${name}`);
  return ["bundle", "--quiet", ...how, ...outside, "-o", output, "main.ts"];
}

/** The packages that the bundle needs beside it, as `npm:` specifiers. */
export function bundledWithout(): string[] {
  const config = JSON.parse(Deno.readTextFileSync(join(ROOT, "deno.json")));
  return PACKAGES.map((name) => config.imports[name] as string);
}

/** Writes the bundle; resolves to its size in bytes, or to what `deno bundle` said when it failed. */
export async function bundle(output: string): Promise<number | string> {
  const { success, stderr } = await new Deno.Command(Deno.execPath(), {
    args: bundleArguments(output),
    cwd: ROOT,
    stdin: "null",
  }).output();
  if (!success) return new TextDecoder().decode(stderr).trimEnd();
  return (await Deno.stat(output)).size;
}

/** Starts the server out of its bundle, as `serverCommand()` does out of its sources. */
export function bundleCommand(program: string): CommandLine {
  const flags = ["--config", join(ROOT, "deno.json"), ...startFlags()];
  return [Deno.execPath(), "run", ...flags, program];
}
