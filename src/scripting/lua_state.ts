import { Buffer } from "node:buffer";
import {
  ByteBlock,
  type ByteRange,
  copyBytes,
  writeDigits,
} from "../protocol/byte_block.ts";
import "../protocol/byte_string.ts";
import { formatDouble } from "../protocol/double.ts";

/** What of the engine's exports is used: Lua's C API by the names of its manual, and C's allocator. */
export interface LuaApi {
  readonly memory: WebAssembly.Memory;
  readonly __indirect_function_table: WebAssembly.Table;
  readonly __wasm_call_ctors: () => void;
  readonly setThrew: () => void;
  readonly emscripten_stack_get_current: () => number;
  readonly _emscripten_stack_restore: (at: number) => void;
  readonly set_compat: (flags: number) => void;
  readonly init: () => number;
  readonly alloc: (size: number) => number;
  readonly free_mem: (at: number) => void;
  readonly lua_checkstack: (L: number, n: number) => number;
  readonly lua_settop: (L: number, index: number) => void;
  readonly lua_remove: (L: number, index: number) => void;
  readonly lua_insert: (L: number, index: number) => void;
  readonly lua_replace: (L: number, index: number) => void;
  readonly lua_pushvalue: (L: number, index: number) => void;
  readonly lua_isnumber: (L: number, index: number) => number;
  readonly lua_tonumber: (L: number, index: number) => number;
  readonly lua_tolstring: (L: number, index: number, size: number) => number;
  readonly lua_pushnil: (L: number) => void;
  readonly lua_pushnumber: (L: number, n: number) => void;
  readonly lua_pushlstring: (L: number, at: number, size: number) => void;
  readonly lua_pushcclosure: (L: number, slot: number, values: number) => void;
  readonly lua_pushboolean: (L: number, value: number) => void;
  readonly lua_getfield: (L: number, index: number, name: number) => void;
  readonly lua_rawget: (L: number, index: number) => void;
  readonly lua_rawgeti: (L: number, index: number, n: number) => void;
  readonly lua_createtable: (L: number, items: number, fields: number) => void;
  readonly lua_getmetatable: (L: number, index: number) => number;
  readonly lua_setfield: (L: number, index: number, name: number) => void;
  readonly lua_rawset: (L: number, index: number) => void;
  readonly lua_rawseti: (L: number, index: number, n: number) => void;
  readonly lua_setmetatable: (L: number, index: number) => number;
  readonly lua_call: (L: number, args: number, results: number) => void;
  readonly lua_pcall: () => number;
  readonly lua_gc: (L: number, what: number, data: number) => number;
  readonly lua_error: (L: number) => number;
  readonly lua_next: (L: number, index: number) => number;
  readonly lua_getstack: (L: number, level: number, at: number) => number;
  readonly lua_getinfo: (L: number, what: number, at: number) => number;
  readonly lua_loadbuffer: (
    L: number,
    at: number,
    size: number,
    name: number,
  ) => number;
}

/** Types of Lua values, as numbers in its memory. */
export const LuaType = {
  nil: 0,
  boolean: 1,
  lightUserdata: 2,
  number: 3,
  string: 4,
  table: 5,
  function: 6,
} as const;

/** Indexes that stand for no place on the stack. */
export const REGISTRY = -10000, GLOBALS = -10002;

/** Where a Lua state keeps the address behind the last value on its stack. */
export const STATE_TOP = 8;

const PAGE = 65536;
/** Where things lie in Lua's memory, in bytes from where their object begins. */
const VALUE_SIZE = 16, NODE_SIZE = 32;
const SIGN_WORD = 4, TYPE = 8;
const STRING_HASH = 8, STRING_LENGTH = 12, STRING_BYTES = 16;
const TABLE_READONLY = 8, TABLE_LOG_NODES = 12, TABLE_METATABLE = 16;
const TABLE_ARRAY = 20;
const TABLE_NODES = 24, TABLE_ARRAY_SIZE = 36;
const NODE_KEY = 16, NODE_KEY_TYPE = 24, NODE_NEXT = 28;
const STATE_BASE = 12, STATE_CALL = 20;
const CALL_FUNCTION = 4, CLOSURE_SLOT = 16, CLOSURE_VALUE = 24;

