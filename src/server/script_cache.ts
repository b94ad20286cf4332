import { Buffer } from "node:buffer";
import type { Args } from "../protocol/args.ts";
import { ByteBlock, sameBytes } from "../protocol/byte_block.ts";
import { asciiLower } from "../protocol/byte_string.ts";
import { commandError } from "../protocol/command_error.ts";
import type { LuaEngine } from "../scripting/engine.ts";
import type { Callback } from "../scripting/host.ts";
import { Sha1 } from "../store/sha1.ts";
import { readShebang } from "./script_flags.ts";
import type { Runnable } from "./script_run.ts";

/** Length of a SHA-1 in hexadecimal digits. */
const HASH_LENGTH = 40;
const HASH_BYTES = 20;
/** What Redis's dictionary and structures take for a script, besides its text and name. */
const SCRIPT_OVERHEAD = 64;

interface CachedScript {
  /** Its SHA-1, in hexadecimal digits. */
  readonly hash: ByteBlock;
  readonly body: Uint8Array;
  /** Bytes at the beginning that are no Lua. */
  readonly shebang: number;
  runnable: Runnable;
}

/** The scripts that EVAL and SCRIPT LOAD have brought, each compiled once, by their SHA-1. */
export class ScriptCache {
  readonly #scripts = new Map<string, CachedScript>();
  #last: CachedScript | undefined = undefined;
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

  /** Returns the script whose hash is argument `i`, in any case. */
  find(args: Args, i: number): Runnable | undefined {
    // Most calls are of the script that was called last; to compare costs less than to make a string and look it up.
    if (this.#last !== undefined && isSame(args, i, this.#last.hash)) {
      return this.#runnable(this.#last);
    }
    const hash = args.string(i);
    const script = this.#scripts.get(hash) ??
      this.#scripts.get(asciiLower(hash));
    if (script === undefined) return undefined;
    this.#last = script;
    return this.#runnable(script);
  }

  /** Returns the script whose text is argument `i`, compiled now if it is not known. Throws when it does not compile. */
  load(args: Args, i: number): Runnable {
    const hash = this.hashOf(args, i);
    const known = this.#scripts.get(hash);
    if (known !== undefined) return this.#runnable(known);
    const body = new Uint8Array(args.view(i));
    const { flags, length } = readShebang(startOf(body));
    const engine = this.#engine();
    const callback = compile(engine, body, length);
    const runnable: Runnable = {
      kind: "SCRIPT",
      name: hash,
      engine,
      callback,
      flags,
    };
    this.#scripts.set(hash, {
      hash: new ByteBlock(Buffer.from(hash)),
      ...{ body, shebang: length, runnable },
    });
    return runnable;
  }

  /** Returns the SHA-1 of argument `i`, in hexadecimal digits. */
  hashOf(args: Args, i: number): string {
    this.#sha1.hash(args.view(i), this.#hash);
    return this.#hash.toHex();
  }

  /** Forgets all scripts. */
  clear(): void {
    this.#last = undefined;
    this.#scripts.clear();
  }

  #runnable(script: CachedScript): Runnable {
    const engine = this.#engine();
    if (script.runnable.engine !== engine) {
      // Another one broke, with all that it had compiled.
      const callback = compile(engine, script.body, script.shebang);
      script.runnable = { ...script.runnable, engine, callback };
    }
    return script.runnable;
  }
}

/** Returns whether an argument is a hash. */
function isSame(args: Args, i: number, hash: ByteBlock): boolean {
  return args.size(i) === HASH_LENGTH &&
    sameBytes(args.block, args.starts[i]!, hash, 0, HASH_LENGTH);
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
