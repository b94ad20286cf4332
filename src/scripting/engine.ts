import type {
  AfterRun,
  Callback,
  Parameters,
  RunResult,
  ScriptHost,
} from "./host.ts";
import { Entry } from "./entry.ts";
import {
  ENTRY_SLOT,
  type Instance,
  OWN_SLOT,
  PCALL_SLOT,
  startInstance,
} from "./instance.ts";
import { functionsLibrary, scriptsLibrary } from "./library.ts";
import { LuaRandom } from "./lua_random.ts";
import { LuaType } from "./lua_state.ts";
import { LuaValues } from "./lua_values.ts";
import { Outcome } from "./trampolines.ts";

/** Instructions between two looks at the time. */
const TICK = 10_000;
/** Where the hook's mask and counters lie in a Lua state. */
const HOOK_MASK = 56, HOOK_EVERY = 60, HOOK_LEFT = 64;
/** Where a Lua state keeps which function makes something of errors, as a distance on its stack, and what that is for ours. */
const ERROR_HANDLER = 116, OWN_HANDLER = 16;
const MASK_COUNT = 8, MASK_LINE = 4;
/** Where the error handler, work of ours and the beginning of all runs lie on the stack, for good: at 1, 2 and 3. */
const WORK = 2, ENTRY = 3;
const UNKNOWN_ERROR = "ERR unknown error";
const GC_COLLECT = 2, GC_COUNT = 3, GC_STEP = 5;
/** Runs between two steps of Lua's collector, and the size of the step, as in Redis. */
const GC_PERIOD = 50;

/** A function of the server that scripts call: returns how many results it has pushed, or one of `Outcome`. */
export type OwnFunction = (L: number) => number;

/** Runs that one call into Lua makes, one after the other. */
interface Series {
  readonly after: AfterRun;
  /** Whether the last one has ended, and no other has begun. */
  ended: boolean;
  /** What `after` has thrown. */
  error: unknown;
}

/** What a jump of C is, which TypeScript does not know yet. */
const { Exception } = WebAssembly as unknown as {
  Exception: new () => object;
};

/**
 * A Lua interpreter: Redis's own, compiled to WebAssembly, with the C API of
 * Lua exported (`engine_file.ts`). Everything that Redis adds to Lua in C is
 * here, or in `library.ts`, in TypeScript: functions that find their arguments
 * in Lua's memory and push results through the API.
 *
 * A run that asks for it is suspended: its stack stays as it is while the event
 * loop turns. So no frame of JavaScript may lie between the beginning of a run
 * and its hook; what calls back into Lua is in `trampolines.ts`.
 */
export class LuaEngine extends LuaValues {
  readonly host: ScriptHost;
  readonly random = new LuaRandom();
  /** Whether a script runs: only then may commands be called. */
  running = false;
  /** Whether a library is being loaded. */
  loading = false;
  /** Whether it failed while it compiled or loaded something, and can do nothing more. */
  broken = false;
  /** Has the code see the globals of functions, or those that a library has while it is loaded. */
  seeGlobals: (of: "functions" | "library") => void = () => {};
  readonly #functions: OwnFunction[] = [];
  readonly #instance: Instance;
  #status: number | undefined = undefined;
  /** The calls that are under way, and those that have been suspended. */
  #series: Series | undefined = undefined;
  #suspended: Series | undefined = undefined;
  /** What runs inside Lua's protection. */
  #work: OwnFunction = () => 0;
  /** Whether the hook is to fail at every line. */
  #stopped = false;
  /** Whether JavaScript called Lua, which keeps it from being suspended. */
  #pinned = false;
  #runs = 0;
  readonly #entry: Entry;

  constructor(
    module: WebAssembly.Module,
    host: ScriptHost,
    kind: "scripts" | "functions",
  ) {
    const instance = startInstance(module);
    super(instance.api, instance.memory);
    this.host = host;
    this.#instance = instance;
    const { callbacks } = instance;
    callbacks.own = (L) => this.#runOwn(L);
    callbacks.tick = (L) => this.#tick(L);
    callbacks.wait = () => {
      this.#suspended ??= this.#series;
      return host.wait();
    };
    callbacks.done = (status) => this.#done(status);
    callbacks.pcalled = (L, status) => this.#pcalled(L, status);
    this.#resetHook();
    this.pushOwn(this.L, (L) => this.#handleError(L));
    this.pushOwn(this.L, (L) => this.#work(L));
    this.#entry = new Entry(this, ENTRY_SLOT);
    if (kind === "scripts") scriptsLibrary(this);
    else functionsLibrary(this);
  }

  /** Bytes that Lua has in use. */
  get usedMemory(): number {
    return this.api.lua_gc(this.L, GC_COUNT, 0) * 1024;
  }

  /** Compiles a script; returns the function, or what is wrong with it. */
  compile(source: Uint8Array, chunk: string): Callback | string {
    const { api, L } = this;
    let problem = "";
    let callback: Callback | undefined;
    const status = this.#protect((L) => {
      const at = this.place(L, source);
      const name = this.name(chunk);
      if (api.lua_loadbuffer(L, at, source.length, name) !== 0) {
        problem = this.toText(L, -1) ?? "";
      } else callback = this.reference(L);
      return 0;
    });
    if (status !== 0) problem = this.#failure(L);
    api.lua_settop(L, ENTRY);
    return callback ?? problem;
  }

