import { ByteBlock } from "../protocol/byte_block.ts";
import { errorLine } from "./error_line.ts";
import type { LuaValues } from "./lua_values.ts";

/** Places on Lua's stack that a value takes while it is made, and up to how many aggregates there is room for, as there is for every function of C. */
const PLACES = 5, ROOMY_DEPTH = 2;
const CR = 13;
const ERROR = 45;

/**
 * Pushes what commands reply, in RESP2 or RESP3, as Lua sees it: nulls are false
 * in RESP2 and nil in RESP3, statuses and errors are tables.
 */
export class ReplyPusher {
  readonly #maker: LuaValues;
  #L = 0;
  #block = ByteBlock.ofSize(0);
  #reply: Uint8Array = this.#block.bytes;
  #length = 0;
  #at = 0;
  /** Where a copy of the reply lies in Lua's memory. */
  #copy = 0;
  /** How many aggregates are open. */
  #depth = 0;

  constructor(maker: LuaValues) {
    this.#maker = maker;
  }

  /** Pushes the reply in the first `length` bytes; returns whether it is an error. */
  push(L: number, reply: ByteBlock, length: number): boolean {
    this.#L = L;
    this.#block = reply;
    this.#reply = reply.bytes;
    this.#length = length;
    this.#at = this.#copy = this.#depth = 0;
    this.#next();
    return this.#reply[0] === ERROR;
  }

  /** Pushes the value that comes next. */
  #next(): void {
    const { api } = this.#maker;
    const L = this.#L;
    const kind = this.#reply[this.#at++]!;
    if (this.#depth > ROOMY_DEPTH) api.lua_checkstack(L, PLACES);
    switch (kind) {
      case 36: // $
        return this.#pushBulk(this.#integer());
      case 58: // :
        return api.lua_pushnumber(L, this.#integer());
      case 43: // +
        api.lua_createtable(L, 0, 1);
        this.#pushLine();
        return this.#setField("ok");
      case ERROR:
        return this.#maker.pushError(L, errorLine(`-${this.#line()}`), true);
      case 42: // *
        return this.#pushArray(this.#integer());
      case 37: // %
        return this.#pushMap(this.#integer());
      case 126: // ~
        return this.#pushSet(this.#integer());
      case 95: // _
        this.#line();
        return api.lua_pushnil(L);
      case 35: // #
        return api.lua_pushboolean(L, this.#line() === "t" ? 1 : 0);
      case 44: // ,
        api.lua_createtable(L, 0, 1);
        api.lua_pushnumber(L, doubleOf(this.#line()));
        return this.#setField("double");
      case 40: // (
        api.lua_createtable(L, 0, 1);
        this.#pushLine();
        return this.#setField("big_number");
      case 61: // =
        return this.#pushVerbatim(this.#integer());
      case 124: // | is of no interest to scripts.
        for (let n = this.#integer() * 2; n > 0; n--) {
          this.#next();
          api.lua_settop(L, -2);
        }
        return this.#next();
      default:
        throw new Error(`No reply begins with byte ${kind}`);
    }
  }

  /** Makes the value on top of the stack a field of the table below it. */
  #setField(name: string): void {
    this.#maker.api.lua_setfield(this.#L, -2, this.#maker.name(name));
  }

  #pushBulk(length: number): void {
    if (length < 0) return this.#maker.api.lua_pushboolean(this.#L, 0);
    this.#pushBytes(length);
    this.#at += 2;
  }

  #pushArray(length: number): void {
    const { api } = this.#maker;
    const L = this.#L;
    if (length < 0) return api.lua_pushboolean(L, 0);
    api.lua_createtable(L, length, 0);
    this.#depth++;
    for (let i = 1; i <= length; i++) {
      this.#next();
      api.lua_rawseti(L, -2, i);
    }
    this.#depth--;
  }

  #pushMap(pairs: number): void {
    const { api } = this.#maker;
    const L = this.#L;
    api.lua_createtable(L, 0, 1);
    api.lua_createtable(L, 0, pairs);
    this.#depth++;
    for (let i = 0; i < pairs; i++) {
      this.#next();
      this.#next();
      api.lua_rawset(L, -3);
    }
    this.#depth--;
    this.#setField("map");
  }

  #pushSet(length: number): void {
    const { api } = this.#maker;
    const L = this.#L;
    api.lua_createtable(L, 0, 1);
    api.lua_createtable(L, 0, length);
    this.#depth++;
    for (let i = 0; i < length; i++) {
      this.#next();
      api.lua_pushboolean(L, 1);
      api.lua_rawset(L, -3);
    }
    this.#depth--;
    this.#setField("set");
  }

  #pushVerbatim(length: number): void {
    const { api } = this.#maker;
    const L = this.#L;
    api.lua_createtable(L, 0, 1);
    api.lua_createtable(L, 0, 2);
    this.#pushBytes(3);
    this.#setField("format");
    this.#at++;
    this.#pushBytes(length - 4);
    this.#setField("string");
    this.#at += 2;
    this.#setField("verbatim_string");
  }

  #pushLine(): void {
    const end = this.#lineEnd();
    this.#pushBytes(end - this.#at);
    this.#at = end + 2;
  }

  #lineEnd(): number {
    let end = this.#at;
    while (this.#reply[end] !== CR) end++;
    return end;
  }

  #pushBytes(length: number): void {
    if (this.#copy === 0) {
      this.#copy = this.#maker.room(this.#L, this.#length);
      this.#maker.memory.write(this.#copy, this.#block, 0, this.#length);
    }
    this.#maker.api.lua_pushlstring(this.#L, this.#copy + this.#at, length);
    this.#at += length;
  }

  #line(): string {
    const end = this.#lineEnd();
    let line = "";
    for (let at = this.#at; at < end; at++) {
      line += String.fromCharCode(this.#reply[at]!);
    }
    this.#at = end + 2;
    return line;
  }

  #integer(): number {
    const reply = this.#reply;
    let at = this.#at;
    const negative = reply[at] === 45;
    if (negative) at++;
    let n = 0;
    const begin = at;
    for (; reply[at] !== CR; at++) n = n * 10 + reply[at]! - 48;
    // Adding up digits rounds once too often beyond 2^53.
    if (at - begin > 15) return Number(this.#line());
    this.#at = at + 2;
    return negative ? -n : n;
  }
}

function doubleOf(text: string): number {
  if (text === "inf") return Infinity;
  if (text === "-inf") return -Infinity;
  return Number(text);
}
