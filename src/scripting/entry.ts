/** How a run begins: what a script gets, and the function that hands it over, which is assembled here. */
import {
  assemble,
  body,
  get,
  I32,
  i32,
  Kind,
  load,
  NOTHING,
  section,
  set,
  store,
  storeByte,
  tee,
  types,
} from "./assembler.ts";
import { named } from "./engine_file.ts";
import type { Callback, Parameters } from "./host.ts";
import { GLOBALS, type LuaApi, REGISTRY, STATE_TOP } from "./lua_state.ts";
import type { LuaValues } from "./lua_values.ts";

/** What the function is told, as words behind each other. */
const CALLBACK = 0, AS_GLOBALS = 4, PAIRS = 8, KEYS = 12, ARGV = 24;
const BLOCK_SIZE = 36;
/** Of KEYS and ARGV each: how many there are, the table, and whether it is used again. */
const COUNT = 0, TABLE = 4, REUSED = 8;
/** Where a string lies, and its length. */
const PAIR_SIZE = 8;
const VALUE_SIZE = 16;
/** So many items take more memory than there may be: Lua says so. */
const TOO_MANY = 2 ** 26;

/** What is known before any run. */
interface Places {
  readonly block: number;
  /** Address of the byte that closes the table of globals. */
  readonly closed: number;
  readonly keys: Global;
  readonly argv: Global;
}

/** A global variable, and what holds its table besides. */
interface Global {
  readonly name: number;
  readonly reference: Callback;
}

/** Hands keys and arguments to scripts, as globals KEYS and ARGV, and to functions, as parameters. */
export class Entry {
  readonly #values: LuaValues;
  readonly #block: number;

  /** Puts the function that begins runs, on top of the stack, called through `slot`. */
  constructor(values: LuaValues, slot: number) {
    const { api, L } = this.#values = values;
    const block = this.#block = api.alloc(BLOCK_SIZE);
    values.memory.bytes.fill(0, block, block + BLOCK_SIZE);
    const global = (name: string) => {
      api.lua_pushboolean(L, 1);
      return { name: values.name(name), reference: values.reference(L) };
    };
    const enter = assembled(api, {
      block,
      closed: values.globalsClosed,
      keys: global("KEYS"),
      argv: global("ARGV"),
    });
    api.__indirect_function_table.set(slot, enter);
    api.lua_pushcclosure(L, slot, 0);
  }

  /** Takes what the next run is to be of, and is to get. */
  prepare(callback: Callback, parameters: Parameters): void {
    const { args, as, first, keys } = parameters;
    const values = this.#values;
    const { memory } = values;
    const block = this.#block;
    const count = args.length - first;
    // All of them lie side by side in the request.
    const from = count === 0 ? 0 : args.starts[first]!;
    const length = count === 0 ? 0 : args.ends[args.length - 1]! - from;
    const pairs = values.findRoom(count * PAIR_SIZE + length);
    memory.setWord(block + CALLBACK, callback);
    memory.setWord(block + PAIRS, pairs);
    memory.setWord(block + AS_GLOBALS, as === "globals" ? 1 : 0);
    if (pairs === 0) return this.#haveNoMemory();
    const at = pairs + count * PAIR_SIZE - from;
    if (length > 0) memory.write(at + from, args.block, from, length);
    for (let i = first, pair = pairs; i < args.length; i++) {
      const start = args.starts[i]!;
      memory.setWord(pair, at + start);
      memory.setWord(pair + 4, args.ends[i]! - start);
      pair += PAIR_SIZE;
    }
    this.#setCount(KEYS, keys);
    this.#setCount(ARGV, count - keys);
  }

  /** A table that a script leaves as an array of the right length, the next one gets: that cannot be told from another one. */
  #setCount(place: typeof KEYS | typeof ARGV, count: number): void {
    const { memory } = this.#values;
    const at = this.#block + place;
    const table = memory.word(at + TABLE);
    const reused = table !== 0 && memory.isArrayOf(table, count);
    memory.setWord(at + COUNT, count);
    memory.setWord(at + REUSED, reused ? 1 : 0);
  }

  /** Has the run fail as Lua does, and inside its protection. */
  #haveNoMemory(): void {
    this.#setCount(KEYS, TOO_MANY);
  }
}

