import { assertEquals, assertThrows } from "@std/assert";
import { loadText } from "../../src/config/file.ts";
import { Config, ConfigError } from "../../src/config/config.ts";
import { commandFamilies } from "../../src/commands/mod.ts";
import { renamesOf } from "../../src/server/renamed_commands.ts";

/** Returns what the directives, one per line, rename. */
function renames(...directives: string[]): Record<string, string> {
  const config = new Config();
  const lines = directives.map((each) => `rename-command ${each}`);
  loadText(config, lines.join("\n"), "test.conf");
  return Object.fromEntries(renamesOf(commandFamilies, config.renamedCommands));
}

Deno.test("rename-command takes the name of a command in any case", () => {
  assertEquals(renames('FLUSHALL ""', "Get Fetch"), {
    flushall: "",
    get: "Fetch",
  });
});

Deno.test("directives of rename-command are carried out one after the other", () => {
  assertEquals(renames("get GET", "get a", "A b"), { get: "b" });
  assertEquals(renames("get tmp", "set get", "tmp set"), {
    get: "set",
    set: "get",
  });
  assertEquals(renames('set ""', "get set"), { set: "", get: "set" });
});

Deno.test("rename-command is refused, with its place, for what is no command and for a name that is taken", () => {
  const refused = (reason: string, ...directives: string[]) => {
    const error = assertThrows(() => renames(...directives), ConfigError);
    const last = directives.at(-1);
    assertEquals(
      error.message,
      `test.conf:${directives.length}: rename-command ${last}: ${reason}`,
    );
  };
  const unknown = "No such command in rename-command";
  refused(unknown, "nosuch x");
  refused(unknown, 'get ""', 'FLUSHAL ""');
  refused(unknown, "config|get x");
  refused(unknown, 'get ""', 'get ""');
  refused(unknown, "get a", "get b");
  const taken = "Target command name already exists";
  refused(taken, "get set");
  refused(taken, "get a", "set A");
});
