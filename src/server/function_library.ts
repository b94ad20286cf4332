import { commandError } from "../protocol/command_error.ts";
import { splitWords } from "../protocol/inline.ts";
import type { LuaEngine } from "../scripting/engine.ts";
import type { Callback } from "../scripting/host.ts";

const NAME = /^[A-Za-z0-9_]+$/;
const BAD_NAME = commandError(
  "Library names can only contain letters, numbers, or underscores(_) and must be at least one character long",
);
const NO_METADATA = commandError("Missing library metadata");
const BAD_METADATA = commandError("Invalid library metadata");
const NAMED_TWICE = commandError(
  "Invalid metadata value, name argument was given multiple times",
);
const NO_NAME = commandError("Library name was not given");
const FUNCTION_TWICE = commandError("Function already exists in the library");

/** A function of a library. */
export interface LibraryFunction {
  readonly name: string;
  readonly description: string | undefined;
  /** Bits of `ScriptFlags`. */
  readonly flags: number;
  readonly library: Library;
  callback: Callback;
}

/** A library of functions, as FUNCTION LOAD brings it. */
export interface Library {
  readonly name: string;
  /** All of it, with the line that names it. */
  readonly code: string;
  readonly functions: Map<string, LibraryFunction>;
  /** The engine in which it was loaded. */
  engine: LuaEngine;
}

/** Throws unless a library or a function may have this name. */
export function checkName(name: string): void {
  if (!NAME.test(name)) throw BAD_NAME;
}

/** Adds a function to its library. Throws when it has one of that name. */
export function addFunction(added: LibraryFunction): void {
  checkName(added.name);
  const { functions } = added.library;
  if (functions.has(added.name)) throw FUNCTION_TWICE;
  functions.set(added.name, added);
}

/** Returns what the first line of a library says, such as `#!lua name=mylib`, and how long it is. Throws when it is not in order. */
export function readMetadata(
  code: string,
): { readonly name: string; readonly engine: string; readonly length: number } {
  if (!code.startsWith("#!")) throw NO_METADATA;
  const length = code.indexOf("\n");
  const [start, ...parts] = length < 0
    ? []
    : splitWords(code.slice(0, length)) ?? [];
  if (start === undefined) throw BAD_METADATA;
  let name: string | undefined;
  for (const part of parts) {
    if (!/^name=/i.test(part)) {
      throw commandError(`Invalid metadata value given: ${part}`);
    }
    if (name !== undefined) throw NAMED_TWICE;
    name = part.slice("name=".length);
  }
  if (name === undefined) throw NO_NAME;
  return { name, engine: start.slice(2), length };
}
