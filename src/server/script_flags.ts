import { commandError } from "../protocol/command_error.ts";
import { splitWords } from "../protocol/inline.ts";
import { CommandBits } from "./command_table.ts";

/** Flags that a script or a function may declare, as bits. */
export const ScriptFlags = {
  "no-writes": 1,
  "allow-oom": 2,
  "allow-stale": 4,
  "no-cluster": 8,
  "allow-cross-slot-keys": 16,
  /** A script without a first line that says what it is: it may do whatever the commands that it runs may. */
  undeclared: 32,
} as const;

export type ScriptFlag = Exclude<keyof typeof ScriptFlags, "undeclared">;

const NAMES = Object.keys(ScriptFlags).filter((name) => name !== "undeclared");

/** Returns whether a flag is one that Redis knows. */
export function isScriptFlag(name: string): name is ScriptFlag {
  return NAMES.includes(name);
}

/** The flags among `bits`, in Redis's order. */
export function scriptFlagNames(bits: number): ScriptFlag[] {
  return NAMES.filter((name): name is ScriptFlag =>
    isScriptFlag(name) && (bits & ScriptFlags[name]) !== 0
  );
}

/** What a script's first line says, such as `#!lua flags=no-writes`. */
export interface Shebang {
  readonly flags: number;
  /** Bytes of the line, its end not included; 0 when there is none. */
  readonly length: number;
}

/** Reads the first line of a script. Throws when it begins like a shebang and is none. */
export function readShebang(body: string): Shebang {
  if (!body.startsWith("#!")) {
    return { flags: ScriptFlags.undeclared, length: 0 };
  }
  const length = body.indexOf("\n");
  if (length < 0) throw commandError("Invalid script shebang");
  const [engine, ...options] = splitWords(body.slice(0, length)) ?? [];
  if (engine === undefined) {
    throw commandError("Invalid engine in script shebang");
  }
  if (engine !== "#!lua") {
    throw commandError(`Unexpected engine in script shebang: ${engine}`);
  }
  let flags = 0;
  for (const option of options) {
    if (!option.startsWith("flags=")) {
      throw commandError(`Unknown lua shebang option: ${option}`);
    }
    const list = option.slice("flags=".length);
    for (const name of list === "" ? [] : list.split(",")) {
      if (!isScriptFlag(name)) {
        throw commandError(`Unexpected flag in script shebang: ${name}`);
      }
      flags |= ScriptFlags[name];
    }
  }
  return { flags, length };
}

/** Returns the bits of a command that runs a script with such flags: what the script declares takes the place of what the command says. */
export function bitsWithFlags(bits: number, flags: number): number {
  if ((flags & ScriptFlags.undeclared) !== 0) return bits;
  bits &= ~(CommandBits.denyoom | CommandBits.write | CommandBits.mayReplicate |
    CommandBits.deniedWhileStale);
  if ((flags & ScriptFlags["allow-stale"]) === 0) {
    bits |= CommandBits.deniedWhileStale;
  }
  const readsOnly = (flags & ScriptFlags["no-writes"]) !== 0;
  if (!readsOnly) bits |= CommandBits.write;
  if (!readsOnly && (flags & ScriptFlags["allow-oom"]) === 0) {
    bits |= CommandBits.denyoom;
  }
  return bits;
}
