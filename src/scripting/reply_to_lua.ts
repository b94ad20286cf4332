import { errorLine } from "./error_line.ts";
import type { LuaValues } from "./lua_values.ts";

const CR = 13;
const ERROR = 45;

/**
 * Pushes what commands reply, in RESP2 or RESP3, as Lua sees it: nulls are false
 * in RESP2 and nil in RESP3, statuses and errors are tables.
 */
export class ReplyPusher {
  readonly #maker: LuaValues;
  #L = 0;
  #reply: Uint8Array = new Uint8Array();
  #length = 0;
  #at = 0;
  /** Where a copy of the reply lies in Lua's memory. */
  #copy = 0;

  constructor(maker: LuaValues) {
    this.#maker = maker;
  }

  /** Pushes the reply in the first `length` bytes; returns whether it is an error. */
  push(L: number, reply: Uint8Array, length: number): boolean {
    this.#L = L;
    this.#reply = reply;
    this.#length = length;
    this.#at = this.#copy = 0;
    this.#next();
    return reply[0] === ERROR;
  }

  /** Pushes the value that comes next. */
  #next(): void {
    const { api } = this.#maker;
    const L = this.#L;
    const kind = this.#reply[this.#at++]!;
    api.lua_checkstack(L, 5);
    switch (kind) {
      case 36: // $
        return this.#pushBulk(this.#integer());
      case 58: // :
        return api.lua_pushnumber(L, this.#integer());
      case 43: // +
        return this.#pushField("ok", () => this.#pushLine());
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
        return this.#pushField(
          "double",
          () => api.lua_pushnumber(L, doubleOf(this.#line())),
        );
      case 40: // (
        return this.#pushField("big_number", () => this.#pushLine());
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

  #pushField(name: string, pushValue: () => void): void {
    const { api } = this.#maker;
    api.lua_createtable(this.#L, 0, 1);
    pushValue();
    api.lua_setfield(this.#L, -2, this.#maker.name(name));
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
    for (let i = 1; i <= length; i++) {
      this.#next();
      api.lua_rawseti(L, -2, i);
    }
  }

  #pushMap(pairs: number): void {
    const { api } = this.#maker;
    const L = this.#L;
    this.#pushField("map", () => {
      api.lua_createtable(L, 0, pairs);
      for (let i = 0; i < pairs; i++) {
        this.#next();
        this.#next();
        api.lua_rawset(L, -3);
      }
    });
  }

  #pushSet(length: number): void {
    const { api } = this.#maker;
    const L = this.#L;
    this.#pushField("set", () => {
      api.lua_createtable(L, 0, length);
      for (let i = 0; i < length; i++) {
        this.#next();
        api.lua_pushboolean(L, 1);
        api.lua_rawset(L, -3);
      }
    });
  }

  #pushVerbatim(length: number): void {
    const { api } = this.#maker;
    const L = this.#L;
    this.#pushField("verbatim_string", () => {
      api.lua_createtable(L, 0, 2);
      this.#pushBytes(3);
      api.lua_setfield(L, -2, this.#maker.name("format"));
      this.#at++;
      this.#pushBytes(length - 4);
      api.lua_setfield(L, -2, this.#maker.name("string"));
      this.#at += 2;
    });
  }

  #pushLine(): void {
    const end = this.#reply.indexOf(CR, this.#at);
    this.#pushBytes(end - this.#at);
    this.#at = end + 2;
  }

  #pushBytes(length: number): void {
    if (this.#copy === 0) {
      this.#copy = this.#maker.place(this.#L, this.#reply, 0, this.#length);
    }
    this.#maker.api.lua_pushlstring(this.#L, this.#copy + this.#at, length);
    this.#at += length;
  }

  #line(): string {
    const end = this.#reply.indexOf(CR, this.#at);
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
