import { assertEquals } from "@std/assert";
import { fromFileUrl, join } from "@std/path";
import { PARAMETERS } from "../../src/config/parameters.ts";

const SOURCES = fromFileUrl(new URL("../../src/", import.meta.url)) as string;

/** Returns the text of every module but those that define the parameters. */
function sources(folder: string): string {
  let text = "";
  for (const { name, isDirectory } of Deno.readDirSync(folder)) {
    const path = join(folder, name) as string;
    if (isDirectory) text += name === "config" ? "" : sources(path);
    else if (name.endsWith(".ts")) text += Deno.readTextFileSync(path);
  }
  return text;
}

Deno.test("Every parameter that is said to have an effect is read somewhere", () => {
  const text =
    ["../main.ts", "config/config.ts"].map((path) =>
      Deno.readTextFileSync(join(SOURCES, path) as string)
    ).join("") + sources(SOURCES);
  const unread = PARAMETERS.filter(({ effect }) => effect === "real")
    .map(({ name }) => name)
    .filter((name) =>
      !text.includes(`"${name}"`) && !text.includes(`values.${name}`) &&
      !new RegExp(`\\{[^}]*\\b${name}\\b[^}]*\\} = (\\w+\\.)*values`).test(text)
    );
  assertEquals(unread, []);
});

Deno.test("Every parameter without an effect says why", () => {
  const silent = PARAMETERS.filter(({ effect, reason }) =>
    effect !== "real" && (reason ?? "") === ""
  );
  assertEquals(silent.map(({ name }) => name), []);
});

Deno.test("Parameters that name one thing have no effect for one reason", () => {
  const reasonOf = (wanted: string) =>
    PARAMETERS.find(({ name }) => name === wanted)!.reason;
  assertEquals(reasonOf("oom-score-adj-values"), reasonOf("oom-score-adj"));
});
