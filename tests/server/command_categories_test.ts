import { assertEquals } from "@std/assert";
import type {
  CommandDefinition,
  CommandGroup,
} from "../../src/server/command.ts";
import { categoriesOf } from "../../src/server/command_categories.ts";

const PLAIN = {
  name: "test",
  arity: 1,
  flags: [],
  since: "1.0.0",
  complexity: "",
  summary: "",
  syntax: "",
  handler: () => {},
} satisfies CommandDefinition;

function categories(
  group: CommandGroup,
  facts: Partial<CommandDefinition>,
): string {
  return categoriesOf({ ...PLAIN, ...facts }, group).join(" ");
}

Deno.test("flags and group put a command into its categories, in Redis's order", () => {
  assertEquals(
    categories("string", { flags: ["readonly", "fast"] }),
    "read string fast",
  );
  assertEquals(
    categories("list", { flags: ["write", "blocking"] }),
    "write list slow blocking",
  );
  assertEquals(
    categories("server", { flags: ["admin"] }),
    "admin slow dangerous",
  );
  assertEquals(
    categories("server", { flags: ["pubsub", "fast"] }),
    "pubsub fast",
  );
  assertEquals(
    categories("scripting", { flags: ["readonly"] }),
    "slow scripting",
  );
});

Deno.test("categories that are said stand for the group's own", () => {
  assertEquals(
    categories("generic", { categories: ["connection"] }),
    "slow connection",
  );
  assertEquals(categories("pubsub", { categories: [] }), "slow");
});

Deno.test("a name that only leads to subcommands is in no category but @slow", () => {
  const { handler: _, ...container } = PLAIN;
  assertEquals(categoriesOf(container, "connection"), ["slow"]);
});
