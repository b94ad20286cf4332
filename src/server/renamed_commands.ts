import { asciiLower } from "../protocol/byte_string.ts";
import type { RenamedCommand } from "../config/config.ts";
import { wrongDirective } from "../config/error.ts";
import type { CommandFamily } from "./command.ts";

/**
 * Returns the names that commands go by after `rename-command`, by those from
 * before; "" for one that is left out. Directives are carried out one after the
 * other, as in Redis, so that two commands can exchange their names. Throws a
 * ConfigError of one line: a name that is not understood may have been meant to
 * keep a command from clients.
 */
export function renamesOf(
  families: readonly CommandFamily[],
  directives: readonly RenamedCommand[],
): Map<string, string> {
  const renames = new Map<string, string>();
  if (directives.length === 0) return renames;
  const originals = new Map<string, string>();
  for (const { commands } of families) {
    for (const { name } of commands) originals.set(name, name);
  }
  for (const { command, name, place } of directives) {
    const refuse = (reason: string) =>
      wrongDirective(place, "rename-command", [command, name], reason);
    const original = originals.get(asciiLower(command));
    if (original === undefined) {
      throw refuse("No such command in rename-command");
    }
    originals.delete(asciiLower(command));
    if (originals.has(asciiLower(name))) {
      throw refuse("Target command name already exists");
    }
    if (name !== "") originals.set(asciiLower(name), original);
    renames.set(original, name);
  }
  return renames;
}
