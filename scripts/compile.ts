/**
 * Builds the server into one executable per system.
 *
 *     deno task compile [--target TRIPLE]... [--all] [--out DIR]
 *
 * Without targets it builds for the system at hand. `deno compile` downloads its runtime from Deno's own
 * site; `DENORT_BIN` names a runtime that is there already. Beside the executables go the bundle that they
 * hold, its source map, which translates stack traces, and `SHA256SUMS`.
 */
import { parseArgs } from "@std/cli/parse-args";
import { basename, join, resolve } from "@std/path";
import { bundle, bundledWithout, MOST_BUNDLE_BYTES } from "./bundle.ts";
import { ROOT, startFlags } from "./start_task.ts";

/** Every system that a release is built for. */
export const TARGETS: readonly string[] = [
  "x86_64-unknown-linux-gnu",
  "aarch64-unknown-linux-gnu",
  "x86_64-apple-darwin",
  "aarch64-apple-darwin",
  "x86_64-pc-windows-msvc",
];

/** The exit code that tells a machine without the runtime from a program that does not build. */
const RUNTIME_OUT_OF_REACH = 2;
const RUNTIME_HOST = "dl.deno.land";

/** The executable's name, such as `redis-lite-x86_64-unknown-linux-gnu`. */
export function executableName(target: string): string {
  const extension = target.includes("windows") ? ".exe" : "";
  return `redis-lite-${target}${extension}`;
}

/** The arguments of `deno` that build the bundled program for a target, with the flags of the start task. */
export function compileArguments(
  target: string,
  program: string,
  output: string,
): string[] {
  const place = ["--target", target, "--output", output];
  // Of the npm packages only those go in that the bundle needs beside it.
  const packages = bundledWithout().flatMap((name) => ["--include", name]);
  return [
    ...["compile", "--quiet", "--config", "deno.json", ...startFlags()],
    ...[...place, "--exclude-unused-npm", ...packages, program],
  ];
}

/** One line in the format of `sha256sum`. */
export async function checksumLine(path: string): Promise<string> {
  const bytes = await Deno.readFile(path);
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return `${digest.toHex()}  ${basename(path)}\n`;
}

/** Says in one line why nothing can be built here, or nothing where it can. */
export async function runtimeProblem(): Promise<string | undefined> {
  if (Deno.env.get("DENORT_BIN") !== undefined) return undefined;
  try {
    const signal = AbortSignal.timeout(15_000);
    const response = await fetch(`https://${RUNTIME_HOST}/`, { signal });
    await response.body?.cancel();
    return undefined;
  } catch {
    return `Cannot build an executable: ${RUNTIME_HOST}, where deno compile ` +
      "gets its runtime from, cannot be reached; set DENORT_BIN to a runtime";
  }
}

/** Builds one executable; what `deno compile` says goes out only when it fails. */
async function build(
  target: string,
  program: string,
  output: string,
): Promise<boolean> {
  const { success, stderr } = await new Deno.Command(Deno.execPath(), {
    args: compileArguments(target, program, output),
    cwd: ROOT,
    stdin: "null",
  }).output();
  if (!success) await Deno.stderr.write(stderr);
  return success;
}

/** The command line, checked; a string is what is wrong with it. */
export function parseOptions(
  args: string[],
): { targets: readonly string[]; out: string } | string {
  let unknown: string | undefined;
  const options = parseArgs(args, {
    string: ["out", "target"],
    boolean: ["all"],
    collect: ["target"],
    default: { out: join(ROOT, "dist") },
    unknown: (name: string) => {
      unknown ??= name;
      return false;
    },
  }) as { out: string; target: string[]; all: boolean };
  if (unknown !== undefined) return `Unknown argument ${unknown}`;
  const foreign = options.target.find((target) => !TARGETS.includes(target));
  if (foreign !== undefined) {
    return `Unknown target ${foreign}, known are ${TARGETS.join(", ")}`;
  }
  const asked = options.target.length > 0
    ? options.target
    : [Deno.build.target];
  return { targets: options.all ? TARGETS : asked, out: options.out };
}

async function compile(args: string[]): Promise<number> {
  const options = parseOptions(args);
  if (typeof options === "string") {
    console.error(options);
    return 1;
  }
  await Deno.mkdir(options.out, { recursive: true });
  // The compiler runs in the project's folder, wherever this runs.
  const program = resolve(options.out, "redis-lite.js") as string;
  const size = await bundle(program);
  if (typeof size === "string") {
    console.error(`Bundling failed: ${size}`);
    return 1;
  }
  console.log(`${program}  ${(size / 1024).toFixed(0)} KiB`);
  if (size > MOST_BUNDLE_BYTES) {
    console.error(`The bundle is larger than ${MOST_BUNDLE_BYTES} bytes`);
    return 1;
  }
  const problem = await runtimeProblem();
  if (problem !== undefined) {
    console.error(problem);
    return RUNTIME_OUT_OF_REACH;
  }
  let checksums = await checksumLine(program) +
    await checksumLine(`${program}.map`);
  for (const target of options.targets) {
    const path = resolve(options.out, executableName(target)) as string;
    if (!await build(target, program, path)) {
      console.error(`Building for ${target} failed`);
      return 1;
    }
    const mebibytes = (await Deno.stat(path)).size / 2 ** 20;
    console.log(`${path}  ${mebibytes.toFixed(1)} MiB`);
    checksums += await checksumLine(path);
  }
  await Deno.writeTextFile(join(options.out, "SHA256SUMS"), checksums);
  return 0;
}

if (import.meta.main) Deno.exit(await compile(Deno.args));
