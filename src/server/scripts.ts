import { systemReason } from "../config/error.ts";
import type { Args } from "../protocol/args.ts";
import { type CommandError, commandError } from "../protocol/command_error.ts";
import { LuaEngine } from "../scripting/engine.ts";
import {
  engineFile,
  engineModule,
  loadEngineModule,
} from "../scripting/engine_file.ts";
import { type Command, CommandBits } from "./command_table.ts";
import { FunctionLibraries } from "./function_libraries.ts";
import { ScriptCache } from "./script_cache.ts";
import { bitsWithFlags, readShebang } from "./script_flags.ts";
import { ScriptRunner } from "./script_runner.ts";
import type { Server } from "./server.ts";

const NO_ENGINE = commandError(
  "The script engine could not be loaded, check the server log.",
);
/** Longest first line of a script that is looked at before the script is known. */
const SHEBANG_LENGTH = 1024;
/** What scripts may leave behind for Lua's collector, in bytes. */
const MUCH_MEMORY = 128 * 1024 * 1024;

/**
 * All that a server has to do with scripts. The engines in which they run are
 * started by the first script and the first function, which wait while the
 * engine is loaded: a server without any pays nothing.
 */
export class Scripts {
  readonly runner: ScriptRunner;
  readonly cache: ScriptCache;
  readonly libraries: FunctionLibraries;
  readonly #server: Server;
  #module: WebAssembly.Module | undefined = undefined;
  #loading: Promise<void> | undefined = undefined;
  #engine: LuaEngine | undefined = undefined;
  #functionEngine: LuaEngine | undefined = undefined;

  constructor(server: Server) {
    this.#server = server;
    this.runner = new ScriptRunner(server);
    this.cache = new ScriptCache(() => this.#scriptsEngine());
    this.libraries = new FunctionLibraries(
      this.runner,
      () => this.#functionsEngine(),
    );
  }

  /** Whether a script has been suspended: nothing else may run. */
  get suspended(): boolean {
    return this.runner.suspended;
  }

  /** What clients hear while a script is suspended. */
  get busyError(): CommandError {
    return this.runner.busyError;
  }

  /** Whether the engine is being loaded, and commands wait for it. */
  get loading(): boolean {
    return this.#loading !== undefined;
  }

  /** Bytes that the interpreter of scripts has in use. */
  get usedMemory(): number {
    return this.#engine?.usedMemory ?? 0;
  }

  /** Bytes that scripts and functions take in all. */
  get memory(): number {
    return this.cache.memory + this.libraries.memory + this.usedMemory +
      this.usedFunctionMemory;
  }

  /** Bytes that the interpreter of functions has in use. */
  get usedFunctionMemory(): number {
    return this.#functionEngine?.usedMemory ?? 0;
  }

  /**
   * Loads the engine while clients are served; whoever waits for it then goes on.
   * That it could not be loaded hears who then needs it.
   */
  loadEngine(): Promise<void> {
    return this.#loading ??= loadEngineModule()
      .then((module) => this.#module ??= module, () => {})
      .then(() => {
        this.#loading = undefined;
        this.#endWait();
      });
  }

  #endWait(): void {
    const { executor, pause } = this.#server;
    executor.setGate(CommandBits.needsEngine, false);
    pause.retry();
  }

  /** Returns the bits of a command that runs a script: the script may declare what it does. */
  bitsOf(args: Args, command: Command): number {
    const { name, bits } = command;
    if (name.startsWith("fcall")) {
      const flags = this.libraries.flagsOf(args.string(1));
      return flags === undefined ? bits : bitsWithFlags(bits, flags);
    }
    const known = name.startsWith("evalsha")
      ? this.cache.find(args, 1)
      : undefined;
    if (known !== undefined) return bitsWithFlags(bits, known.flags);
    if (name.startsWith("evalsha")) return bits;
    try {
      const start = args.view(1).subarray(0, SHEBANG_LENGTH);
      return bitsWithFlags(bits, readShebang(start.latin1Slice()).flags);
    } catch {
      // It will be refused as soon as it is compiled.
      return bits;
    }
  }

  /** SCRIPT FLUSH: forgets all scripts, and the interpreter with what they left in it. */
  flush(): void {
    this.cache.clear();
    this.runner.forget();
    this.#engine = undefined;
  }

  /** FUNCTION FLUSH: forgets all libraries, and the interpreter with what they left in it. */
  flushFunctions(): void {
    this.libraries.clear();
    this.runner.forget();
    this.#functionEngine = undefined;
  }

  /** Follows a script: what it left behind must not be in the way of the next one. */
  ended(engine: LuaEngine): void {
    if (engine.usedMemory < MUCH_MEMORY) return;
    // Its memory would stay with it. Scripts leave nothing in it that is needed; libraries may.
    if (engine === this.#engine) this.#engine = undefined;
    else engine.collect();
  }

  /** Gives up an engine that failed; another one takes its place when it is needed. */
  engineBroke(engine: LuaEngine, error: unknown): void {
    const text = error instanceof Error ? error.stack : String(error);
    this.#server.log.warning(`The script engine failed: ${text}`);
    if (this.#engine === engine) this.#engine = undefined;
    if (this.#functionEngine !== engine) return;
    this.#functionEngine = undefined;
    this.libraries.reload();
  }

  #scriptsEngine(): LuaEngine {
    if (this.#engine === undefined || this.#engine.broken) {
      this.#engine = this.#newEngine("scripts");
    }
    return this.#engine;
  }

  #functionsEngine(): LuaEngine {
    const engine = this.#functionEngine;
    if (engine !== undefined && !engine.broken) return engine;
    this.#functionEngine = this.#newEngine("functions");
    if (engine !== undefined) this.libraries.reload();
    return this.#functionEngine;
  }

  #newEngine(kind: "scripts" | "functions"): LuaEngine {
    if (this.#module === undefined) {
      this.#module = this.#loadNow();
      this.#endWait();
    }
    return new LuaEngine(this.#module, this.runner, kind);
  }

  #loadNow(): WebAssembly.Module {
    try {
      return engineModule(engineFile());
    } catch (error) {
      this.#server.log.warning(
        `Could not load the script engine: ${systemReason(error)}`,
      );
      throw NO_ENGINE;
    }
  }
}
