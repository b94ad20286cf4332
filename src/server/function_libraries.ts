import { Buffer } from "node:buffer";
import type { LoadedSnapshot } from "../persistence/entry_loader.ts";
import { SnapshotError } from "../persistence/snapshot_error.ts";
import { asciiLower } from "../protocol/byte_string.ts";
import { CommandError, commandError } from "../protocol/command_error.ts";
import type { LuaEngine } from "../scripting/engine.ts";
import {
  addFunction,
  checkName,
  type Library,
  type LibraryFunction,
  readMetadata,
} from "./function_library.ts";
import { isScriptFlag, ScriptFlags } from "./script_flags.ts";
import type { Runnable } from "./script_run.ts";
import type { ScriptRunner } from "./script_runner.ts";

/** How long a library may take to register its functions, in milliseconds. */
const LOAD_PATIENCE_MS = 500;
const NO_FUNCTIONS = commandError("No functions registered");
/** What Redis's structures take for a library and for a function, besides texts. */
const LIBRARY_OVERHEAD = 64, FUNCTION_OVERHEAD = 96;

/** What becomes of the libraries that are there when others are restored. */
export type RestorePolicy = "append" | "replace" | "flush";

/** The libraries of functions that FUNCTION LOAD has brought. */
export class FunctionLibraries {
  readonly #libraries = new Map<string, Library>();
  /** By name in lower case: FCALL takes any case. */
  readonly #functions = new Map<string, LibraryFunction>();
  readonly #runner: ScriptRunner;
  /** Returns the engine that functions run in. */
  readonly #engine: () => LuaEngine;

  constructor(runner: ScriptRunner, engine: () => LuaEngine) {
    this.#runner = runner;
    this.#engine = engine;
  }

  get libraryCount(): number {
    return this.#libraries.size;
  }

  get functionCount(): number {
    return this.#functions.size;
  }

  /** Bytes that the libraries take, besides what they are compiled to. */
  get memory(): number {
    let sum = 0;
    for (const { code, functions, name } of this) {
      sum += code.length + name.length + LIBRARY_OVERHEAD;
      for (const each of functions.values()) {
        sum += each.name.length + (each.description?.length ?? 0) +
          FUNCTION_OVERHEAD;
      }
    }
    return sum;
  }

  /** All libraries, in the order in which they came. */
  [Symbol.iterator](): Iterator<Library> {
    return this.#libraries.values();
  }

  /** The code of all libraries. */
  get codes(): string[] {
    return Array.from(this, ({ code }) => code);
  }

  /** Returns a function that FCALL may run. */
  find(name: string): Runnable | undefined {
    const folded = asciiLower(name);
    if (!this.#functions.has(folded)) return undefined;
    // The engine that had it may have failed; then another one has it now.
    this.#engine();
    const found = this.#functions.get(folded)!;
    const { callback, flags, library } = found;
    const { engine } = library;
    return { kind: "FUNCTION", name: found.name, engine, callback, flags };
  }

  /** Bits of `ScriptFlags` of a function, if there is one of that name. */
  flagsOf(name: string): number | undefined {
    return this.#functions.get(asciiLower(name))?.flags;
  }

  /** Loads a library; returns its name. `patient` has it take as long as it wants. Throws when it cannot be loaded, and all is as it was. */
  load(code: string, replace: boolean, patient: boolean): string {
    const { name } = readMetadata(code);
    checkName(name);
    const old = this.#libraries.get(name);
    const added = this.#create(
      code,
      patient ? Infinity : LOAD_PATIENCE_MS,
      old !== undefined && !replace ? old : undefined,
    );
    if (old !== undefined) this.#unlink(old);
    try {
      this.#checkFunctions(added);
    } catch (error) {
      this.#release(added);
      if (old !== undefined) this.#link(old);
      throw error;
    }
    if (old !== undefined) this.#release(old);
    this.#link(added);
    return name;
  }

  /** Removes a library; returns whether there was one of that name. */
  delete(name: string): boolean {
    const library = this.#libraries.get(name);
    if (library === undefined) return false;
    this.#unlink(library);
    this.#release(library);
    return true;
  }

  /** Removes all libraries. */
  clear(): void {
    for (const library of this) this.#release(library);
    this.#libraries.clear();
    this.#functions.clear();
  }

