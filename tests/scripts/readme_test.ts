import { assertEquals, assertThrows } from "@std/assert";
import { commandFamilies } from "../../src/commands/mod.ts";
import {
  commandTables,
  conformance,
  current,
  marked,
  README,
  withSection,
} from "../../scripts/readme.ts";

Deno.test("README.md says what the source says; `deno task readme` brings it up to date", async () => {
  const readme = await Deno.readTextFile(README);
  assertEquals(current(readme), readme);
});

Deno.test("the tables hold every command that can be called, with whole rows", () => {
  const tables = commandTables();
  for (const { commands } of commandFamilies) {
    for (const { name, handler, subcommands = [] } of commands) {
      const word = name.toUpperCase();
      const rows = tables.match(new RegExp(`^\\| \`${word}[ \`]`, "gm")) ?? [];
      const callable = handler === undefined ? 0 : 1;
      assertEquals(rows.length, callable + subcommands.length, name);
    }
  }
  for (const line of tables.split("\n").filter((each) => each[0] === "|")) {
    assertEquals(line.replaceAll("\\|", "").split("|").length, 4, line);
  }
});

Deno.test("differences are read from comments, each to the end of its paragraph", () => {
  const source = [
    "// Differs from Redis: one",
    "// goes on.",
    "const text = `Differs from Redis: nothing`;",
    "/** Differs from Redis: two. */",
    "/**",
    " * A word before. Differs from Redis: three,",
    " * and more.",
    " *",
    " * Another paragraph.",
    " */",
  ].join("\n");
  assertEquals(marked(source), ["one goes on.", "two.", "three, and more."]);
});

Deno.test("a section is replaced, and one that is missing is an error", () => {
  const text = "a\n<!-- x -->\nold\n<!-- /x -->\nb\n";
  const replaced = withSection(text, "x", "new\n");
  assertEquals(
    replaced.replaceAll(/<!-- deno-fmt.*\n/g, ""),
    "a\n<!-- x -->\n\nnew\n\n<!-- /x -->\nb\n",
  );
  assertEquals(withSection(replaced, "x", "new"), replaced);
  assertThrows(() => withSection(text, "y", ""), Error, "no section y");
});

Deno.test("the figure of conformance comes from the table's total", () => {
  const table = "| Unit | Passed | Of |\n| **Total** | **7** | **9** |\n";
  assertEquals(conformance(table).split("\n")[0], "**7 of 9**");
  assertThrows(() => conformance("| Unit |"), Error, "no total");
});