/**
 * Reads Lua's values where they lie in its memory: a fraction of what it costs
 * to fetch each through the C API. It only reads; what is written goes through
 * the API, so that Lua's collector knows of it.
 */
export class LuaMemory {
  readonly #memory: WebAssembly.Memory;
  bytes!: Buffer;
  #block!: ByteBlock;
  #words!: Uint32Array;
  #doubles!: Float64Array;
  readonly #range = { block: ByteBlock.ofSize(0), start: 0, end: 0 };
  readonly #hashed = new Float64Array(1);
  readonly #halves = new Uint32Array(this.#hashed.buffer);

  constructor(memory: WebAssembly.Memory) {
    this.#memory = memory;
    this.#look();
  }

  /** Makes it at least so many pages of 64 KiB large, if that may be; returns whether it is. */
  grow(pages: number): boolean {
    const { length } = this.bytes;
    try {
      this.#memory.grow(pages - length / PAGE);
    } catch {
      return false;
    }
    this.#look();
    return true;
  }

  /** Looks at the memory anew: once it has grown, what looked at it sees nothing any more. */
  #look(): void {
    const { buffer } = this.#memory;
    this.bytes = Buffer.from(buffer);
    this.#block = new ByteBlock(this.bytes);
    this.#words = new Uint32Array(buffer);
    this.#doubles = new Float64Array(buffer);
  }

  word(at: number): number {
    return this.#words[at >>> 2]!;
  }

  setWord(at: number, value: number): void {
    this.#words[at >>> 2] = value;
  }

  /** Copies a part of a block into it. */
  write(at: number, from: ByteBlock, start: number, length: number): void {
    copyBytes(from, start, this.#block, at, length);
  }

  /** Returns a part of it: valid until this is called again. */
  range(start: number, end: number): ByteRange {
    const range = this.#range;
    range.block = this.#block;
    range.start = start;
    range.end = end;
    return range;
  }

  /** Writes the digits of a whole number below 2^31, which is not negative; returns where they end. */
  writeInteger(at: number, n: number): number {
    return writeDigits(this.#block, at, n);
  }

  /** Address of the first value of the function that runs: its arguments. */
  base(L: number): number {
    return this.word(L + STATE_BASE);
  }

  /** Address behind the last value on the stack. */
  top(L: number): number {
    return this.word(L + STATE_TOP);
  }

  /** Leaves `count` values, of more, on the stack of the function that runs. */
  setTop(L: number, count: number): void {
    this.setWord(L + STATE_TOP, this.base(L) + count * VALUE_SIZE);
  }

  /** Number of values that the function that runs has on the stack. */
  count(L: number): number {
    return (this.top(L) - this.base(L)) / VALUE_SIZE;
  }

  /** Address of value `index`, counted from 1 or, when negative, from the top. */
  at(L: number, index: number): number {
    return index > 0
      ? this.base(L) + (index - 1) * VALUE_SIZE
      : this.top(L) + index * VALUE_SIZE;
  }

  /** The number that the C function that runs was made with. */
  ownNumber(L: number): number {
    const call = this.word(L + STATE_CALL);
    const closure = this.word(this.word(call + CALL_FUNCTION));
    return this.#doubles[(closure + CLOSURE_VALUE) >>> 3]!;
  }

  /** The slot in the table of functions of a function of C. */
  slotOf(closure: number): number {
    return this.word(closure + CLOSURE_SLOT);
  }

  type(value: number): number {
    return this.word(value + TYPE);
  }

  number(value: number): number {
    return this.#doubles[value >>> 3]!;
  }

  /** Prints a number as C's `%.17g` does, which shows the sign of one that is none, too: 0/0 has one on x86. */
  numberText(value: number): string {
    const n = this.number(value);
    if (!Number.isNaN(n)) return formatDouble(n);
    return this.word(value + SIGN_WORD) >>> 31 === 1 ? "-nan" : "nan";
  }

  boolean(value: number): boolean {
    return this.word(value) !== 0;
  }

  /** Address of the object that a value refers to: a string, a table. */
  object(value: number): number {
    return this.word(value);
  }

  /** Where the bytes of a string begin. */
  stringBegin(string: number): number {
    return string + STRING_BYTES;
  }

  stringLength(string: number): number {
    return this.word(string + STRING_LENGTH);
  }

  string(string: number): string {
    const begin = string + STRING_BYTES;
    return this.bytes.latin1Slice(begin, begin + this.stringLength(string));
  }

  /** Returns the text of a string as C sees it: up to its first zero byte. */
  text(string: number): string {
    const text = this.string(string);
    const end = text.indexOf("\0");
    return end < 0 ? text : text.slice(0, end);
  }

  /** Opens a table for changes, or closes it. */
  setReadonly(table: number, on: boolean): void {
    this.bytes[this.readonlyFlag(table)] = on ? 1 : 0;
  }

  /** Address of the byte that closes a table. */
  readonlyFlag(table: number): number {
    return table + TABLE_READONLY;
  }

  /** Returns the address of the value under a string, which Lua has but once, or 0. */
  field(table: number, string: number): number {
    const hash = this.word(string + STRING_HASH);
    const mask = (1 << this.bytes[table + TABLE_LOG_NODES]!) - 1;
    let node = this.word(table + TABLE_NODES) + (hash & mask) * NODE_SIZE;
    for (; node !== 0; node = this.word(node + NODE_NEXT)) {
      if (
        this.word(node + NODE_KEY_TYPE) === LuaType.string &&
        this.word(node + NODE_KEY) === string
      ) return node;
    }
    return 0;
  }

  /** Returns the address of the value under the integer `n`, from 1 on, or 0. */
  item(table: number, n: number): number {
    if (n <= this.word(table + TABLE_ARRAY_SIZE)) {
      return this.word(table + TABLE_ARRAY) + (n - 1) * VALUE_SIZE;
    }
    this.#hashed[0] = n;
    const hash = (this.#halves[0]! + this.#halves[1]!) >>> 0;
    const size = 1 << this.bytes[table + TABLE_LOG_NODES]!;
    let node = this.word(table + TABLE_NODES) +
      hash % ((size - 1) | 1) * NODE_SIZE;
    for (; node !== 0; node = this.word(node + NODE_NEXT)) {
      if (
        this.word(node + NODE_KEY_TYPE) === LuaType.number &&
        this.#doubles[(node + NODE_KEY) >>> 3] === n
      ) return node;
    }
    return 0;
  }

  /** Whether a table has room for so many items and nothing else: no fields, no metatable. */
  isArrayOf(table: number, items: number): boolean {
    return this.word(table + TABLE_ARRAY_SIZE) === items &&
      this.word(table + TABLE_METATABLE) === 0 && this.hasNoFields(table);
  }

  /** Whether a table has no fields, only items: all but a comparison is saved for most. */
  hasNoFields(table: number): boolean {
    return this.bytes[table + TABLE_LOG_NODES] === 0 &&
      this.type(this.word(table + TABLE_NODES)) === LuaType.nil;
  }

  /** Calls `visit` with the addresses of each value of a table and its key, in the order of Lua's `next`; a key that is an index is given as the negative of it. */
  entries(table: number, visit: (value: number, key: number) => void): void {
    const items = this.word(table + TABLE_ARRAY_SIZE);
    const array = this.word(table + TABLE_ARRAY);
    for (let i = 0; i < items; i++) {
      const value = array + i * VALUE_SIZE;
      if (this.type(value) !== LuaType.nil) visit(value, -1 - i);
    }
    const nodes = this.word(table + TABLE_NODES);
    const size = 1 << this.bytes[table + TABLE_LOG_NODES]!;
    for (let i = 0; i < size; i++) {
      const node = nodes + i * NODE_SIZE;
      if (this.type(node) !== LuaType.nil) visit(node, node + NODE_KEY);
    }
  }
}