  /** Brings the libraries of a snapshot back. Throws SnapshotError, which names the line of the one at fault, or what `restore()` throws. */
  restoreFrom(
    { functions, functionLines = [] }: LoadedSnapshot,
    policy: RestorePolicy,
  ): void {
    this.restore(
      functions,
      policy,
      ({ message }, i) => new SnapshotError(functionLines[i] ?? 0, message),
    );
  }

  /** Brings libraries back that were dumped. Throws when they cannot all be there, and all is as it was; `explain` makes the error for the one of that index. */
  restore(
    codes: readonly string[],
    policy: RestorePolicy,
    explain: (error: CommandError, index: number) => Error = (error) => error,
  ): void {
    const added: Library[] = [];
    const replaced: Library[] = [];
    const explained = (index: number, act: () => void) => {
      try {
        act();
      } catch (error) {
        throw error instanceof CommandError ? explain(error, index) : error;
      }
    };
    // Without an engine no library is at fault.
    if (codes.length > 0) this.#engine();
    try {
      for (const [i, code] of codes.entries()) {
        explained(i, () => {
          const { name } = readMetadata(code);
          const twin = added.find((each) => each.name === name);
          added.push(this.#create(code, Infinity, twin));
        });
      }
      if (policy === "flush") replaced.push(...this);
      else {for (const { name } of added) {
          const old = this.#libraries.get(name);
          if (old === undefined) continue;
          if (policy === "append") {
            throw commandError(`Library ${name} already exists`);
          }
          replaced.push(old);
        }}
      for (const old of replaced) this.#unlink(old);
      const names = new Set<string>();
      for (const [i, library] of added.entries()) {
        explained(i, () => this.#checkFunctions(library, names));
      }
    } catch (error) {
      for (const each of added) this.#release(each);
      for (const old of replaced) this.#link(old);
      throw error;
    }
    for (const old of replaced) this.#release(old);
    for (const each of added) this.#link(each);
  }

  /** Loads all libraries again: the engine that had them failed. */
  reload(): void {
    const { codes } = this;
    this.#libraries.clear();
    this.#functions.clear();
    for (const code of codes) this.load(code, false, true);
  }

  /** Compiles a library and has it register its functions. `twin` is one of the same name that stands in its way. */
  #create(code: string, patience: number, twin: Library | undefined): Library {
    const { engine: language, length, name } = readMetadata(code);
    checkName(name);
    if (language.toLowerCase() !== "lua") {
      throw commandError(`Engine '${language}' not found`);
    }
    if (twin !== undefined) {
      throw commandError(`Library '${name}' already exists`);
    }
    const engine = this.#engine();
    const body = Buffer.from(code.slice(length), "latin1");
    const chunk = engine.compile(body, "@user_function");
    if (typeof chunk !== "number") {
      throw commandError(`Error compiling function: ${chunk}`);
    }
    const library: Library = { name, code, functions: new Map(), engine };
    const problem = this.#runner.registering(
      patience,
      ({ name, description, flags, callback }) => {
        const bits = flags.reduce(
          (sum, flag) => isScriptFlag(flag) ? sum | ScriptFlags[flag] : sum,
          0,
        );
        addFunction({ name, description, flags: bits, library, callback });
      },
      () => engine.loadLibrary(chunk),
    );
    engine.release(chunk);
    if (problem !== undefined) {
      this.#release(library);
      throw commandError(`Error registering functions: ${problem}`);
    }
    if (library.functions.size === 0) throw NO_FUNCTIONS;
    return library;
  }

  /** Throws when a function of a new library has the name of another one; adds them to those of other new libraries. */
  #checkFunctions({ functions }: Library, names = new Set<string>()): void {
    for (const name of functions.keys()) {
      const folded = asciiLower(name);
      if (this.#functions.has(folded) || names.has(folded)) {
        throw commandError(`Function ${name} already exists`);
      }
      names.add(folded);
    }
  }

  #link(library: Library): void {
    this.#libraries.set(library.name, library);
    for (const [name, each] of library.functions) {
      this.#functions.set(asciiLower(name), each);
    }
  }

  #unlink({ functions, name }: Library): void {
    this.#libraries.delete(name);
    for (const each of functions.keys()) {
      this.#functions.delete(asciiLower(each));
    }
  }

  #release({ engine, functions }: Library): void {
    for (const { callback } of functions.values()) engine.release(callback);
  }
}
