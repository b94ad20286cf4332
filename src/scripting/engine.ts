import type { Args } from "../protocol/args.ts";
import { functionsLibrary, scriptsLibrary } from "./library.ts";
import { LuaRandom } from "./lua_random.ts";
import {
  GLOBALS,
  type LuaApi,
  LuaMemory,
  LuaType,
  REGISTRY,
} from "./lua_state.ts";
import { type FieldNames, type ReplyContext } from "./lua_to_reply.ts";
import {
  jumps,
  Outcome,
  type Trampolines,
  trampolines,
} from "./trampolines.ts";

/** What a script asks of the server. */
export interface ScriptHost {
  /** Runs a command and returns its reply, valid until the next call. Throws a CommandError when a script may not run it. */
  call(args: Args): Uint8Array;
  log(level: number, message: string): void;
  /** `redis.setresp`. */
  useResp(version: 2 | 3): void;
  /** `redis.set_repl`: bit 1 for the append log, bit 2 for replicas. */
  propagateTo(targets: number): void;
  /** `redis.acl_check_cmd`; `undefined` for what is no command. */
  mayRun(args: Args): boolean | undefined;
  /** `redis.register_function`. Throws a CommandError that the script gets. */
  register(definition: FunctionDefinition): void;
  /** Takes an error that should not have happened; returns the line of the reply that stands for it. */
  unexpected(error: unknown): string;
  /** Called every few thousand instructions: what to do now. */
  tick(): Interruption;
  /** Whether a flag of a function is one that Redis knows, in any case. */
  isFlag(flag: string): boolean;
  /** Resolves when a suspended script is to go on. */
  wait(): Promise<void>;
}

/** What becomes of a script that has run for a while: it goes on, is suspended, or fails with a message. */
export type Interruption = "go on" | "wait" | { readonly error: string };

/** A function of a library as `redis.register_function` is given it. */
export interface FunctionDefinition {
  readonly name: string;
  readonly description: string | undefined;
  readonly flags: readonly string[];
  /** The callback, to be run. */
  readonly callback: Callback;
}

/** Names a compiled function that the engine holds until it is released. */
export type Callback = number & { readonly callback: unique symbol };

/** How a run ended. */
export type RunResult =
  | {
    readonly kind: "value";
    /** Address of the value in Lua's memory. */
    readonly value: number;
  }
  | {
    readonly kind: "error";
    /** The error as a reply has it, its code first. */
    readonly line: string;
    /** Where in the script it came from, such as `, on @user_script:1.`. */
    readonly place: string;
    /** Whether the statistics know of it. */
    readonly counted: boolean;
  }
  | {
    /** An error that is no table: there was no memory left to make one. */
    readonly kind: "failure";
    readonly message: string;
  }
  | {
    /** The engine itself broke, and can do nothing more. */
    readonly kind: "broken";
    readonly error: unknown;
  };

/** Keys and arguments of a run: arguments of a command from `first` on, of which `keys` are keys. */
export interface Parameters {
  readonly args: Args;
  readonly first: number;
  readonly keys: number;
  /** As globals KEYS and ARGV, or as parameters of the function. */
  readonly as: "globals" | "parameters";
}

/** Instructions between two looks at the time. */
const TICK = 10_000;
/** C's stack; the one that the module has of its own, 64 KiB, is too small for what scripts may do. */
const STACK_SIZE = 2 * 1024 * 1024;
/** More than all memory that there may be. */
const MOST_SCRATCH = 2 ** 30;
const SMALLEST_SCRATCH = 64 * 1024;
/** Scratch space beyond this is given back. */
const KEPT_SCRATCH = 1024 * 1024;
/** Where the engine's file keeps the address of its Lua state, and which slot of its table has the hook. */
const STATE_POINTER = 28472, HOOK_SLOT = 6;
const OWN_SLOT = 157, PCALL_SLOT = 158;
/** Where the hook's mask and counters lie in a Lua state. */
const HOOK_MASK = 56, HOOK_EVERY = 60, HOOK_LEFT = 64;
const MASK_COUNT = 8, MASK_LINE = 4;
/** Where the error handler and the beginning of all runs lie on the stack, for good: at 1 and 2. */
const ENTRY = 2;
const UNKNOWN_ERROR = "ERR unknown error";
/** What Lua says when there is no memory. */
const NO_MEMORY = "not enough memory";
const GC_COLLECT = 2, GC_COUNT = 3, GC_STEP = 5;
/** Runs between two steps of Lua's collector, and the size of the step, as in Redis. */
const GC_PERIOD = 50;
/** Flags of the module's own environment that leave out what Redis does not have. */
const REDIS_ONLY = 0;

