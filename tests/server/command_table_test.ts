import { assertEquals } from "@std/assert";
import { commandGroup } from "../../src/server/command.ts";
import { CommandTable } from "../../src/server/command_table.ts";

const entry = {
  arity: 1,
  flags: [],
  since: "1.0.0",
  complexity: "O(1)",
  summary: "Does nothing.",
  syntax: "",
};
const family = commandGroup("generic", [
  { ...entry, name: "get" },
  { ...entry, name: "keys" },
  {
    ...entry,
    name: "config",
    subcommands: [{ ...entry, name: "get" }],
  },
]);

Deno.test("named() finds commands and subcommands in any case, and nothing else", () => {
  const table = new CommandTable([family]);
  assertEquals(table.named("GeT")?.fullName, "get");
  assertEquals(table.named("CONFIG|get")?.fullName, "config|get");
  for (const name of ["", "|", "get|", "get|get", "config|", "config|get|x"]) {
    assertEquals(table.named(name), undefined, name);
  }
});

Deno.test("a renamed command is found by its other name and keeps its own", () => {
  const table = new CommandTable(
    [family],
    new Map([["get", "Fetch"], ["keys", ""]]),
  );
  assertEquals(table.named("get"), undefined);
  assertEquals(table.named("keys"), undefined);
  assertEquals(table.named("FETCH")?.fullName, "get");
  assertEquals(table.commands.length, 2);
});
