import { assertEquals } from "@std/assert";
import { join } from "@std/path";
import {
  checksumLine,
  compileArguments,
  executableName,
  parseOptions,
  TARGETS,
} from "../../scripts/compile.ts";
import { PERMISSIONS, startFlags } from "../../scripts/start_task.ts";

Deno.test("compile takes the start task's flags, each permission with a reason", () => {
  const target = "x86_64-apple-darwin";
  const args = compileArguments(target, "out/server.js", "out/server");
  for (const flag of startFlags()) {
    assertEquals(args.includes(flag), true, flag);
    const [name = ""] = flag.split("=");
    assertEquals(name === "--v8-flags" || name in PERMISSIONS, true, flag);
  }
  for (const permission of Object.keys(PERMISSIONS)) {
    const asked = startFlags().some((flag) => flag.startsWith(permission));
    assertEquals(asked, true, permission);
  }
});

Deno.test("compile builds for this system when no target is named, for all when asked", () => {
  assertEquals(parseOptions(["--out", "o"]), {
    targets: [Deno.build.target],
    out: "o",
  });
  assertEquals(parseOptions(["--all", "--out", "o"]), {
    targets: TARGETS,
    out: "o",
  });
});

Deno.test("compile refuses unknown targets and arguments by name", () => {
  assertEquals(
    parseOptions(["--target", "vax"]),
    `Unknown target vax, known are ${TARGETS.join(", ")}`,
  );
  assertEquals(parseOptions(["--fast"]), "Unknown argument --fast");
  assertEquals(parseOptions(["extra"]), "Unknown argument extra");
});

Deno.test("executableName ends in .exe on Windows only", () => {
  assertEquals(
    TARGETS.filter((target) => executableName(target).endsWith(".exe")),
    ["x86_64-pc-windows-msvc"],
  );
});

Deno.test("checksumLine writes what sha256sum reads", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const path = join(folder, "abc") as string;
    await Deno.writeTextFile(path, "abc");
    assertEquals(
      await checksumLine(path),
      "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad  abc\n",
    );
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
