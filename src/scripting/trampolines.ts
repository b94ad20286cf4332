/**
 * The few functions between Lua and the server that must themselves be
 * WebAssembly, assembled here: a frame of JavaScript on Lua's stack could not be
 * suspended (JSPI), and made every error several times as expensive.
 */
import {
  assemble,
  body,
  get,
  I32,
  i32,
  Kind,
  NOTHING,
  section,
  set,
  tee,
  types,
} from "./assembler.ts";
import { named } from "./engine_file.ts";

const FUNCREF = 0x70;

/** What the engine imports before there is an engine: C's setjmp and longjmp, by way of an exception. */
export interface Jumps {
  /** Calls a function of the engine so that `jump()` inside it comes back here. */
  readonly invoke_vii: WebAssembly.ExportValue;
  readonly jump: WebAssembly.ExportValue;
  readonly tag: WebAssembly.ExportValue;
  /** Its one slot is for `Trampolines.invoke`. */
  readonly slot: WebAssembly.Table;
}

/** What the trampolines connect. */
export interface Ends {
  readonly table: WebAssembly.Table;
  readonly tag: WebAssembly.ExportValue;
  readonly setThrew: WebAssembly.ExportValue;
  readonly getStack: WebAssembly.ExportValue;
  readonly setStack: WebAssembly.ExportValue;
  readonly error: WebAssembly.ExportValue;
  /** Of any number of results: this build knows no other. */
  readonly pcall: WebAssembly.ExportValue;
  readonly call: WebAssembly.ExportValue;
  readonly pushValue: WebAssembly.ExportValue;
  /** Runs a function of ours: returns its number of results, or one of `Outcome`. */
  readonly own: (L: number) => number;
  /** Looks at the time: returns whether to wait (1), to raise the error on the stack (2), or neither. */
  readonly tick: (L: number) => number;
  /** Suspends the script. */
  readonly wait: WebAssembly.ImportValue;
  /** Hears how a call went: returns the index of the function to call next, or 0. */
  readonly done: (status: number) => number;
  /** Arranges pcall's results; returns their number. */
  readonly pcalled: (L: number, status: number) => number;
}

/** What a function of ours may return in place of its number of results. */
export const Outcome = {
  /** The value on top of the stack is raised. */
  raise: -1,
  /** The function on top of the stack is called without arguments; its one result is the result. */
  call: -2,
} as const;

export interface Trampolines {
  readonly invoke: () => void;
  /** The hook that Lua calls every so many instructions. */
  readonly hook: () => void;
  /** The lua_CFunction that all our functions are. */
  readonly own: () => number;
  /** The lua_CFunction that is Redis's pcall. */
  readonly pcall: () => number;
  /** Calls the function at an index of the stack, with the error handler at index 1, and tells `done()` how it went: over and over, as long as that says where the next one is. */
  readonly run: (L: number, index: number) => void;
}

/** Makes what the engine's module needs to import. */
export function jumps(): Jumps {
  const module = assemble(
    types(
      [[I32, I32, I32], []],
      [[], []],
    ),
    section(3, [[0], [1]]),
    section(4, [[FUNCREF, 0, 1]]),
    section(13, [[0, 1]]),
    section(7, [
      [...named("invoke_vii"), Kind.function, 0],
      [...named("jump"), Kind.function, 1],
      [...named("slot"), Kind.table, 0],
      [...named("tag"), Kind.tag, 0],
    ]),
    section(10, [
      // The slot's function is not there yet when the engine is linked.
      body(0, [...get(0), ...get(1), ...get(2), ...i32(0), 0x11, 0, 0]),
      body(0, [0x08, 0]),
    ]),
  );
  // What the section of exports above names, with these types.
  return new WebAssembly.Instance(module).exports as unknown as Jumps;
}

