import type { Args } from "../protocol/args.ts";
import { asciiLower } from "../protocol/byte_string.ts";
import { commandError } from "../protocol/command_error.ts";
import type { LuaEngine } from "../scripting/engine.ts";
import type { Callback } from "../scripting/host.ts";
import { Sha1 } from "../store/sha1.ts";
import { readShebang } from "./script_flags.ts";
import type { Runnable } from "./script_runner.ts";

/** Length of a SHA-1 in hexadecimal digits. */
const HASH_LENGTH = 40;
const HASH_BYTES = 20;
/** What Redis's dictionary and structures take for a script, besides its text and name. */
const SCRIPT_OVERHEAD = 64;

interface CachedScript {
  readonly hash: string;
  readonly body: Uint8Array;
  readonly flags: number;
  /** Bytes at the beginning that are no Lua. */
  readonly shebang: number;
  engine: LuaEngine;
  callback: Callback;
}

/** The scripts that EVAL and SCRIPT LOAD have brought, each compiled once, by their SHA-1. */
export class ScriptCache {
  readonly #scripts = new Map<string, CachedScript>();
  readonly #sha1 = new Sha1();
  readonly #hash = new Uint8Array(HASH_BYTES);
  /** Returns the engine that scripts run in. */
  readonly #engine: () => LuaEngine;

  constructor(engine: () => LuaEngine) {
    this.#engine = engine;
  }

  /** Number of scripts. */
  get size(): number {
    return this.#scripts.size;
  }

  /** Bytes that the scripts take, besides what they are compiled to. */
  get memory(): number {
    let sum = 0;
    for (const { body } of this.#scripts.values()) {
      sum += body.length + HASH_LENGTH + SCRIPT_OVERHEAD;
    }
    return sum;
  }

  has(hash: string): boolean {
    return this.#scripts.has(asciiLower(hash));
  }

  /** Returns the script with a hash, in any case. */
  find(hash: string): Runnable | undefined {
    const script = this.#scripts.get(hash) ??
      this.#scripts.get(asciiLower(hash));
    return script && this.#runnable(script);
  }

  /** Returns the script whose text is argument `i`, compiled now if it is not known. Throws when it does not compile. */
  load(args: Args, i: number): Runnable {
    const hash = this.hashOf(args, i);
    const known = this.#scripts.get(hash);
    if (known !== undefined) return this.#runnable(known);
    const body = new Uint8Array(args.view(i));
    const { flags, length } = readShebang(startOf(body));
    const engine = this.#engine();
    const script: CachedScript = {
      hash,
      body,
      flags,
      shebang: length,
      engine,
      callback: compile(engine, body, length),
    };
    this.#scripts.set(hash, script);
    return this.#runnable(script);
  }

  /** Returns the SHA-1 of argument `i`, in hexadecimal digits. */
  hashOf(args: Args, i: number): string {
    this.#sha1.hash(args.view(i), this.#hash);
    return this.#hash.toHex();
  }

  /** Forgets all scripts. */
  clear(): void {
    this.#scripts.clear();
  }

  #runnable(script: CachedScript): Runnable {
    const engine = this.#engine();
    if (script.engine !== engine) {
      // Another one broke, with all that it had compiled.
      script.callback = compile(engine, script.body, script.shebang);
      script.engine = engine;
    }
    const { callback, flags, hash } = script;
    return { kind: "SCRIPT", name: hash, engine, callback, flags };
  }
}

function compile(
  engine: LuaEngine,
  body: Uint8Array,
  shebang: number,
): Callback {
  const result = engine.compile(body.subarray(shebang), "@user_script");
  if (typeof result === "number") return result;
  throw commandError(`Error compiling script (new function): ${result}`);
}

/** The first line of a script that may be a shebang; of others, enough to see that it is none. */
function startOf(body: Uint8Array): string {
  const isShebang = body[0] === 0x23 && body[1] === 0x21;
  const line = isShebang ? body.subarray(0, body.indexOf(10) + 1) : [];
  if (isShebang && line.length === 0) return "#!";
  let text = "";
  for (const byte of line) text += String.fromCharCode(byte);
  return text;
}