/** The places in C's description of a function that runs. */
const DEBUG_SIZE = 112;
const DEBUG_NAME = 4, DEBUG_NAMEWHAT = 8, DEBUG_WHAT = 12, DEBUG_SOURCE = 16;
const DEBUG_LINE = 20, DEBUG_SHORT_SOURCE = 36;

/** A function of the server that scripts call: returns how many results it has pushed, or one of `Outcome`. */
export type OwnFunction = (L: number) => number;

/** JSPI and exceptions, which TypeScript does not know yet. */
const { Exception, Suspending, promising } = WebAssembly as unknown as {
  Exception: new () => object;
  Suspending: new (wait: () => Promise<void>) => WebAssembly.ImportValue;
  promising: (run: (L: number) => void) => (L: number) => Promise<void>;
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
export class LuaEngine {
  readonly api: LuaApi;
  readonly memory: LuaMemory;
  readonly host: ScriptHost;
  readonly random = new LuaRandom();
  /** The main Lua state. */
  readonly L: number;
  /** Whether a script may call commands and set global state: not while a library is loaded. */
  running = false;
  /** Whether a library is being loaded. */
  loading = false;
  /** Has the code see the globals of functions, or those that a library has while it is loaded. */
  seeGlobals: (of: "functions" | "library") => void = () => {};
  readonly #functions: OwnFunction[] = [];
  readonly #names = new Map<string, number>();
  readonly #trampolines: Trampolines;
  readonly #run: (L: number) => Promise<void>;
  readonly #debug: number;
  #scratch = 0;
  #scratchSize = 0;
  #status: number | undefined = undefined;
  #suspended = false;
  /** What runs inside Lua's protection. */
  #work: OwnFunction = () => 0;
  /** Frames of JavaScript below those of Lua, which keep it from being suspended. */
  #pinned = 0;
  #lastReference = 0;
  readonly #freeReferences: number[] = [];
  #runs = 0;
  readonly fieldNames: FieldNames;
  /** Address of the real table of globals. */
  readonly #globals: number;

  constructor(
    module: WebAssembly.Module,
    host: ScriptHost,
    kind: "scripts" | "functions",
  ) {
    this.host = host;
    const start = jumps();
    const instance = new WebAssembly.Instance(
      module,
      this.#imports(module, start),
    );
    const api = this.api = instance.exports as unknown as LuaApi;
    this.memory = new LuaMemory(api.memory);
    const table = api.__indirect_function_table;
    table.grow(PCALL_SLOT + 1 - table.length);
    const links = this.#trampolines = trampolines({
      table,
      tag: start.tag,
      setThrew: api.setThrew,
      getStack: api.emscripten_stack_get_current,
      setStack: api._emscripten_stack_restore,
      error: api.lua_error,
      pcall: api.lua_pcall,
      call: api.lua_call,
      own: (L) => this.#runOwn(L),
      tick: (L) => this.#tick(L),
      wait: new Suspending(() => {
        this.#suspended = true;
        return host.wait();
      }),
      done: (status) => {
        this.#status = status;
      },
      pcalled: (L, status) => this.#pcalled(L, status),
    });
    start.slot.set(0, links.invoke);
    table.set(OWN_SLOT, links.own);
    table.set(PCALL_SLOT, links.pcall);
    this.#run = promising(links.run);
    api.__wasm_call_ctors();
    const stack = api.alloc(STACK_SIZE);
    api._emscripten_stack_restore((stack + STACK_SIZE - 16) & ~15);
    api.set_compat(REDIS_ONLY);
    if (api.init() !== 0) throw new Error("The script engine does not start");
    table.set(HOOK_SLOT, links.hook);
    this.#debug = api.alloc(DEBUG_SIZE);
    const L = this.L = this.memory.word(STATE_POINTER);
    this.#setHook(0, 0);
    this.pushOwn(L, (L) => this.#handleError(L));
    this.pushOwn(L, (L) => this.#work(L));
    api.lua_pushvalue(L, GLOBALS);
    this.#globals = this.memory.object(this.memory.at(L, -1));
    api.lua_settop(L, ENTRY);
    this.fieldNames = this.#intern();
    if (kind === "scripts") scriptsLibrary(this);
    else functionsLibrary(this);
  }

  /** Bytes that Lua has in use. */
  get usedMemory(): number {
    return this.api.lua_gc(this.L, GC_COUNT, 0) * 1024;
  }

  /** Bytes that the engine takes. */
  get size(): number {
    return this.memory.bytes.length;
  }

  /** Compiles `length` bytes of an argument; returns the function, or what is wrong with it. */
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

  /** Takes the value on top of the stack and holds it until it is released. */
  reference(L: number): Callback {
    const reference = this.#freeReferences.pop() ?? ++this.#lastReference;
    this.api.lua_rawseti(L, REGISTRY, reference);
    return reference as Callback;
  }

  release(callback: Callback): void {
    const { api, L } = this;
    api.lua_pushnil(L);
    api.lua_rawseti(L, REGISTRY, callback);
    this.#freeReferences.push(callback);
  }

  /**
   * Runs a function. `ended` is called when it has ended: before this returns,
   * or, when the host has suspended it, some time later; it returns which.
   * The value it is given is valid until `ended` returns.
   */
  run(
    callback: Callback,
    parameters: Parameters,
    ended: (result: RunResult) => void,
  ): "ended" | "suspended" {
    const { api, L } = this;
    this.running = true;
    this.#work = (L) => this.#enter(L, callback, parameters);
    this.#status = undefined;
    this.#suspended = false;
    this.#setHook(MASK_COUNT, TICK);
    api.lua_pushvalue(L, ENTRY);
    const run = this.#run(L);
    const end = (error?: unknown) => {
      this.running = false;
      const result = this.#result(error);
      ended(result);
      if (result.kind === "broken") return;
      this.#setHook(0, 0);
      api.lua_settop(L, ENTRY);
      if (++this.#runs % GC_PERIOD === 0) api.lua_gc(L, GC_STEP, GC_PERIOD);
      if (this.#scratchSize > KEPT_SCRATCH) this.#freeScratch();
    };
    if (this.#status !== undefined) {
      end();
      return "ended";
    }
    if (this.#suspended) {
      run.then(() => end(), end);
      return "suspended";
    }
    // It broke at once; why, only the promise tells.
    run.catch(() => {});
    end(new Error("the script engine has failed"));
    return "ended";
  }

  /** Runs a function that registers functions of a library; returns its error, if any. */
  loadLibrary(callback: Callback): string | undefined {
    const { api, L } = this;
    this.loading = true;
    this.seeGlobals("library");
    this.#setHook(MASK_COUNT, TICK);
    const status = this.#protect((L) => {
      this.pushReference(L, callback);
      return Outcome.call0;
    });
    this.loading = false;
    this.seeGlobals("functions");
    let problem: string | undefined;
    if (status !== 0) {
      const error = this.memory.at(L, -1);
      problem = this.memory.type(error) === LuaType.table
        ? this.#fieldText(this.memory.object(error), "err") ?? UNKNOWN_ERROR
        : this.#failure(L);
    }
    this.#setHook(0, 0);
    api.lua_settop(L, ENTRY);
    return problem;
  }

  /** What `writeValue()` needs to know. */
  replyContext(
    booleans: boolean,
    error: ReplyContext["error"],
  ): ReplyContext {
    return { memory: this.memory, names: this.fieldNames, booleans, error };
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

  /** Opens the table of globals to changes, or closes it. */
  openGlobals(open: boolean): void {
    this.memory.setReadonly(this.#globals, !open);
  }

  /** Returns where a name lies in Lua's memory, with a zero byte behind it; it stays there. */
  name(text: string): number {
    let at = this.#names.get(text);
    if (at === undefined) {
      at = this.api.alloc(text.length + 1);
      this.memory.bytes.latin1Write(text, at);
      this.memory.bytes[at + text.length] = 0;
      this.#names.set(text, at);
    }
    return at;
  }

  /** Pushes what `reference()` holds. */
  pushReference(L: number, callback: Callback): void {
    this.api.lua_rawgeti(L, REGISTRY, callback);
  }

  /** Copies bytes into Lua's memory, to stay there until the next call; returns where. */
  place(L: number, bytes: Uint8Array): number {
    const at = this.room(L, bytes.length);
    this.memory.bytes.set(bytes, at);
    return at;
  }

  /** Writes a byte string into Lua's memory, to stay there until the next call; returns where. */
  placeText(L: number, text: string): number {
    const at = this.room(L, text.length);
    this.memory.bytes.latin1Write(text, at);
    return at;
  }

  pushString(L: number, text: string): void {
    const at = this.placeText(L, text);
    this.api.lua_pushlstring(L, at, text.length);
  }

  /** Returns the text of a string or a number on the stack as C sees it, or `undefined` for anything else. */
  toText(L: number, index: number): string | undefined {
    const at = this.api.lua_tolstring(L, index, 0);
    return at === 0 ? undefined : this.textAt(at);
  }

  textAt(at: number): string {
    const { bytes } = this.memory;
    return bytes.latin1Slice(at, bytes.indexOf(0, at));
  }

  /** Pushes the table that stands for an error; `line` has its code first. */
  pushError(L: number, line: string, counted = false): void {
    const { api } = this;
    api.lua_checkstack(L, 3);
    api.lua_createtable(L, 0, 2);
    const end = line.indexOf("\0");
    this.pushString(L, end < 0 ? line : line.slice(0, end));
    api.lua_setfield(L, -2, this.name("err"));
    if (!counted) return;
    api.lua_pushboolean(L, 1);
    api.lua_setfield(L, -2, this.name("ignore_error_stats_update"));
  }

  /** Returns where in the script the function at a level of the stack is, as Lua begins its messages: `user_script:1: `. */
  where(L: number, level: number): string {
    if (!this.#look(L, level, "Sl")) return "";
    const line = this.memory.word(this.#debug + DEBUG_LINE) | 0;
    if (line <= 0) return "";
    return `${this.textAt(this.#debug + DEBUG_SHORT_SOURCE)}:${line}: `;
  }

  /** Returns the name by which the function that runs was called, and whether as a method. */
  calledAs(L: number): { readonly name: string; readonly method: boolean } {
    this.#look(L, 0, "n");
    const name = this.memory.word(this.#debug + DEBUG_NAME);
    const what = this.textAt(this.memory.word(this.#debug + DEBUG_NAMEWHAT));
    return {
      name: name === 0 ? "?" : this.textAt(name),
      method: what === "method",
    };
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

  #imports(
    module: WebAssembly.Module,
    start: ReturnType<typeof jumps>,
  ): WebAssembly.Imports {
    const imports: Record<string, Record<string, WebAssembly.ImportValue>> = {};
    const known: Record<string, WebAssembly.ImportValue> = {
      invoke_vii: start.invoke_vii,
      _emscripten_throw_longjmp: start.jump,
      emscripten_resize_heap: (size: number) => this.#grow(size >>> 0),
      // No properties: the library is our own.
      host_redis_props: (result: number) => {
        this.memory.setWord(result, 0);
        this.memory.setWord(result + 4, 0);
      },
    };
    for (const { module: from, name } of WebAssembly.Module.imports(module)) {
      imports[from] ??= {};
      // What is left belongs to files, clocks and functions that are replaced.
      imports[from]![name] = known[name] ?? (() => {
        throw new Error(`The script engine called ${name}`);
      });
    }
    return imports;
  }

  /** Gives the engine more memory; when there is no more, Lua makes an error of it. */
  #grow(size: number): number {
    const { buffer } = this.api.memory;
    try {
      this.api.memory.grow(Math.ceil((size - buffer.byteLength) / 65536));
    } catch {
      return 0;
    }
    this.memory.grown();
    return 1;
  }

  /** The strings by which tables are told apart, held for good: then each has one address. */
  #intern(): FieldNames {
    const { api, L, memory } = this;
    const names: Record<string, number> = {};
    api.lua_createtable(L, 0, 0);
    const words = [
      "err",
      "ok",
      "double",
      "big_number",
      "verbatim_string",
      "format",
      "string",
      "map",
      "set",
      "ignore_error_stats_update",
      "source",
      "line",
    ];
    words.forEach((word, i) => {
      this.pushString(L, word);
      names[word] = memory.object(memory.at(L, -1));
      api.lua_rawseti(L, -2, i + 1);
    });
    this.reference(L);
    return names as FieldNames;
  }

  /** Runs work inside Lua's protection; returns its status: not 0 with the error on the stack. */
  #protect(work: OwnFunction): number {
    this.#work = work;
    this.#status = undefined;
    this.api.lua_pushvalue(this.L, ENTRY);
    this.#pinned++;
    try {
      this.#trampolines.run(this.L);
    } finally {
      this.#pinned--;
    }
    return this.#status!;
  }

  /** Pushes a function with what it is to have, to be called. */
  #enter(L: number, callback: Callback, parameters: Parameters): number {
    const { api } = this;
    const { args, as, first, keys } = parameters;
    // All of them lie side by side in the request.
    const count = args.length - first;
    const from = count === 0 ? 0 : args.starts[first]!;
    const to = count === 0 ? 0 : args.ends[args.length - 1]!;
    const at = this.place(L, args.bytes.subarray(from, to)) - from;
    if (as === "parameters") {
      this.pushReference(L, callback);
      this.#pushArray(L, at, parameters, first, first + keys);
      this.#pushArray(L, at, parameters, first + keys, args.length);
      return Outcome.call2;
    }
    this.openGlobals(true);
    this.#pushArray(L, at, parameters, first, first + keys);
    api.lua_setfield(L, GLOBALS, this.name("KEYS"));
    this.#pushArray(L, at, parameters, first + keys, args.length);
    api.lua_setfield(L, GLOBALS, this.name("ARGV"));
    this.openGlobals(false);
    this.pushReference(L, callback);
    return Outcome.call0;
  }

  #pushArray(
    L: number,
    at: number,
    { args }: Parameters,
    first: number,
    end: number,
  ): void {
    const { api } = this;
    api.lua_createtable(L, end - first, 0);
    for (let i = first; i < end; i++) {
      const start = args.starts[i]!;
      api.lua_pushlstring(L, at + start, args.ends[i]! - start);
      api.lua_rawseti(L, -2, i - first + 1);
    }
  }

  #result(error: unknown): RunResult {
    const { L, memory } = this;
    const status = this.#status;
    if (status === undefined) return { kind: "broken", error };
    const value = memory.at(L, -1);
    if (status === 0) return { kind: "value", value };
    if (memory.type(value) !== LuaType.table) {
      return { kind: "failure", message: this.#failure(L) };
    }
    const table = memory.object(value);
    const message = this.#fieldText(table, "err");
    const source = this.#fieldText(table, "source");
    const line = this.#fieldText(table, "line");
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

  /** Returns a field of a table that is a string or a number as text; no code of the script runs for it. */
  #fieldText(
    table: number,
    name: "err" | "source" | "line",
  ): string | undefined {
    const { memory } = this;
    const value = memory.field(table, this.fieldNames[name]);
    if (value === 0) return undefined;
    switch (memory.type(value)) {
      case LuaType.string:
        return memory.text(memory.object(value));
      case LuaType.number:
        return String(memory.number(value));
      default:
        return undefined;
    }
  }

  /** What an error without a table says. */
  #failure(L: number): string {
    return this.toText(L, -1) ?? "execution failure";
  }

  /** What Lua calls with an error where it happens: makes a table of it, with its place in the script. */
  #handleError(L: number): number {
    const { api, memory } = this;
    // Level 0 is this function; a function of C is not to blame, but its caller.
    let found = this.#look(L, 1, "nSl");
    if (found && this.#what() === "C") found = this.#look(L, 2, "nSl");
    const source = found
      ? this.textAt(memory.word(this.#debug + DEBUG_SOURCE))
      : undefined;
    const line = memory.word(this.#debug + DEBUG_LINE) | 0;
    if (memory.type(memory.at(L, 1)) !== LuaType.table) {
      const text = this.#shown(L);
      api.lua_settop(L, 0);
      this.pushError(L, `ERR ${text}`);
    }
    api.lua_settop(L, 1);
    if (source === undefined) return 1;
    // Not as an assignment would do it: a metatable might run code of the script.
    this.pushString(L, "source");
    this.pushString(L, source);
    api.lua_rawset(L, 1);
    this.pushString(L, "line");
    api.lua_pushnumber(L, line);
    api.lua_rawset(L, 1);
    return 1;
  }

  /** What `tostring` makes of the value at 1. */
  #shown(L: number): string {
    const { memory } = this;
    const value = memory.at(L, 1);
    const address = () =>
      `0x${memory.object(value).toString(16).padStart(8, "0")}`;
    switch (memory.type(value)) {
      case LuaType.string:
        return memory.string(memory.object(value));
      case LuaType.number:
        return this.toText(L, 1)!;
      case LuaType.nil:
        return "nil";
      case LuaType.boolean:
        return String(memory.boolean(value));
      case LuaType.function:
        return `function: ${address()}`;
      case LuaType.lightUserdata:
        return memory.object(value) === 0
          ? "userdata: (nil)"
          : `userdata: ${address()}`;
      default:
        return `thread: ${address()}`;
    }
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
    if (next === "go on" || next === "wait" && this.#pinned > 0) return 0;
    if (next === "wait") return 1;
    // From now on every line fails: or pcall would have the script go on.
    for (const each of [L, this.L]) this.#mask(each, MASK_LINE | MASK_COUNT, 1);
    this.pushError(L, `ERR ${next.error}`);
    return 2;
  }

  #setHook(mask: number, every: number): void {
    this.#mask(this.L, mask, every);
  }

  #mask(L: number, mask: number, every: number): void {
    this.memory.bytes[L + HOOK_MASK] = mask;
    this.memory.setWord(L + HOOK_EVERY, every);
    this.memory.setWord(L + HOOK_LEFT, every);
  }

  /** Has C describe the function at a level of the stack; returns whether there is one. */
  #look(L: number, level: number, what: string): boolean {
    if (this.api.lua_getstack(L, level, this.#debug) === 0) return false;
    this.api.lua_getinfo(L, this.name(what), this.#debug);
    return true;
  }

  #what(): string {
    return this.textAt(this.memory.word(this.#debug + DEBUG_WHAT));
  }

  /** Returns where `size` bytes may be written, until the next call. */
  room(L: number, size: number): number {
    if (size > this.#scratchSize) {
      this.#freeScratch();
      const wanted = Math.max(size, SMALLEST_SCRATCH);
      this.#scratch = wanted > MOST_SCRATCH ? 0 : this.api.alloc(wanted);
      if (this.#scratch === 0) {
        const message = this.name(NO_MEMORY);
        this.api.lua_pushlstring(L, message, NO_MEMORY.length);
        this.api.lua_error(L);
      }
      this.#scratchSize = wanted;
    }
    return this.#scratch;
  }

  #freeScratch(): void {
    if (this.#scratch !== 0) this.api.free_mem(this.#scratch);
    this.#scratch = this.#scratchSize = 0;
  }
}