/** Links the trampolines between an engine and its host. */
export function trampolines(ends: Ends): Trampolines {
  const imports = [
    "setThrew",
    "getStack",
    "setStack",
    "error",
    "pcall",
    "call",
    "pushValue",
    "own",
    "tick",
    "wait",
    "done",
    "pcalled",
  ] as const;
  const III_V = 0, II_V = 1, NONE = 2, I_I = 3, NONE_I = 4, I_V = 5;
  const III_I = 6, II_I = 7;
  const kinds: Record<typeof imports[number], number> = {
    setThrew: II_V,
    getStack: NONE_I,
    setStack: I_V,
    error: I_I,
    pcall: III_I,
    call: III_V,
    pushValue: II_V,
    own: I_I,
    tick: I_I,
    wait: NONE,
    done: I_I,
    pcalled: II_I,
  };
  const call = (name: typeof imports[number]) => [0x10, imports.indexOf(name)];
  const first = imports.length;
  const module = assemble(
    types(
      [[I32, I32, I32], []],
      [[I32, I32], []],
      [[], []],
      [[I32], [I32]],
      [[], [I32]],
      [[I32], []],
      [[I32, I32, I32], [I32]],
      [[I32, I32], [I32]],
    ),
    section(2, [
      [...named("m"), ...named("table"), Kind.table, FUNCREF, 0, 1],
      ...imports.map((name) => [
        ...named("m"),
        ...named(name),
        Kind.function,
        kinds[name],
      ]),
      [...named("m"), ...named("tag"), Kind.tag, 0, NONE],
    ]),
    section(3, [[III_V], [II_V], [I_I], [I_I], [II_V]]),
    section(7, [
      [...named("invoke"), Kind.function, first],
      [...named("hook"), Kind.function, first + 1],
      [...named("own"), Kind.function, first + 2],
      [...named("pcall"), Kind.function, first + 3],
      [...named("run"), Kind.function, first + 4],
    ]),
    section(10, [
      // invoke(f, a, b): calls table[f](a, b); a jump restores the stack and sets the flag that C asks for.
      body(1, [
        ...call("getStack"),
        ...set(3),
        ...[0x02, NOTHING, 0x1f, NOTHING, 1, 0x00, 0, 0],
        ...[...get(1), ...get(2), ...get(0), 0x11, II_V, 0],
        ...[0x0b, 0x0f, 0x0b],
        ...[...get(3), ...call("setStack")],
        ...[...i32(1), ...i32(0), ...call("setThrew")],
      ]),
      // hook(L, ar): r = tick(L); if (r == 1) { wait(); r = tick(L) } if (r == 2) error(L)
      body(1, [
        ...[...get(0), ...call("tick"), ...tee(2), ...i32(1), 0x46],
        ...[0x04, NOTHING, ...call("wait")],
        ...[...get(0), ...call("tick"), ...set(2), 0x0b],
        ...[...get(2), ...i32(2), 0x46, 0x04, NOTHING],
        ...[...get(0), ...call("error"), 0x1a, 0x0b],
      ]),
      // own(L): r = own(L); if (r >= 0) return r; if (r == raise) return error(L); call(L, 0, 1); return 1
      body(1, [
        ...[...get(0), ...call("own"), ...tee(1), ...i32(0), 0x4e],
        ...[0x04, NOTHING, ...get(1), 0x0f, 0x0b],
        ...[...get(1), ...i32(Outcome.raise), 0x46, 0x04, NOTHING],
        ...[...get(0), ...call("error"), 0x0f, 0x0b],
        ...[...get(0), ...i32(0), ...i32(1), ...call("call"), ...i32(1)],
      ]),
      // pcall(L): return pcalled(L, pcall(L, own(L), 0)); own() gives the number of arguments
      body(0, [
        ...[...get(0), ...get(0), ...get(0), ...call("own")],
        ...[...i32(0), ...call("pcall"), ...call("pcalled")],
      ]),
      // run(L, i): do pushvalue(L, i) while (i = done(pcall(L, 0, 1)))
      body(0, [
        ...[0x03, NOTHING, ...get(0), ...get(1), ...call("pushValue")],
        ...[...get(0), ...i32(0), ...i32(1), ...call("pcall")],
        ...[...call("done"), ...tee(1), 0x0d, 0, 0x0b],
      ]),
    ]),
  );
  const instance = new WebAssembly.Instance(module, {
    // An interface has no index signature, which is all that is missing.
    m: ends as unknown as WebAssembly.ModuleImports,
  });
  // What the section of exports above names, with these types.
  return instance.exports as unknown as Trampolines;
}
