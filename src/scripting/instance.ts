import { type LuaApi, LuaMemory } from "./lua_state.ts";
import {
  type Jumps,
  jumps,
  type Trampolines,
  trampolines,
} from "./trampolines.ts";

/** C's stack; the one that the module has of its own, 64 KiB, is too small for what scripts may do. */
const STACK_SIZE = 2 * 1024 * 1024;
/** Which slots of the module's table have its hook, and functions of ours. */
const HOOK_SLOT = 6;
export const OWN_SLOT = 157, PCALL_SLOT = 158, ENTRY_SLOT = 159;
/** Flags of the module's own environment that leave out what Redis does not have. */
const REDIS_ONLY = 0;
const PAGE = 65536;

/** JSPI, which TypeScript does not know yet. */
const { Suspending, promising } = WebAssembly as unknown as {
  Suspending: new (wait: () => Promise<void>) => WebAssembly.ImportValue;
  promising: (
    run: Trampolines["run"],
  ) => (L: number, index: number) => Promise<void>;
};

/** What the WebAssembly of an engine calls; set once there is somebody to answer. */
export interface Callbacks {
  own: (L: number) => number;
  tick: (L: number) => number;
  wait: () => Promise<void>;
  done: (status: number) => number;
  pcalled: (L: number, status: number) => number;
}

/** An instance of the engine's WebAssembly, with a Lua state in it. */
export interface Instance {
  readonly api: LuaApi;
  readonly memory: LuaMemory;
  readonly callbacks: Callbacks;
  /** Calls the function at an index, and those that `done` names, without the possibility to be suspended. */
  readonly run: Trampolines["run"];
  /** Does the same and may be suspended: `wait` was called then before this returns, and the promise tells of the end. */
  readonly runSuspendable: (L: number, index: number) => Promise<void>;
}

/** Starts an instance: about 5 ms for the first of a module, less for others. */
export function startInstance(module: WebAssembly.Module): Instance {
  const start = jumps();
  const callbacks: Callbacks = {
    own: unset,
    tick: unset,
    wait: unset,
    done: unset,
    pcalled: unset,
  };
  const state: { memory?: LuaMemory } = {};
  const instance = new WebAssembly.Instance(
    module,
    importsOf(module, start, () => state.memory!),
  );
  // The names and types of `engine_file.ts`; the hash of the file vouches for them.
  const api = instance.exports as unknown as LuaApi;
  const memory = state.memory = new LuaMemory(api.memory);
  const table = api.__indirect_function_table;
  table.grow(ENTRY_SLOT + 1 - table.length);
  const links = trampolines({
    table,
    tag: start.tag,
    setThrew: api.setThrew,
    getStack: api.emscripten_stack_get_current,
    setStack: api._emscripten_stack_restore,
    error: api.lua_error,
    pcall: api.lua_pcall,
    call: api.lua_call,
    pushValue: api.lua_pushvalue,
    own: (L) => callbacks.own(L),
    tick: (L) => callbacks.tick(L),
    wait: new Suspending(() => callbacks.wait()),
    done: (status) => callbacks.done(status),
    pcalled: (L, status) => callbacks.pcalled(L, status),
  });
  start.slot.set(0, links.invoke);
  table.set(OWN_SLOT, links.own);
  table.set(PCALL_SLOT, links.pcall);
  api.__wasm_call_ctors();
  const stack = api.alloc(STACK_SIZE);
  api._emscripten_stack_restore((stack + STACK_SIZE - 16) & ~15);
  api.set_compat(REDIS_ONLY);
  if (api.init() !== 0) throw new Error("The script engine does not start");
  table.set(HOOK_SLOT, links.hook);
  const { run } = links;
  return { api, memory, callbacks, run, runSuspendable: promising(run) };
}

function unset(): never {
  throw new Error("The script engine calls before it has started");
}

function importsOf(
  module: WebAssembly.Module,
  start: Jumps,
  memory: () => LuaMemory,
): WebAssembly.Imports {
  const imports: Record<string, Record<string, WebAssembly.ImportValue>> = {};
  const known: Record<string, WebAssembly.ImportValue> = {
    invoke_vii: start.invoke_vii,
    _emscripten_throw_longjmp: start.jump,
    // More memory; when there is none, Lua makes an error of it.
    emscripten_resize_heap: (size: number) =>
      memory().grow(Math.ceil((size >>> 0) / PAGE)) ? 1 : 0,
    // No properties: the library is our own.
    host_redis_props: (result: number) => {
      memory().setWord(result, 0);
      memory().setWord(result + 4, 0);
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