/** Assembles the lua_CFunction. */
function assembled(
  api: LuaApi,
  { block, closed, keys, argv }: Places,
): () => number {
  const functions = {
    pushString: api.lua_pushlstring,
    createTable: api.lua_createtable,
    getItem: api.lua_rawgeti,
    setItem: api.lua_rawseti,
    setField: api.lua_setfield,
    call: api.lua_call,
    pushValue: api.lua_pushvalue,
  } as const;
  const names = Object.keys(functions);
  const call = (name: keyof typeof functions) => [0x10, names.indexOf(name)];
  const FILL = names.length, ENTER = FILL + 1;
  const III_V = 0, II_V = 1, I_I = 2;
  const L = get(0);
  const word = (place: number) => [...i32(block + place), ...load(0)];
  /** Pushes a table with room for as many items as it is to have. */
  const newTable = (place: number) => [
    ...[...L, ...word(place), ...i32(0), ...call("createTable")],
  ];
  /** Fills the table on top of the stack; `skipped` is how many pairs are others'. */
  const fill = (place: number, skipped: number[]) => [
    ...[...L, ...word(place), ...word(PAIRS), ...skipped],
    ...[...i32(PAIR_SIZE), 0x6c, 0x6a, 0x10, FILL],
  ];
  const callback = [
    ...[...L, ...i32(REGISTRY), ...word(CALLBACK), ...call("getItem")],
  ];
  /** Pushes the table that a global variable was last, or makes it another one. */
  const global = (place: number, { name, reference }: Global) => [
    ...[...word(place + REUSED), 0x04, NOTHING],
    ...[...L, ...i32(REGISTRY), ...i32(reference), ...call("getItem"), 0x05],
    ...newTable(place),
    ...[...L, ...i32(-1), ...call("pushValue")],
    ...[...L, ...i32(REGISTRY), ...i32(reference), ...call("setItem")],
    ...[...i32(block + place + TABLE), ...L, ...load(STATE_TOP)],
    ...[...i32(VALUE_SIZE), 0x6b, ...load(0), ...store(0)],
    ...[...L, ...i32(-1), ...call("pushValue")],
    ...[...i32(closed), ...i32(0), ...storeByte()],
    ...[...L, ...i32(GLOBALS), ...i32(name), ...call("setField")],
    ...[...i32(closed), ...i32(1), ...storeByte(), 0x0b],
  ];
  const module = assemble(
    types(
      [[I32, I32, I32], []],
      [[I32, I32], []],
      [[I32], [I32]],
    ),
    section(2, [
      ...names.map((name) => [
        ...[...named("m"), ...named(name), Kind.function],
        name === "pushValue" ? II_V : III_V,
      ]),
      [...named("m"), ...named("memory"), Kind.memory, 0, 0],
    ]),
    section(3, [[III_V], [I_I]]),
    section(7, [[...named("enter"), Kind.function, ENTER]]),
    section(10, [
      // fill(L, count, pair): for (i = 0; i < count; pair += 8) { pushlstring(L, *pair); rawseti(L, -2, ++i) }
      body(1, [
        ...[0x03, NOTHING, ...get(3), ...get(1), 0x49, 0x04, NOTHING],
        ...[...L, ...get(2), ...load(0), ...get(2), ...load(4)],
        ...[...call("pushString"), ...L, ...i32(-2)],
        ...[...get(3), ...i32(1), 0x6a, ...tee(3), ...call("setItem")],
        ...[...get(2), ...i32(PAIR_SIZE), 0x6a, ...set(2)],
        ...[0x0c, 1, 0x0b, 0x0b],
      ]),
      // enter(L): sets the globals and calls the script, or calls the function with the tables
      body(0, [
        ...[...word(AS_GLOBALS), 0x04, NOTHING],
        ...[...global(KEYS, keys), ...fill(KEYS, i32(0))],
        ...[...global(ARGV, argv), ...fill(ARGV, word(KEYS))],
        ...[...callback, ...L, ...i32(0), ...i32(1), ...call("call"), 0x05],
        ...[...callback, ...newTable(KEYS), ...fill(KEYS, i32(0))],
        ...[...newTable(ARGV), ...fill(ARGV, word(KEYS))],
        ...[...L, ...i32(2), ...i32(1), ...call("call"), 0x0b],
        ...i32(1),
      ]),
    ]),
  );
  const instance = new WebAssembly.Instance(module, {
    m: { ...functions, memory: api.memory } as WebAssembly.ModuleImports,
  });
  return instance.exports["enter"] as () => number;
}
