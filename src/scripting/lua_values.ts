import { writeBytes } from "../protocol/short_string.ts";
import type { Callback } from "./host.ts";
import {
  GLOBALS,
  type LuaApi,
  LuaMemory,
  LuaType,
  REGISTRY,
} from "./lua_state.ts";
import type { FieldNames } from "./lua_to_reply.ts";

/** Up to so many bytes a loop is faster than a view and a call. */
const LOOP_LENGTH = 64;
const SMALLEST_SCRATCH = 64 * 1024;
/** Scratch space beyond this is given back. */
const KEPT_SCRATCH = 1024 * 1024;
/** More than all memory that there may be. */
const MOST_SCRATCH = 2 ** 30;
/** What Lua says when there is no memory. */
const NO_MEMORY = "not enough memory";
/** Where the engine's file keeps the address of its Lua state. */
const STATE_POINTER = 28472;

/** The places in C's description of a function that runs. */
const DEBUG_SIZE = 112;
const DEBUG_NAME = 4, DEBUG_NAMEWHAT = 8, DEBUG_WHAT = 12, DEBUG_SOURCE = 16;
const DEBUG_LINE = 20, DEBUG_SHORT_SOURCE = 36;

/** The strings by which tables are told apart. */
const FIELDS: readonly (keyof FieldNames)[] = [
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

/** Where in a script something happened. */
export interface Place {
  readonly source: string;
  readonly line: number;
}

/** Makes Lua values, and reads those that are asked for one by one: what every function of ours needs. */
export class LuaValues {
  readonly api: LuaApi;
  readonly memory: LuaMemory;
  /** The main Lua state. */
  readonly L: number;
  readonly fieldNames: FieldNames;
  readonly #names = new Map<string, number>();
  /** Where C's description of a function goes. */
  readonly #debug: number;
  /** Address of the table of globals. */
  readonly #globals: number;
  #scratch = 0;
  #scratchSize = 0;
  #lastReference = 0;
  readonly #freeReferences: number[] = [];

  /** Takes a Lua state that has just been initialised. */
  constructor(api: LuaApi, memory: LuaMemory) {
    this.api = api;
    this.memory = memory;
    const L = this.L = memory.word(STATE_POINTER);
    this.#debug = api.alloc(DEBUG_SIZE);
    api.lua_pushvalue(L, GLOBALS);
    this.#globals = memory.object(memory.at(L, -1));
    api.lua_settop(L, 0);
    this.fieldNames = this.#intern();
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

  /** Copies bytes `from` to `to` into Lua's memory, to stay there until the next call; returns where. */
  place(L: number, bytes: Uint8Array, from = 0, to = bytes.length): number {
    const length = to - from;
    const at = this.room(L, length);
    const memory = this.memory.bytes;
    if (length > LOOP_LENGTH) memory.set(bytes.subarray(from, to), at);
    else for (let i = 0; i < length; i++) memory[at + i] = bytes[from + i]!;
    return at;
  }

  /** Writes a byte string into Lua's memory, to stay there until the next call; returns where. */
  placeText(L: number, text: string): number {
    const at = this.room(L, text.length);
    writeBytes(this.memory.bytes, at, text);
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

  /** Address of the byte that closes the table of globals. */
  get globalsClosed(): number {
    return this.memory.readonlyFlag(this.#globals);
  }

  /** Opens the table of globals to changes, or closes it. */
  openGlobals(open: boolean): void {
    this.memory.setReadonly(this.#globals, !open);
  }

  /** Returns where the function is that has failed: the one at level 1, or whoever called it if that is one of C. */
  failedAt(L: number): Place | undefined {
    let found = this.#look(L, 1, "nSl");
    if (found && this.#what() === "C") found = this.#look(L, 2, "nSl");
    if (!found) return undefined;
    const { memory } = this;
    return {
      source: this.textAt(memory.word(this.#debug + DEBUG_SOURCE)),
      line: memory.word(this.#debug + DEBUG_LINE) | 0,
    };
  }

  /** Returns a field of a table that is a string or a number as text; no code of the script runs for it. */
  fieldText(
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

  /** Returns what `tostring` makes of the value at 1. */
  shown(L: number): string {
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

  /** Returns where `size` bytes may be written, until the next call. Raises Lua's error when there is no memory. */
  room(L: number, size: number): number {
    const at = this.findRoom(size);
    if (at === 0) {
      const message = this.name(NO_MEMORY);
      this.api.lua_pushlstring(L, message, NO_MEMORY.length);
      this.api.lua_error(L);
    }
    return at;
  }

  /** Does the same, and returns 0 when there is no memory. */
  findRoom(size: number): number {
    if (this.#scratch === 0 || size > this.#scratchSize) {
      this.#freeScratch();
      const wanted = Math.max(size, SMALLEST_SCRATCH);
      this.#scratch = wanted > MOST_SCRATCH ? 0 : this.api.alloc(wanted);
      if (this.#scratch !== 0) this.#scratchSize = wanted;
    }
    return this.#scratch;
  }

  /** Gives scratch space back that something large has needed. */
  trimScratch(): void {
    if (this.#scratchSize > KEPT_SCRATCH) this.#freeScratch();
  }

  /** The strings by which tables are told apart, held for good: then each has one address. */
  #intern(): FieldNames {
    const { api, L, memory } = this;
    const names = {} as Record<keyof FieldNames, number>;
    api.lua_createtable(L, FIELDS.length, 0);
    for (const [i, word] of FIELDS.entries()) {
      this.pushString(L, word);
      names[word] = memory.object(memory.at(L, -1));
      api.lua_rawseti(L, -2, i + 1);
    }
    this.reference(L);
    return names;
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

  #freeScratch(): void {
    if (this.#scratch !== 0) this.api.free_mem(this.#scratch);
    this.#scratch = this.#scratchSize = 0;
  }
}
