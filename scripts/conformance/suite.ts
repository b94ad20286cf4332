import { join } from "@std/path";
import { run } from "../server_process.ts";
import type { CommandLine } from "../start_task.ts";

const VERSION = "7.0.15";
const PACKAGES = ["dpkg-dev", "redis-server", "redis-tools", "tcl"];
/** The suite's test of redis-cli looks for them beside the source. */
const PROGRAMS = ["redis-cli", "redis-server", "redis-benchmark"];

async function must(command: CommandLine, cwd?: string): Promise<string> {
  const { code, stdout, stderr } = await run(command, "", cwd);
  if (code === 0) return stdout;
  throw new Error(`${command.join(" ")} failed: ${stderr.trim()}`);
}

async function exists(path: string): Promise<boolean> {
  return await Deno.stat(path).then(() => true, () => false);
}

async function installMissing(): Promise<void> {
  const missing: string[] = [];
  for (const name of PACKAGES) {
    if ((await run(["dpkg", "-s", name])).code !== 0) missing.push(name);
  }
  if (missing.length === 0) return;
  console.log(`Installing ${missing.join(", ")}`);
  await must(["apt-get", "update", "-qq"]);
  await must(["apt-get", "install", "-y", "-qq", ...missing]);
}

/** The machine's own package sources, asked for source packages, in a folder that apt takes them from. */
async function writeSourceList(folder: string): Promise<void> {
  const modern = "/etc/apt/sources.list.d/debian.sources";
  if (await exists(modern)) {
    const text = await Deno.readTextFile(modern);
    const sources = text.replaceAll(/^Types:.*$/gm, "Types: deb-src");
    await Deno.writeTextFile(join(folder, "debian.sources"), sources);
  } else {
    const text = await Deno.readTextFile("/etc/apt/sources.list");
    const sources = [...text.matchAll(/^deb (.*)$/gm)]
      .map(([, rest]) => `deb-src ${rest}\n`);
    await Deno.writeTextFile(join(folder, "debian.list"), sources.join(""));
  }
}

/**
 * The folder of Redis's source and tests, downloaded into `folder` as Debian packages them when it is not
 * there. Changes nothing under /etc; installs what the suite runs on when it lacks.
 */
export async function suiteIn(folder: string): Promise<string> {
  const suite = join(folder, `redis-${VERSION}`) as string;
  if (await exists(join(suite, "tests", "test_helper.tcl"))) return suite;
  await installMissing();
  console.log(`Downloading the source of Redis ${VERSION}`);
  const lists = join(folder, "apt", "lists") as string;
  const parts = join(folder, "apt", "sources") as string;
  await Deno.mkdir(join(lists, "partial"), { recursive: true });
  await Deno.mkdir(parts, { recursive: true });
  await writeSourceList(parts);
  const settings = [
    "Dir::Etc::SourceList=/dev/null",
    `Dir::Etc::SourceParts=${parts}`,
    `Dir::State::Lists=${lists}`,
  ].flatMap((setting) => ["-o", setting]);
  await must(["apt-get", ...settings, "update", "-qq"]);
  await must(["apt-get", ...settings, "source", "-qq", "redis"], folder);
  if (!await exists(suite)) {
    throw new Error(`Debian's source package of redis is not ${VERSION} here`);
  }
  for (const program of PROGRAMS) {
    const path = (await must(["which", program])).trim();
    await Deno.symlink(path, join(suite, "src", program));
  }
  return suite;
}
