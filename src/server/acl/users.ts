import { compareBytes } from "../../protocol/byte_string.ts";
import type { AclSurroundings } from "./allowed_commands.ts";
import { RuleError } from "./rule_error.ts";
import { hasBlanks } from "./selector.ts";
import { User } from "./user.ts";

/** The user that clients are before they say who they are. */
export const DEFAULT_USER = "default";

/** The users of a server, by their names. */
export class Users {
  readonly surroundings: AclSurroundings;
  readonly #users = new Map<string, User>();

  constructor(surroundings: AclSurroundings) {
    this.surroundings = surroundings;
  }

  get(name: string): User | undefined {
    return this.#users.get(name);
  }

  add(user: User): void {
    this.#users.set(user.name, user);
  }

  delete(name: string): User | undefined {
    const user = this.#users.get(name);
    this.#users.delete(name);
    return user;
  }

  /** All users, sorted by name. */
  sorted(): User[] {
    return [...this.#users.values()].sort((a, b) =>
      compareBytes(a.name, b.name)
    );
  }

  /** Returns the lines that define all users, in files and in ACL LIST. */
  describe(): string[] {
    return this.sorted().map((user) => `user ${user.name} ${user.describe()}`);
  }
}

/** Returns a default user that may do all and needs no password: what there is when nothing is said. */
export function openDefaultUser(surroundings: AclSurroundings): User {
  const user = new User(DEFAULT_USER, surroundings);
  for (const rule of ["+@all", "~*", "&*", "on", "nopass"]) user.apply(rule);
  return user;
}

/** Returns `rules` with each selector in one piece, or where one begins that does not end. */
export function mergeSelectors(
  rules: readonly string[],
): { readonly rules: string[] } | { readonly unclosedAt: number } {
  const merged: string[] = [];
  let parts: string[] = [];
  let begin = -1;
  for (const [i, rule] of rules.entries()) {
    const opens = rule.startsWith("(") && !rule.endsWith(")");
    if (opens) {
      // As in Redis, a selector that begins inside another takes its place.
      parts = [rule];
      begin = i;
    } else if (begin < 0) merged.push(rule);
    else {
      parts.push(rule);
      if (!rule.endsWith(")")) continue;
      merged.push(parts.join(" "));
      begin = -1;
    }
  }
  return begin < 0 ? { rules: merged } : { unclosedAt: begin };
}

/**
 * Reads a file of users: a line each, `user` and the name first. Returns the
 * users, or all that is wrong with the file in one line. `place` is the file's
 * name in messages.
 */
export function readUsers(
  text: string,
  place: string,
  surroundings: AclSurroundings,
): Users | string {
  const users = new Users(surroundings);
  let errors = "";
  for (const [i, raw] of text.split("\n").entries()) {
    const line = raw.replace(/^[ \t\r\n]+|[ \t\r\n]+$/g, "");
    if (line !== "") errors += readUser(line, i + 1, place, users);
  }
  return errors === "" ? users : errors;
}

/** Adds the user that a line defines; returns what is wrong with the line. */
function readUser(
  line: string,
  number: number,
  place: string,
  users: Users,
): string {
  const [word, name, ...words] = line.split(" ");
  if (word !== "user" || name === undefined) {
    return `${place}:${number} should start with user keyword followed by the username. `;
  }
  if (hasBlanks(name)) {
    return `'${place}:${number}: username '${name}' contains invalid characters. `;
  }
  if (users.get(name) !== undefined) {
    return `WARNING: Duplicate user '${name}' found on line ${number}. `;
  }
  const user = new User(name, users.surroundings);
  users.add(user);
  const merged = mergeSelectors(words);
  if ("unclosedAt" in merged) {
    return `${place}:${number}: Unmatched parenthesis in selector definition.`;
  }
  let errors = "";
  let told = false;
  for (const each of merged.rules) {
    const rule = each.replace(/^[\t\r\n]+|[\t\r\n]+$/g, "");
    try {
      user.apply(rule);
    } catch (error) {
      if (!(error instanceof RuleError)) throw error;
      // What follows from the first error is not worth telling, and may hold secrets.
      if (error.isUnknownName) {
        errors +=
          `${place}:${number}: Error in applying operation '${rule}': ${error.message}. `;
      } else if (!told) {
        errors += `${place}:${number}: ${error.message}. `;
        told = true;
      }
    }
  }
  return errors;
}
