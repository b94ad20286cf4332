/**
 * Runs each file of `libraries` in a process of its own, with the lock file there: what the project's lock
 * file names, everybody who starts the server must download. After a version has changed, this brings it up
 * to date: `deno test --lock=tests/e2e/libraries/deno.lock --frozen=false -A tests/e2e/libraries/*.ts`
 */
import { assert } from "@std/assert";
import { fromFileUrl } from "@std/path";

const FOLDER = fromFileUrl(new URL("libraries/", import.meta.url)) as string;

for (const { name } of [...Deno.readDirSync(FOLDER)].toSorted(byName)) {
  if (!name.endsWith(".ts")) continue;
  const library = name.slice(0, -3).replaceAll("_", "-");
  Deno.test(`Unpatched from npm: ${library}`, async () => {
    const { success, stdout, stderr } = await new Deno.Command(
      Deno.execPath(),
      {
        args: [
          "test",
          `--lock=${FOLDER}deno.lock`,
          "--frozen",
          "--no-check",
          "--allow-all",
          FOLDER + name,
        ],
        cwd: fromFileUrl(new URL("../..", import.meta.url)) as string,
        stdin: "null",
        stdout: "piped",
        stderr: "piped",
      },
    ).output();
    const text = new TextDecoder();
    assert(success, `${text.decode(stdout)}${text.decode(stderr)}`);
  });
}

function byName(a: Deno.DirEntry, b: Deno.DirEntry): number {
  return a.name < b.name ? -1 : 1;
}