  /** Has a function run with the next `run()`, or after the run that goes on. Its arguments must stay as they are until then. */
  prepare(callback: Callback, parameters: Parameters): void {
    this.running = true;
    this.#status = undefined;
    this.#entry.prepare(callback, parameters);
  }

  /**
   * Runs the function that was prepared. When it has ended, `after` hears of it:
   * before this returns, or, when the host has suspended it, some time later.
   *
   * What `after.next()` prepares runs in the same call: to begin one that can be
   * suspended takes longer than a short script does.
   */
  run(after: AfterRun): void {
    const series: Series = { after, ended: false, error: undefined };
    const outer = this.#series;
    this.#series = series;
    const run = this.#instance.runSuspendable(this.L, ENTRY);
    this.#series = outer;
    if (this.#suspended === series) {
      run.then(
        () => this.#endedLate(series),
        (error) => this.#endedLate(series, error),
      );
      return;
    }
    if (series.error !== undefined) throw series.error;
    if (series.ended) return;
    // It broke at once; why, only the promise tells.
    run.catch(() => {});
    this.#ended(after, undefined, new Error("the script engine has failed"));
    after.next();
  }

  #endedLate({ after }: Series, error?: unknown): void {
    this.#suspended = undefined;
    this.#ended(after, this.#status, error);
  }

  /** Takes the status of a call; returns where the function is that is to be called next, or 0. */
  #done(status: number): number {
    this.#status = status;
    if (this.#pinned || this.#suspended !== undefined) return 0;
    const series = this.#series!;
    try {
      this.#ended(series.after, status);
      series.ended = true;
      series.ended = !series.after.next();
      return series.ended ? 0 : ENTRY;
    } catch (error) {
      series.error = error;
      return 0;
    }
  }

  #ended(after: AfterRun, status: number | undefined, error?: unknown): void {
    const { api, L, memory } = this;
    this.running = false;
    const result = this.#result(status, error);
    after.ended(result);
    if (result.kind === "broken") return;
    memory.setTop(L, ENTRY);
    if (this.#stopped) this.#resetHook();
    if (++this.#runs % GC_PERIOD === 0) api.lua_gc(L, GC_STEP, GC_PERIOD);
    this.trimScratch();
  }

  /** Runs a function that registers functions of a library; returns its error, if any. */
  loadLibrary(callback: Callback): string | undefined {
    const { api, L } = this;
    this.loading = true;
    this.seeGlobals("library");
    const status = this.#protect((L) => {
      this.pushReference(L, callback);
      return Outcome.call;
    });
    this.loading = false;
    this.seeGlobals("functions");
    const problem = status === 0 ? undefined : this.#failure(L);
    if (this.#stopped) this.#resetHook();
    api.lua_settop(L, ENTRY);
    return problem;
  }

  /** Pushes a function of ours. */
  pushOwn(L: number, run: OwnFunction, slot = OWN_SLOT): void {
    const number = this.#functions.push(run) - 1;
    this.api.lua_pushnumber(L, number);
    this.api.lua_pushcclosure(L, slot, 1);
  }

  /** Pushes Redis's pcall, which makes the text of an error out of its table. */
  pushPcall(L: number): void {
    const { api, memory } = this;
    this.pushOwn(L, (L) => {
      const args = memory.count(L) - 1;
      api.lua_pushboolean(L, 1);
      api.lua_insert(L, 1);
      return args;
    }, PCALL_SLOT);
  }

  /** Collects all garbage, which takes as long as there is much of it. */
  collect(): void {
    this.api.lua_gc(this.L, GC_COLLECT, 0);
  }

  /** Runs a function of ours. An error that is not Lua's own would tear through the interpreter, and so becomes one. */
  #runOwn(L: number): number {
    try {
      return this.#functions[this.memory.ownNumber(L)]!(L);
    } catch (error) {
      if (
        error instanceof Exception || error instanceof RangeError ||
        error instanceof WebAssembly.RuntimeError
      ) throw error;
      this.pushError(L, this.host.unexpected(error), true);
      return Outcome.raise;
    }
  }

  /** Runs work inside Lua's protection; returns its status: not 0 with the error on the stack. */
  #protect(work: OwnFunction): number {
    this.#work = work;
    this.#status = undefined;
    this.#pinned = true;
    try {
      this.#instance.run(this.L, WORK);
    } catch (error) {
      this.broken = true;
      throw error;
    } finally {
      this.#pinned = false;
    }
    return this.#status!;
  }

  #result(status: number | undefined, error: unknown): RunResult {
    const { L, memory } = this;
    if (status === undefined) return { kind: "broken", error };
    const value = memory.at(L, -1);
    if (status === 0) return { kind: "value", value };
    if (memory.type(value) !== LuaType.table) {
      return { kind: "failure", message: this.#failure(L) };
    }
    const table = memory.object(value);
    const message = this.fieldText(table, "err");
    const source = this.fieldText(table, "source");
    const line = this.fieldText(table, "line");
    const flag = memory.field(
      table,
      this.fieldNames.ignore_error_stats_update,
    );
    const counted = flag !== 0 && memory.type(flag) === LuaType.boolean &&
      memory.boolean(flag);
    const place = source !== undefined && line !== undefined
      ? `, on ${source}:${line}.`
      : "";
    return {
      kind: "error",
      // Differs from Redis: an error table without a text ends redis-server.
      line: message ?? UNKNOWN_ERROR,
      place,
      counted,
    };
  }

  /** What the error on top of the stack says. */
  #failure(L: number): string {
    const error = this.memory.at(L, -1);
    return this.memory.type(error) === LuaType.table
      ? this.fieldText(this.memory.object(error), "err") ?? UNKNOWN_ERROR
      : this.toText(L, -1) ?? "execution failure";
  }

  /** What Lua calls with an error where it happens: makes a table of it, with its place in the script. */
  #handleError(L: number): number {
    const { api, memory } = this;
    const place = this.failedAt(L);
    if (memory.type(memory.at(L, 1)) !== LuaType.table) {
      const text = this.shown(L);
      api.lua_settop(L, 0);
      this.pushError(L, `ERR ${text}`);
    }
    api.lua_settop(L, 1);
    if (place === undefined) return 1;
    // Not as an assignment would do it: a metatable might run code of the script.
    this.pushString(L, "source");
    this.pushString(L, place.source);
    api.lua_rawset(L, 1);
    this.pushString(L, "line");
    api.lua_pushnumber(L, place.line);
    api.lua_rawset(L, 1);
    return 1;
  }

  #pcalled(L: number, status: number): number {
    const { api, memory } = this;
    if (status === 0) return memory.count(L);
    api.lua_remove(L, 1);
    if (memory.type(memory.at(L, -1)) === LuaType.table) {
      this.pushString(L, "err");
      api.lua_rawget(L, -2);
      const type = memory.type(memory.at(L, -1));
      if (type === LuaType.string || type === LuaType.number) {
        api.lua_replace(L, -2);
      }
    }
    api.lua_pushboolean(L, 0);
    api.lua_insert(L, 1);
    return memory.count(L);
  }

  #tick(L: number): number {
    const next = this.host.tick();
    if (next === "go on" || next === "wait" && this.#pinned) return 0;
    if (next === "wait") return 1;
    // From now on every instruction fails: or pcall would have the script go on.
    // Differs from Redis: SCRIPT KILL and FUNCTION KILL end a script where it is; there pcall catches that, and the rest of the line still runs.
    this.#stopped = true;
    for (const each of [L, this.L]) this.#mask(each, MASK_LINE | MASK_COUNT, 1);
    // A handler of the script would run where no hook could end it.
    if (this.memory.word(L + ERROR_HANDLER) !== OWN_HANDLER) {
      this.memory.setWord(L + ERROR_HANDLER, 0);
    }
    this.pushError(L, `ERR ${next.error}`);
    return 2;
  }

  /** Has Lua ask what to do now and then, which it does only while it runs something. */
  #resetHook(): void {
    this.#stopped = false;
    this.#mask(this.L, MASK_COUNT, TICK);
  }

  #mask(L: number, mask: number, every: number): void {
    this.memory.bytes[L + HOOK_MASK] = mask;
    this.memory.setWord(L + HOOK_EVERY, every);
    this.memory.setWord(L + HOOK_LEFT, every);
  }
}
