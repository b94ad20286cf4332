import type { Args } from "../../protocol/args.ts";
import { asciiLower } from "../../protocol/byte_string.ts";
import { splitWords } from "../../protocol/inline.ts";
import { sha256Hex } from "../../store/sha256.ts";
import type { Command } from "../command_table.ts";
import type { AclSurroundings } from "./allowed_commands.ts";
import { BAD_HASH, NO_SUCH_PASSWORD } from "./rule_error.ts";
import { type CommandLine, type Denial, Selector } from "./selector.ts";

/** Which of several denials is told: one of a channel before one of a key before one of the command. */
const WEIGHTS = { command: 1, key: 2, channel: 3 } as const;

/** One user of an access control list: how to become it, and what it may do. */
export class User {
  readonly name: string;
  readonly #surroundings: AclSurroundings;
  #enabled = false;
  #needsNoPassword = false;
  /** What was said of payloads that RESTORE gets; new users have heard nothing. */
  #payloads: "" | "skip-sanitize-payload" | "sanitize-payload" = "";
  /** SHA-256 of each password, in hexadecimal digits. */
  #passwords: string[] = [];
  /** The user's own first. */
  #selectors: Selector[];

  constructor(name: string, surroundings: AclSurroundings) {
    this.name = name;
    this.#surroundings = surroundings;
    this.#selectors = [new Selector(surroundings)];
  }

  /** Whether it may do everything: then nothing is to be checked. */
  get mayAll(): boolean {
    return this.#selectors.some((each) => each.allowsAll);
  }

  get enabled(): boolean {
    return this.#enabled;
  }

  get needsNoPassword(): boolean {
    return this.#needsNoPassword;
  }

  /** Whether whoever connects is this user, when it is the default one. */
  get open(): boolean {
    return this.#enabled && this.#needsNoPassword;
  }

  get passwords(): readonly string[] {
    return this.#passwords;
  }

  get selectors(): readonly Selector[] {
    return this.#selectors;
  }

  /** The words of ACL GETUSER's `flags`. */
  get flags(): readonly string[] {
    const flags = [this.#enabled ? "on" : "off"];
    if (this.#needsNoPassword) flags.push("nopass");
    if (this.#payloads !== "") flags.push(this.#payloads);
    return flags;
  }

  /** Gives this user the rules of another, for good. */
  become(other: User): void {
    this.#enabled = other.#enabled;
    this.#needsNoPassword = other.#needsNoPassword;
    this.#payloads = other.#payloads;
    this.#passwords = [...other.#passwords];
    this.#selectors = other.#selectors.map((each) => each.copy());
  }

  /** Applies one rule of ACL SETUSER. Throws a RuleError; then nothing has changed. */
  apply(rule: string): void {
    switch (asciiLower(rule)) {
      case "":
        return;
      case "on":
      case "off":
        this.#enabled = rule.length === 2;
        return;
      case "sanitize-payload":
        this.#payloads = "sanitize-payload";
        return;
      case "skip-sanitize-payload":
        this.#payloads = "skip-sanitize-payload";
        return;
      case "nopass":
      case "resetpass":
        this.#needsNoPassword = rule.length === 6;
        this.#passwords = [];
        return;
      case "clearselectors":
        this.#selectors.length = 1;
        return;
      case "reset":
        return this.#reset();
    }
    const rest = rule.slice(1);
    switch (rule[0]) {
      case ">":
        return this.#addPassword(sha256Hex(rest));
      case "#":
        return this.#addPassword(checkedHash(rest));
      case "<":
        return this.#removePassword(sha256Hex(rest));
      case "!":
        return this.#removePassword(checkedHash(rest));
      case "(":
        if (rest.endsWith(")")) return this.#addSelector(rest.slice(0, -1));
    }
    this.#selectors[0]!.apply(rule);
  }

  /** Returns whether a password is one of the user's, in a time that tells nothing of them. */
  accepts(password: string): boolean {
    if (!this.#enabled) return false;
    if (this.#needsNoPassword) return true;
    const hash = sha256Hex(password);
    let accepted = false;
    for (const each of this.#passwords) {
      if (isSameHash(each, hash)) accepted = true;
    }
    return accepted;
  }

  /** Returns why a command line may not run, or nothing when it may. */
  denial(command: Command, args: Args): Denial | undefined {
    const line: CommandLine = { command, args };
    let told: Denial = { reason: "command", at: 0 };
    for (const selector of this.#selectors) {
      const denial = selector.denial(line);
      if (denial === undefined) return undefined;
      const difference = WEIGHTS[denial.reason] - WEIGHTS[told.reason];
      if (difference > 0 || (difference === 0 && denial.at > told.at)) {
        told = denial;
      }
    }
    return told;
  }

  /** Returns whether a command line may run and, with the same rights, read any key there is. */
  mayReadAllKeys(command: Command, args: Args): boolean {
    const line: CommandLine = { command, args };
    return this.#selectors.some((each) =>
      each.readsAllKeys && each.denial(line) === undefined
    );
  }

  /** Returns the rules that make such a user of a new one, as ACL LIST and files have them. */
  describe(): string {
    const [own, ...others] = this.#selectors;
    return [
      ...this.flags,
      ...this.#passwords.map((each) => `#${each}`),
      own!.describe(),
      ...others.map((each) => `(${each.describe()})`),
    ].join(" ");
  }

  #reset(): void {
    const rules = ["resetpass", "resetkeys", "resetchannels"];
    if (this.#surroundings.allChannelsAtFirst()) rules.push("allchannels");
    rules.push("off", "sanitize-payload", "clearselectors", "-@all");
    for (const rule of rules) this.apply(rule);
  }

  #addPassword(hash: string): void {
    if (!this.#passwords.includes(hash)) this.#passwords.push(hash);
    this.#needsNoPassword = false;
  }

  #removePassword(hash: string): void {
    const at = this.#passwords.indexOf(hash);
    if (at < 0) throw NO_SUCH_PASSWORD;
    this.#passwords.splice(at, 1);
  }

  #addSelector(rules: string): void {
    const selector = new Selector(this.#surroundings);
    for (const rule of splitWords(rules) ?? []) selector.apply(rule);
    this.#selectors.push(selector);
  }
}

function checkedHash(hash: string): string {
  if (!/^[0-9a-f]{64}$/.test(hash)) throw BAD_HASH;
  return hash;
}

function isSameHash(a: string, b: string): boolean {
  let difference = 0;
  for (let i = 0; i < a.length; i++) {
    difference |= a.charCodeAt(i) ^ b.charCodeAt(i);
  }
  return difference === 0;
}
